/*
 * Signals. All but faults, SIGPIPE, SIGQUIT, SIGXCPU and job control are blocked in
 * every thread: a handler installed by a library or a profiler could otherwise run on a
 * thread inside a matrix kernel, and some kernels (oneDNN's before 3.11.2) point the
 * stack pointer into the heap. A separate thread waits for the signals that ask the
 * program to stop: SIGINT, SIGTERM, SIGUSR1, and SIGHUP unless it is ignored.
 *
 * A command that saves its work abandons only the item in progress and exits with 75; a
 * second signal ends it at once. Other commands end by the signal itself.
 */
#ifndef AQ_PIPELINE_PARALLEL_INTERRUPT_H
#define AQ_PIPELINE_PARALLEL_INTERRUPT_H
#include "base/err.h"

/* Call before the first thread is made: threads and executed programs inherit the mask.
 * Signals that arrive stay pending until aq_interrupt_take(). */
void aq_interrupt_block(void);

/* Starts the thread that waits for stop signals; once per process. `saves`: the command
 * polls aq_interrupted() and saves its work; otherwise the signal ends it. */
AQ_MUST_CHECK AqErr aq_interrupt_take(int saves);

int aq_interrupted(void);         /* any thread */
int aq_interrupt_stop(void *ctx); /* the same, as a callback; ctx is unused */

#endif
