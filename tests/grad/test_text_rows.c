/* SPDX-License-Identifier: MIT */
/*
 * Questions read by rows of a text tower (model/question/clip_rows.c), in double
 * precision: their vectors against the formulas written out, gradients against central
 * differences; padding and the rest of a batch change nothing.
 */
#include "model/question/encoder.h"
#include "tests/grad/differences.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

enum { W = 6, E = 4, D = 5, ROWS = 14, TOKENS = 7, ENDS = 3, N = 4, L = 5, K = 3 };

static float states[ROWS * W], pooled[ENDS * E], of_names[K * W];
static AqReal embedding[TOKENS * W];
static int tokens[ROWS], ends[ROWS];
static const int names[K] = {4, -1, 2};

/* Of four questions one is not there, and one has no word but its end. */
static const int lengths[N] = {5, 3, 0, 1};
static const int ids[N * L] = {2, 3, 4, 5, 6, 7,  8, 9, 0, 0,
                               0, 0, 0, 0, 0, 10, 0, 0, 0, 0};

static AqTextRows make_rows(void)
{
    AqRng rng = aq_rng(3, 0);

    for (int k = 0; k < ROWS * W; k++)
        states[k] = k < AQ_TEXT_FIRST * W ? 0 : (float)aq_rng_normal(&rng);
    for (int k = 0; k < TOKENS * W; k++)
        embedding[k] = (AqReal)(0.02 * aq_rng_normal(&rng));
    for (int k = 0; k < ENDS * E; k++)
        pooled[k] = (float)aq_rng_normal(&rng);
    for (int k = 0; k < K * W; k++)
        of_names[k] = (float)(0.02 * aq_rng_normal(&rng));
    for (int k = 0; k < ROWS; k++) {
        tokens[k] = k < AQ_TEXT_FIRST ? -1 : (k * 5) % TOKENS;
        ends[k] = k == 6 ? 0 : k == 9 ? 1 : k == 10 ? 2 : -1;
    }
    return (AqTextRows){.shape = {W, E},
                        .n = ROWS,
                        .states = states,
                        .tokens = tokens,
                        .ends = ends,
                        .pooled = pooled,
                        .embedding = embedding};
}

typedef struct Reading {
    AqParams *params;
    AqQuestionEncoder p;
    AqTextRows rows;
    AqNn *nn;
} Reading;

static void open_reading(Reading *r, const AqQuestionForm *form)
{
    const AqQuestionSource from = {.by = &aq_question_clip_text, .text = {W, E}};
    AqRng rng = aq_rng(4, 0);

    *r = (Reading){.rows = make_rows()};
    CHECK_OK(aq_params_new(&r->params));
    AqDeclare d = {.ps = r->params};
    r->p = aq_declare_question_encoder(&d, &from, form);
    CHECK_OK(d.err);
    CHECK_OK(aq_params_init(r->params, 3));
    aq_question_encoder_init(&r->p);
    CHECK_OK(aq_params_make_trainable(r->params));
    for (size_t k = 0; k < aq_params_count(r->params); k++)
        aq_params_values(r->params)[k] += (AqReal)(0.2 * aq_rng_normal(&rng));
    CHECK_OK(aq_nn_new(&r->nn, NULL));
}

static void close_reading(Reading *r)
{
    aq_nn_free(&r->nn);
    aq_params_free(&r->params);
}

static const AqQuestionForm whole = {
    .dim = D, .keep_words = 1, .roles = 2, .named = 1, .sought = 1};

/* ---- the formulas ---- */

static const AqReal *value_of(const Reading *r, const char *name)
{
    const AqTensor *t = aq_params_find(r->params, name);

    assert_non_null(t);
    return t->data;
}

static void normalise_text_row(const Reading *r, const char *norm, const double *x,
                               int n, double *y)
{
    char name[64];
    double mean = 0, square = 0;

    for (int k = 0; k < n; k++)
        mean += x[k] / n;
    for (int k = 0; k < n; k++)
        square += (x[k] - mean) * (x[k] - mean) / n;
    (void)snprintf(name, sizeof name, "question.%s.weight", norm);
    const AqReal *gamma = value_of(r, name);
    (void)snprintf(name, sizeof name, "question.%s.bias", norm);
    const AqReal *beta = value_of(r, name);
    for (int k = 0; k < n; k++)
        y[k] = (x[k] - mean) / sqrt(square + 1e-5) * (double)gamma[k] + (double)beta[k];
}

/* tanh(M LN(x) + b) */
static void work_out_map(const Reading *r, const char *norm, const char *map,
                         const double *x, int n, double *y)
{
    char name[64];
    double normed[W];

    assert_true(n <= W);
    normalise_text_row(r, norm, x, n, normed);
    (void)snprintf(name, sizeof name, "question.%s.weight", map);
    const AqReal *w = value_of(r, name);
    (void)snprintf(name, sizeof name, "question.%s.bias", map);
    const AqTensor *b = aq_params_find(r->params, name);
    for (int d = 0; d < D; d++) {
        y[d] = b ? (double)b->data[d] : 0;
        for (int k = 0; k < n; k++)
            y[d] += (double)w[d * n + k] * normed[k];
        y[d] = tanh(y[d]);
    }
}

static void copy_floats(double *to, const float *from, int n)
{
    for (int k = 0; k < n; k++)
        to[k] = (double)from[k];
}

/* q of question k: W l + b + W' (sum_t h_t) / sqrt(L), of its words without the end. */
static void work_out_question(const Reading *r, int k, double *q)
{
    double x[W], all[D], sum[D] = {0}, h[D];
    const int n = lengths[k] - 1;
    const AqReal *w = value_of(r, "question.out.weight"),
                 *b = value_of(r, "question.out.bias"),
                 *keep = value_of(r, "question.sum.weight");

    copy_floats(x, pooled + ends[ids[k * L + n]] * E, E);
    work_out_map(r, "norm_pooled", "pooled", x, E, all);
    for (int t = 0; t < n; t++) {
        copy_floats(x, states + ids[k * L + t] * W, W);
        work_out_map(r, "norm_states", "states", x, W, h);
        for (int d = 0; d < D; d++)
            sum[d] += h[d] / sqrt(n);
    }
    for (int d = 0; d < D; d++) {
        q[d] = (double)b[d];
        for (int e = 0; e < D; e++)
            q[d] += (double)w[d * D + e] * all[e] + (double)keep[d * D + e] * sum[e];
    }
}

static AqTensor *read_all(Reading *r, AqNnMode mode)
{
    const AqQuestionInput in = {
        .ids = ids, .lengths = lengths, .n = N, .most = L, .rows = &r->rows};

    aq_nn_begin(r->nn, mode);
    AqTensor *y = aq_question_encoder(r->nn, &r->p, &in, 0);
    if (!y)
        fail_msg("%s", aq_err_text());
    assert_int_equal(y->dims[1], aq_question_width(&r->p.form));
    return y;
}

static void vectors_are_those_of_the_formulas(void **state)
{
    Reading r;
    double q[D];

    (void)state;
    open_reading(&r, &whole);
    const AqTensor *y = read_all(&r, AQ_NN_INFER);
    for (int k = 0; k < N; k++) {
        if (lengths[k] == 0)
            continue;
        work_out_question(&r, k, q);
        for (int d = 0; d < D; d++)
            CHECK_NEAR(y->data[k * aq_question_width(&whole) + d], q[d], 1e-10, 1e-10);
    }
    close_reading(&r);
}

/* Q LN(pooled) / sqrt(E) + b */
static void the_linear_map_is_of_what_is_pooled(void **state)
{
    const AqQuestionSource from = {.by = &aq_question_clip_text, .text = {W, E}};
    const AqQuestionInput in = {
        .ids = ids, .lengths = lengths, .n = N, .most = L, .rows = NULL};
    AqQuestionInput with_rows = in;
    const AqTextRows rows = make_rows();
    AqRng rng = aq_rng(5, 0);
    Reading r = {0};

    (void)state;
    CHECK_OK(aq_params_new(&r.params));
    AqDeclare d = {.ps = r.params};
    const AqQuestionMap map = aq_declare_question_map(&d, &from, K);
    CHECK_OK(d.err);
    CHECK_OK(aq_params_init(r.params, 3));
    CHECK_OK(aq_params_make_trainable(r.params));
    for (size_t k = 0; k < aq_params_count(r.params); k++)
        aq_params_values(r.params)[k] += (AqReal)aq_rng_normal(&rng);
    CHECK_OK(aq_nn_new(&r.nn, NULL));
    aq_nn_begin(r.nn, AQ_NN_INFER);
    assert_null(aq_question_map(r.nn, &map, &in));
    with_rows.rows = &rows;
    const AqTensor *y = aq_question_map(r.nn, &map, &with_rows);
    assert_non_null(y);
    for (int k = 0; k < N; k++) {
        double x[E], normed[E];

        if (lengths[k] == 0)
            continue;
        copy_floats(x, pooled + ends[ids[k * L + lengths[k] - 1]] * E, E);
        normalise_text_row(&r, "norm_pooled", x, E, normed);
        for (int j = 0; j < K; j++) {
            double want = (double)value_of(&r, "question.map.bias")[j];

            for (int e = 0; e < E; e++)
                want += (double)value_of(&r, "question.map.weight")[j * E + e] *
                        normed[e] / sqrt(E);
            CHECK_NEAR(y->data[k * K + j], want, 1e-10, 1e-10);
        }
    }
    close_reading(&r);
}

static void names_are_words_by_themselves(void **state)
{
    Reading r;
    double x[W], want[D];

    (void)state;
    open_reading(&r, &whole);
    aq_nn_begin(r.nn, AQ_NN_INFER);
    const AqTensor *y = r.p.by->names(r.nn, &r.p, names, of_names, K);
    assert_non_null(y);
    for (int k = 0; k < K; k++) {
        copy_floats(x, of_names + k * W, W);
        work_out_map(&r, "norm_words", "words", x, W, want);
        for (int d = 0; d < D; d++)
            CHECK_NEAR(y->data[k * D + d], names[k] < 0 ? 0 : want[d], 1e-10, 1e-10);
    }
    close_reading(&r);
}

/* ---- gradients ---- */

static double rows_loss(Reading *r, AqTensor **loss)
{
    AqTensor *y = read_all(r, AQ_NN_EVAL), *both[2];
    AqTensor *e = r->p.by->names(r->nn, &r->p, names, of_names, K);

    both[0] = aq_reshape(r->nn, y, AQ_DIMS(-1));
    both[1] = aq_reshape(r->nn, e, AQ_DIMS(-1));
    AqTensor *all = aq_concat(r->nn, both, 2, 0);
    assert_non_null(all);
    AqTensor *by = aq_nn_tensor(r->nn, AQ_DIMS(all->dims[0]));
    for (int k = 0; k < all->dims[0]; k++)
        by->data[k] = AQ_R(cos(2.3 * k + 1));
    *loss = aq_sum(r->nn, aq_mul(r->nn, all, by));
    assert_non_null(*loss);
    return (double)(*loss)->data[0];
}

static double rows_loss_alone(void *ctx)
{
    AqTensor *loss;

    return rows_loss(ctx, &loss);
}

static void check_form(const AqQuestionForm *form)
{
    Reading r;
    AqTensor *loss;

    open_reading(&r, form);
    (void)rows_loss(&r, &loss);
    assert_int_equal(aq_nn_backward(r.nn, loss), AQ_OK);
    const AqDifferences d = {.params = r.params,
                             .loss = rows_loss_alone,
                             .ctx = &r,
                             .step = 1e-5,
                             .tolerance = 1e-5,
                             .floor = 1e-4};
    const size_t moved = aq_differences_check(&d);
    if (form->keep_words)
        assert_int_equal(moved, aq_params_n(r.params));
    close_reading(&r);
}

static void gradients_are_those_of_the_forward(void **state)
{
    const AqQuestionForm plain = {.dim = D}, sums = {.dim = D, .keep_words = 1};

    (void)state;
    check_form(&whole);
    check_form(&sums);
    check_form(&plain);
}

/* ---- batches ---- */

/* A question's row among others and more room is its row alone. */
static void the_rest_of_a_batch_changes_nothing(void **state)
{
    const int wide = aq_question_width(&whole);
    static double alone[64];
    Reading r;

    (void)state;
    open_reading(&r, &whole);
    aq_nn_begin(r.nn, AQ_NN_INFER);
    const AqQuestionInput one = {
        .ids = ids + L, .lengths = lengths + 1, .n = 1, .most = 3, .rows = &r.rows};
    const AqTensor *y = aq_question_encoder(r.nn, &r.p, &one, 0);
    assert_non_null(y);
    for (int k = 0; k < wide; k++)
        alone[k] = (double)y->data[k];
    y = read_all(&r, AQ_NN_INFER);
    for (int k = 0; k < wide; k++)
        CHECK_NEAR(y->data[wide + k], alone[k], 1e-12, 1e-12);
    close_reading(&r);
}

static void the_table_has_both(void **state)
{
    const AqQuestionReading *r;

    (void)state;
    assert_ptr_equal(aq_question_reading(0), &aq_question_lstm);
    CHECK_OK(aq_question_reading_find(&r, "clip_text"));
    assert_true(r->reads_rows);
    assert_int_equal(aq_question_reading_find(&r, "clip"), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "lstm, clip_text"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_those_of_the_formulas),
        cmocka_unit_test(the_linear_map_is_of_what_is_pooled),
        cmocka_unit_test(names_are_words_by_themselves),
        cmocka_unit_test(gradients_are_those_of_the_forward),
        cmocka_unit_test(the_rest_of_a_batch_changes_nothing),
        cmocka_unit_test(the_table_has_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
