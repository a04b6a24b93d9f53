/* SPDX-License-Identifier: MIT */
/*
 * Answers of a trained model: probabilities and attention add up, an answer does not
 * depend on the batch it is in, and an evaluation says what single questions say.
 */
#include "base/alloc.h"
#include "model/coqo/coqo.h"
#include "model/trained/batch.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>

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

static void a_prediction_adds_up(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
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
    aq_answer_forward(nn, m->net, &b->batch, &y);
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

/* The toy's model: whole, or without one part, or without all that came later. */
enum { VARIANTS = 11 };

static AqCoqoConfig variant_of_toy(int variant)
{
    AqCoqoConfig c = aq_toy_model();

    c.form.layers = variant == 0 ? 2 : 1;
    c.own_pool = variant != 1;
    c.spatial = variant != 2;
    c.temporal = variant != 3;
    c.hop = variant != 4;
    c.roles = variant != 5 ? c.roles : 0;
    c.keep_words = variant != 6;
    c.highlight = variant == 7 ? AQ_HIGHLIGHT_RAW : c.highlight;
    c.subject = variant != 9;
    c.changes = variant != 10;
    if (variant == 8)
        aq_coqo_config_before(&c);
    return c;
}

static void an_answer_does_not_depend_on_its_batch(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m;
    AqBatchMaker b = {0};
    AqNn *nn;
    float alone[8], beside[8];

    (void)state;
    aq_toy_answer_names(toy);
    for (int variant = 0; variant < VARIANTS; variant++) {
        const AqCoqoConfig c = variant_of_toy(variant);

        CHECK_OK(aq_model_new(&m, &aq_coqo, &c, &toy->set, 4));
        assert_true(aq_toy_has_names(m));
        stir(m->net->params);
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

/* Asks three questions about a clip, of which only the first is seen if `seen` is 1;
 * writes the first one's logits. */
static void logits_beside(AqNn *nn, const AqModel *m, AqBatchMaker *b,
                          const AqClipFeatures *f, int asked, int seen, float *out)
{
    AqAnswerOutput y;
    int ids[64];

    CHECK_OK(aq_batch_begin(b, m, f, 1, 1, asked));
    for (int k = 0; k < asked; k++) {
        const char *const texts[] = {"Is the flute louder than the violin?",
                                     "Is there a voiceover?",
                                     "How many instruments are sounding?"};
        const int n = aq_vocab_encode(&m->words, texts[k], ids, 24);

        aq_batch_question(b, 0, k, ids, n, -1, k);
    }
    aq_batch_end(b);
    if (seen) {
        b->batch.seen = b->seen;
        b->seen[1] = b->seen[2] = 0;
    }
    aq_nn_begin(nn, AQ_NN_INFER);
    aq_answer_forward(nn, m->net, &b->batch, &y);
    CHECK_OK(aq_nn_error(nn));
    for (size_t k = 0; k < m->answers.n; k++)
        out[k] = (float)y.logits->data[k];
}

/* A question beside others that nobody sees is answered as if it was asked alone. */
static void unseen_questions_do_not_matter(void **state)
{
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqModel *m;
    AqBatchMaker b = {0};
    AqNn *nn;
    AqClipFeatures f;
    float alone[8], unseen[8], seen[8];

    (void)state;
    for (c.own_asking = 0; c.own_asking < 2; c.own_asking++) {
        double moved = 0;

        CHECK_OK(aq_model_new(&m, &aq_coqo, &c, &toy->set, 4));
        stir(m->net->params);
        CHECK_OK(aq_nn_new(&nn, NULL));
        CHECK_OK(toy->set.load(toy, 0, &f));
        logits_beside(nn, m, &b, &f, 1, 0, alone);
        logits_beside(nn, m, &b, &f, 3, 1, unseen);
        logits_beside(nn, m, &b, &f, 3, 0, seen);
        for (size_t k = 0; k < m->answers.n; k++) {
            CHECK_NEAR(unseen[k], alone[k], 1e-5, 1e-5);
            moved += fabs((double)(seen[k] - alone[k]));
        }
        assert_true(moved > 1e-3); /* those that are seen do */
        aq_nn_free(&nn);
        aq_model_free(&m);
    }
    aq_batch_clear(&b);
    aq_free(toy);
}

/* Sets of the size that is asked for, each question in as many as any other. */
static void seen_ones_are_drawn_alike(void **state)
{
    enum { OF = 4, DRAWS = 4000 };
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqModel *m;
    AqBatchMaker b = {0};
    AqClipFeatures f;
    AqRng rng = aq_rng(3, 0);

    (void)state;
    CHECK_OK(aq_model_new(&m, &aq_coqo, &c, &toy->set, 4));
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_batch_begin(&b, m, &f, 1, 1, OF + 1));
    assert_null(b.batch.seen);
    for (int n = 1; n <= OF; n++) {
        int times[OF] = {0};

        for (int draw = 0; draw < DRAWS; draw++) {
            int sum = 0;

            aq_batch_see(&b, 0, n, OF, &rng);
            for (int k = 0; k < OF; k++) {
                sum += b.batch.seen[k];
                times[k] += b.batch.seen[k];
            }
            assert_int_equal(sum, n);
        }
        for (int k = 0; k < OF; k++)
            CHECK_NEAR((double)times[k] / DRAWS, (double)n / OF, 0.03, 0);
    }
    aq_batch_clear(&b);
    aq_model_free(&m);
    aq_free(toy);
}

static void an_evaluation_agrees_with_single_questions(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    const AqTrainConfig h = aq_toy_training();
    AqTrainSummary s;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prediction_adds_up),
        cmocka_unit_test(an_answer_does_not_depend_on_its_batch),
        cmocka_unit_test(unseen_questions_do_not_matter),
        cmocka_unit_test(seen_ones_are_drawn_alike),
        cmocka_unit_test(an_evaluation_agrees_with_single_questions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
