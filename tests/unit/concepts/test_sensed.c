/* SPDX-License-Identifier: MIT */
/* What was heard and seen, in words: lines below an answer, and why it cannot tell. */
#include "base/alloc.h"
#include "pipeline/asking/inquiry.h"

#include "tests/unit/check.h"

#include <math.h>
#include <string.h>

/* Two columns of sound; two of the picture in left, middle, right and best. */
static const char extractors[] =
    "{\"audio\": {\"sampling\": \"a; columns: violin, speech\"}, \"visual\": "
    "{\"sampling\": \"b; columns: violin, indoor; cells: left, middle, right, best\"}}";

enum { HEARD = 2, SEEN = 8, MOST_T = 100 };

typedef struct Toy {
    float heard[MOST_T][HEARD], seen[MOST_T][SEEN];
    AqClipFeatures clip;
    AqConceptSource source;
    AqSensed sensed;
} Toy;

static void make_toy(Toy *y, int T)
{
    const AqFeatureSizes sizes = aq_feature_sizes(HEARD, 1, 4, 2);

    *y = (Toy){.clip = {.n_seconds = T, .audio = y->heard[0], .visual = y->seen[0]}};
    CHECK_OK(aq_concept_source_read(&y->source, extractors, &sizes));
}

static void hear(Toy *y, int column, int from, int to, float p)
{
    for (int t = from; t < to; t++)
        y->heard[t][column] = p;
}

/* A violin in the left, middle and right where it is 1 there, in cells of two columns.
 */
static void see_violin(Toy *y, int from, int to, int left, int middle, int right)
{
    for (int t = from; t < to; t++) {
        y->seen[t][0] = 0.9F * (float)left;
        y->seen[t][2] = 0.9F * (float)middle;
        y->seen[t][4] = 0.9F * (float)right;
        y->seen[t][6] = 0.9F;
    }
}

static void check_lines(Toy *y, const char *want)
{
    CHECK_OK(aq_sensed_find(&y->sensed, &y->source, &y->clip));
    assert_true(y->sensed.is_known);
    assert_string_equal(y->sensed.lines, want);
    aq_sensed_clear(&y->sensed);
    aq_concept_source_clear(&y->source);
}

static void a_line_says_when_and_where(void **state)
{
    Toy y;

    (void)state;
    make_toy(&y, 10);
    hear(&y, 0, 3, 7, 0.9F);
    see_violin(&y, 0, 9, 0, 0, 1); /* nearly throughout: no times */
    check_lines(&y, "violin heard 0:03 to 0:07, seen right");
    make_toy(&y, 90);
    see_violin(&y, 58, 65, 1, 1, 0);
    check_lines(&y, "violin seen left and middle 0:58 to 1:05");
    make_toy(&y, 10);
    see_violin(&y, 0, 10, 1, 1, 1);
    check_lines(&y, "violin seen across the picture");
}

static void the_surest_is_first_and_the_rest_is_counted(void **state)
{
    Toy y;

    (void)state;
    make_toy(&y, 20);
    hear(&y, 0, 0, 2, 0.6F);
    hear(&y, 0, 5, 7, 0.7F);
    hear(&y, 0, 10, 12, 0.6F);
    hear(&y, 1, 0, 20, 0.8F);
    check_lines(&y,
                "speech heard 0:00 to 0:20\nviolin heard 0:00 to 0:02, 0:05 to 0:07 "
                "and once more");
    make_toy(&y, 20);
    for (int t = 0; t < 20; t += 5)
        hear(&y, 0, t, t + 2, 0.6F);
    check_lines(&y, "violin heard 0:00 to 0:02, 0:05 to 0:07 and 2 times more");
}

static void hints_and_nothing(void **state)
{
    const AqFeatureSizes sizes = aq_feature_sizes(HEARD, 1, 4, 2);
    Toy y;

    (void)state;
    make_toy(&y, 5);
    for (int t = 0; t < 5; t++)
        y.seen[t][7] = 1; /* indoor */
    check_lines(&y, "nothing that has a name here is heard or seen");
    CHECK_OK(aq_concept_source_read(&y.source, "{}", &sizes));
    CHECK_OK(aq_sensed_find(&y.sensed, &y.source, &y.clip));
    assert_false(y.sensed.is_known);
    assert_string_equal(y.sensed.lines, "");
}

static void lines_are_given_one_by_one(void **state)
{
    const char *rest = "one\ntwo";
    int n;

    (void)state;
    assert_memory_equal(aq_sensed_next(&rest, &n), "one", 3);
    assert_int_equal(n, 3);
    assert_string_equal(aq_sensed_next(&rest, &n), "two");
    assert_int_equal(n, 3);
    assert_null(aq_sensed_next(&rest, &n));
}

/* ---- cannot tell ---- */

/* Both senses are there, all kinds are unlikely. */
static AqEvidence no_evidence(void)
{
    AqEvidence e = {.has = {1, 1}, .none = 1};

    for (int k = 0; k < AQ_N_KINDS; k++)
        e.heard[k] = e.seen[k] = -5;
    return e;
}

static void check_cannot(Toy *y, const AqEvidence *e, const AqClaim *c,
                         const char *want)
{
    AqInquiry q = {.clip = &y->clip};
    const AqPrediction p = {.judged = {.claim = *c}, .evidence = e};

    CHECK_OK(aq_sensed_find(&q.sensed, &y->source, &y->clip));
    aq_inquiry_say_cannot(&q, &p);
    if (want)
        assert_string_equal(aq_verdict_cannot(&q.verdict), want);
    else
        assert_null(aq_verdict_cannot(&q.verdict));
    assert_int_equal(aq_verdict_claims(&q.verdict), !want);
    aq_inquiry_clear(&q);
}

static void a_sentence_says_why_and_what_is_known(void **state)
{
    const AqClaim name = {.is_judged = 1, .cannot = AQ_CANNOT_NAME},
                  nothing = {.is_judged = 1, .cannot = AQ_CANNOT_NOTHING},
                  can = {.is_judged = 1};
    AqEvidence e = no_evidence();
    Toy y;

    (void)state;
    make_toy(&y, 9);
    hear(&y, 1, 0, 9, 0.8F);
    check_cannot(&y, &e, &can, NULL);
    check_cannot(
        &y, &e, &name,
        "no instrument is heard or seen that it can name; speech is heard 0:00 "
        "to 0:09; no instrument is seen");
    e.share[AQ_KIND_BANJO] = 0.2;
    e.share[AQ_KIND_PIPA] = 0.15;
    e.share[AQ_KIND_DRUM] = 0.1;
    e.has[AQ_VISUAL] = 0;
    check_cannot(&y, &e, &name,
                 "something plucked is heard, but not which instrument; there is no "
                 "picture");
    e.share[AQ_KIND_DRUM] = 0.4; /* less than .6 of it plucked */
    check_cannot(
        &y, &e, &name,
        "no instrument is heard that it can name; speech is heard 0:00 to 0:09; "
        "there is no picture");
    e.has[AQ_VISUAL] = 1;
    check_cannot(&y, &e, &nothing,
                 "nothing is heard that has a name here; no instrument is seen");
    e.silent = 1;
    check_cannot(&y, &e, &nothing, "the sound is silent; no instrument is seen");
    aq_concept_source_clear(&y.source);
}

static void what_is_not_known_is_named(void **state)
{
    AqClaim c = {
        .is_judged = 1,
        .cannot = AQ_CANNOT_KNOW,
        .named = {.concept = {AQ_CONCEPT_OTHER_INSTRUMENT}, .word = {"harp"}, .n = 1}};
    AqEvidence e = no_evidence();
    Toy y;

    (void)state;
    make_toy(&y, 9);
    see_violin(&y, 0, 9, 0, 0, 1);
    check_cannot(&y, &e, &c,
                 "neither hearing nor sight knows the harp; violin is seen right");
    e.has[AQ_AUDIO] = 0;
    c.named.concept[0] = AQ_KIND_ERHU;
    c.named.word[0] = "erhu";
    check_cannot(&y, &e, &c,
                 "without sound nothing is known of the erhu; violin is seen right");
    aq_concept_source_clear(&y.source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_when_and_where),
        cmocka_unit_test(the_surest_is_first_and_the_rest_is_counted),
        cmocka_unit_test(hints_and_nothing),
        cmocka_unit_test(lines_are_given_one_by_one),
        cmocka_unit_test(a_sentence_says_why_and_what_is_known),
        cmocka_unit_test(what_is_not_known_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
