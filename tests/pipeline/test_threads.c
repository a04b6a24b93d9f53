/* SPDX-License-Identifier: MIT */
/*
 * Training steps give the same parameters, bit for bit, whatever the number of threads.
 * The network is so large that every loop that can be cut is.
 */
#include "base/alloc.h"
#include "model/coqo/coqo.h"
#include "pipeline/parallel/stage.h"
#include "tests/unit/check.h"

#include <string.h>

enum {
    B = 3,
    N = 2,
    T = 12,
    S = 49,
    A = 16,
    V = 24,
    WORDS = 20,
    LONGEST = 5,
    STEPS = 2
};

typedef struct Data {
    float audio[B * T * A], visual[B * T * S * V];
    unsigned char on[B * T];
    int words[B * N * LONGEST], lengths[B * N], answers[B * N], texts[B * N], others[B];
} Data;

static AqBatch draw(Data *d)
{
    AqRng rng = aq_rng(5, 0);

    for (size_t k = 0; k < sizeof d->audio / sizeof *d->audio; k++)
        d->audio[k] = (float)aq_rng_normal(&rng);
    for (size_t k = 0; k < sizeof d->visual / sizeof *d->visual; k++)
        d->visual[k] = (float)aq_rng_normal(&rng);
    memset(d->on, 1, sizeof d->on);
    for (int k = 0; k < B * N; k++) {
        d->lengths[k] = 1 + k % LONGEST;
        d->answers[k] = k;
        d->texts[k] = k;
    }
    for (int k = 0; k < B * N * LONGEST; k++)
        d->words[k] = 1 + (int)aq_rng_below(&rng, WORDS - 1);
    for (int k = 0; k < B; k++)
        d->others[k] = (k + 1) % B;
    return (AqBatch){.n_clips = B,
                     .n_asks = B,
                     .n_slots = N,
                     .n_seconds = T,
                     .n_words = LONGEST,
                     .features = {d->audio, d->visual},
                     .on = {d->on, d->on},
                     .words = d->words,
                     .lengths = d->lengths,
                     .answers = d->answers,
                     .text_ids = d->texts,
                     .others = d->others};
}

static void step(AqNn *nn, const AqAnswerNet *net, const AqBatch *batch, long number)
{
    const AqAdam adam = {
        .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .decay = 0.05};
    AqParams *ps = net->params;
    AqAnswerOutput y;
    AqAnswerLosses l;
    double norm;

    aq_nn_begin(nn, AQ_NN_TRAIN);
    aq_nn_seed(nn, aq_rng(3, (uint64_t)number));
    aq_params_zero_grad(ps);
    aq_answer_forward(nn, net, batch, &y);
    aq_answer_loss(nn, net, batch, &y, (const AqReal[]){0.5F, 0.5F}, &l);
    CHECK_OK(aq_nn_error(nn));
    CHECK_OK(aq_nn_backward(nn, l.total));
    CHECK_OK(aq_params_clip_grad(ps, 1.0, &norm));
    aq_params_adam_step(ps, &adam, number);
}

/* Trains with `threads`, 0 for no executor; gives the network. */
static AqAnswerNet *trained(const AqBatch *batch, int threads)
{
    const AqAnswerShape shape = {
        .sizes = aq_feature_sizes(A, 7, 7, V), .n_words = WORDS, .n_answers = 9};
    AqCoqoConfig config = aq_coqo_config_default();
    AqThreadExecutor *exec = NULL;
    AqAnswerNet *net = NULL;
    AqNn *nn = NULL;

    config.dim = 64;
    config.dropout = 0.2;
    CHECK_OK(aq_answer_net_new(&net, &aq_coqo, &config, &shape));
    CHECK_OK(aq_answer_net_init(net, 11));
    CHECK_OK(aq_params_make_trainable(net->params));
    if (threads > 0)
        CHECK_OK(aq_thread_executor_new(&exec, threads));
    CHECK_OK(aq_nn_new(&nn, aq_thread_executor_as(exec)));
    for (long k = 1; k <= STEPS; k++)
        step(nn, net, batch, k);
    aq_nn_free(&nn);
    aq_thread_executor_free(&exec);
    return net;
}

static void steps_are_the_same(void **state)
{
    Data *d = aq_alloc(1, sizeof *d);

    (void)state;
    assert_non_null(d);
    const AqBatch batch = draw(d);
    AqAnswerNet *one = trained(&batch, 0);
    for (int threads = 1; threads <= 5; threads += 2) {
        AqAnswerNet *net = trained(&batch, threads);
        const AqParams *a = one->params, *b = net->params;

        for (size_t k = 0; k < aq_params_n(a); k++)
            assert_memory_equal(
                aq_params_tensor(a, k)->data, aq_params_tensor(b, k)->data,
                aq_tensor_count(aq_params_tensor(a, k)) * sizeof(AqReal));
        aq_answer_net_free(&net);
    }
    aq_answer_net_free(&one);
    aq_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(steps_are_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
