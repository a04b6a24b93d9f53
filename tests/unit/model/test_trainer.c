/* SPDX-License-Identifier: MIT */
/*
 * Training on eight made-up videos: it learns them by heart, keeps what it learned in a
 * file, gives the same bytes for the same seed, stops when told, and names what is
 * wrong with its input.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/answer/batch.h"
#include "model/answer/predictor.h"
#include "model/coqo/coqo.h"
#include "model/train/trainer.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static AqModel *train(const AqCoqoConfig *c, const AqTrainConfig *h, AqToy *toy,
                      AqTrainSummary *s)
{
    AqModel *m = NULL;
    const AqTrainJob job = {.model = c,
                            .how = h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .extractors = "{\"audio\": \"x\"}"};

    CHECK_OK(aq_train(&m, s, &job));
    assert_non_null(m);
    return m;
}

static void eight_videos_are_learned_by_heart(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    (void)state;
    h.epochs = 150;
    h.cosine = 1;
    AqModel *m = train(&c, &h, toy, &s);
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
    AqModel *m = train(&c, &h, toy, &s);
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
    AqModel *m = train(&c, &h, toy, &s);
    CHECK_NEAR(s.best_accuracy, s.val_floor, 1e-9, 0);
    aq_model_free(&m);
    aq_free(toy);
}

static void same_prediction(const AqModel *m, const AqModel *n, AqToy *toy)
{
    AqPredictor *p, *q;
    AqPrediction a, b;
    AqClipFeatures f;

    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_predictor_new(&q, n, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, "Where is the flute?", &a));
        CHECK_OK(aq_predictor_ask(q, &f, "Where is the flute?", &b));
        assert_int_equal(a.n_answers, b.n_answers);
        assert_memory_equal(a.probability, b.probability,
                            (size_t)a.n_answers * sizeof *a.probability);
    }
    aq_predictor_free(&p);
    aq_predictor_free(&q);
}

static void a_saved_model_answers_the_same(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = train(&c, &h, toy, &s), *again;
    const char *path = aq_toy_path("saved");

    (void)state;
    CHECK_OK(aq_model_save(m, path));
    CHECK_OK(aq_model_load(&again, path));
    assert_int_equal(again->config.dim, 24);
    assert_string_equal(again->extractors, "{\"audio\": \"x\"}");
    assert_string_equal(again->training, m->training);
    assert_int_equal(aq_model_count(again), aq_model_count(m));
    CHECK_OK(aq_model_fits(again, A, 2, 2, V));
    assert_int_equal(aq_model_fits(again, A, 2, 2, V + 1), AQ_ERR_MISMATCH);
    same_prediction(m, again, toy);
    aq_model_free(&m);
    aq_model_free(&again);
    (void)unlink(path);
    aq_free(toy);
}

static void check_prediction(const AqPrediction *y, int seconds, int has_a, int has_v)
{
    const int has[2] = {has_a, has_v};
    double sum = 0;

    assert_int_equal(y->n_seconds, seconds);
    for (int k = 0; k < y->n_answers; k++) {
        sum += (double)y->probability[k];
        assert_true(k == 0 ||
                    y->probability[y->order[k]] <= y->probability[y->order[k - 1]]);
    }
    CHECK_NEAR(sum, 1, 1e-5, 0);
    for (int m = 0; m < 2; m++) {
        sum = 0;
        for (int t = 0; t < seconds; t++)
            sum += (double)y->attention[m][t];
        CHECK_NEAR(sum, has[m], 1e-5, 0);
    }
}

static long bytes_of(const char *path)
{
    FILE *f = fopen(path, "rbe");

    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    const long n = ftell(f);
    (void)fclose(f);
    return n;
}

static void half_precision_halves_the_file(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = train(&c, &h, toy, &s), *again;
    char whole[256], half[256];
    AqMetrics was, now;
    AqPredictor *p, *q;

    (void)state;
    (void)snprintf(whole, sizeof whole, "%s", aq_toy_path("whole"));
    (void)snprintf(half, sizeof half, "%s", aq_toy_path("half"));
    CHECK_OK(aq_model_save(m, whole));
    m->half = 1;
    CHECK_OK(aq_model_save(m, half));
    assert_true(bytes_of(half) < bytes_of(whole) * 2 / 3);
    CHECK_OK(aq_model_load(&again, half));
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_predictor_new(&q, again, NULL));
    double loss, loss_again;
    CHECK_OK(aq_predictor_evaluate(p, &toy->set, &was, NULL, &loss, NULL, NULL));
    CHECK_OK(aq_predictor_evaluate(q, &toy->set, &now, NULL, &loss_again, NULL, NULL));
    CHECK_NEAR(loss_again, loss, 1e-2, 0);
    assert_true(loss_again != loss); /* it was rounded */
    aq_predictor_free(&p);
    aq_predictor_free(&q);
    aq_model_free(&m);
    aq_model_free(&again);
    aq_free(toy);
}

static void a_prediction_adds_up(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = train(&c, &h, toy, &s);
    AqPredictor *p;
    AqPrediction y;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, "Which drum, sounds unheard-of?", &y));
        check_prediction(&y, f.n_seconds, clip != 6, clip != 7);
    }
    CHECK_OK(toy->set.load(toy, 4, &f)); /* no picture from second 3 on */
    CHECK_OK(aq_predictor_ask(p, &f, "", &y));
    CHECK_NEAR(y.attention[AQ_VISUAL][3], 0, 0, 0);
    assert_true(y.attention[AQ_VISUAL][2] > 0);
    double first = 0, fourth = 0;
    for (int k = 0; k < S; k++) {
        first += (double)y.grid[k];
        fourth += (double)y.grid[3 * S + k];
    }
    CHECK_NEAR(first, 1, 1e-5, 0);
    CHECK_NEAR(fourth, 0, 0, 0);
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

/* Row of logits of one question: alone, and beside other clips and questions. */
static void logits_of(AqNn *nn, const AqModel *m, AqBatchMaker *b,
                      const AqClipFeatures *clips, int n_clips, int slots, float *out)
{
    int ids[24];
    AqAnswerOutput y;

    CHECK_OK(aq_batch_begin(b, m, clips, n_clips, n_clips, slots));
    for (int c = 0; c < n_clips; c++) {
        const int n = aq_vocab_encode(
            &m->words, c ? "Is there a voiceover of any kind?" : "Where is the flute?",
            ids, 24);

        for (int k = 0; k < (c ? slots : 1); k++)
            aq_batch_question(b, c, k, ids, n - k, -1, 0);
    }
    aq_batch_end(b);
    aq_nn_begin(nn, AQ_NN_INFER);
    aq_coqo_forward(nn, m->net, &b->batch, &y);
    CHECK_OK(aq_nn_error(nn));
    for (size_t k = 0; k < m->answers.n; k++)
        out[k] = (float)y.logits->data[k];
}

/* No bias stays zero, as that would hide what must not reach an absent stream. */
static void stir(AqParams *ps)
{
    AqRng rng = aq_rng(9, 9);

    CHECK_OK(aq_params_make_trainable(ps));
    for (size_t p = 0; p < aq_params_n(ps); p++) {
        AqTensor *t = aq_params_tensor(ps, p);

        for (size_t k = 0; k < aq_tensor_count(t); k++)
            t->data[k] += 0.1f * (float)aq_rng_normal(&rng);
    }
}

static void an_answer_does_not_depend_on_its_batch(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m;
    AqBatchMaker b = {0};
    AqNn *nn;
    float alone[8], beside[8];

    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        AqCoqoConfig c = aq_toy_model();

        c.own_pool = variant != 1;
        c.spatial = variant != 2;
        c.temporal = variant != 3;
        c.layers = variant == 0 ? 2 : 1;
        CHECK_OK(aq_model_new(&m, &c, &toy->set, 4));
        stir(aq_coqo_params(m->net));
        CHECK_OK(aq_nn_new(&nn, NULL));
        for (size_t clip = 0; clip < CLIPS; clip++) {
            AqClipFeatures f[4];

            for (size_t k = 0; k < 4; k++)
                CHECK_OK(toy->set.load(toy, (clip + 5 * k) % CLIPS, &f[k]));
            logits_of(nn, m, &b, f, 1, 1, alone);
            logits_of(nn, m, &b, f, 4, 3, beside);
            for (size_t k = 0; k < m->answers.n; k++)
                CHECK_NEAR(beside[k], alone[k], 1e-5, 1e-5);
        }
        aq_nn_free(&nn);
        aq_model_free(&m);
    }
    aq_batch_clear(&b);
    aq_free(toy);
}

static void an_evaluation_agrees_with_single_questions(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = train(&c, &h, toy, &s);
    AqPredictor *p;
    AqMetrics metrics;
    AqPrediction y;
    AqClipFeatures f;
    AqAnswer answers[CLIPS * EACH];
    double loss, sum = 0;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_predictor_evaluate(p, &toy->set, &metrics, answers, &loss, NULL, NULL));
    CHECK_NEAR(aq_count_accuracy(&metrics.overall), s.best_accuracy, 0, 0);
    for (size_t k = 0; k < CLIPS * EACH; k++) {
        const AqQuestion *q = &toy->questions[k];

        CHECK_OK(toy->set.load(toy, q->clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, q->text, &y));
        assert_int_equal(y.order[0], answers[k].given);
        CHECK_NEAR(answers[k].probability, y.probability[y.order[0]], 1e-5, 0);
        sum -= log((double)y.probability[aq_strings_find(&m->answers, q->answer)]);
    }
    CHECK_NEAR(loss, sum / (CLIPS * EACH), 1e-4, 0);
    aq_predictor_free(&p);
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
    AqModel *m = train(&c, h, toy, &s);
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
    assert_true(p->losses.total > 0 && p->losses.qa > 0);
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
    const AqTrainJob job = {.model = &c,
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
    AqModel *m = train(&c, &h, toy, &s);
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
    AqModel *m = train(&c, &h, toy, &s);
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
    const AqTrainJob job = {.model = &c, .how = &h, .train = &toy->set};

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

/* Loads the file with `from` written over as `to` (of equal length) at its first place.
 */
static AqErr load_edited(const char *bytes, size_t n, const char *from, const char *to,
                         size_t cut)
{
    const char *path = aq_toy_path("edited");
    char *copy = aq_alloc(n, 1);
    AqFsWriter w;
    AqModel *m;
    size_t at = 0;

    assert_non_null(copy);
    memcpy(copy, bytes, n);
    while (at + strlen(from) <= n && memcmp(copy + at, from, strlen(from)) != 0)
        at++;
    assert_true(at + strlen(from) <= n && strlen(from) == strlen(to));
    memcpy(copy + at, to, strlen(to));
    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, copy, n - cut));
    CHECK_OK(aq_fs_write_commit(&w));
    const AqErr err = aq_model_load(&m, path);
    if (err != AQ_OK)
        assert_null(m);
    aq_model_free(&m);
    (void)unlink(path);
    aq_free(copy);
    return err;
}

static void broken_model_files_are_refused(void **state)
{
    static const char *const edits[][2] = {
        {"avqa-pipe coqo", "avqa-pipe nono"}, /* another format */
        {"\"version\":\"1\"", "\"version\":\"2\""},
        {"\\\"dim\\\": 24", "\\\"dim\\\": 26"},   /* tensors do not fit it */
        {"\\\"dim\\\": 24", "\\\"dim\\\": -4"},   /* out of range */
        {"\\\"heads\\\": 2", "\\\"heads\\\": 5"}, /* does not divide */
        {"\\\"dim\\\": 24", "\\\"dun\\\": 24"},   /* no such option */
        {"\\\"layers\\\": 1", "\\\"layers\\\": 2"},
        {"\\\"audio_dim\\\": 6", "\\\"audio_dim\\\": 7"},
        {"\\\"grid_h\\\": 2", "\\\"grid_h\\\": 0"},
        {"\\\"flute\\\"", "\\\"zlute\\\""}, /* not sorted */
        {"[\\\"left\\\"", "{\\\"left\\\""},
        {"\"floor\"", "\"flour\""},
        {"stats.audio.mean", "stats.audio.moan"},
        {"fusion.mix.weight", "fusion.mux.weight"},
    };
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const char *path = aq_toy_path("whole");
    AqModel *m;
    char *bytes;
    size_t n;

    (void)state;
    CHECK_OK(aq_model_new(&m, &c, &toy->set, 1));
    CHECK_OK(aq_model_save(m, path));
    CHECK_OK(aq_fs_read(path, 1 << 24, &bytes, &n));
    (void)unlink(path);
    CHECK_OK(load_edited(bytes, n, "", "", 0));
    for (size_t k = 0; k < sizeof edits / sizeof *edits; k++) {
        const AqErr err = load_edited(bytes, n, edits[k][0], edits[k][1], 0);

        if (err != AQ_ERR_FORMAT && err != AQ_ERR_MISMATCH)
            fail_msg("%s -> %s gives %s", edits[k][0], edits[k][1], aq_err_name(err));
    }
    assert_int_equal(load_edited(bytes, n, "", "", 40), AQ_ERR_FORMAT);
    assert_int_equal(load_edited(bytes, n, "", "", n - 3), AQ_ERR_FORMAT);
    AqParams *ps = aq_coqo_params(m->net);
    aq_params_tensor(ps, 0)->data[3] = NAN;
    CHECK_OK(aq_model_save(m, path));
    aq_model_free(&m);
    assert_int_equal(aq_model_load(&m, path), AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "not a number"));
    (void)unlink(path);
    aq_free(bytes);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_videos_are_learned_by_heart),
        cmocka_unit_test(a_resting_channel_is_not_blown_up),
        cmocka_unit_test(the_question_alone_gives_the_floor),
        cmocka_unit_test(a_saved_model_answers_the_same),
        cmocka_unit_test(half_precision_halves_the_file),
        cmocka_unit_test(a_prediction_adds_up),
        cmocka_unit_test(an_answer_does_not_depend_on_its_batch),
        cmocka_unit_test(an_evaluation_agrees_with_single_questions),
        cmocka_unit_test(one_seed_gives_the_same_bytes),
        cmocka_unit_test(it_stops_when_told),
        cmocka_unit_test(it_ends_when_time_is_over),
        cmocka_unit_test(patience_ends_it),
        cmocka_unit_test(broken_numbers_are_named),
        cmocka_unit_test(broken_model_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
