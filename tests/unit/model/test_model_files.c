/* SPDX-License-Identifier: MIT */
/*
 * A model's file: what is read back answers the same, half precision takes half the
 * bytes, and a broken file is refused.
 */
#include "base/alloc.h"
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
    CHECK_OK(aq_model_fits(again, (AqFeatureSizes[]){aq_feature_sizes(A, 2, 2, V)}));
    assert_int_equal(
        aq_model_fits(again, (AqFeatureSizes[]){aq_feature_sizes(A, 2, 2, V + 1)}),
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

/* The toy's videos, whose answers have names, and the model after little training. */
static AqModel *train_with_names(const AqCoqoConfig *c, AqToy **toy)
{
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;

    *toy = aq_toy_new();
    aq_toy_answer_names(*toy);
    AqModel *m = aq_toy_train_as(c, &h, *toy, &s);
    assert_true(aq_toy_has_names(m));
    return m;
}

static void names_are_kept(void **state)
{
    const AqCoqoConfig c = aq_toy_model();
    AqToy *toy;
    AqModel *m = train_with_names(&c, &toy), *again;
    size_t n;
    char *bytes = aq_toy_saved(m, &n);

    (void)state;
    CHECK_OK(aq_toy_load(&again, bytes, n));
    assert_true(aq_toy_has_names(again));
    assert_ptr_equal(again->net->shape.names, again->names);
    same_prediction(m, again, toy);
    aq_model_free(&again);
    assert_int_equal(aq_toy_load_edited(bytes, n, "\"names\":\"[\\\"flute\\\"",
                                        "\"names\":\"[\\\"flutz\\\"", 0),
                     AQ_ERR_FORMAT);
    assert_int_equal(aq_toy_load_edited(bytes, n, "\"names\":\"[", "\"names\":\"{", 0),
                     AQ_ERR_FORMAT);
    aq_free(bytes);
    aq_model_free(&m);
    aq_free(toy);
}

/* Without names and the options that there were not, as if nothing else had ever been.
 */
static void a_file_of_before_answers_as_before(void **state)
{
    static const char *const later[] = {
        "\\\"keep_seconds\\\": false, ", "\\\"highlight\\\": \\\"raw\\\", ",
        "\\\"keep_words\\\": false, ",   "\\\"roles\\\": 0, ",
        "\\\"own_fusion\\\": false, ",   "\\\"hop\\\": false, ",
        "\\\"subject\\\": false, ",      "\\\"changes\\\": false, ",
        "\\\"align_heads\\\": false, "};
    AqCoqoConfig c = aq_toy_model();
    AqToy *toy;
    size_t n;

    (void)state;
    aq_coqo_config_before(&c);
    c.form.lambda = 1;
    AqModel *m = train_with_names(&c, &toy), *again;
    char *bytes = aq_toy_saved(m, &n);
    for (size_t k = 0; k < sizeof later / sizeof *later; k++) {
        char blank[64];

        memset(blank, ' ', sizeof blank);
        blank[strlen(later[k])] = '\0';
        aq_toy_edit(bytes, n, later[k], blank);
    }
    aq_toy_edit(bytes, n, "\"names\"", "\"nomes\"");
    CHECK_OK(aq_toy_load(&again, bytes, n));
    const AqCoqoConfig *read = again->net->config;
    assert_int_equal(read->highlight, AQ_HIGHLIGHT_RAW);
    assert_false(read->keep_words || read->roles || read->own_fusion || read->hop);
    assert_false(read->subject || read->changes || read->align_heads ||
                 read->keep_seconds);
    for (size_t k = 0; k < again->answers.n; k++)
        assert_int_equal(again->names[k], -1);
    same_prediction(m, again, toy);
    aq_free(bytes);
    aq_model_free(&again);
    aq_model_free(&m);
    aq_free(toy);
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
    size_t n;

    (void)state;
    CHECK_OK(aq_model_new(&m, &aq_coqo, &c, &toy->set, 1));
    char *bytes = aq_toy_saved(m, &n);
    CHECK_OK(aq_toy_load_edited(bytes, n, "", "", 0));
    for (size_t k = 0; k < sizeof edits / sizeof *edits; k++) {
        const AqErr err = aq_toy_load_edited(bytes, n, edits[k][0], edits[k][1], 0);

        if (err != AQ_ERR_FORMAT && err != AQ_ERR_MISMATCH)
            fail_msg("%s -> %s gives %s", edits[k][0], edits[k][1], aq_err_name(err));
    }
    assert_int_equal(aq_toy_load_edited(bytes, n, "", "", 40), AQ_ERR_FORMAT);
    assert_int_equal(aq_toy_load_edited(bytes, n, "", "", n - 3), AQ_ERR_FORMAT);
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
        cmocka_unit_test(names_are_kept),
        cmocka_unit_test(a_file_of_before_answers_as_before),
        cmocka_unit_test(broken_model_files_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
