/* SPDX-License-Identifier: MIT */
/*
 * A training that begins from another model: what both know is taken along, row by row
 * where rows stand for words and answers, and what does not fit is refused.
 */
#include "base/alloc.h"
#include "model/coqo/coqo.h"
#include "model/train/trainer.h"
#include "model/trained/model_from.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

static AqModel *fresh(const AqCoqoConfig *c, const AqDataset *set, uint64_t seed)
{
    AqModel *m = NULL;

    CHECK_OK(aq_model_new(&m, &aq_coqo, c, set, seed));
    return m;
}

static const float *row(const AqModel *m, const char *name, size_t k)
{
    const AqTensor *t = aq_params_find(m->net->params, name);

    assert_non_null(t);
    return t->data + k * aq_tensor_inner(t, 1);
}

/* The same sets, but for one answer and one word: they lie in other places. */
static void rows_go_with_their_meaning(void **state)
{
    AqToy *toy = aq_toy_new();
    const AqCoqoConfig c = aq_toy_model();
    AqModel *from = fresh(&c, &toy->set, 1);
    const size_t d = (size_t)c.dim;
    const char *answer = from->answers.at[from->answers.n - 1]; /* all others move */

    (void)state;
    for (size_t k = 0; k < toy->set.n_questions; k++)
        if (strcmp(toy->questions[k].answer, answer) == 0) {
            toy->questions[k].answer = "\x01 sorts ahead";
            toy->questions[k].text = "aaa first of all words?";
        }
    AqModel *m = fresh(&c, &toy->set, 2);
    from->mean[0][0] = 3;
    CHECK_OK(aq_model_take(m, from));
    CHECK_NEAR(m->mean[0][0], 3, 0, 0);
    int n_same = 0, n_new = 0;
    for (size_t k = 0; k < m->words.n; k++) {
        const int at = aq_strings_find(&from->words, m->words.at[k]);
        const float *ours = row(m, "question.embedding", k + AQ_VOCAB_FIRST);

        n_new += at < 0;
        if (at < 0)
            continue;
        assert_memory_equal(
            ours, row(from, "question.embedding", (size_t)at + AQ_VOCAB_FIRST),
            d * sizeof(float));
        n_same += at != (int)k;
    }
    assert_true(n_new > 0);
    assert_true(n_same > 0); /* some have moved */
    for (size_t k = 0; k < m->answers.n; k++) {
        const int at = aq_strings_find(&from->answers, m->answers.at[k]);

        assert_true(at != (int)k);
        for (int look = 0; at >= 0 && look < 2; look++) {
            const char *name =
                look ? "fusion.answer_found.weight" : "fusion.answer.weight";

            assert_memory_equal(row(m, name, k), row(from, name, (size_t)at),
                                d * sizeof(float));
        }
    }
    assert_memory_equal(row(m, "fusion.av.weight", 0), row(from, "fusion.av.weight", 0),
                        2 * d * d * sizeof(float));
    aq_model_free(&m);
    aq_model_free(&from);
    aq_free(toy);
}

static void another_size_is_refused(void **state)
{
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqModel *from = fresh(&c, &toy->set, 1);

    (void)state;
    c.form.tokens++;
    AqModel *m = fresh(&c, &toy->set, 1);
    assert_int_equal(aq_model_take(m, from), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "tokens"));
    aq_model_free(&m);
    c.form.tokens--;
    toy->set.sizes.of[AQ_AUDIO][0].dim--;
    m = fresh(&c, &toy->set, 1);
    assert_int_equal(aq_model_take(m, from), AQ_ERR_MISMATCH);
    aq_model_free(&m);
    aq_model_free(&from);
    aq_free(toy);
}

static double train(AqToy *toy, const AqTrainConfig *h, const char *out,
                    const char *from)
{
    const AqCoqoConfig c = aq_toy_model();
    AqTrainSummary s;
    AqModel *m = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = h,
                            .train = &toy->set,
                            .val = &toy->set,
                            .out_path = out,
                            .from_path = from};

    CHECK_OK(aq_train(&m, &s, &job));
    aq_model_free(&m);
    return s.best_accuracy;
}

/* With a learning rate of next to nothing a training is as good as what it began from.
 */
static void training_begins_where_it_ended(void **state)
{
    AqToy *toy = aq_toy_new();
    AqTrainConfig h = aq_toy_training();
    char path[256];

    (void)state;
    (void)snprintf(path, sizeof path, "%s", aq_toy_path("from"));
    h.epochs = 60;
    h.decay_every = 0;
    const double learned = train(toy, &h, path, NULL);
    h.epochs = 1;
    h.lr = 1e-9;
    const double again = train(toy, &h, NULL, path),
                 nothing = train(toy, &h, NULL, NULL);
    CHECK_NEAR(again, learned, 1e-9, 0);
    assert_true(learned > nothing + 0.2);
    (void)unlink(path);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_go_with_their_meaning),
        cmocka_unit_test(another_size_is_refused),
        cmocka_unit_test(training_begins_where_it_ended)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
