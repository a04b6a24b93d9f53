/* SPDX-License-Identifier: MIT */
/*
 * Stores that contradict each other: other contents, features, makes and questions are
 * refused unless it was said which to take.
 */
#include "store/annotations/annotations.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_merge.h"

#include <unistd.h>

static void other_contents_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'e', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v1", 'e', &aq_toy_visual, 4);
    aq_toy_put(aq_toy_b, "v1", 'b', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_b, "v2", 'c', &aq_toy_audio, 3);
    aq_toy_sql(aq_toy_b, "UPDATE videos SET updated_s = updated_s + 5");
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s),
                     AQ_ERR_MISMATCH);
    aq_toy_says(aq_toy_a);
    aq_toy_says(aq_toy_b);
    aq_toy_says("v1");
    aq_toy_says("--prefer");
    assert_int_equal(access(aq_toy_c, F_OK), -1); /* nothing was made */
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, 0, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT sha256 LIKE 'eeee%' FROM videos WHERE "
                                   "name = 'v1'"),
                     1);
    assert_int_equal(s.n_features, 3);
    aq_toy_sound(aq_toy_c);
    /* what the target holds is replaced only when that is asked for */
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_b, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_b, NULL, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed + s.n_features, 0);
    CHECK_OK(
        aq_toy_merge(aq_toy_c, aq_toy_b, NULL, AQ_MERGE_NEWEST, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_changed, 1);
    aq_toy_same_features(aq_toy_c, aq_toy_b);
    CHECK_OK(aq_toy_merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST,
                          AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_d);
}

static void other_features_of_the_same_make_are_refused(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 2);
    aq_toy_sql(aq_toy_a, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s),
                     AQ_ERR_MISMATCH);
    aq_toy_says(aq_toy_a);
    aq_toy_says(aq_toy_b);
    aq_toy_says("vggish");
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST,
                          AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_a);
    CHECK_OK(aq_toy_merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST,
                          AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_d, aq_toy_a);
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_b, aq_toy_a, 0, AQ_MERGE_ONE_MAKE, &s));
    aq_toy_same_features(aq_toy_c, aq_toy_b);
    assert_int_equal(s.n_changed, 1);
    aq_toy_sound(aq_toy_c);
}

static void what_is_equally_new_does_not_depend_on_the_order(void **state)
{
    AqMergeSummary s;
    AqProvenance other = aq_toy_visual;

    (void)state;
    other.weights = "x";
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1); /* other features */
    aq_toy_put(aq_toy_b, "v1", 'a', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 3); /* other contents */
    aq_toy_put(aq_toy_b, "v2", 'c', &aq_toy_audio, 4);
    aq_toy_put(aq_toy_a, "v3", 'd', &aq_toy_visual, 5); /* other makes */
    aq_toy_put(aq_toy_b, "v3", 'd', &other, 6);
    aq_toy_put(aq_toy_b, "v4", 'd', &other, 7);
    for (int k = 0; k < 2; k++)
        aq_toy_sql(k ? aq_toy_a : aq_toy_b, "UPDATE features SET made_s = 5;"
                                            "UPDATE videos SET updated_s = 5");
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST,
                          AQ_MERGE_NEWEST_MAKE, &s));
    CHECK_OK(aq_toy_merge(aq_toy_d, aq_toy_b, aq_toy_a, AQ_MERGE_NEWEST,
                          AQ_MERGE_NEWEST_MAKE, &s));
    assert_int_equal(s.n_features, 4);
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    aq_toy_sound(aq_toy_c);
}

static void makes_are_not_mixed_unasked(void **state)
{
    AqMergeSummary s;
    AqProvenance other = aq_toy_audio;
    const char *const sources[] = {aq_toy_b};
    const char *name = "another way";
    AqMergePlan plan = {.into = aq_toy_d,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .makes = AQ_MERGE_NAMED_MAKES,
                        .names = &name,
                        .n_names = 1};

    (void)state;
    other.sampling = "another way";
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_b, "v1", 'a', &other, 2);
    aq_toy_put(aq_toy_b, "v2", 'b', &other, 3);
    aq_toy_put(aq_toy_b, "v2", 'b', &aq_toy_visual, 4);
    aq_toy_sql(aq_toy_b, "UPDATE features SET made_s = made_s + 5");
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s),
                     AQ_ERR_MISMATCH);
    aq_toy_says("another way");
    aq_toy_says("--provenance");
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_REFUSE,
                          AQ_MERGE_ALL_MAKES, &s));
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT count(*) FROM features f JOIN videos v ON "
                                   "v.id = f.video_id WHERE v.name = 'v1'"),
                     2);
    CHECK_OK(aq_toy_merge_plain(aq_toy_c, aq_toy_b, aq_toy_a,
                                &s)); /* it holds both already */
    assert_int_equal(s.n_features, 0);
    CHECK_OK(aq_toy_merge(aq_toy_d, aq_toy_a, aq_toy_b, AQ_MERGE_REFUSE,
                          AQ_MERGE_NEWEST_MAKE, &s));
    assert_int_equal(s.n_other_makes, 1);
    aq_toy_same_features(aq_toy_d, aq_toy_b);
    /* by name: that one only, and all of a kind of which there is one */
    (void)unlink(aq_toy_d);
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_a, NULL, &s));
    assert_int_equal(aq_toy_merge_plain(aq_toy_d, aq_toy_b, NULL, &s), AQ_ERR_MISMATCH);
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_features, 3);
    aq_toy_same_features(aq_toy_c, aq_toy_d);
    (void)unlink(aq_toy_d);
    CHECK_OK(aq_toy_merge_plain(aq_toy_d, aq_toy_a, NULL, &s));
    name = "one way"; /* in two lines: the visual one, too */
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_USAGE);
    name = "vggish 1, weights w, f32, one way";
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(s.n_other_makes, 2);
    assert_int_equal(s.n_features, 1); /* the picture of v2 */
    assert_int_equal(aq_toy_number(aq_toy_d, "SELECT count(*) FROM videos"), 2);
    aq_toy_sound(aq_toy_d);
}

static int n_asked;

/* Asked for the first time between the two passes over two videos. */
static int add_another_make(void *ctx)
{
    AqProvenance other = aq_toy_audio;

    if (n_asked++ == 0) {
        other.weights = ctx;
        aq_toy_put(aq_toy_c, "v7", 'e', &other, 7);
    }
    return 0;
}

static void makes_that_others_add_are_not_mixed_either(void **state)
{
    AqMergeSummary s;
    char same[] = "w", other[] = "x";
    const char *const sources[] = {aq_toy_a};
    AqMergePlan plan = {.into = aq_toy_c,
                        .sources = sources,
                        .n_sources = 1,
                        .prefer = AQ_MERGE_REFUSE,
                        .stop = add_another_make,
                        .ctx = other};

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
    n_asked = 0;
    assert_int_equal(aq_store_merge(&plan, &s), AQ_ERR_MISMATCH);
    aq_toy_says("another program has added");
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 1);
    plan.makes = AQ_MERGE_ALL_MAKES;
    (void)unlink(aq_toy_c);
    n_asked = 0;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 3);
    plan.makes = AQ_MERGE_ONE_MAKE;
    plan.ctx = same;
    (void)unlink(aq_toy_c);
    n_asked = 0;
    CHECK_OK(aq_store_merge(&plan, &s));
    assert_int_equal(aq_toy_number(aq_toy_c, "SELECT count(*) FROM features"), 3);
    aq_toy_sound(aq_toy_c);
}

static void questions_are_merged_by_list(void **state)
{
    AqMergeSummary s;

    (void)state;
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_put_questions(aq_toy_b, "train", "three");
    assert_int_equal(aq_toy_merge_plain(aq_toy_c, aq_toy_a, aq_toy_b, &s),
                     AQ_ERR_MISMATCH);
    aq_toy_says("train");
    assert_int_equal(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, AQ_MERGE_NEWEST,
                                  AQ_MERGE_ONE_MAKE, &s),
                     AQ_ERR_MISMATCH);
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, 1, AQ_MERGE_ONE_MAKE, &s));
    assert_int_equal(s.n_questions, 1);
    assert_int_equal(
        aq_toy_number(aq_toy_c, "SELECT answer = 'three' FROM annotations"), 1);
    CHECK_OK(aq_toy_merge(aq_toy_c, aq_toy_a, aq_toy_b, 0, AQ_MERGE_ONE_MAKE,
                          &s)); /* put right */
    assert_int_equal(aq_toy_number(aq_toy_c,
                                   "SELECT answer = 'two' AND count(*) = 1 FROM "
                                   "annotations"),
                     1);
    AqAnnotations *list = NULL;
    AqStore *c = aq_toy_open(aq_toy_c, AQ_STORE_READ);
    CHECK_OK(aq_store_get_annotations(c, "band", "train", &list));
    assert_string_equal(list->v[0].video, "v1");
    assert_int_equal(list->v[0].question_id, 7);
    aq_annotations_free(&list);
    aq_store_close(&c);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {
        CASE(other_contents_are_refused),
        CASE(other_features_of_the_same_make_are_refused),
        CASE(what_is_equally_new_does_not_depend_on_the_order),
        CASE(makes_are_not_mixed_unasked),
        CASE(makes_that_others_add_are_not_mixed_either),
        CASE(questions_are_merged_by_list)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
