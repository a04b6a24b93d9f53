/* SPDX-License-Identifier: MIT */
/*
 * The whole network against central differences, in double precision: every loss and
 * every switch, on a tiny geometry, with empty slots, absent seconds and absent
 * streams; with one feature of each stream and with several; with each form of answers.
 * Of each parameter some values are tried: all of small ones, a spread of large ones.
 */
#include "model/answer/head.h"
#include "model/coqo/coqo.h"
#include "tests/grad/differences.h"
#include "tests/unit/check.h"

#include <string.h>

enum { C = 3, N = 3, T = 4, A = 5, GRID = 2, S = 4, V = 6, WORDS = 9, K = 5, L = 4 };

/* A second feature of each stream: other values a second, another grid. */
enum { A2 = 3, S2 = 3, V2 = 2 };

/* With room for both features, of which the second comes behind the first. */
static float audio[C * T * (A + A2)], visual[C * T * (S * V + S2 * V2)],
    changes[C * T * (S * V + S2 * V2)];
static unsigned char audio_on[C * T], visual_on[C * T];
/* Answers 0, 2 and 3 are names: the words 3, 6 and 2. */
static const int names[K] = {3, -1, 6, 2, -1};
static int words[C * N * L], lengths[C * N], answers[C * N], texts[C * N], others[C];

/* Deterministic data; clip 1 is short, and has a hole in its picture. */
static void make_data(void)
{
    AqRng rng = aq_rng(5, 0);

    for (int k = 0; k < C * T; k++) {
        const int clip = k / T, t = k % T;

        audio_on[k] = !(clip == 1 && t == 3);
        visual_on[k] = !(clip == 1 && t > 1) && !(clip == 2 && t == 0);
        for (int j = 0; j < A; j++)
            audio[k * A + j] = audio_on[k] ? (float)aq_rng_normal(&rng) : 0;
        for (int j = 0; j < S * V; j++)
            visual[k * S * V + j] = visual_on[k] ? (float)aq_rng_normal(&rng) : 0;
        for (int j = 0; j < S * V; j++)
            changes[k * S * V + j] = visual_on[k] ? (float)aq_rng_uniform(&rng) : 0;
    }
    for (int k = 0; k < C * N; k++) {
        lengths[k] = 1 + (int)aq_rng_below(&rng, L);
        answers[k] = (int)aq_rng_below(&rng, K);
        texts[k] = k;
        for (int j = 0; j < L; j++)
            words[k * L + j] =
                j < lengths[k] ? 1 + (int)aq_rng_below(&rng, WORDS - 1) : 0;
    }
    lengths[2 * N - 1] = 0; /* clip 1 has two questions */
    answers[2 * N - 1] = -1;
    texts[2 * N + 1] = texts[2 * N]; /* clip 2 asks one thing twice */
    for (int k = 0; k < C; k++)
        others[k] = (k + 1) % C;
}

/* The second feature of each stream, where the first is there too. */
static void make_second_features(void)
{
    AqRng rng = aq_rng(6, 0);

    for (int k = 0; k < C * T; k++) {
        for (int j = 0; j < A2; j++)
            audio[C * T * A + k * A2 + j] =
                audio_on[k] ? (float)aq_rng_normal(&rng) : 0;
        for (int j = 0; j < S2 * V2; j++) {
            const int at = C * T * S * V + k * S2 * V2 + j;

            visual[at] = visual_on[k] ? (float)aq_rng_normal(&rng) : 0;
            changes[at] = visual_on[k] ? (float)aq_rng_uniform(&rng) : 0;
        }
    }
}

static AqBatch whole_batch(void)
{
    make_data();
    make_second_features();
    return (AqBatch){.n_clips = C,
                     .n_asks = C,
                     .n_slots = N,
                     .n_seconds = T,
                     .n_words = L,
                     .features = {audio, visual},
                     .changes = changes,
                     .on = {audio_on, visual_on},
                     .words = words,
                     .lengths = lengths,
                     .answers = answers,
                     .text_ids = texts,
                     .others = others};
}

static AqCoqoConfig tiny(void)
{
    AqCoqoConfig c = aq_coqo_config_default();

    c.dim = 8;
    c.form.heads = 2;
    c.form.tokens = 2;
    c.form.ffn = 2;
    c.max_seconds = T + 1;
    c.tau = 0.5;
    return c;
}

typedef struct Net {
    AqAnswerNet *coqo;
    AqNn *nn;
    AqBatch batch;
    char part; /* which loss is differentiated: t(otal), q, m, c, i */
} Net;

static double loss_of(Net *n, AqTensor **tensor)
{
    AqAnswerOutput y;
    AqAnswerLosses l;

    aq_nn_begin(n->nn, AQ_NN_EVAL);
    aq_answer_forward(n->nn, n->coqo, &n->batch, &y);
    aq_answer_loss(n->nn, n->coqo, &n->batch, &y, (const AqReal[]){0.5, 0.5}, &l);
    if (aq_nn_error(n->nn) != AQ_OK)
        fail_msg("%s", aq_err_text());
    AqTensor *x = n->part == 'q'   ? l.part[AQ_COQO_QA]
                  : n->part == 'm' ? l.part[AQ_COQO_AVM]
                  : n->part == 'c' ? l.part[AQ_COQO_AVC]
                  : n->part == 'i' ? l.part[AQ_COQO_INTRA]
                                   : l.total;
    assert_non_null(x);
    if (tensor)
        *tensor = x;
    return (double)x->data[0];
}

static double loss_alone(void *net)
{
    return loss_of(net, NULL);
}

/* *moved counts the parameters that the loss depends on. */
static void check_gradients(Net *n, size_t *moved)
{
    AqParams *ps = n->coqo->params;
    AqTensor *loss;

    aq_params_zero_grad(ps);
    /* A large loss's rounding shows in its differences. */
    const double large = fmax(1, loss_of(n, &loss));
    assert_int_equal(aq_nn_backward(n->nn, loss), AQ_OK);
    const AqDifferences d = {.params = ps,
                             .loss = loss_alone,
                             .ctx = n,
                             .step = 1e-5,
                             .tolerance = 1e-5,
                             .floor = 1e-4 * large};
    *moved = aq_differences_check(&d);
}

/* Moves every value, so that nothing hides a mistake: not a bias of zero, nor a lambda
 * or a gain of zero, behind which no gradient would be left. */
static void stir(AqParams *ps)
{
    AqRng rng = aq_rng(9, 9);

    for (size_t p = 0; p < aq_params_n(ps); p++) {
        AqTensor *t = aq_params_tensor(ps, p);

        for (size_t k = 0; k < aq_tensor_count(t); k++)
            t->data[k] += (AqReal)(0.2 * aq_rng_normal(&rng));
        assert_true(t->data[0] != 0);
    }
}

/* The features that networks are made for from now on, and the form of answers. */
static AqFeatureSizes sizes;
static AqTask task = AQ_TASK_OPEN;

static int use_one_feature_each(void **state)
{
    (void)state;
    sizes = aq_feature_sizes(A, GRID, GRID, V);
    return 0;
}

static void use_two_features(AqModality m)
{
    sizes.n[m] = 2;
    sizes.of[m][1] =
        m == AQ_AUDIO ? (AqFeatureShape){1, 1, A2} : (AqFeatureShape){1, S2, V2};
}

static void open_net(Net *n, const AqCoqoConfig *c, const AqBatch *batch,
                     const int *of_answers)
{
    const AqAnswerShape shape = {.sizes = sizes,
                                 .n_words = WORDS,
                                 .task = task,
                                 .n_answers = aq_head_outputs(task, K),
                                 .centre = 2.5f,
                                 .names = of_answers};

    *n = (Net){.batch = *batch, .part = 't'};
    assert_int_equal(aq_answer_net_new(&n->coqo, &aq_coqo, c, &shape), AQ_OK);
    assert_int_equal(aq_answer_net_init(n->coqo, 3), AQ_OK);
    assert_int_equal(aq_params_make_trainable(n->coqo->params), AQ_OK);
    stir(n->coqo->params);
    assert_int_equal(aq_nn_new(&n->nn, NULL), AQ_OK);
}

static void close_net(Net *n)
{
    aq_nn_free(&n->nn);
    aq_answer_net_free(&n->coqo);
}

/* All parameters but `idle` must matter to the loss: a dead part would pass else. */
static void check_named(const AqCoqoConfig *c, const AqBatch *batch, char part,
                        int idle, const int *of_answers)
{
    Net n;
    size_t moved;

    open_net(&n, c, batch, of_answers);
    n.part = part;
    check_gradients(&n, &moved);
    const size_t all = aq_params_n(n.coqo->params);
    if (idle >= 0)
        assert_int_equal(moved, all - (size_t)idle);
    else
        assert_true(moved > 0);
    close_net(&n);
}

static void check(const AqCoqoConfig *c, const AqBatch *batch, char part, int idle)
{
    check_named(c, batch, part, idle, names);
}

/* The biases of the keys (3 QGTs of 3 attentions, 3 decoders) do not move a softmax:
 * known to be idle. */
enum { IDLE = 12 };

static void the_whole_loss(void **state)
{
    (void)state;
    const AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    check(&c, &b, 't', IDLE);
}

static void each_loss_alone(void **state)
{
    (void)state;
    const AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    for (const char *part = "qmci"; *part; part++)
        check(&c, &b, *part, -1);
}

/* Options as NAME=VALUE, up to a NULL. */
static void with_options(const char *const *options, int idle)
{
    AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    for (; *options; options++) {
        char name[64];
        const char *value = strchr(*options, '=');

        assert_non_null(value);
        (void)snprintf(name, sizeof name, "%.*s", (int)(value - *options), *options);
        assert_int_equal(aq_coqo_config_set(&c, name, value + 1), AQ_OK);
    }
    check(&c, &b, 't', idle);
}

static void every_switch(void **state)
{
    (void)state;
    static const struct Switch {
        const char *options[4];
        int idle;
    } switches[] = {
        {{"tokens=0"}, IDLE},
        {{"spatial=off"}, IDLE - 3},
        {{"own_pool=off"}, IDLE},
        {{"temporal=off"}, IDLE - 6},
        {{"question_only=on"}, -1},
        {{"question_only=on", "roles=0", "own_fusion=off"}, 1}, /* fusion.av.weight */
        {{"learn_lambda=off", "lambda=0.7"}, IDLE},
        {{"lambda_each=on"}, IDLE},
        {{"own_asking=on"}, IDLE},
        {{"own_asking=on", "tokens=0", "lambda_each=on"}, -1},
        {{"learn_tau=off"}, IDLE},
        {{"fusion=3"}, IDLE},
        {{"keep_words=off"}, IDLE},
        {{"roles=0"}, IDLE},
        {{"roles=1"}, IDLE},
        {{"own_fusion=off"}, IDLE},
        {{"hop=off"}, IDLE - 1},
        {{"hop=off", "roles=0"}, IDLE - 1},
        {{"hop=off", "own_pool=off"}, IDLE - 1},
        {{"subject=off"}, IDLE - 1},
        {{"subject=off", "roles=0"}, IDLE - 1},
        {{"roles=0", "changes=off"}, IDLE},
        {{"changes=off"}, IDLE},
        {{"align_heads=off"}, IDLE},
        {{"keep_seconds=off"}, IDLE},
        {{"highlight=off"}, IDLE},
        {{"highlight=raw"}, IDLE},
        {{"highlight=normed"}, IDLE},
    };

    for (size_t k = 0; k < sizeof switches / sizeof *switches; k++)
        with_options(switches[k].options, switches[k].idle);
}

/* As the model files of before: without what came later. */
static void as_before(void **state)
{
    (void)state;
    AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    aq_coqo_config_before(&c);
    c.form.lambda = 1;
    check(&c, &b, 't', IDLE - 1);
}

static void names_of_all_and_of_none(void **state)
{
    (void)state;
    static const int all[K] = {2, 3, 4, 5, 6}, none[K] = {-1, -1, -1, -1, -1};
    const AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    check_named(&c, &b, 't', IDLE, all);
    check_named(&c, &b, 't', IDLE, none);
    check_named(&c, &b, 't', IDLE, NULL);
}

static void lambda_zero(void **state)
{
    (void)state;
    AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    c.form.lambda = 0;
    check(&c, &b, 't', -1);
    c.form.learn_lambda =
        0; /* the questions are not asked; keys of 6 attentions are idle */
    check(&c, &b, 't', 6);
}

static void two_layers(void **state)
{
    (void)state;
    AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    c.form.layers = 2;
    check(&c, &b, 't', 21);
}

/* Of the sound, of the picture, of both; and what they have to themselves. */
static void several_features(void **state)
{
    const AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();
    Net n;

    (void)state;
    use_two_features(AQ_AUDIO);
    check(&c, &b, 't', IDLE);
    use_two_features(AQ_VISUAL);
    check(&c, &b, 't', IDLE);
    open_net(&n, &c, &b, names);
    assert_non_null(aq_params_find(n.coqo->params, "audio.in2.weight"));
    assert_non_null(aq_params_find(n.coqo->params, "visual.in2.bias"));
    assert_non_null(aq_params_find(n.coqo->params, "visual.change2.weight"));
    assert_int_equal(aq_params_find(n.coqo->params, "visual.cell")->dims[0], S + S2);
    close_net(&n);
    (void)use_one_feature_each(NULL);
    use_two_features(AQ_VISUAL);
    check(&c, &b, 't', IDLE);
    with_options((const char *[]){"spatial=off", "own_pool=off", "changes=off", NULL},
                 IDLE - 3);
    with_options((const char *[]){"hop=off", NULL}, IDLE - 1);
}

static void absent_streams(void **state)
{
    (void)state;
    const AqCoqoConfig c = tiny();
    AqBatch b = whole_batch();

    memset(audio_on + T, 0, T); /* one clip without sound */
    memset(visual_on + 2 * T, 0, T);
    check(&c, &b, 't', -1);
    b.features[AQ_AUDIO] = NULL; /* none has any */
    check(&c, &b, 't', -1);
    b.features[AQ_VISUAL] = NULL;
    check(&c, &b, 't', -1);
}

static void one_question_and_several_asks(void **state)
{
    (void)state;
    static const int clip_of[3] = {0, 0, 2};
    const AqCoqoConfig c = tiny();
    AqBatch b = whole_batch();

    b.n_slots = 1;
    check(&c, &b, 't', -1);
    b.n_slots = 2;
    check(&c, &b, 't', -1);
    b = whole_batch();
    b.clip_of = clip_of;
    check(&c, &b, 't', -1);
}

/* Each clip is asked for one of its candidates, of which the second is right; clip 1
 * has two. No answer is a word here. The right ones are such that the hinge is not
 * flat. */
static void choices(void **state)
{
    (void)state;
    static const int of[C * N] = {0}, asked[C * N] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const int right[C * N] = {1, 0, 0, 1, 0, -1, 1, 0, 0};
    const AqCoqoConfig c = tiny();
    AqBatch b = whole_batch();

    task = AQ_TASK_CHOICE;
    b.candidate_of = of;
    b.asked = asked;
    b.answers = right;
    check_named(&c, &b, 't', -1, NULL);
    check_named(&c, &b, 'q', -1, NULL);
    task = AQ_TASK_OPEN;
}

static void counts(void **state)
{
    (void)state;
    const AqCoqoConfig c = tiny();
    const AqBatch b = whole_batch();

    task = AQ_TASK_COUNT;
    check_named(&c, &b, 't', -1, NULL);
    check_named(&c, &b, 'q', -1, NULL);
    task = AQ_TASK_OPEN;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_whole_loss, use_one_feature_each),
        cmocka_unit_test_setup(each_loss_alone, use_one_feature_each),
        cmocka_unit_test_setup(every_switch, use_one_feature_each),
        cmocka_unit_test_setup(as_before, use_one_feature_each),
        cmocka_unit_test_setup(names_of_all_and_of_none, use_one_feature_each),
        cmocka_unit_test_setup(lambda_zero, use_one_feature_each),
        cmocka_unit_test_setup(two_layers, use_one_feature_each),
        cmocka_unit_test_setup(several_features, use_one_feature_each),
        cmocka_unit_test_setup(absent_streams, use_one_feature_each),
        cmocka_unit_test_setup(one_question_and_several_asks, use_one_feature_each),
        cmocka_unit_test_setup(choices, use_one_feature_each),
        cmocka_unit_test_setup(counts, use_one_feature_each),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
