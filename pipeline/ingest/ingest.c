/* SPDX-License-Identifier: MIT */
/* The graph: its stages, the feeder and the summary. */
#include "pipeline/ingest/ingest.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/ingest/ingest_priv.h"

#include <stdio.h>
#include <time.h>

enum { NAP_MS = 20, ASK_AGAIN_MS = 1000 };

/* Either side can be the slower one. With one worker per core on both, the one that is
 * behind gets the cores, as the other waits at a full or empty queue. */
static AqErr build_ingest_pipe(Ingest *g)
{
    const AqStageDef defs[] = {aq_ingest_decode_stage(g), aq_ingest_networks_stage(g),
                               aq_ingest_write_stage(g)};
    AqErr err = aq_pipe_new(&g->pipe);

    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[0], &g->decode);
    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[1], &g->networks);
    if (err == AQ_OK)
        err = aq_pipe_add(g->pipe, &defs[2], &g->write);
    return err == AQ_OK ? aq_pipe_start(g->pipe) : err;
}

static AqErr feed_one(Ingest *g, size_t seq)
{
    Clip *c = NULL;
    AqErr err = aq_clip_new(&c, g, seq);

    if (err == AQ_OK)
        err = aq_stage_put(g->decode, c);
    if (err != AQ_OK && c)
        aq_clip_free(c);
    return err;
}

static void sleep_interruptibly(const Ingest *g, int ms)
{
    const struct timespec t = {.tv_nsec = NAP_MS * 1000000L};

    for (; ms > 0 && !aq_ingest_stopped(g) && !aq_pipe_cancelled(g->pipe); ms -= NAP_MS)
        (void)nanosleep(&t, NULL);
}

/* Waits until the pipe is empty; returns how many clips another process had. */
static size_t wait_for_rest(Ingest *g)
{
    size_t n = 0;

    while (atomic_load(&g->n_open) > 0 && !aq_ingest_stopped(g) &&
           !aq_pipe_cancelled(g->pipe))
        sleep_interruptibly(g, NAP_MS);
    for (size_t k = 0; k < g->clips->n; k++)
        n += atomic_load(&g->elsewhere[k]) != 0;
    return n;
}

/* Feeds all clips once, then again those that another process had: it may have done
 * them, or have died. */
static AqErr feed_all_clips(Ingest *g)
{
    AqErr err = AQ_OK;
    size_t n = 0;

    for (size_t k = 0; err == AQ_OK && k < g->clips->n && !aq_ingest_stopped(g); k++)
        err = feed_one(g, k);
    for (int told = 0;
         err == AQ_OK && (n = wait_for_rest(g)) > 0 && !aq_ingest_stopped(g);
         told = 1) {
        if (!told)
            aq_log(AQ_LOG_INFO,
                   "%zu videos are being done by another process; waiting for it", n);
        sleep_interruptibly(g, ASK_AGAIN_MS);
        for (size_t k = 0; err == AQ_OK && k < g->clips->n && !aq_ingest_stopped(g);
             k++)
            if (atomic_exchange(&g->elsewhere[k], 0))
                err = feed_one(g, k);
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

/* Releases the clips leased but not finished, so that other processes can take them.
 * After an error the store may not be writable, and leases end with the process anyway.
 */
static AqErr release_held_leases(AqStore *s, AqErr err)
{
    char why[256];

    (void)snprintf(why, sizeof why, "%s", err == AQ_OK ? "" : aq_err_text());
    const AqErr dropped = aq_store_drop_leases(s);
    return err == AQ_OK ? dropped : aq_fail(err, "%s", why);
}

AqErr aq_ingest(AqIngestSummary *out, const AqScan *clips, const AqIngestPlan *plan)
{
    const int64_t from_us = aq_clock_us();
    Ingest g = {.plan = plan, .clips = clips, .sum = out};

    *out = (AqIngestSummary){.n_unread = (int)clips->n_skipped};
    g.waiting = aq_alloc(clips->n, sizeof *g.waiting);
    g.elsewhere = aq_alloc(clips->n, sizeof *g.elsewhere);
    AqErr err = g.waiting && g.elsewhere ? build_ingest_pipe(&g) : AQ_ERR_NOMEM;
    if (err == AQ_OK) {
        const AqErr fed = feed_all_clips(&g);

        err = aq_pipe_finish(g.pipe);
        if (err == AQ_OK && fed != AQ_ERR_CANCELLED)
            err = fed;
        if (err == AQ_OK && aq_ingest_stopped(&g))
            err = aq_fail(AQ_ERR_CANCELLED, "interrupted");
    }
    if (g.pipe)
        fill_summary(&g, from_us);
    aq_pipe_free(&g.pipe);
    for (size_t k = 0; g.waiting && k < clips->n; k++) {
        AqIngestResult *r = g.waiting[k];
        if (r && plan->result) /* where it was stopped there are gaps before these */
            plan->result(plan->ctx, r);
        if (r)
            aq_ingest_result_free(r);
    }
    aq_free(g.waiting);
    aq_free(g.elsewhere);
    return err == AQ_OK || err == AQ_ERR_CANCELLED
               ? release_held_leases(plan->store, err)
               : err;
}
