/* SPDX-License-Identifier: MIT */
/* Checks everything: SQLite's own structure, references, values, digests. */
#include "store/store_priv.h"

#include <stdio.h>
#include <string.h>

typedef struct Verify {
    AqStore *s;
    AqStoreFaultFn fn;
    void *arg;
    int64_t n;
    int64_t *n_values; /* NULL: values are not checked */
} Verify;

static void report_verify_fault(Verify *v, const char *where, const char *what)
{
    v->n++;
    if (v->fn)
        v->fn(v->arg, where, what);
}

/* A walk ended by a damaged row is a fault of the store, not of the check. */
static AqErr report_ended_walk(Verify *v, const char *where, AqErr err)
{
    if (err != AQ_ERR_FORMAT)
        return err;
    report_verify_fault(v, where, aq_err_text());
    return AQ_OK;
}

static AqErr check_structure(Verify *v)
{
    AqQuery q = aq_query_of(v->s, "PRAGMA integrity_check");

    while (aq_query_step(&q)) {
        const char *line = aq_row_text(&q, 0, AQ_STORE_MAX_TEXT);
        if (q.err == AQ_OK && strcmp(line, "ok") != 0)
            report_verify_fault(v, "database", line);
    }
    return report_ended_walk(v, "database", aq_query_end(&q));
}

static AqErr check_references(Verify *v)
{
    AqQuery q = aq_query_of(v->s, "PRAGMA foreign_key_check");

    while (aq_query_step(&q))
        report_verify_fault(v, aq_row_text(&q, 0, AQ_STORE_MAX_TEXT),
                            "a row refers to one that does not exist");
    return report_ended_walk(v, "references", aq_query_end(&q));
}

static AqErr look_at_video(void *arg, const AqStoreVideo *video)
{
    Verify *v = arg;

    if (aq_store_check_name(video->name, strlen(video->name)) != AQ_OK)
        report_verify_fault(v, video->name, aq_err_text());
    if (aq_store_check_name(video->dataset, strlen(video->dataset)) != AQ_OK)
        report_verify_fault(v, video->name, aq_err_text());
    return AQ_OK;
}

/* Is any row marked as real for a track that the video lacks? */
static AqErr check_track(const AqRawFeatures *raw, int has_track)
{
    for (size_t k = 0; !has_track && k < raw->presence_bytes; k++)
        if (raw->presence[k])
            return aq_fail(AQ_ERR_FORMAT,
                           "row %zu is marked as real, but the video has no such track",
                           k);
    return AQ_OK;
}

static AqErr verify_feature_values(Verify *v, const AqRawFeatures *raw, int has_track)
{
    *v->n_values += (int64_t)(raw->data_bytes / (raw->dtype == AQ_FEATURE_F16 ? 2 : 4));
    const AqErr err = aq_features_finite(raw);
    return err == AQ_OK ? check_track(raw, has_track) : err;
}

static AqErr check_features(Verify *v)
{
    AqQuery q = aq_query(v->s, AQ_SQL_FEATURES_ALL);

    while (aq_query_step(&q)) {
        AqRawFeatures raw;
        char where[AQ_STORE_MAX_NAME + 64];

        (void)snprintf(where, sizeof where, "features %lld of video %s",
                       (long long)aq_row_int(&q, 9, INT64_MIN, INT64_MAX),
                       aq_row_text(&q, 11, AQ_STORE_MAX_NAME));
        aq_row_features(&q, 0, &raw);
        const int has_track = (int)aq_row_int(&q, 12, 0, 1);
        AqErr err = q.err == AQ_OK ? aq_features_check(&raw) : q.err;
        if (err == AQ_OK && v->n_values)
            err = verify_feature_values(v, &raw, has_track);
        if (err == AQ_ERR_FORMAT)
            report_verify_fault(v, where, aq_err_text());
        q.err = err == AQ_ERR_FORMAT ? AQ_OK : err; /* on to the next row */
    }
    return report_ended_walk(v, "features", aq_query_end(&q));
}

/* Columns from 2 on: the video's seconds, its rows, their sampling, bytes of times; 0
 * and "" if there are no features. */
static int has_right_length(AqQuery *q)
{
    const AqRawFeatures raw = {.n_rows = (int)aq_row_int(q, 3, 0, AQ_STORE_MAX_ROWS),
                               .times_bytes = (size_t)aq_row_int(q, 5, 0, INT64_MAX)};

    return raw.n_rows > 0 &&
           aq_features_fit(&raw, aq_row_plan(q, 4),
                           (int)aq_row_int(q, 2, 0, AQ_STORE_MAX_SECONDS)) == AQ_OK;
}

/* A video that is done has feature rows of its own length. */
static AqErr check_lengths(Verify *v)
{
    AqQuery q = aq_query_of(
        v->s,
        "SELECT v.id, v.name, v.n_seconds, coalesce(f.n_seconds, 0), coalesce(p.sampling, ''), "
        "coalesce(length(t.times), 0) FROM videos v LEFT JOIN features f ON f.video_id = v.id "
        "LEFT JOIN provenance p ON p.id = f.provenance_id "
        "LEFT JOIN row_times t ON t.video_id = f.video_id AND t.provenance_id = "
        "f.provenance_id WHERE v.status = 'ok' AND (f.video_id IS NULL OR "
        "f.n_seconds <> v.n_seconds OR t.times IS NOT NULL OR "
        "p.sampling LIKE '%" AQ_ROWS_MARK "%') ORDER BY v.id");
    int64_t told = INT64_MIN;

    while (aq_query_step(&q)) {
        const int64_t id = aq_row_int(&q, 0, INT64_MIN, INT64_MAX);

        if (id != told && q.err == AQ_OK && !has_right_length(&q)) {
            told = id;
            report_verify_fault(
                v, aq_row_text(&q, 1, AQ_STORE_MAX_NAME),
                "is marked done, but its features are missing or of another length");
        }
    }
    return report_ended_walk(v, "videos", aq_query_end(&q));
}

AqErr aq_verify_rows(AqStore *s, AqStoreFaultFn fn, void *arg, int64_t *n_faults,
                     int64_t *n_values)
{
    Verify v = {.s = s, .fn = fn, .arg = arg, .n_values = n_values};
    AqErr err = check_structure(&v);

    if (err == AQ_OK)
        err = check_references(&v);
    if (err == AQ_OK)
        err = report_ended_walk(&v, "videos",
                                aq_store_each_video_of_all(s, look_at_video, &v));
    if (err == AQ_OK)
        err = check_features(&v);
    if (err == AQ_OK)
        err = check_lengths(&v);
    *n_faults = v.n;
    return err;
}

AqErr aq_store_verify(AqStore *s, AqStoreFaultFn fn, void *arg, int64_t *n_faults)
{
    return aq_verify_rows(s, fn, arg, n_faults, NULL);
}
