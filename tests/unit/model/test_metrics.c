/* SPDX-License-Identifier: MIT */
/* Pooled averages and the blind floor, against figures worked out by hand. */
#include "base/alloc.h"
#include "model/data/answer_cut.h"
#include "model/data/answers.h"
#include "model/data/metrics.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static AqMetrics some(void)
{
    AqMetrics m = {0};

    /* Audio Counting 1 of 2, Audio Comparative 3 of 3: the average is 4 of 5 (80 %),
     * not the mean of 50 % and 100 %. */
    aq_metrics_add(&m, "Audio", "Counting", 1, 0);
    aq_metrics_add(&m, "Audio", "Counting", 0, 1);
    for (int k = 0; k < 3; k++)
        aq_metrics_add(&m, "Audio", "Comparative", 1, k == 0);
    aq_metrics_add(&m, "Visual", "Location", 0, 0);
    aq_metrics_add(&m, "Audio-Visual", "Temporal", 1, 1);
    aq_metrics_add(&m, "Audio-Visual", "Smell", 0, 0); /* none of the nine */
    aq_metrics_add(&m, "Touch", "Counting", 0, 0);     /* none of the three */
    return m;
}

static void averages_are_pooled(void **state)
{
    const AqMetrics m = some();

    (void)state;
    assert_int_equal(m.overall.n, 9);
    CHECK_NEAR(aq_count_accuracy(&m.overall), 5.0 / 9, 1e-12, 0);
    CHECK_NEAR(aq_count_floor(&m.overall), 3.0 / 9, 1e-12, 0);
    CHECK_NEAR(aq_count_accuracy(&m.modalities[0]), 0.8, 1e-12, 0);
    CHECK_NEAR(aq_count_accuracy(&m.types[0]), 0.5, 1e-12, 0);
    CHECK_NEAR(aq_count_accuracy(&m.types[1]), 1, 1e-12, 0);
    assert_int_equal(m.modalities[2].n, 2);
    assert_int_equal(m.types[8].n, 1);
    assert_int_equal(m.types[2].n, 0);
}

static void json_names_everything(void **state)
{
    static const char *const names[12] = {"Audio Counting",
                                          "Audio Comparative",
                                          "Visual Counting",
                                          "Visual Location",
                                          "Audio-Visual Existential",
                                          "Audio-Visual Counting",
                                          "Audio-Visual Location",
                                          "Audio-Visual Comparative",
                                          "Audio-Visual Temporal",
                                          "Audio",
                                          "Visual",
                                          "Audio-Visual"};
    const AqMetrics m = some();
    char *text;

    (void)state;
    CHECK_OK(aq_metrics_to_json(&m, &text));
    json_t *all = json_loads(text, 0, NULL), *types = json_object_get(all, "types");
    json_t *overall = json_object_get(all, "overall");
    assert_int_equal(json_object_size(all), 2);
    assert_int_equal(json_object_size(types), 12);
    for (int k = 0; k < 12; k++)
        assert_int_equal(json_object_size(json_object_get(types, names[k])), 3);
    assert_int_equal(json_integer_value(json_object_get(overall, "n")), 9);
    CHECK_NEAR(json_real_value(json_object_get(overall, "accuracy")), 5.0 / 9, 1e-9, 0);
    CHECK_NEAR(json_real_value(json_object_get(overall, "floor")), 3.0 / 9, 1e-9, 0);
    CHECK_NEAR(
        json_real_value(json_object_get(json_object_get(types, "Audio"), "accuracy")),
        0.8, 1e-9, 0);
    assert_true(json_is_null(
        json_object_get(json_object_get(types, "Visual Counting"), "accuracy")));
    json_decref(all);
    aq_free(text);
}

static void table_prints_percentages(void **state)
{
    const AqMetrics m = some();
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);

    (void)state;
    assert_non_null(f);
    aq_metrics_print(&m, f);
    (void)fclose(f);
    assert_non_null(
        strstr(text, "Audio Average                80.00 %   40.00 %       5\n"));
    assert_non_null(
        strstr(text, "Overall                      55.56 %   33.33 %       9\n"));
    assert_non_null(
        strstr(text, "Visual Counting                    -         -       0\n"));
    free(text);
}

static const AqQuestion training[] = {
    {.template_ = "How many <Object>?", .answer = "two"},
    {.template_ = "How many <Object>?", .answer = "one"},
    {.template_ = "How many <Object>?", .answer = "two"},
    {.template_ = "Is <Object> first?", .answer = "yes"},
    {.template_ = "Is <Object> first?", .answer = "no"},
    {.template_ = "Where?", .answer = "yes"},
    {.template_ = "Where?", .answer = "yes"},
};

static void check_floor(const AqFloor *f)
{
    assert_string_equal(aq_floor_answer(f, "How many <Object>?"), "two");
    assert_string_equal(aq_floor_answer(f, "Is <Object> first?"), "no"); /* a tie */
    assert_string_equal(aq_floor_answer(f, "Where?"), "yes");
    assert_string_equal(aq_floor_answer(f, "Who?"), "yes"); /* majority of all */
}

static void floor_is_the_majority_of_each_template(void **state)
{
    AqFloor *f, *again;
    char *json;

    (void)state;
    CHECK_OK(
        aq_floor_fit(&f, training, sizeof training / sizeof *training, AQ_TASK_OPEN));
    check_floor(f);
    CHECK_OK(aq_floor_to_json(f, &json));
    CHECK_OK(aq_floor_from_json(&again, json));
    check_floor(again);
    aq_free(json);
    aq_floor_free(&f);
    aq_floor_free(&again);
}

/* What is guessed of choices that training knows, or does not. */
static void check_chosen(const AqFloor *f)
{
    static const char *const offered[][3] = {
        {"one", "no", "two"}, {"one", "two", "no"}, {"never", "no", "one"}};
    static const char *const unknown[] = {"never", "nor this"};
    static const char *const guesses[] = {"two", "two", "no"}; /* two and one, a tie */
    AqQuestion q = {.n_choices = 3};

    for (size_t k = 0; k < 3; k++) {
        q.choices = offered[k];
        assert_string_equal(aq_floor_guess(f, &q), guesses[k]);
    }
    q = (AqQuestion){.n_choices = 2, .choices = unknown};
    assert_string_equal(aq_floor_guess(f, &q), "never");
    q.n_choices = 0;
    assert_string_equal(aq_floor_guess(f, &q), "");
}

static void floor_of_choices_is_the_most_frequent_one(void **state)
{
    AqFloor *f, *again;
    char *json;

    (void)state;
    CHECK_OK(
        aq_floor_fit(&f, training, sizeof training / sizeof *training, AQ_TASK_CHOICE));
    check_chosen(f);
    CHECK_OK(aq_floor_to_json(f, &json));
    CHECK_OK(aq_floor_from_json(&again, json));
    check_chosen(again);
    aq_free(json);
    aq_floor_free(&f);
    aq_floor_free(&again);
}

static void floor_of_counts_is_the_mean(void **state)
{
    static const AqQuestion counts[] = {
        {.template_ = "How often?", .answer = "2"},
        {.template_ = "How often?", .answer = "3"},
        {.template_ = "How often?", .answer = "3"},
        {.template_ = "How many?", .answer = "10"},
        {.template_ = "How many?", .answer = "a few"},
        {.template_ = "How many?", .answer = "7"},
    };
    const AqQuestion often = {.template_ = "How often?"},
                     many = {.template_ = "How many?"}, new = {.template_ = "What?"};
    AqFloor *f;

    (void)state;
    CHECK_OK(aq_floor_fit(&f, counts, sizeof counts / sizeof *counts, AQ_TASK_COUNT));
    assert_string_equal(aq_floor_guess(f, &often), "3"); /* 2.67 */
    assert_string_equal(aq_floor_guess(f, &many), "9");  /* 8.5, of those that are */
    assert_string_equal(aq_floor_guess(f, &new), "5");   /* of all */
    aq_floor_free(&f);
}

static void bad_floors_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"fallback\": \"a\"}",
        "{\"fallback\": 1, \"templates\": {}}",
        "{\"fallback\": \"a\", \"templates\": {\"x\": 1}}",
        "{\"fallback\": \"a\", \"templates\": {}, \"chosen\": []}",
        "{\"fallback\": \"a\", \"templates\": {}, \"chosen\": {\"x\": \"often\"}}",
        "{\"fallback\": \"a\", \"templates\": {}, \"chosen\": {\"x\": 0}}"};
    AqFloor *f;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(aq_floor_from_json(&f, bad[k]), AQ_ERR_FORMAT);
        assert_null(f);
    }
}

/* Two bins: 0.95 said and three of four right; 0.35 said and none of two. */
static void calibration_is_the_gap_between_sure_and_right(void **state)
{
    const AqAnswer a[] = {{1, 1, 0.95F, 1, 1, 0}, {0, 0, 0.95F, 0, 1, 0},
                          {2, 2, 0.95F, 2, 1, 0}, {2, 1, 0.95F, 1, 1, 0},
                          {0, 1, 0.35F, 0, 1, 0}, {0, -1, 0.35F, 0, 1, 0}};
    const AqCalibration c = aq_calibration(a, 6, 0), none = aq_calibration(a, 0, 0),
                        raw = aq_calibration(a, 6, 1);

    (void)state;
    assert_int_equal(c.n[9], 4);
    assert_int_equal(c.n[3], 2);
    CHECK_NEAR(c.accuracy[9], 0.75, 1e-12, 0);
    CHECK_NEAR(c.confidence[3], 0.35, 1e-6, 0);
    CHECK_NEAR(c.error, (4 * 0.2 + 2 * 0.35) / 6, 1e-6, 0);
    CHECK_NEAR(none.error, 0, 0, 0);
    assert_int_equal(raw.n[9], 6);
    CHECK_NEAR(raw.error, 1 - 4.0 / 6, 1e-6, 0); /* always sure, four of six right */
}

/* Of four questions one got no answer: whether its guess is right does not count. */
static void what_cannot_be_told_is_counted_apart(void **state)
{
    const AqAnswer a[] = {{1, 1, 0.95F, 1, 1, 0},
                          {0, 1, 0.95F, 0, 1, 1},
                          {2, 2, 0.95F, 2, 1, 0},
                          {2, 1, 0.35F, 1, 1, 0}};
    const AqAnswered y = aq_answered(a, 4);
    const AqCalibration c = aq_calibration(a, 4, 0), raw = aq_calibration(a, 4, 1);

    (void)state;
    assert_int_equal(y.of, 4);
    assert_int_equal(y.n, 3);
    assert_int_equal(y.n_right, 2);
    assert_int_equal(c.n[9], 2);
    CHECK_NEAR(c.error, (2 * 0.05 + 0.35) / 3, 1e-6, 0);
    assert_int_equal(raw.n[9], 4);
}

static void confusion_counts_pairs(void **state)
{
    const AqAnswer a[] = {{1, 1, 1, 1, 1, 0},  {1, 1, 1, 1, 1, 0}, {2, 1, 1, 2, 1, 0},
                          {0, -1, 1, 0, 1, 0}, {2, 1, 1, 2, 1, 0}, {1, 1, 1, 1, 1, 0}};
    AqConfusion *pairs;
    size_t n;

    (void)state;
    CHECK_OK(aq_confusion(&pairs, &n, a, 6, 3));
    assert_int_equal(n, 3);
    assert_int_equal(pairs[0].truth, 1);
    assert_int_equal(pairs[0].given, 1);
    assert_int_equal(pairs[0].n, 3);
    assert_int_equal(pairs[1].given, 2);
    assert_int_equal(pairs[1].n, 2);
    assert_int_equal(pairs[2].truth, -1);
    aq_free(pairs);
}

/* "b" and "d" occur twice, and "b" first; "a", "c" and "e" once each. */
static void vocabularies_are_cut_by_count_and_place(void **state)
{
    static const char *const answers[] = {"c", "b", "d", "d", "a", "b", "e"};
    static const struct {
        size_t most, least, n;
        const char *kept[5];
    } all[] = {{0, 1, 5, {"a", "b", "c", "d", "e"}},
               {0, 0, 5, {"a", "b", "c", "d", "e"}},
               {0, 2, 2, {"b", "d"}},
               {1, 1, 1, {"b"}},
               {4, 1, 4, {"a", "b", "c", "d"}},
               {4, 2, 2, {"b", "d"}},
               {9, 3, 0, {NULL}}};

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        AqAnswerCut cut;

        CHECK_OK(aq_answer_cut(&cut, answers, 7, all[k].most, all[k].least));
        assert_int_equal(cut.n, all[k].n);
        assert_int_equal(cut.n_all, 5);
        for (size_t i = 0; i < cut.n; i++)
            assert_string_equal(cut.kept[i], all[k].kept[i]);
        assert_int_equal(aq_answer_cut_has(&cut, "b"), all[k].n > 0);
        assert_false(aq_answer_cut_has(&cut, "x"));
        aq_answer_cut_clear(&cut);
    }
    AqAnswerCut none;
    CHECK_OK(aq_answer_cut(&none, answers, 0, 0, 1));
    assert_int_equal(none.n + none.n_all, 0);
    assert_false(aq_answer_cut_has(&none, "b"));
    aq_answer_cut_clear(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(averages_are_pooled),
        cmocka_unit_test(json_names_everything),
        cmocka_unit_test(table_prints_percentages),
        cmocka_unit_test(floor_is_the_majority_of_each_template),
        cmocka_unit_test(floor_of_choices_is_the_most_frequent_one),
        cmocka_unit_test(floor_of_counts_is_the_mean),
        cmocka_unit_test(bad_floors_are_refused),
        cmocka_unit_test(calibration_is_the_gap_between_sure_and_right),
        cmocka_unit_test(what_cannot_be_told_is_counted_apart),
        cmocka_unit_test(confusion_counts_pairs),
        cmocka_unit_test(vocabularies_are_cut_by_count_and_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
