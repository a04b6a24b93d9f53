/* SPDX-License-Identifier: MIT */
/*
 * Models of several features of one stream: the toy's rows taken for two features of
 * each. Where their values go in a batch, what the baseline makes of them, what hiding
 * a cell of the second costs, and the model's file.
 */
#include "base/alloc.h"
#include "model/answer/parts.h"
#include "model/explain/occlusion.h"
#include "model/linear/linear.h"
#include "model/trained/batch.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ASKED "Where is the first sounding instrument?"

/* Of aq_toy_split(). */
enum { S1 = 2, V1 = 6, S2 = 3, V2 = 4, CELLS = S1 + S2 };

static AqToy *two_features(void)
{
    AqToy *toy = aq_toy_new();

    aq_toy_split(toy);
    return toy;
}

static AqModel *train_two(AqToy *toy, const char *network)
{
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqCoqoConfig c = aq_toy_model();
    AqLinearConfig l;
    AqModel *m = NULL;
    const int linear = strcmp(network, "linear") == 0;
    AqTrainJob job = {.network = linear ? &aq_linear_baseline : &aq_coqo,
                      .options = linear ? (const void *)&l : &c,
                      .how = &h,
                      .train = &toy->set,
                      .extractors = "{}"};

    aq_linear_baseline.set_defaults(&l);
    c.changes = strcmp(network, "changes") == 0;
    CHECK_OK(aq_train(&m, &s, &job));
    return m;
}

static void sizes_are_told(void **state)
{
    char text[AQ_FEATURE_TEXT];
    AqToy *toy = two_features();
    const AqFeatureSizes *s = &toy->set.sizes, one = aq_feature_sizes(A, 2, 2, V);

    (void)state;
    assert_string_equal(aq_feature_text(s, AQ_VISUAL, text), "1x2x6 and 3x1x4");
    assert_string_equal(aq_feature_text(s, AQ_AUDIO, text), "4 and 2");
    assert_string_equal(aq_feature_text(&one, AQ_VISUAL, text), "2x2x6");
    assert_int_equal(aq_feature_total(s, AQ_VISUAL).cells, CELLS);
    assert_int_equal(aq_feature_total(s, AQ_VISUAL).values, S * V);
    assert_int_equal(aq_feature_place(s, AQ_VISUAL, 1).values, S1 * V1);
    assert_int_equal(aq_feature_place(s, AQ_VISUAL, 1).channels, V1);
    assert_true(aq_feature_sizes_same(s, s));
    assert_false(aq_feature_sizes_same(s, &one));
    aq_free(toy);
}

/* Each value of feature k of clip c, standardised by hand. */
static void check_feature(const AqModel *m, const float *visual, const AqBatch *b,
                          int c, int k)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;
    const AqFeatureShape *s = &sizes->of[AQ_VISUAL][k];
    const AqFeaturePlace at = aq_feature_place(sizes, AQ_VISUAL, k);
    const int each = s->h * s->w * s->dim;
    const float *got =
        aq_batch_feature(b, sizes, AQ_VISUAL, k, b->features[AQ_VISUAL]) +
        (size_t)c * (size_t)b->n_seconds * (size_t)each;

    for (int t = 0; t < b->n_seconds; t++)
        for (int j = 0; j < each; j++) {
            const int channel = at.channels + j % s->dim;
            const double x = (double)visual[t * S * V + at.values + j];
            double want = (x - (double)m->mean[AQ_VISUAL][channel]) *
                          (double)m->inv_std[AQ_VISUAL][channel];

            want = fmax(-8, fmin(8, want));
            if (!b->on[AQ_VISUAL][c * b->n_seconds + t])
                want = 0;
            CHECK_NEAR(got[t * each + j], want, 1e-5, 1e-5);
        }
}

static void a_batch_has_each_feature_whole(void **state)
{
    AqToy *toy = two_features();
    AqModel *m = train_two(toy, "changes");
    AqClipFeatures clips[2];
    AqBatchMaker b = {0};
    const AqFeatureSizes *s = &m->shape.sizes;

    (void)state;
    CHECK_OK(toy->set.load(toy, 0, &clips[0]));
    CHECK_OK(toy->set.load(toy, 3, &clips[1]));
    CHECK_OK(aq_batch_begin(&b, m, clips, 2, 2, 1));
    assert_int_equal(b.batch.n_seconds, MOST_T);
    for (int c = 0; c < 2; c++)
        for (int k = 0; k < 2; k++)
            check_feature(m, toy->visual[c ? 3 : 0], &b.batch, c, k);
    /* what changes in the last cell of the last feature, from second 0 to 1 */
    const float *change = aq_batch_feature(&b.batch, s, AQ_VISUAL, 1, b.batch.changes);
    const int last = S2 * V2 - 1, in_row = S * V - 1, channel = V1 + V2 - 1;
    const double moved =
        fabs((double)toy->visual[0][S * V + in_row] - (double)toy->visual[0][in_row]) *
        (double)m->inv_std[AQ_VISUAL][channel];
    CHECK_NEAR(change[S2 * V2 + last], fmin(moved, 8), 1e-5, 1e-5);
    aq_batch_clear(&b);
    aq_model_free(&m);
    aq_free(toy);
}

/* What feature k of a stream says for an answer by the formula of the baseline. */
static double map_of_feature(const AqModel *m, AqModality which, int k,
                             const AqClipFeatures *f, int answer)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;
    const AqFeatureShape *s = &sizes->of[which][k];
    const AqFeaturePlace at = aq_feature_place(sizes, which, k);
    const int row = aq_feature_total(sizes, which).values, cells = s->h * s->w;
    const float *x = which == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = which == AQ_AUDIO ? f->audio_present : f->visual_present;
    char name[64], part[AQ_FEATURE_NAME];
    double sum = 0;
    int n = 0;

    (void)snprintf(name, sizeof name, "%s.%s.weight", aq_modality_name(which),
                   aq_feature_name("map", k, part));
    const AqTensor *w = aq_params_find(m->net->params, name);
    (void)snprintf(name, sizeof name, "%s.%s.bias", aq_modality_name(which), part);
    const AqTensor *bias = aq_params_find(m->net->params, name);
    assert_true(w && bias);
    assert_true(fabs((double)w->data[0]) > 0); /* it has learned */
    for (int t = 0; x && t < f->n_seconds; t++) {
        n += on[t];
        for (int j = 0; on[t] && j < cells * s->dim; j++) {
            const int c = at.channels + j % s->dim;
            const double v =
                ((double)x[t * row + at.values + j] - (double)m->mean[which][c]) *
                (double)m->inv_std[which][c];

            sum += (double)w->data[answer * s->dim + j % s->dim] *
                   fmax(-8, fmin(8, v)) / cells / sqrt(s->dim);
        }
    }
    return n ? sum / n + (double)bias->data[answer] : 0;
}

static void the_baseline_adds_all_features(void **state)
{
    AqToy *toy = two_features();
    AqModel *m = train_two(toy, "linear");
    AqPredictor *p;
    AqPrediction y;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        double logit[16];
        int ids[24];
        AqClipFeatures f;

        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, ASKED, &y));
        const int n = aq_vocab_encode(&m->words, ASKED, ids, 24);
        const AqTensor *prior = aq_params_find(m->net->params, "question.prior");
        for (int a = 0; a < y.n_answers; a++) {
            logit[a] = 0;
            for (int j = 0; j < n; j++)
                logit[a] += (double)prior->data[ids[j] * y.n_answers + a];
            for (int which = 0; which < AQ_N_MODALITIES; which++)
                for (int k = 0; k < 2; k++)
                    logit[a] += map_of_feature(m, (AqModality)which, k, &f, a);
        }
        for (int a = 1; a < y.n_answers; a++)
            CHECK_NEAR(log((double)y.raw[a]) - log((double)y.raw[0]),
                       logit[a] - logit[0], 1e-4, 1e-4);
    }
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

static double odds_of_answer(AqPredictor *p, const AqClipFeatures *f, int a)
{
    AqPrediction y;

    CHECK_OK(aq_predictor_ask(p, f, ASKED, &y));
    return log((double)y.raw[a] / (1 - (double)y.raw[a]));
}

/* Cell s of all seconds becomes the mean of its own feature's other cells. */
static void flatten_cell_of_feature(float *visual, int n_seconds, int s)
{
    const int second = s >= S1, n = second ? S2 : S1, dim = second ? V2 : V1;

    for (int t = 0; t < n_seconds; t++)
        for (int j = 0; j < dim; j++) {
            float *cells = visual + t * S * V + (second ? S1 * V1 : 0) + j;
            float sum = 0;

            for (int i = 0; i < n; i++)
                sum += i == (second ? s - S1 : s) ? 0 : cells[i * dim];
            cells[(second ? s - S1 : s) * dim] = sum / (float)(n - 1);
        }
}

static void hidden_cells_are_as_the_rest_of_their_feature(void **state)
{
    AqToy *toy = two_features();
    AqModel *m = train_two(toy, "coqo");
    float visual[MOST_T * S * V];
    AqClipFeatures f;
    AqOccluder *o;
    AqOcclusion y;
    AqPredictor *p;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_occlude(o, &f, ASKED, 1, &y));
    assert_int_equal(y.n_cells, CELLS);
    const double whole = odds_of_answer(p, &f, y.answer);
    for (int s = 0; s < CELLS; s++) {
        AqClipFeatures g = f;

        memcpy(visual, toy->visual[0], sizeof visual);
        flatten_cell_of_feature(visual, f.n_seconds, s);
        g.visual = visual;
        CHECK_NEAR(y.cell[s], whole - odds_of_answer(p, &g, y.answer), 2e-4, 1e-3);
        assert_true(fabs((double)y.cell[s]) > 0);
    }
    aq_occluder_free(&o);
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

static void its_file_has_all_of_them(void **state)
{
    AqToy *toy = two_features();
    AqModel *m = train_two(toy, "changes"), *again;
    const AqFeatureSizes one = aq_feature_sizes(A, 2, 2, V);
    size_t n, n_again;
    char *bytes = aq_toy_saved(m, &n);

    (void)state;
    CHECK_OK(aq_toy_load(&again, bytes, n));
    assert_true(aq_feature_sizes_same(&again->shape.sizes, &toy->set.sizes));
    char *bytes_again = aq_toy_saved(again, &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, bytes_again, n);
    assert_int_equal(aq_model_fits(again, &one), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "4 and 2 (audio) and 1x2x6 and 3x1x4"));
    assert_non_null(strstr(aq_err_text(), "6 and 2x2x6"));
    aq_free(bytes);
    aq_free(bytes_again);
    aq_model_free(&again);
    aq_model_free(&m);
    aq_free(toy);
}

/* The metadata's list of shapes. */
static void lying_shapes_are_refused(void **state)
{
    static const char picture[] = "[[1, 2, 6], [3, 1, 4]]",
                      sound[] = "[[1, 1, 4], [1, 1, 2]]";
    static const char *const edits[][2] = {
        {picture, "[[1, 2, 6], [3, 1, 5]]"}, /* another width */
        {picture, "[[1, 2, 6], [3, 2, 4]]"}, /* another grid */
        {picture, "[[1, 2, 6], [3, 1, 0]]"}, /* nothing */
        {picture, "[[1, 2, 6], [0, 1, 4]]"}, {picture, "[[1, 2, 6], [3,{},4 ]]"},
        {picture, "[[1, 2, 6]           ]"}, /* too few, too many, none */
        {picture, "[[],[],[],[],[]      ]"}, {picture, "[                    ]"},
        {sound, "[[1, 1, 4], [1, 2, 1]]"}, /* sound has no grid */
        {sound, "5                     "},
    };
    AqToy *toy = two_features();
    AqModel *m = train_two(toy, "changes");
    size_t n;
    char *bytes = aq_toy_saved(m, &n);

    (void)state;
    CHECK_OK(aq_toy_load_edited(bytes, n, "", "", 0));
    for (size_t k = 0; k < sizeof edits / sizeof *edits; k++) {
        const AqErr err = aq_toy_load_edited(bytes, n, edits[k][0], edits[k][1], 0);

        if (err != AQ_ERR_FORMAT && err != AQ_ERR_MISMATCH)
            fail_msg("%s gives %s", edits[k][1], aq_err_name(err));
    }
    aq_free(bytes);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_told),
        cmocka_unit_test(a_batch_has_each_feature_whole),
        cmocka_unit_test(the_baseline_adds_all_features),
        cmocka_unit_test(hidden_cells_are_as_the_rest_of_their_feature),
        cmocka_unit_test(its_file_has_all_of_them),
        cmocka_unit_test(lying_shapes_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
