/* SPDX-License-Identifier: MIT */
/* The store: what goes in comes out, what is damaged is seen, a dying writer leaves it
 * whole. */
#include "base/alloc.h"
#include "store/runs.h"
#include "store/store.h"
#include "tests/unit/check.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { T = 3, C = 4 };

static char path[128];
static const uint8_t presence[T] = {1, 0, 1};
static float rows[T * 2 * 2 * C];
static const char
    sha_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    sha_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

static const AqProvenance audio = {.kind = AQ_AUDIO,
                                   .extractor = "vggish",
                                   .extractor_version = "1",
                                   .weights = "w",
                                   .weights_sha256 = "",
                                   .precision = "f32",
                                   .sampling = "one way",
                                   .program = "test 1"};

static int fresh(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_store_%ld.db", (long)getpid());
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        rows[k] = (float)k * 0.37f - 5.0f;
    (void)unlink(path);
    return 0;
}

static int gone(void **state)
{
    char side[160];

    (void)state;
    (void)unlink(path);
    (void)snprintf(side, sizeof side, "%s-wal", path);
    (void)unlink(side);
    (void)snprintf(side, sizeof side, "%s-shm", path);
    (void)unlink(side);
    return 0;
}

static AqStoreVideo video(const char *name, const char *sha)
{
    AqStoreVideo v = {.name = name,
                      .path = "/videos/x.mp4",
                      .bytes = 10,
                      .mtime_ns = 20,
                      .duration_us = 2500000,
                      .n_seconds = T,
                      .has_audio = 1,
                      .notes = "a fact"};

    memcpy(v.sha256, sha, sizeof v.sha256);
    return v;
}

static AqStoreFeatures features(const AqProvenance *p, AqFeatureDtype dtype)
{
    return (AqStoreFeatures){.provenance = p,
                             .n_rows = T,
                             .h = 2,
                             .w = 2,
                             .c = C,
                             .presence = presence,
                             .data = rows,
                             .dtype = dtype};
}

static void put(AqStore *s, const char *name, const char *sha, AqFeatureDtype dtype)
{
    const AqStoreVideo v = video(name, sha);
    const AqStoreFeatures f = features(&audio, dtype);

    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
}

static void what_goes_in_comes_out(void **state)
{
    AqStore *s = NULL;
    AqStoredFeatures f;
    AqStoreVideo v;

    (void)state;
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    put(s, "exact", sha_a, AQ_FEATURE_F32);
    put(s, "half.of.it", sha_b, AQ_FEATURE_F16);
    CHECK_OK(aq_store_get_features(s, "exact", AQ_AUDIO, 0, &f));
    assert_memory_equal(f.data, rows, sizeof rows);
    assert_memory_equal(f.presence, presence, T);
    assert_int_equal(f.h * 100 + f.w * 10 + f.c, 224);
    aq_stored_features_clear(&f);
    CHECK_OK(aq_store_get_features(s, "half.of.it", AQ_AUDIO, 0, &f));
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        CHECK_NEAR(f.data[k], rows[k], 1e-6, 1e-3);
    aq_stored_features_clear(&f);
    CHECK_OK(aq_store_video_by_name(s, "half.of.it", &v));
    assert_string_equal(v.notes, "a fact");
    assert_int_equal(v.status, AQ_VIDEO_OK);
    aq_store_video_clear(&v);
    assert_int_equal(aq_store_get_features(s, "exact", AQ_VISUAL, 0, &f),
                     AQ_ERR_NOT_FOUND);
    assert_int_equal(aq_store_video_by_name(s, "nobody", &v), AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
}

static void current_and_stale_are_told_apart(void **state)
{
    AqStore *s = NULL;
    AqProvenance other = audio;
    int has = 0;

    (void)state;
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    put(s, "a", sha_a, AQ_FEATURE_F16);
    CHECK_OK(aq_store_has_features(s, "a", &audio, &has));
    assert_true(has);
    other.program = "test 2"; /* recorded, but not what numbers depend on */
    CHECK_OK(aq_store_has_features(s, "a", &other, &has));
    assert_true(has);
    other.sampling = "another way";
    CHECK_OK(aq_store_has_features(s, "a", &other, &has));
    assert_false(has);
    aq_store_close(&s);
}

static void names_and_contents_are_not_mixed_up(void **state)
{
    AqStore *s = NULL;
    AqStoreVideo v = video("a", sha_b);
    const AqStoreFeatures f = features(&audio, AQ_FEATURE_F16);

    (void)state;
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    put(s, "a", sha_a, AQ_FEATURE_F16);
    v.path = "/elsewhere/a.mp4";
    assert_int_equal(aq_store_put_clip(s, &v, &f, 1), AQ_ERR_MISMATCH);
    v.path = "/videos/x.mp4"; /* the same file, changed */
    CHECK_OK(aq_store_put_clip(s, &v, &f, 1));
    v.name = "../a";
    assert_int_equal(aq_store_put_clip(s, &v, &f, 1), AQ_ERR_FORMAT);
    rows[5] = NAN;
    v.name = "b";
    assert_int_equal(aq_store_put_clip(s, &v, &f, 1), AQ_ERR_NUMERIC);
    rows[5] = 1e6f;
    assert_int_equal(aq_store_put_clip(s, &v, &f, 1), AQ_ERR_NUMERIC); /* half */
    AqStoreVideo none;
    assert_int_equal(aq_store_video_by_name(s, "b", &none), AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
}

static void damage(const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    (void)sqlite3_close(db);
}

static void damage_is_seen(void **state)
{
    static const char *const ways[] = {
        "UPDATE features SET data = zeroblob(length(data))",
        "UPDATE features SET data = substr(data, 2)",
        "UPDATE features SET presence = x'010101'",
        "UPDATE features SET h = h + 1",
        "UPDATE features SET dtype = 'f32'",
        "UPDATE features SET sha256 = '0000' || substr(sha256, 5)",
        "UPDATE videos SET n_seconds = 7",
        "PRAGMA foreign_keys = OFF; DELETE FROM provenance",
        "DELETE FROM features"};

    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        AqStore *s = NULL;
        int64_t n = -1;

        (void)gone(state);
        (void)fresh(state);
        CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
        put(s, "a", sha_a, AQ_FEATURE_F16);
        CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
        assert_int_equal(n, 0);
        aq_store_close(&s);
        damage(ways[k]);
        CHECK_OK(aq_store_open(&s, path, AQ_STORE_READ));
        CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
        if (n < 1)
            fail_msg("not seen: %s", ways[k]);
        AqStoredFeatures f;
        if (k < 6)
            assert_int_equal(aq_store_get_features(s, "a", AQ_AUDIO, 0, &f),
                             AQ_ERR_FORMAT);
        aq_store_close(&s);
    }
}

static void a_killed_writer_leaves_whole_rows(void **state)
{
    AqStore *s = NULL;
    int64_t n = -1;
    int fd[2];
    char byte;

    (void)state;
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    aq_store_close(&s);
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        char name[32];
        AqStore *mine = NULL;

        if (aq_store_open(&mine, path, AQ_STORE_WRITE) != AQ_OK)
            _exit(1);
        for (int k = 0;; k++) {
            (void)snprintf(name, sizeof name, "v%d", k);
            const AqStoreVideo v = video(name, sha_a);
            const AqStoreFeatures f = features(&audio, AQ_FEATURE_F16);
            if (aq_store_put_clip(mine, &v, &f, 1) != AQ_OK)
                _exit(1);
            if (k == 20 && write(fd[1], "x", 1) != 1)
                _exit(1);
        }
    }
    assert_int_equal(read(fd[0], &byte, 1), 1);
    (void)nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    (void)kill(child, SIGKILL);
    (void)waitpid(child, NULL, 0);
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_READ));
    CHECK_OK(aq_store_verify(s, NULL, NULL, &n));
    assert_int_equal(n, 0);
    AqStoreInfo i;
    CHECK_OK(aq_store_info(s, &i));
    assert_true(i.n_videos > 20);
    assert_int_equal(i.n_videos, i.n_features);
    aq_store_close(&s);
    (void)close(fd[0]);
    (void)close(fd[1]);
}

static void other_files_are_refused(void **state)
{
    AqStore *s = NULL;
    FILE *f = fopen(path, "wb");

    (void)state;
    assert_non_null(f);
    (void)fputs("this is no database, and long enough to be looked at as one.........."
                "...............................................................",
                f);
    (void)fclose(f);
    assert_int_equal(aq_store_open(&s, path, AQ_STORE_CREATE), AQ_ERR_FORMAT);
    (void)unlink(path);
    assert_int_equal(aq_store_open(&s, path, AQ_STORE_READ), AQ_ERR_NOT_FOUND);
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    aq_store_close(&s);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    (void)sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL);
    (void)sqlite3_close(db);
    assert_int_equal(aq_store_open(&s, path, AQ_STORE_WRITE), AQ_ERR_UNSUPPORTED);
    assert_null(s);
}

/* The run's metrics are those of `arg`. */
static AqErr check_run_metrics(void *arg, const AqRun *run)
{
    assert_string_equal(run->metrics, arg);
    return AQ_OK;
}

static void runs_are_kept(void **state)
{
    AqStore *s = NULL;
    int64_t id = 0;

    (void)state;
    CHECK_OK(aq_store_open(&s, path, AQ_STORE_CREATE));
    CHECK_OK(aq_store_begin_run(s, "train", "test", "{\"lr\": 1}", &id));
    assert_int_equal(aq_store_begin_run(s, "train", "test", "{lr", &id), AQ_ERR_USAGE);
    CHECK_OK(aq_store_note_run(s, 1, "{\"right\": 0.25}"));
    assert_int_equal(aq_store_note_run(s, 1, "{right"), AQ_ERR_USAGE);
    CHECK_OK(aq_store_each_run(s, check_run_metrics, (char[]){"{\"right\": 0.25}"}));
    CHECK_OK(aq_store_finish_run(s, 1, AQ_RUN_DONE, "{\"right\": 0.5}", "m"));
    assert_int_equal(aq_store_note_run(s, 1, "{}"), AQ_ERR_NOT_FOUND);
    assert_int_equal(aq_store_finish_run(s, 1, AQ_RUN_DONE, NULL, NULL),
                     AQ_ERR_NOT_FOUND);
    aq_store_close(&s);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqStore *s = NULL;
    const AqStoreVideo v = video("a", sha_a);
    const AqStoreFeatures f = features(&audio, AQ_FEATURE_F16);

    (void)state;
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        AqErr err = aq_store_open(&s, path, AQ_STORE_CREATE);
        if (err == AQ_OK)
            err = aq_store_put_clip(s, &v, &f, 1);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_store_close(&s);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 3);
            break;
        }
        assert_int_equal(err, AQ_ERR_NOMEM);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
    const struct CMUnitTest tests[] = {CASE(what_goes_in_comes_out),
                                       CASE(current_and_stale_are_told_apart),
                                       CASE(names_and_contents_are_not_mixed_up),
                                       CASE(damage_is_seen),
                                       CASE(a_killed_writer_leaves_whole_rows),
                                       CASE(other_files_are_refused),
                                       CASE(runs_are_kept),
                                       CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
