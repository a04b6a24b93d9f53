/* SPDX-License-Identifier: MIT */
/*
 * The first stage: checks whether there is anything to do and whether another process
 * does it; if not, decodes. Each worker has its own store handle and decoder process.
 */
#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/ingest/ingest_priv.h"

#include <stdlib.h>
#include <string.h>

enum { LEASE_SECONDS = 3600 };

typedef struct Worker {
    AqStore *store;
    AqDecoder *decoder;
} Worker;

static AqErr give_chunk(void *ctx, AqChunk *chunk)
{
    Clip *c = ctx;

    (void)pthread_mutex_lock(&c->lock);
    c->pending++;
    (void)pthread_mutex_unlock(&c->lock);
    chunk->clip = c;
    const AqIngestProgress decoded = {
        .is_decoded = 1, .tool = c->tool_of[chunk->input], .n_rows = chunk->n};
    const AqErr err = aq_stage_put(c->g->networks, chunk);
    if (err == AQ_OK)
        aq_ingest_tell(c->g, &decoded);
    else {
        (void)pthread_mutex_lock(&c->lock);
        c->pending--;
        (void)pthread_mutex_unlock(&c->lock);
    }
    return err;
}

static int stop_asked(void *ctx)
{
    const Clip *c = ctx;

    return aq_ingest_stopped(c->g) || aq_pipe_cancelled(c->g->pipe);
}

/* Notes a fault of the clip on it and returns AQ_OK; other errors are the job's. Only
 * for errors of reading the clip: the store's errors are never the clip's. */
static AqErr note_fault(Clip *c, AqErr err, int ran_out)
{
    if (err == AQ_ERR_NOT_FOUND || err == AQ_ERR_IO) /* a retry may succeed */
        return aq_clip_failed(c, AQ_INGEST_FAILED, "read", aq_err_text());
    if (aq_err_is_item(err))
        return aq_clip_failed(c, AQ_INGEST_FAILED, ran_out ? "memory" : "decode",
                              aq_err_text());
    return err;
}

/* ---- what is to be done ---- */

/* Nothing is left to do. */
static int is_clip_settled(const Clip *c)
{
    return c->outcome != AQ_INGEST_MADE;
}

static AqErr find_needed_features(AqStore *s, const AqToolset *t, const char *name,
                                  int need[])
{
    for (int k = 0; k < t->n; k++) {
        int has = 0;
        const AqErr err = aq_store_has_features(s, name, &t->provenance[k], &has);

        if (err != AQ_OK)
            return err;
        need[k] = !has;
    }
    return AQ_OK;
}

/* The store cannot hold every possible file name. */
static AqErr check_clip_name(Clip *c)
{
    const char *name = c->item->name;

    if (aq_store_check_name(name, strlen(name)) == AQ_OK)
        return AQ_OK;
    return aq_clip_failed(c, AQ_INGEST_FAILED, "read", aq_err_text());
}

static AqErr stat_clip(Clip *c)
{
    if (c->item->rival)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: has the same name as %s; the store tells clips apart by "
                       "name, so rename one of them",
                       c->item->path, c->item->rival);
    return aq_scan_stat(c->item->path, &c->video.bytes, &c->video.mtime_ns);
}

/* Failed before, and nothing has changed since. But a missing sound track is the
 * request's fault, not the clip's. */
static AqErr failed_before(Clip *c, const AqStoreVideo *known)
{
    if (c->g->plan->retry_failed || known->status != AQ_VIDEO_FAILED ||
        c->g->plan->tools->audio_track || strstr(known->reason, "--audio-track") ||
        !known->sha256[0] || strcmp(known->stage, "decode") != 0)
        return AQ_OK;
    return aq_clip_failed(c, AQ_INGEST_FAILED_BEFORE, "decode", known->reason);
}

/* Is this very file known by path, size and time? Then it need not be read, and maybe
 * nothing need be done. */
static AqErr look_at_file(Clip *c, AqStore *s)
{
    AqStoreVideo known;
    AqErr err = aq_store_video_by_file(s, c->item->path, c->video.bytes,
                                       c->video.mtime_ns, &known);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err != AQ_OK)
        return err;
    memcpy(c->video.sha256, known.sha256, sizeof known.sha256);
    if (strcmp(known.name, c->item->name) == 0) {
        c->video.n_seconds = known.n_seconds;
        err = failed_before(c, &known);
        if (err == AQ_OK && known.status == AQ_VIDEO_OK)
            err = find_needed_features(s, c->g->plan->tools, c->item->name, c->need);
        if (err == AQ_OK && !aq_clip_needs_any(c))
            c->outcome = AQ_INGEST_CURRENT;
    }
    aq_store_video_clear(&known);
    return err;
}

/* Is its content known under its name, wherever the file was at that time? */
static AqErr look_at_content(Clip *c, AqStore *s)
{
    AqStoreVideo known;
    AqErr err = AQ_OK;

    if (!c->video.sha256[0])
        err = note_fault(c, aq_sha256_file(c->item->path, c->video.sha256), 0);
    if (err != AQ_OK || is_clip_settled(c))
        return err;
    err = aq_store_video_by_name(s, c->item->name, &known);
    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err != AQ_OK)
        return err;
    const int same = strcmp(known.sha256, c->video.sha256) == 0;
    if (aq_store_check_same(s, &known, &c->video) != AQ_OK)
        err = aq_clip_failed(c, AQ_INGEST_FAILED, "store", aq_err_text());
    else if (!same && known.sha256[0] && known.path[0])
        aq_log(AQ_LOG_WARN,
               "%s: has different content than when it was ingested; its old features "
               "are dropped",
               c->item->path);
    const int ok = known.status == AQ_VIDEO_OK;
    c->video.n_seconds = known.n_seconds;
    aq_store_video_clear(&known);
    return err == AQ_OK && same && ok
               ? find_needed_features(s, c->g->plan->tools, c->item->name, c->need)
               : err;
}

/* Leases the clip before reading it, and then checks once more: another process may
 * just have done it. */
static AqErr look_up_clip(Clip *c, AqStore *s)
{
    int mine = 0;
    AqErr err = check_clip_name(c);

    if (err == AQ_OK && !is_clip_settled(c))
        err = note_fault(c, stat_clip(c), 0);
    for (int k = 0; k < c->g->plan->tools->n; k++)
        c->need[k] = 1;
    if (err == AQ_OK && !is_clip_settled(c))
        err = look_at_file(c, s);
    if (err != AQ_OK || is_clip_settled(c))
        return err;
    err = aq_store_lease(s, c->item->name, LEASE_SECONDS, &mine);
    c->elsewhere = err == AQ_OK && !mine;
    c->leased = mine;
    if (err == AQ_OK && mine)
        err = look_at_file(c, s);
    if (err != AQ_OK || c->elsewhere || is_clip_settled(c))
        return err;
    return look_at_content(c, s);
}

/* ---- the stage ---- */

static void decode_close(void *ctx, void *state)
{
    Worker *w = state;

    (void)ctx;
    if (!w)
        return;
    aq_decoder_free(&w->decoder);
    aq_store_close(&w->store);
    aq_free(w);
}

static AqErr decode_open(void *ctx, void **state)
{
    const Ingest *g = ctx;
    Worker *w = aq_alloc(1, sizeof *w);
    AqErr err = w ? AQ_OK : AQ_ERR_NOMEM;

    *state = NULL;
    if (err == AQ_OK)
        err = aq_store_open_again(&w->store, g->plan->store, AQ_STORE_WRITE);
    if (err == AQ_OK)
        err = aq_decoder_new(&w->decoder, &g->plan->bounds);
    if (err != AQ_OK)
        decode_close(ctx, w);
    else
        *state = w;
    return err;
}

static AqErr decode_clip(Clip *c, Worker *w)
{
    const AqIngestPlan *p = c->g->plan;
    AqDecodePlan plan = {.max_seconds = p->max_seconds,
                         .audio_track = p->tools->audio_track,
                         .limits = p->limits,
                         .cancelled = stop_asked,
                         .give = give_chunk,
                         .ctx = c};

    _Static_assert(AQ_MOST_TOOLS <= AQ_DECODE_MAX_INPUTS, "all tools are shown a clip");
    for (int k = 0; k < p->tools->n; k++)
        if (c->need[k]) {
            c->tool_of[plan.n_inputs] = k;
            plan.inputs[plan.n_inputs++] =
                (AqDecodeInput){p->tools->facts[k].input, p->tools->facts[k].batch};
        }
    const AqErr err = aq_decoder_clip(w->decoder, &c->decoded, c->item->path, &plan);

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
    Worker *w = state;
    Clip *c = item;
    AqErr err = aq_ingest_stopped(g) ? AQ_ERR_CANCELLED : look_up_clip(c, w->store);

    if (err == AQ_OK && !is_clip_settled(c) && !c->elsewhere && aq_clip_needs_any(c)) {
        err = decode_clip(c, w);
        err = note_fault(c, err, aq_decoder_ran_out(w->decoder));
    }
    if (err == AQ_OK)
        return aq_clip_done_with(c, NULL);
    const AqErr why = err; /* chunks in progress keep the clip alive */
    aq_pipe_cancel(g->pipe, why == AQ_ERR_CANCELLED ? AQ_OK : why);
    (void)!aq_clip_done_with(c, NULL);
    return why;
}

AqStageDef aq_ingest_decode_stage(Ingest *g)
{
    return (AqStageDef){.name = "decode",
                        .n_workers = g->plan->jobs,
                        .n_queued = g->plan->jobs,
                        .ctx = g,
                        .open = decode_open,
                        .close = decode_close,
                        .run = decode_run,
                        .drop = aq_clip_drop};
}
