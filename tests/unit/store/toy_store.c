/* SPDX-License-Identifier: MIT */
#include "tests/unit/store/toy_store.h"

#include "base/digest.h"
#include "base/fs/fs.h"
#include "store/annotations/annotations.h"
#include "tests/unit/check.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

char aq_toy_a[AQ_TOY_PATH], aq_toy_b[AQ_TOY_PATH], aq_toy_c[AQ_TOY_PATH],
    aq_toy_d[AQ_TOY_PATH], aq_toy_told[4096];
static char dir[64];
static const uint8_t presence[AQ_TOY_T] = {1, 1, 0};
const AqProvenance aq_toy_audio = {.kind = AQ_AUDIO,
                                   .extractor = "vggish",
                                   .extractor_version = "1",
                                   .weights = "w",
                                   .weights_sha256 = "",
                                   .precision = "f32",
                                   .sampling = "one way",
                                   .program = "test 1"};
const AqProvenance aq_toy_visual = {.kind = AQ_VISUAL,
                                    .extractor = "swin",
                                    .extractor_version = "1",
                                    .weights = "w",
                                    .weights_sha256 = "",
                                    .precision = "f32",
                                    .sampling = "one way",
                                    .program = "test 1"};

int aq_toy_fresh(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/aq_merge_XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(aq_toy_a, sizeof aq_toy_a, "%s/a.db", dir);
    (void)snprintf(aq_toy_b, sizeof aq_toy_b, "%s/b.db", dir);
    (void)snprintf(aq_toy_c, sizeof aq_toy_c, "%s/c.db", dir);
    (void)snprintf(aq_toy_d, sizeof aq_toy_d, "%s/d.db", dir);
    return 0;
}

int aq_toy_gone(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0; /* NOLINT: a path of our own */
}

AqStore *aq_toy_open(const char *path, AqStoreMode mode)
{
    AqStore *s = NULL;

    CHECK_OK(aq_store_open(&s, path, mode));
    return s;
}

static AqStoreVideo video(const char *name, char content, const char *path)
{
    AqStoreVideo v = {.name = name,
                      .path = path,
                      .bytes = 10,
                      .mtime_ns = 20,
                      .duration_us = 2500000,
                      .n_seconds = AQ_TOY_T,
                      .has_audio = 1,
                      .has_video = 1,
                      .notes = "a fact"};

    memset(v.sha256, content, AQ_SHA256_HEX - 1);
    return v;
}

/* A video that is done, with features whose values tell of `seed`. */
void aq_toy_put(const char *db, const char *name, char content, const AqProvenance *p,
                int seed)
{
    float rows[AQ_TOY_T * AQ_TOY_C];
    char path[64];
    AqStore *s = aq_toy_open(db, AQ_STORE_CREATE);

    (void)snprintf(path, sizeof path, "/videos/%c/%s.mp4", content, name);
    for (int k = 0; k < AQ_TOY_T * AQ_TOY_C; k++)
        rows[k] = (float)(seed * 100 + k);
    const AqStoreVideo v = video(name, content, path);
    const AqStoreFeatures f = {.provenance = p,
                               .n_rows = AQ_TOY_T,
                               .h = 1,
                               .w = 1,
                               .c = AQ_TOY_C,
                               .presence = presence,
                               .data = rows,
                               .dtype = AQ_FEATURE_F32};
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    aq_store_close(&s);
}

void aq_toy_put_failed(const char *db, const char *name, char content)
{
    AqStore *s = aq_toy_open(db, AQ_STORE_CREATE);
    AqStoreVideo v = video(name, content, "/videos/failed.mp4");

    CHECK_OK(aq_store_put_failure(s, &v, "decode", "it would not"));
    aq_store_close(&s);
}

void aq_toy_put_questions(const char *db, const char *split, const char *answer)
{
    char json[256];
    AqAnnotations *list = NULL;
    AqStore *s = aq_toy_open(db, AQ_STORE_CREATE);

    (void)snprintf(json, sizeof json,
                   "[{\"video_id\": \"v1\", \"question_id\": 7, \"type\": "
                   "\"[\\\"Audio\\\", \\\"Counting\\\"]\", \"question_content\": "
                   "\"How many?\", \"templ_values\": \"[]\", \"anser\": \"%s\"}]",
                   answer);
    CHECK_OK(aq_annotations_parse(json, strlen(json), "train.json", NULL, NULL, &list));
    assert_int_equal(list->n, 1);
    CHECK_OK(aq_store_put_annotations(s, "band", split, list));
    aq_annotations_free(&list);
    aq_store_close(&s);
}

void aq_toy_give_file(const char *db, const char *name, const char *content)
{
    char path[128], hex[AQ_SHA256_HEX], text[512];
    AqFsWriter w;

    (void)snprintf(path, sizeof path, "%s.%s.mp4", db, name);
    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, content, strlen(content)));
    CHECK_OK(aq_fs_write_commit(&w));
    CHECK_OK(aq_sha256_file(path, hex));
    (void)snprintf(text, sizeof text,
                   "UPDATE videos SET path = '%s', sha256 = '%s' WHERE name = '%s'",
                   path, hex, name);
    aq_toy_sql(db, text);
}

void aq_toy_sql(const char *db, const char *text)
{
    sqlite3 *h = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
    if (sqlite3_exec(h, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
    (void)sqlite3_close(h);
}

/* The first value of a query, as a number. */
long long aq_toy_number(const char *db, const char *text)
{
    sqlite3 *h = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
    if (sqlite3_prepare_v2(h, text, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(h));
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const long long n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(h);
    return n;
}

/* A digest of every feature row by names and makes, in a fixed order. */
static void features_digest(const char *db, char hex[AQ_SHA256_HEX])
{
    static const char text[] =
        "SELECT v.name, v.status, v.sha256, p.extractor, p.sampling, f.sha256, "
        "f.made_s, "
        "f.dtype, f.h, f.w, f.c, f.n_seconds, hex(f.presence), hex(f.data) FROM videos "
        "v "
        "LEFT JOIN features f ON f.video_id = v.id LEFT JOIN provenance p ON "
        "p.id = f.provenance_id ORDER BY v.name, p.kind, p.extractor, p.sampling";
    sqlite3 *h = NULL;
    sqlite3_stmt *st = NULL;
    AqSha256 *sha = NULL;

    assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(h, text, -1, &st, NULL), SQLITE_OK);
    CHECK_OK(aq_sha256_new(&sha));
    while (sqlite3_step(st) == SQLITE_ROW)
        for (int k = 0; k < sqlite3_column_count(st); k++) {
            const char *value = (const char *)sqlite3_column_text(st, k);
            CHECK_OK(
                aq_sha256_add(sha, value ? value : "-", value ? strlen(value) + 1 : 2));
        }
    CHECK_OK(aq_sha256_finish(&sha, hex));
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(h);
}

void aq_toy_same_features(const char *x, const char *y)
{
    char one[AQ_SHA256_HEX], two[AQ_SHA256_HEX];

    features_digest(x, one);
    features_digest(y, two);
    assert_string_equal(one, two);
}

void aq_toy_sound(const char *db)
{
    int64_t n = -1;
    AqStore *s = aq_toy_open(db, AQ_STORE_READ);

    CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
    assert_int_equal(n, 0);
    aq_store_close(&s);
}

void aq_toy_says(const char *what)
{
    if (!strstr(aq_err_text(), what))
        fail_msg("'%s' does not say '%s'", aq_err_text(), what);
}

void aq_toy_tell(void *ctx, const char *where, const char *what)
{
    (void)ctx;
    (void)snprintf(aq_toy_told + strlen(aq_toy_told),
                   sizeof aq_toy_told - strlen(aq_toy_told), "%s: %s\n", where, what);
}

void aq_toy_has_told(const char *what)
{
    if (!strstr(aq_toy_told, what))
        fail_msg("'%s' was not told in:\n%s", what, aq_toy_told);
}
