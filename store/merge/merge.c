/* SPDX-License-Identifier: MIT */
/*
 * The merge itself: all stores are open side by side, and the names of all sources are
 * walked in order, twice: first to compare, then to copy. Rows are copied byte for
 * byte, one at a time, in transactions of a few videos, so that memory is bounded,
 * other writers get their turn, and a kill loses little.
 */
#include "store/merge/merge.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/merge/merge_priv.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A batch ends with whichever comes first. */
enum { BATCH_ROWS = 256, BATCH_US = 2000000 };
#define BATCH_BYTES (32 << 20)

/* ---- the stores ---- */

static AqErr check_plan(const AqMergePlan *p)
{
    if (p->n_sources < 1 || p->n_sources > AQ_MERGE_MAX_SOURCES)
        return aq_fail(AQ_ERR_USAGE,
                       "%d stores to merge; it must be 1 to %d: merge some of them, "
                       "then the results",
                       p->n_sources, AQ_MERGE_MAX_SOURCES);
    for (int k = 0; k < p->n_sources; k++)
        if (aq_fs_same(p->sources[k], p->into))
            return aq_fail(AQ_ERR_USAGE,
                           "%s: is the store to merge into, so it cannot be a source "
                           "too (%s)",
                           p->sources[k], p->into);
    return AQ_OK;
}

static AqErr open_sources(AqMerge *m)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < m->n; k++) {
        AqMergeSide *at = &m->sides[k];
        int64_t n = 0;

        at->path = m->plan->sources[k];
        err = aq_store_open(&at->s, at->path, AQ_STORE_READ);
        if (err == AQ_OK) /* one snapshot from here to the end; a small cache, as there
                             may be many stores */
            err = aq_store_exec(at->s, "PRAGMA cache_size = -512; BEGIN");
        if (err != AQ_OK)
            break;
        AqQuery q = aq_query_of(
            at->s,
            "SELECT count(*) FROM videos WHERE dataset <> '" AQ_DATASET_ASKED "'");
        if (aq_query_step(&q))
            n = aq_row_int(&q, 0, 0, INT64_MAX);
        err = aq_query_end(&q);
        m->sum.n_total += n;
    }
    return err;
}

/* A target that does not exist is created only once nothing prevents the merge. */
static AqErr open_target(AqMerge *m, int create)
{
    AqMergeSide *at = &m->sides[m->n];
    struct stat st;

    at->path = m->plan->into;
    if (at->s || (!create && stat(at->path, &st) != 0))
        return AQ_OK;
    const AqErr err = aq_store_open(&at->s, at->path, AQ_STORE_CREATE);
    if (err == AQ_OK && m->plan->timeout_ms > 0)
        aq_store_set_timeout(at->s, m->plan->timeout_ms);
    return err;
}

static void close_all(AqMerge *m)
{
    for (int k = 0; m->sides && k <= m->n; k++) {
        AqMergeSide *at = &m->sides[k];

        if (at->walk.s)
            (void)!aq_query_end(&at->walk); /* its error is known already */
        if (k == m->n)
            aq_store_video_clear(&at->v);
        aq_provenance_list_clear(&at->made);
        aq_free(at->make);
        aq_store_close(&at->s);
    }
    aq_free(m->sides);
    aq_free(m->makes);
    aq_free(m->heads);
}

/* ---- the walk ---- */

/* The next video of a source; a damaged row is reported and skipped. */
static AqErr advance_merge_side(AqMerge *m, AqMergeSide *at)
{
    AqQuery *q = &at->walk;

    for (at->has = 0; !at->has && aq_query_step(q);) {
        char where[64];

        aq_row_video(q, &at->v);
        if (strcmp(at->v.dataset, AQ_DATASET_ASKED) == 0)
            continue; /* a cache */
        m->sum.n_seen += m->writing;
        if (q->err == AQ_OK)
            q->err = aq_store_check_name(at->v.name, strlen(at->v.name));
        if (q->err == AQ_OK)
            q->err = aq_store_check_name(at->v.dataset, strlen(at->v.dataset));
        if (q->err == AQ_OK) {
            at->has = 1;
        } else if (q->err == AQ_ERR_FORMAT) {
            (void)snprintf(where, sizeof where, "video number %lld",
                           (long long)at->v.id);
            aq_merge_tell(m, &m->sum.n_damaged, at->path, where, aq_err_text());
            q->err = AQ_OK;
        }
    }
    return q->err;
}

/* The target's row with that name; `has` says whether there is one. */
static AqErr look_up_target_video(AqMergeSide *at, const AqStoreVideo *v)
{
    aq_store_video_clear(&at->v);
    at->has = 0;
    if (!at->s)
        return AQ_OK;
    AqErr err = aq_store_use_dataset(at->s, v->dataset);
    if (err == AQ_OK)
        err = aq_store_video_by_name(at->s, v->name, &at->v);
    at->has = err == AQ_OK;
    return err == AQ_ERR_NOT_FOUND ? AQ_OK : err;
}

/* ---- batches ---- */

static AqErr begin_batch(AqMerge *m)
{
    const AqErr err = aq_store_begin(m->sides[m->n].s);

    m->in_batch = err == AQ_OK;
    if (err != AQ_OK)
        return err;
    m->batch_rows = 0;
    m->batch_bytes = 0;
    m->batch_began_us = aq_clock_us();
    return aq_merge_target_makes(m);
}

static AqErr end_batch(AqMerge *m, AqErr err)
{
    if (!m->in_batch)
        return err;
    m->in_batch = 0;
    return aq_store_end(m->sides[m->n].s, err);
}

static int batch_is_full(const AqMerge *m)
{
    return m->batch_rows >= BATCH_ROWS || m->batch_bytes >= BATCH_BYTES ||
           aq_clock_us() - m->batch_began_us >= BATCH_US;
}

/* The source has the video done, but none of its rows can be taken. */
static void tell_of_bare(AqMerge *m, const AqMergeChoice *c)
{
    for (int k = 0; c->content < 0 && k < m->n; k++) {
        const AqMergeSide *at = &m->sides[k];

        if (at->has && at->v.status == AQ_VIDEO_OK && at->n_heads == 0)
            aq_merge_tell(
                m, &m->sum.n_not_copied, at->path, at->v.name,
                "not copied: it is marked done and has no features that verify");
    }
}

static AqErr one_name(AqMerge *m, const AqStoreVideo *named)
{
    AqMergeSide *into = &m->sides[m->n];
    AqMergeChoice c;
    AqErr err = look_up_target_video(into, named);

    m->tells = m->writing;
    if (err == AQ_OK)
        err = aq_merge_choose(m, &c);
    if (err != AQ_OK || !m->writing)
        return err;
    tell_of_bare(m, &c);
    if (c.changes &&
        !m->in_batch) { /* others may have written: check again, holding the lock */
        err = begin_batch(m);
        if (err == AQ_OK)
            err = look_up_target_video(into, named);
        m->tells = 0;
        if (err == AQ_OK)
            err = aq_merge_choose(m, &c);
        m->tells = 1;
    }
    if (err == AQ_OK && c.changes)
        err = aq_merge_write(m, &c);
    m->batch_rows++;
    return err == AQ_OK && m->in_batch && batch_is_full(m) ? end_batch(m, err) : err;
}

/* ---- all names, in order ---- */

static int by_dataset_and_name(const AqStoreVideo *a, const AqStoreVideo *b)
{
    const int order = strcmp(a->dataset, b->dataset);

    return order ? order : strcmp(a->name, b->name);
}

/* The first name among the sources' current videos. */
static const AqStoreVideo *first_name(const AqMerge *m, const int *waiting)
{
    const AqStoreVideo *first = NULL;

    for (int k = 0; k < m->n; k++)
        if (waiting[k] && (!first || by_dataset_and_name(&m->sides[k].v, first) < 0))
            first = &m->sides[k].v;
    return first;
}

static AqErr check_merge_stop(const AqMerge *m)
{
    if (!m->plan->stop || !m->plan->stop(m->plan->ctx))
        return AQ_OK;
    return aq_fail(AQ_ERR_CANCELLED,
                   "stopped; what is merged so far is in %s, and the same command goes "
                   "on from there",
                   m->plan->into);
}

static AqErr step_all(AqMerge *m, int waiting[AQ_MERGE_MAX_SOURCES])
{
    AqErr err = AQ_OK;

    for (const AqStoreVideo *v; err == AQ_OK && (v = first_name(m, waiting));) {
        int at_it[AQ_MERGE_MAX_SOURCES] = {0};

        for (int k = 0; k < m->n; k++)
            at_it[k] = waiting[k] && by_dataset_and_name(&m->sides[k].v, v) == 0;
        for (int k = 0; k < m->n; k++)
            m->sides[k].has = at_it[k];
        err = one_name(m, v);
        if (m->writing && m->plan->seen)
            m->plan->seen(m->plan->ctx, &m->sum);
        for (int k = 0; err == AQ_OK && k < m->n; k++)
            if (at_it[k]) {
                err = advance_merge_side(m, &m->sides[k]);
                waiting[k] = m->sides[k].has;
            }
        if (err == AQ_OK && first_name(m, waiting))
            err = check_merge_stop(m);
    }
    return err;
}

static AqErr walk_merge_videos(AqMerge *m)
{
    int waiting[AQ_MERGE_MAX_SOURCES] = {0};
    AqErr err = AQ_OK;

    m->tells = m->writing;
    for (int k = 0; err == AQ_OK && k < m->n; k++) {
        m->sides[k].walk = aq_query(m->sides[k].s, AQ_SQL_VIDEO_EACH_OF_ALL);
        err = advance_merge_side(m, &m->sides[k]);
        waiting[k] = m->sides[k].has;
    }
    if (err == AQ_OK)
        err = step_all(m, waiting);
    const AqErr ended = end_batch(m, err == AQ_ERR_CANCELLED ? AQ_OK : err);
    for (int k = 0; k < m->n; k++)
        if (m->sides[k].walk.s) {
            (void)!aq_query_end(&m->sides[k].walk);
            m->sides[k].walk.s = NULL;
        }
    return ended == AQ_OK ? err : ended;
}

static AqErr merge_sources(AqMerge *m)
{
    AqErr err = check_plan(m->plan);

    if (err == AQ_OK) {
        m->sides = aq_alloc((size_t)m->n + 1, sizeof *m->sides);
        err = m->sides ? open_sources(m) : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        err = open_target(m, 0);
    if (err == AQ_OK)
        err = aq_merge_makes(m);
    if (err == AQ_OK)
        err = walk_merge_videos(m);
    if (err == AQ_OK)
        err = aq_merge_lists(m);
    if (err == AQ_OK)
        err = open_target(m, 1);
    m->writing = 1;
    if (err == AQ_OK)
        err = walk_merge_videos(m);
    if (err == AQ_OK)
        err = aq_merge_lists(m);
    return err;
}

AqErr aq_store_merge(const AqMergePlan *plan, AqMergeSummary *out)
{
    AqMerge m = {.plan = plan, .n = plan->n_sources};
    const AqErr err = merge_sources(&m);

    *out = m.sum;
    close_all(&m);
    return err;
}
