/* SPDX-License-Identifier: MIT */
/* Video rows: look-ups, walks, puts, failures, removal. */
#include "base/alloc.h"
#include "base/text/names.h"
#include "base/text/text.h"
#include "store/store_priv.h"

#include <string.h>

void aq_row_video(AqQuery *q, AqStoreVideo *v)
{
    *v = (AqStoreVideo){.id = aq_row_int(q, 0, 1, INT64_MAX),
                        .name = aq_row_text(q, 1, AQ_STORE_MAX_NAME),
                        .path = aq_row_text(q, 2, AQ_STORE_MAX_TEXT),
                        .bytes = aq_row_int(q, 3, 0, INT64_MAX),
                        .mtime_ns = aq_row_int(q, 4, INT64_MIN, INT64_MAX),
                        .duration_us = aq_row_int(q, 6, 0, INT64_MAX),
                        .n_seconds = (int)aq_row_int(q, 7, 0, AQ_STORE_MAX_SECONDS),
                        .has_audio = (int)aq_row_int(q, 8, 0, 1),
                        .has_video = (int)aq_row_int(q, 9, 0, 1),
                        .notes = aq_row_text(q, 10, AQ_STORE_MAX_TEXT)};
    const char *status = aq_row_text(q, 11, 16);

    v->status = strcmp(status, "ok") == 0 ? AQ_VIDEO_OK : AQ_VIDEO_FAILED;
    aq_row_sha256(q, 5, v->status == AQ_VIDEO_FAILED, v->sha256);
    v->stage = aq_row_text(q, 12, AQ_STORE_MAX_TEXT);
    v->reason = aq_row_text(q, 13, AQ_STORE_MAX_TEXT);
    v->added_s = aq_row_int(q, 14, INT64_MIN, INT64_MAX);
    v->updated_s = aq_row_int(q, 15, INT64_MIN, INT64_MAX);
    v->dataset = aq_row_text(q, 16, AQ_STORE_MAX_NAME);
}

/* Copies the strings of a row into one block that v owns. */
static AqErr own_texts(AqStoreVideo *v)
{
    const char **const texts[] = {&v->name,  &v->path,   &v->notes,
                                  &v->stage, &v->reason, &v->dataset};
    size_t bytes = 0;

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        bytes += strlen(*texts[k]) + 1;
    char *to = aq_alloc(bytes, 1);
    if (!to)
        return AQ_ERR_NOMEM;
    v->memory = to;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        const size_t n = strlen(*texts[k]) + 1;
        memcpy(to, *texts[k], n);
        *texts[k] = to;
        to += n;
    }
    return AQ_OK;
}

static AqErr take_video_row(AqQuery *q, AqStoreVideo *out, const char *what)
{
    int found = 0;

    *out = (AqStoreVideo){0};
    if (aq_query_step(q)) {
        aq_row_video(q, out);
        if (q->err == AQ_OK)
            q->err = own_texts(out);
        found = q->err == AQ_OK;
    }
    AqStore *s = q->s;
    const AqErr err = aq_query_end(q);
    if (err != AQ_OK || !found)
        *out = (AqStoreVideo){0};
    if (err == AQ_OK && !found)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no video %s", s->path, what);
    return err;
}

AqErr aq_store_video_by_name(AqStore *s, const char *name, AqStoreVideo *out)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_BY_NAME);

    aq_query_text(&q, 1, name);
    aq_query_dataset(&q, 2);
    return take_video_row(&q, out, name);
}

AqErr aq_store_find_name(AqStore *s, const char *text, char **name)
{
    char *(*const forms[])(const char *) = {aq_name_as_written, aq_name_of_clip};
    AqErr err = AQ_ERR_NOT_FOUND;

    *name = NULL;
    for (size_t k = 0; err == AQ_ERR_NOT_FOUND && k < sizeof forms / sizeof *forms;
         k++) {
        char *form = forms[k](text);
        AqStoreVideo v;

        if (!form)
            return AQ_ERR_NOMEM;
        err = aq_store_video_by_name(s, form, &v);
        aq_store_video_clear(&v);
        if (err == AQ_OK)
            *name = form;
        else
            aq_free(form);
    }
    return err;
}

AqErr aq_store_video_by_sha256(AqStore *s, const char *sha256, AqStoreVideo *out)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_BY_SHA256);

    aq_query_text(&q, 1, sha256);
    aq_query_dataset(&q, 2);
    return take_video_row(&q, out, sha256);
}

AqErr aq_store_video_by_file(AqStore *s, const char *path, int64_t bytes,
                             int64_t mtime_ns, AqStoreVideo *out)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_BY_FILE);

    aq_query_text(&q, 1, path);
    aq_query_int(&q, 2, bytes);
    aq_query_int(&q, 3, mtime_ns);
    aq_query_dataset(&q, 4);
    return take_video_row(&q, out, path);
}

void aq_store_video_clear(AqStoreVideo *v)
{
    aq_free(v->memory);
    *v = (AqStoreVideo){0};
}

AqErr aq_store_digest_of_file(AqStore *s, const char *path, int64_t bytes,
                              int64_t mtime_ns, char hex[AQ_SHA256_HEX])
{
    AqQuery q = aq_query(s, AQ_SQL_DIGEST_OF_FILE);

    hex[0] = '\0';
    aq_query_text(&q, 1, path);
    aq_query_int(&q, 2, bytes);
    aq_query_int(&q, 3, mtime_ns);
    if (aq_query_step(&q))
        aq_row_sha256(&q, 0, 0, hex);
    const AqErr err = aq_query_end(&q);
    if (err == AQ_OK && !hex[0])
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: has no such file as %s", s->path, path);
    return err;
}

/* Calls `fn` for each row of `q`, and ends it. */
static AqErr each_video(AqQuery *q, AqStoreVideoFn fn, void *arg)
{
    AqErr stopped = AQ_OK;

    while (stopped == AQ_OK && aq_query_step(q)) {
        AqStoreVideo v;

        aq_row_video(q, &v);
        if (q->err == AQ_OK)
            stopped = fn(arg, &v);
    }
    const AqErr err = aq_query_end(q);
    return stopped != AQ_OK ? stopped : err;
}

AqErr aq_store_each_video(AqStore *s, AqStoreVideoFn fn, void *arg)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_EACH);

    aq_query_dataset(&q, 1);
    return each_video(&q, fn, arg);
}

AqErr aq_store_each_video_of_all(AqStore *s, AqStoreVideoFn fn, void *arg)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_EACH_OF_ALL);

    return each_video(&q, fn, arg);
}

AqErr aq_store_each_video_of_content(AqStore *s, const char *sha256, AqStoreVideoFn fn,
                                     void *arg)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_OF_CONTENT);

    aq_query_text(&q, 1, sha256);
    return each_video(&q, fn, arg);
}

AqErr aq_store_forget_video(AqStore *s, const char *name)
{
    int found = 0;
    AqErr err = aq_store_begin(s);

    if (err != AQ_OK)
        return err;
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_FORGET);
    aq_query_text(&q, 1, name);
    aq_query_dataset(&q, 2);
    found = aq_query_step(&q);
    aq_query_run(&q);
    err = aq_query_end(&q);
    if (err == AQ_OK && !found)
        err = aq_fail(AQ_ERR_NOT_FOUND, "%s: holds no video %s", s->path, name);
    return aq_store_end(s, err);
}

/* ---- putting ---- */

void aq_query_video(AqQuery *q, const AqStoreVideo *v, AqVideoStatus status,
                    const char *stage, const char *reason)
{
    aq_query_text(q, 1, v->name);
    aq_query_text(q, 2, v->path);
    aq_query_int(q, 3, v->bytes);
    aq_query_int(q, 4, v->mtime_ns);
    aq_query_text(q, 5, v->sha256);
    aq_query_int(q, 6, v->duration_us);
    aq_query_int(q, 7, v->n_seconds);
    aq_query_int(q, 8, v->has_audio);
    aq_query_int(q, 9, v->has_video);
    aq_query_text(q, 10, v->notes ? v->notes : "");
    aq_query_text(q, 11, status == AQ_VIDEO_OK ? "ok" : "failed");
    aq_query_text(q, 12, stage);
    aq_query_text(q, 13, reason);
}

AqErr aq_query_id(AqQuery *q, int64_t *id)
{
    *id = 0;
    if (aq_query_step(q))
        *id = aq_row_int(q, 0, 1, INT64_MAX);
    aq_query_run(q);
    return aq_query_end(q);
}

static AqErr put_video_row(AqStore *s, const AqStoreVideo *v, AqVideoStatus status,
                           const char *stage, const char *reason, int64_t *id)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_PUT);

    aq_query_video(&q, v, status, stage, reason);
    aq_query_dataset(&q, 14);
    return aq_query_id(&q, id);
}

AqErr aq_store_check_same(AqStore *s, const AqStoreVideo *known, const AqStoreVideo *v)
{
    if (!known->sha256[0] || !known->path[0] || !v->sha256[0] ||
        strcmp(known->sha256, v->sha256) == 0 || strcmp(known->path, v->path) == 0)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: another video, %s, is in the store's data set %s under the name "
        "%s: rename one of them, or put this one into another data set with "
        "--dataset NAME",
        v->path, known->path, s->dataset, v->name);
}

/* The row under v's name. *same: it has v's content. */
static AqErr compare_known_video(AqStore *s, const AqStoreVideo *v, int64_t *id,
                                 int *same, AqStoreVideo *known)
{
    AqErr err = aq_store_check_name(v->name, strlen(v->name));

    *id = 0;
    *same = 0;
    *known = (AqStoreVideo){0};
    if (err != AQ_OK)
        return err;
    err = aq_store_video_by_name(s, v->name, known);
    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err != AQ_OK)
        return err;
    *id = known->id;
    *same = strcmp(known->sha256, v->sha256) == 0;
    return aq_store_check_same(s, known, v);
}

/* Imported features cannot be recomputed here, so they are not dropped for others. */
static AqErr check_imported(AqStore *s, const AqStoreVideo *v, int64_t id,
                            int n_seconds)
{
    int64_t have = 0;
    AqQuery q = aq_query(s, AQ_SQL_FEATURES_IMPORTED);

    aq_query_int(&q, 1, id);
    aq_query_int(&q, 2, n_seconds);
    while (have == 0 && aq_query_step(&q)) {
        have = aq_row_int(&q, 0, 1, AQ_STORE_MAX_ROWS);
        if (have == aq_rows_count(aq_row_plan(&q, 1), n_seconds))
            have = 0;
    }
    const AqErr err = aq_query_end(&q);
    if (err != AQ_OK || have == 0)
        return err;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: has %d seconds, and features of %lld seconds were imported for "
                   "it, which would be lost; use another store for one of them",
                   v->name, n_seconds, (long long)have);
}

static AqErr put_clip_in_store(AqStore *s, const AqStoreVideo *v,
                               const AqStoreFeatures *f, int n)
{
    AqStoreVideo known;
    int64_t id = 0;
    int same = 0;
    AqErr err = compare_known_video(s, v, &id, &same, &known);

    if (err == AQ_OK && !aq_is_sha256(v->sha256))
        err = aq_fail(AQ_ERR_USAGE, "%s: its SHA-256 is not known", v->name);
    /* Without new features only the path may have changed. */
    AqStoreVideo row = *v;
    if (err == AQ_OK && id && same && n == 0) {
        row.duration_us = known.duration_us;
        row.n_seconds = known.n_seconds;
        row.has_audio = known.has_audio;
        row.has_video = known.has_video;
        row.notes = known.notes;
    }
    const int stays = id && (same || !known.path[0]);
    const int other_length = id && known.n_seconds != row.n_seconds;
    if (err == AQ_OK && stays && other_length)
        err = check_imported(s, v, id, row.n_seconds);
    if (err == AQ_OK && id &&
        (!stays || known.status == AQ_VIDEO_FAILED || other_length))
        err = aq_features_drop(s, id);
    if (err == AQ_OK)
        err = put_video_row(s, &row, AQ_VIDEO_OK, "", "", &id);
    for (int k = 0; err == AQ_OK && k < n; k++)
        err = aq_features_put(s, id, v->name, &f[k]);
    if (err == AQ_OK)
        err = aq_lease_end(s, v->name);
    aq_store_video_clear(&known);
    return err;
}

AqErr aq_store_put_clip(AqStore *s, const AqStoreVideo *v,
                        const AqStoreFeatures *features, int n)
{
    for (int k = 0; k < n; k++) {
        const AqRowPlan rows = aq_provenance_rows(features[k].provenance);

        if (features[k].n_rows != aq_rows_count(rows, v->n_seconds) ||
            aq_rows_are_clips(rows) != (features[k].spans != NULL))
            return aq_fail(AQ_ERR_USAGE,
                           "%s: has %d seconds, but features of %d rows with%s times",
                           v->name, v->n_seconds, features[k].n_rows,
                           features[k].spans ? "" : "out");
    }
    const AqErr err = aq_store_begin(s);
    return err == AQ_OK ? aq_store_end(s, put_clip_in_store(s, v, features, n)) : err;
}

static AqErr fail_row(AqStore *s, const AqStoreVideo *v, const char *stage,
                      const char *reason)
{
    AqQuery q = aq_query(s, AQ_SQL_VIDEO_FAIL);

    aq_query_text(&q, 1, v->name);
    aq_query_text(&q, 2, v->path);
    aq_query_int(&q, 3, v->bytes);
    aq_query_int(&q, 4, v->mtime_ns);
    aq_query_text(&q, 5, stage);
    aq_query_text(&q, 6, reason);
    aq_query_dataset(&q, 7);
    aq_query_run(&q);
    return aq_query_end(&q);
}

static AqErr put_failure(AqStore *s, const AqStoreVideo *v, const char *stage,
                         const char *reason)
{
    AqStoreVideo known;
    int64_t id = 0;
    int same = 0;
    AqErr err = compare_known_video(s, v, &id, &same, &known);

    if (err == AQ_OK && id && !same && !known.path[0] && known.sha256[0]) {
        err = aq_fail(AQ_ERR_MISMATCH,
                      "%s: features were imported for it, so it is not marked failed",
                      v->name);
    } else if (err == AQ_OK && id && same) {
        err = fail_row(s, v, stage, reason);
    } else if (err == AQ_OK) {
        if (id)
            err = aq_features_drop(s, id);
        if (err == AQ_OK)
            err = put_video_row(s, v, AQ_VIDEO_FAILED, stage, reason, &id);
    }
    if (err == AQ_OK)
        err = aq_lease_end(s, v->name);
    aq_store_video_clear(&known);
    return err;
}

AqErr aq_store_put_failure(AqStore *s, const AqStoreVideo *v, const char *stage,
                           const char *reason)
{
    const AqErr err = aq_store_begin(s);

    return err == AQ_OK ? aq_store_end(s, put_failure(s, v, stage, reason)) : err;
}
