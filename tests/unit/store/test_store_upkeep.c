/* SPDX-License-Identifier: MIT */
/* Keeping a store: the deep check, giving room back, files from elsewhere, and what the
 * file system and other programs may do. */
#include "base/alloc.h"
#include "base/digest.h"
#include "base/fs/fs.h"
#include "store/store_priv.h"
#include "store/upkeep/gc.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char told[4096];

static void tell(void *ctx, const char *where, const char *what)
{
    (void)ctx;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s: %s\n", where,
                   what);
}

static void has_told(const char *what)
{
    if (!strstr(told, what))
        fail_msg("'%s' was not told in:\n%s", what, told);
}

/* ---- the deep check ---- */

static int64_t deep(const char *db, AqDeepCounts *counts)
{
    const AqDeepPlan plan = {.fault = tell, .told = tell};
    int64_t n = -1;
    AqStore *s = aq_toy_open(db, AQ_STORE_READ);

    told[0] = '\0';
    n = 0;
    CHECK_OK(aq_store_verify_deep(s, &plan, counts, &n));
    aq_store_close(&s);
    return n;
}

/* Makes the row of `name` that of a file that is there. */
static void give_file(const char *db, const char *name, const char *content)
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

static void files_are_compared(void **state)
{
    AqDeepCounts c;
    char path[128];

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_a, "v3", 'c', &aq_toy_visual, 3);
    aq_toy_put_questions(aq_toy_a, "train", "two");
    give_file(aq_toy_a, "v1", "one");
    give_file(aq_toy_a, "v2", "two");
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_same, 2);
    assert_int_equal(c.n_missing, 1);
    assert_int_equal(c.n_values, 3 * AQ_TOY_T * AQ_TOY_C);
    assert_int_equal(c.n_questions, 1);
    has_told("v3: not compared: /videos/c/v3.mp4: No such file");
    (void)snprintf(path, sizeof path, "%s.v2.mp4", aq_toy_a);
    FILE *f = fopen(path, "ab");
    assert_non_null(f);
    (void)fputs("!", f);
    (void)fclose(f);
    (void)unlink("nothing");
    assert_int_equal(deep(aq_toy_a, &c), 1);
    assert_int_equal(c.n_changed, 1);
    has_told("v2.mp4 has different content");
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not be waited for */
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_missing, 2);
    has_told("is no file");
}

static void more_than_a_batch_of_files(void **state)
{
    AqDeepCounts c;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_sql(
        aq_toy_a,
        "WITH RECURSIVE n(k) AS (VALUES(1) UNION ALL SELECT k + 1 FROM n WHERE "
        "k < 150) INSERT INTO videos SELECT NULL, 'w' || k, path, bytes, mtime_ns, "
        "sha256, duration_us, n_seconds, has_audio, has_video, notes, 'failed', "
        "'x', 'y', 0, 0, dataset FROM videos, n WHERE name = 'v1'");
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_missing, 151);
}

/* Values that are not finite pass the digest that goes with them. */
static void put_infinite(AqFeatureDtype dtype)
{
    const size_t size = dtype == AQ_FEATURE_F16 ? 2 : 4;
    const uint16_t half = 0x7c00; /* infinity */
    const float nan = NAN;
    unsigned char data[AQ_TOY_T * AQ_TOY_C * 4] = {0};
    uint8_t presence[AQ_TOY_T] = {1, 1, 0};
    AqRawFeatures raw = {.n_seconds = AQ_TOY_T,
                         .h = 1,
                         .w = 1,
                         .c = AQ_TOY_C,
                         .dtype = dtype,
                         .presence = presence,
                         .data = data,
                         .presence_bytes = AQ_TOY_T,
                         .data_bytes = AQ_TOY_T * AQ_TOY_C * size};
    char head[128];
    AqSha256 *sha = NULL;

    if (size == 2)
        memcpy(data + 5 * size, &half, size);
    else
        memcpy(data + 5 * size, &nan, size);
    (void)snprintf(head, sizeof head, "avqa features 1 %d 1 1 %d %s\n", AQ_TOY_T,
                   AQ_TOY_C, aq_feature_dtype_name(dtype));
    CHECK_OK(aq_sha256_new(&sha));
    CHECK_OK(aq_sha256_add(sha, head, strlen(head)));
    CHECK_OK(aq_sha256_add(sha, presence, AQ_TOY_T));
    CHECK_OK(aq_sha256_add(sha, data, raw.data_bytes));
    CHECK_OK(aq_sha256_finish(&sha, raw.sha256));
    AqStore *s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    AqQuery q = aq_query(s, AQ_SQL_MERGE_PUT);
    const int64_t numbers[] = {1, 1, raw.n_seconds, raw.h, raw.w, raw.c};
    for (int k = 0; k < 6; k++)
        aq_query_int(&q, 1 + k, numbers[k]);
    aq_query_text(&q, 7, aq_feature_dtype_name(dtype));
    aq_query_text(&q, 8, raw.sha256);
    aq_query_int(&q, 9, 1);
    aq_query_blob(&q, 10, presence, AQ_TOY_T);
    aq_query_blob(&q, 11, data, raw.data_bytes);
    aq_query_run(&q);
    CHECK_OK(aq_query_end(&q));
    aq_store_close(&s);
}

static void values_are_looked_at(void **state)
{
    AqDeepCounts c;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    for (int k = AQ_FEATURE_F16; k <= AQ_FEATURE_F32; k++) {
        put_infinite((AqFeatureDtype)k);
        aq_toy_sound(aq_toy_a);
        assert_int_equal(deep(aq_toy_a, &c), 1);
        has_told("value 5 of the data is not finite");
    }
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    assert_int_equal(deep(aq_toy_a, &c), 0);
    aq_toy_sql(aq_toy_a, "UPDATE videos SET has_audio = 0");
    aq_toy_sound(aq_toy_a);
    assert_int_equal(deep(aq_toy_a, &c), 1);
    has_told("no such track");
}

static void questions_are_looked_at(void **state)
{
    static const char *const ways[] = {
        "video = 'a/b'",       "answer = ''",
        "question = ''",       "slot_values = '{}'",
        "slot_values = '[1]'", "slot_values = '['",
        "record = -1",         "answer = 'a' || char(0)"};
    AqDeepCounts c;
    char text[128];

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        aq_toy_put_questions(aq_toy_a, "train", "two");
        aq_toy_put_questions(aq_toy_a, "val", "two");
        assert_int_equal(deep(aq_toy_a, &c), 0);
        (void)snprintf(text, sizeof text,
                       "UPDATE annotations SET %s WHERE split = 'train'", ways[k]);
        aq_toy_sql(aq_toy_a, text);
        if (deep(aq_toy_a, &c) != 1)
            fail_msg("not seen: %s", ways[k]);
        has_told("question 0 of band, train");
        assert_int_equal(c.n_questions, 2);
    }
}

/* ---- giving room back ---- */

static void count_gone(void *ctx, const char *what, const char *which, const char *more)
{
    (void)ctx;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s|%s|%s\n", what,
                   which, more);
}

static AqErr gc(const char *db, int superseded, int missing, int dry_run,
                AqGcSummary *sum)
{
    const AqGcPlan plan = {.superseded = superseded,
                           .missing = missing,
                           .dry_run = dry_run,
                           .gone = count_gone};
    AqStore *s = aq_toy_open(db, dry_run ? AQ_STORE_READ : AQ_STORE_WRITE);

    told[0] = '\0';
    const AqErr err = aq_store_gc(s, &plan, sum);
    aq_store_close(&s);
    return err;
}

static void two_makes(void)
{
    AqProvenance other = aq_toy_audio;

    other.sampling = "another way";
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &other, 2);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 3);
    aq_toy_put(aq_toy_a, "v2", 'b', &other, 4);
    aq_toy_sql(aq_toy_a, "UPDATE features SET made_s = 100 + provenance_id");
    aq_toy_put_failed(aq_toy_a, "v3", 'c');
    aq_toy_put_failed(aq_toy_a, "v4", 'd');
    give_file(aq_toy_a, "v4", "there");
    aq_toy_put_failed(aq_toy_a, "v2", 'b'); /* keeps the features that it had */
}

static void nothing_goes_unasked(void **state)
{
    AqGcSummary g;

    (void)state;
    two_makes();
    aq_toy_sql(aq_toy_a,
               "INSERT INTO provenance SELECT NULL, kind, 'old', "
               "extractor_version, weights, weights_sha256, precision, sampling, "
               "program FROM provenance WHERE id = 1");
    CHECK_OK(gc(aq_toy_a, 0, 0, 1, &g));
    assert_int_equal(g.n_makes, 1);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM provenance"), 4);
    assert_int_equal(g.bytes_before, g.bytes_after);
    CHECK_OK(gc(aq_toy_a, 0, 0, 0, &g));
    assert_int_equal(g.n_makes, 1);
    has_told("make|audio old 1, one way|");
    assert_int_equal(g.n_features + g.n_videos, 0);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM provenance"), 3);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 4);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM videos"), 4);
    CHECK_OK(gc(aq_toy_a, 0, 0, 0, &g));
    assert_int_equal(g.n_makes, 0);
}

static void what_was_asked_for_goes(void **state)
{
    AqGcSummary dry, g;

    (void)state;
    two_makes();
    CHECK_OK(gc(aq_toy_a, 1, 1, 1, &dry));
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 4);
    CHECK_OK(gc(aq_toy_a, 1, 1, 0, &g));
    has_told("superseded|v1|audio vggish 1, one way");
    has_told("missing|v3|/videos/failed.mp4");
    assert_int_equal(g.n_features, 1);
    assert_int_equal(g.n_videos, 1); /* v4 is there; v2 has features */
    assert_int_equal(g.n_makes, 1);  /* of which nothing is left */
    assert_int_equal(g.feature_bytes, AQ_TOY_T * AQ_TOY_C * 4);
    assert_int_equal(dry.n_features, g.n_features);
    assert_int_equal(dry.n_videos, g.n_videos);
    assert_int_equal(dry.n_makes, g.n_makes);
    assert_int_equal(dry.feature_bytes, g.feature_bytes);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 3);
    assert_int_equal(aq_toy_number(aq_toy_a,
                                   "SELECT group_concat(name) = 'v1,v2,v4' FROM "
                                   "(SELECT name FROM videos ORDER BY name)"),
                     1);
    aq_toy_sound(aq_toy_a);
}

static void room_comes_back(void **state)
{
    AqGcSummary g;
    AqProvenance other = aq_toy_audio;
    char name[16];

    (void)state;
    other.sampling = "another way";
    for (int k = 0; k < 80; k++) { /* more than a batch */
        (void)snprintf(name, sizeof name, "v%d", k);
        aq_toy_put(aq_toy_a, name, 'a', &aq_toy_audio, k);
        aq_toy_put(aq_toy_a, name, 'a', &other, k);
    }
    aq_toy_sql(aq_toy_a, "UPDATE features SET data = zeroblob(100000), made_s = "
                         "provenance_id");
    CHECK_OK(gc(aq_toy_a, 1, 0, 0, &g));
    assert_int_equal(g.n_features, 80);
    assert_int_equal(g.feature_bytes, 80 * 100000);
    assert_true(g.bytes_before - g.bytes_after >= 80 * 6 * 16384); /* whole pages */
    assert_int_equal(aq_toy_number(aq_toy_a, "PRAGMA freelist_count"), 0);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 80);
}

static void a_reader_keeps_the_log(void **state)
{
    AqGcSummary g;

    (void)state;
    two_makes();
    AqStore *reader = aq_toy_open(aq_toy_a, AQ_STORE_READ);
    CHECK_OK(aq_store_exec(reader, "BEGIN; SELECT count(*) FROM videos"));
    AqStore *s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    aq_store_set_timeout(s, 50);
    CHECK_OK(aq_store_gc(s, &(AqGcPlan){.superseded = 1}, &g));
    assert_int_equal(g.n_features, 1);
    assert_true(g.log_in_use);
    aq_store_close(&s);
    aq_store_close(&reader);
}

/* ---- files from anywhere ---- */

static AqErr open_only(const char *db, AqStoreMode mode)
{
    AqStore *s = NULL;
    const AqErr err = aq_store_open(&s, db, mode);

    if (err != AQ_OK)
        assert_null(s);
    aq_store_close(&s);
    return err;
}

static void tables_that_are_none_are_refused(void **state)
{
    static const char *const ways[] = {
        "DROP TABLE features",
        "ALTER TABLE videos RENAME TO v; CREATE VIEW videos AS SELECT * FROM v",
        "ALTER TABLE annotations RENAME TO a; CREATE VIRTUAL TABLE annotations USING "
        "fts5(dataset, split, place, video)",
        "DROP TABLE runs; CREATE INDEX runs ON videos(path)"};

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        (void)aq_toy_gone(state);
        (void)aq_toy_fresh(state);
        aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
        aq_toy_sql(aq_toy_a, ways[k]);
        for (int mode = AQ_STORE_READ; mode <= AQ_STORE_CREATE; mode++) {
            if (open_only(aq_toy_a, (AqStoreMode)mode) != AQ_ERR_FORMAT)
                fail_msg("opened: %s", ways[k]);
            aq_toy_says("no plain table");
        }
    }
    aq_toy_sql(aq_toy_b, "CREATE TABLE bookmarks(url TEXT)");
    assert_int_equal(open_only(aq_toy_b, AQ_STORE_CREATE), AQ_ERR_FORMAT);
    aq_toy_says("another program");
    assert_int_equal(aq_toy_number(aq_toy_b, "SELECT count(*) FROM sqlite_schema"), 1);
}

static void triggers_do_not_fire(void **state)
{
    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_sql(aq_toy_a, "CREATE TRIGGER t AFTER INSERT ON videos BEGIN DELETE FROM "
                         "features; DELETE FROM annotations; END;"
                         "CREATE TRIGGER u AFTER DELETE ON features BEGIN DELETE FROM "
                         "videos; END;"
                         "CREATE VIEW w AS SELECT load_extension('evil') FROM videos");
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 2);
    AqStore *s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    CHECK_OK(aq_store_forget_video(s, "v2")); /* references still work */
    aq_store_close(&s);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 1);
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM videos"), 1);
    aq_toy_sound(aq_toy_a);
}

/* Reads what there is to be read; damaged rows give errors, nothing else. */
static AqErr read_all(const char *db)
{
    AqStoredFeatures f;
    AqStoreVideo v;
    int64_t n = 0;
    AqStore *s = aq_toy_open(db, AQ_STORE_READ);
    AqErr err = aq_store_video_by_name(s, "v1", &v);

    aq_store_video_clear(&v);
    if (err == AQ_OK)
        err = aq_store_get_features(s, "v1", AQ_AUDIO, 0, &f);
    if (err == AQ_OK)
        aq_stored_features_clear(&f);
    CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
    if (err != AQ_OK)
        assert_true(n > 0);
    aq_store_close(&s);
    return err;
}

static void values_of_wrong_types_are_seen(void **state)
{
    static const char *const ways[] = {
        "UPDATE videos SET bytes = 'many'",
        "UPDATE videos SET bytes = -1",
        "UPDATE videos SET path = x'00'",
        "UPDATE videos SET n_seconds = 1e300",
        "UPDATE videos SET notes = NULL",
        "UPDATE videos SET notes = zeroblob(100000)",
        "UPDATE videos SET sha256 = 7",
        "UPDATE features SET h = 65536, w = 65536, c = 65536, n_seconds = 86400",
        "UPDATE features SET h = 9223372036854775807",
        "UPDATE features SET c = 'x'",
        "UPDATE features SET data = 'text'",
        "UPDATE features SET presence = 3",
        "UPDATE features SET dtype = 'f64'"};

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        (void)aq_toy_gone(state);
        (void)aq_toy_fresh(state);
        aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
        /* the same tables with neither types nor checks */
        aq_toy_sql(aq_toy_a,
                   "PRAGMA foreign_keys = OFF;"
                   "CREATE TABLE v AS SELECT * FROM videos; DROP TABLE videos;"
                   "ALTER TABLE v RENAME TO videos;"
                   "CREATE TABLE f AS SELECT * FROM features; DROP TABLE features;"
                   "ALTER TABLE f RENAME TO features");
        CHECK_OK(read_all(aq_toy_a));
        aq_toy_sql(aq_toy_a, ways[k]);
        if (read_all(aq_toy_a) != AQ_ERR_FORMAT)
            fail_msg("not seen: %s", ways[k]);
    }
}

/* ---- the file system, and others ---- */

static int mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return (int)(st.st_mode & 0777);
}

static void files_have_the_usual_modes(void **state)
{
    static const mode_t masks[] = {0022, 0077, 0027};
    char path[160], side[192];

    (void)state;
    for (int k = 0; k < 3; k++) {
        const mode_t before = umask(masks[k]);
        AqStore *s = NULL;

        (void)snprintf(path, sizeof path, "%s.%d/in/s.db", aq_toy_a, k);
        const AqErr err = aq_store_open(&s, path, AQ_STORE_CREATE);
        (void)umask(before);
        CHECK_OK(err);
        assert_int_equal(mode_of(path), 0644 & ~masks[k]);
        for (int wal = 0; wal < 2; wal++) {
            (void)snprintf(side, sizeof side, "%s-%s", path, wal ? "wal" : "shm");
            assert_int_equal(mode_of(side), 0644 & ~masks[k]);
        }
        (void)snprintf(path, sizeof path, "%s.%d/in", aq_toy_a, k);
        assert_int_equal(mode_of(path), 0755 & ~masks[k]);
        aq_store_close(&s);
    }
}

static void a_lock_is_said_and_waited_for(void **state)
{
    AqGcSummary g;
    sqlite3 *h = NULL;

    (void)state;
    two_makes();
    assert_int_equal(sqlite3_open(aq_toy_a, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    AqStore *s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    aq_store_set_timeout(s, 30);
    assert_int_equal(aq_store_gc(s, &(AqGcPlan){.superseded = 1}, &g), AQ_ERR_STORE);
    aq_toy_says("locked");
    aq_toy_says("wait until it is done");
    const AqStoreVideo v = {.name = "v9", .path = "/v9"};
    assert_int_equal(aq_store_put_failure(s, &v, "decode", "no"), AQ_ERR_STORE);
    assert_int_equal(sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(h);
    CHECK_OK(aq_store_gc(s, &(AqGcPlan){.superseded = 1}, &g)); /* the handle is fine */
    assert_int_equal(g.n_features, 1);
    aq_store_close(&s);
    aq_toy_sound(aq_toy_a);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqGcSummary g;
    AqDeepCounts c;
    const AqGcPlan plan = {.superseded = 1, .missing = 1, .gone = count_gone};
    const AqDeepPlan look = {.fault = tell, .told = tell};

    (void)state;
    two_makes();
    aq_toy_put_questions(aq_toy_a, "train", "two");
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;
        AqStore *s = NULL;
        int64_t faults = 0;

        told[0] = '\0';
        aq_alloc_fail_after(n);
        AqErr err = aq_store_open(&s, aq_toy_a, AQ_STORE_WRITE);
        if (err == AQ_OK)
            err = aq_store_verify_deep(s, &look, &c, &faults);
        if (err == AQ_OK)
            err = aq_store_gc(s, &plan, &g);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_store_close(&s);
        assert_int_equal(aq_alloc_stats().n_live, before);
        assert_int_equal(faults, 0);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 10);
            break;
        }
        if (err != AQ_ERR_NOMEM)
            fail_msg("allocation %ld: %s: %s", n, aq_err_name(err), aq_err_text());
    }
    assert_int_equal(aq_toy_number(aq_toy_a, "SELECT count(*) FROM features"), 3);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {CASE(files_are_compared),
                                       CASE(more_than_a_batch_of_files),
                                       CASE(values_are_looked_at),
                                       CASE(questions_are_looked_at),
                                       CASE(nothing_goes_unasked),
                                       CASE(what_was_asked_for_goes),
                                       CASE(room_comes_back),
                                       CASE(a_reader_keeps_the_log),
                                       CASE(tables_that_are_none_are_refused),
                                       CASE(triggers_do_not_fire),
                                       CASE(values_of_wrong_types_are_seen),
                                       CASE(files_have_the_usual_modes),
                                       CASE(a_lock_is_said_and_waited_for),
                                       CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
