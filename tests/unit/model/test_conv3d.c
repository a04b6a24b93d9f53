/* SPDX-License-Identifier: MIT */
/*
 * Convolutions of clips in every way that they are computed (as recorded, from packed
 * filters of either back end, by Winograd's tiles, sixteen outputs of grouped filters
 * at a time) and pools against their formulas in double precision.
 */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/nn/nn.h"
#include "model/nn/params.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

typedef struct ConvCase {
    int x[5], w[5];
    AqConv3d how;
    double tol; /* Winograd's sums cancel values up to 36 times as large */
} ConvCase;

#define TOL      3e-5
#define TOL_WINO 4e-4

static const ConvCase cases[] = {
    {{2, 3, 5, 4, 3}, {8, 3, 3, 3, 3}, {{1, 1, 1}, {1, 1, 1}, 1}, TOL},
    {{1, 4, 9, 8, 3}, {16, 7, 7, 7, 3}, {{1, 2, 2}, {3, 3, 3}, 1}, TOL},
    {{2, 2, 7, 6, 16}, {24, 1, 3, 3, 16}, {{1, 1, 1}, {0, 1, 1}, 1}, TOL_WINO},
    {{2, 4, 3, 3, 20}, {12, 3, 1, 1, 20}, {{2, 1, 1}, {1, 0, 0}, 1}, TOL},
    {{3, 2, 3, 5, 7}, {9, 1, 1, 1, 7}, {{1, 1, 1}, {0, 0, 0}, 1}, TOL},
    {{3, 4, 4, 5, 7}, {9, 1, 1, 1, 7}, {{2, 2, 2}, {0, 0, 0}, 1}, TOL},
    /* groups of 4, 8, 16 and 32 outputs, of others, and fewer inputs than outputs */
    {{1, 3, 4, 5, 32}, {32, 3, 3, 3, 4}, {{1, 1, 1}, {1, 1, 1}, 8}, TOL},
    {{2, 3, 4, 5, 32}, {32, 3, 3, 3, 8}, {{2, 2, 2}, {1, 1, 1}, 4}, TOL},
    {{1, 2, 6, 6, 32}, {32, 3, 3, 3, 16}, {{1, 1, 1}, {1, 1, 1}, 2}, TOL},
    {{1, 2, 3, 3, 64}, {64, 3, 3, 3, 32}, {{1, 2, 1}, {1, 1, 1}, 2}, TOL},
    {{1, 3, 4, 4, 9}, {12, 3, 2, 3, 3}, {{1, 1, 1}, {1, 0, 2}, 3}, TOL},
    {{1, 2, 9, 9, 4}, {32, 1, 3, 3, 1}, {{1, 1, 1}, {0, 1, 1}, 4}, TOL}};

/* x at a position, or 0 in the padding. */
static double pixel_of(const AqTensor *x, int n, const int at[3], int c)
{
    size_t k = (size_t)n;

    for (int d = 0; d < 3; d++) {
        if (at[d] < 0 || at[d] >= x->dims[1 + d])
            return 0;
        k = k * (size_t)x->dims[1 + d] + (size_t)at[d];
    }
    return (double)x->data[k * (size_t)x->dims[4] + (size_t)c];
}

/* The position under tap `tap` (t, y and x from `size`) of output position `out`. */
static void tap_at(int at[3], int tap, const int *size, const int out[3],
                   const int *stride, const int *pad)
{
    for (int d = 2; d >= 0; d--) {
        at[d] = out[d] * stride[d] - pad[d] + tap % size[d];
        tap /= size[d];
    }
}

static double conv_formula(const ConvCase *k, const AqTensor *x, const AqTensor *w,
                           int n, const int out[3], int o)
{
    const int taps = k->w[1] * k->w[2] * k->w[3], C = k->w[4],
              first = o / (k->w[0] / k->how.groups) * C;
    double sum = 0;
    int at[3];

    for (int t = 0; t < taps; t++) {
        tap_at(at, t, k->w + 1, out, k->how.stride, k->how.pad);
        for (int c = 0; c < C; c++)
            sum += pixel_of(x, n, at, first + c) *
                   (double)w->data[((size_t)o * (size_t)taps + (size_t)t) * (size_t)C +
                                   (size_t)c];
    }
    return sum;
}

/* Position `p` of y's pixels. */
static int place_of(const AqTensor *y, size_t p, int out[3])
{
    for (int d = 3; d >= 1; d--) {
        out[d - 1] = (int)(p % (size_t)y->dims[d]);
        p /= (size_t)y->dims[d];
    }
    return (int)p;
}

static void check_formula(const ConvCase *k, const AqTensor *x, const AqTensor *w,
                          const AqTensor *b, const AqTensor *y, double tol)
{
    const size_t O = (size_t)k->w[0], all = aq_tensor_count(y);
    const double size = sqrt((double)aq_tensor_inner(w, 1));

    for (int d = 0; d < 3; d++)
        assert_int_equal(
            y->dims[1 + d],
            (k->x[1 + d] + 2 * k->how.pad[d] - k->w[1 + d]) / k->how.stride[d] + 1);
    for (size_t p = 0; p < all; p++) {
        int out[3];
        const int n = place_of(y, p / O, out), o = (int)(p % O);
        const double v = conv_formula(k, x, w, n, out, o) + (double)b->data[o];

        CHECK_NEAR(y->data[p], v > 0 ? v : 0, tol * size, tol);
    }
}

static AqTensor *drawn(AqNn *nn, int n_dims, const int *dims)
{
    AqRng rng = aq_rng(5, 1);
    AqTensor *x = aq_nn_tensor(nn, n_dims, dims);

    assert_non_null(x);
    for (size_t k = 0; k < aq_tensor_count(x); k++)
        x->data[k] = (AqReal)aq_rng_normal(&rng);
    return x;
}

static void run_case(const ConvCase *k, AqParams *ps, AqNnMode mode, double tol)
{
    AqTensor *w = aq_params_find(ps, "w"), *b = aq_params_find(ps, "b");
    AqNn *nn = NULL;

    CHECK_OK(aq_nn_new(&nn, NULL));
    for (int times = 0; times < 2; times++) { /* the second time all is prepared */
        aq_nn_begin(nn, mode);
        AqTensor *x = drawn(nn, 5, k->x);
        const AqTensor *y = aq_conv3d(nn, x, w, b, &k->how, AQ_ACT_RELU);

        CHECK_OK(aq_nn_error(nn));
        check_formula(k, x, w, b, y, tol);
    }
    aq_nn_free(&nn);
}

static AqParams *filters_of(const ConvCase *k)
{
    AqParamSpec w = {.name = "w", .n_dims = 5, .init = AQ_INIT_NORMAL, .scale = 0.5f},
                b = {.name = "b", .n_dims = 1, .init = AQ_INIT_NORMAL, .scale = 0.5f};
    AqParams *ps = NULL;
    AqTensor *t;

    memcpy(w.dims, k->w, sizeof k->w);
    b.dims[0] = k->w[0];
    CHECK_OK(aq_params_new(&ps));
    CHECK_OK(aq_params_add(ps, &w, &t));
    CHECK_OK(aq_params_add(ps, &b, &t));
    CHECK_OK(aq_params_init(ps, 2));
    return ps;
}

static void convolutions_follow_the_formula(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int backend = 0; backend < 2; backend++) {
            AqParams *ps = filters_of(&cases[c]);

            print_message("case %zu, back end %d\n", c, backend);
            if (backend)
                (void)unsetenv("AVQA_BACKEND");
            else
                (void)setenv("AVQA_BACKEND", "openblas", 1);
            run_case(&cases[c], ps, AQ_NN_EVAL, TOL);
            run_case(&cases[c], ps, AQ_NN_INFER, TOL);
            CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_F32));
            run_case(&cases[c], ps, AQ_NN_INFER, cases[c].tol);
            if (backend && aq_precision_check(AQ_PRECISION_BF16) == AQ_OK) {
                CHECK_OK(aq_params_freeze(ps, AQ_PRECISION_BF16));
                run_case(&cases[c], ps, AQ_NN_INFER, 2e-2);
            }
            aq_params_free(&ps);
        }
}

static void pools_follow_the_formula(void **state)
{
    static const int in[] = {2, 5, 4, 7, 18}, size[] = {3, 3, 3}, stride[] = {2, 2, 2},
                     pad[] = {1, 1, 1};
    AqNn *nn = NULL;

    (void)state;
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = drawn(nn, 5, in);
    const AqTensor *y = aq_maxpool3d(nn, x, 3, 2, 1);
    const AqTensor *m = aq_mean(nn, x, 2);
    CHECK_OK(aq_nn_error(nn));
    assert_int_equal(y->dims[1] * 100 + y->dims[2] * 10 + y->dims[3], 324);
    for (size_t k = 0; k < aq_tensor_count(y); k++) {
        int out[3], at[3];
        const int n = place_of(y, k / 18, out), c = (int)(k % 18);
        double top = -1e9;

        for (int t = 0; t < 27; t++) {
            tap_at(at, t, size, out, stride, pad);
            const int inside = at[0] >= 0 && at[1] >= 0 && at[2] >= 0 && at[0] < 5 &&
                               at[1] < 4 && at[2] < 7;
            const double v = pixel_of(x, n, at, c);
            top = inside && v > top ? v : top;
        }
        CHECK_NEAR(y->data[k], top, 0, 0);
    }
    assert_int_equal(m->n_dims, 4);
    for (size_t k = 0; k < aq_tensor_count(m); k++) {
        const size_t inner = (size_t)7 * 18, outer = k / inner;
        double sum = 0;

        for (size_t j = 0; j < 4; j++)
            sum += (double)x->data[(outer * 4 + j) * inner + k % inner];
        CHECK_NEAR(m->data[k], sum / 4, 1e-6, 1e-6);
    }
    aq_nn_free(&nn);
}

/* What does not fit is an error and never a result. */
static void misfits_are_refused(void **state)
{
    static const struct {
        int x[5], w[5];
        AqConv3d how;
    } wrong[] = {{{1, 2, 2, 2, 3}, {4, 1, 1, 1, 4}, {{1, 1, 1}, {0}, 1}},
                 {{1, 2, 2, 2, 4}, {4, 3, 1, 1, 4}, {{1, 1, 1}, {0}, 1}},
                 {{1, 2, 2, 2, 4}, {4, 1, 1, 1, 4}, {{1, 0, 1}, {0}, 1}},
                 {{1, 2, 2, 2, 4}, {4, 1, 1, 1, 2}, {{1, 1, 1}, {0}, 1}},
                 {{1, 2, 2, 2, 4}, {5, 1, 1, 1, 2}, {{1, 1, 1}, {0}, 2}},
                 {{1, 2, 2, 2, 4}, {4, 1, 1, 1, 4}, {{1, 1, 1}, {0}, 0}}};
    AqNn *nn = NULL;

    (void)state;
    CHECK_OK(aq_nn_new(&nn, NULL));
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        aq_nn_begin(nn, AQ_NN_INFER);
        AqTensor *x = drawn(nn, 5, wrong[k].x), *w = drawn(nn, 5, wrong[k].w);
        assert_null(aq_conv3d(nn, x, w, NULL, &wrong[k].how, AQ_ACT_NONE));
        assert_int_equal(aq_nn_error(nn), AQ_ERR_MISMATCH);
    }
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = drawn(nn, 5, (const int[]){1, 9, 9, 9, 1});
    assert_null(aq_maxpool3d(nn, x, 5, 1, 0)); /* 125 pixels */
    assert_int_equal(aq_nn_error(nn), AQ_ERR_MISMATCH);
    aq_nn_free(&nn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_follow_the_formula),
        cmocka_unit_test(pools_follow_the_formula),
        cmocka_unit_test(misfits_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
