/* SPDX-License-Identifier: MIT */
/*
 * The linear baseline against central differences, in double precision, with empty
 * slots, absent seconds, an absent stream and several asks about one clip; with one
 * feature of each stream and with two; with questions as words and as a text tower's;
 * with each form of answers.
 */
#include "model/answer/head.h"
#include "model/linear/linear.h"
#include "model/question/encoder.h"
#include "tests/grad/differences.h"
#include "tests/unit/check.h"

enum { C = 2, B = 3, N = 2, T = 3, A = 4, GRID = 2, S = 4, V = 3, WORDS = 7, K = 5 };
enum { L = 3 };
/* A second feature of each stream. */
enum { A2 = 2, S2 = 3, V2 = 2 };
/* Of a text tower: rows are as many as words, and each may be an end. */
enum { TEXT = 2, POOLED = 4, ENDS = 3 };

typedef struct Case {
    AqAnswerNet *net;
    AqNn *nn;
    AqBatch batch;
} Case;

static double loss_of(Case *c, AqTensor **tensor)
{
    AqAnswerOutput y;
    AqAnswerLosses l;

    aq_nn_begin(c->nn, AQ_NN_EVAL);
    aq_answer_forward(c->nn, c->net, &c->batch, &y);
    aq_answer_loss(c->nn, c->net, &c->batch, &y, NULL, &l);
    CHECK_OK(aq_nn_error(c->nn));
    assert_ptr_equal(l.total, l.part[0]);
    if (tensor)
        *tensor = l.total;
    return (double)l.total->data[0];
}

static double loss_alone(void *ctx)
{
    return loss_of(ctx, NULL);
}

static void stir(AqParams *ps)
{
    AqRng rng = aq_rng(3, 1);

    for (size_t p = 0; p < aq_params_n(ps); p++) {
        AqTensor *t = aq_params_tensor(ps, p);

        for (size_t k = 0; k < aq_tensor_count(t); k++)
            t->data[k] = (AqReal)(0.5 * aq_rng_normal(&rng));
    }
}

static AqFeatureSizes sizes_of_case(int n_features)
{
    AqFeatureSizes s = aq_feature_sizes(A, GRID, GRID, V);

    s.n[AQ_AUDIO] = s.n[AQ_VISUAL] = n_features;
    s.of[AQ_AUDIO][1] = (AqFeatureShape){1, 1, A2};
    s.of[AQ_VISUAL][1] = (AqFeatureShape){1, S2, V2};
    return s;
}

static void read_by_tower(AqAnswerShape *shape, AqBatch *batch)
{
    static float states[WORDS * TEXT], pooled[ENDS * POOLED];
    static int tokens[WORDS], ends[WORDS];
    static AqTextRows rows = {.shape = {TEXT, POOLED},
                              .n = WORDS,
                              .states = states,
                              .tokens = tokens,
                              .ends = ends,
                              .pooled = pooled};
    AqRng rng = aq_rng(9, 0);

    for (int k = 0; k < ENDS * POOLED; k++)
        pooled[k] = (float)aq_rng_normal(&rng);
    for (int k = 0; k < WORDS; k++)
        ends[k] = k % ENDS;
    shape->reading = &aq_question_clip_text;
    shape->text_width = TEXT;
    shape->text_pooled = POOLED;
    batch->rows = &rows;
}

/* Features: standard normal where a second is there. */
static float audio[C * T * (A + A2)], visual[C * T * (S * V + S2 * V2)];
static const unsigned char on[2][C * T] = {{1, 1, 0, 0, 0, 0}, {1, 0, 1, 1, 1, 1}};
static int words[B * N * L];

static void make_data(void)
{
    AqRng rng = aq_rng(8, 0);

    for (int k = 0; k < C * T * A; k++)
        audio[k] = on[0][k / A] ? (float)aq_rng_normal(&rng) : 0;
    for (int k = 0; k < C * T * A2; k++)
        audio[C * T * A + k] = on[0][k / A2] ? (float)aq_rng_normal(&rng) : 0;
    for (int k = 0; k < C * T * S * V; k++)
        visual[k] = on[1][k / (S * V)] ? (float)aq_rng_normal(&rng) : 0;
    for (int k = 0; k < C * T * S2 * V2; k++)
        visual[C * T * S * V + k] =
            on[1][k / (S2 * V2)] ? (float)aq_rng_normal(&rng) : 0;
    for (int k = 0; k < B * N * L; k++)
        words[k] = (int)aq_rng_below(&rng, WORDS);
}

static AqBatch batch_of(AqTask task)
{
    static const int clip_of[B] = {0, 1, 0}, lengths[B * N] = {3, 1, 2, 0, 3, 3},
                     answers[B * N] = {0, 4, 2, -1, 1, -1}, others[B] = {-1, -1, -1};
    /* the second ask has one candidate, and it is right */
    static const int candidate_of[B * N] = {0}, asked[B * N] = {0, 0, 1, 0, 1, 0},
                                      right[B * N] = {1, 0, 1, -1, 1, 0};
    const int chooses = task == AQ_TASK_CHOICE;

    return (AqBatch){.n_clips = C,
                     .n_asks = B,
                     .n_slots = N,
                     .n_seconds = T,
                     .n_words = L,
                     .clip_of = clip_of,
                     .features = {audio, visual},
                     .on = {on[0], on[1]},
                     .words = words,
                     .lengths = lengths,
                     .answers = chooses ? right : answers,
                     .text_ids = answers,
                     .candidate_of = chooses ? candidate_of : NULL,
                     .asked = chooses ? asked : NULL,
                     .others = others};
}

/* `idle` of the parameters do not move the loss. */
static void check_some(int tower, int sound, int picture, int n_features, AqTask task,
                       size_t n_params, size_t idle)
{
    AqAnswerShape shape = {.sizes = sizes_of_case(n_features),
                           .n_words = WORDS,
                           .task = task,
                           .n_answers = aq_head_outputs(task, K),
                           .centre = 2.5f};
    AqLinearConfig config;
    AqTensor *loss;
    Case c = {.batch = batch_of(task)};

    make_data();
    if (tower)
        read_by_tower(&shape, &c.batch);
    aq_linear_baseline.set_defaults(&config);
    config.sound = sound;
    config.picture = picture;
    CHECK_OK(aq_answer_net_new(&c.net, &aq_linear_baseline, &config, &shape));
    CHECK_OK(aq_answer_net_init(c.net, 1));
    CHECK_OK(aq_params_make_trainable(c.net->params));
    stir(c.net->params);
    CHECK_OK(aq_nn_new(&c.nn, NULL));
    aq_params_zero_grad(c.net->params);
    (void)loss_of(&c, &loss);
    CHECK_OK(aq_nn_backward(c.nn, loss));
    const AqDifferences d = {.params = c.net->params,
                             .loss = loss_alone,
                             .ctx = &c,
                             .step = 1e-5,
                             .tolerance = 1e-6,
                             .floor = 1e-4};
    assert_int_equal(aq_differences_check(&d), n_params - idle);
    assert_int_equal(aq_params_n(c.net->params), n_params);
    aq_nn_free(&c.nn);
    aq_answer_net_free(&c.net);
}

static void check_case(int tower, int sound, int picture, int n_features, AqTask task,
                       size_t n_params)
{
    check_some(tower, sound, picture, n_features, task, n_params, 0);
}

static void gradients_are_those_of_differences(void **state)
{
    (void)state;
    check_case(0, 1, 1, 1, AQ_TASK_OPEN, 5);
    check_case(0, 1, 0, 1, AQ_TASK_OPEN, 3);
    check_case(0, 0, 1, 1, AQ_TASK_OPEN, 3);
    check_case(0, 0, 0, 1, AQ_TASK_OPEN, 1);
    check_case(0, 1, 1, 2, AQ_TASK_OPEN, 9);
    check_case(0, 0, 1, 2, AQ_TASK_OPEN, 5);
    check_case(1, 1, 1, 1, AQ_TASK_OPEN, 8);
    check_case(1, 0, 0, 1, AQ_TASK_OPEN, 4);
}

static void gradients_of_choices_and_counts_are(void **state)
{
    (void)state;
    for (int k = 1; k < AQ_N_TASKS; k++) {
        check_case(0, 1, 1, 1, (AqTask)k, 5);
        check_case(0, 0, 1, 2, (AqTask)k, 5);
        check_case(0, 0, 0, 1, (AqTask)k, 1);
    }
    check_case(1, 1, 1, 1, AQ_TASK_COUNT, 8);
    /* of the question alone; what is added to all candidates moves nothing */
    check_some(1, 1, 1, 1, AQ_TASK_CHOICE, 4, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_those_of_differences),
        cmocka_unit_test(gradients_of_choices_and_counts_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
