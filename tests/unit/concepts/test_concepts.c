/* SPDX-License-Identifier: MIT */
/* Rows of concepts by their names, what they say of a clip together, and when. The
 * expected numbers were worked out by hand from the formulas of the headers. */
#include "base/alloc.h"
#include "model/concepts/evidence.h"
#include "model/concepts/spans.h"

#include "tests/unit/check.h"

#include <math.h>
#include <string.h>

#define HEARD_NAMES "sound; columns: violin, congas, piano, speech, none"
#define SEEN_NAMES                                                                     \
    "picture; columns: violin, drum, banjo, people; cells: left, middle, right, best"

enum { HEARD = 5, SEEN = 4, CELLS = 4, MOST_T = 12, SEEN_VALUES = SEEN * CELLS };

/* T seconds in which nothing is heard or seen. */
typedef struct Toy {
    float heard[MOST_T][HEARD], seen[MOST_T][CELLS][SEEN];
    AqConceptRows h, s;
} Toy;

static void make_toy(Toy *y, int T)
{
    *y = (Toy){.h = {.description = HEARD_NAMES,
                     .n_seconds = T,
                     .data = y->heard[0],
                     .stride = HEARD,
                     .n_values = HEARD},
               .s = {.description = SEEN_NAMES,
                     .n_seconds = T,
                     .data = y->seen[0][0],
                     .stride = SEEN_VALUES,
                     .n_values = SEEN_VALUES}};
    assert_int_equal(aq_concept_rows_name(&y->h), 1);
    assert_int_equal(aq_concept_rows_name(&y->s), 1);
}

static void near_(double x, double want)
{
    if (!(fabs(x - want) < 1e-4))
        fail_msg("%.6f, not %.6f", x, want);
}

/* ---- rows ---- */

static void columns_are_found_by_name(void **state)
{
    Toy y;

    (void)state;
    make_toy(&y, 2);
    y.heard[1][1] = 0.7F;
    y.seen[1][2][1] = 0.6F;
    near_(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_BEST, 1), 0.7);
    near_(aq_concept_at(&y.s, AQ_KIND_DRUM, AQ_PLACE_RIGHT, 1), 0.6);
    near_(aq_concept_at(&y.s, AQ_KIND_DRUM, AQ_PLACE_LEFT, 1), 0);
    assert_true(aq_concept_at(&y.h, AQ_KIND_TUBA, AQ_PLACE_BEST, 1) < 0);
    assert_true(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_LEFT, 1) < 0);
    assert_true(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_BEST, 2) < 0);
    assert_string_equal(aq_concept_name(AQ_KIND_CONGAS), "congas");
    assert_string_equal(aq_concept_name(AQ_CONCEPT_NONE), "none");
}

static void what_is_not_known_is_told(void **state)
{
    const unsigned char present[2] = {1, 0};
    Toy y;

    (void)state;
    make_toy(&y, 2);
    y.h.present = present;
    y.heard[0][0] = NAN;
    assert_true(aq_concept_at(&y.h, AQ_KIND_VIOLIN, AQ_PLACE_BEST, 0) < 0);
    assert_true(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_BEST, 0) == 0);
    assert_true(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_BEST, 1) < 0);
    y.h.data = NULL;
    assert_true(aq_concept_at(&y.h, AQ_KIND_CONGAS, AQ_PLACE_BEST, 0) < 0);
}

static void logodds_become_probabilities(void **state)
{
    float row[2] = {1.0986123F, -INFINITY}; /* ln 3 */
    AqConceptRows r = {.description = "x; columns: violin, none; options: out=logodds",
                       .n_seconds = 1,
                       .data = row,
                       .stride = 2,
                       .n_values = 2};

    (void)state;
    assert_int_equal(aq_concept_rows_name(&r), 1);
    near_(aq_concept_at(&r, AQ_KIND_VIOLIN, AQ_PLACE_BEST, 0), 0.75);
    near_(aq_concept_at(&r, AQ_CONCEPT_NONE, AQ_PLACE_BEST, 0), 0);
    r.description = "x; columns: violin, none";
    assert_int_equal(aq_concept_rows_name(&r), 1);
    near_(aq_concept_at(&r, AQ_KIND_VIOLIN, AQ_PLACE_BEST, 0), 1); /* as it is, cut */
}

static void rows_without_names_have_no_columns(void **state)
{
    static const char *const none[] = {NULL, "vggish; options: pca=off",
                                       "x; columns: red, green, blue",
                                       "x; columns: violin, none"};
    float row[3] = {0};

    (void)state;
    for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
        AqConceptRows r = {.description = none[k],
                           .n_seconds = 1,
                           .data = row,
                           .stride = 3,
                           .n_values = 3};

        assert_int_equal(aq_concept_rows_name(&r), 0);
        assert_true(aq_concept_at(&r, AQ_KIND_VIOLIN, AQ_PLACE_BEST, 0) < 0);
    }
}

/* ---- evidence ---- */

static void the_pool_is_half_mean_half_best_third(void **state)
{
    double p[6] = {0.1, 0.9, 0.1, 0.1, 0.9, 0.1}, one[1] = {0.4},
           four[4] = {0, 0, 1, 0.5};

    (void)state;
    near_(aq_evidence_pool(p, 6), (2.2 / 6 + 0.9) / 2);
    near_(aq_evidence_pool(one, 1), 0.4);
    near_(aq_evidence_pool(four, 4), (0.375 + 0.75) / 2); /* two of four */
}

static void both_senses_are_added(void **state)
{
    AqEvidence e;
    Toy y;

    (void)state;
    make_toy(&y, 3);
    for (int t = 0; t < 3; t++) {
        y.heard[t][0] = 0.5F;
        y.seen[t][3][0] = 0.5F;
    }
    assert_int_equal(aq_evidence_join(&e, &y.h, &y.s), AQ_OK);
    near_(e.heard[AQ_KIND_VIOLIN], 0.45);
    near_(e.seen[AQ_KIND_VIOLIN], 2);
    near_(e.joined[AQ_KIND_VIOLIN], -3 + 3.45 + 5);
    near_(e.heard[AQ_KIND_PIANO], 1.6 * -6.9067548 + 0.45); /* logit .001 */
    near_(e.joined[AQ_KIND_PIANO], -10.600808);
    near_(e.joined[AQ_KIND_TUBA], -3);
    near_(e.joined[AQ_KIND_DRUM], 0.9 * -6.9067548 + 2);
    assert_true(isnan(e.heard[AQ_KIND_TUBA]) && isnan(e.seen[AQ_KIND_TUBA]));
    assert_true(e.has[AQ_AUDIO] && e.has[AQ_VISUAL]);
    assert_true(aq_evidence_knows(&e, AQ_KIND_CONGAS));
    assert_false(aq_evidence_knows(&e, AQ_KIND_TUBA));
    assert_int_equal(aq_evidence_best(&e, -1), AQ_KIND_VIOLIN);
    assert_true(aq_evidence_best(&e, AQ_KIND_VIOLIN) != AQ_KIND_VIOLIN);
}

static void shares_and_none_are_one(void **state)
{
    AqEvidence e;
    Toy y;
    double sum;

    (void)state;
    make_toy(&y, 3);
    for (int t = 0; t < 3; t++)
        y.heard[t][0] = 0.25F; /* heard = 1.6 ln(1/3) + 0.45 = -1.307780 */
    assert_int_equal(aq_evidence_join(&e, &y.h, NULL), AQ_OK);
    /* 19 kinds without a column at exp(-3), congas and piano at exp(-10.600808) */
    sum = 1 + exp(-1.307780) + 19 * exp(-3) + 2 * exp(-10.600808);
    near_(e.none, 1 / sum);
    near_(e.share[AQ_KIND_VIOLIN], exp(-1.307780) / sum);
    sum = e.none;
    for (int k = 0; k < AQ_N_KINDS; k++)
        sum += e.share[k];
    near_(sum, 1);
    assert_false(e.has[AQ_VISUAL]);
}

static void without_streams_the_prior_is_left(void **state)
{
    AqEvidence e;
    Toy y;

    (void)state;
    make_toy(&y, 3);
    y.h.data = y.s.data = NULL;
    assert_int_equal(aq_evidence_join(&e, &y.h, &y.s), AQ_OK);
    near_(e.none, 1 / (1 + 22 * exp(-3)));
    assert_false(e.has[AQ_AUDIO] || e.has[AQ_VISUAL]);
    assert_true(e.also[AQ_CONCEPT_SPEECH] < 0);
    assert_int_equal(aq_evidence_join(&e, NULL, NULL), AQ_OK);
    near_(e.joined[AQ_KIND_VIOLIN], -3);
}

static void a_relative_supports_but_denies_nothing(void **state)
{
    AqEvidence e;
    Toy y;

    (void)state;
    make_toy(&y, 3);
    assert_int_equal(aq_evidence_join(&e, NULL, &y.s), AQ_OK);
    near_(e.joined[AQ_KIND_CONGAS], -3); /* no drum is seen */
    near_(e.joined[AQ_KIND_UKULELE], -3);
    for (int t = 0; t < 3; t++) {
        y.seen[t][3][1] = 0.5F;
        y.seen[t][3][2] = 0.5F;
    }
    assert_int_equal(aq_evidence_join(&e, NULL, &y.s), AQ_OK);
    near_(e.joined[AQ_KIND_DRUM], 2);
    near_(e.joined[AQ_KIND_CONGAS], 1);
    near_(e.joined[AQ_KIND_BANJO], 2);
    near_(e.joined[AQ_KIND_UKULELE], 1);
    near_(e.joined[AQ_KIND_ACOUSTIC_GUITAR], 1);
    near_(e.also[AQ_CONCEPT_PEOPLE], 0);
}

static void nothing_is_heard_in_silence(void **state)
{
    const float level[3] = {-70, -90, -20};
    AqEvidence e;
    Toy y;

    (void)state;
    make_toy(&y, 3);
    for (int t = 0; t < 3; t++)
        y.heard[t][0] = 0.9F;
    y.h.level = level;
    assert_int_equal(aq_evidence_join(&e, &y.h, NULL), AQ_OK);
    near_(e.silent, 2.0 / 3);
    /* pool (.3 + .9) / 2 */
    near_(e.heard[AQ_KIND_VIOLIN], 1.6 * log(0.6 / 0.4) + 0.45);
    assert_true(aq_concept_is_silent(&y.h, 0));
    assert_false(aq_concept_is_silent(&y.h, 2));
}

/* ---- spans ---- */

static void hear_violin(Toy *y, const float *p, int T)
{
    make_toy(y, T);
    for (int t = 0; t < T; t++)
        y->heard[t][0] = p[t];
}

static void spans_have_two_thresholds(void **state)
{
    /* likely from 2, sure at 3, one second less at 5, unlikely from 7; sure alone at 9
     */
    const float p[12] = {0, 0.2F, 0.3F, 0.6F, 0.3F, 0.1F, 0.4F, 0.1F, 0.1F, 0.9F, 0, 0};
    AqConceptSpans s;
    Toy y;

    (void)state;
    hear_violin(&y, p, 12);
    assert_int_equal(aq_concept_spans_find(&s, &y.h, NULL), AQ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.at[0].sense, AQ_AUDIO);
    assert_int_equal(s.at[0].concept, AQ_KIND_VIOLIN);
    assert_int_equal(s.at[0].from, 2);
    assert_int_equal(s.at[0].to, 7);
    near_(s.at[0].likely, 1.7 / 5);
    aq_concept_spans_clear(&s);
}

static void a_clip_of_one_second_has_spans(void **state)
{
    const float p[1] = {0.8F};
    AqConceptSpans s;
    Toy y;

    (void)state;
    hear_violin(&y, p, 1);
    assert_int_equal(aq_concept_spans_find(&s, &y.h, NULL), AQ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.at[0].to, 1);
    aq_concept_spans_clear(&s);
}

static void two_spans_are_two(void **state)
{
    const float p[9] = {0.9F, 0.9F, 0, 0, 0.9F, 0.9F, 0.9F, NAN, NAN};
    AqConceptSpans s;
    Toy y;

    (void)state;
    hear_violin(&y, p, 9);
    assert_int_equal(aq_concept_spans_find(&s, &y.h, NULL), AQ_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.at[0].to, 2);
    assert_int_equal(s.at[1].from, 4);
    assert_int_equal(s.at[1].to, 7);
    aq_concept_spans_clear(&s);
}

static void what_is_seen_has_a_place(void **state)
{
    AqConceptSpans s;
    Toy y;

    (void)state;
    make_toy(&y, 4);
    for (int t = 1; t < 4; t++) {
        y.seen[t][AQ_PLACE_MIDDLE][1] = 0.5F;
        y.seen[t][AQ_PLACE_RIGHT][1] = 0.9F;
        y.seen[t][AQ_PLACE_LEFT][1] = 0.3F; /* less than half of the best */
        y.seen[t][AQ_PLACE_BEST][1] = 0.9F;
    }
    assert_int_equal(aq_concept_spans_find(&s, &y.h, &y.s), AQ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.at[0].sense, AQ_VISUAL);
    assert_int_equal(s.at[0].from, 1);
    assert_int_equal(s.at[0].where[AQ_PLACE_LEFT], 0);
    assert_int_equal(s.at[0].where[AQ_PLACE_MIDDLE], 1);
    assert_int_equal(s.at[0].where[AQ_PLACE_RIGHT], 1);
    aq_concept_spans_clear(&s);
}

static void none_is_no_span(void **state)
{
    AqConceptSpans s;
    Toy y;

    (void)state;
    make_toy(&y, 4);
    for (int t = 0; t < 4; t++) {
        y.heard[t][4] = 1;
        y.heard[t][3] = 0.8F;
    }
    assert_int_equal(aq_concept_spans_find(&s, &y.h, NULL), AQ_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.at[0].concept, AQ_CONCEPT_SPEECH);
    aq_concept_spans_clear(&s);
}

static void memory_may_run_out(void **state)
{
    AqConceptSpans s;
    AqEvidence e;
    Toy y;

    (void)state;
    make_toy(&y, 4);
    for (int t = 0; t < 4; t++)
        y.heard[t][0] = 1;
    aq_alloc_fail_after(1);
    assert_int_equal(aq_evidence_join(&e, &y.h, NULL), AQ_ERR_NOMEM);
    aq_alloc_fail_after(1);
    assert_int_equal(aq_concept_spans_find(&s, &y.h, NULL), AQ_ERR_NOMEM);
    aq_alloc_fail_after(0);
    aq_concept_spans_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(what_is_not_known_is_told),
        cmocka_unit_test(logodds_become_probabilities),
        cmocka_unit_test(rows_without_names_have_no_columns),
        cmocka_unit_test(the_pool_is_half_mean_half_best_third),
        cmocka_unit_test(both_senses_are_added),
        cmocka_unit_test(shares_and_none_are_one),
        cmocka_unit_test(without_streams_the_prior_is_left),
        cmocka_unit_test(a_relative_supports_but_denies_nothing),
        cmocka_unit_test(nothing_is_heard_in_silence),
        cmocka_unit_test(spans_have_two_thresholds),
        cmocka_unit_test(a_clip_of_one_second_has_spans),
        cmocka_unit_test(two_spans_are_two),
        cmocka_unit_test(what_is_seen_has_a_place),
        cmocka_unit_test(none_is_no_span),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
