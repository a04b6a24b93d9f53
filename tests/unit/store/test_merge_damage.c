/* SPDX-License-Identifier: MIT */
/*
 * Merging stores with damage in them: what is damaged is named and left out, the rest
 * is merged.
 */
#include "tests/unit/check.h"
#include "tests/unit/store/toy_merge.h"

#include <string.h>

static AqErr merge_telling(const char *x, const char *y, AqMergeSummary *s)
{
    const char *const sources[] = {x, y};
    const AqMergePlan plan = {.into = aq_toy_c,
                              .sources = sources,
                              .n_sources = y ? 2 : 1,
                              .prefer = AQ_MERGE_REFUSE,
                              .fault = aq_toy_tell};

    aq_toy_told[0] = '\0';
    return aq_store_merge(&plan, s);
}

static void damaged_rows_are_named_and_left_out(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_visual, 2);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 3);
    aq_toy_put(aq_toy_b, "v3", 'c', &aq_toy_audio, 4);
    aq_toy_sql(aq_toy_a, "UPDATE features SET made_s = made_s + 100;"
                         "UPDATE features SET data = zeroblob(length(data)) WHERE "
                         "video_id = 2 OR provenance_id = 2");
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 1);
    assert_int_equal(s.n_features, 2);
    assert_non_null(strstr(aq_toy_told, "a.db: v1: the data do not have the digest"));
    assert_non_null(strstr(aq_toy_told, "a.db: v2: the data do not have the digest"));
    assert_non_null(strstr(aq_toy_told, "c.db: v2: not copied"));
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT count(*) FROM videos WHERE name = 'v2'"), 0);
    aq_toy_sound(aq_toy_c);
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_audio,
               3); /* whole elsewhere, in a source behind it */
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_visual, 2);
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b, &s));
    assert_int_equal(s.n_features, 2);
    assert_int_equal(s.n_damaged, 2);
    assert_int_equal(s.n_not_copied, 0);
    CHECK_OK(merge_telling(aq_toy_a, aq_toy_b,
                           &s)); /* the target has them: nothing to read */
    assert_int_equal(s.n_features + s.n_damaged, 0);
    aq_toy_sound(aq_toy_c);
}

static void damage_of_other_rows_too(void **state)
{
    static const char *const ways[] = {
        "UPDATE videos SET name = '../etc' WHERE name = 'v1'",
        "UPDATE videos SET sha256 = upper(sha256) WHERE name = 'v1'",
        "UPDATE videos SET n_seconds = 2 WHERE name = 'v1'",
        "UPDATE features SET sha256 = upper(sha256) WHERE video_id = 1",
        "UPDATE features SET h = 65536, w = 65536, c = 65536 WHERE video_id = 1",
        "UPDATE features SET n_seconds = 2, presence = x'0101' WHERE video_id = 1",
        "UPDATE features SET presence = x'' WHERE video_id = 1",
        "DELETE FROM features WHERE video_id = 1",
        "PRAGMA foreign_keys = OFF; UPDATE features SET provenance_id = 99 WHERE "
        "video_id = 1"};

    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        AqMergeSummary s;

        (void)aq_toy_gone(state);
        (void)aq_toy_fresh(state);
        aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
        aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
        aq_toy_sql(aq_toy_a, ways[k]);
        CHECK_OK(merge_telling(aq_toy_a, NULL, &s));
        if (s.n_damaged + s.n_not_copied < 1 || s.n_added != 1)
            fail_msg("%s: %lld damaged, %lld not copied, %lld added", ways[k],
                     (long long)s.n_damaged, (long long)s.n_not_copied,
                     (long long)s.n_added);
        assert_true(aq_toy_told[0] != '\0');
        aq_toy_sound(aq_toy_c);
    }
}

static void damaged_questions_are_named(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_sql(aq_toy_a, "UPDATE annotations SET answer = x'00' || 'two'");
    CHECK_OK(merge_telling(aq_toy_a, NULL, &s));
    assert_int_equal(s.n_damaged, 1);
    assert_non_null(strstr(aq_toy_told, "questions of band, train"));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {CASE(damaged_rows_are_named_and_left_out),
                                       CASE(damage_of_other_rows_too),
                                       CASE(damaged_questions_are_named)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
