/* SPDX-License-Identifier: MIT */
/*
 * Whether what is shown depends on the clip: the sums give the correlations that pairs
 * of clips have, counted one by one; and the answers that change are those that do.
 */
#include "model/explain/shown.h"

#include "base/alloc.h"
#include "model/data/changes.h"
#include "model/explain/occlusion.h"
#include "model/trained/predictor.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <math.h>
#include <string.h>

/* Pearson's; NaN where one is the same in all seconds. */
static double correlation(const float *a, const float *b, int n)
{
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;

    for (int k = 0; k < n; k++) {
        ma += (double)a[k] / n;
        mb += (double)b[k] / n;
    }
    for (int k = 0; k < n; k++) {
        aa += ((double)a[k] - ma) * ((double)a[k] - ma);
        bb += ((double)b[k] - mb) * ((double)b[k] - mb);
        ab += ((double)a[k] - ma) * ((double)b[k] - mb);
    }
    return ab / sqrt(aa * bb);
}

/* Clips of six seconds are 0, 3 and 6, which has no sound: one pair of sounds, three of
 * pictures, for each of the four questions. */
static void correlations_are_those_of_pairs(void **state)
{
    static const size_t clips[] = {0, 3, 6};
    float drops[3][2][MOST_T];
    double sum[2] = {0, 0};
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 20);
    AqOccluder *o;
    AqOcclusion y;
    AqClipFeatures f;
    AqShown shown;

    (void)state;
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    for (int q = 0; q < EACH; q++) {
        for (int k = 0; k < 3; k++) {
            CHECK_OK(toy->set.load(toy, clips[k], &f));
            CHECK_OK(aq_occlude(o, &f, toy->questions[q].text, 0, &y));
            for (int which = 0; which < 2; which++)
                memcpy(drops[k][which], y.second[which], sizeof drops[k][which]);
        }
        sum[0] += correlation(drops[0][0], drops[1][0], MOST_T);
        for (int a = 0; a < 3; a++)
            for (int b = a + 1; b < 3; b++)
                sum[1] += correlation(drops[a][1], drops[b][1], MOST_T) / 3;
    }
    CHECK_OK(aq_shown_measure(&shown, m, &toy->set, NULL, 1, NULL, NULL));
    assert_int_equal(shown.n_questions, CLIPS * EACH);
    assert_int_equal(shown.n_pairs[AQ_SHOWN_OCCLUSION][AQ_AUDIO], EACH);
    assert_int_equal(shown.n_pairs[AQ_SHOWN_OCCLUSION][AQ_VISUAL], 3 * EACH);
    CHECK_NEAR(shown.correlation[AQ_SHOWN_OCCLUSION][AQ_AUDIO], sum[0] / EACH, 1e-5, 0);
    CHECK_NEAR(shown.correlation[AQ_SHOWN_OCCLUSION][AQ_VISUAL], sum[1] / EACH, 1e-5,
               0);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

/* The answer without the strongest seconds, as a predictor gives it. What changes in
 * the others stays. */
static int changes(AqPredictor *p, AqOccluder *o, const AqClipFeatures *f,
                   const char *question)
{
    unsigned char on[2][MOST_T];
    float moves[MOST_T * S * V];
    AqClipFeatures g = *f;
    AqOcclusion y;
    AqPrediction said;

    CHECK_OK(aq_occlude(o, f, question, 0, &y));
    memcpy(on[0], f->audio_present, MOST_T);
    memcpy(on[1], f->visual_present, MOST_T);
    g.audio_present = on[0];
    g.visual_present = on[1];
    if (f->visual) {
        aq_clip_changes(moves, f, y.n_seconds, S * V);
        g.visual_change = moves;
    }
    for (int n = 0; n < AQ_SHOWN_STRONGEST; n++) {
        int best = -1;

        for (int k = 0; k < 2 * y.n_seconds; k++) {
            const int which = k / y.n_seconds, t = k % y.n_seconds;

            if (y.has[which] && on[which][t] &&
                (best < 0 ||
                 y.second[which][t] > y.second[best / y.n_seconds][best % y.n_seconds]))
                best = k;
        }
        on[best / y.n_seconds][best % y.n_seconds] = 0;
    }
    CHECK_OK(aq_predictor_ask(p, &g, question, &said));
    return said.order[0] != y.answer;
}

static void answers_that_change_are_counted(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 100);
    AqPredictor *p;
    AqOccluder *o;
    AqClipFeatures f;
    AqShown shown, again;
    int n = 0;

    (void)state;
    CHECK_OK(aq_predictor_new(&p, m, NULL));
    CHECK_OK(aq_occluder_new(&o, m, NULL));
    for (size_t k = 0; k < toy->set.n_questions; k++) {
        CHECK_OK(toy->set.load(toy, toy->questions[k].clip, &f));
        n += changes(p, o, &f, toy->questions[k].text);
    }
    CHECK_OK(aq_shown_measure(&shown, m, &toy->set, NULL, 1, NULL, NULL));
    CHECK_OK(aq_shown_measure(&again, m, &toy->set, NULL, 1, NULL, NULL));
    assert_int_equal(shown.n_hidden, CLIPS * EACH);
    CHECK_NEAR(shown.changed[AQ_SHOWN_OCCLUSION], (double)n / (CLIPS * EACH), 1e-9, 0);
    assert_true(n > 0 && shown.changed_at_random > 0);
    assert_true(again.changed_at_random == shown.changed_at_random);
    aq_predictor_free(&p);
    aq_occluder_free(&o);
    aq_model_free(&m);
    aq_free(toy);
}

static void the_strongest_come_in_order(void **state)
{
    const float sound[] = {0.3F, -2, 0.05F, 1}, picture[] = {0.09F, 3, 0.3F, 0.2F};
    const AqOcclusion y = {.n_seconds = 4, .second = {sound, picture}};
    int at[8];

    (void)state;
    assert_int_equal(aq_occlusion_strongest(&y, at, 8), 5);
    assert_int_equal(at[0], 5);
    assert_int_equal(at[1], 3);
    assert_int_equal(at[2], 0);
    assert_int_equal(at[3], 6);
    assert_int_equal(at[4], 7);
    assert_int_equal(aq_occlusion_strongest(&y, at, 2), 2);
    assert_int_equal(at[0], 5);
    assert_int_equal(at[1], 3);
}

static int stop_at_once(void *ctx)
{
    (void)ctx;
    return 1;
}

static void it_can_be_stopped(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 1);
    AqShown shown;

    (void)state;
    assert_int_equal(
        aq_shown_measure(&shown, m, &toy->set, NULL, 1, stop_at_once, NULL),
        AQ_ERR_CANCELLED);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correlations_are_those_of_pairs),
        cmocka_unit_test(answers_that_change_are_counted),
        cmocka_unit_test(the_strongest_come_in_order),
        cmocka_unit_test(it_can_be_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
