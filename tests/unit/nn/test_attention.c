/* SPDX-License-Identifier: MIT */
/* Attention over more tokens than are computed at once, against the formula in double
 * precision; and how much memory it takes. */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/nn/nn.h"
#include "tests/unit/check.h"

enum { G = 2, N = 301, M = 777, HEADS = 2, SIZE = 5, D = HEADS * SIZE };

static AqTensor *drawn_tensor(AqNn *nn, int n_dims, const int *dims, uint64_t seed)
{
    AqRng rng = aq_rng(seed, 3);
    AqTensor *t = aq_nn_tensor(nn, n_dims, dims);

    assert_non_null(t);
    for (size_t k = 0; k < aq_tensor_count(t); k++)
        t->data[k] = (AqReal)aq_rng_range(&rng, -2, 2);
    return t;
}

/* What one query of a head gives, (SIZE). */
static void attend_by_formula(double *out, AqTensor *const in[4], const AqReal *mask,
                              const AqReal *keep, int g, int h, int n)
{
    double weight[M], sum = 0;

    for (int m = 0; m < M; m++) {
        double dot = 0;

        for (int d = 0; d < SIZE; d++)
            dot += (double)in[0]->data[(g * N + n) * D + h * SIZE + d] *
                   (double)in[1]->data[(g * M + m) * D + h * SIZE + d];
        weight[m] = keep && keep[g * M + m] == 0
                        ? 0
                        : exp(0.4 * dot +
                              (in[3] ? (double)in[3]->data[(h * N + n) * M + m] : 0) +
                              (mask ? (double)mask[n * M + m] : 0));
        sum += weight[m];
    }
    for (int d = 0; d < SIZE; d++) {
        out[d] = 0;
        for (int m = 0; m < M; m++)
            out[d] +=
                weight[m] / sum * (double)in[2]->data[(g * M + m) * D + h * SIZE + d];
    }
}

static void check_attention(AqNnMode mode, int with)
{
    AqNn *nn = NULL;

    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, mode);
    AqTensor *in[4] = {drawn_tensor(nn, AQ_DIMS(G, N, D), 1),
                       drawn_tensor(nn, AQ_DIMS(G, M, D), 2),
                       drawn_tensor(nn, AQ_DIMS(G, M, D), 3),
                       with & 1 ? drawn_tensor(nn, AQ_DIMS(HEADS, N, M), 4) : NULL};
    AqTensor *mask = aq_nn_zeros(nn, AQ_DIMS(1, N, M)),
             *keep = aq_nn_zeros(nn, AQ_DIMS(G, M));
    for (int k = 0; k < N * M; k++)
        mask->data[k] = k % 5 == 0 ? -100 : 0;
    for (int k = 0; k < G * M; k++)
        keep->data[k] = k % 3 != 0;
    in[0]->wants_grad = mode != AQ_NN_INFER;
    const AqAttention how = {.heads = HEADS,
                             .scale = 0.4f,
                             .bias = in[3],
                             .mask = with & 2 ? mask->data : NULL,
                             .n_masks = 1,
                             .key_mask = with & 4 ? keep->data : NULL};
    AqTensor *y = aq_attention(nn, in[0], in[1], in[2], &how);
    CHECK_OK(aq_nn_error(nn));
    for (int g = 0; g < G; g++)
        for (int h = 0; h < HEADS; h++)
            for (int n = 0; n < N; n++) {
                double want[SIZE];

                attend_by_formula(want, in, how.mask, how.key_mask, g, h, n);
                for (int d = 0; d < SIZE; d++)
                    CHECK_NEAR(y->data[(g * N + n) * D + h * SIZE + d], want[d], 2e-5,
                               2e-5);
            }
    aq_nn_free(&nn);
}

static void many_tokens_attend(void **state)
{
    (void)state;
    for (int with = 0; with < 8; with++)
        check_attention(AQ_NN_INFER, with);
    check_attention(AQ_NN_EVAL, 7);
}

/* Runs the last task first. */
static void run_backwards(AqExecutor *self, void (*fn)(void *arg, int task), void *arg,
                          int n)
{
    (void)self;
    while (n > 0)
        fn(arg, --n);
}

/* to (G,N,D): of queries, keys and values in one matrix. */
static void attend_in_one(double *to, AqExecutor *exec, AqNnMode mode, int with)
{
    AqNn *nn = NULL;

    CHECK_OK(aq_nn_new(&nn, exec));
    aq_nn_begin(nn, mode);
    AqTensor *qkv = drawn_tensor(nn, AQ_DIMS(G, N, 3 * D), 1),
             *bias = drawn_tensor(nn, AQ_DIMS(HEADS, N, N), 2),
             *mask = drawn_tensor(nn, AQ_DIMS(G, N, N), 3);
    const AqAttention how = {.heads = HEADS,
                             .scale = 0.4f,
                             .bias = with & 1 ? bias : NULL,
                             .mask = with & 2 ? mask->data : NULL,
                             .n_masks = G};
    qkv->wants_grad = mode != AQ_NN_INFER;
    const AqTensor *y = aq_attention_qkv(nn, qkv, &how);
    CHECK_OK(aq_nn_error(nn));
    for (size_t k = 0; k < (size_t)G * N * D; k++)
        to[k] = (double)y->data[k];
    aq_nn_free(&nn);
}

/* The kernel of inference against what is recorded, one task after another and in
 * another order. */
static void heads_are_apart(void **state)
{
    static double want[G * N * D], have[G * N * D];
    AqExecutor backwards = {.run = run_backwards};

    (void)state;
    for (int with = 0; with < 4; with++) {
        attend_in_one(want, NULL, AQ_NN_EVAL, with);
        for (int k = 0; k < 2; k++) {
            attend_in_one(have, k ? &backwards : NULL, AQ_NN_INFER, with);
            for (size_t v = 0; v < (size_t)G * N * D; v++)
                CHECK_NEAR(have[v], want[v], 1e-5, 1e-5);
        }
    }
}

/* InternVideo2 has 2,049 tokens: all weights of 16 heads would be 269 MB, and one
 * head's 17 MB. */
static void weights_are_not_all_held(void **state)
{
    enum { TOKENS = 2049, WIDE = 64 };
    AqNn *nn = NULL;

    (void)state;
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *qkv = drawn_tensor(nn, AQ_DIMS(1, TOKENS, 3 * WIDE), 5);
    const AqAttention how = {.heads = 16, .scale = 0.5f};
    assert_non_null(aq_attention_qkv(nn, qkv, &how));
    const size_t held = aq_arena_peak(aq_nn_arena(nn)); /* with qkv and the result */
    print_message("%zu bytes for attention over %d tokens\n", held, TOKENS);
    assert_true(held < (size_t)4 << 20);
    aq_nn_free(&nn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_tokens_attend),
                                       cmocka_unit_test(heads_are_apart),
                                       cmocka_unit_test(weights_are_not_all_held)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
