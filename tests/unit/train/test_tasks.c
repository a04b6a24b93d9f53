/* SPDX-License-Identifier: MIT */
/*
 * Models that choose and models that count, through everything that models in words go
 * through: learned from the clip alone, with and without sound, the same whatever the
 * number of threads, stopped and gone on with; kept in files; asked, and explained.
 */
#include "base/alloc.h"
#include "model/explain/occlusion.h"
#include "model/linear/linear.h"
#include "model/train/sampling.h"
#include "model/trained/networks.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

static AqErr load_silent(void *ctx, size_t clip, AqClipFeatures *out)
{
    AqToy *t = ctx;

    *out = (AqClipFeatures){.n_seconds = MOST_T - (int)clip % 3,
                            .visual = t->visual[clip],
                            .visual_present = t->visual_on[clip]};
    return AQ_OK;
}

typedef void (*MakeTask)(AqToy *toy);
static const MakeTask makes[] = {aq_toy_choices, aq_toy_counts};

/* With sound; with none in any clip; in a data set that has no features of it. */
enum { SOUND, SILENT, NO_SOUND_AT_ALL, N_SOUNDS };

static AqToy *toy_of(MakeTask make, int sound)
{
    AqToy *toy = aq_toy_new();

    make(toy);
    if (sound != SOUND)
        toy->set.load = load_silent;
    if (sound == NO_SOUND_AT_ALL)
        toy->set.sizes = aq_feature_sizes(0, 2, 2, V);
    return toy;
}

static AqModel *train_network(const AqAnswerNetwork *network, const void *options,
                              const AqTrainConfig *how, const AqToy *toy,
                              AqTrainSummary *s)
{
    const AqTrainJob job = {.network = network,
                            .options = options,
                            .how = how,
                            .train = &toy->set,
                            .val = &toy->set};
    AqModel *m = NULL;

    CHECK_OK(aq_train(&m, s, &job));
    return m;
}

static AqModel *train_coqo(const AqToy *toy, int epochs, AqTrainSummary *s)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();

    h.epochs = epochs;
    return train_network(&aq_coqo, &c, &h, toy, s);
}

/* ---- learned from the clip ---- */

/* Mean squared error of always answering with the mean. */
static double variance_of_counts(const AqToy *toy)
{
    double sum = 0, square = 0;
    const double n = (double)toy->set.n_questions;

    for (size_t k = 0; k < toy->set.n_questions; k++) {
        const double x = aq_count_of(toy->questions[k].answer);

        sum += x;
        square += x * x;
    }
    return square / n - sum / n * (sum / n);
}

/* All but one in twenty is right, at least 50 points over the floor. */
static void choices_are_learned_from_the_clip(void **state)
{
    (void)state;
    for (int sound = 0; sound < N_SOUNDS; sound++) {
        AqToy *toy = toy_of(aq_toy_choices, sound);
        AqTrainSummary s;
        AqModel *m = train_coqo(toy, 60, &s);

        assert_true(s.best_accuracy > 0.95);
        assert_true(s.best_accuracy > s.val_floor + 0.5);
        assert_int_equal(m->answers.n, 0);
        assert_int_equal(m->shape.n_answers, 1);
        aq_model_free(&m);
        aq_free(toy);
    }
}

/* The error is a twenty-fifth of what the mean has. */
static void counts_are_learned_from_the_clip(void **state)
{
    (void)state;
    for (int sound = 0; sound < N_SOUNDS; sound++) {
        AqToy *toy = toy_of(aq_toy_counts, sound);
        AqTrainSummary s;
        AqModel *m = train_coqo(toy, 90, &s);

        assert_true(variance_of_counts(toy) > 5);
        assert_true(s.best_loss < 0.04 * variance_of_counts(toy));
        aq_model_free(&m);
        aq_free(toy);
    }
}

/* Its maps are of words: a clip's picture tells which of them is right. */
static void the_linear_baseline_learns_both(void **state)
{
    AqLinearConfig c;
    AqTrainConfig h = aq_train_config_default(&aq_linear_baseline);

    (void)state;
    aq_linear_baseline.set_defaults(&c);
    h.epochs = 250;
    h.batch = 4;
    h.warmup = 0;
    h.decay_every = 0;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        AqTrainSummary s;
        AqModel *m = train_network(&aq_linear_baseline, &c, &h, toy, &s);

        if (k == 0)
            assert_true(s.best_accuracy > s.val_floor + 0.1);
        else
            assert_true(s.best_loss < 0.6 * variance_of_counts(toy));
        aq_model_free(&m);
        aq_free(toy);
    }
}

/* ---- the same, however it comes about ---- */

static AqModel *train_parts(const AqToy *toy, int epochs, const char *last, int resume)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = NULL;

    h.epochs = epochs;
    h.sample = AQ_SAMPLE_LOSS;
    h.word_dropout = 0.2;
    h.vary_seen = 1;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .last_path = last,
                            .resume = resume};
    CHECK_OK(aq_train(&m, &s, &job));
    return m;
}

static void gone_on_with_it_is_the_same(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        char last[256];
        size_t n_whole, n_parts;

        (void)snprintf(last, sizeof last, "%s", aq_toy_path("last"));
        AqModel *whole = train_parts(toy, 6, NULL, 0);
        AqModel *part = train_parts(toy, 2, last, 0);
        aq_model_free(&part);
        part = train_parts(toy, 6, last, 1);
        char *a = aq_toy_saved(whole, &n_whole), *b = aq_toy_saved(part, &n_parts);
        assert_int_equal(n_whole, n_parts);
        assert_memory_equal(a, b, n_whole);
        aq_free(a);
        aq_free(b);
        aq_model_free(&whole);
        aq_model_free(&part);
        (void)unlink(last);
        aq_free(toy);
    }
}

/* ---- asking ---- */

static AqClipFeatures clip_of(AqToy *toy, size_t clip)
{
    AqClipFeatures f;

    CHECK_OK(toy->set.load(toy->set.ctx, clip, &f));
    return f;
}

/* The probability of each choice does not depend on the order that they come in. */
static void the_order_of_choices_means_nothing(void **state)
{
    static const char *const one[] = {"left", "yes", "three", "no"}, *const other[] = {
                                                                         "no", "three",
                                                                         "left", "yes"};
    static const int place[] = {2, 3, 1, 0};
    AqToy *toy = toy_of(aq_toy_choices, SOUND);
    AqTrainSummary s;
    AqModel *m = train_coqo(toy, 4, &s);
    AqPredictor *p;
    AqPrediction y;
    float before[4];

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        const AqClipFeatures f = clip_of(toy, clip);

        aq_predictor_offer(p, one, 4);
        CHECK_OK(aq_predictor_ask(p, &f, toy->questions[1].text, &y));
        assert_int_equal(y.n_answers, 4);
        assert_string_equal(y.answer[0], "left");
        memcpy(before, y.probability, sizeof before);
        aq_predictor_offer(p, other, 4);
        CHECK_OK(aq_predictor_ask(p, &f, toy->questions[1].text, &y));
        for (int k = 0; k < 4; k++)
            CHECK_NEAR(y.probability[place[k]], before[k], 1e-5, 0);
    }
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

typedef struct Told {
    AqPredictor *alone;
    AqToy *toy;
    size_t n;
} Told;

/* Among others with more choices, a question is answered as it is alone. */
static AqErr compare_with_alone(void *ctx, const AqAsking *a)
{
    Told *t = ctx;
    const AqQuestion *q = &t->toy->questions[a->question];
    const AqClipFeatures f = clip_of(t->toy, q->clip);
    AqPrediction y;

    aq_predictor_offer(t->alone, q->choices, q->n_choices);
    CHECK_OK(aq_predictor_ask(t->alone, &f, q->text, &y));
    assert_int_equal(a->n_answers, y.n_answers);
    for (int k = 0; k < y.n_answers; k++)
        CHECK_NEAR(a->raw[k], y.raw[k], 1e-5, 0);
    t->n++;
    return AQ_OK;
}

static void a_question_is_answered_as_if_alone(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        AqTrainSummary s;
        AqModel *m = train_coqo(toy, 3, &s);
        Told told = {.toy = toy};
        const AqAskingPlan plan = {.told = compare_with_alone, .ctx = &told};
        AqPredictor *p;

        CHECK_OK(aq_predictor_new(&p, m, NULL));
        CHECK_OK(aq_predictor_new(&told.alone, m, NULL));
        CHECK_OK(aq_predictor_each(p, &toy->set, &plan));
        assert_int_equal(told.n, CLIPS * EACH);
        aq_predictor_free(&told.alone);
        aq_predictor_free(&p);
        aq_model_free(&m);
        aq_free(toy);
    }
}

static void what_cannot_be_asked_is_named(void **state)
{
    static const char *const many[AQ_MOST_CHOICES + 1] = {"yes"};
    AqToy *toy = toy_of(aq_toy_choices, SOUND);
    AqTrainSummary s;
    AqModel *m = train_coqo(toy, 1, &s), *no = NULL;
    const AqClipFeatures f = clip_of(toy, 0);
    AqPredictor *p;
    AqPrediction y;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    assert_int_equal(aq_predictor_ask(p, &f, "Where?", &y), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "\"Where?\" comes with 0 choices"));
    aq_predictor_offer(p, many, AQ_MOST_CHOICES + 1);
    assert_int_equal(aq_predictor_ask(p, &f, "Where?", &y), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "65 choices"));
    aq_predictor_free(&p);
    aq_model_free(&m);

    const AqCoqoConfig c = aq_toy_model();
    toy->questions[5].n_choices = 0;
    assert_int_equal(aq_model_new(&no, &aq_coqo, &c, &toy->set, 1), AQ_ERR_USAGE);
    assert_null(no);
    aq_toy_counts(toy);
    for (size_t k = 0; k < toy->set.n_questions; k++)
        toy->questions[k].answer = "many";
    assert_int_equal(aq_model_new(&no, &aq_coqo, &c, &toy->set, 1), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "whole number"));
    aq_free(toy);
}

/* An answer that is not among the choices, or no number, counts as wrong, and is left
 * out of the loss. */
static void unknown_answers_count_as_wrong(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        AqTrainSummary s;
        AqPredictor *p;
        AqMetrics all;
        AqAnswer answers[CLIPS * EACH];
        double loss;

        toy->questions[3].answer = "a great many";
        AqModel *m = train_coqo(toy, 2, &s);
        CHECK_OK(aq_predictor_new(&p, m, NULL));
        CHECK_OK(aq_predictor_evaluate(p, &toy->set, &all, answers, &loss, NULL, NULL));
        assert_int_equal(answers[3].truth, -1);
        assert_int_equal(all.overall.n, CLIPS * EACH);
        assert_true(isfinite(loss));
        aq_predictor_free(&p);
        aq_model_free(&m);
        aq_free(toy);
    }
}

/* ---- explained ---- */

/* What hiding a stream costs is what asking without it says. */
static void hiding_is_asking_without(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        AqTrainSummary s;
        AqModel *m = train_coqo(toy, 6, &s);
        const AqQuestion *q = &toy->questions[2];
        AqClipFeatures f = clip_of(toy, q->clip);
        AqPredictor *p;
        AqOccluder *o;
        AqPrediction y;
        AqOcclusion x;

        CHECK_OK(aq_predictor_new(&p, m, NULL));
        CHECK_OK(aq_occluder_new(&o, m, NULL));
        aq_predictor_offer(p, q->choices, q->n_choices);
        aq_occluder_offer(o, q->choices, q->n_choices);
        CHECK_OK(aq_occlude(o, &f, q->text, 1, &x));
        CHECK_OK(aq_predictor_ask(p, &f, q->text, &y));
        const double odds =
            log((double)y.raw[x.answer] / (1 - (double)y.raw[x.answer]));
        CHECK_NEAR(x.log_odds, odds, 2e-3, 1e-3);
        assert_non_null(x.cell);
        f.audio = NULL;
        CHECK_OK(aq_predictor_ask(p, &f, q->text, &y));
        const double without =
            log((double)y.raw[x.answer] / (1 - (double)y.raw[x.answer]));
        CHECK_NEAR(x.stream[AQ_AUDIO], odds - without, 4e-3, 2e-3);
        assert_int_equal(x.stream_answer[AQ_AUDIO], aq_likeliest(y.raw, y.n_answers));
        aq_occluder_free(&o);
        aq_predictor_free(&p);
        aq_model_free(&m);
        aq_free(toy);
    }
}

/* ---- files ---- */

static void files_keep_the_head(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        AqToy *toy = toy_of(makes[k], SOUND);
        AqTrainSummary s;
        AqModel *m = train_coqo(toy, 2, &s), *read = NULL;
        size_t n, again;
        char *bytes = aq_toy_saved(m, &n);

        CHECK_OK(aq_toy_load(&read, bytes, n));
        assert_int_equal(read->shape.task, toy->set.task);
        assert_true(memcmp(&read->shape.centre, &m->shape.centre, sizeof(float)) == 0);
        for (size_t q = 0; q < toy->set.n_questions; q++)
            assert_string_equal(aq_floor_guess(read->floor, &toy->questions[q]),
                                aq_floor_guess(m->floor, &toy->questions[q]));
        char *more = aq_toy_saved(read, &again);
        assert_int_equal(again, n);
        assert_memory_equal(more, bytes, n);
        aq_free(more);
        aq_free(bytes);
        aq_model_free(&read);
        aq_model_free(&m);
        aq_free(toy);
    }
}

static void damaged_heads_are_refused(void **state)
{
    AqToy *toy = toy_of(aq_toy_counts, SOUND);
    AqTrainSummary s;
    AqModel *m = train_coqo(toy, 1, &s);
    size_t n;

    (void)state;
    m->shape.centre = 4.5f;
    char *bytes = aq_toy_saved(m, &n);
    assert_int_equal(aq_toy_load_edited(bytes, n, "\"answers_form\":\"count\"",
                                        "\"answers_form\":\"guess\"", 0),
                     AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "the form \"guess\""));
    assert_int_equal(
        aq_toy_load_edited(bytes, n, "\"centre\":\"4.5\"", "\"centre\":\"nan\"", 0),
        AQ_ERR_FORMAT);
    assert_int_equal(
        aq_toy_load_edited(bytes, n, "\"centre\":\"4.5\"", "\"centre\":\"4e9\"", 0),
        AQ_ERR_FORMAT);
    assert_int_equal(aq_toy_load_edited(bytes, n, "\"centre\":", "\"middle\":", 0),
                     AQ_ERR_FORMAT);
    /* with the form gone, an open model without answers is left */
    assert_int_equal(
        aq_toy_load_edited(bytes, n, "\"answers_form\":", "\"answers_farm\":", 0),
        AQ_ERR_FORMAT);
    aq_free(bytes);
    aq_model_free(&m);
    aq_free(toy);
}

/* A model that counts is no beginning for one that chooses. */
static void other_forms_are_no_beginning(void **state)
{
    AqToy *toy = toy_of(aq_toy_counts, SOUND);
    AqTrainSummary s;
    AqModel *m = train_coqo(toy, 1, &s), *no = NULL;
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    char path[256];

    (void)state;
    (void)snprintf(path, sizeof path, "%s", aq_toy_path("from"));
    CHECK_OK(aq_model_save(m, path));
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .train = &toy->set,
                            .from_path = path};
    AqModel *more = NULL;
    CHECK_OK(aq_train(&more, &s, &job)); /* one of its own form is */
    aq_model_free(&more);
    aq_toy_choices(toy);
    assert_int_equal(aq_train(&no, &s, &job), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "of another form"));
    (void)unlink(path);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(choices_are_learned_from_the_clip),
        cmocka_unit_test(counts_are_learned_from_the_clip),
        cmocka_unit_test(the_linear_baseline_learns_both),
        cmocka_unit_test(gone_on_with_it_is_the_same),
        cmocka_unit_test(the_order_of_choices_means_nothing),
        cmocka_unit_test(a_question_is_answered_as_if_alone),
        cmocka_unit_test(what_cannot_be_asked_is_named),
        cmocka_unit_test(unknown_answers_count_as_wrong),
        cmocka_unit_test(hiding_is_asking_without),
        cmocka_unit_test(files_keep_the_head),
        cmocka_unit_test(damaged_heads_are_refused),
        cmocka_unit_test(other_forms_are_no_beginning)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
