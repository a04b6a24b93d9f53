/* SPDX-License-Identifier: MIT */
/*
 * What changes from picture to picture: of neighbours that are there, in the features'
 * units; and the batch that hands it on, of all clips or of a part of them.
 */
#include "model/data/changes.h"

#include "base/alloc.h"
#include "model/trained/batch.h"
#include "tests/unit/check.h"
#include "tests/unit/model/toy_videos.h"

#include <math.h>
#include <string.h>

enum { TWO = 2 };

static void changes_of(float *to, const float *x, const unsigned char *on, int T)
{
    const AqClipFeatures f = {.n_seconds = T, .visual = x, .visual_present = on};

    for (int k = 0; k < T * TWO; k++)
        to[k] = -1;
    aq_clip_changes(to, &f, T, TWO);
}

static void neighbours_differ(void **state)
{
    static const float x[] = {1, 5, 3, 5, 3, 1, -2, 0};
    float y[8];

    (void)state;
    changes_of(y, x, NULL, 4);
    assert_memory_equal(y, ((float[]){2, 0, 2, 0, 0, 4, 5, 1}), sizeof y);
}

/* A hole is bridged, and holes themselves are left alone. */
static void absent_seconds_are_passed_over(void **state)
{
    static const float x[] = {NAN, NAN, 1, 5, NAN, NAN, 4, 4, 4, 7};
    static const unsigned char on[] = {0, 1, 0, 1, 1};
    float y[10];

    (void)state;
    changes_of(y, x, on, 5);
    assert_memory_equal(y, ((float[]){-1, -1, 3, 1, -1, -1, 3, 1, 0, 3}), sizeof y);
}

static void one_picture_does_not_change(void **state)
{
    static const float x[] = {NAN, NAN, 1, 5, NAN, NAN};
    static const unsigned char on[] = {0, 1, 0}, none[] = {0, 0, 0};
    float y[6];

    (void)state;
    changes_of(y, x, on, 3);
    assert_memory_equal(y, ((float[]){-1, -1, 0, 0, -1, -1}), sizeof y);
    changes_of(y, x, none, 3);
    assert_memory_equal(y, ((float[]){-1, -1, -1, -1, -1, -1}), sizeof y);
}

/* By the definition: in units of standard deviations, cut off at 8, zero in holes. */
static float expected(const AqModel *m, const AqClipFeatures *f, int t, int k)
{
    const int width = S * V;
    int u = t - 1;

    if (t >= f->n_seconds || !f->visual || !f->visual_present[t])
        return 0;
    while (u >= 0 && !f->visual_present[u])
        u--;
    if (u < 0)
        for (u = t + 1; u < f->n_seconds && !f->visual_present[u];)
            u++;
    if (u >= f->n_seconds)
        return 0;
    const float x = fabsf(f->visual[t * width + k] - f->visual[u * width + k]) *
                    m->inv_std[AQ_VISUAL][k % V];
    return x > 8 ? 8 : x;
}

static void check_batch(const AqModel *m, const AqClipFeatures *clips, int n,
                        const AqBatch *b)
{
    assert_non_null(b->changes);
    for (int c = 0; c < n; c++)
        for (int t = 0; t < b->n_seconds; t++)
            for (int k = 0; k < S * V; k++)
                assert_true(b->changes[(c * b->n_seconds + t) * S * V + k] ==
                            expected(m, &clips[c], t, k));
}

static void a_batch_has_them_in_the_features_units(void **state)
{
    AqToy *toy = aq_toy_new();
    AqModel *m = aq_toy_train(toy, 1);
    AqBatchMaker b = {0};
    AqClipFeatures clips[CLIPS];

    (void)state;
    assert_true(m->net->reads.changes);
    for (size_t k = 0; k < CLIPS; k++)
        CHECK_OK(toy->set.load(toy, k, &clips[k]));
    CHECK_OK(aq_batch_begin(&b, m, clips, CLIPS, CLIPS, 1));
    check_batch(m, clips, CLIPS, &b.batch);
    aq_batch_clear(&b);
    /* Of a part: clip 7, without pictures, beside others that have them. */
    unsigned char has[2][CLIPS];
    memset(has, 1, sizeof has);
    const AqBatchPart part = {
        .first = 7, .n = 1, .n_seconds = MOST_T, .has = {has[0], has[1]}};
    CHECK_OK(aq_batch_begin_part(&b, m, clips + 7, CLIPS, 1, &part));
    check_batch(m, clips + 7, 1, &b.batch);
    aq_batch_clear(&b);
    aq_model_free(&m);
    aq_free(toy);
}

static void nothing_is_computed_for_a_network_that_does_not_look(void **state)
{
    const AqTrainConfig h = aq_toy_training();
    AqToy *toy = aq_toy_new();
    AqCoqoConfig c = aq_toy_model();
    AqBatchMaker b = {0};
    AqTrainSummary s;
    AqClipFeatures f;

    (void)state;
    c.changes = 0;
    AqModel *m = aq_toy_train_as(&c, &h, toy, &s);
    CHECK_OK(toy->set.load(toy, 0, &f));
    CHECK_OK(aq_batch_begin(&b, m, &f, 1, 1, 1));
    assert_null(b.batch.changes);
    aq_batch_clear(&b);
    aq_model_free(&m);
    aq_free(toy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_differ),
        cmocka_unit_test(absent_seconds_are_passed_over),
        cmocka_unit_test(one_picture_does_not_change),
        cmocka_unit_test(a_batch_has_them_in_the_features_units),
        cmocka_unit_test(nothing_is_computed_for_a_network_that_does_not_look),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
