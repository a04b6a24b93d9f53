/*
 * Stages: bounded queues with worker pools between them. With executor.c the only place
 * where threads that work are made.
 *
 * A pipe is a row of stages, source first. Workers of a stage take items from its
 * queue, work, and put items into queues further down. A full queue blocks whoever
 * puts, which is what bounds memory. The first failure cancels every queue;
 * aq_pipe_finish() joins all threads and gives that failure, with its sentence.
 */
#ifndef AQ_PIPELINE_PARALLEL_STAGE_H
#define AQ_PIPELINE_PARALLEL_STAGE_H
#include "base/err.h"
#include "base/executor.h"

#include <stdint.h>

typedef struct AqPipe AqPipe;
typedef struct AqStage AqStage;

typedef struct AqStageDef {
    const char *name; /* borrowed, for reports */
    int n_workers;
    int n_queued; /* items that may wait in front of it */
    void *ctx;    /* handed to the functions below; shared by the workers */
    /* One worker's own state, made in its thread; may be NULL. */
    AqErr (*open)(void *ctx, void **state);
    void (*close)(void *ctx, void *state);
    /* Takes the item, whatever it returns. An error stops the whole pipe: faults of a
     * single clip are noted on the clip and AQ_OK is returned. */
    AqErr (*run)(void *ctx, void *state, void *item);
    /* Frees an item that nobody will run any more. */
    void (*drop)(void *ctx, void *item);
} AqStageDef;

AQ_MUST_CHECK AqErr aq_pipe_new(AqPipe **out);
/* Adds a stage behind those there are; all are added before aq_pipe_start(). */
AQ_MUST_CHECK AqErr aq_pipe_add(AqPipe *p, const AqStageDef *def, AqStage **out);
AQ_MUST_CHECK AqErr aq_pipe_start(AqPipe *p);

/* Puts an item in front of a stage: takes it on AQ_OK. Blocks while the queue is full.
 * AQ_ERR_CANCELLED once the pipe has failed or been cancelled. Any thread. */
AQ_MUST_CHECK AqErr aq_stage_put(AqStage *s, void *item);

/* No more items from outside: lets the stages run dry one after another and joins them.
 */
AQ_MUST_CHECK AqErr aq_pipe_finish(AqPipe *p);

/* Stops at once: what waits is dropped. The first failure stays the one reported. */
void aq_pipe_cancel(AqPipe *p, AqErr why);
int aq_pipe_cancelled(AqPipe *p);

/* Joins whatever still runs, after cancelling it. */
void aq_pipe_free(AqPipe **p);

typedef struct AqStageStats {
    const char *name;
    int n_workers;
    int64_t n_items;
    int64_t busy_us; /* summed over the workers, waiting for queues not counted */
} AqStageStats;
/* Any time; NULL past the last stage. */
int aq_pipe_stats(AqPipe *p, int k, AqStageStats *out);

/* An executor with n_threads (the caller's thread is one of them). */
typedef struct AqThreadExecutor AqThreadExecutor;
AQ_MUST_CHECK AqErr aq_thread_executor_new(AqThreadExecutor **out, int n_threads);
void aq_thread_executor_free(AqThreadExecutor **x);
AqExecutor *aq_thread_executor_as(AqThreadExecutor *x); /* borrowed */

#endif
