/* SPDX-License-Identifier: MIT */
/*
 * CLIP's text tower in double precision: its outputs against its formulas written out,
 * its gradients against central differences.
 */
#include "tests/grad/differences.h"
#include "tests/unit/check.h"
#include "tests/unit/small_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    W = AQ_SMALL_TEXT_WIDTH,
    MLP = AQ_SMALL_TEXT_MLP,
    E = AQ_SMALL_TEXT_JOINT,
    HEAD = 64,
    L = 5
};

static const int asked[L] = {524, 513, 7, 512, 525}; /* start, .., end */
static char path[64];

/* ---- the formulas ---- */

/* y (n,M) = x (n,K) w^T + b */
static void multiply_rows(double *y, const double *x, const char *weight,
                          const char *bias, int n, int K, int M)
{
    float *w = aq_small_text_values(weight, (size_t)M * K),
          *b = aq_small_text_values(bias, (size_t)M);

    for (int r = 0; r < n; r++)
        for (int m = 0; m < M; m++) {
            double sum = (double)b[m];

            for (int k = 0; k < K; k++)
                sum += x[r * K + k] * (double)w[m * K + k];
            y[r * M + m] = sum;
        }
    free(w);
    free(b);
}

static void normalise_rows(double *y, const double *x, const char *weight,
                           const char *bias, int n)
{
    float *g = aq_small_text_values(weight, W), *b = aq_small_text_values(bias, W);

    for (int r = 0; r < n; r++) {
        double mean = 0, square = 0;

        for (int k = 0; k < W; k++)
            mean += x[r * W + k] / W;
        for (int k = 0; k < W; k++)
            square += (x[r * W + k] - mean) * (x[r * W + k] - mean) / W;
        for (int k = 0; k < W; k++)
            y[r * W + k] = (x[r * W + k] - mean) / sqrt(square + 1e-5) * (double)g[k] +
                           (double)b[k];
    }
    free(g);
    free(b);
}

/* One head of one row: the rows up to it, weighted. */
static void attend_to_rows(double *y, const double *qkv, int row, int head)
{
    double weight[L], sum = 0;

    for (int t = 0; t <= row; t++) {
        double dot = 0;

        for (int k = head * HEAD; k < (head + 1) * HEAD; k++)
            dot += qkv[row * 3 * W + k] * qkv[t * 3 * W + W + k];
        sum += weight[t] = exp(dot / 8);
    }
    for (int k = head * HEAD; k < (head + 1) * HEAD; k++) {
        y[row * W + k] = 0;
        for (int t = 0; t <= row; t++)
            y[row * W + k] += weight[t] / sum * qkv[t * 3 * W + 2 * W + k];
    }
}

static void name_in_block(char name[2][96], int block, const char *layer,
                          const char *weight, const char *bias)
{
    (void)snprintf(name[0], 96, "transformer.resblocks.%d.%s%s", block, layer, weight);
    (void)snprintf(name[1], 96, "transformer.resblocks.%d.%s%s", block, layer, bias);
}

static void work_out_block(double *x, int block, int quick)
{
    static double y[L * W], qkv[L * 3 * W], z[L * MLP];
    char name[2][96];

    name_in_block(name, block, "ln_1", ".weight", ".bias");
    normalise_rows(y, x, name[0], name[1], L);
    name_in_block(name, block, "attn.in_proj", "_weight", "_bias");
    multiply_rows(qkv, y, name[0], name[1], L, W, 3 * W);
    for (int k = 0; k < L * W / HEAD; k++)
        attend_to_rows(y, qkv, k / (W / HEAD), k % (W / HEAD));
    name_in_block(name, block, "attn.out_proj", ".weight", ".bias");
    multiply_rows(qkv, y, name[0], name[1], L, W, W);
    for (int k = 0; k < L * W; k++)
        x[k] += qkv[k];
    name_in_block(name, block, "ln_2", ".weight", ".bias");
    normalise_rows(y, x, name[0], name[1], L);
    name_in_block(name, block, "mlp.c_fc", ".weight", ".bias");
    multiply_rows(z, y, name[0], name[1], L, W, MLP);
    for (int k = 0; k < L * MLP; k++)
        z[k] *=
            quick ? 1 / (1 + exp(-1.702 * z[k])) : 0.5 * (1 + erf(z[k] / sqrt(2.0)));
    name_in_block(name, block, "mlp.c_proj", ".weight", ".bias");
    multiply_rows(y, z, name[0], name[1], L, MLP, W);
    for (int k = 0; k < L * W; k++)
        x[k] += y[k];
}

/* rows (L,W), pooled (E) */
static void work_out(double *rows, double *pooled, int quick)
{
    float *token = aq_small_text_values("token_embedding.weight",
                                        (size_t)AQ_SMALL_TEXT_TOKENS * W),
          *place = aq_small_text_values("positional_embedding",
                                        (size_t)AQ_SMALL_TEXT_CONTEXT * W),
          *to = aq_small_text_values("text_projection", (size_t)W * E);
    static double x[L * W];

    for (int k = 0; k < L * W; k++)
        x[k] = (double)token[asked[k / W] * W + k % W] + (double)place[k];
    for (int k = 0; k < 2; k++)
        work_out_block(x, k, quick);
    normalise_rows(rows, x, "ln_final.weight", "ln_final.bias", L);
    for (int e = 0; e < E; e++) {
        pooled[e] = 0;
        for (int k = 0; k < W; k++)
            pooled[e] += rows[(L - 1) * W + k] * (double)to[k * E + e];
    }
    free(token);
    free(place);
    free(to);
}

/* ---- tests ---- */

static void check_outputs(AqSmallTextNames names, const char *switches, int quick)
{
    static double rows[L * W], pooled[E];
    AqNn *nn = NULL;

    aq_small_text_write(path, names, AQ_SMALL_TEXT_CONTEXT);
    AqClipText *t = aq_small_text_open(path, switches);
    work_out(rows, pooled, quick);
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(nn, t, asked, L);
    AqTensor *p = aq_clip_text_pool(nn, t, aq_slice(nn, x, 0, L - 1, 1));
    assert_non_null(p);
    for (int k = 0; k < L * W; k++)
        CHECK_NEAR(x->data[k], rows[k], 1e-9, 1e-9);
    for (int k = 0; k < E; k++)
        CHECK_NEAR(p->data[k], pooled[k], 1e-9, 1e-9);
    aq_nn_free(&nn);
    aq_clip_text_free(&t);
}

static void outputs_are_those_of_the_formulas(void **state)
{
    (void)state;
    check_outputs(AQ_SMALL_OPENAI, "act=quick_gelu", 1);
    check_outputs(AQ_SMALL_OPENAI, "act=gelu", 0);
    check_outputs(AQ_SMALL_HUGGING_FACE, "act=quick_gelu", 1);
}

typedef struct Run {
    AqClipText *t;
    AqNn *nn;
} Run;

/* A sum over rows and pooled of different weights. */
static double text_loss(Run *r, AqTensor **loss)
{
    AqTensor *both[2];

    aq_nn_begin(r->nn, AQ_NN_EVAL);
    AqTensor *x = aq_clip_text_rows(r->nn, r->t, asked, L);
    both[0] = aq_reshape(r->nn, x, AQ_DIMS(L * W));
    both[1] = aq_reshape(
        r->nn, aq_clip_text_pool(r->nn, r->t, aq_slice(r->nn, x, 0, L - 1, 1)),
        AQ_DIMS(E));
    AqTensor *all = aq_concat(r->nn, both, 2, 0);
    AqTensor *by = aq_nn_tensor(r->nn, AQ_DIMS(L * W + E));
    assert_non_null(by);
    for (int k = 0; k < L * W + E; k++)
        by->data[k] = AQ_R(sin(3.7 * k + 1));
    *loss = aq_sum(r->nn, aq_mul(r->nn, all, by));
    assert_non_null(*loss);
    return (double)(*loss)->data[0];
}

static double text_loss_alone(void *ctx)
{
    AqTensor *loss;

    return text_loss(ctx, &loss);
}

static void gradients_are_those_of_the_forward(void **state)
{
    AqTensor *loss;
    Run r = {0};

    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, AQ_SMALL_TEXT_CONTEXT);
    r.t = aq_small_text_open(path, "act=quick_gelu");
    AqParams *ps = aq_clip_text_params(r.t);
    CHECK_OK(aq_params_make_trainable(ps));
    CHECK_OK(aq_nn_new(&r.nn, NULL));
    (void)text_loss(&r, &loss);
    assert_int_equal(aq_nn_backward(r.nn, loss), AQ_OK);
    const AqDifferences d = {.params = ps,
                             .loss = text_loss_alone,
                             .ctx = &r,
                             .step = 1e-5,
                             .tolerance = 1e-5,
                             .floor = 1e-3};
    assert_int_equal(aq_differences_check(&d), aq_params_n(ps));
    aq_nn_free(&r.nn);
    aq_clip_text_free(&r.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_those_of_the_formulas),
        cmocka_unit_test(gradients_are_those_of_the_forward),
    };

    (void)snprintf(path, sizeof path, "/tmp/aq_clip_text_%ld.safetensors",
                   (long)getpid());
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
