/*
 * Signals. All but faults, SIGPIPE, SIGQUIT, SIGXCPU and those of job control are
 * blocked in every thread: a handler that a library or a profiler brings would run on a
 * thread that multiplies, and there are kernels whose stack pointer points into the
 * heap meanwhile (oneDNN's before 3.11.2). One thread of its own waits for those that
 * ask the program to stop: SIGINT, SIGTERM, SIGUSR1, and SIGHUP where it is not
 * ignored.
 *
 * A command that keeps its work gives up what is at hand and exits with 75; a second
 * signal ends it at once. Any other ends by the signal.
 */
#ifndef AQ_PIPELINE_PARALLEL_INTERRUPT_H
#define AQ_PIPELINE_PARALLEL_INTERRUPT_H
#include "base/err.h"

/* Before the first thread is made: threads and a program started anew have the mask
 * from here. What comes in is kept until aq_interrupt_take(). */
void aq_interrupt_block(void);

/* Starts the thread that takes stops, once a process. `saves`: the command asks
 * aq_interrupted() and keeps its work; otherwise the signal ends it. */
AQ_MUST_CHECK AqErr aq_interrupt_take(int saves);

int aq_interrupted(void);         /* any thread */
int aq_interrupt_stop(void *ctx); /* the same, as a callback; ctx is not looked at */

#endif
