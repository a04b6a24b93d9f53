/* SPDX-License-Identifier: MIT */
/* Which instruments a question names, which features are concepts, and what an answer
 * may claim. */
#include "base/alloc.h"
#include "model/concepts/claim.h"
#include "model/concepts/clip.h"

#include "tests/unit/check.h"

#include <math.h>
#include <string.h>

/* ---- what a question names ---- */

static void natural_wordings_name_kinds(void **state)
{
    static const struct {
        const char *question;
        int concept;
        const char *word;
    } all[] = {{"Is there a violin?", AQ_KIND_VIOLIN, "violin"},
               {"how many violins are there", AQ_KIND_VIOLIN, "violin"},
               {"Is the acoustic_guitar louder?", AQ_KIND_ACOUSTIC_GUITAR, "guitar"},
               {"who plays the guitar", AQ_KIND_ACOUSTIC_GUITAR, "guitar"},
               {"an Electric Guitar?", AQ_CONCEPT_ELECTRIC_GUITAR, "electric guitar"},
               {"when does the sax come in", AQ_KIND_SAXOPHONE, "saxophone"},
               {"are the drums playing?", AQ_KIND_DRUM, "drum"},
               {"the bass drum's sound", AQ_KIND_DRUM, "drum"},
               {"is a bass heard", AQ_KIND_ELECTRIC_BASS, "electric bass"},
               {"two bass guitars", AQ_KIND_ELECTRIC_BASS, "electric bass"},
               {"conga drums", AQ_KIND_CONGAS, "congas"},
               {"congas", AQ_KIND_CONGAS, "congas"},
               {"bagpipes", AQ_KIND_BAGPIPE, "bagpipe"},
               {"the fiddle", AQ_KIND_VIOLIN, "violin"},
               {"is it a harp?", AQ_CONCEPT_OTHER_INSTRUMENT, "harp"},
               {"the double bass", AQ_CONCEPT_OTHER_INSTRUMENT, "double bass"}};

    (void)state;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        const AqNamed n = aq_concepts_named(all[k].question);

        if (n.n != 1)
            fail_msg("%s: %d named", all[k].question, n.n);
        if (n.concept[0] != all[k].concept || strcmp(n.word[0], all[k].word) != 0)
            fail_msg("%s: %s", all[k].question, n.word[0]);
    }
}

static void several_are_named_once_each(void **state)
{
    const AqNamed n = aq_concepts_named("Is the violin louder than the cello, the "
                                        "violins, the harp and the oboe?"),
                  none = aq_concepts_named("which instrument sounds first, harpy?");

    (void)state;
    assert_int_equal(n.n, 4);
    assert_int_equal(n.concept[0], AQ_KIND_VIOLIN);
    assert_int_equal(n.concept[1], AQ_KIND_CELLO);
    assert_string_equal(n.word[2], "harp");
    assert_string_equal(n.word[3], "oboe");
    assert_int_equal(none.n, 0);
    assert_true(aq_question_compares_loudness("which is the LOUDEST?"));
    assert_false(aq_question_compares_loudness("which sounds first?"));
}

/* ---- which features are concepts ---- */

static const char extractors[] =
    "{\"audio\": [{\"sampling\": \"a; options: pca=off\"}, {\"sampling\": \"b; columns: "
    "violin, none\"}], \"visual\": {\"sampling\": \"c; columns: violin, drum; cells: "
    "left, best\"}}";

static void concepts_are_found_among_features(void **state)
{
    const AqFeatureSizes sizes = {.n = {2, 1},
                                  .of = {{{1, 1, 3}, {1, 1, 2}}, {{1, 2, 2}}}};
    /* two seconds of 3 + 2 and of 2 x 2 values */
    const float sound[10] = {9, 9, 9, 0.1F, 0.2F, 9, 9, 9, 0.3F, 0.4F},
                picture[8] = {0, 0, 0.5F, 0.6F, 0, 0, 0.7F, 0.8F};
    const AqClipFeatures clip = {.n_seconds = 2, .audio = sound, .visual = picture};
    AqConceptSource s;
    AqConceptRows rows[2];
    const AqConceptRows *heard, *seen;

    (void)state;
    CHECK_OK(aq_concept_source_read(&s, extractors, &sizes));
    assert_true(aq_concept_source_both(&s));
    assert_int_equal(s.feature[AQ_AUDIO], 1);
    aq_concept_rows_of(&s, &clip, rows, &heard, &seen);
    CHECK_NEAR(aq_concept_at(heard, AQ_KIND_VIOLIN, AQ_PLACE_BEST, 1), 0.3, 1e-6, 0);
    CHECK_NEAR(aq_concept_at(seen, AQ_KIND_DRUM, AQ_PLACE_BEST, 1), 0.8, 1e-6, 0);
    aq_concept_source_clear(&s);
}

static void other_features_are_none(void **state)
{
    static const char *const none[] = {
        "", "[]", "{\"audio\": 3}",
        "{\"audio\": {\"sampling\": \"x\"}, \"visual\": []}",
        /* other sizes than it says */
        "{\"audio\": {\"sampling\": \"x; columns: violin, none, piano\"}}"};
    const AqFeatureSizes sizes = aq_feature_sizes(2, 1, 2, 2);
    const AqClipFeatures clip = {.n_seconds = 1};
    AqConceptRows rows[2];
    const AqConceptRows *heard, *seen;

    (void)state;
    for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
        AqConceptSource s;

        CHECK_OK(aq_concept_source_read(&s, none[k], &sizes));
        assert_false(aq_concept_source_any(&s));
        aq_concept_rows_of(&s, &clip, rows, &heard, &seen);
        assert_null(heard);
        assert_null(seen);
        aq_concept_source_clear(&s);
    }
}

/* ---- claims ---- */

/* Both senses know all kinds but the theremin; speech is heard, nothing is seen. */
static AqEvidence usual_evidence(void)
{
    AqEvidence e = {.has = {1, 1}, .none = 0.8};

    for (int k = 0; k < AQ_N_KINDS; k++) {
        e.heard[k] = e.seen[k] = -4;
        e.joined[k] = -5;
    }
    for (int c = 0; c < AQ_N_CONCEPTS; c++)
        e.also[c] = 0;
    e.also[AQ_CONCEPT_SPEECH] = 0.9;
    return e;
}

static AqEvidence heard_evidence(int kind, double joined)
{
    AqEvidence e = usual_evidence();

    e.joined[kind] = joined;
    e.heard[kind] = joined;
    e.none = 0.1;
    return e;
}

static void check_claim(const AqEvidence *e, const char *question, const char *answer,
                        double p, AqCannotTell cannot, AqClaimLimit limit, double most)
{
    const AqClaim c = aq_claim_judge(e, question, answer, p);

    if (c.cannot != cannot || c.limit != limit || !(fabs(c.most - most) < 1e-6))
        fail_msg("%s %s: cannot %d, limit %d, at most %g", question, answer,
                 (int)c.cannot, (int)c.limit, c.most);
}

static void what_cannot_be_told(void **state)
{
    AqEvidence e = usual_evidence();

    (void)state;
    check_claim(&e, "which instrument is it?", "violin", 0.9, AQ_CANNOT_NAME,
                AQ_LIMIT_NONE, 1);
    check_claim(&e, "is there a violin?", "no", 0.9, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    check_claim(&e, "is there a theremin?", "no", 0.9, AQ_CANNOT_KNOW, AQ_LIMIT_NONE,
                1);
    check_claim(&e, "an electric guitar?", "no", 0.9, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    e.also[AQ_CONCEPT_ELECTRIC_GUITAR] = -1;
    check_claim(&e, "an electric guitar?", "no", 0.9, AQ_CANNOT_KNOW, AQ_LIMIT_NONE, 1);
    e.heard[AQ_KIND_TUBA] = e.seen[AQ_KIND_TUBA] = (double)NAN;
    check_claim(&e, "a violin or a tuba?", "no", 0.9, AQ_CANNOT_KNOW, AQ_LIMIT_NONE, 1);
    e.none = 0.4;
    check_claim(&e, "which instrument is it?", "violin", 0.9, AQ_CAN_TELL,
                AQ_LIMIT_PRESENCE, 0.51);
}

static void nothing_heard_and_nothing_seen(void **state)
{
    AqEvidence e = usual_evidence();

    (void)state;
    assert_false(aq_evidence_is_nothing(&e)); /* speech */
    e.also[AQ_CONCEPT_SPEECH] = 0.1;
    assert_false(aq_evidence_is_nothing(&e)); /* not known to be none */
    e.also[AQ_CONCEPT_NONE] = 0.9;
    assert_true(aq_evidence_is_nothing(&e));
    check_claim(&e, "where is it?", "left", 0.9, AQ_CANNOT_NOTHING, AQ_LIMIT_PLACE,
                0.6);
    e.also[AQ_CONCEPT_OTHER_INSTRUMENT] = 0.6;
    assert_false(aq_evidence_is_nothing(&e));
    e.also[AQ_CONCEPT_OTHER_INSTRUMENT] = 0;
    e.seen[AQ_KIND_DRUM] = 1;
    assert_false(aq_evidence_is_nothing(&e));
    e = heard_evidence(AQ_KIND_VIOLIN, 2);
    e.silent = 1;
    assert_true(aq_evidence_is_nothing(&e));
    e.silent = 0;
    assert_false(aq_evidence_is_nothing(&e));
    e.has[AQ_AUDIO] = 0;
    assert_true(aq_evidence_is_nothing(&e));
}

static void claims_have_limits(void **state)
{
    AqEvidence e = heard_evidence(AQ_KIND_VIOLIN, 3);

    (void)state;
    check_claim(&e, "how many?", "two", 0.9, AQ_CAN_TELL, AQ_LIMIT_COUNT, 0.6);
    check_claim(&e, "how many?", "10", 0.9, AQ_CAN_TELL, AQ_LIMIT_COUNT, 0.6);
    check_claim(&e, "how many?", "two", 0.5, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    check_claim(&e, "where is it?", "outdoor", 0.9, AQ_CAN_TELL, AQ_LIMIT_PLACE, 0.6);
    check_claim(&e, "is the violin louder?", "yes", 0.9, AQ_CAN_TELL, AQ_LIMIT_LOUDNESS,
                0.6);
    check_claim(&e, "is there a pipa?", "no", 0.95, AQ_CAN_TELL, AQ_LIMIT_UNTESTED,
                0.8);
    check_claim(&e, "is there a piano?", "no", 0.95, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    check_claim(&e, "is there a piano?", "yes", 0.9, AQ_CAN_TELL, AQ_LIMIT_RIVAL, 0.63);
    check_claim(&e, "is there a piano?", "yes", 0.6, AQ_CAN_TELL, AQ_LIMIT_RIVAL, 0.51);
    check_claim(&e, "is there a violin?", "yes", 0.9, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    e.joined[AQ_KIND_PIANO] = 2.5; /* less than 1 below */
    check_claim(&e, "is there a piano?", "yes", 0.9, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    /* 1 / (1 + exp(-3)) and, of the piano, 1 / (1 + exp(-2.5)); a tuba is not there */
    check_claim(&e, "which?", "violin", 0.99, AQ_CAN_TELL, AQ_LIMIT_PRESENCE, 0.952574);
    check_claim(&e, "which?", "piano", 0.95, AQ_CAN_TELL, AQ_LIMIT_PRESENCE, 0.924142);
    check_claim(&e, "which?", "violin", 0.95, AQ_CAN_TELL, AQ_LIMIT_NONE, 1);
    check_claim(&e, "which?", "tuba", 0.9, AQ_CAN_TELL, AQ_LIMIT_PRESENCE, 0.51);
    assert_int_equal(aq_claim_judge(&e, "what?", "simultaneously", 1).asked,
                     AQ_ASKED_ELSE);
}

static void the_others_take_what_is_lowered(void **state)
{
    const float logits[4] = {3, 1, -INFINITY, 0};
    float p[4] = {0.8F, 0.15F, 0, 0.05F}, sure[4] = {1, 0, 0, 0};
    AqClaim c = {.is_judged = 1, .most = 0.6};

    (void)state;
    aq_claim_lower(&c, p, logits, 4, 0);
    CHECK_NEAR(p[0], 0.6, 1e-6, 0);
    CHECK_NEAR(p[1], 0.3, 1e-6, 0);
    CHECK_NEAR(p[2], 0, 0, 0);
    CHECK_NEAR(p[3], 0.1, 1e-6, 0);
    aq_claim_lower(&c, sure, logits, 4, 0);
    CHECK_NEAR(sure[1], 0.2, 1e-6, 0);
    CHECK_NEAR(sure[3], 0.2, 1e-6, 0);
    c.is_judged = 0;
    c.most = 0;
    aq_claim_lower(&c, p, logits, 4, 0);
    CHECK_NEAR(p[0], 0.6, 1e-6, 0);
}

/* Joined log-odds 2 and -2 are .880797 and .119203; none has .25. */
static void names_are_weighed_by_evidence(void **state)
{
    char *answers[] = {(char[]){"violin"}, (char[]){"cello"}, (char[]){"cannot tell"},
                       (char[]){"yes"}, (char[]){"two"}};
    float p[] = {0.2F, 0.4F, 0.2F, 0.1F, 0.1F}, yes[] = {0.2F, 0.1F, 0.1F, 0.5F, 0.1F},
          denied[] = {0.6F, 0, 0, 0.3F, 0.1F};
    const double sum = 0.2 * 0.880797 + 0.4 * 0.119203 + 0.2 * 0.25;
    AqEvidence e = {.none = 0.25};

    (void)state;
    e.joined[AQ_KIND_VIOLIN] = 2;
    e.joined[AQ_KIND_CELLO] = -2;
    aq_claim_weigh(&e, answers, p, 5);
    CHECK_NEAR(p[0], 0.8 * 0.2 * 0.880797 / sum, 1e-6, 0);
    CHECK_NEAR(p[1], 0.8 * 0.4 * 0.119203 / sum, 1e-6, 0);
    CHECK_NEAR(p[2], 0.8 * 0.2 * 0.25 / sum, 1e-6, 0);
    CHECK_NEAR(p[3], 0.1, 1e-6, 0);
    CHECK_NEAR(p[4], 0.1, 1e-6, 0);
    aq_claim_weigh(&e, answers, yes, 5); /* no name is asked for */
    CHECK_NEAR(yes[0], 0.2, 1e-6, 0);
    CHECK_NEAR(yes[2], 0.1, 1e-6, 0);
    e.joined[AQ_KIND_VIOLIN] = -20; /* the network thinks of nothing else */
    aq_claim_weigh(&e, answers, denied, 5);
    CHECK_NEAR(denied[0], 0.6, 1e-6, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(natural_wordings_name_kinds),
        cmocka_unit_test(several_are_named_once_each),
        cmocka_unit_test(concepts_are_found_among_features),
        cmocka_unit_test(other_features_are_none),
        cmocka_unit_test(what_cannot_be_told),
        cmocka_unit_test(nothing_heard_and_nothing_seen),
        cmocka_unit_test(claims_have_limits),
        cmocka_unit_test(the_others_take_what_is_lowered),
        cmocka_unit_test(names_are_weighed_by_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
