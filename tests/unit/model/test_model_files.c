/* SPDX-License-Identifier: MIT */
/*
 * A model's file: what is read back answers the same, half precision takes half the
 * bytes, and a broken file is refused.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "model/coqo/coqo.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

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
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s), *again;
    const char *path = aq_toy_path("saved");

    (void)state;
    CHECK_OK(aq_model_save(m, path));
    CHECK_OK(aq_model_load(&again, path));
    assert_int_equal(((const AqCoqoConfig *)again->net->config)->dim, 24);
    assert_string_equal(again->extractors, "{\"audio\": \"x\"}");
    assert_string_equal(again->training, m->training);
    assert_int_equal(aq_model_count(again), aq_model_count(m));
    CHECK_OK(aq_model_fits(again, &(AqFeatureSizes){A, 2, 2, V}));
    assert_int_equal(aq_model_fits(again, &(AqFeatureSizes){A, 2, 2, V + 1}),
                     AQ_ERR_MISMATCH);
    same_prediction(m, again, toy);
    assert_null(again->about); /* nobody said anything of it */
    aq_model_free(&m);
    again->about = aq_strdup("{\"knows\": \"flutes\"}");
    CHECK_OK(aq_model_save(again, path));
    aq_model_free(&again);
    CHECK_OK(aq_model_load(&again, path));
    assert_string_equal(again->about, "{\"knows\": \"flutes\"}");
    aq_model_free(&again);
    (void)unlink(path);
    aq_free(toy);
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
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s), *again;
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
    CHECK_OK(aq_model_new(&m, &aq_coqo, &c, &toy->set, 1));
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
    AqParams *ps = m->net->params;
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
        cmocka_unit_test(a_saved_model_answers_the_same),
        cmocka_unit_test(half_precision_halves_the_file),
        cmocka_unit_test(broken_model_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
