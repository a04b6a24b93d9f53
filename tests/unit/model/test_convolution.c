/* SPDX-License-Identifier: MIT */
/*
 * Convolutions against their definition, summed place by place in double precision: the
 * padding of TensorFlow (its guide "Neural network", section "Convolution": H' =
 * ceil(H / stride), of the padding max((H' - 1) stride + K - H, 0) half is before,
 * rounded down), and plain padding.
 */
#include "base/rng.h"
#include "model/nn/nn.h"
#include "tests/unit/check.h"

#include <string.h>

enum { N = 2, MOST = 4096 };

typedef struct Case {
    int H, W, C, O, KH, KW, stride, pad; /* O 0: depthwise */
} Case;

static const Case cases[] = {{8, 6, 3, 4, 3, 3, 1, AQ_PAD_SAME},
                             {8, 6, 3, 4, 3, 3, 2, AQ_PAD_SAME},
                             {7, 5, 3, 4, 3, 3, 2, AQ_PAD_SAME},
                             {7, 5, 3, 4, 2, 2, 1, AQ_PAD_SAME},
                             {5, 9, 2, 4, 5, 4, 3, AQ_PAD_SAME},
                             {2, 2, 2, 4, 1, 1, 3, AQ_PAD_SAME},
                             {4, 6, 19, 7, 1, 1, 1, AQ_PAD_SAME},
                             {4, 6, 19, 7, 1, 1, 1, 0},
                             {4, 6, 5, 7, 1, 1, 1, 1},
                             {4, 6, 5, 7, 1, 1, 2, 0},
                             {6, 7, 3, 4, 3, 2, 2, 1},
                             {8, 6, 21, 0, 3, 3, 1, AQ_PAD_SAME},
                             {8, 6, 16, 0, 3, 3, 2, AQ_PAD_SAME},
                             {7, 5, 33, 0, 3, 3, 2, AQ_PAD_SAME},
                             {1, 1, 5, 0, 3, 3, 1, AQ_PAD_SAME},
                             {6, 7, 3, 0, 2, 3, 1, 0},
                             {6, 7, 3, 0, 8, 8, 2, 2}};

static int outputs(int size, int kernel, const Case *c, int *before)
{
    if (c->pad != AQ_PAD_SAME) {
        *before = c->pad;
        return (size + 2 * c->pad - kernel) / c->stride + 1;
    }
    const int out = (int)ceil((double)size / c->stride);
    *before = (int)fmax((out - 1) * c->stride + kernel - size, 0) / 2;
    return out;
}

/* One output value from x, an image, and the filters. */
static double convolve_at(const Case *c, const float *x, const float *w, int y0, int x0,
                          int o)
{
    double sum = 0;

    for (int kh = 0; kh < c->KH; kh++)
        for (int kw = 0; kw < c->KW; kw++)
            for (int ch = 0; ch < c->C; ch++) {
                const int yy = y0 + kh, xx = x0 + kw;

                if (yy < 0 || xx < 0 || yy >= c->H || xx >= c->W || (!c->O && ch != o))
                    continue;
                const int tap = kh * c->KW + kw;
                const int at =
                    c->O ? (o * c->KH * c->KW + tap) * c->C + ch : tap * c->C + ch;
                sum += (double)x[(yy * c->W + xx) * c->C + ch] * (double)w[at];
            }
    return sum;
}

static void check_case(AqNn *nn, const Case *c, AqAct act)
{
    const int O = c->O ? c->O : c->C;
    float x[MOST], w[MOST], b[MOST];
    AqRng rng = aq_rng((uint64_t)(c - cases), 3);
    int top, left;

    for (int k = 0; k < MOST; k++) {
        x[k] = (float)aq_rng_normal(&rng);
        w[k] = (float)aq_rng_normal(&rng);
        b[k] = (float)aq_rng_normal(&rng);
    }
    const int OH = outputs(c->H, c->KH, c, &top), OW = outputs(c->W, c->KW, c, &left);
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *in = aq_nn_input(nn, AQ_DIMS(N, c->H, c->W, c->C), x);
    AqTensor *bias = aq_nn_input(nn, AQ_DIMS(O), b), *y;
    if (c->O)
        y = aq_conv2d(nn, in, aq_nn_input(nn, AQ_DIMS(O, c->KH, c->KW, c->C), w), bias,
                      c->stride, c->pad, act);
    else
        y = aq_depthwise_conv2d(nn, in, aq_nn_input(nn, AQ_DIMS(c->KH, c->KW, c->C), w),
                                bias, c->stride, c->pad, act);
    CHECK_OK(aq_nn_error(nn));
    assert_memory_equal(y->dims, ((int[]){N, OH, OW, O}), 4 * sizeof(int));
    for (int k = 0; k < N * OH * OW * O; k++) {
        const int o = k % O, px = k / O;
        const double sum =
            convolve_at(c, x + (long)(px / OW / OH) * c->H * c->W * c->C, w,
                        px / OW % OH * c->stride - top, px % OW * c->stride - left, o) +
            (double)b[o];

        CHECK_NEAR(y->data[k], act == AQ_ACT_RELU && sum < 0 ? 0 : sum, 1e-5, 1e-5);
    }
}

static void convolutions_are_their_sums(void **state)
{
    AqNn *nn = NULL;

    (void)state;
    CHECK_OK(aq_nn_new(&nn, NULL));
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        check_case(nn, &cases[k], AQ_ACT_NONE);
        check_case(nn, &cases[k], AQ_ACT_RELU);
    }
    aq_nn_free(&nn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(convolutions_are_their_sums)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
