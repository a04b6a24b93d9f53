/* SPDX-License-Identifier: MIT */
/* Merging stores: whatever the order, again, after a kill, with damage, in conflict. */
#include "base/alloc.h"
#include "base/fs.h"
#include "store/annotations.h"
#include "store/merge.h"
#include "tests/unit/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { T = 3, C = 8 };

static char dir[64];
static char a_db[96], b_db[96], c_db[96], d_db[96];
static const uint8_t presence[T] = {1, 1, 0};
static const AqProvenance audio = {.kind = AQ_AUDIO,
                                   .extractor = "vggish",
                                   .extractor_version = "1",
                                   .weights = "w",
                                   .weights_sha256 = "",
                                   .precision = "f32",
                                   .sampling = "one way",
                                   .program = "test 1"};
static const AqProvenance visual = {.kind = AQ_VISUAL,
                                    .extractor = "swin",
                                    .extractor_version = "1",
                                    .weights = "w",
                                    .weights_sha256 = "",
                                    .precision = "f32",
                                    .sampling = "one way",
                                    .program = "test 1"};

static int fresh(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/aq_merge_XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(a_db, sizeof a_db, "%s/a.db", dir);
    (void)snprintf(b_db, sizeof b_db, "%s/b.db", dir);
    (void)snprintf(c_db, sizeof c_db, "%s/c.db", dir);
    (void)snprintf(d_db, sizeof d_db, "%s/d.db", dir);
    return 0;
}

static int gone(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf '%s'", dir);
    return system(command) != 0; /* NOLINT: a path of our own */
}

static AqStore *open_at(const char *path, AqStoreMode mode)
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
                      .n_seconds = T,
                      .has_audio = 1,
                      .has_video = 1,
                      .notes = "a fact"};

    memset(v.sha256, content, AQ_SHA256_HEX - 1);
    return v;
}

/* A video that is done, with features whose values tell of `seed`. */
static void put(const char *db, const char *name, char content, const AqProvenance *p,
                int seed)
{
    float rows[T * C];
    char path[64];
    AqStore *s = open_at(db, AQ_STORE_CREATE);

    (void)snprintf(path, sizeof path, "/videos/%c/%s.mp4", content, name);
    for (int k = 0; k < T * C; k++)
        rows[k] = (float)(seed * 100 + k);
    const AqStoreVideo v = video(name, content, path);
    const AqStoreFeatures f = {.provenance = p,
                               .n_seconds = T,
                               .h = 1,
                               .w = 1,
                               .c = C,
                               .presence = presence,
                               .data = rows,
                               .dtype = AQ_FEATURE_F32};
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    aq_store_close(&s);
}

static void put_failed(const char *db, const char *name, char content)
{
    AqStore *s = open_at(db, AQ_STORE_CREATE);
    AqStoreVideo v = video(name, content, "/videos/failed.mp4");

    CHECK_OK(aq_store_put_failure(s, &v, "decode", "it would not"));
    aq_store_close(&s);
}

static void put_questions(const char *db, const char *split, const char *answer)
{
    char json[256];
    AqAnnotations *list = NULL;
    AqStore *s = open_at(db, AQ_STORE_CREATE);

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

static void sql(const char *db, const char *text)
{
    sqlite3 *h = NULL;
    char *why = NULL;

    assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
    if (sqlite3_exec(h, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
    (void)sqlite3_close(h);
}

/* The first value of a query, as a number. */
static long long number(const char *db, const char *text)
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

static void same_features(const char *x, const char *y)
{
    char one[AQ_SHA256_HEX], two[AQ_SHA256_HEX];

    features_digest(x, one);
    features_digest(y, two);
    assert_string_equal(one, two);
}

static void sound(const char *db)
{
    int64_t n = -1;
    AqStore *s = open_at(db, AQ_STORE_READ);

    CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
    assert_int_equal(n, 0);
    aq_store_close(&s);
}

static AqErr merge(const char *into, const char *x, const char *y, int prefer,
                   AqMergeMakes makes, AqMergeSummary *sum)
{
    const char *const sources[] = {x, y};
    AqMergePlan plan = {.into = into,
                        .sources = sources,
                        .n_sources = y ? 2 : 1,
                        .prefer = prefer,
                        .makes = makes,
                        .timeout_ms = 50};

    return aq_store_merge(&plan, sum);
}

static AqErr plain(const char *into, const char *x, const char *y, AqMergeSummary *sum)
{
    return merge(into, x, y, AQ_MERGE_REFUSE, AQ_MERGE_ONE_MAKE, sum);
}

static void says(const char *what)
{
    if (!strstr(aq_err_text(), what))
        fail_msg("'%s' does not say '%s'", aq_err_text(), what);
}

static void two_stores(void)
{
    put(a_db, "v1", 'a', &audio, 1);
    put(a_db, "v1", 'a', &visual, 2);
    put(a_db, "v3", 'c', &audio, 3);
    put_failed(a_db, "v2", 'b');
    put_failed(a_db, "v9", 'f');
    put(b_db, "v2", 'b', &audio, 4);
    put(b_db, "v1", 'a', &audio, 1); /* the same bytes */
    put(b_db, "v0", 'e', &visual, 5);
    put_questions(a_db, "train", "two");
    put_questions(b_db, "test", "one");
}

static void order_does_not_matter_and_again_changes_nothing(void **state)
{
    AqMergeSummary s;
    char *before = NULL, *after = NULL, *source = NULL, *source_after = NULL;
    size_t n = 0, n_after = 0, n_source = 0, n_source_after = 0;

    (void)state;
    two_stores();
    CHECK_OK(aq_fs_read(a_db, 1 << 24, &source, &n_source));
    CHECK_OK(plain(c_db, a_db, b_db, &s));
    assert_int_equal(s.n_total, 7);
    assert_int_equal(s.n_seen, 7);
    assert_int_equal(s.n_added, 5);
    assert_int_equal(s.n_changed, 0);
    assert_int_equal(s.n_features, 5);
    assert_int_equal(s.n_bytes, 5 * T * C * 4);
    assert_int_equal(s.n_questions, 2);
    assert_int_equal(s.n_damaged + s.n_not_copied + s.n_other_makes, 0);
    sound(c_db);
    assert_int_equal(number(c_db, "SELECT status = 'ok' FROM videos WHERE name = 'v2'"),
                     1); /* failed in a, done in b */
    assert_int_equal(number(c_db, "SELECT status = 'failed' AND stage = 'decode' AND "
                                  "reason = 'it would not' FROM videos WHERE "
                                  "name = 'v9'"),
                     1);
    assert_int_equal(number(c_db, "SELECT count(*) FROM provenance"), 2);
    CHECK_OK(plain(d_db, b_db, a_db, &s));
    same_features(c_db, d_db);
    CHECK_OK(aq_fs_read(c_db, 1 << 24, &before, &n));
    CHECK_OK(plain(c_db, b_db, a_db, &s));
    assert_int_equal(s.n_added + s.n_changed + s.n_features + s.n_questions, 0);
    CHECK_OK(aq_fs_read(c_db, 1 << 24, &after, &n_after));
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    CHECK_OK(aq_fs_read(a_db, 1 << 24, &source_after, &n_source_after));
    assert_int_equal(n_source, n_source_after);
    assert_memory_equal(source, source_after, n_source);
    aq_free(before);
    aq_free(after);
    aq_free(source);
    aq_free(source_after);
}

static void one_by_one_is_as_all_at_once(void **state)
{
    AqMergeSummary s;

    (void)state;
    two_stores();
    CHECK_OK(plain(c_db, a_db, b_db, &s));
    CHECK_OK(plain(d_db, b_db, NULL, &s));
    CHECK_OK(plain(d_db, a_db, NULL, &s));
    assert_int_equal(s.n_changed, 1); /* v1 has its picture now */
    same_features(c_db, d_db);
    assert_int_equal(plain(c_db, a_db, c_db, &s), AQ_ERR_USAGE);
    says("cannot be a source");
    assert_int_equal(plain(c_db, "/nowhere/x.db", a_db, &s), AQ_ERR_NOT_FOUND);
    says("/nowhere/x.db");
}

static void other_contents_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    put(a_db, "v1", 'a', &audio, 1);
    put(b_db, "v1", 'b', &audio, 2);
    put(b_db, "v2", 'c', &audio, 3);
    sql(b_db, "UPDATE videos SET updated_s = updated_s + 5");
    assert_int_equal(plain(c_db, a_db, b_db, &s), AQ_ERR_MISMATCH);
    says(a_db);
    says(b_db);
    says("v1");
    says("--prefer");
    assert_int_equal(access(c_db, F_OK), -1); /* nothing was made */
    CHECK_OK(merge(c_db, a_db, b_db, 0, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(number(c_db, "SELECT sha256 LIKE 'aaaa%' FROM videos WHERE "
                                  "name = 'v1'"),
                     1);
    assert_int_equal(s.n_features, 2);
    sound(c_db);
    /* what the target holds is replaced only when that is asked for */
    assert_int_equal(plain(c_db, b_db, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(merge(c_db, b_db, NULL, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed + s.n_features, 0);
    CHECK_OK(merge(c_db, b_db, NULL, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed, 1);
    same_features(c_db, b_db);
    CHECK_OK(merge(d_db, b_db, a_db, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    same_features(c_db, d_db);
}

static void other_features_of_the_same_make_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    put(a_db, "v1", 'a', &audio, 1);
    put(b_db, "v1", 'a', &audio, 2);
    sql(a_db, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(plain(c_db, a_db, b_db, &s), AQ_ERR_MISMATCH);
    says(a_db);
    says(b_db);
    says("vggish");
    CHECK_OK(merge(c_db, a_db, b_db, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    same_features(c_db, a_db);
    CHECK_OK(merge(d_db, b_db, a_db, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    same_features(d_db, a_db);
    CHECK_OK(merge(c_db, b_db, a_db, 0, AQ_MERGE_ONE_MAKE, &s));
    same_features(c_db, b_db);
    assert_int_equal(s.n_changed, 1);
    sound(c_db);
}

static void makes_are_not_mixed_unasked(void **state)
{
    AqMergeSummary s;
    AqProvenance other = audio;
    const char *const sources[] = {b_db};
    const char *name = "another way";
    AqMergePlan plan = {.into = d_db,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .makes = AQ_MERGE_NAMED_MAKES,
                        .names = &name,
                        .n_names = 1};

    (void)state;
    other.sampling = "another way";
    put(a_db, "v1", 'a', &audio, 1);
    put(b_db, "v1", 'a', &other, 2);
    put(b_db, "v2", 'b', &other, 3);
    put(b_db, "v2", 'b', &visual, 4);
    sql(b_db, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(plain(c_db, a_db, b_db, &s), AQ_ERR_MISMATCH);
    says("another way");
    says("--provenance");
    CHECK_OK(merge(c_db, a_db, b_db, AQ_MERGE_REFUSE, AQ_MERGE_ALL_MAKES, &s));
    assert_int_equal(number(c_db, "SELECT count(*) FROM features f JOIN videos v ON "
                                  "v.id = f.video_id WHERE v.name = 'v1'"),
                     2);
    CHECK_OK(plain(c_db, b_db, a_db, &s)); /* it holds both already */
    assert_int_equal(s.n_features, 0);
    CHECK_OK(merge(d_db, a_db, b_db, AQ_MERGE_REFUSE, AQ_MERGE_NEWEST_MAKE, &s));
    assert_int_equal(s.n_other_makes, 1);
    same_features(d_db, b_db);
    /* by name: that one only, and all of a kind of which there is one */
    (void)unlink(d_db);
    CHECK_OK(plain(d_db, a_db, NULL, &s));
    assert_int_equal(plain(d_db, b_db, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_features, 3);
    same_features(c_db, d_db);
    (void)unlink(d_db);
    CHECK_OK(plain(d_db, a_db, NULL, &s));
    name = "one way"; /* in two lines: the visual one, too */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_USAGE);
    name = "vggish 1, weights w, f32, one way";
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_other_makes, 2);
    assert_int_equal(s.n_features, 1); /* the picture of v2 */
    assert_int_equal(number(d_db, "SELECT count(*) FROM videos"), 2);
    sound(d_db);
}

static char told[1024];

static void tell(void *ctx, const char *where, const char *what)
{
    (void)ctx;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s: %s\n", where,
                   what);
}

static AqErr merge_telling(const char *x, const char *y, AqMergeSummary *s)
{
    const char *const sources[] = {x, y};
    const AqMergePlan plan = {.into = c_db,
                              .sources = sources,
                              .n_sources = y ? 2 : 1,
                              .prefer = AQ_MERGE_REFUSE,
                              .fault = tell};

    told[0] = '\0';
    return aq_store_merge(&plan, s);
}

static void damaged_rows_are_named_and_left_out(void **state)
{
    AqMergeSummary s;

    (void)state;
    put(a_db, "v1", 'a', &audio, 1);
    put(a_db, "v1", 'a', &visual, 2);
    put(a_db, "v2", 'b', &audio, 3);
    put(b_db, "v3", 'c', &audio, 4);
    sql(a_db, "UPDATE features SET data = zeroblob(length(data)) WHERE "
              "video_id = 2 OR provenance_id = 2");
    CHECK_OK(merge_telling(a_db, b_db, &s));
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 1);
    assert_int_equal(s.n_features, 2);
    assert_non_null(strstr(told, "a.db: v1: the data do not have the digest"));
    assert_non_null(strstr(told, "a.db: v2: the data do not have the digest"));
    assert_non_null(strstr(told, "c.db: v2: not copied"));
    assert_int_equal(number(c_db, "SELECT count(*) FROM videos WHERE name = 'v2'"), 0);
    sound(c_db);
    put(b_db, "v2", 'b', &audio, 3); /* whole elsewhere, in a source behind it */
    put(b_db, "v1", 'a', &visual, 2);
    CHECK_OK(merge_telling(a_db, b_db, &s));
    assert_int_equal(s.n_features, 2);
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 0);
    CHECK_OK(merge_telling(a_db, b_db, &s)); /* the target has them: nothing to read */
    assert_int_equal(s.n_features + s.n_damaged, 0);
    sound(c_db);
}

static void damage_of_other_rows_too(void **state)
{
    static const char *const ways[] = {
        "UPDATE videos SET name = '../etc' WHERE name = 'v1'",
        "UPDATE videos SET sha256 = upper(sha256) WHERE name = 'v1'",
        "UPDATE features SET sha256 = upper(sha256) WHERE video_id = 1",
        "UPDATE features SET h = 65536, w = 65536, c = 65536 WHERE video_id = 1",
        "UPDATE features SET n_seconds = 2, presence = x'0101' WHERE video_id = 1",
        "UPDATE features SET presence = x'' WHERE video_id = 1",
        "DELETE FROM features WHERE video_id = 1",
        "PRAGMA foreign_keys = OFF; UPDATE features SET provenance_id = 99 WHERE "
        "video_id = 1"};

    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        AqMergeSummary s;

        (void)gone(state);
        (void)fresh(state);
        put(a_db, "v1", 'a', &audio, 1);
        put(a_db, "v2", 'b', &audio, 2);
        sql(a_db, ways[k]);
        CHECK_OK(merge_telling(a_db, NULL, &s));
        if (s.n_damaged + s.n_not_copied < 1 || s.n_added != 1)
            fail_msg("%s: %lld damaged, %lld not copied, %lld added", ways[k],
                     (long long)s.n_damaged, (long long)s.n_not_copied,
                     (long long)s.n_added);
        assert_true(told[0] != '\0');
        sound(c_db);
    }
}

static void questions_are_merged_by_list(void **state)
{
    AqMergeSummary s;

    (void)state;
    put_questions(a_db, "train", "two");
    put_questions(b_db, "train", "three");
    assert_int_equal(plain(c_db, a_db, b_db, &s), AQ_ERR_MISMATCH);
    says("train");
    assert_int_equal(merge(c_db, a_db, b_db, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s),
                     AQ_ERR_MISMATCH);
    CHECK_OK(merge(c_db, a_db, b_db, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_questions, 1);
    assert_int_equal(number(c_db, "SELECT answer = 'three' FROM annotations"), 1);
    CHECK_OK(merge(c_db, a_db, b_db, 0, AQ_MERGE_ONE_MAKE, &s)); /* put right */
    assert_int_equal(number(c_db, "SELECT answer = 'two' AND count(*) = 1 FROM "
                                  "annotations"),
                     1);
    AqAnnotations *list = NULL;
    AqStore *c = open_at(c_db, AQ_STORE_READ);
    CHECK_OK(aq_store_get_annotations(c, "band", "train", &list));
    assert_string_equal(list->v[0].video, "v1");
    assert_int_equal(list->v[0].question_id, 7);
    aq_annotations_free(&list);
    aq_store_close(&c);
    sql(a_db, "UPDATE annotations SET answer = x'00' || 'two'");
    CHECK_OK(merge_telling(a_db, NULL, &s));
    assert_int_equal(s.n_damaged, 1);
    assert_non_null(strstr(told, "questions of band, train"));
}

static int n_asked, stop_at;

static int stop(void *ctx)
{
    (void)ctx;
    return ++n_asked >= stop_at;
}

static void stopped_and_gone_on_with(void **state)
{
    AqMergeSummary s;
    char name[16];
    const char *const sources[] = {a_db};
    AqMergePlan plan = {.into = c_db,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .stop = stop};

    (void)state;
    for (int k = 0; k < 10; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        put(a_db, name, (char)('a' + k % 6), &audio, k);
    }
    n_asked = 0;
    stop_at = 9 + 4; /* asked 9 times in the first pass */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_CANCELLED);
    says("goes on from there");
    assert_int_equal(s.n_added, 4);
    assert_int_equal(number(c_db, "SELECT count(*) FROM features"), 4);
    sound(c_db);
    plan.stop = NULL;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_added, 6);
    same_features(a_db, c_db);
}

static void killed_anywhere_leaves_it_whole(void **state)
{
    AqMergeSummary s;
    char name[16];

    (void)state;
    for (int k = 0; k < 40; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        put(a_db, name, 'a', &audio, k);
    }
    for (int round = 0; round < 8; round++) {
        const pid_t child = fork();

        if (child == 0)
            _exit(plain(c_db, a_db, NULL, &s) != AQ_OK);
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000L << round}, NULL);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        if (access(c_db, F_OK) == 0 && number(c_db, "PRAGMA user_version") > 0)
            sound(c_db);
    }
    CHECK_OK(plain(c_db, a_db, NULL, &s));
    same_features(a_db, c_db);
    sound(c_db);
}

static void a_locked_target_is_left_alone(void **state)
{
    AqMergeSummary s;
    sqlite3 *h = NULL;

    (void)state;
    two_stores();
    CHECK_OK(plain(c_db, a_db, NULL, &s));
    assert_int_equal(sqlite3_open(c_db, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(plain(c_db, b_db, NULL, &s), AQ_ERR_STORE);
    says("locked");
    says("wait");
    assert_int_equal(sqlite3_exec(h, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(h);
    same_features(a_db, c_db);
    CHECK_OK(plain(c_db, b_db, NULL, &s));
    sound(c_db);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqMergeSummary s;

    (void)state;
    two_stores();
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        const AqErr err = plain(c_db, a_db, b_db, &s);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 20);
            break;
        }
        if (err != AQ_ERR_NOMEM)
            fail_msg("allocation %ld: %s: %s", n, aq_err_name(err), aq_err_text());
    }
    sound(c_db);
    CHECK_OK(plain(d_db, a_db, b_db, &s));
    same_features(c_db, d_db);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
    const struct CMUnitTest tests[] = {
        CASE(order_does_not_matter_and_again_changes_nothing),
        CASE(one_by_one_is_as_all_at_once),
        CASE(other_contents_are_refused),
        CASE(other_features_of_the_same_make_are_refused),
        CASE(makes_are_not_mixed_unasked),
        CASE(damaged_rows_are_named_and_left_out),
        CASE(damage_of_other_rows_too),
        CASE(questions_are_merged_by_list),
        CASE(stopped_and_gone_on_with),
        CASE(killed_anywhere_leaves_it_whole),
        CASE(a_locked_target_is_left_alone),
        CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
