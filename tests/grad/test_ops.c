/* SPDX-License-Identifier: MIT */
/*
 * Every operation's backward against central differences in double precision, over
 * every value of every input. The loss is a fixed random projection of the result, so
 * that no part of it goes unseen.
 */
#include "base/alloc.h"
#include "model/nn/maxima.h"
#include "model/nn/nn.h"
#include "model/nn/rowwise.h"
#include "tests/unit/check.h"

#include <string.h>

#define STEP       1e-5
#define TOL        1e-5 /* relative, and absolute near zero */
#define MAX_INPUTS 4

typedef AqTensor *(*Build)(AqNn *nn, AqTensor **in);

static AqTensor *leaf(int n_dims, const int *dims, uint64_t seed)
{
    AqRng rng = aq_rng(seed, 7);
    AqTensor *t = aq_alloc(1, sizeof *t);

    assert_non_null(t);
    *t = (AqTensor){.n_dims = n_dims, .wants_grad = 1};
    memcpy(t->dims, dims, (size_t)n_dims * sizeof *dims);
    t->data = aq_alloc(aq_tensor_count(t), sizeof *t->data);
    t->grad = aq_alloc(aq_tensor_count(t), sizeof *t->grad);
    for (size_t k = 0; k < aq_tensor_count(t); k++)
        t->data[k] = aq_rng_range(&rng, -1, 1);
    return t;
}

static void leaf_free(AqTensor *t)
{
    aq_free(t->data);
    aq_free(t->grad);
    aq_free(t);
}

static AqTensor *project(AqNn *nn, AqTensor *y)
{
    AqRng rng = aq_rng(99, 1);

    if (!y || aq_tensor_count(y) == 1)
        return y;
    AqTensor *w = aq_nn_tensor(nn, y->n_dims, y->dims);
    for (size_t k = 0; w && k < aq_tensor_count(w); k++)
        w->data[k] = aq_rng_range(&rng, -1, 1);
    return aq_sum(nn, aq_mul(nn, y, w));
}

static double loss_of(AqNn *nn, AqNnMode mode, Build build, AqTensor **in)
{
    aq_nn_begin(nn, mode);
    AqTensor *l = project(nn, build(nn, in));
    CHECK_OK(aq_nn_error(nn));
    return l->data[0];
}

/* training: of what is otherwise while training. */
static void check(Build build, AqTensor **in, int n_in, int training)
{
    const AqNnMode alone = training ? AQ_NN_TRAIN : AQ_NN_INFER;
    AqNn *nn = NULL;

    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, training ? AQ_NN_TRAIN : AQ_NN_EVAL);
    AqTensor *loss = project(nn, build(nn, in));
    CHECK_OK(aq_nn_error(nn));
    CHECK_OK(aq_nn_backward(nn, loss));
    const double recorded = loss->data[0];
    CHECK_NEAR(loss_of(nn, alone, build, in), recorded, 1e-12,
               1e-12); /* written once */
    int moved = 0;
    for (int i = 0; i < n_in; i++)
        for (size_t k = 0; k < aq_tensor_count(in[i]); k++) {
            const double v = in[i]->data[k];

            in[i]->data[k] = v + STEP;
            const double up = loss_of(nn, alone, build, in);
            in[i]->data[k] = v - STEP;
            const double down = loss_of(nn, alone, build, in);
            in[i]->data[k] = v;
            const double d = (up - down) / (2 * STEP);
            moved |= fabs(d) > 1e-6;
            if (!(fabs(d - in[i]->grad[k]) <= TOL * fmax(fabs(d), 1e-1)))
                fail_msg("input %d value %zu: backward %.10g, differences %.10g", i, k,
                         in[i]->grad[k], d);
        }
    assert_true(moved); /* a gradient of zeros everywhere proves nothing */
    for (int i = 0; i < n_in; i++)
        leaf_free(in[i]);
    aq_nn_free(&nn);
}

#define LEAF(seed, ...) leaf(AQ_DIMS(__VA_ARGS__), seed)
#define CHECK_AS(training, build, ...)                                                 \
    check(build, (AqTensor *[]){__VA_ARGS__},                                          \
          (int)(sizeof((AqTensor *[]){__VA_ARGS__}) / sizeof(AqTensor *)), training)
#define CHECK_OP(build, ...)       CHECK_AS(0, build, __VA_ARGS__)
#define CHECK_TRAINING(build, ...) CHECK_AS(1, build, __VA_ARGS__)

/* ---- one builder an operation and way of using it ---- */

#define OP(name, expr)                                                                 \
    static AqTensor *name(AqNn *nn, AqTensor **in)                                     \
    {                                                                                  \
        return expr;                                                                   \
    }

OP(linear_plain, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_NONE))
OP(linear_bare, aq_linear(nn, in[0], in[1], NULL, AQ_ACT_NONE))
OP(linear_relu, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_RELU))
OP(linear_gelu, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_GELU))
OP(linear_quick_gelu, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_QUICK_GELU))
OP(linear_gelu_tanh, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_GELU_TANH))
OP(linear_tanh, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_TANH))
OP(linear_sigmoid, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_SIGMOID))
OP(linear_elu, aq_linear(nn, in[0], in[1], in[2], AQ_ACT_ELU))
OP(matmul_plain, aq_matmul(nn, in[0], in[1], 0))
OP(matmul_turned, aq_matmul(nn, in[0], in[1], 1))
static const AqConv3d plain3d = {.stride = {1, 1, 1}, .pad = {1, 1, 1}, .groups = 1},
                      strided3d = {.stride = {1, 2, 3}, .pad = {3, 1, 0}, .groups = 1},
                      grouped3d = {.stride = {2, 1, 1}, .pad = {1, 0, 1}, .groups = 2},
                      unpadded3d = {.stride = {1, 1, 1}, .groups = 1};
OP(conv_pad, aq_conv2d(nn, in[0], in[1], in[2], 1, 1, AQ_ACT_NONE))
OP(conv_relu, aq_conv2d(nn, in[0], in[1], in[2], 1, 1, AQ_ACT_RELU))
OP(conv_stride, aq_conv2d(nn, in[0], in[1], in[2], 2, 0, AQ_ACT_NONE))
OP(conv_same, aq_conv2d(nn, in[0], in[1], in[2], 1, AQ_PAD_SAME, AQ_ACT_NONE))
OP(conv_same_half, aq_conv2d(nn, in[0], in[1], in[2], 2, AQ_PAD_SAME, AQ_ACT_NONE))
OP(depthwise, aq_depthwise_conv2d(nn, in[0], in[1], in[2], 1, AQ_PAD_SAME, AQ_ACT_NONE))
OP(depthwise_half,
   aq_depthwise_conv2d(nn, in[0], in[1], in[2], 2, AQ_PAD_SAME, AQ_ACT_RELU))
OP(depthwise_bare, aq_depthwise_conv2d(nn, in[0], in[1], NULL, 1, 0, AQ_ACT_NONE))
OP(conv_clip, aq_conv3d(nn, in[0], in[1], in[2], &plain3d, AQ_ACT_NONE))
OP(conv_clip_stride, aq_conv3d(nn, in[0], in[1], in[2], &strided3d, AQ_ACT_RELU))
OP(conv_clip_groups, aq_conv3d(nn, in[0], in[1], in[2], &grouped3d, AQ_ACT_NONE))
OP(conv_clip_bare, aq_conv3d(nn, in[0], in[1], NULL, &unpadded3d, AQ_ACT_NONE))
OP(pool, aq_maxpool(nn, in[0], 2, 2, 0))
OP(pool_padded, aq_maxpool(nn, in[0], 3, 2, 1))
OP(pool_clip, aq_maxpool3d(nn, in[0], 3, 2, 1))
OP(mean_first, aq_mean(nn, in[0], 0))
OP(mean_inside, aq_mean(nn, in[0], 1))
OP(mean_last, aq_mean(nn, in[0], 2))
OP(max_first, aq_max(nn, in[0], 0))
OP(max_inside, aq_max(nn, in[0], 1))
OP(max_of_sums, aq_max(nn, aq_act(nn, aq_add(nn, in[0], in[1]), AQ_ACT_TANH), 0))
OP(max_last, aq_max(nn, in[0], 2))
OP(pool_close, aq_maxpool(nn, in[0], 3, 1, 0))
OP(act_relu, aq_act(nn, in[0], AQ_ACT_RELU))
OP(act_gelu, aq_act(nn, in[0], AQ_ACT_GELU))
OP(act_quick_gelu, aq_act(nn, in[0], AQ_ACT_QUICK_GELU))
OP(quick_gelu_of_product, aq_act(nn, aq_mul(nn, in[0], in[1]), AQ_ACT_QUICK_GELU))
OP(act_gelu_tanh, aq_act(nn, in[0], AQ_ACT_GELU_TANH))
OP(gelu_tanh_of_product, aq_act(nn, aq_mul(nn, in[0], in[1]), AQ_ACT_GELU_TANH))
OP(act_tanh, aq_act(nn, in[0], AQ_ACT_TANH))
OP(act_sigmoid, aq_act(nn, in[0], AQ_ACT_SIGMOID))
OP(act_elu, aq_act(nn, in[0], AQ_ACT_ELU))
OP(elu_of_product, aq_act(nn, aq_mul(nn, in[0], in[1]), AQ_ACT_ELU))
OP(exp_of, aq_exp_op(nn, in[0]))

/* Results of other operations have no gradient yet: it is taken over, written instead
 * of added to, or shared with a view. */
OP(in_a_row,
   aq_act(nn, aq_scale_by(nn, aq_scale(nn, aq_add(nn, in[0], in[1]), 1.5), in[2]),
          AQ_ACT_GELU))
OP(tanh_of_product, aq_act(nn, aq_mul(nn, in[0], in[1]), AQ_ACT_TANH))

static AqTensor *residual(AqNn *nn, AqTensor **in)
{
    AqTensor *x = aq_act(nn, in[0], AQ_ACT_TANH);
    AqTensor *y = aq_add(nn, aq_layernorm(nn, x, in[1], in[2], 1e-5), x);

    y = aq_act(nn, y, AQ_ACT_GELU);
    return aq_add(nn, aq_scale(nn, y, 2), aq_act(nn, x, AQ_ACT_GELU));
}

static AqTensor *with_itself(AqNn *nn, AqTensor **in)
{
    AqTensor *x = aq_scale(nn, in[0], 0.7);
    AqTensor *turned = aq_reshape(nn, x, AQ_DIMS(3, 4));

    x = aq_add(nn, x, aq_reshape(nn, turned, AQ_DIMS(4, 3)));
    x = aq_add(nn, x, x);
    return aq_mul(nn, aq_act(nn, x, AQ_ACT_SIGMOID), in[0]);
}

static AqTensor *views(AqNn *nn, AqTensor **in)
{
    AqTensor *x = aq_act(nn, in[0], AQ_ACT_TANH),
             *flat = aq_reshape(nn, x, AQ_DIMS(12));
    AqTensor *tall = aq_reshape(nn, flat, AQ_DIMS(6, 2));
    AqTensor *parts[3] = {aq_act(nn, flat, AQ_ACT_GELU),
                          aq_reshape(nn, aq_scale(nn, tall, 3), AQ_DIMS(12)),
                          aq_reshape(nn, x, AQ_DIMS(12))};

    return aq_concat(nn, parts, 3, 0);
}

static AqTensor *attention_inside(AqNn *nn, AqTensor **in)
{
    const AqAttention how = {.heads = 2, .scale = 0.6};
    AqTensor *q = aq_act(nn, in[0], AQ_ACT_TANH), *k = aq_scale(nn, in[1], 1.2),
             *v = aq_scale(nn, in[1], -0.8);
    AqTensor *all[3] = {q, q, q};
    AqTensor *y = aq_attention(nn, q, k, v, &how);

    y = aq_add(nn, y, aq_attention(nn, y, k, k, &how));
    return aq_add(nn, y, aq_attention_qkv(nn, aq_concat(nn, all, 3, 2), &how));
}
OP(add, aq_add(nn, in[0], in[1]))
OP(mul, aq_mul(nn, in[0], in[1]))
OP(scale_rows, aq_scale_rows(nn, in[0], in[1]))
OP(scale, aq_scale(nn, in[0], -2.5))
OP(scale_by, aq_scale_by(nn, in[0], in[1]))
OP(layernorm, aq_layernorm(nn, in[0], in[1], in[2], 1e-5))
OP(rmsnorm, aq_rmsnorm(nn, in[0], in[1], 1e-6))
OP(rmsnorm_of_product, aq_rmsnorm(nn, aq_mul(nn, in[0], in[2]), in[1], 1e-6))

/* The running statistics: results do not depend on them while training. */
static double running[2][5] = {{0.3, -0.2, 0.5, 0, 1}, {0.5, 2, 1, 0.1, 3}};

static AqTensor *normed_batch(AqNn *nn, AqTensor **in, const double *keep)
{
    AqTensor mean = {.n_dims = 1, .dims = {5}, .data = running[0]},
             variance = {.n_dims = 1, .dims = {5}, .data = running[1]};
    const AqBatchNorm p = {in[1], in[2], &mean, &variance};

    return aq_batchnorm(nn, in[0], &p, keep, 0.1, 1e-5);
}
OP(batchnorm, normed_batch(nn, in, NULL))

static AqTensor *batchnorm_kept(AqNn *nn, AqTensor **in)
{
    static const double keep[] = {1, 0, 1, 1};

    return normed_batch(nn, in, keep);
}

static AqTensor *batchnorm_alone(AqNn *nn, AqTensor **in)
{
    static const double keep[] = {0, 0, 1, 0};

    return normed_batch(nn, in, keep);
}

/* Columns 2 to 4 of a linear layer's 7 normed, then a factor a channel. */
static AqTensor *some_columns(AqNn *nn, AqTensor **in)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_LINEAR, .w = in[1], .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_RMS, .w = in[2], .eps = 1e-6, .first = 2},
        {.kind = AQ_ROW_MUL, .w = in[3]}};

    return aq_rowwise(nn, in[0], steps, 3);
}

OP(l2, aq_l2_normalise(nn, in[0], 1e-12))
OP(softmax, aq_softmax(nn, in[0], NULL, 0))
OP(reshape, aq_reshape(nn, in[0], AQ_DIMS(4, -1)))
OP(permute, aq_permute(nn, in[0], (const int[]){2, 0, 3, 1}))
OP(concat_mid, aq_concat(nn, in, 3, 1))
OP(concat_last, aq_concat(nn, in, 2, -1))
OP(slice_mid, aq_slice(nn, in[0], 1, 1, 2))
OP(slice_last, aq_slice(nn, in[0], -1, 2, 1))
OP(sum, aq_sum(nn, in[0]))
OP(fan_out, aq_add(nn, aq_mul(nn, in[0], in[0]), aq_act(nn, in[0], AQ_ACT_TANH)))

static AqTensor *softmax_kept(AqNn *nn, AqTensor **in)
{
    static const double keep[] = {1, 0, 1, 1, 0, 1, 0, 0, 0, 0}; /* last row: none */

    return aq_softmax(nn, in[0], keep, 10);
}

static AqTensor *gather(AqNn *nn, AqTensor **in)
{
    static const int index[] = {3, -1, 0, 3, 2};

    return aq_gather_rows(nn, in[0], index, 5);
}

static AqTensor *lstm(AqNn *nn, AqTensor **in)
{
    static const double keep[] = {1, 0, 1};

    return aq_lstm_cell(nn, in[0], in[1], in[2], keep);
}

static AqTensor *ce(AqNn *nn, AqTensor **in)
{
    static const int target[] = {2, -1, 0, 4};

    return aq_cross_entropy(nn, in[0], target);
}

static AqTensor *bce(AqNn *nn, AqTensor **in)
{
    static const double target[] = {1, 0, 0.3, 1}, weight[] = {1, 2, 0, 1};

    return aq_bce(nn, in[0], target, weight);
}

/* Groups: two of candidates, one without a right one, a row that is left out; none of
 * the differences is near the hinge's corner. */
static AqTensor *hinge(AqNn *nn, AqTensor **in)
{
    static const int group[] = {0, 0, 0, 7, 7, 2, 2, -1},
                     right[] = {0, 1, 0, 1, 0, 0, 0, 1};

    return aq_hinge(nn, in[0], group, right);
}

static AqTensor *squared_error(AqNn *nn, AqTensor **in)
{
    static const double target[] = {3, 0.5, -2, 9}, keep[] = {1, 1, 0, 1};

    return aq_squared_error(nn, in[0], target, keep);
}

static const AqAttention two_heads = {.heads = 2, .scale = 0.7};

static AqTensor *attention(AqNn *nn, AqTensor **in)
{
    return aq_attention(nn, in[0], in[1], in[2], &two_heads);
}

static AqTensor *attention_all(AqNn *nn, AqTensor **in)
{
    /* group 0 sees keys 0 and 2, group 1 none at all */
    static const double keys[] = {1, 0, 1, 0, 0, 0};
    static const double mask[] = {0, -1, 0, -100, 0, 0};
    AqTensor *w = NULL;
    AqAttention how = two_heads;

    how.bias = in[3];
    how.mask = mask;
    how.n_masks = 1;
    how.key_mask = keys;
    how.weights_out = &w;
    return aq_attention(nn, in[0], in[1], in[2], &how);
}

static AqTensor *attention_joint(AqNn *nn, AqTensor **in)
{
    static double mask[2 * 9];
    AqAttention how = two_heads;

    mask[3] = -100;
    mask[9 + 5] = -0.5;
    how.bias = in[1];
    how.mask = mask;
    how.n_masks = 2;
    return aq_attention_qkv(nn, in[0], &how);
}

static void products(void **state)
{
    (void)state;
    CHECK_OP(linear_plain, LEAF(1, 2, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_bare, LEAF(1, 3, 4), LEAF(2, 5, 4));
    CHECK_OP(linear_relu, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_gelu, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_quick_gelu, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_gelu_tanh, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_elu, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_tanh, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(linear_sigmoid, LEAF(1, 3, 4), LEAF(2, 5, 4), LEAF(3, 5));
    CHECK_OP(matmul_plain, LEAF(1, 2, 3, 4), LEAF(2, 2, 4, 5));
    CHECK_OP(matmul_turned, LEAF(1, 2, 3, 4), LEAF(2, 2, 5, 4));
}

static void convolutions(void **state)
{
    (void)state;
    CHECK_OP(conv_pad, LEAF(1, 2, 4, 3, 2), LEAF(2, 3, 3, 3, 2), LEAF(3, 3));
    CHECK_OP(conv_relu, LEAF(1, 2, 4, 3, 2), LEAF(2, 3, 3, 3, 2), LEAF(3, 3));
    CHECK_OP(conv_stride, LEAF(1, 1, 4, 6, 2), LEAF(2, 3, 2, 2, 2), LEAF(3, 3));
    CHECK_OP(conv_same, LEAF(1, 2, 4, 3, 2), LEAF(2, 3, 1, 1, 2), LEAF(3, 3));
    CHECK_OP(conv_same_half, LEAF(1, 2, 4, 3, 2), LEAF(2, 3, 3, 3, 2), LEAF(3, 3));
    CHECK_OP(depthwise, LEAF(1, 2, 4, 3, 5), LEAF(2, 3, 3, 5), LEAF(3, 5));
    CHECK_OP(depthwise_half, LEAF(1, 2, 4, 3, 5), LEAF(2, 3, 3, 5), LEAF(3, 5));
    CHECK_OP(depthwise_bare, LEAF(1, 2, 4, 5, 3), LEAF(2, 2, 3, 3));
    CHECK_OP(conv_clip, LEAF(1, 1, 3, 2, 3, 2), LEAF(2, 2, 3, 3, 3, 2), LEAF(3, 2));
    CHECK_OP(conv_clip_stride, LEAF(1, 2, 3, 4, 5, 1), LEAF(2, 2, 7, 2, 2, 1),
             LEAF(3, 2));
    CHECK_OP(conv_clip_groups, LEAF(1, 2, 3, 3, 2, 4), LEAF(2, 6, 3, 2, 2, 2),
             LEAF(3, 6));
    CHECK_OP(conv_clip_bare, LEAF(1, 2, 4, 2, 3, 2), LEAF(2, 3, 2, 1, 1, 2));
    CHECK_OP(conv_clip_bare, LEAF(1, 2, 2, 2, 3, 3), LEAF(2, 4, 1, 1, 1, 3));
    CHECK_OP(pool, LEAF(1, 2, 5, 4, 3));
    CHECK_OP(pool_clip, LEAF(1, 2, 4, 3, 5, 2));
    CHECK_OP(pool_padded, LEAF(1, 2, 5, 4, 3));
    CHECK_OP(pool_padded, LEAF(1, 1, 4, 7, 2));
    CHECK_OP(pool_close, LEAF(1, 2, 5, 4, 3));
}

static void value_by_value(void **state)
{
    (void)state;
    CHECK_OP(mean_first, LEAF(1, 3, 4, 2));
    CHECK_OP(mean_inside, LEAF(1, 3, 4, 2));
    CHECK_OP(mean_last, LEAF(1, 3, 4, 2));
    CHECK_OP(max_first, LEAF(1, 3, 4, 2));
    CHECK_OP(max_inside, LEAF(1, 3, 4, 2));
    CHECK_OP(max_last, LEAF(1, 3, 4, 2));
    CHECK_OP(max_of_sums, LEAF(1, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(act_relu, LEAF(1, 3, 4));
    CHECK_OP(act_gelu, LEAF(1, 3, 4));
    CHECK_OP(act_quick_gelu, LEAF(1, 3, 4));
    CHECK_OP(quick_gelu_of_product, LEAF(1, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(act_gelu_tanh, LEAF(1, 3, 4));
    CHECK_OP(gelu_tanh_of_product, LEAF(1, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(act_tanh, LEAF(1, 3, 4));
    CHECK_OP(act_sigmoid, LEAF(1, 3, 4));
    CHECK_OP(act_elu, LEAF(1, 3, 4));
    CHECK_OP(elu_of_product, LEAF(1, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(exp_of, LEAF(1, 3, 4));
    CHECK_OP(add, LEAF(1, 2, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(add, LEAF(1, 3, 4), LEAF(2, 3, 4));
    CHECK_OP(mul, LEAF(1, 2, 3, 4), LEAF(2, 4));
    CHECK_OP(scale_rows, LEAF(1, 2, 3, 4), LEAF(2, 2, 3));
    CHECK_OP(scale, LEAF(1, 3, 4));
    CHECK_OP(scale_by, LEAF(1, 3, 4), LEAF(2, 1));
    CHECK_OP(fan_out, LEAF(1, 3, 4));
}

static void row_by_row(void **state)
{
    (void)state;
    CHECK_OP(layernorm, LEAF(1, 3, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_OP(rmsnorm, LEAF(1, 3, 19), LEAF(2, 19));
    CHECK_OP(rmsnorm_of_product, LEAF(1, 3, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_OP(batchnorm, LEAF(1, 4, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_TRAINING(batchnorm, LEAF(1, 4, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_TRAINING(batchnorm_kept, LEAF(1, 4, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_TRAINING(batchnorm_alone, LEAF(1, 4, 5), LEAF(2, 5), LEAF(3, 5));
    CHECK_OP(some_columns, LEAF(1, 3, 5), LEAF(2, 7, 5), LEAF(3, 3), LEAF(4, 7));
    CHECK_OP(l2, LEAF(1, 3, 5));
    CHECK_OP(softmax, LEAF(1, 3, 5));
    CHECK_OP(softmax_kept, LEAF(1, 2, 5));
    CHECK_OP(gather, LEAF(1, 4, 3));
    CHECK_OP(lstm, LEAF(1, 3, 8), LEAF(2, 3, 2), LEAF(3, 3, 2));
}

static void shapes(void **state)
{
    (void)state;
    CHECK_OP(reshape, LEAF(1, 2, 2, 3));
    CHECK_OP(permute, LEAF(1, 2, 3, 4, 2));
    CHECK_OP(concat_mid, LEAF(1, 2, 1, 3), LEAF(2, 2, 2, 3), LEAF(3, 2, 3, 3));
    CHECK_OP(concat_last, LEAF(1, 2, 3), LEAF(2, 2, 2));
    CHECK_OP(slice_mid, LEAF(1, 2, 4, 3));
    CHECK_OP(slice_last, LEAF(1, 2, 4));
}

static void losses(void **state)
{
    (void)state;
    CHECK_OP(sum, LEAF(1, 3, 4));
    CHECK_OP(ce, LEAF(1, 4, 5));
    CHECK_OP(bce, LEAF(1, 4));
    CHECK_OP(hinge, LEAF(1, 8));
    CHECK_OP(hinge, LEAF(2, 8, 1));
    CHECK_OP(squared_error, LEAF(1, 4));
}

static void attentions(void **state)
{
    (void)state;
    CHECK_OP(attention, LEAF(1, 2, 3, 4), LEAF(2, 2, 5, 4), LEAF(3, 2, 5, 4));
    CHECK_OP(attention_all, LEAF(1, 2, 2, 4), LEAF(2, 2, 3, 4), LEAF(3, 2, 3, 4),
             LEAF(4, 2, 2, 3));
    CHECK_OP(attention_joint, LEAF(1, 4, 3, 12), LEAF(2, 2, 3, 3));
}

static void inside_a_network(void **state)
{
    (void)state;
    CHECK_OP(in_a_row, LEAF(80, 3, 4), LEAF(81, 4), LEAF(82, 1));
    CHECK_OP(in_a_row, LEAF(80, 3, 4), LEAF(81, 3, 4), LEAF(82, 1));
    CHECK_OP(tanh_of_product, LEAF(83, 3, 4), LEAF(84, 4));
    CHECK_OP(residual, LEAF(85, 3, 5), LEAF(86, 5), LEAF(87, 5));
    CHECK_OP(with_itself, LEAF(88, 4, 3));
    CHECK_OP(views, LEAF(89, 4, 3));
    CHECK_OP(attention_inside, LEAF(90, 2, 3, 4), LEAF(91, 2, 3, 4));
    /* so many rows that the weights' gradient is cut */
    CHECK_OP(linear_tanh, LEAF(92, 1700, 2), LEAF(93, 3, 2), LEAF(94, 3));
    CHECK_OP(linear_bare, LEAF(95, 1100, 1), LEAF(96, 2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),       cmocka_unit_test(convolutions),
        cmocka_unit_test(value_by_value), cmocka_unit_test(row_by_row),
        cmocka_unit_test(shapes),         cmocka_unit_test(losses),
        cmocka_unit_test(attentions),     cmocka_unit_test(inside_a_network)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
