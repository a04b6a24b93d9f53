/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/read_ahead.h"

#include "base/alloc.h"
#include "pipeline/parallel/stage.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

/* A slot of the table; the worker gets a pointer to it, and it never moves. */
typedef enum State { FREE, ASKED, READY } State;
typedef struct AheadPlace {
    State state;
    size_t clip;
    AqClipFeatures features;
    AqErr err;
    char why[512];
} AheadPlace;

struct AqReadAhead {
    char *path;
    AqReadClip read;
    void *ctx;
    AqPipe *pipe;
    AqStage *stage;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    AheadPlace place[AQ_AHEAD_MOST]; /* under lock; an ASKED slot's features are the
                                        worker's */
};

static AqErr worker_open(void *ctx, void **state)
{
    const AqReadAhead *r = ctx;
    AqStore *s = NULL;
    const AqErr err = aq_store_open(&s, r->path, AQ_STORE_READ);

    *state = s;
    return err;
}

static void worker_close(void *ctx, void *state)
{
    AqStore *s = state;

    (void)ctx;
    aq_store_close(&s);
}

/* An error belongs to the clip: whoever takes the clip gets it. */
static AqErr worker_run(void *ctx, void *state, void *item)
{
    AqReadAhead *r = ctx;
    AheadPlace *p = item;
    AqClipFeatures f = {0};
    const AqErr err = r->read(r->ctx, state, p->clip, &f);

    (void)pthread_mutex_lock(&r->lock);
    p->features = f;
    p->err = err;
    if (err != AQ_OK)
        (void)snprintf(p->why, sizeof p->why, "%s", aq_err_text());
    p->state = READY;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
    return AQ_OK;
}

/* The pipe ends: wake whoever waits for a clip that will not come. */
static void worker_drop(void *ctx, void *item)
{
    AqReadAhead *r = ctx;
    AheadPlace *p = item;

    (void)pthread_mutex_lock(&r->lock);
    p->state = FREE;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

AqErr aq_read_ahead_new(AqReadAhead **out, const char *path, AqReadClip read, void *ctx)
{
    AqReadAhead *r = aq_alloc(1, sizeof *r);
    const AqStageDef def = {.name = "read ahead",
                            .n_workers = 1,
                            .n_queued = AQ_AHEAD_MOST,
                            .ctx = r,
                            .open = worker_open,
                            .close = worker_close,
                            .run = worker_run,
                            .drop = worker_drop};

    *out = NULL;
    if (!r)
        return AQ_ERR_NOMEM;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_cond_init(&r->changed, NULL);
    r->read = read;
    r->ctx = ctx;
    r->path = aq_strdup(path);
    AqErr err = r->path ? aq_pipe_new(&r->pipe) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_pipe_add(r->pipe, &def, &r->stage);
    if (err == AQ_OK)
        err = aq_pipe_start(r->pipe);
    if (err != AQ_OK)
        aq_read_ahead_free(&r);
    *out = r;
    return err;
}

void aq_read_ahead_free(AqReadAhead **rp)
{
    AqReadAhead *r = *rp;

    if (!r)
        return;
    aq_pipe_free(&r->pipe); /* joins the worker */
    for (int k = 0; k < AQ_AHEAD_MOST; k++)
        if (r->place[k].state == READY)
            aq_clip_features_release(&r->place[k].features);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    aq_free(r->path);
    aq_free(r);
    *rp = NULL;
}

/* Under lock: the clip's slot or NULL; *room: a free one. */
static AheadPlace *find_ahead_place(AqReadAhead *r, size_t clip, AheadPlace **room)
{
    AheadPlace *found = NULL;

    for (int k = 0; k < AQ_AHEAD_MOST; k++) {
        AheadPlace *p = &r->place[k];

        if (p->state == FREE && room)
            *room = p;
        else if (p->state != FREE && p->clip == clip)
            found = p;
    }
    return found;
}

void aq_read_ahead_want(AqReadAhead *r, size_t clip)
{
    AheadPlace *room = NULL;

    (void)pthread_mutex_lock(&r->lock);
    const int pass = find_ahead_place(r, clip, &room) || !room;
    if (!pass)
        *room = (AheadPlace){.state = ASKED, .clip = clip};
    (void)pthread_mutex_unlock(&r->lock);
    if (!pass && aq_stage_put(r->stage, room) != AQ_OK)
        worker_drop(r, room); /* no worker: the caller reads it */
}

/* Under lock. A worker that cannot open the store cancels the pipe without waking
 * anyone, so this is checked from time to time. */
static void wait_a_little(AqReadAhead *r)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 50000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&r->changed, &r->lock, &until);
}

AqErr aq_read_ahead_take(AqReadAhead *r, size_t clip, AqClipFeatures *out, int *found)
{
    AqErr err = AQ_OK;

    *found = 0;
    (void)pthread_mutex_lock(&r->lock);
    AheadPlace *p = find_ahead_place(r, clip, NULL);
    while (p && p->state == ASKED && p->clip == clip && !aq_pipe_cancelled(r->pipe))
        wait_a_little(r);
    if (p && p->state == READY) {
        *found = 1;
        *out = p->features;
        err = p->err == AQ_OK ? AQ_OK : aq_fail(p->err, "%s", p->why);
        p->state = FREE;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return err;
}
