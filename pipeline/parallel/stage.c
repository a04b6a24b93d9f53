/* SPDX-License-Identifier: MIT */
/*
 * One lock per pipe: items are whole clips and batches, so it is taken a few hundred
 * times a second at most, and a single lock keeps cancellation easy to get right.
 */
#include "pipeline/parallel/stage.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

#define MAX_STAGES 8

struct AqStage {
    AqPipe *pipe;
    AqStageDef def;
    int index;
    pthread_t *threads;
    int n_started;
    pthread_cond_t can_put, can_take;
    void **ring; /* under pipe->lock, as all below */
    int first, n_waiting;
    int n_alive; /* workers that have not exited */
    int closed;  /* no more items will be put */
    int64_t n_items, busy_us;
};

struct AqPipe {
    pthread_mutex_t lock;
    AqStage *stages[MAX_STAGES];
    int n_stages;
    int cancelled;   /* lock */
    AqErr err;       /* lock: the first failure */
    char text[1024]; /* lock: its message */
};

/* Time that a worker spends blocked in aq_stage_put does not count as busy. */
static _Thread_local int64_t blocked_us;

AqErr aq_pipe_new(AqPipe **out)
{
    *out = NULL;
    AqPipe *p = aq_alloc(1, sizeof *p);
    if (!p)
        return AQ_ERR_NOMEM;
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        aq_free(p);
        return aq_fail(AQ_ERR_NOMEM, "cannot create a lock");
    }
    *out = p;
    return AQ_OK;
}

AqErr aq_pipe_add(AqPipe *p, const AqStageDef *def, AqStage **out)
{
    assert(p->n_stages < MAX_STAGES && def->n_workers > 0 && def->n_queued > 0);
    *out = NULL;
    AqStage *s = aq_alloc(1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    s->pipe = p;
    s->def = *def;
    s->index = p->n_stages;
    s->ring = aq_alloc((size_t)def->n_queued, sizeof *s->ring);
    s->threads = aq_alloc((size_t)def->n_workers, sizeof *s->threads);
    if (!s->ring || !s->threads) {
        aq_free(s->ring);
        aq_free(s->threads);
        aq_free(s);
        return AQ_ERR_NOMEM;
    }
    (void)pthread_cond_init(&s->can_put,
                            NULL); /* glibc: cannot fail without attributes */
    (void)pthread_cond_init(&s->can_take, NULL);
    p->stages[p->n_stages++] = s;
    *out = s;
    return AQ_OK;
}

static void wake_all(AqPipe *p)
{
    for (int k = 0; k < p->n_stages; k++) {
        (void)pthread_cond_broadcast(&p->stages[k]->can_put);
        (void)pthread_cond_broadcast(&p->stages[k]->can_take);
    }
}

void aq_pipe_cancel(AqPipe *p, AqErr why)
{
    (void)pthread_mutex_lock(&p->lock);
    if (p->err == AQ_OK && why != AQ_OK) {
        p->err = why;
        (void)snprintf(p->text, sizeof p->text, "%s", aq_err_text());
    }
    p->cancelled = 1;
    wake_all(p);
    (void)pthread_mutex_unlock(&p->lock);
}

int aq_pipe_cancelled(AqPipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    const int c = p->cancelled;
    (void)pthread_mutex_unlock(&p->lock);
    return c;
}

AqErr aq_stage_put(AqStage *s, void *item)
{
    AqPipe *p = s->pipe;
    const int64_t from = aq_clock_us();
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&p->lock);
    while (!p->cancelled && s->n_waiting == s->def.n_queued)
        (void)pthread_cond_wait(&s->can_put, &p->lock);
    if (p->cancelled) {
        err = aq_fail(AQ_ERR_CANCELLED, "stopped");
    } else {
        assert(!s->closed);
        s->ring[(s->first + s->n_waiting++) % s->def.n_queued] = item;
        (void)pthread_cond_signal(&s->can_take);
    }
    (void)pthread_mutex_unlock(&p->lock);
    blocked_us += aq_clock_us() - from;
    return err;
}

/* AQ_EOF once the stage is closed and empty. */
static AqErr take_stage_item(AqStage *s, void **item)
{
    AqPipe *p = s->pipe;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&p->lock);
    while (!p->cancelled && !s->closed && s->n_waiting == 0)
        (void)pthread_cond_wait(&s->can_take, &p->lock);
    if (p->cancelled) {
        err = AQ_ERR_CANCELLED;
    } else if (s->n_waiting == 0) {
        err = AQ_EOF;
    } else {
        *item = s->ring[s->first];
        s->first = (s->first + 1) % s->def.n_queued;
        s->n_waiting--;
        s->n_items++;
        (void)pthread_cond_signal(&s->can_put);
    }
    (void)pthread_mutex_unlock(&p->lock);
    return err;
}

static void close_stage(AqPipe *p, int k)
{
    if (k < p->n_stages) {
        p->stages[k]->closed = 1;
        (void)pthread_cond_broadcast(&p->stages[k]->can_take);
    }
}

/* The last worker to exit closes the next stage, so the pipe drains from its source. */
static void leave_stage(AqStage *s)
{
    AqPipe *p = s->pipe;

    (void)pthread_mutex_lock(&p->lock);
    if (--s->n_alive == 0)
        close_stage(p, s->index + 1);
    (void)pthread_mutex_unlock(&p->lock);
}

/* Every worker runs inside this, so none can fail to pass on the end or a failure. */
static void *worker_main(void *arg)
{
    AqStage *s = arg;
    void *state = NULL, *item = NULL;
    AqErr err = s->def.open ? s->def.open(s->def.ctx, &state) : AQ_OK;

    if (err != AQ_OK)
        aq_pipe_cancel(s->pipe, err);
    while (err == AQ_OK && take_stage_item(s, &item) == AQ_OK) {
        const int64_t from = aq_clock_us(), blocked = blocked_us;

        err = s->def.run(s->def.ctx, state, item);
        const int64_t busy = aq_clock_us() - from - (blocked_us - blocked);
        (void)pthread_mutex_lock(&s->pipe->lock);
        s->busy_us += busy;
        (void)pthread_mutex_unlock(&s->pipe->lock);
        if (err != AQ_OK)
            aq_pipe_cancel(s->pipe, err == AQ_ERR_CANCELLED ? AQ_OK : err);
    }
    if (s->def.close && state)
        s->def.close(s->def.ctx, state);
    leave_stage(s);
    return NULL;
}

AqErr aq_pipe_start(AqPipe *p)
{
    for (int k = 0; k < p->n_stages; k++) {
        AqStage *s = p->stages[k];

        for (int w = 0; w < s->def.n_workers; w++) {
            (void)pthread_mutex_lock(&p->lock);
            s->n_alive++;
            (void)pthread_mutex_unlock(&p->lock);
            if (aq_thread_start(&s->threads[w], worker_main, s) != 0) {
                const AqErr err = aq_fail(AQ_ERR_NOMEM, "cannot create a thread; "
                                                        "check `ulimit -u`");
                (void)pthread_mutex_lock(&p->lock);
                s->n_alive--;
                (void)pthread_mutex_unlock(&p->lock);
                aq_pipe_cancel(p, err);
                return err;
            }
            s->n_started++;
        }
    }
    return AQ_OK;
}

static void join_all(AqPipe *p)
{
    for (int k = 0; k < p->n_stages; k++) {
        AqStage *s = p->stages[k];

        for (int w = 0; w < s->n_started; w++)
            (void)pthread_join(s->threads[w], NULL);
        s->n_started = 0;
        while (s->n_waiting > 0) { /* cancelled: no worker is left to run these */
            if (s->def.drop)
                s->def.drop(s->def.ctx, s->ring[s->first]);
            s->first = (s->first + 1) % s->def.n_queued;
            s->n_waiting--;
        }
    }
}

AqErr aq_pipe_finish(AqPipe *p)
{
    (void)pthread_mutex_lock(&p->lock);
    close_stage(p, 0);
    (void)pthread_mutex_unlock(&p->lock);
    join_all(p);
    return p->err == AQ_OK ? AQ_OK : aq_fail(p->err, "%s", p->text);
}

void aq_pipe_free(AqPipe **pp)
{
    AqPipe *p = *pp;

    if (!p)
        return;
    aq_pipe_cancel(p, AQ_OK);
    join_all(p);
    for (int k = 0; k < p->n_stages; k++) {
        AqStage *s = p->stages[k];

        (void)pthread_cond_destroy(&s->can_put);
        (void)pthread_cond_destroy(&s->can_take);
        aq_free(s->ring);
        aq_free(s->threads);
        aq_free(s);
    }
    (void)pthread_mutex_destroy(&p->lock);
    aq_free(p);
    *pp = NULL;
}

int aq_pipe_stats(AqPipe *p, int k, AqStageStats *out)
{
    if (k >= p->n_stages)
        return 0;
    (void)pthread_mutex_lock(&p->lock);
    const AqStage *s = p->stages[k];
    *out = (AqStageStats){.name = s->def.name,
                          .n_workers = s->def.n_workers,
                          .n_items = s->n_items,
                          .busy_us = s->busy_us};
    (void)pthread_mutex_unlock(&p->lock);
    return 1;
}
