/* SPDX-License-Identifier: MIT */
/* The last stage: one thread that writes clips to the store and reports them. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/ingest/ingest_priv.h"
#include "pipeline/ui/progress.h"

#include <string.h>

/* The rows of one tool, for the store. */
typedef struct IngestRows {
    int n;
    float *data;
    uint8_t *presence; /* 1: the row came; other rows are zeros */
    AqRowSpan *spans;  /* if rows are clips; else NULL */
} IngestRows;

static void clear_ingest_rows(IngestRows *o)
{
    aq_free(o->data);
    aq_free(o->presence);
    aq_free(o->spans);
}

/* Puts rows at their places; rows after the clip's seconds are dropped. */
static AqErr assemble_ingest_rows(IngestRows *o, const Clip *c, int tool)
{
    const AqToolset *t = c->g->plan->tools;
    const AqRowPlan plan = t->facts[tool].input.plan;
    const size_t each = aq_ingest_out_each(t, tool);
    const int clips = aq_rows_are_clips(plan);

    o->n = aq_rows_count(plan, c->video.n_seconds);
    o->data = aq_alloc((size_t)o->n * each, sizeof *o->data);
    o->presence = aq_alloc((size_t)o->n, 1);
    o->spans = clips ? aq_alloc((size_t)o->n, sizeof *o->spans) : NULL;
    if (!o->data || !o->presence || (clips && !o->spans))
        return AQ_ERR_NOMEM;
    for (const AqChunk *k = c->done; k; k = k->next)
        for (int r = 0; c->tool_of[k->input] == tool && r < k->n; r++) {
            const int at = k->row[r];

            if (at >= o->n)
                continue;
            memcpy(o->data + (size_t)at * each, k->out + (size_t)r * each,
                   each * sizeof *o->data);
            o->presence[at] = 1;
            if (clips)
                o->spans[at] = k->span[r];
        }
    return AQ_OK;
}

static AqErr put_clip_features(Ingest *g, Clip *c)
{
    const AqToolset *t = g->plan->tools;
    AqStoreFeatures f[AQ_MOST_TOOLS];
    IngestRows rows[AQ_MOST_TOOLS] = {0};
    AqErr err = AQ_OK;
    int n = 0;

    for (int k = 0; err == AQ_OK && k < t->n; k++) {
        const int *d = t->facts[k].out_dims;

        if (!c->need[k])
            continue;
        err = assemble_ingest_rows(&rows[k], c, k);
        f[n++] = (AqStoreFeatures){.provenance = &t->provenance[k],
                                   .n_rows = rows[k].n,
                                   .h = d[0],
                                   .w = d[1],
                                   .c = d[2],
                                   .presence = rows[k].presence,
                                   .spans = rows[k].spans,
                                   .data = rows[k].data,
                                   .dtype = g->plan->dtype};
    }
    if (err == AQ_OK)
        err = aq_store_put_clip(g->plan->store, &c->video, f, n);
    for (int k = 0; k < t->n; k++)
        clear_ingest_rows(&rows[k]);
    return err;
}

/* A fault of this clip only leaves the store unchanged. Writing ends the lease. */
static AqErr put_clip(Ingest *g, Clip *c)
{
    AqErr err = AQ_OK;

    if (c->outcome == AQ_INGEST_MADE) {
        err = put_clip_features(g, c);
        c->leased = c->leased && err != AQ_OK;
    }
    if (err == AQ_ERR_MISMATCH || err == AQ_ERR_NUMERIC)
        err = aq_clip_failed(c, AQ_INGEST_FAILED, "store", aq_err_text());
    if (err != AQ_OK || c->outcome != AQ_INGEST_FAILED || c->item->rival)
        return err;
    err = aq_store_put_failure(g->plan->store, &c->video, c->stage, c->reason);
    c->leased = c->leased && err != AQ_OK;
    return err == AQ_ERR_MISMATCH || err == AQ_ERR_FORMAT ? AQ_OK : err;
}

static AqIngestResult *result_of(const Clip *c)
{
    AqIngestResult *r = aq_alloc(1, sizeof *r);

    if (!r)
        return NULL;
    *r = (AqIngestResult){
        .name = aq_strdup(c->video.name), /* it may be freed with the clip */
        .path = c->item->path,
        .outcome = c->outcome,
        .n_seconds = c->video.n_seconds,
        .took_us = aq_clock_us() - c->from_us,
        .notes = aq_strdup(c->video.notes ? c->video.notes : ""),
        .reason = aq_strdup(c->reason ? c->reason : ""),
        .stage = c->stage ? c->stage : ""};
    if (!r->name || !r->notes || !r->reason) {
        aq_ingest_result_free(r);
        return NULL;
    }
    for (int k = 0; k < c->g->plan->tools->n; k++)
        r->made[c->g->plan->tools->facts[k].modality] |=
            c->outcome == AQ_INGEST_MADE && c->need[k];
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        for (int t = 0; c->decoded.presence[m] && t < c->video.n_seconds; t++)
            r->n_present[m] += c->decoded.presence[m][t] != 0;
    }
    return r;
}

void aq_ingest_result_free(AqIngestResult *r)
{
    aq_free((char *)(uintptr_t)r->name);
    aq_free((char *)(uintptr_t)r->notes);
    aq_free((char *)(uintptr_t)r->reason);
    aq_free(r);
}

static void count_ingest_result(AqIngestSummary *s, const AqIngestResult *r)
{
    if (r->outcome == AQ_INGEST_FAILED)
        s->n_failed++;
    else if (r->outcome == AQ_INGEST_FAILED_BEFORE)
        s->n_failed_before++;
    else if (r->made[AQ_AUDIO] || r->made[AQ_VISUAL])
        s->n_made++;
    else
        s->n_current++;
    if (r->made[AQ_AUDIO] || r->made[AQ_VISUAL])
        s->media_seconds += r->n_seconds;
}

/* Reports the results that are next in order, as far as available. */
static void report_ready(Ingest *g)
{
    for (; g->next < g->clips->n && g->waiting[g->next]; g->next++) {
        AqIngestResult *r = g->waiting[g->next];

        if (g->plan->result)
            g->plan->result(g->plan->ctx, r);
        aq_ingest_result_free(r);
        g->waiting[g->next] = NULL;
    }
}

static AqErr settle_clip_result(Ingest *g, const Clip *c)
{
    AqIngestSummary *s = g->sum;
    AqIngestResult *r = result_of(c);

    if (!r)
        return AQ_ERR_NOMEM;
    count_ingest_result(s, r);
    g->waiting[c->seq] = r;
    report_ready(g);
    aq_progress_set(s->n_made + s->n_current + s->n_failed + s->n_failed_before,
                    "%d failed", s->n_failed + s->n_failed_before);
    if (g->plan->fail_fast && c->outcome == AQ_INGEST_FAILED)
        return aq_fail(AQ_ERR_MEDIA,
                       "stopped at the first failure, as --fail-fast says");
    return AQ_OK;
}

static AqErr write_run(void *ctx, void *state, void *item)
{
    Ingest *g = ctx;
    Clip *c = item;
    AqErr err = AQ_OK;

    (void)state;
    if (c->elsewhere) {
        atomic_store(&g->elsewhere[c->seq], 1);
    } else {
        err = aq_ingest_stopped(g) ? AQ_ERR_CANCELLED : put_clip(g, c);
        if (err == AQ_OK && c->leased) /* other processes may wait for it */
            err = aq_store_end_lease(g->plan->store, c->item->name);
        if (err == AQ_OK)
            err = settle_clip_result(g, c);
    }
    aq_clip_free(c);
    return err;
}

AqStageDef aq_ingest_write_stage(Ingest *g)
{
    return (AqStageDef){.name = "store",
                        .n_workers = 1,
                        .n_queued = 4,
                        .ctx = g,
                        .run = write_run,
                        .drop = aq_clip_drop};
}
