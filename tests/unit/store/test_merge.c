/* SPDX-License-Identifier: MIT */
/*
 * Merging stores: whatever the order, again, stopped, after a kill, locked, and with no
 * memory left.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_merge.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void order_does_not_matter_and_again_changes_nothing(void **state)
{
    AqMergeSummary s;
    char *before = NULL, *after = NULL, *source = NULL, *source_after = NULL;
    size_t n = 0, n_after = 0, n_source = 0, n_source_after = 0;

    (void)state;
    aq_toy_two_stores();
    CHECK_OK(aq_fs_read(aq_toy_a, 1 << 24, &source, &n_source));
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_total, 7);
    assert_int_equal(s.n_seen, 7);
    assert_int_equal(s.n_added, 5);
    assert_int_equal(s.n_changed, 0);
    assert_int_equal(s.n_features, 5);
    assert_int_equal(s.n_bytes, 5 * AQ_TOY_T * AQ_TOY_C * 4);
    assert_int_equal(s.n_questions, 2);
    assert_int_equal(s.n_damaged + s.n_not_copied + s.n_other_makes, 0);
    aq_toy_sound(aq_toy_c);
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT status = 'ok' FROM videos WHERE name = 'v2'"),
        1); /* failed in a, done in b */
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT status = 'failed' AND stage = 'decode' AND "
                                   "reason = 'it would not' FROM videos WHERE "
                                   "name = 'v9'"),
                     1);
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM provenance"), 2);
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_b, aq_toy_a, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    CHECK_OK(aq_fs_read(aq_toy_c, 1 << 24, &before, &n));
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_b, aq_toy_a, &s));
    assert_int_equal(s.n_added + s.n_changed + s.n_features + s.n_questions, 0);
    CHECK_OK(aq_fs_read(aq_toy_c, 1 << 24, &after, &n_after));
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    CHECK_OK(aq_fs_read(aq_toy_a, 1 << 24, &source_after, &n_source_after));
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
    aq_toy_two_stores();
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s));
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_b, NULL, &s));
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_a, NULL, &s));
    assert_int_equal(s.n_changed, 1); /* v1 has its picture now */
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_c, &s),
                     AQ_ERR_USAGE);
    aq_toy_says("cannot be a source");
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, "/nowhere/x.db", aq_toy_a, &s),
                     AQ_ERR_NOT_FOUND);
    aq_toy_says("/nowhere/x.db");
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
    const char *const sources[] = {aq_toy_a};
    AqMergePlan plan = {.into = aq_toy_c,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .stop = stop};

    (void)state;
    for (int k = 0; k < 10; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        aq_toy_put(aq_toy_a, name, (char)('a' + k % 6), &aq_toy_audio, k);
    }
    n_asked = 0;
    stop_at = 9 + 4; /* asked 9 times in the first pass */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_CANCELLED);
    aq_toy_says("goes on from there");
    assert_int_equal(s.n_added, 4);
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 4);
    aq_toy_sound(aq_toy_c);
    plan.stop = NULL;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_added, 6);
    aq_toy_same_features(aq_toy_a, aq_toy_c);
}

static void killed_anywhere_leaves_it_whole(void **state)
{
    AqMergeSummary s;
    char name[16];

    (void)state;
    for (int k = 0; k < 40; k++) {
        (void)snprintf(name, sizeof name, "v%d", k);
        aq_toy_put(aq_toy_a, name, 'a', &aq_toy_audio, k);
    }
    for (int round = 0; round < 8; round++) {
        const pid_t child = fork();

        if (child == 0)
            _exit(aq_toy_merge_plain(aq_toy_c, aq_toy_a, NULL, &s) != AQ_OK);
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000L << round}, NULL);
        (void)kill(child, SIGKILL);
        (void)waitpid(child, NULL, 0);
        if (access(aq_toy_c, F_OK) == 0 &&
            aq_toy_number(aq_toy_c, "PRAGMA user_version") > 0)
            aq_toy_sound(aq_toy_c);
    }
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_a, NULL, &s));
    aq_toy_same_features(aq_toy_a, aq_toy_c);
    aq_toy_sound(aq_toy_c);
}

static void a_locked_target_is_left_alone(void **state)
{
    AqMergeSummary s;
    sqlite3 *h = NULL;

    (void)state;
    aq_toy_two_stores();
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_a, NULL, &s));
    assert_int_equal(sqlite3_open(aq_toy_c, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_b, NULL, &s), AQ_ERR_STORE);
    aq_toy_says("locked");
    aq_toy_says("wait");
    assert_int_equal(sqlite3_exec(h, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(h);
    aq_toy_same_features(aq_toy_a, aq_toy_c);
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_b, NULL, &s));
    aq_toy_sound(aq_toy_c);
}

static void memory_may_run_out_anywhere(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_two_stores();
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;

        aq_alloc_fail_after(n);
        const AqErr err = aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s);
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
    aq_toy_sound(aq_toy_c);
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_a, aq_toy_b, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {
        CASE(order_does_not_matter_and_again_changes_nothing),
        CASE(one_by_one_is_as_all_at_once),
        CASE(stopped_and_gone_on_with),
        CASE(killed_anywhere_leaves_it_whole),
        CASE(a_locked_target_is_left_alone),
        CASE(memory_may_run_out_anywhere)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
