/*
 * Stages: worker pools connected by bounded queues. Worker threads are created only
 * here and in executor.c.
 *
 * A pipe is a sequence of stages, source first. A stage's workers take items from its
 * queue, process them, and put items into queues further down. Putting into a full
 * queue blocks, which bounds memory. The first failure cancels every queue;
 * aq_pipe_finish() joins all threads and returns that failure with its message.
 */
#ifndef AQ_PIPELINE_PARALLEL_STAGE_H
#define AQ_PIPELINE_PARALLEL_STAGE_H
#include "base/err.h"
#include "base/executor.h"

#include <pthread.h>
#include <stdint.h>

typedef struct AqPipe AqPipe;
typedef struct AqStage AqStage;

typedef struct AqStageDef {
    const char *name; /* borrowed, for reports */
    int n_workers;
    int n_queued; /* capacity of its queue, in items */
    void *ctx;    /* passed to the functions below; shared by the workers */
    /* Create and free one worker's own state, in its thread; may be NULL. */
    AqErr (*open)(void *ctx, void **state);
    void (*close)(void *ctx, void *state);
    /* Takes the item even on error. An error stops the whole pipe; faults of a single
     * clip are noted on the clip, with AQ_OK returned. */
    AqErr (*run)(void *ctx, void *state, void *item);
    /* Frees an item that will not be run any more. */
    void (*drop)(void *ctx, void *item);
} AqStageDef;

AQ_MUST_CHECK AqErr aq_pipe_new(AqPipe **out);
/* Appends a stage. Add all stages before aq_pipe_start(). */
AQ_MUST_CHECK AqErr aq_pipe_add(AqPipe *p, const AqStageDef *def, AqStage **out);
AQ_MUST_CHECK AqErr aq_pipe_start(AqPipe *p);

/* Puts an item into a stage's queue: takes it on AQ_OK. Blocks while the queue is full.
 * AQ_ERR_CANCELLED once the pipe has failed or been cancelled. Any thread. */
AQ_MUST_CHECK AqErr aq_stage_put(AqStage *s, void *item);

/* No more items will be put from outside: lets the stages finish in order and joins all
 * threads. Returns the first failure. */
AQ_MUST_CHECK AqErr aq_pipe_finish(AqPipe *p);

/* Stops at once: queued items are dropped. The first failure remains the one reported.
 */
void aq_pipe_cancel(AqPipe *p, AqErr why);
int aq_pipe_cancelled(AqPipe *p);

/* Cancels whatever still runs, and joins it. */
void aq_pipe_free(AqPipe **p);

typedef struct AqStageStats {
    const char *name;
    int n_workers;
    int64_t n_items;
    int64_t busy_us; /* sum over the workers, without waiting for queues */
} AqStageStats;
/* At any time. Returns 0 past the last stage. */
int aq_pipe_stats(AqPipe *p, int k, AqStageStats *out);

/* pthread_create() for a thread in which no signal's handler runs: it has all blocked
 * but those of its own faults. */
int aq_thread_start(pthread_t *thread, void *(*fn)(void *arg), void *arg);

/* An executor with n_threads threads, the caller's being one of them. */
typedef struct AqThreadExecutor AqThreadExecutor;
AQ_MUST_CHECK AqErr aq_thread_executor_new(AqThreadExecutor **out, int n_threads);
void aq_thread_executor_free(AqThreadExecutor **x);
AqExecutor *aq_thread_executor_as(AqThreadExecutor *x); /* borrowed */

#endif
