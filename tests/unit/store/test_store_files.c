/* SPDX-License-Identifier: MIT */
/*
 * Store files from anywhere: tables that are none, triggers and values of wrong types
 * do no harm, and new files have the usual modes.
 */
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <sys/stat.h>

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
                   "ALTER TABLE f RENAME TO features;"
                   "CREATE TABLE t AS SELECT * FROM row_times; DROP TABLE row_times;"
                   "ALTER TABLE t RENAME TO row_times");
        CHECK_OK(read_all(aq_toy_a));
        aq_toy_sql(aq_toy_a, ways[k]);
        if (read_all(aq_toy_a) != AQ_ERR_FORMAT)
            fail_msg("not seen: %s", ways[k]);
    }
}

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

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {
        CASE(tables_that_are_none_are_refused), CASE(triggers_do_not_fire),
        CASE(values_of_wrong_types_are_seen), CASE(files_have_the_usual_modes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
