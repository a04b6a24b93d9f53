/* SPDX-License-Identifier: MIT */
/*
 * Writes what was chosen for one name: the video row and its feature rows, each checked
 * against its digest on the way and copied byte for byte.
 */
#include "store/merge/merge_priv.h"

#include <string.h>

static AqErr put_video(AqMerge *m, const AqStoreVideo *v, int64_t *id)
{
    AqQuery q = aq_query(m->sides[m->n].s, AQ_SQL_MERGE_VIDEO);

    aq_query_video(&q, v, v->status, v->stage, v->reason);
    aq_query_int(&q, 14, v->added_s);
    aq_query_int(&q, 15, v->updated_s);
    aq_query_text(&q, 16, v->dataset);
    return aq_query_id(&q, id);
}

static AqErr put_merged_features(AqMerge *m, int64_t video_id, int64_t provenance,
                                 int64_t made_s, const AqRawFeatures *raw)
{
    AqQuery q = aq_query(m->sides[m->n].s, AQ_SQL_MERGE_PUT);

    aq_query_int(&q, 1, video_id);
    aq_query_int(&q, 2, provenance);
    aq_query_int(&q, 3, raw->n_rows);
    aq_query_int(&q, 4, raw->h);
    aq_query_int(&q, 5, raw->w);
    aq_query_int(&q, 6, raw->c);
    aq_query_text(&q, 7, aq_feature_dtype_name(raw->dtype));
    aq_query_text(&q, 8, raw->sha256);
    aq_query_int(&q, 9, made_s);
    aq_query_blob(&q, 10, raw->presence, raw->presence_bytes);
    aq_query_blob(&q, 11, raw->data, raw->data_bytes);
    aq_query_run(&q);
    return aq_query_end(&q);
}

static AqErr check_row(const AqRawFeatures *raw, const AqProvenance *p, int n_seconds)
{
    const AqErr err = aq_features_fit(raw, aq_provenance_rows(p), n_seconds);

    return err == AQ_OK ? aq_features_check(raw) : err;
}

/* Copies one feature row into the target. *done stays 0 for a damaged row, which is
 * reported. */
static AqErr copy_row(AqMerge *m, const AqMergeHead *h, int64_t video_id, int *done)
{
    AqMergeSide *from = &m->sides[h->side];
    AqMake *make = &m->makes[h->make];
    AqRawFeatures raw;
    AqErr bad = AQ_OK;
    AqQuery q = aq_query(from->s, AQ_SQL_MERGE_ROW);

    aq_query_int(&q, 1, from->v.id);
    aq_query_int(&q, 2, h->provenance_id);
    if (aq_query_step(&q)) {
        aq_row_features(&q, 0, &raw);
        bad = q.err == AQ_OK ? check_row(&raw, make->p, from->v.n_seconds) : q.err;
        q.err = bad == AQ_ERR_FORMAT ? AQ_OK : bad;
        if (bad == AQ_ERR_FORMAT)
            aq_merge_tell(m, &m->sum.n_damaged, from->path, from->v.name,
                          aq_err_text());
        if (bad == AQ_OK)
            q.err = aq_provenance_intern(m->sides[m->n].s, make->p, &make->into_id);
        if (bad == AQ_OK && q.err == AQ_OK)
            q.err = put_merged_features(m, video_id, make->into_id, h->made_s, &raw);
        if (bad == AQ_OK && q.err == AQ_OK)
            q.err = aq_row_times_put(m->sides[m->n].s, video_id, make->into_id, &raw);
        *done = bad == AQ_OK && q.err == AQ_OK;
        m->sum.n_features += *done;
        m->sum.n_bytes += *done ? (int64_t)raw.data_bytes : 0;
        m->batch_bytes += *done ? (int64_t)raw.data_bytes : 0;
    }
    return aq_query_end(&q);
}

/* The row chosen for a make or, if that is damaged, the same bytes from another side.
 */
static AqErr copy_make(AqMerge *m, const AqMergeChoice *c, int make, int64_t video_id,
                       int *n_done)
{
    int best = -1, done = 0;
    AqErr err = aq_merge_best_head(m, c, make, &best);

    if (err == AQ_OK && best >= 0)
        err = copy_row(m, &m->heads[best], video_id, &done);
    for (int k = 0; best >= 0 && err == AQ_OK && !done && k < (int)m->n_heads; k++) {
        const AqMergeHead *h = &m->heads[k];

        if (k != best && h->make == make && h->side != m->n &&
            aq_merge_same_content(m, c->content, h->side) &&
            strcmp(h->sha256, m->heads[best].sha256) == 0)
            err = copy_row(m, h, video_id, &done);
    }
    *n_done += done;
    return err;
}

/* Inside a savepoint. *keep 0: undo it, because the video would be marked done without
 * having features. */
static AqErr write_name(AqMerge *m, const AqMergeChoice *c, int *n_done, int *keep)
{
    AqMergeSide *into = &m->sides[m->n];
    const AqStoreVideo *v = &m->sides[c->row].v;
    int64_t id = into->v.id;
    AqErr err = AQ_OK;

    *n_done = 0;
    if (c->replaces)
        err = aq_features_drop(into->s, into->v.id);
    if (err == AQ_OK && c->row != m->n)
        err = put_video(m, v, &id);
    for (int k = 0; err == AQ_OK && c->content >= 0 && k < m->n_makes; k++)
        err = copy_make(m, c, k, id, n_done);
    const int n_kept = c->replaces || !into->has ? 0 : into->n_heads;
    *keep = *n_done + n_kept > 0 || (v->status == AQ_VIDEO_FAILED && !c->replaces);
    return err;
}

AqErr aq_merge_write(AqMerge *m, const AqMergeChoice *c)
{
    AqMergeSide *into = &m->sides[m->n];
    int n_done = 0, keep = 0;
    AqErr err = aq_store_exec(into->s, "SAVEPOINT one");

    if (err == AQ_OK)
        err = write_name(m, c, &n_done, &keep);
    if (err == AQ_OK && !keep) {
        aq_merge_tell(m, &m->sum.n_not_copied, m->plan->into, m->sides[c->row].v.name,
                      "not copied, as none of its features can be");
        err = aq_store_exec(into->s, "ROLLBACK TO one");
        if (err == AQ_OK) /* some of their ids may be gone again */
            err = aq_merge_target_makes(m);
    }
    if (err == AQ_OK)
        err = aq_store_exec(into->s, "RELEASE one");
    if (err == AQ_OK && keep && (n_done > 0 || c->row != m->n)) {
        m->sum.n_added += !into->has;
        m->sum.n_changed += into->has;
    }
    return err;
}
