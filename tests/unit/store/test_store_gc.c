/* SPDX-License-Identifier: MIT */
/*
 * Giving a store's room back: nothing goes that was not asked for, and readers, locks
 * and a lack of memory do no harm.
 */
#include "base/alloc.h"
#include "store/store_priv.h"
#include "store/upkeep/gc.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <sqlite3.h>
#include <string.h>

static void count_gone(void *ctx, const char *what, const char *which, const char *more)
{
    (void)ctx;
    (void)snprintf(aq_toy_told + strlen(aq_toy_told),
                   sizeof aq_toy_told - strlen(aq_toy_told), "%s|%s|%s\n", what, which,
                   more);
}

static AqErr gc(const char *db, int superseded, int missing, int dry_run,
                AqGcSummary *sum)
{
    const AqGcPlan plan = {.superseded = superseded,
                           .missing = missing,
                           .dry_run = dry_run,
                           .gone = count_gone};
    AqStore *s = aq_toy_open(db, dry_run ? AQ_STORE_READ : AQ_STORE_WRITE);

    aq_toy_told[0] = '\0';
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
    aq_toy_give_file(aq_toy_a, "v4", "there");
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
    aq_toy_has_told("make|audio old 1, one way|");
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
    aq_toy_has_told("superseded|v1|audio vggish 1, one way");
    aq_toy_has_told("missing|v3|/videos/failed.mp4");
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

static void giving_room_back_may_run_out_of_memory(void **state)
{
    AqGcSummary g;
    const AqGcPlan plan = {.superseded = 1, .missing = 1, .gone = count_gone};

    (void)state;
    two_makes();
    aq_toy_put_questions(aq_toy_a, "train", "two");
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;
        AqStore *s = NULL;

        aq_toy_told[0] = '\0';
        aq_alloc_fail_after(n);
        AqErr err = aq_store_open(&s, aq_toy_a, AQ_STORE_WRITE);
        if (err == AQ_OK)
            err = aq_store_gc(s, &plan, &g);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_store_close(&s);
        assert_int_equal(aq_alloc_stats().n_live, before);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 5); /* more than opening takes */
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
    const struct CMUnitTest tests[] = {CASE(nothing_goes_unasked),
                                       CASE(what_was_asked_for_goes),
                                       CASE(room_comes_back),
                                       CASE(a_reader_keeps_the_log),
                                       CASE(a_lock_is_said_and_waited_for),
                                       CASE(giving_room_back_may_run_out_of_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
