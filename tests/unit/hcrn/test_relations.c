/* SPDX-License-Identifier: MIT */
/*
 * HCRN as a row of the table: subsets are drawn evenly, it learns eight videos by
 * heart, goes on where it was stopped with the same bits, answers the same whatever it
 * is asked with, and refuses what does not fit it.
 */
#include "base/alloc.h"
#include "model/hcrn/hcrn.h"
#include "model/hcrn/subsets.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- subsets ---- */

static int bits_of(uint64_t x)
{
    int n = 0;

    for (; x; x &= x - 1)
        n++;
    return n;
}

/* Each of the C(6,3) = 20 is drawn in a twentieth of cases. */
static void all_subsets_are_equally_likely(void **state)
{
    enum { DRAWS = 20000 };
    AqRng rng = aq_rng(1, 0);
    int seen[64] = {0}, different = 0;
    double chi = 0;

    (void)state;
    for (int k = 0; k < DRAWS; k++) {
        uint64_t s;

        aq_subsets_draw(&rng, 6, 3, 1, &s);
        assert_int_equal(bits_of(s), 3);
        assert_true(s < 64);
        seen[s]++;
    }
    for (int k = 0; k < 64; k++) {
        different += seen[k] > 0;
        if (bits_of((uint64_t)k) == 3)
            chi += pow(seen[k] - DRAWS / 20.0, 2) / (DRAWS / 20.0);
    }
    assert_int_equal(different, 20);
    assert_true(chi < 43.8); /* 19 degrees of freedom: once in a thousand */
}

static void none_is_drawn_twice(void **state)
{
    AqRng rng = aq_rng(2, 0);
    uint64_t s[64];

    (void)state;
    assert_int_equal(aq_subsets_count(16, 8, 40), 40);
    assert_int_equal(aq_subsets_count(5, 2, 40), 10);
    assert_int_equal(aq_subsets_count(5, 2, 10), 10);
    assert_int_equal(aq_subsets_count(5, 5, 40), 1);
    assert_int_equal(aq_subsets_count(64, 32, 1024), 1024);
    aq_subsets_draw(&rng, 5, 2, 10, s);
    for (int a = 0; a < 10; a++)
        for (int b = 0; b < a; b++)
            assert_true(s[a] != s[b]);
    aq_subsets_draw(&rng, 64, 63, 64, s); /* one lacks each */
    for (int a = 0; a < 64; a++)
        assert_int_equal(bits_of(s[a]), 63);
    aq_subsets_draw(&rng, 64, 64, 1, s);
    assert_true(s[0] == UINT64_MAX);
}

/* ---- training ---- */

/* The toy's grids are pictures: a row is a frame. */
static AqHcrnConfig small_hcrn(void)
{
    AqHcrnConfig c;

    aq_hcrn.set_defaults(&c);
    c.dim = 16;
    c.word_dim = 8;
    c.clips = c.frames = 5;
    c.dropout = c.question_dropout = 0;
    return c;
}

static AqTrainConfig hcrn_training(int epochs)
{
    AqTrainConfig t = aq_train_config_default(&aq_hcrn);

    t.epochs = epochs;
    t.batch = 4;
    t.lr = 5e-3;
    t.warmup = 0;
    t.decay_every = 0;
    t.word_dropout = 0;
    return t;
}

static AqModel *train_hcrn(const AqToy *toy, const AqHcrnConfig *c, int epochs,
                           const char *last, int resume, AqTrainSummary *s)
{
    const AqTrainConfig h = hcrn_training(epochs);
    const AqTrainJob job = {.network = &aq_hcrn,
                            .options = c,
                            .how = &h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .last_path = last,
                            .resume = resume};
    AqModel *m = NULL;

    CHECK_OK(aq_train(&m, s, &job));
    return m;
}

static void check_learnt_by_heart(int draw, int qgt)
{
    AqToy *toy = aq_toy_new();
    AqHcrnConfig c = small_hcrn();
    AqTrainSummary s;

    c.draw = draw;
    c.qgt = qgt;
    c.sound = 1;
    c.clips = 6;
    c.form.heads = 2;
    AqModel *m = train_hcrn(toy, &c, 120, NULL, 0, &s);
    CHECK_NEAR(s.best_accuracy, 1, 0, 0);
    aq_model_free(&m);
    aq_free(toy);
}

static void eight_videos_are_learnt_by_heart(void **state)
{
    (void)state;
    check_learnt_by_heart(AQ_HCRN_DRAW_ONCE, AQ_HCRN_QGT_OFF);
    check_learnt_by_heart(AQ_HCRN_DRAW_ANEW, AQ_HCRN_QGT_TOKENS);
    check_learnt_by_heart(AQ_HCRN_DRAW_ONCE, AQ_HCRN_QGT_FRAMES);
}

/* With dropout, new subsets in each step, and running statistics. */
static void it_goes_on_with_the_same_bits(void **state)
{
    AqToy *toy = aq_toy_new();
    AqHcrnConfig c = small_hcrn();
    char last[256];
    AqTrainSummary s;
    size_t n[2];
    char *bytes[2];

    (void)state;
    (void)snprintf(last, sizeof last, "%s", aq_toy_path("hcrn.last"));
    c.dropout = 0.2;
    AqModel *m = train_hcrn(toy, &c, 5, NULL, 0, &s);
    bytes[0] = aq_toy_saved(m, &n[0]);
    const AqReal *mean =
        aq_params_find(m->net->params, "answer.norm.running_mean")->data;
    assert_true(mean[0] != 0);
    aq_model_free(&m);
    m = train_hcrn(toy, &c, 2, last, 0, &s);
    aq_model_free(&m);
    m = train_hcrn(toy, &c, 5, last, 1, &s);
    bytes[1] = aq_toy_saved(m, &n[1]);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    aq_model_free(&m);
    CHECK_OK(aq_toy_load(&m, bytes[0], n[0])); /* and is kept in a file */
    aq_free(bytes[1]);
    bytes[1] = aq_toy_saved(m, &n[1]);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    aq_model_free(&m);
    aq_free(bytes[0]);
    aq_free(bytes[1]);
    (void)unlink(last);
    aq_free(toy);
}

/* ---- use ---- */

typedef struct Told {
    const AqModel *model;
    double probability[CLIPS * EACH][8];
} Told;

static AqErr keep_told(void *ctx, const AqAsking *a)
{
    Told *t = ctx;

    for (size_t k = 0; k < t->model->answers.n; k++)
        t->probability[a->question][k] = (double)a->raw[k];
    return AQ_OK;
}

/* Alone, and with all others about its clip; twice. */
static void an_answer_does_not_depend_on_the_others(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqHcrnConfig c = small_hcrn();
    AqTrainSummary s;
    AqModel *m = train_hcrn(toy, &c, 3, NULL, 0, &s);
    Told told = {.model = m};
    const AqAskingPlan plan = {.told = keep_told, .ctx = &told};
    AqPredictor *p;
    AqPrediction y;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_predictor_each(p, &toy->set, &plan));
    for (size_t k = 0; k < 2 * CLIPS * EACH; k++) {
        const AqQuestion *q = &toy->questions[k / 2];

        CHECK_OK(toy->set.load(toy, q->clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, q->text, &y));
        for (int a = 0; a < y.n_answers; a++)
            CHECK_NEAR(y.raw[a], told.probability[k / 2][a], 1e-6, 1e-5);
    }
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

/* ---- what does not fit ---- */

static void refuse(const AqToy *toy, const AqHcrnConfig *c, const char *because)
{
    AqModel *m;

    assert_int_equal(aq_model_new(&m, &aq_hcrn, c, &toy->set, 1), AQ_ERR_USAGE);
    assert_null(m);
    if (!strstr(aq_err_text(), because))
        fail_msg("%s, not about %s", aq_err_text(), because);
}

static void features_that_do_not_fit_are_refused(void **state)
{
    AqToy *toy = aq_toy_new();
    AqHcrnConfig c = small_hcrn();

    (void)state;
    toy->set.sizes.of[AQ_VISUAL][0] = (AqFeatureShape){1, S, V};
    refuse(toy, &c, "a row of these features is 4");
    toy->set.sizes.of[AQ_VISUAL][0] = (AqFeatureShape){1, 65, V};
    refuse(toy, &c, "a row of these features is 65");
    toy->set.sizes = aq_feature_sizes(A, 2, 2, V);
    toy->set.sizes.n[AQ_VISUAL] = 3;
    toy->set.sizes.of[AQ_VISUAL][1] = toy->set.sizes.of[AQ_VISUAL][2] =
        (AqFeatureShape){1, 1, 2};
    refuse(toy, &c, "not 3 features");
    toy->set.sizes = aq_feature_sizes(A, 1, 1, 0);
    refuse(toy, &c, "give --visual NAME");
    toy->set.sizes = aq_feature_sizes(0, 2, 2, V);
    c.clips = 6;
    c.sound = 1;
    refuse(toy, &c, "give --audio NAME");
    c.clips = 5;
    refuse(toy, &c, "5 clips are too few");
    c.sound = 0;
    c.dim = 15;
    refuse(toy, &c, "an even --dim");
    c.dim = 16;
    c.qgt = AQ_HCRN_QGT_TOKENS;
    c.form.heads = 3;
    refuse(toy, &c, "3 heads");
    aq_free(toy);
}

static void broken_model_files_are_refused(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqHcrnConfig c = small_hcrn();
    AqTrainSummary s;
    AqModel *m = train_hcrn(toy, &c, 1, NULL, 0, &s);
    size_t n;
    char *bytes = aq_toy_saved(m, &n);

    (void)state;
    static const char *const edits[][2] = {
        {"answer.norm.running_var", "answer.norm.running_vax"},
        {"clip.motion.fuse.2.weight", "clip.motion.fuse.9.weight"},
        {"\\\"clips\\\": 5", "\\\"clips\\\": 6"},
        {"\\\"clips\\\": 5", "\\\"clips\\\": 0"},
        {"\\\"frames\\\": 5", "\\\"frames\\\": 7"},
        {"\\\"dim\\\": 16", "\\\"dim\\\": 15"},
        {"\\\"draw\\\": \\\"anew", "\\\"draw\\\": \\\"anow"},
        {"\\\"qgt\\\": \\\"off", "\\\"qgt\\\": \\\"oft"},
        {"\\\"subsets\\\": 1", "\\\"subsets\\\": 0"},
    };
    for (size_t k = 0; k < sizeof edits / sizeof *edits; k++)
        if (aq_toy_load_edited(bytes, n, edits[k][0], edits[k][1], 0) == AQ_OK)
            fail_msg("%s was taken", edits[k][1]);
    for (size_t cut = 1; cut < n; cut += n / 29)
        assert_true(aq_toy_load_edited(bytes, n, "hcrn", "hcrn", cut) != AQ_OK);
    aq_free(bytes);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_subsets_are_equally_likely),
        cmocka_unit_test(none_is_drawn_twice),
        cmocka_unit_test(eight_videos_are_learnt_by_heart),
        cmocka_unit_test(it_goes_on_with_the_same_bits),
        cmocka_unit_test(an_answer_does_not_depend_on_the_others),
        cmocka_unit_test(features_that_do_not_fit_are_refused),
        cmocka_unit_test(broken_model_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
