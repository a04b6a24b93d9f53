/* SPDX-License-Identifier: MIT */
/*
 * Heads (model/answer/head.h): losses against their formulas written out once more,
 * answers from outputs, and which rows are a question's.
 */
#include "model/answer/head.h"
#include "tests/unit/check.h"

#include <string.h>

enum { B = 2, N = 5, ROWS = B * N };

/* Ask 0 has a question of three choices, and one of two whose right one is unknown; ask
 * 1 one of two. */
static const int lengths[ROWS] = {3, 2, 4, 3, 3, 2, 2, 0, 0, 0},
                 candidate_of[ROWS] = {0, 0, 0, 1, 1, 0, 0, 0, 0, 0},
                 right[ROWS] = {0, 0, 1, 0, 0, 1, 0, -1, -1, -1};
static const float values[ROWS] = {0.25f, 1.5f, 0.75f, 9, -9, 2, 0.5f, 7, 7, 7};

static AqBatch batch_of(const int *answers, int choices)
{
    return (AqBatch){.n_asks = B,
                     .n_slots = N,
                     .lengths = lengths,
                     .answers = answers,
                     .candidate_of = choices ? candidate_of : NULL};
}

/* The loss of `values`, K to a row. */
static double loss_of(const AqAnswerShape *shape, const AqBatch *b, const float *x)
{
    const AqAnswerNet net = {.shape = *shape};
    AqNn *nn;

    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_TRAIN);
    AqTensor *in = aq_nn_input(nn, AQ_DIMS(ROWS, shape->n_answers), x);
    const AqTensor *y = aq_head_loss(nn, &net, b, in);
    CHECK_OK(aq_nn_error(nn));
    const double loss = (double)y->data[0];
    aq_nn_free(&nn);
    return loss;
}

static void a_choice_leads_by_one(void **state)
{
    const AqAnswerShape shape = {.task = AQ_TASK_CHOICE, .n_answers = 1};
    const AqBatch b = batch_of(right, 1);

    (void)state;
    /* 1 + 0.25 - 0.75, 1 + 1.5 - 0.75; 1 + 0.5 - 2 is below 0; two questions */
    CHECK_NEAR(loss_of(&shape, &b, values), (0.5 + 1.75 + 0) / 2, 1e-6, 0);
}

/* The same number in another ask is another question. */
static void asks_are_apart(void **state)
{
    static const int all[4] = {1, 1, 1, 1}, of[4] = {0}, first[4] = {1, 0, 1, 0};
    static const float scores[ROWS] = {0, 0.5f, 4, 0};
    const AqAnswerShape shape = {.task = AQ_TASK_CHOICE, .n_answers = 1};
    const AqAnswerNet net = {.shape = shape};
    const AqBatch b = {.n_asks = 2,
                       .n_slots = 2,
                       .lengths = all,
                       .answers = first,
                       .candidate_of = of};
    AqNn *nn;

    (void)state;
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_TRAIN);
    const AqTensor *y =
        aq_head_loss(nn, &net, &b, aq_nn_input(nn, AQ_DIMS(4, 1), scores));
    CHECK_OK(aq_nn_error(nn));
    CHECK_NEAR(y->data[0], 1.5 / 2, 1e-6, 0);
    aq_nn_free(&nn);
}

static void a_count_is_off_by_a_square(void **state)
{
    static const int numbers[ROWS] = {3, 1, -1, 10, 4, 1, 2, -1, -1, -1};
    const AqAnswerShape shape = {.task = AQ_TASK_COUNT, .n_answers = 1, .centre = 2};
    const AqBatch b = batch_of(numbers, 0);
    double sum = 0;
    int n = 0;

    (void)state;
    for (int k = 0; k < ROWS; k++) {
        const double off = (double)values[k] + 2 - numbers[k];

        if (lengths[k] == 0 || numbers[k] < 0)
            continue;
        sum += off * off;
        n++;
    }
    assert_int_equal(n, 6);
    CHECK_NEAR(loss_of(&shape, &b, values), sum / n, 0, 1e-6);
}

static void an_open_answer_has_its_cross_entropy(void **state)
{
    static const int answers[ROWS] = {1, 0, -1, 1, 0, 0, 1, -1, -1, -1};
    const AqAnswerShape shape = {.task = AQ_TASK_OPEN, .n_answers = 2};
    const AqBatch b = batch_of(answers, 0);
    float x[2 * ROWS];
    double sum = 0;
    int n = 0;

    (void)state;
    for (int k = 0; k < 2 * ROWS; k++)
        x[k] = values[k % ROWS] * (k % 2 ? 1 : -0.5f);
    for (int k = 0; k < ROWS; k++) {
        const double e = exp((double)x[2 * k]) + exp((double)x[2 * k + 1]);

        if (lengths[k] == 0 || answers[k] < 0)
            continue;
        sum += log(e) - (double)x[2 * k + answers[k]];
        n++;
    }
    CHECK_NEAR(loss_of(&shape, &b, x), sum / n, 1e-6, 1e-6);
}

static void rows_are_those_of_a_question(void **state)
{
    static const int first[] = {0, 3, 5}, n[] = {3, 2, 2}, truth[] = {2, -1, 0};
    const AqAnswerShape shape = {.task = AQ_TASK_CHOICE, .n_answers = 1};
    const AqBatch choices = batch_of(right, 1), single = batch_of(right, 0);
    int k = 0;

    (void)state;
    for (int row = 0; row < ROWS; k++) {
        const int rows = aq_head_rows(&choices, row);

        if (rows == 0)
            break;
        assert_int_equal(row, first[k]);
        assert_int_equal(rows, n[k]);
        assert_int_equal(aq_head_truth(&shape, &choices, row), truth[k]);
        row += rows;
    }
    assert_int_equal(k, 3);
    assert_int_equal(aq_head_rows(&single, 0), 1);
    assert_int_equal(aq_head_rows(&single, 7), 0);
}

static void the_nearest_number_is_the_answer(void **state)
{
    static const struct {
        float x;
        int number;
    } cases[] = {{-4, 1},    {0.9f, 1},  {1.49f, 1}, {1.51f, 2},
                 {6.45f, 6}, {6.55f, 7}, {9.6f, 10}, {31, 10}};
    const AqAnswerShape shape = {.task = AQ_TASK_COUNT, .n_answers = 1, .centre = 3};
    float logits[AQ_N_COUNTS];

    (void)state;
    assert_int_equal(aq_head_answers(&shape, 1), AQ_N_COUNTS);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const AqReal x = cases[k].x - 3;

        aq_head_logits(&shape, &x, 1, logits);
        const int given = aq_likeliest(logits, AQ_N_COUNTS);
        char name[8];
        (void)snprintf(name, sizeof name, "%d", cases[k].number);
        assert_string_equal(aq_count_names[given], name);
    }
}

static void counts_are_whole_numbers_within_bounds(void **state)
{
    static const struct {
        const char *text;
        int number;
    } cases[] = {{"1", 1},
                 {"10", 10},
                 {"0", 1},
                 {"-3", 1},
                 {"11", 10},
                 {"", -1},
                 {"3.5", -1},
                 {"two", -1},
                 {"4 ", -1},
                 {"7x", -1},
                 {"99999999999999999999", 10}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_int_equal(aq_count_of(cases[k].text), cases[k].number);
}

static void scores_and_logits_are_taken_as_they_are(void **state)
{
    const AqAnswerShape open = {.task = AQ_TASK_OPEN, .n_answers = 4},
                        choice = {.task = AQ_TASK_CHOICE, .n_answers = 1};
    float logits[4];

    (void)state;
    assert_int_equal(aq_head_answers(&open, 1), 4);
    assert_int_equal(aq_head_answers(&choice, 3), 3);
    aq_head_logits(&open, values, 1, logits);
    assert_memory_equal(logits, values, sizeof logits);
    memset(logits, 0, sizeof logits);
    aq_head_logits(&choice, values + 1, 3, logits);
    assert_memory_equal(logits, values + 1, 3 * sizeof *logits);
    CHECK_NEAR(logits[3], 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_choice_leads_by_one),
        cmocka_unit_test(asks_are_apart),
        cmocka_unit_test(a_count_is_off_by_a_square),
        cmocka_unit_test(an_open_answer_has_its_cross_entropy),
        cmocka_unit_test(rows_are_those_of_a_question),
        cmocka_unit_test(the_nearest_number_is_the_answer),
        cmocka_unit_test(counts_are_whole_numbers_within_bounds),
        cmocka_unit_test(scores_and_logits_are_taken_as_they_are)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
