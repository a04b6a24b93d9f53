/* SPDX-License-Identifier: MIT */
/*
 * Which questions are drawn: what is not learned more often, by kind or one by one, and
 * again once it is forgotten; none twice in a set; evenly as train_data.h says. What a
 * training finds hard is what cannot be learned.
 */
#include "model/train/sampling.h"

#include "base/alloc.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <string.h>
#include <unistd.h>

enum { SETS = 4000, KINDS = EACH };

typedef struct Asked {
    AqToy *toy;
    AqModel *model;
    AqTrainData data;
    AqSampling by;
} Asked;

/* `answers` of each kind in clip c: answers[kind][c]; NULL: the toy's. */
static Asked ask(AqSampleBy how, double even, const char *const (*answers)[CLIPS])
{
    const AqCoqoConfig c = aq_toy_model();
    Asked a = {.toy = aq_toy_new()};

    for (int k = 0; answers && k < CLIPS * EACH; k++)
        a.toy->questions[k].answer = answers[k % EACH][k / EACH];
    CHECK_OK(aq_model_new(&a.model, &aq_coqo, &c, &a.toy->set, 1));
    CHECK_OK(aq_train_data_open(&a.data, &a.toy->set, a.model, 0));
    CHECK_OK(aq_sampling_open(&a.by, &a.data, how, even));
    return a;
}

static void ask_no_more(Asked *a)
{
    aq_sampling_close(&a->by);
    aq_train_data_close(&a->data);
    aq_model_free(&a->model);
    aq_free(a->toy);
}

/* Tells each question of the kind `times` losses that are `h` of what is usual. */
static void teach(Asked *a, int kind, double h, int times)
{
    for (int n = 0; n < times; n++)
        for (size_t q = (size_t)kind; q < CLIPS * EACH; q += EACH)
            aq_sampling_learn(&a->by, q, h * a->by.usual[a->by.unit[q]]);
}

/* The share of draws of `n` of a video's four questions that each kind is in. */
static void count_draws(Asked *a, int n, double share[KINDS])
{
    AqRng rng = aq_rng(5, 0);
    size_t out[EACH];

    memset(share, 0, KINDS * sizeof *share);
    for (int k = 0; k < SETS; k++) {
        AqTrainVideo *v = &a->data.videos[k % CLIPS];

        assert_int_equal(aq_sampling_draw(&a->by, &a->data, v, &rng, n, out), n);
        for (int j = 0; j < n; j++) {
            assert_int_equal(a->toy->questions[out[j]].clip, v->clip);
            for (int i = 0; i < j; i++)
                assert_true(out[i] != out[j]);
            share[out[j] % EACH] += 1.0 / SETS;
        }
    }
}

#define TOL 0.03 /* of shares: four deviations */

static void a_hard_kind_is_drawn_more_until_it_is_learned(void **state)
{
    Asked a = ask(AQ_SAMPLE_KIND, 0, NULL);
    double share[KINDS];

    (void)state;
    assert_int_equal(a.by.n, KINDS);
    count_draws(&a, 1, share); /* all begin alike */
    for (int k = 0; k < KINDS; k++)
        CHECK_NEAR(share[k], 0.25, TOL, 0);
    for (int k = 0; k < KINDS; k++)
        teach(&a, k, k == 2 ? 1 : 0.25, 50);
    count_draws(&a, 1, share); /* 1 to three quarters */
    CHECK_NEAR(share[2], 4.0 / 7, TOL, 0);
    CHECK_NEAR(share[0], 1.0 / 7, TOL, 0);
    count_draws(&a, 2, share); /* and two of them without repeats */
    CHECK_NEAR(share[2], 4.0 / 7 + 3.0 / 7 * 4 / 6, TOL, 0);
    a.by.even_share = 0.5;
    count_draws(&a, 1, share);
    CHECK_NEAR(share[2], (4.0 / 7 + 0.25) / 2, TOL, 0);
    a.by.even_share = 0;
    teach(&a, 2, 0.25, 50);
    teach(&a, 3, 1, 50); /* forgotten */
    count_draws(&a, 1, share);
    CHECK_NEAR(share[2], 1.0 / 7, TOL, 0);
    CHECK_NEAR(share[3], 4.0 / 7, TOL, 0);
    ask_no_more(&a);
}

static void no_kind_takes_it_all(void **state)
{
    Asked a = ask(AQ_SAMPLE_KIND, 0, NULL);
    double share[KINDS];

    (void)state;
    for (int k = 0; k < KINDS; k++)
        teach(&a, k, k == 1 ? 1e6 : 0, 200);
    count_draws(&a, 1, share);
    CHECK_NEAR(share[1], 10.0 / 13, TOL, 0);
    CHECK_NEAR(share[0], 1.0 / 13, TOL, 0);
    ask_no_more(&a);
}

static const char *const known[KINDS][CLIPS] = {
    {"yes", "yes", "yes", "no", "yes", "yes", "yes", "no"},
    {"yes", "no", "yes", "no", "yes", "no", "yes", "no"},
    {"left", "left", "left", "left", "left", "left", "left", "left"},
    {"one", "two", "three", "four", "five", "six", "seven", "left"}};

static void what_is_usual_is_the_prior(void **state)
{
    Asked a = ask(AQ_SAMPLE_KIND, 0, known), b = ask(AQ_SAMPLE_LOSS, 0, known);
    const double rare = log(4), often = log(4.0 / 3);

    (void)state;
    CHECK_NEAR(a.by.usual[a.by.unit[0]], rare / 4 + often * 3 / 4, 1e-12, 0);
    CHECK_NEAR(a.by.usual[a.by.unit[1]], log(2), 1e-12, 0);
    CHECK_NEAR(a.by.usual[a.by.unit[2]], 0.1, 1e-12, 0);
    CHECK_NEAR(a.by.usual[a.by.unit[3]], log(8), 1e-12, 0);
    for (size_t q = 0; q < CLIPS * EACH; q++)
        CHECK_NEAR(aq_sampling_weight(&a.by, q), 1, 0, 0);
    assert_int_equal(b.by.n, CLIPS * EACH);
    CHECK_NEAR(b.by.usual[0], often, 1e-12, 0);
    CHECK_NEAR(b.by.usual[3 * EACH], rare, 1e-12, 0);
    CHECK_NEAR(b.by.usual[2], 0.1, 1e-12, 0);
    CHECK_NEAR(b.by.usual[3], log(8), 1e-12, 0);
    ask_no_more(&a);
    ask_no_more(&b);
}

static void a_hard_question_is_drawn_more_than_its_kind(void **state)
{
    enum { HARD = 3 * EACH + 1 };
    Asked a = ask(AQ_SAMPLE_LOSS, 0, known);
    AqRng rng = aq_rng(5, 0);
    int drawn = 0;

    (void)state;
    for (int k = 0; k < KINDS; k++)
        teach(&a, k, 0.2, 30);
    for (int n = 0; n < 30; n++)
        aq_sampling_learn(&a.by, HARD, 10);
    for (int k = 0; k < SETS; k++) {
        size_t q;

        assert_int_equal(
            aq_sampling_draw(&a.by, &a.data, &a.data.videos[3], &rng, 1, &q), 1);
        drawn += q == HARD;
    }
    CHECK_NEAR((double)drawn / SETS, 1 / 1.6, TOL, 0);
    CHECK_NEAR(aq_sampling_weight(&a.by, 1), 0.2, 1e-6, 0);
    ask_no_more(&a);
}

static void more_than_there_are_are_all(void **state)
{
    size_t out[3 * EACH];
    int times[CLIPS * EACH] = {0};

    (void)state;
    for (int how = AQ_SAMPLE_KIND; how <= AQ_SAMPLE_LOSS; how++) {
        Asked a = ask((AqSampleBy)how, 0.5, NULL);
        AqRng rng = aq_rng(2, 0);

        for (int k = 0; k < 20; k++) {
            assert_int_equal(aq_sampling_draw(&a.by, &a.data, &a.data.videos[0], &rng,
                                              3 * EACH, out),
                             EACH);
            for (int j = 0; j < EACH; j++)
                times[out[j]]++;
        }
        ask_no_more(&a);
    }
    for (int k = 0; k < EACH; k++)
        assert_int_equal(times[k], 40);
}

static void evenly_is_as_it_was(void **state)
{
    Asked a = ask(AQ_SAMPLE_EVEN, 0.5, NULL), b = ask(AQ_SAMPLE_EVEN, 0, NULL);
    AqRng one = aq_rng(3, 0), two = one;

    (void)state;
    assert_int_equal(a.by.n, 0);
    for (int k = 0; k < 200; k++) {
        const int v = k % CLIPS, n = 1 + k % 5;
        size_t drawn[5] = {0}, want[5] = {0};

        assert_int_equal(
            aq_sampling_draw(&a.by, &a.data, &a.data.videos[v], &one, n, drawn),
            aq_train_data_draw(&b.data, &b.data.videos[v], &two, n, want));
        assert_memory_equal(drawn, want, sizeof want);
        assert_memory_equal(&one, &two, sizeof one);
        aq_sampling_learn(&a.by, drawn[0], 7);
    }
    ask_no_more(&a);
    ask_no_more(&b);
}

/* The running means that a training of the toy left in its state. */
static void train_and_read_means(const AqToy *toy, AqTrainConfig *h, double *mean,
                                 size_t n)
{
    const char *path = aq_toy_path("sampling.last");
    const AqCoqoConfig c = aq_toy_model();
    AqTrainSummary s;
    AqModel *m = NULL;
    AqWeights *w = NULL;
    const AqTrainJob job = {.network = &aq_coqo,
                            .options = &c,
                            .how = h,
                            .train = &toy->set,
                            .last_path = path};

    CHECK_OK(aq_train(&m, &s, &job));
    CHECK_OK(aq_weights_open(&w, path));
    const AqWeight *row = aq_weights_find(w, "sampling");
    assert_non_null(row);
    assert_int_equal(row->count, n);
    aq_weight_to_bytes(row, 0, n, mean);
    aq_weights_unref(&w);
    aq_model_free(&m);
    (void)unlink(path);
}

/* The first two of a clip's questions are one, with the answers yes and no: nobody can
 * know both. The others are learned by heart. */
static void a_training_finds_what_is_hard(void **state)
{
    static const char *const answers[KINDS][CLIPS] = {
        {"yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes"},
        {"no", "no", "no", "no", "no", "no", "no", "no"},
        {"left", "two", "left", "two", "left", "two", "left", "two"},
        {"two", "two", "left", "left", "two", "two", "left", "left"}};

    (void)state;
    for (int how = AQ_SAMPLE_KIND; how <= AQ_SAMPLE_LOSS; how++) {
        Asked a = ask((AqSampleBy)how, 0.5, answers);
        AqTrainConfig h = aq_toy_training();
        double mean[CLIPS * EACH], of_kind[KINDS] = {0};

        for (int q = 0; q < CLIPS * EACH; q += EACH)
            a.toy->questions[q + 1].text = a.toy->questions[q + 1].template_ =
                a.toy->questions[q].text;
        aq_sampling_close(&a.by);
        CHECK_OK(aq_sampling_open(&a.by, &a.data, (AqSampleBy)how, 0.5));
        h.sample = how;
        h.epochs = 100;
        h.questions = 3;
        train_and_read_means(a.toy, &h, mean, a.by.n);
        for (int q = 0; q < CLIPS * EACH; q++)
            of_kind[q % EACH] += mean[a.by.unit[q]] / CLIPS;
        CHECK_NEAR((of_kind[0] + of_kind[1]) / 2, log(2), 0.12, 0);
        assert_true(of_kind[2] < 0.2 && of_kind[3] < 0.2);
        ask_no_more(&a);
    }
}

static void out_of_memory_is_said(void **state)
{
    Asked a = ask(AQ_SAMPLE_EVEN, 0.5, NULL);
    int failed = 0;

    (void)state;
    for (long k = 1;; k++) {
        AqSampling s;

        aq_alloc_fail_after(k);
        const AqErr err = aq_sampling_open(&s, &a.data, AQ_SAMPLE_KIND, 0.5);
        const int was = aq_alloc_failed();
        aq_alloc_fail_after(0);
        if (err == AQ_OK)
            aq_sampling_close(&s);
        assert_int_equal(err, was ? AQ_ERR_NOMEM : AQ_OK);
        if (!was)
            break;
        failed++;
    }
    assert_true(failed > 4);
    ask_no_more(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hard_kind_is_drawn_more_until_it_is_learned),
        cmocka_unit_test(no_kind_takes_it_all),
        cmocka_unit_test(what_is_usual_is_the_prior),
        cmocka_unit_test(a_hard_question_is_drawn_more_than_its_kind),
        cmocka_unit_test(more_than_there_are_are_all),
        cmocka_unit_test(evenly_is_as_it_was),
        cmocka_unit_test(a_training_finds_what_is_hard),
        cmocka_unit_test(out_of_memory_is_said)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
