/* SPDX-License-Identifier: MIT */
/*
 * Decides for one name: its content, whose video row and which feature rows are taken.
 * Each choice is a maximum over all sides, including the target, so neither the order
 * of the sources nor how far an earlier merge got matters.
 *
 * A side counts for the content if its video is done or has features; a failure without
 * features gives way to anything.
 */
#include "base/alloc.h"
#include "store/merge/merge_priv.h"

#include <string.h>

int aq_merge_same_content(const AqMerge *m, int a, int b)
{
    const AqStoreVideo *x = &m->sides[a].v, *y = &m->sides[b].v;

    return strcmp(x->sha256, y->sha256) == 0 && x->n_seconds == y->n_seconds;
}

static int is_side_candidate(const AqMerge *m, int side)
{
    const AqMergeSide *at = &m->sides[side];

    if (!at->has)
        return 0;
    return at->n_wanted > 0 || (side == m->n && at->v.status == AQ_VIDEO_OK);
}

static AqErr add_head(AqMerge *m, const AqMergeHead *h)
{
    if (m->n_heads == m->room) {
        AqMergeHead *more = aq_realloc(m->heads, m->room + 64, sizeof *more);

        if (!more)
            return AQ_ERR_NOMEM;
        m->heads = more;
        m->room += 64;
    }
    m->heads[m->n_heads++] = *h;
    return AQ_OK;
}

/* A damaged row of a source is reported and left out; one in the target ends the merge.
 */
static AqErr pass_damaged_row(AqMerge *m, int side, AqErr err)
{
    if (err != AQ_ERR_FORMAT || side == m->n)
        return err;
    aq_merge_tell(m, &m->sum.n_damaged, m->sides[side].path, m->sides[side].v.name,
                  aq_err_text());
    return AQ_OK;
}

static AqErr read_heads(AqMerge *m, int side)
{
    AqMergeSide *at = &m->sides[side];

    at->n_heads = at->n_wanted = 0;
    if (!at->has)
        return AQ_OK;
    AqQuery q = aq_query(at->s, AQ_SQL_MERGE_HEADS);
    aq_query_int(&q, 1, at->v.id);
    while (aq_query_step(&q)) {
        AqMergeHead h = {.side = side,
                         .provenance_id = aq_row_int(&q, 0, 1, INT64_MAX),
                         .made_s = aq_row_int(&q, 1, INT64_MIN, INT64_MAX),
                         .dtype = aq_row_dtype(&q, 2)};

        aq_row_sha256(&q, 3, 0, h.sha256);
        h.make = aq_merge_make_of(m, side, h.provenance_id);
        if (q.err == AQ_OK && h.make < 0 && side < m->n)
            q.err = aq_fail(AQ_ERR_FORMAT, "features of unknown provenance");
        if (q.err == AQ_OK) {
            at->n_heads++;
            if (side == m->n || m->makes[h.make].take) {
                at->n_wanted++;
                if (h.make >= 0) /* else: another writer has just added its make */
                    q.err = add_head(m, &h);
            } else if (m->tells) {
                m->sum.n_other_makes++;
            }
        } else {
            q.err = pass_damaged_row(m, side, q.err); /* on to the next */
        }
    }
    return aq_query_end(&q);
}

/* A total order on video rows: the later one wins, and ties do not matter. */
static int is_later_video(const AqStoreVideo *a, const AqStoreVideo *b)
{
    int order = (a->updated_s > b->updated_s) - (a->updated_s < b->updated_s);

    if (order == 0)
        order = strcmp(a->sha256, b->sha256);
    if (order == 0)
        order = (a->n_seconds > b->n_seconds) - (a->n_seconds < b->n_seconds);
    if (order == 0)
        order = strcmp(a->path, b->path);
    return order > 0;
}

static AqErr refuse_contents(const AqMerge *m, int a, int b)
{
    const AqMergeSide *x = &m->sides[a], *y = &m->sides[b];

    if (strcmp(x->v.sha256, y->v.sha256) == 0)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s and %s have read the video %s to different lengths (%d and %d s): say "
            "whose to take with --prefer newest or --prefer FILE",
            x->path, y->path, x->v.name, x->v.n_seconds, y->v.n_seconds);
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s and %s hold different videos under the name %s (%s, contents %.12s, and "
        "%s, contents %.12s): rename one of them and ingest it again, or say whose to "
        "take with --prefer newest or --prefer FILE",
        x->path, y->path, x->v.name, x->v.path, x->v.sha256, y->v.path, y->v.sha256);
}

static AqErr choose_content(const AqMerge *m, int *content)
{
    const int prefer = m->plan->prefer;
    int first = -1, other = -1, best = -1;

    for (int k = 0; k <= m->n; k++) {
        if (!is_side_candidate(m, k))
            continue;
        if (first < 0)
            first = k;
        else if (other < 0 && !aq_merge_same_content(m, first, k))
            other = k;
        if (best < 0 || is_later_video(&m->sides[k].v, &m->sides[best].v))
            best = k;
    }
    *content = first;
    if (other < 0)
        return AQ_OK;
    if (prefer == AQ_MERGE_NEWEST)
        *content = best;
    else if (prefer >= 0 && is_side_candidate(m, prefer))
        *content = prefer;
    else
        return refuse_contents(m, first, other);
    return AQ_OK;
}

/* Whose video row: the target's, unless it failed there and is done elsewhere; then the
 * latest. */
static int choose_row(const AqMerge *m, int content)
{
    int best = -1;

    for (int k = m->n; k >= 0; k--) {
        const AqMergeSide *at = &m->sides[k];

        /* done in a source but without rows to copy does not count as done */
        if (!at->has || (content >= 0 && !aq_merge_same_content(m, content, k)) ||
            (k < m->n && at->v.status == AQ_VIDEO_OK && !is_side_candidate(m, k)))
            continue;
        const AqMergeSide *b = best < 0 ? NULL : &m->sides[best];
        const int done = at->v.status == AQ_VIDEO_OK;
        const int b_done = b && b->v.status == AQ_VIDEO_OK;

        if (!b || (done && !b_done) ||
            (done == b_done && best != m->n && is_later_video(&at->v, &b->v)))
            best = k;
    }
    return best;
}

static AqErr refuse_features(const AqMerge *m, const AqMergeHead *a,
                             const AqMergeHead *b)
{
    const AqProvenance *p = m->makes[a->make].p;

    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s and %s hold different %s features of the video %s by the same make (%s %s, "
        "%s; digests %.12s, %s, and %.12s, %s): say whose to take with --prefer newest "
        "or --prefer FILE",
        m->sides[a->side].path, m->sides[b->side].path, aq_modality_name(p->kind),
        m->sides[a->side].v.name, p->extractor, p->extractor_version, p->weights,
        a->sha256, aq_feature_dtype_name(a->dtype), b->sha256,
        aq_feature_dtype_name(b->dtype));
}

AqErr aq_merge_best_head(const AqMerge *m, const AqMergeChoice *c, int make, int *best)
{
    const AqMergeHead *first = NULL, *other = NULL, *pick = NULL, *preferred = NULL;

    *best = -1;
    for (size_t k = 0; k < m->n_heads; k++) {
        const AqMergeHead *h = &m->heads[k];

        if (h->make != make || !aq_merge_same_content(m, c->content, h->side))
            continue;
        if (!first)
            first = h;
        else if (!other && strcmp(first->sha256, h->sha256) != 0)
            other = h;
        if (h->side == m->plan->prefer)
            preferred = h;
        if (!pick || h->made_s > pick->made_s ||
            (h->made_s == pick->made_s && strcmp(h->sha256, pick->sha256) > 0))
            pick = h;
    }
    if (other && m->plan->prefer != AQ_MERGE_NEWEST) {
        if (!preferred)
            return refuse_features(m, first, other);
        pick = preferred;
    }
    for (size_t k = 0; pick && k < m->n_heads;
         k++) /* does the target have these bytes? */
        if (m->heads[k].side == m->n && m->heads[k].make == make &&
            aq_merge_same_content(m, c->content, m->n) &&
            strcmp(m->heads[k].sha256, pick->sha256) == 0)
            return AQ_OK;
    if (pick)
        *best = (int)(pick - m->heads);
    return AQ_OK;
}

static int is_same_video_row(const AqStoreVideo *a, const AqStoreVideo *b)
{
    return a->status == b->status && a->bytes == b->bytes &&
           a->mtime_ns == b->mtime_ns && a->duration_us == b->duration_us &&
           a->n_seconds == b->n_seconds && a->has_audio == b->has_audio &&
           a->has_video == b->has_video && a->added_s == b->added_s &&
           a->updated_s == b->updated_s && strcmp(a->sha256, b->sha256) == 0 &&
           strcmp(a->path, b->path) == 0 && strcmp(a->notes, b->notes) == 0 &&
           strcmp(a->stage, b->stage) == 0 && strcmp(a->reason, b->reason) == 0;
}

AqErr aq_merge_choose(AqMerge *m, AqMergeChoice *c)
{
    AqErr err = AQ_OK;

    *c = (AqMergeChoice){.row = -1, .content = -1};
    m->n_heads = 0;
    for (int k = 0; err == AQ_OK && k <= m->n; k++)
        err = read_heads(m, k);
    if (err == AQ_OK)
        err = choose_content(m, &c->content);
    if (err != AQ_OK)
        return err;
    const AqMergeSide *into = &m->sides[m->n];
    c->row = choose_row(m, c->content);
    c->replaces = c->content >= 0 && into->has && into->n_heads > 0 &&
                  !aq_merge_same_content(m, c->content, m->n);
    c->changes = c->row >= 0 && c->row != m->n &&
                 !(into->has && is_same_video_row(&into->v, &m->sides[c->row].v));
    for (int k = 0; err == AQ_OK && c->content >= 0 && k < m->n_makes; k++) {
        int best = -1;

        err = aq_merge_best_head(m, c, k, &best);
        c->changes |= best >= 0;
    }
    return err;
}
