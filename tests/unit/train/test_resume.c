/* SPDX-License-Identifier: MIT */
/*
 * A training that was stopped and goes on is, bit for bit, one that was not: after
 * every possible step, more than once, with dropout, drawn questions, a running mean
 * and a best state in play. What does not belong together is refused.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/train/sampling.h"
#include "model/train/trainer.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

enum { EPOCHS = 4, STEPS = 2 * 2 * EPOCHS }; /* two passes of two batches */

static char model_path[256], last_path[256];
static int sample = AQ_SAMPLE_EVEN; /* of all that follows */

static AqCoqoConfig model(void)
{
    AqCoqoConfig c = aq_toy_model();

    c.dropout = 0.1;
    return c;
}

static AqTrainConfig training(void)
{
    AqTrainConfig h = aq_toy_training();

    h.epochs = EPOCHS;
    h.passes = 2;
    h.questions = 2;
    h.sample = sample;
    h.word_dropout = 0.1;
    h.average = 0.9;
    h.cosine = 1;
    return h;
}

typedef struct Stop {
    long steps, after;
} Stop;

static void watch(void *ctx, const AqTrainProgress *p)
{
    ((Stop *)ctx)->steps = p->step;
}

static int stop(void *ctx)
{
    const Stop *s = ctx;

    return s->after > 0 && s->steps >= s->after;
}

/* One stretch: up to step `until` (0: the end). */
static AqErr stretch(const AqTrainConfig *h, AqToy *toy, long until, int resume,
                     AqTrainSummary *s)
{
    const AqCoqoConfig c = model();
    Stop w = {.after = until};
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .out_path = model_path,
                            .last_path = last_path,
                            .resume = resume,
                            .progress = watch,
                            .stop = stop,
                            .ctx = &w};
    const AqErr err = aq_train(&m, s, &job);

    aq_model_free(&m);
    return err;
}

typedef struct File {
    char *bytes;
    size_t n;
} File;

static File take(const char *path)
{
    File f = {0};

    CHECK_OK(aq_fs_read(path, 1 << 26, &f.bytes, &f.n));
    return f;
}

static void same(const File *a, const File *b)
{
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->bytes, b->bytes, a->n);
}

/* The model as it came out, and the sums of the whole. */
typedef struct Result {
    File model;
    AqTrainSummary s;
} Result;

static Result uninterrupted(void)
{
    const AqTrainConfig h = training();
    AqToy *toy = aq_toy_new();
    Result r;

    CHECK_OK(stretch(&h, toy, 0, 0, &r.s));
    r.model = take(model_path);
    assert_int_equal(r.s.steps, STEPS);
    aq_free(toy);
    return r;
}

static void compare(const Result *want, const AqTrainSummary *s)
{
    File have = take(model_path);

    same(&have, &want->model);
    assert_int_equal(s->steps, want->s.steps);
    assert_int_equal(s->epochs, want->s.epochs);
    assert_int_equal(s->best_epoch, want->s.best_epoch);
    assert_true(memcmp(&s->best_loss, &want->s.best_loss, sizeof s->best_loss) == 0);
    assert_true(memcmp(&s->losses, &want->s.losses, sizeof s->losses) == 0);
    aq_free(have.bytes);
}

static void going_on_is_not_having_stopped(void **state)
{
    const AqTrainConfig h = training();
    Result want = uninterrupted();
    AqTrainSummary s;

    (void)state;
    for (long k = 1; k < STEPS; k++) {
        AqToy *toy = aq_toy_new(), *again = aq_toy_new();

        CHECK_OK(stretch(&h, toy, k, 0, &s));
        assert_int_equal(s.steps, k);
        assert_int_equal(s.stopped, 1);
        CHECK_OK(stretch(&h, again, 0, 1, &s));
        compare(&want, &s);
        aq_free(toy);
        aq_free(again);
    }
    aq_free(want.model.bytes);
}

static void many_small_stretches_too(void **state)
{
    const AqTrainConfig h = training();
    Result want = uninterrupted();
    AqTrainSummary s;

    (void)state;
    for (long k = 1; k <= STEPS; k++) {
        AqToy *toy = aq_toy_new();

        CHECK_OK(stretch(&h, toy, k < STEPS ? k : 0, k > 1, &s));
        assert_int_equal(s.steps, k);
        aq_free(toy);
    }
    compare(&want, &s);
    AqToy *toy = aq_toy_new(); /* what is done stays done */
    CHECK_OK(stretch(&h, toy, 0, 1, &s));
    File have = take(model_path);
    same(&have, &want.model);
    assert_int_equal(s.steps, STEPS);
    aq_free(have.bytes);
    aq_free(toy);
    aq_free(want.model.bytes);
}

/* What was hard is part of the state: without it, other questions would be drawn. */
static void whichever_questions_are_drawn(void **state)
{
    for (sample = AQ_SAMPLE_KIND; sample <= AQ_SAMPLE_LOSS; sample++) {
        going_on_is_not_having_stopped(state);
        many_small_stretches_too(state);
    }
    sample = AQ_SAMPLE_EVEN;
}

/* States from before there was another way resume: an even one says nothing of it. */
static void even_states_are_as_they_were(void **state)
{
    AqTrainConfig h = training();
    AqToy *toy = aq_toy_new();
    AqWeights *w = NULL;
    AqTrainSummary s;

    (void)state;
    CHECK_OK(stretch(&h, toy, 5, 0, &s));
    CHECK_OK(aq_weights_open(&w, last_path));
    assert_null(strstr(aq_weights_meta(w, "settings"), "sample"));
    assert_null(aq_weights_find(w, "sampling"));
    aq_weights_unref(&w);
    h.sample_mix = 0.25; /* means nothing here */
    CHECK_OK(stretch(&h, toy, 6, 1, &s));
    h.sample = AQ_SAMPLE_KIND;
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(
        strstr(aq_err_text(), "with the default, and here it is sample=kind;"));
    CHECK_OK(stretch(&h, toy, 5, 0, &s));
    CHECK_OK(stretch(&h, toy, 6, 1, &s));
    h.sample_mix = 0.5;
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "sample_mix=0.25, and here"));
    h.sample = AQ_SAMPLE_EVEN;
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(
        strstr(aq_err_text(), "with sample=kind, and here it is the default;"));
    h.sample = AQ_SAMPLE_KIND;
    h.sample_mix = 0.25;
    toy->questions[3].template_ = toy->questions[2].template_; /* other kinds */
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "other questions"));
    aq_free(toy);
}

static void it_can_go_on_for_longer(void **state)
{
    AqTrainConfig h = training();
    AqToy *toy = aq_toy_new();
    AqTrainSummary s;

    (void)state;
    CHECK_OK(stretch(&h, toy, 0, 0, &s));
    h.epochs = EPOCHS + 2;
    CHECK_OK(stretch(&h, toy, 0, 1, &s));
    assert_int_equal(s.epochs, EPOCHS + 2);
    assert_int_equal(s.steps, STEPS + 8);
    aq_free(toy);
}

static void what_does_not_belong_together_is_refused(void **state)
{
    AqTrainConfig h = training();
    AqToy *toy = aq_toy_new();
    AqTrainSummary s;

    (void)state;
    (void)unlink(last_path);
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_NOT_FOUND);
    CHECK_OK(stretch(&h, toy, 5, 0, &s));
    h.lr *= 2;
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "lr=0.003, and here it is lr=0.006"));
    h = training();
    h.seed = 9;
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    h = training();
    toy->questions[3].text = "Is the flute softer than the violin?";
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "other questions"));
    aq_free(toy);
}

static void broken_files_are_refused(void **state)
{
    const AqTrainConfig h = training();
    AqToy *toy = aq_toy_new();
    AqTrainSummary s;

    (void)state;
    CHECK_OK(stretch(&h, toy, 5, 0, &s));
    File whole = take(last_path);
    for (size_t k = 0; k < 16; k++) { /* cut at every 16th */
        FILE *f = fopen(last_path, "wb");

        assert_non_null(f);
        assert_int_equal(fwrite(whole.bytes, 1, whole.n * k / 16, f), whole.n * k / 16);
        (void)fclose(f);
        assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_FORMAT);
    }
    aq_free(whole.bytes);
    File model_file = take(model_path); /* a model is no training */
    AqFsWriter w;
    CHECK_OK(aq_fs_write_begin(&w, last_path));
    CHECK_OK(aq_fs_write(&w, model_file.bytes, model_file.n));
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(stretch(&h, toy, 0, 1, &s), AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "not the state of an interrupted training"));
    aq_free(model_file.bytes);
    aq_free(toy);
}

static int paths(void **state)
{
    (void)state;
    (void)snprintf(model_path, sizeof model_path, "%s", aq_toy_path("resume"));
    (void)snprintf(last_path, sizeof last_path, "%s", aq_toy_path("resume.last"));
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(model_path);
    (void)unlink(last_path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(going_on_is_not_having_stopped),
        cmocka_unit_test(many_small_stretches_too),
        cmocka_unit_test(whichever_questions_are_drawn),
        cmocka_unit_test(even_states_are_as_they_were),
        cmocka_unit_test(it_can_go_on_for_longer),
        cmocka_unit_test(what_does_not_belong_together_is_refused),
        cmocka_unit_test(broken_files_are_refused)};

    return cmocka_run_group_tests(tests, paths, clean);
}
