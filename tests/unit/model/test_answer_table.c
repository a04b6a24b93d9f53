/* SPDX-License-Identifier: MIT */
/*
 * A second row of the table of answering networks goes through everything that CoQo
 * goes through: its logits are those of the formula, it is trained, stopped and gone on
 * with, kept in a file, begun from, asked and explained.
 */
#include "base/alloc.h"
#include "model/explain/occlusion.h"
#include "model/linear/linear.h"
#include "model/trained/model_from.h"
#include "model/trained/networks.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

static AqLinearConfig linear_options(void)
{
    AqLinearConfig c;

    aq_linear_baseline.set_defaults(&c);
    return c;
}

static AqTrainConfig linear_training(int epochs)
{
    AqTrainConfig t = aq_train_config_default(&aq_linear_baseline);

    t.epochs = epochs;
    t.batch = 4;
    t.warmup = 0;
    t.decay_every = 0;
    return t;
}

static AqModel *train_linear(const AqToy *toy, int epochs, const char *last, int resume)
{
    const AqLinearConfig c = linear_options();
    const AqTrainConfig h = linear_training(epochs);
    const AqTrainJob job = {.network = &aq_linear_baseline,
                            .options = &c,
                            .how = &h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .last_path = last,
                            .resume = resume};
    AqTrainSummary s;
    AqModel *m = NULL;

    CHECK_OK(aq_train(&m, &s, &job));
    return m;
}

static const AqReal *values(const AqModel *m, const char *name)
{
    const AqTensor *t = aq_params_find(m->net->params, name);

    assert_non_null(t);
    return t->data;
}

/* What one stream says for answer k by the formula, in double precision. */
static double map_of(const AqModel *m, int stream, const AqClipFeatures *f, int k)
{
    const AqFeatureSizes *s = &m->shape.sizes;
    const int cells = s->of[stream][0].h * s->of[stream][0].w;
    const int dim = s->of[stream][0].dim;
    const float *x = stream == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = stream == AQ_AUDIO ? f->audio_present : f->visual_present;
    const char *names[2][2] = {{"audio.map.weight", "audio.map.bias"},
                               {"visual.map.weight", "visual.map.bias"}};
    const AqReal *w = values(m, names[stream][0]) + k * dim;
    double sum = 0;
    int n = 0;

    for (int t = 0; x && t < f->n_seconds; t++) {
        if (!on[t])
            continue;
        n++;
        for (int j = 0; j < cells * dim; j++) {
            const int c = j % dim;
            double v = ((double)x[t * cells * dim + j] - (double)m->mean[stream][c]) *
                       (double)m->inv_std[stream][c];

            v = fmin(fmax(v, -8), 8);
            sum += (double)w[c] * v / cells / sqrt(dim);
        }
    }
    return n ? sum / n + (double)values(m, names[stream][1])[k] : 0;
}

static double logit_of(const AqModel *m, const AqClipFeatures *f, const char *question,
                       int k)
{
    int ids[24];
    const int n = aq_vocab_encode(&m->words, question, ids, 24);
    const AqReal *prior = values(m, "question.prior");
    double sum = 0;

    for (int j = 0; j < n; j++)
        sum += (double)prior[ids[j] * (int)m->answers.n + k];
    return sum + map_of(m, AQ_AUDIO, f, k) + map_of(m, AQ_VISUAL, f, k);
}

static void its_answers_are_those_of_the_formula(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = train_linear(toy, 6, NULL, 0);
    AqPredictor *p;
    AqPrediction y;
    AqClipFeatures f;

    (void)state;
    assert_ptr_equal(m->net->network, &aq_linear_baseline);
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    for (size_t clip = 0; clip < CLIPS; clip++) {
        double sum = 0, e[8];

        CHECK_OK(toy->set.load(toy, clip, &f));
        CHECK_OK(aq_predictor_ask(p, &f, toy->questions[0].text, &y));
        assert_null(y.attention[0]); /* it shows none */
        assert_null(y.grid);
        assert_true(y.n_answers <= 8);
        for (int k = 0; k < y.n_answers; k++)
            sum += e[k] = exp(logit_of(m, &f, toy->questions[0].text, k));
        for (int k = 0; k < y.n_answers; k++)
            CHECK_NEAR(y.raw[k], e[k] / sum, 1e-6, 1e-4);
    }
    aq_predictor_free(&p);
    aq_model_free(&m);
    aq_free(toy);
}

static size_t bytes_of(const char *path, unsigned char **out)
{
    FILE *f = fopen(path, "rb");
    const size_t most = 1 << 20;

    assert_non_null(f);
    assert_non_null(*out = aq_alloc(most, 1));
    const size_t n = fread(*out, 1, most, f);
    (void)fclose(f);
    return n;
}

static void check_same_files(const char *a, const char *b)
{
    unsigned char *x, *y;
    const size_t n = bytes_of(a, &x);

    assert_int_equal(bytes_of(b, &y), n);
    assert_memory_equal(x, y, n);
    aq_free(x);
    aq_free(y);
}

static void it_goes_on_and_is_kept(void **state)
{
    AqToy *toy = aq_toy_new();
    char last[256], whole[256], parts[256];

    (void)state;
    (void)snprintf(last, sizeof last, "%s", aq_toy_path("linear.last"));
    (void)snprintf(whole, sizeof whole, "%s", aq_toy_path("whole"));
    (void)snprintf(parts, sizeof parts, "%s", aq_toy_path("parts"));
    AqModel *m = train_linear(toy, 5, NULL, 0);
    CHECK_OK(aq_model_save(m, whole));
    aq_model_free(&m);
    m = train_linear(toy, 2, last, 0);
    aq_model_free(&m);
    m = train_linear(toy, 5, last, 1);
    CHECK_OK(aq_model_save(m, parts));
    check_same_files(whole, parts);

    AqModel *again;
    CHECK_OK(aq_model_load(&again, whole));
    assert_ptr_equal(again->net->network, &aq_linear_baseline);
    CHECK_OK(aq_model_save(again, parts));
    check_same_files(whole, parts);
    aq_model_free(&again);
    aq_model_free(&m);
    (void)unlink(last);
    (void)unlink(whole);
    (void)unlink(parts);
    aq_free(toy);
}

static void one_network_begins_from_its_own(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *linear = train_linear(toy, 1, NULL, 0), *coqo = aq_toy_train(toy, 1);
    const AqLinearConfig c = linear_options();
    AqModel *m;

    (void)state;
    CHECK_OK(aq_model_new(&m, &aq_linear_baseline, &c, &toy->set,
                          9)); /* zeros, drawn anew */
    assert_int_equal(aq_model_take(m, coqo), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "of the network coqo"));
    CHECK_OK(aq_model_take(m, linear));
    CHECK_NEAR(values(m, "question.prior")[5], values(linear, "question.prior")[5], 0,
               0);
    aq_model_free(&m);
    aq_model_free(&coqo);
    aq_model_free(&linear);
    aq_free(toy);
}

/* Hiding a second takes from the answer's log-odds what a clip made so loses. */
static void what_is_hidden_is_what_is_lost(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = train_linear(toy, 6, NULL, 0);
    AqOccluder *o;
    AqOcclusion y;
    AqClipFeatures f;

    (void)state;
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_occlude(o, &f, toy->questions[0].text, 1, &y));
    const int answer = y.answer;
    const double before = y.log_odds, lost = (double)y.stream[AQ_AUDIO];
    double odds[2];
    AqClipFeatures seen[2] = {f, f};

    seen[1].audio = NULL;
    for (int k = 0; k < 2; k++) {
        double rest = 0;

        for (int a = 0; a < (int)m->answers.n; a++)
            if (a != answer)
                rest += exp(logit_of(m, &seen[k], toy->questions[0].text, a));
        odds[k] = logit_of(m, &seen[k], toy->questions[0].text, answer) - log(rest);
    }
    CHECK_NEAR(before, odds[0], 1e-5, 1e-4);
    CHECK_NEAR(lost, odds[0] - odds[1], 1e-5, 1e-4);
    assert_non_null(y.cell);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

static void the_table_names_its_rows(void **state)
{
    const AqAnswerNetwork *n;

    (void)state;
    for (size_t k = 0; aq_answer_network(k); k++) {
        CHECK_OK(aq_answer_network_find(&n, aq_answer_network(k)->name));
        assert_ptr_equal(n, aq_answer_network(k));
    }
    assert_int_equal(aq_answer_network_find(&n, "linaer"), AQ_ERR_USAGE);
    assert_null(n);
    assert_non_null(strstr(aq_err_text(), "linear"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_answers_are_those_of_the_formula),
        cmocka_unit_test(it_goes_on_and_is_kept),
        cmocka_unit_test(one_network_begins_from_its_own),
        cmocka_unit_test(what_is_hidden_is_what_is_lost),
        cmocka_unit_test(the_table_names_its_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
