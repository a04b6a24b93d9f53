/* SPDX-License-Identifier: MIT */
/* Feature rows: put inside a video's transaction, found, read and checked. */
#include "base/alloc.h"
#include "store/store_priv.h"

#include <string.h>

AqErr aq_row_times_put(AqStore *s, int64_t video_id, int64_t provenance,
                       const AqRawFeatures *raw)
{
    if (raw->times_bytes == 0)
        return AQ_OK;
    AqQuery q = aq_query(s, AQ_SQL_ROW_TIMES_PUT);
    aq_query_int(&q, 1, video_id);
    aq_query_int(&q, 2, provenance);
    aq_query_blob(&q, 3, raw->times, raw->times_bytes);
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_features_put(AqStore *s, int64_t video_id, const char *name,
                      const AqStoreFeatures *f)
{
    AqRawFeatures raw;
    void *data = NULL;
    int64_t provenance = 0;
    AqErr err = aq_features_encode(f, &raw, &data);

    if (err != AQ_OK)
        return aq_err_prefix(err, "%s", name);
    err = aq_provenance_intern(s, f->provenance, &provenance);
    if (err == AQ_OK) {
        AqQuery q = aq_query(s, AQ_SQL_FEATURES_PUT);

        aq_query_int(&q, 1, video_id);
        aq_query_int(&q, 2, provenance);
        aq_query_int(&q, 3, f->n_rows);
        aq_query_int(&q, 4, f->h);
        aq_query_int(&q, 5, f->w);
        aq_query_int(&q, 6, f->c);
        aq_query_text(&q, 7, aq_feature_dtype_name(f->dtype));
        aq_query_text(&q, 8, raw.sha256);
        aq_query_blob(&q, 9, raw.presence, raw.presence_bytes);
        aq_query_blob(&q, 10, raw.data, raw.data_bytes);
        aq_query_run(&q);
        err = aq_query_end(&q);
    }
    if (err == AQ_OK)
        err = aq_row_times_put(s, video_id, provenance, &raw);
    aq_free(data);
    return err;
}

AqErr aq_features_drop(AqStore *s, int64_t video_id)
{
    AqQuery q = aq_query(s, AQ_SQL_FEATURES_DROP);

    aq_query_int(&q, 1, video_id);
    aq_query_run(&q);
    return aq_query_end(&q);
}

AqErr aq_store_has_features(AqStore *s, const char *name, const AqProvenance *p,
                            int *has)
{
    *has = 0;
    const AqErr err = aq_provenance_check(p);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_FEATURES_HAS);
    aq_query_provenance(&q, 1, p);
    aq_query_text(&q, 9, name);
    aq_query_dataset(&q, 10);
    *has = aq_query_step(&q);
    return aq_query_end(&q);
}

AqFeatureDtype aq_row_dtype(AqQuery *q, int col)
{
    const char *name = aq_row_text(q, col, 8);

    if (strcmp(name, "f16") == 0)
        return AQ_FEATURE_F16;
    if (strcmp(name, "f32") != 0 && q->err == AQ_OK)
        q->err = aq_fail(AQ_ERR_FORMAT, "%s: \"%s\" is not a type of feature data",
                         q->s->path, name);
    return AQ_FEATURE_F32;
}

void aq_row_features(AqQuery *q, int col, AqRawFeatures *out)
{
    *out = (AqRawFeatures){.n_rows = (int)aq_row_int(q, col, 1, AQ_STORE_MAX_ROWS),
                           .h = (int)aq_row_int(q, col + 1, 1, AQ_STORE_MAX_DIM),
                           .w = (int)aq_row_int(q, col + 2, 1, AQ_STORE_MAX_DIM),
                           .c = (int)aq_row_int(q, col + 3, 1, AQ_STORE_MAX_DIM),
                           .dtype = aq_row_dtype(q, col + 4)};
    aq_row_sha256(q, col + 5, 0, out->sha256);
    out->presence = aq_row_blob(q, col + 6, AQ_STORE_MAX_ROWS, &out->presence_bytes);
    out->data = aq_row_blob(q, col + 7, AQ_STORE_MAX_BLOB, &out->data_bytes);
    out->times = aq_row_blob(q, col + 8, AQ_STORE_MAX_ROWS * sizeof(AqRowSpan),
                             &out->times_bytes);
}

AqRowPlan aq_row_plan(AqQuery *q, int col)
{
    return aq_rows_of(aq_row_text(q, col, AQ_STORE_MAX_TEXT));
}

/* The only provenance of that kind for which the video has features. */
static AqErr find_only(AqStore *s, const char *name, AqModality kind, int64_t *id)
{
    int n = 0;
    AqQuery q = aq_query(s, AQ_SQL_FEATURES_WHICH);

    aq_query_text(&q, 1, name);
    aq_query_text(&q, 2, aq_modality_name(kind));
    aq_query_dataset(&q, 3);
    while (aq_query_step(&q)) {
        *id = aq_row_int(&q, 0, 1, INT64_MAX);
        n++;
    }
    const AqErr err = aq_query_end(&q);
    if (err != AQ_OK)
        return err;
    if (n == 0)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no %s features of %s", s->path,
                       aq_modality_name(kind), name);
    return n == 1 ? AQ_OK
                  : aq_fail(AQ_ERR_USAGE,
                            "%s: holds %s features of %s by %d makes; say which",
                            s->path, aq_modality_name(kind), name, n);
}

static AqErr copy_out(const AqRawFeatures *raw, AqRowPlan rows, AqStoredFeatures *out)
{
    const size_t n = raw->data_bytes / (raw->dtype == AQ_FEATURE_F16 ? 2 : 4);

    out->dtype = raw->dtype;
    out->rows = rows;
    out->n_rows = raw->n_rows;
    out->h = raw->h;
    out->w = raw->w;
    out->c = raw->c;
    memcpy(out->sha256, raw->sha256, sizeof out->sha256);
    out->presence = aq_alloc(raw->presence_bytes, 1);
    out->data = aq_alloc(n, sizeof *out->data);
    if (!out->presence || !out->data)
        return AQ_ERR_NOMEM;
    memcpy(out->presence, raw->presence, raw->presence_bytes);
    aq_features_widen(out->data, raw);
    return aq_features_spans(raw, rows, &out->spans);
}

AqErr aq_store_get_features(AqStore *s, const char *name, AqModality kind,
                            int64_t provenance_id, AqStoredFeatures *out)
{
    AqRawFeatures raw;
    int found = 0;
    AqErr err = AQ_OK;

    *out = (AqStoredFeatures){.provenance_id = provenance_id, .kind = kind};
    if (provenance_id == 0)
        err = find_only(s, name, kind, &out->provenance_id);
    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_FEATURES_GET);
    aq_query_text(&q, 1, name);
    aq_query_int(&q, 2, out->provenance_id);
    aq_query_dataset(&q, 3);
    if (aq_query_step(&q)) {
        found = 1;
        aq_row_features(&q, 0, &raw);
        if (q.err == AQ_OK) {
            q.err = aq_features_check(&raw);
            if (q.err != AQ_OK)
                q.err = aq_err_prefix(q.err, "%s: %s features of %s", s->path,
                                      aq_modality_name(kind), name);
        }
        if (q.err == AQ_OK)
            q.err = copy_out(&raw, aq_row_plan(&q, 9), out);
    }
    err = aq_query_end(&q);
    if (err == AQ_OK && !found)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no such %s features of %s", s->path,
                      aq_modality_name(kind), name);
    if (err != AQ_OK)
        aq_stored_features_clear(out);
    return err;
}

AqErr aq_store_get_spans(AqStore *s, const char *name, int64_t provenance_id,
                         AqRowSpan **spans, int *n_rows)
{
    AqRawFeatures raw;
    int found = 0;
    AqQuery q = aq_query(s, AQ_SQL_ROW_TIMES_GET);

    *spans = NULL;
    *n_rows = 0;
    aq_query_text(&q, 1, name);
    aq_query_int(&q, 2, provenance_id);
    aq_query_dataset(&q, 3);
    if (aq_query_step(&q)) {
        found = 1;
        aq_row_features(&q, 0, &raw);
        const AqRowPlan rows = aq_row_plan(&q, 9);
        if (q.err == AQ_OK)
            q.err = aq_features_spans(&raw, rows, spans);
        *n_rows = raw.n_rows;
    }
    const AqErr err = aq_query_end(&q);
    return err == AQ_OK && !found
               ? aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no such features of %s", s->path,
                         name)
               : err;
}

void aq_stored_features_clear(AqStoredFeatures *f)
{
    aq_free(f->presence);
    aq_free(f->spans);
    aq_free(f->data);
    *f = (AqStoredFeatures){0};
}

static void read_feature_row(AqQuery *q, AqFeatureRow *r)
{
    size_t n = 0;

    *r = (AqFeatureRow){.video = aq_row_text(q, 0, AQ_STORE_MAX_NAME),
                        .provenance_id = aq_row_int(q, 1, 1, INT64_MAX),
                        .dtype = aq_row_dtype(q, 3),
                        .n_rows = (int)aq_row_int(q, 4, 1, AQ_STORE_MAX_ROWS),
                        .h = (int)aq_row_int(q, 5, 1, AQ_STORE_MAX_DIM),
                        .w = (int)aq_row_int(q, 6, 1, AQ_STORE_MAX_DIM),
                        .c = (int)aq_row_int(q, 7, 1, AQ_STORE_MAX_DIM),
                        .data_bytes = aq_row_int(q, 10, 0, INT64_MAX)};
    r->kind = strcmp(aq_row_text(q, 2, 16), "audio") == 0 ? AQ_AUDIO : AQ_VISUAL;
    aq_row_sha256(q, 8, 0, r->sha256);
    const uint8_t *p = aq_row_blob(q, 9, AQ_STORE_MAX_ROWS, &n);
    for (size_t k = 0; k < n; k++)
        r->n_present += p[k] != 0;
}

AqErr aq_store_each_feature(AqStore *s, const char *video, AqFeatureRowFn fn, void *arg)
{
    AqQuery q = aq_query(s, video ? AQ_SQL_FEATURES_OF : AQ_SQL_FEATURES_EACH);
    AqErr stopped = AQ_OK;

    if (video)
        aq_query_text(&q, 1, video);
    aq_query_dataset(&q, 2);
    while (stopped == AQ_OK && aq_query_step(&q)) {
        AqFeatureRow r;

        read_feature_row(&q, &r);
        if (q.err == AQ_OK)
            stopped = fn(arg, &r);
    }
    const AqErr err = aq_query_end(&q);
    return stopped != AQ_OK ? stopped : err;
}
