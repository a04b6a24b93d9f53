/* SPDX-License-Identifier: MIT */
/*
 * Training on eight made-up videos: it learns them by heart, gives the same bytes for
 * the same seed, stops when told, and names what is wrong with its input.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/train/trainer.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

static void eight_videos_are_learned_by_heart(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    h.epochs = 150;
    h.cosine = 1;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    CHECK_NEAR(s.best_accuracy, 1, 0, 0);
    assert_true(s.val_floor < 0.75); /* the answers are not in the questions */
    assert_int_equal(toy->loads, toy->releases);
    aq_model_free(&m);
    aq_free(toy);
}

/* Of six channels of sound one all but rests and one never moves: the first is scaled
 * by no more than twenty times what the others are scaled by, the second is left out.
 */
static void a_resting_channel_is_not_blown_up(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    for (int clip = 0; clip < CLIPS; clip++)
        for (int t = 0; t < MOST_T; t++) {
            toy->audio[clip][t * A] *= 1e-4F;
            toy->audio[clip][t * A + 1] = 2;
        }
    h.epochs = 1;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    const float *scale = m->inv_std[AQ_AUDIO];
    assert_true(scale[1] == 0);
    for (int k = 2; k < A; k++) {
        CHECK_NEAR(scale[k], 1.0 / 3, 0.1, 0);
        assert_true(scale[0] > 5 * scale[k] && scale[0] < 40 * scale[k]);
    }
    aq_model_free(&m);
    aq_free(toy);
}

/* With the same questions for all and neither stream, no model can beat the floor. */
static void the_question_alone_gives_the_floor(void **state)
{
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    c.question_only = 1;
    h.epochs = 60;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    CHECK_NEAR(s.best_accuracy, s.val_floor, 1e-9, 0);
    aq_model_free(&m);
    aq_free(toy);
}

/* Where every word is replaced, those are still read that are names, and no others:
 * only what is read is learned. (The second look reads names unasked: it is off.) */
static void names_are_not_replaced(void **state)
{
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *fresh;
    int n_read = 0;

    (void)state;
    aq_toy_answer_names(toy);
    aq_coqo_config_before(&c);
    h.word_dropout = 1;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    CHECK_OK(aq_model_new(&fresh, &aq_coqo, &c, &toy->set, h.seed));
    const AqReal *was = aq_params_find(fresh->net->params, "question.embedding")->data,
                 *is = aq_params_find(m->net->params, "question.embedding")->data;
    for (size_t k = 0; k < m->words.n; k++) {
        const char *word = m->words.at[k];
        const size_t at = (k + AQ_VOCAB_FIRST) * (size_t)c.dim;
        const int read = memcmp(was + at, is + at, (size_t)c.dim * sizeof *is) != 0;

        n_read += read;
        assert_int_equal(read,
                         strcmp(word, "flute") == 0 || strcmp(word, "violin") == 0);
    }
    assert_int_equal(n_read, 2);
    aq_model_free(&fresh);
    aq_model_free(&m);
    aq_free(toy);
}

static void file_of_training(const AqTrainConfig *h, const char *path, char **bytes,
                             size_t *n)
{
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqTrainSummary s;

    c.dropout = 0.1;
    AqModel *m = aq_toy_train_as(&c, h, toy, &s);
    CHECK_OK(aq_model_save(m, path));
    CHECK_OK(aq_fs_read(path, 1 << 24, bytes, n));
    (void)unlink(path);
    aq_model_free(&m);
    aq_free(toy);
}

/* Where the tensors of a safetensors file begin: its first eight bytes say. */
static size_t numbers_at(const char *bytes)
{
    uint64_t header;

    memcpy(&header, bytes, sizeof header);
    return sizeof header + (size_t)header;
}

static void one_seed_gives_the_same_bytes(void **state)
{
    AqTrainConfig h = aq_toy_training();
    const char *path = aq_toy_path("seed");
    char *one, *two, *other;
    size_t n_one, n_two, n_other;

    (void)state;
    h.word_dropout = 0.1;
    h.average = 0.9;
    file_of_training(&h, path, &one, &n_one);
    file_of_training(&h, path, &two, &n_two);
    assert_int_equal(n_one, n_two);
    assert_memory_equal(one, two, n_one);
    aq_free(two);
    h.cache_mb = 0; /* the options say so; the numbers stay */
    file_of_training(&h, path, &two, &n_two);
    assert_int_equal(n_one - numbers_at(one), n_two - numbers_at(two));
    assert_memory_equal(one + numbers_at(one), two + numbers_at(two),
                        n_one - numbers_at(one));
    h.cache_mb = 1024;
    h.seed = 2;
    file_of_training(&h, path, &other, &n_other);
    assert_int_equal(n_other - numbers_at(other), n_one - numbers_at(one));
    assert_memory_not_equal(one + numbers_at(one), other + numbers_at(other),
                            n_one - numbers_at(one));
    aq_free(one);
    aq_free(two);
    aq_free(other);
}

typedef struct Watch {
    long steps, stop_after;
    int epochs;
} Watch;

static void watch(void *ctx, const AqTrainProgress *p)
{
    Watch *w = ctx;

    w->steps = p->step;
    w->epochs += p->epoch_done;
    assert_true(p->losses.total > 0 && p->losses.part[AQ_COQO_QA] > 0);
}

static int stop_after(void *ctx)
{
    const Watch *w = ctx;

    return w->stop_after > 0 && w->steps >= w->stop_after;
}

static void it_stops_when_told(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    Watch w = {.stop_after = 3};
    AqTrainSummary s;
    AqModel *m;
    const char *path = aq_toy_path("stopped");
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = &h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .out_path = path,
                            .progress = watch,
                            .stop = stop_after,
                            .ctx = &w};

    (void)state;
    CHECK_OK(aq_train(&m, &s, &job));
    assert_int_equal(s.stopped, 1);
    assert_int_equal(s.steps, 3);
    assert_int_equal(s.best_epoch, 1); /* two steps an epoch */
    assert_int_equal(w.epochs, 1);
    aq_model_free(&m);
    CHECK_OK(aq_model_load(&m, path));
    aq_model_free(&m);
    (void)unlink(path);
    aq_free(toy);
}

static void it_ends_when_time_is_over(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    h.epochs = 1000000;
    h.max_minutes = 0.5 / 60;
    h.cosine = 1;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    assert_int_equal(s.out_of_time, 1);
    assert_true(s.best_epoch > 0);
    assert_true(s.seconds < 5);
    aq_model_free(&m);
    aq_free(toy);
}

static void patience_ends_it(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    h.epochs = 50;
    h.lr = 0; /* nothing ever gets better */
    h.patience = 2;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    assert_int_equal(s.epochs, 3);
    aq_model_free(&m);
    aq_free(toy);
}

static void broken_numbers_are_named(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m;
    const AqTrainJob job = {
        .network = &aq_coqo, .options = &c, .how = &h, .train = &toy->set};

    (void)state;
    toy->visual[5][2 * S * V + 1] = NAN;
    assert_int_equal(aq_train(&m, &s, &job), AQ_ERR_NUMERIC);
    assert_null(m);
    assert_non_null(strstr(aq_err_text(), "clip 5"));
    assert_non_null(strstr(aq_err_text(), "visual feature of second 2"));
    toy->visual[5][2 * S * V + 1] = 0;
    h.lr = 10; /* and a training that runs away */
    h.warmup = 0;
    h.adam_beta1 = 0;
    h.weight_decay = 10;
    h.epochs = 100;
    assert_int_equal(aq_train(&m, &s, &job), AQ_ERR_NUMERIC);
    assert_non_null(strstr(aq_err_text(), "training step"));
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_videos_are_learned_by_heart),
        cmocka_unit_test(a_resting_channel_is_not_blown_up),
        cmocka_unit_test(the_question_alone_gives_the_floor),
        cmocka_unit_test(names_are_not_replaced),
        cmocka_unit_test(one_seed_gives_the_same_bytes),
        cmocka_unit_test(it_stops_when_told),
        cmocka_unit_test(it_ends_when_time_is_over),
        cmocka_unit_test(patience_ends_it),
        cmocka_unit_test(broken_numbers_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
