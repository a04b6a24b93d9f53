/* SPDX-License-Identifier: MIT */
/*
 * HCRN against central differences, in double precision: alone, with sound, with the
 * transformer in both places, in all forms of answers; with several asks about one
 * clip, empty slots, rows that are not there, a clip without pictures, clips of one row
 * and of several.
 */
#include "model/hcrn/hcrn.h"
#include "tests/grad/differences.h"
#include "tests/unit/check.h"

#include <string.h>

enum { C = 3, B = 4, N = 2, T = 7, A = 4, F = 6, V = 3, V2 = 2, WORDS = 7, K = 5 };
enum { L = 3 };

typedef struct Case {
    AqAnswerNet *net;
    AqNn *nn;
    AqNnMode mode;
    AqBatch batch;
} Case;

static double loss_of(Case *c, AqTensor **tensor)
{
    AqAnswerOutput y;
    AqAnswerLosses l;

    aq_nn_begin(c->nn, c->mode);
    aq_nn_seed(c->nn, aq_rng(4, 2));
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

/* Variances stay positive. */
static void stir(AqParams *ps)
{
    AqRng rng = aq_rng(3, 1);

    for (size_t p = 0; p < aq_params_n(ps); p++) {
        AqTensor *t = aq_params_tensor(ps, p);
        const int variance = t == aq_params_find(ps, "answer.norm.running_var");

        for (size_t k = 0; k < aq_tensor_count(t); k++)
            t->data[k] =
                variance ? 0.5 + aq_rng_uniform(&rng) : 0.7 * aq_rng_normal(&rng);
    }
}

static const unsigned char on[2][C * T] = {
    {1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1},
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}};

/* `each` values of the rows that are there, 0 in others. */
static float *draw_rows(float *to, int m, int each, AqRng *rng)
{
    for (int k = 0; k < C * T * each; k++)
        *to++ = on[m][k / each] ? (float)aq_rng_normal(rng) : 0;
    return to;
}

static AqAnswerShape shape_of_case(AqTask task, int entries, int motion)
{
    AqAnswerShape s = {.sizes =
                           aq_feature_sizes(A, entries ? 1 : 2, entries ? F : 2, V),
                       .n_words = WORDS,
                       .task = task,
                       .n_answers = task == AQ_TASK_OPEN ? K : 1};

    s.sizes.n[AQ_VISUAL] = 1 + motion;
    s.sizes.of[AQ_VISUAL][1] = (AqFeatureShape){1, 1, V2};
    return s;
}

static void set_hcrn_option(AqHcrnConfig *c, const char *option)
{
    char name[32];
    const char *value = strchr(option, '=');

    (void)snprintf(name, sizeof name, "%.*s", (int)(value - option), option);
    CHECK_OK(aq_options_set(aq_hcrn.options, "model", c, name, value + 1));
}

/* The network of these options, "dim=6" and the like up to NULL. */
static void open_case(Case *c, const AqAnswerShape *shape, const char *const *more)
{
    static const char *const always[] = {
        "dim=4",    "word-dim=3", "clips=6",   "frames=6",           "heads=2", "ffn=1",
        "tokens=1", "dropout=0",  "subsets=3", "question-dropout=0", NULL};
    AqHcrnConfig config;

    aq_hcrn.set_defaults(&config);
    for (const char *const *o = always; *o; o++)
        set_hcrn_option(&config, *o);
    for (; *more; more++)
        set_hcrn_option(&config, *more);
    CHECK_OK(aq_answer_net_new(&c->net, &aq_hcrn, &config, shape));
    CHECK_OK(aq_answer_net_init(c->net, 1));
    CHECK_OK(aq_params_make_trainable(c->net->params));
    stir(c->net->params);
    CHECK_OK(aq_nn_new(&c->nn, NULL));
}

/* As candidates: two questions of two or one each. */
static void ask_choices(AqBatch *batch)
{
    static const int candidate_of[B * N] = {0, 0, 0, 0, 0, 0, 0, 0},
                                      asked[B * N] = {2, 1, 1, 0, 1, 2, 1, 1},
                                      answers[B * N] = {0, 1, -1, -1, 1, 0, 0, 1};

    batch->candidate_of = candidate_of;
    batch->asked = asked;
    batch->answers = answers;
}

static void check_form(AqTask task, AqNnMode mode, int entries, int motion,
                       size_t still, const char *const *more)
{
    static float audio[C * T * A], visual[C * T * (F * V + V2)];
    static const int clip_of[B] = {0, 1, 0, 2},
                     lengths[B * N] = {3, 1, 2, 0, 3, 3, 1, 2},
                     answers[B * N] = {0, 4, 2, -1, 1, -1, 3, 1};
    static int words[B * N * L];
    const AqAnswerShape shape = shape_of_case(task, entries, motion);
    AqRng rng = aq_rng(8, 0);
    AqTensor *loss;
    Case c = {.mode = mode,
              .batch = {.n_clips = C,
                        .n_asks = B,
                        .n_slots = N,
                        .n_seconds = T,
                        .n_words = L,
                        .clip_of = clip_of,
                        .features = {audio, visual},
                        .on = {on[0], on[1]},
                        .words = words,
                        .lengths = lengths,
                        .answers = answers}};

    (void)draw_rows(audio, 0, A, &rng);
    (void)draw_rows(draw_rows(visual, 1, (entries ? F : 4) * V, &rng), 1, V2, &rng);
    for (int k = 0; k < B * N * L; k++)
        words[k] = (int)aq_rng_below(&rng, WORDS);
    if (task == AQ_TASK_CHOICE)
        ask_choices(&c.batch);
    open_case(&c, &shape, more);
    aq_params_zero_grad(c.net->params);
    (void)loss_of(&c, &loss);
    CHECK_OK(aq_nn_backward(c.nn, loss));
    const AqDifferences d = {.params = c.net->params,
                             .loss = loss_alone,
                             .ctx = &c,
                             .step = 1e-5,
                             .tolerance = 1e-5,
                             .floor = 1e-4};
    assert_int_equal(aq_differences_check(&d) + still, aq_params_n(c.net->params));
    aq_nn_free(&c.nn);
    aq_answer_net_free(&c.net);
}

static void check_case(AqNnMode mode, int entries, int motion, size_t still,
                       const char *const *more)
{
    check_form(AQ_TASK_OPEN, mode, entries, motion, still, more);
}

/* The loss depends on all but the bias of what a softmax is over; while training, not
 * on the running statistics, which have no gradient. */
enum { POOLED = 1, RUNNING = 2, KEYS = 3, LEVEL = 2 };

static void alone(void **state)
{
    (void)state;
    check_case(AQ_NN_TRAIN, 1, 1, POOLED + RUNNING,
               (const char *[]){"subsets=1", "clips=7", NULL});
    check_case(AQ_NN_TRAIN, 0, 1, POOLED + RUNNING, (const char *[]){"frames=7", NULL});
    check_case(AQ_NN_TRAIN, 1, 0, POOLED + RUNNING,
               (const char *[]){"draw=once", NULL});
    check_case(AQ_NN_EVAL, 1, 1, POOLED, (const char *[]){"batch-norm=off", NULL});
}

static void with_sound(void **state)
{
    (void)state;
    check_case(AQ_NN_TRAIN, 1, 1, POOLED + RUNNING, (const char *[]){"sound=on", NULL});
    check_case(AQ_NN_TRAIN, 1, 1, POOLED + RUNNING,
               (const char *[]){"sound=on", "clips=8", "whole-set=off", NULL});
}

static void choices_and_counts(void **state)
{
    (void)state;
    check_form(AQ_TASK_CHOICE, AQ_NN_TRAIN, 1, 1, POOLED + RUNNING + LEVEL,
               (const char *[]){NULL});
    check_form(AQ_TASK_COUNT, AQ_NN_TRAIN, 1, 1, POOLED + RUNNING,
               (const char *[]){NULL});
}

static void with_the_transformer(void **state)
{
    (void)state;
    check_case(AQ_NN_TRAIN, 1, 1, POOLED + RUNNING + KEYS,
               (const char *[]){"qgt=tokens", NULL});
    check_case(AQ_NN_TRAIN, 1, 1, POOLED + RUNNING + KEYS,
               (const char *[]){"qgt=frames", "lambda-each=on", NULL});
    check_case(AQ_NN_TRAIN, 0, 0, POOLED + RUNNING + KEYS,
               (const char *[]){"qgt=frames", "encoder=shared", NULL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone),
        cmocka_unit_test(with_sound),
        cmocka_unit_test(choices_and_counts),
        cmocka_unit_test(with_the_transformer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
