/* SPDX-License-Identifier: MIT */
/*
 * Models whose questions a text tower reads: they learn, are kept and read back, are
 * asked in other words, explained, and gone on with; another tower is refused.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/explain/occlusion.h"
#include "model/linear/linear.h"
#include "model/trained/model_from.h"
#include "model/trained/model_tower.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"
#include "tests/unit/small_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTEXT 40

static char path[64];
static AqClipText *tower;
static AqToy *toy;

static int open_tower(void **state)
{
    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, CONTEXT);
    tower = aq_small_text_open(path, "act=gelu");
    toy = aq_toy_new();
    aq_toy_answer_names(toy);
    return 0;
}

static int close_tower(void **state)
{
    (void)state;
    aq_clip_text_free(&tower);
    aq_free(toy);
    toy = NULL;
    return 0;
}

static AqModel *train_by_tower(int epochs, AqTrainSummary *s)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .tower = tower,
                            .train = &toy->set,
                            .val = &toy->set};

    h.epochs = epochs;
    h.word_dropout = 0.1;
    CHECK_OK(aq_train(&m, s, &job));
    assert_non_null(m);
    return m;
}

static void answers_are_learned(void **state)
{
    AqTrainSummary s;
    AqModel *m = train_by_tower(60, &s);

    (void)state;
    assert_true(aq_toy_has_names(m));
    assert_null(aq_params_find(m->net->params, "question.embedding"));
    assert_true(s.best_accuracy > 0.9);
    aq_model_free(&m);
}

/* The first clip's probabilities; n of them. */
static int ask_first_clip(const AqModel *m, const char *question, float *out)
{
    AqPredictor *p = NULL;
    AqPrediction y;
    AqClipFeatures f;

    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_predictor_ask(p, &f, question, &y));
    memcpy(out, y.raw, (size_t)y.n_answers * sizeof *out);
    const int n = y.n_answers;
    aq_predictor_free(&p);
    return n;
}

static void a_saved_model_answers_by_its_tower(void **state)
{
    AqTrainSummary s;
    AqModel *m = train_by_tower(2, &s), *again = NULL;
    float a[16], b[16];
    size_t bytes;
    char *saved = aq_toy_saved(m, &bytes);

    (void)state;
    CHECK_OK(aq_toy_load(&again, saved, bytes));
    assert_string_equal(again->question, aq_clip_text_about(tower));
    assert_null(again->bank);
    CHECK_OK(aq_model_set_tower(again, tower));
    const int n = ask_first_clip(m, "Where is the violin?", a);
    assert_int_equal(ask_first_clip(again, "Where is the violin?", b), n);
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
    /* words that no question had are read too, each as itself */
    (void)ask_first_clip(again, "zither", a);
    (void)ask_first_clip(again, "xylophone", b);
    assert_true(memcmp(a, b, (size_t)n * sizeof *a) != 0);
    aq_free(saved);
    aq_model_free(&m);
    aq_model_free(&again);
}

static void without_its_tower_nothing_is_asked(void **state)
{
    AqTrainSummary s;
    AqModel *m = train_by_tower(1, &s), *again = NULL;
    AqPredictor *p = NULL;
    AqPrediction y;
    AqClipFeatures f;
    size_t bytes;
    char *saved = aq_toy_saved(m, &bytes);

    (void)state;
    CHECK_OK(aq_toy_load(&again, saved, bytes));
    CHECK_OK(aq_predictor_new(&p, again, NULL));
    CHECK_OK(toy->set.load(toy, 0, &f));
    assert_int_equal(aq_predictor_ask(p, &f, "Where?", &y), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "text tower"));
    aq_predictor_free(&p);
    aq_free(saved);
    aq_model_free(&m);
    aq_model_free(&again);
}

static void another_tower_is_refused(void **state)
{
    AqTrainSummary s;
    AqModel *m = train_by_tower(1, &s), *words = aq_toy_train(toy, 1);
    AqClipText *other = aq_small_text_open(path, "act=quick_gelu");
    const AqCoqoConfig c = aq_toy_model();
    AqModel *of_other = NULL;

    (void)state;
    assert_int_equal(aq_model_set_tower(m, other), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "act 'gelu', but here it is 'quick_gelu'"));
    assert_int_equal(aq_model_set_tower(words, tower), AQ_ERR_USAGE);
    CHECK_OK(aq_model_new_reading(&of_other, &aq_coqo, &c, &toy->set, 1, other));
    assert_int_equal(aq_model_take(of_other, m), AQ_ERR_MISMATCH);
    assert_int_equal(aq_model_take(words, m), AQ_ERR_MISMATCH);
    aq_model_free(&of_other);
    aq_clip_text_free(&other);
    aq_small_text_write(path, AQ_SMALL_OPENAI, CONTEXT + 1); /* another file */
    other = aq_small_text_open(path, "act=gelu");
    assert_int_equal(aq_model_set_tower(m, other), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "SHA-256"));
    aq_clip_text_free(&other);
    aq_model_free(&m);
    aq_model_free(&words);
}

static void the_linear_network_is_made_with_it(void **state)
{
    AqLinearConfig c;
    AqModel *m;

    (void)state;
    aq_linear_baseline.set_defaults(&c);
    CHECK_OK(aq_model_new_reading(&m, &aq_linear_baseline, &c, &toy->set, 1, tower));
    assert_string_equal(m->question, aq_clip_text_about(tower));
    assert_null(aq_params_find(m->net->params, "question.prior"));
    aq_model_free(&m);
}

/* A candidate is one text to the tower: the question, and the choice behind it. */
static void choices_are_read_by_it(void **state)
{
    AqTrainSummary s;

    (void)state;
    aq_toy_choices(toy);
    AqModel *m = train_by_tower(60, &s);
    assert_true(s.best_accuracy > 0.9);
    assert_int_equal(m->shape.task, AQ_TASK_CHOICE);
    aq_model_free(&m);
}

static void lying_files_are_refused(void **state)
{
    static const char *const lies[][2] = {
        {"\\\"width\\\":128", "\\\"width\\\":129"}, /* tensors have other shapes */
        {"\\\"width\\\":128", "\\\"width\\\":0  "},
        {"\\\"pooled\\\":5", "\\\"pooled\\\":6"},
        {"\\\"width\\\":128", "\\\"wodth\\\":128"},
        {"\\\"encoder\\\":\\\"clip_text\\\"", "\\\"encoder\\\":\\\"clip_texx\\\""},
        {"\\\"encoder\\\":\\\"clip_text\\\"", "\\\"encoder\\\":\\\"lstm\\\"     "},
        {"\"question\":\"{", "\"question\":\"["}};
    AqTrainSummary s;
    AqModel *m = train_by_tower(1, &s);
    size_t n;
    char *bytes = aq_toy_saved(m, &n);

    (void)state;
    for (size_t k = 0; k < sizeof lies / sizeof *lies; k++) {
        const AqErr err = aq_toy_load_edited(bytes, n, lies[k][0], lies[k][1], 0);

        if (err != AQ_ERR_FORMAT && err != AQ_ERR_MISMATCH)
            fail_msg("%s: %s", lies[k][1], aq_err_name(err));
    }
    aq_free(bytes);
    aq_model_free(&m);
}

static void an_answer_is_explained(void **state)
{
    AqTrainSummary s;
    AqModel *m = train_by_tower(2, &s);
    AqOccluder *o = NULL;
    AqOcclusion y;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_occlude(o, &f, "whichever rings out foremost?", 1, &y));
    assert_true(isfinite(y.log_odds));
    aq_occluder_free(&o);
    aq_model_free(&m);
}

/* ---- a training that goes on ---- */

typedef struct Stop {
    long steps, after;
} Stop;

static void watch_steps(void *ctx, const AqTrainProgress *p)
{
    ((Stop *)ctx)->steps = p->step;
}

static int stop_after(void *ctx)
{
    const Stop *s = ctx;

    return s->after > 0 && s->steps >= s->after;
}

static AqErr go_on(const char *out, const char *last, const AqClipText *by, long after,
                   int resume)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    Stop stop = {.after = after};
    AqTrainSummary s;
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .tower = by,
                            .train = &toy->set,
                            .out_path = out,
                            .last_path = last,
                            .resume = resume,
                            .progress = watch_steps,
                            .stop = stop_after,
                            .ctx = &stop};

    h.word_dropout = 0.2;
    const AqErr err = aq_train(&m, &s, &job);
    aq_model_free(&m);
    return err;
}

static void a_stopped_training_goes_on(void **state)
{
    char whole[256], parts[256], last[256], *a, *b;
    AqClipText *other = aq_small_text_open(path, "act=quick_gelu");
    size_t n, m;

    (void)state;
    (void)snprintf(whole, sizeof whole, "%s", aq_toy_path("tower-whole"));
    (void)snprintf(parts, sizeof parts, "%s", aq_toy_path("tower-parts"));
    (void)snprintf(last, sizeof last, "%s", aq_toy_path("tower-last"));
    CHECK_OK(go_on(whole, NULL, tower, 0, 0));
    CHECK_OK(go_on(parts, last, tower, 3, 0));
    assert_int_equal(go_on(parts, last, other, 0, 1), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "question_options=act=gelu"));
    assert_int_equal(go_on(parts, last, NULL, 0, 1), AQ_ERR_MISMATCH);
    CHECK_OK(go_on(parts, last, tower, 0, 1));
    CHECK_OK(aq_fs_read(whole, 1 << 24, &a, &n));
    CHECK_OK(aq_fs_read(parts, 1 << 24, &b, &m));
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    aq_free(a);
    aq_free(b);
    aq_clip_text_free(&other);
    (void)unlink(whole);
    (void)unlink(parts);
    (void)unlink(last);
}

int main(void)
{
#define TOWER_TEST(f) cmocka_unit_test_setup_teardown(f, open_tower, close_tower)
    const struct CMUnitTest tests[] = {
        TOWER_TEST(answers_are_learned),
        TOWER_TEST(a_saved_model_answers_by_its_tower),
        TOWER_TEST(without_its_tower_nothing_is_asked),
        TOWER_TEST(another_tower_is_refused),
        TOWER_TEST(the_linear_network_is_made_with_it),
        TOWER_TEST(choices_are_read_by_it),
        TOWER_TEST(lying_files_are_refused),
        TOWER_TEST(an_answer_is_explained),
        TOWER_TEST(a_stopped_training_goes_on),
    };

    (void)snprintf(path, sizeof path, "/tmp/aq_tower_model_%ld.safetensors",
                   (long)getpid());
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
