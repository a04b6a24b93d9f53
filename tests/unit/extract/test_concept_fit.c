/* SPDX-License-Identifier: MIT */
/*
 * The map from a teacher's values to what is heard: it is where the gradient of the
 * regressions and their ridge is 0, computed here from the map that comes out; what is
 * not known does not matter; slope and offset are where those of validation are right
 * on the whole; and the same map comes out again.
 */
#include "base/alloc.h"
#include "base/rng.h"
#include "extract/pretrain/concept_fit.h"
#include "tests/unit/check.h"

#include <math.h>
#include <string.h>

enum { N = 256, COLUMNS = AQ_LESSON_COLUMNS, VALUES = AQ_LESSON_VALUES };
#define RIDGE 0.05

static float teacher[2 * N][AQ_LESSON_TEACHER];
static char heard[2 * N][COLUMNS];
static AqLesson lesson[2 * N];
static const AqLessons train = {.n = N, .v = lesson}, val = {.n = N, .v = lesson + N},
                       none = {0};

/* Each column is heard in a fifth of the seconds, by eight of the values and some
 * chance; values have means and deviations of their own. Column 2 is never known. */
static int draw_seconds(void **state)
{
    AqRng rng = aq_rng(5, 3);

    (void)state;
    for (int k = 0; k < 2 * N; k++) {
        double v[VALUES];

        for (int i = 0; i < VALUES; i++) {
            v[i] = aq_rng_normal(&rng);
            teacher[k][i] = (float)((1 + i % 3) * v[i] + i % 5);
        }
        for (int j = 0; j < COLUMNS; j++) {
            double z = -2;

            for (int i = 0; i < 8; i++)
                z += v[(8 * j + i) % VALUES];
            heard[k][j] = aq_rng_uniform(&rng) < 1 / (1 + exp(-z)) ? '1' : '0';
            if (j == 2 || aq_rng_uniform(&rng) < 0.1)
                heard[k][j] = '?';
        }
        lesson[k] = (AqLesson){.teacher = teacher[k], .heard = heard[k]};
    }
    return 0;
}

static AqConceptFitConfig fit_config(double ridge)
{
    return (AqConceptFitConfig){
        .passes = 200, .batch = N, .lr = 0.02, .ridge = ridge, .seed = 2};
}

static AqConceptFit *fit_seconds(const AqLessons *on, double ridge)
{
    const AqConceptFitConfig how = fit_config(ridge);
    const AqConceptFitJob job = {.train = &train, .val = on, .how = &how};
    AqConceptFit *f = NULL;

    CHECK_OK(aq_concept_fit(&f, &job));
    return f;
}

static double logodds_of(const AqConceptFit *f, int k, int j)
{
    double z = (double)f->bias[j];

    for (int i = 0; i < VALUES; i++)
        z += (double)f->weight[j * VALUES + i] * (double)teacher[k][i];
    return z;
}

/* ---- where the gradient is 0 ---- */

/* Of value i's normalised weight in column j: the losses' part of the gradient, and the
 * ridge's. */
static void gradient_at(const AqConceptFit *f, int j, int i, double part[2])
{
    double mean[VALUES], by[VALUES], n_known = 0, sum = 0;

    aq_lessons_measure(&train, mean, by);
    for (int k = 0; k < N; k++)
        for (int c = 0; c < COLUMNS; c++)
            n_known += heard[k][c] != '?';
    for (int k = 0; k < N; k++)
        if (heard[k][j] != '?')
            sum += (1 / (1 + exp(-logodds_of(f, k, j))) - (heard[k][j] == '1')) *
                   ((double)teacher[k][i] - mean[i]) * by[i];
    part[0] = COLUMNS * sum / n_known;
    part[1] = 2 * RIDGE * (double)f->weight[j * VALUES + i] / by[i];
}

static void it_is_where_the_gradient_is_0(void **state)
{
    AqConceptFit *f = fit_seconds(&none, RIDGE);
    double sum = 0, off = 0;

    (void)state;
    CHECK_NEAR(f->slope, 1, 0, 0);
    CHECK_NEAR(f->offset, 0, 0, 0);
    for (int j = 0; j < COLUMNS; j += 5)
        for (int i = 0; i < VALUES; i += 61) {
            double part[2];

            gradient_at(f, j, i, part);
            sum += fabs(part[0]);
            off += fabs(part[0] + part[1]);
        }
    assert_true(sum > 0);
    assert_true(off < 0.02 * sum);
    aq_free(f);
}

static void values_are_measured_as_they_are(void **state)
{
    double mean[VALUES], by[VALUES];

    (void)state;
    aq_lessons_measure(&train, mean, by);
    for (int i = 0; i < VALUES; i++) {
        CHECK_NEAR(mean[i], i % 5, 0.9, 0);
        CHECK_NEAR(by[i] * (1 + i % 3), 1, 0.3, 0);
    }
}

/* ---- sureness ---- */

/* At the best slope and offset the sums of what is too much, plain and by the
 * log-odds, are 0. */
static void validation_makes_it_as_sure_as_it_is_right(void **state)
{
    AqConceptFit *f = fit_seconds(&val, RIDGE), *plain = fit_seconds(&none, RIDGE);
    double too_much = 0, by_odds = 0, all = 0;

    (void)state;
    for (int k = N; k < 2 * N; k++)
        for (int j = 0; j < COLUMNS; j++) {
            if (heard[k][j] == '?')
                continue;
            const double z = logodds_of(f, k, j),
                         d = 1 / (1 + exp(-z)) - (heard[k][j] == '1');

            too_much += d;
            by_odds += d * z;
            all += fabs(d * z);
        }
    CHECK_NEAR(too_much / all, 0, 1e-4, 0);
    CHECK_NEAR(by_odds / all, 0, 1e-4, 0);
    assert_true(f->val_loss < f->val.loss - 1e-4);
    CHECK_NEAR(f->val.loss, f->val_loss, 0.1, 0);
    for (int j = 0; j < COLUMNS; j += 3) {
        const double z = logodds_of(plain, 7, j);

        CHECK_NEAR(logodds_of(f, 7, j), f->slope * z + f->offset, 1e-3, 0);
    }
    aq_free(f);
    aq_free(plain);
}

/* ---- the rest ---- */

static void more_ridge_is_smaller(void **state)
{
    AqConceptFit *f[2];
    double square[2] = {0};

    (void)state;
    for (int r = 0; r < 2; r++) {
        f[r] = fit_seconds(&none, r ? 10 * RIDGE : RIDGE);
        for (int k = 0; k < COLUMNS * VALUES; k++)
            square[r] += (double)f[r]->weight[k] * (double)f[r]->weight[k];
    }
    assert_true(square[1] < 0.2 * square[0]);
    assert_true(f[0]->train.loss < f[1]->train.loss);
    aq_free(f[0]);
    aq_free(f[1]);
}

/* Seconds of which nothing is known, and columns that are not: as if they were not. */
static void the_unknown_does_not_matter(void **state)
{
    static float other[4][AQ_LESSON_TEACHER];
    AqLesson more[N + 4];
    const AqLessons with = {.n = N + 4, .v = more};
    const AqConceptFitConfig how = fit_config(RIDGE);
    AqConceptFitJob job = {.train = &with, .val = &none, .how = &how};
    AqConceptFit *a = fit_seconds(&none, RIDGE), *b = NULL;

    (void)state;
    memcpy(more, lesson, N * sizeof *lesson);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < VALUES; i++)
            other[k][i] = (float)(100 * k);
        more[N + k] = (AqLesson){.teacher = other[k]};
    }
    CHECK_OK(aq_concept_fit(&b, &job));
    assert_memory_equal(a->weight, b->weight, sizeof a->weight);
    assert_memory_equal(a->bias, b->bias, sizeof a->bias);
    for (int k = 0; k < N; k += 40) /* column 2 says what all of them do: nothing */
        CHECK_NEAR(logodds_of(a, k, 2), 0, 1e-3, 0);
    aq_free(a);
    aq_free(b);
}

static int always_stop(void *ctx)
{
    (void)ctx;
    return 1;
}

static void too_little_is_refused(void **state)
{
    const AqConceptFitConfig how = fit_config(RIDGE);
    const AqLessons few = {.n = N - 1, .v = lesson};
    AqConceptFitJob job = {.train = &few, .val = &none, .how = &how};
    AqConceptFit *f = NULL;

    (void)state;
    assert_int_equal(aq_concept_fit(&f, &job), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "of 255 seconds"));
    assert_null(f);
    job.train = &train;
    job.stop = always_stop;
    assert_int_equal(aq_concept_fit(&f, &job), AQ_ERR_CANCELLED);
    assert_null(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_where_the_gradient_is_0),
        cmocka_unit_test(values_are_measured_as_they_are),
        cmocka_unit_test(validation_makes_it_as_sure_as_it_is_right),
        cmocka_unit_test(more_ridge_is_smaller),
        cmocka_unit_test(the_unknown_does_not_matter),
        cmocka_unit_test(too_little_is_refused)};

    return cmocka_run_group_tests(tests, draw_seconds, NULL);
}
