/* SPDX-License-Identifier: MIT */
/*
 * A clip travels as a Clip. Its decoder cuts chunks that run through the network stage
 * on their own; `pending` counts the chunks under way and the decoder itself, and
 * whoever brings it to zero sends the clip on to the writer. Results are reported in
 * the order of the list, whatever order the clips finish in.
 */
#include "pipeline/ingest.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/log.h"
#include "pipeline/decode.h"
#include "pipeline/interrupt.h"
#include "pipeline/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { AUDIO_CHUNK_SECONDS = 20, CHUNKS_QUEUED = 2 };

typedef struct Clip {
    const AqScanItem *item;
    size_t seq;
    AqStoreVideo video; /* text borrowed from item and decoded */
    AqDecoded decoded;
    int need[AQ_N_MODALITIES];
    AqIngestOutcome outcome;
    const char *stage; /* of a failure */
    char *reason;      /* the same */
    int64_t from_us;
    pthread_mutex_t lock;
    int pending;   /* lock */
    AqChunk *done; /* lock: chunks with their output */
} Clip;

typedef struct Ingest {
    const AqIngestPlan *plan;
    const AqScan *clips;
    AqPipe *pipe;
    AqStage *decode, *networks, *write;
    AqIngestSummary *sum;     /* writer */
    AqIngestResult **waiting; /* writer: (clips->n) results not yet reported */
    size_t next;              /* writer: the first that was not reported */
} Ingest;

static void clip_free(Clip *c)
{
    while (c->done) {
        AqChunk *next = c->done->next;
        aq_chunk_free(&c->done);
        c->done = next;
    }
    aq_decoded_clear(&c->decoded);
    aq_free(c->reason);
    (void)pthread_mutex_destroy(&c->lock);
    aq_free(c);
}

static AqErr clip_new(Clip **out, const AqScanItem *item, size_t seq)
{
    *out = NULL;
    Clip *c = aq_alloc(1, sizeof *c);
    if (!c)
        return AQ_ERR_NOMEM;
    (void)pthread_mutex_init(&c->lock, NULL);
    c->item = item;
    c->seq = seq;
    c->pending = 1;
    c->from_us = aq_clock_us();
    c->video = (AqStoreVideo){.name = item->name, .path = item->path, .notes = ""};
    *out = c;
    return AQ_OK;
}

static AqErr clip_failed(Clip *c, const char *stage)
{
    if (c->outcome == AQ_INGEST_FAILED)
        return AQ_OK; /* the first reason stays */
    c->outcome = AQ_INGEST_FAILED;
    c->stage = stage;
    c->reason = aq_strdup(aq_err_text());
    return c->reason ? AQ_OK : AQ_ERR_NOMEM;
}

/* Lets go of one claim on the clip; the last one sends it to the writer. */
static AqErr clip_done_with(Ingest *g, Clip *c, AqChunk *chunk)
{
    (void)pthread_mutex_lock(&c->lock);
    if (chunk) {
        chunk->next = c->done;
        c->done = chunk;
    }
    const int last = --c->pending == 0;
    (void)pthread_mutex_unlock(&c->lock);
    if (!last)
        return AQ_OK;
    const AqErr err = aq_stage_put(g->write, c);
    if (err != AQ_OK)
        clip_free(c);
    return err;
}

/* ---- decode ---- */

typedef struct Hand {
    Ingest *g;
    Clip *c;
} Hand;

static AqErr give_chunk(void *ctx, AqChunk *chunk)
{
    Hand *h = ctx;

    (void)pthread_mutex_lock(&h->c->lock);
    h->c->pending++;
    (void)pthread_mutex_unlock(&h->c->lock);
    chunk->clip = h->c;
    const AqErr err = aq_stage_put(h->g->networks, chunk);
    if (err != AQ_OK) {
        (void)pthread_mutex_lock(&h->c->lock);
        h->c->pending--;
        (void)pthread_mutex_unlock(&h->c->lock);
    }
    return err;
}

static int stop_asked(void *ctx)
{
    const Hand *h = ctx;

    return aq_interrupted() || aq_pipe_cancelled(h->g->pipe);
}

static AqErr needs(AqStore *s, const AqToolset *t, const char *name, int need[])
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        int has = 0;
        const AqErr err = aq_store_has_features(s, name, &t->provenance[m], &has);

        if (err != AQ_OK)
            return err;
        need[m] = !has;
    }
    return AQ_OK;
}

/* What is there already, by path, size and time, and then by content. */
static AqErr look_up(const Ingest *g, AqStore *s, Clip *c)
{
    AqStoreVideo known;
    struct stat st;

    if (c->item->rival)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: has the same name as %s; the store knows clips by name, so "
                       "rename one of them",
                       c->item->path, c->item->rival);
    if (stat(c->item->path, &st) != 0)
        return aq_fail_errno(c->item->path);
    if (!S_ISREG(st.st_mode))
        return aq_fail(AQ_ERR_MEDIA, "%s: is not a file", c->item->path);
    c->video.bytes = st.st_size;
    c->video.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    c->need[AQ_AUDIO] = c->need[AQ_VISUAL] = 1;
    AqErr err = aq_store_video_by_file(s, c->item->path, c->video.bytes,
                                       c->video.mtime_ns, &known);
    if (err == AQ_OK)
        memcpy(c->video.sha256, known.sha256, sizeof known.sha256);
    else if (err == AQ_ERR_NOT_FOUND)
        err = AQ_OK;
    else
        return err;
    const int same_file = c->video.sha256[0] && strcmp(known.name, c->item->name) == 0;
    if (c->video.sha256[0])
        aq_store_video_clear(&known);
    if (!c->video.sha256[0])
        err = aq_sha256_file(c->item->path, c->video.sha256);
    if (err != AQ_OK)
        return err;
    err = aq_store_video_by_name(s, c->item->name, &known);
    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err != AQ_OK)
        return err;
    const int same = strcmp(known.sha256, c->video.sha256) == 0;
    const int ok = known.status == AQ_VIDEO_OK;
    c->video.n_seconds = known.n_seconds;
    aq_store_video_clear(&known);
    if (!same || !ok)
        return AQ_OK;
    err = needs(s, g->plan->tools, c->item->name, c->need);
    if (err == AQ_OK && same_file && !c->need[AQ_AUDIO] && !c->need[AQ_VISUAL])
        c->outcome = AQ_INGEST_CURRENT;
    return err;
}

static AqErr decode_open(void *ctx, void **state)
{
    const Ingest *g = ctx;
    AqStore *s = NULL;
    const AqErr err = aq_store_open(&s, aq_store_path(g->plan->store), AQ_STORE_READ);

    *state = s;
    return err;
}

static void decode_close(void *ctx, void *state)
{
    AqStore *s = state;

    (void)ctx;
    aq_store_close(&s);
}

static AqErr decode_clip(Ingest *g, Clip *c)
{
    const AqToolset *t = g->plan->tools;
    Hand hand = {.g = g, .c = c};
    const AqDecodePlan plan = {
        .want = {c->need[AQ_AUDIO], c->need[AQ_VISUAL]},
        .chunk_seconds = {AUDIO_CHUNK_SECONDS, t->facts[AQ_VISUAL].batch},
        .frames = t->facts[AQ_VISUAL].frames,
        .max_seconds = g->plan->max_seconds,
        .cancelled = stop_asked,
        .give = give_chunk,
        .ctx = &hand};
    const AqErr err = aq_decode_clip(&c->decoded, c->item->path, &plan);

    if (err != AQ_OK)
        return err;
    const AqMediaFacts *f = &c->decoded.facts;
    c->video.n_seconds = f->n_seconds;
    c->video.duration_us = f->duration_us;
    c->video.has_audio = f->has_audio;
    c->video.has_video = f->has_video;
    c->video.notes = f->notes;
    return AQ_OK;
}

static AqErr decode_run(void *ctx, void *state, void *item)
{
    Ingest *g = ctx;
    Clip *c = item;
    AqErr err = aq_interrupted() ? AQ_ERR_CANCELLED : look_up(g, state, c);

    if (err == AQ_OK && c->outcome != AQ_INGEST_CURRENT &&
        (c->need[AQ_AUDIO] || c->need[AQ_VISUAL]))
        err = decode_clip(g, c);
    if (err == AQ_ERR_NOT_FOUND || err == AQ_ERR_IO || aq_err_is_item(err))
        err = clip_failed(c, "decode");
    if (err == AQ_OK)
        return clip_done_with(g, c, NULL);
    const AqErr why = err; /* chunks under way keep the clip alive */
    aq_pipe_cancel(g->pipe, why == AQ_ERR_CANCELLED ? AQ_OK : why);
    (void)clip_done_with(g, c, NULL);
    return why;
}

static void drop_clip(void *ctx, void *item)
{
    (void)ctx;
    clip_free(item);
}

/* ---- networks ---- */

static AqErr networks_open(void *ctx, void **state)
{
    AqNn *nn = NULL;
    const AqErr err = aq_nn_new(&nn, NULL);

    (void)ctx;
    *state = nn;
    return err;
}

static void networks_close(void *ctx, void *state)
{
    AqNn *nn = state;

    (void)ctx;
    aq_nn_free(&nn);
}

static size_t out_each(const AqToolset *t, AqModality m)
{
    const int *d = t->facts[m].out_dims;

    return (size_t)d[0] * (size_t)d[1] * (size_t)d[2];
}

static void drop_chunk(void *ctx, void *item)
{
    AqChunk *chunk = item;
    Clip *c = chunk->clip;

    (void)clip_done_with(ctx, c, chunk); /* the pipe is cancelled: frees the clip */
}

static AqErr networks_run(void *ctx, void *state, void *item)
{
    Ingest *g = ctx;
    AqChunk *chunk = item;
    Clip *c = chunk->clip;
    const AqToolset *t = g->plan->tools;
    AqErr err = aq_interrupted() ? AQ_ERR_CANCELLED : AQ_OK;

    if (err == AQ_OK) {
        chunk->out =
            aq_alloc((size_t)chunk->n * out_each(t, chunk->modality), sizeof(float));
        err = chunk->out ? aq_extractor_run(t->x[chunk->modality], state, chunk->in,
                                            chunk->n, chunk->out)
                         : AQ_ERR_NOMEM;
    }
    aq_free(chunk->in);
    chunk->in = NULL;
    if (err != AQ_OK)
        aq_pipe_cancel(g->pipe, err == AQ_ERR_CANCELLED ? AQ_OK : err);
    const AqErr passed = clip_done_with(g, c, chunk);
    return err != AQ_OK ? err : passed;
}

/* ---- write ---- */

/* Rows of one modality in their seconds, absent ones zero. Gives. */
static AqErr assemble(const Clip *c, AqModality m, size_t each, float **out)
{
    float *rows = aq_alloc((size_t)c->video.n_seconds * each, sizeof *rows);

    *out = rows;
    if (!rows)
        return AQ_ERR_NOMEM;
    for (const AqChunk *k = c->done; k; k = k->next)
        for (int r = 0; k->modality == m && r < k->n; r++)
            if (k->second[r] < c->video.n_seconds)
                memcpy(rows + (size_t)k->second[r] * each, k->out + (size_t)r * each,
                       each * sizeof *rows);
    return AQ_OK;
}

static AqErr put_features(Ingest *g, Clip *c)
{
    const AqToolset *t = g->plan->tools;
    AqStoreFeatures f[AQ_N_MODALITIES];
    float *rows[AQ_N_MODALITIES] = {NULL, NULL};
    AqErr err = AQ_OK;
    int n = 0;

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        const int *d = t->facts[m].out_dims;

        if (!c->need[m])
            continue;
        err = assemble(c, (AqModality)m, out_each(t, (AqModality)m), &rows[m]);
        f[n++] = (AqStoreFeatures){.provenance = &t->provenance[m],
                                   .n_seconds = c->video.n_seconds,
                                   .h = d[0],
                                   .w = d[1],
                                   .c = d[2],
                                   .presence = c->decoded.presence[m],
                                   .data = rows[m],
                                   .dtype = g->plan->dtype};
    }
    if (err == AQ_OK)
        err = aq_store_put_clip(g->plan->store, &c->video, f, n);
    aq_free(rows[AQ_AUDIO]);
    aq_free(rows[AQ_VISUAL]);
    return err;
}

static AqErr put_clip(Ingest *g, Clip *c)
{
    AqErr err = AQ_OK;

    if (c->outcome == AQ_INGEST_MADE)
        err = put_features(g, c);
    if (err == AQ_ERR_MISMATCH || err == AQ_ERR_NUMERIC)
        return clip_failed(c, "store"); /* this clip's fault; the store is unchanged */
    if (err != AQ_OK || c->outcome != AQ_INGEST_FAILED || c->item->rival)
        return err;
    err = aq_store_put_failure(g->plan->store, &c->video, c->stage, c->reason);
    return err == AQ_ERR_MISMATCH || err == AQ_ERR_FORMAT ? AQ_OK : err;
}

static AqIngestResult *result_of(const Clip *c)
{
    AqIngestResult *r = aq_alloc(1, sizeof *r);

    if (!r)
        return NULL;
    *r = (AqIngestResult){.name = c->item->name,
                          .path = c->item->path,
                          .outcome = c->outcome,
                          .n_seconds = c->video.n_seconds,
                          .took_us = aq_clock_us() - c->from_us,
                          .notes = aq_strdup(c->video.notes ? c->video.notes : ""),
                          .reason = aq_strdup(c->reason ? c->reason : ""),
                          .stage = c->stage ? c->stage : ""};
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        r->made[m] = c->outcome == AQ_INGEST_MADE && c->need[m];
        for (int t = 0; c->decoded.presence[m] && t < c->video.n_seconds; t++)
            r->n_present[m] += c->decoded.presence[m][t] != 0;
    }
    return r;
}

static void result_free(AqIngestResult *r)
{
    aq_free((char *)(uintptr_t)r->notes);
    aq_free((char *)(uintptr_t)r->reason);
    aq_free(r);
}

static void count(AqIngestSummary *s, const AqIngestResult *r)
{
    if (r->outcome == AQ_INGEST_FAILED)
        s->n_failed++;
    else if (r->made[AQ_AUDIO] || r->made[AQ_VISUAL])
        s->n_made++;
    else
        s->n_current++;
    if (r->made[AQ_AUDIO] || r->made[AQ_VISUAL])
        s->media_seconds += r->n_seconds;
}

/* Reports what is next in order, as far as it is there. */
static void report_ready(Ingest *g)
{
    for (; g->next < g->clips->n && g->waiting[g->next]; g->next++) {
        AqIngestResult *r = g->waiting[g->next];

        if (g->plan->result)
            g->plan->result(g->plan->ctx, r);
        result_free(r);
        g->waiting[g->next] = NULL;
    }
}

static AqErr write_run(void *ctx, void *state, void *item)
{
    Ingest *g = ctx;
    Clip *c = item;
    AqErr err = aq_interrupted() ? AQ_ERR_CANCELLED : put_clip(g, c);

    (void)state;
    if (err == AQ_OK) {
        AqIngestResult *r = result_of(c);

        err = r ? AQ_OK : AQ_ERR_NOMEM;
        if (r) {
            count(g->sum, r);
            g->waiting[c->seq] = r;
            report_ready(g);
            aq_progress_set(g->sum->n_made + g->sum->n_current + g->sum->n_failed,
                            "%d failed", g->sum->n_failed);
        }
    }
    clip_free(c);
    return err;
}

/* ---- the graph ---- */

static AqErr build(Ingest *g)
{
    /* Either side can be the slower one. With a worker a core on both, whichever is
     * behind gets the cores: the other's waits in front of a full or an empty queue. */
    const int jobs = g->plan->jobs;
    const AqStageDef defs[] = {{.name = "decode",
                                .n_workers = jobs,
                                .n_queued = jobs,
                                .ctx = g,
                                .open = decode_open,
                                .close = decode_close,
                                .run = decode_run,
                                .drop = drop_clip},
                               {.name = "networks",
                                .n_workers = jobs,
                                .n_queued = jobs * CHUNKS_QUEUED,
                                .ctx = g,
                                .open = networks_open,
                                .close = networks_close,
                                .run = networks_run,
                                .drop = drop_chunk},
                               {.name = "store",
                                .n_workers = 1,
                                .n_queued = 4,
                                .ctx = g,
                                .run = write_run,
                                .drop = drop_clip}};
    AqErr err = aq_pipe_new(&g->pipe);

    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[0], &g->decode);
    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[1], &g->networks);
    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[2], &g->write);
    return err == AQ_OK ? aq_pipe_start(g->pipe) : err;
}

static AqErr feed(Ingest *g)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < g->clips->n && !aq_interrupted(); k++) {
        Clip *c = NULL;

        err = clip_new(&c, &g->clips->v[k], k);
        if (err == AQ_OK)
            err = aq_stage_put(g->decode, c);
        if (err != AQ_OK && c)
            clip_free(c);
    }
    return err;
}

static void fill_summary(Ingest *g, int64_t from_us)
{
    AqIngestSummary *s = g->sum;
    AqStageStats st;

    s->wall_seconds = (double)(aq_clock_us() - from_us) / 1e6;
    for (int k = 0; k < 4 && aq_pipe_stats(g->pipe, k, &st); k++) {
        AqIngestStage *o = &s->stage[s->n_stages++];

        (void)snprintf(o->name, sizeof o->name, "%s", st.name);
        o->n_workers = st.n_workers;
        o->busy = (double)st.busy_us / 1e6 / (s->wall_seconds * st.n_workers + 1e-9);
    }
}

AqErr aq_ingest(AqIngestSummary *out, const AqScan *clips, const AqIngestPlan *plan)
{
    const int64_t from_us = aq_clock_us();
    Ingest g = {.plan = plan, .clips = clips, .sum = out};

    *out = (AqIngestSummary){0};
    g.waiting = aq_alloc(clips->n ? clips->n : 1, sizeof *g.waiting);
    AqErr err = g.waiting ? build(&g) : AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        const AqErr fed = feed(&g);

        err = aq_pipe_finish(g.pipe);
        if (err == AQ_OK && fed != AQ_ERR_CANCELLED)
            err = fed;
        if (err == AQ_OK && aq_interrupted())
            err = aq_fail(AQ_ERR_CANCELLED, "interrupted");
    }
    if (g.pipe)
        fill_summary(&g, from_us);
    aq_pipe_free(&g.pipe);
    for (size_t k = 0; g.waiting && k < clips->n; k++) {
        AqIngestResult *r = g.waiting[k];
        if (r && plan->result) /* an interrupt left gaps before these */
            plan->result(plan->ctx, r);
        if (r)
            result_free(r);
    }
    aq_free(g.waiting);
    return err;
}
