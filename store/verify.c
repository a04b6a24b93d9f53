/* SPDX-License-Identifier: MIT */
/* Looking at everything: SQLite's own structure, references, values, digests. */
#include "store/store_priv.h"

#include <stdio.h>
#include <string.h>

typedef struct Verify {
    AqStore *s;
    AqStoreFaultFn fn;
    void *arg;
    int64_t n;
} Verify;

static void fault(Verify *v, const char *where, const char *what)
{
    v->n++;
    if (v->fn)
        v->fn(v->arg, where, what);
}

/* A walk that a damaged row ended is a fault of the store, not of the check. */
static AqErr ended(Verify *v, const char *where, AqErr err)
{
    if (err != AQ_ERR_FORMAT)
        return err;
    fault(v, where, aq_err_text());
    return AQ_OK;
}

static AqErr check_structure(Verify *v)
{
    AqQuery q = aq_query_of(v->s, "PRAGMA integrity_check");

    while (aq_query_step(&q)) {
        const char *line = aq_row_text(&q, 0, AQ_STORE_MAX_TEXT);
        if (q.err == AQ_OK && strcmp(line, "ok") != 0)
            fault(v, "database", line);
    }
    return ended(v, "database", aq_query_end(&q));
}

static AqErr check_references(Verify *v)
{
    AqQuery q = aq_query_of(v->s, "PRAGMA foreign_key_check");

    while (aq_query_step(&q))
        fault(v, aq_row_text(&q, 0, AQ_STORE_MAX_TEXT),
              "a row refers to one that is not there");
    return ended(v, "references", aq_query_end(&q));
}

static AqErr look_at_video(void *arg, const AqStoreVideo *video)
{
    Verify *v = arg;

    if (aq_store_check_name(video->name, strlen(video->name)) != AQ_OK)
        fault(v, video->name, aq_err_text());
    return AQ_OK;
}

static AqErr check_features(Verify *v)
{
    AqQuery q = aq_query(v->s, AQ_SQL_FEATURES_ALL);

    while (aq_query_step(&q)) {
        AqRawFeatures raw;
        char where[AQ_STORE_MAX_NAME + 64];

        (void)snprintf(where, sizeof where, "features %lld of video %s",
                       (long long)aq_row_int(&q, 8, INT64_MIN, INT64_MAX),
                       aq_row_text(&q, 10, AQ_STORE_MAX_NAME));
        aq_row_features(&q, 0, &raw);
        AqErr err = q.err == AQ_OK ? aq_features_check(&raw) : q.err;
        if (err == AQ_ERR_FORMAT)
            fault(v, where, aq_err_text());
        q.err = err == AQ_ERR_FORMAT ? AQ_OK : err; /* on to the next row */
    }
    return ended(v, "features", aq_query_end(&q));
}

/* A video that is done has rows of its own length. */
static AqErr check_lengths(Verify *v)
{
    AqQuery q = aq_query_of(
        v->s, "SELECT v.name FROM videos v JOIN features f ON f.video_id = v.id "
              "WHERE v.status = 'ok' AND f.n_seconds <> v.n_seconds GROUP BY v.name "
              "UNION ALL SELECT v.name FROM videos v WHERE v.status = 'ok' AND NOT "
              "EXISTS (SELECT 1 FROM features f WHERE f.video_id = v.id)");

    while (aq_query_step(&q))
        fault(v, aq_row_text(&q, 0, AQ_STORE_MAX_NAME),
              "is marked done, and its features are missing or of another length");
    return ended(v, "videos", aq_query_end(&q));
}

AqErr aq_store_verify(AqStore *s, AqStoreFaultFn fn, void *arg, int64_t *n_faults)
{
    Verify v = {.s = s, .fn = fn, .arg = arg};
    AqErr err = check_structure(&v);

    if (err == AQ_OK)
        err = check_references(&v);
    if (err == AQ_OK)
        err = ended(&v, "videos", aq_store_each_video(s, look_at_video, &v));
    if (err == AQ_OK)
        err = check_features(&v);
    if (err == AQ_OK)
        err = check_lengths(&v);
    *n_faults = v.n;
    return err;
}
