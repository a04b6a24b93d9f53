/* SPDX-License-Identifier: MIT */
#include "model/concepts/claim.h"

#include <math.h>
#include <string.h>

#define MOST_COUNT    0.6
#define MOST_PLACE    0.6
#define MOST_LOUDNESS 0.6
#define MOST_UNTESTED 0.8
#define RIVAL_FACTOR  0.7
#define RIVAL_ABOVE   1.0
#define STILL_LARGEST 0.51
#define NONE_WINS     0.5
#define ALL_SILENT    0.9
#define FAINT         0.25 /* a pool below this is nothing */
#define LEAST_WEIGHT  1e-6
#define CANNOT_TELL   "cannot tell"

/* ---- what is asked for ---- */

static int is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(text, *list) == 0)
            return 1;
    return 0;
}

/* MUSIC-AVQA's answers; numbers as digits too. */
static AqAskedFor asked_for(const char *answer)
{
    static const char *const yes_no[] = {"yes", "no", NULL};
    static const char *const places[] = {"left",   "middle",  "right",
                                         "indoor", "outdoor", NULL};
    static const char *const counts[] = {
        "zero",  "one",   "two",  "three", "four",          "five", "six",
        "seven", "eight", "nine", "ten",   "more than ten", NULL};

    if (aq_kind_find(answer) >= 0)
        return AQ_ASKED_NAME;
    if (is_one_of(answer, yes_no))
        return AQ_ASKED_YES_NO;
    if (is_one_of(answer, places))
        return AQ_ASKED_PLACE;
    return is_one_of(answer, counts) || strspn(answer, "0123456789") == strlen(answer)
               ? AQ_ASKED_COUNT
               : AQ_ASKED_ELSE;
}

/* ---- the evidence joins in ---- */

static double probability_of_kind(const AqEvidence *e, int kind)
{
    return 1 / (1 + exp(-e->joined[kind]));
}

/* Of an answer that is a name, or none; negative: of another sort. */
static double weight_of_answer(const AqEvidence *e, const char *answer)
{
    const int kind = aq_kind_find(answer);

    if (kind >= 0)
        return probability_of_kind(e, kind);
    return strcmp(answer, CANNOT_TELL) == 0 ? e->none : -1;
}

static int asks_for_name(char *const *answers, const float *probability, int n)
{
    double of[AQ_ASKED_PLACE + 1] = {0};

    for (int k = 0; k < n; k++)
        if (strcmp(answers[k], CANNOT_TELL) != 0)
            of[asked_for(answers[k])] += (double)probability[k];
    for (int sort = 0; sort <= AQ_ASKED_PLACE; sort++)
        if (sort != AQ_ASKED_NAME && of[sort] >= of[AQ_ASKED_NAME])
            return 0;
    return 1;
}

void aq_claim_weigh(const AqEvidence *e, char *const *answers, float *probability,
                    int n)
{
    double before = 0, after = 0;

    if (!asks_for_name(answers, probability, n))
        return;
    for (int k = 0; k < n; k++) {
        const double w = weight_of_answer(e, answers[k]);

        if (w >= 0) {
            before += (double)probability[k];
            after += w * (double)probability[k];
        }
    }
    if (after < LEAST_WEIGHT * before)
        return; /* all that the network thinks of is denied: it keeps its opinion */
    for (int k = 0; k < n; k++) {
        const double w = weight_of_answer(e, answers[k]);

        if (w >= 0)
            probability[k] *= (float)(w * before / after);
    }
}

/* ---- cannot tell ---- */

static int is_quiet(const AqEvidence *e)
{
    if (!e->has[AQ_AUDIO] || e->silent >= ALL_SILENT)
        return 1;
    for (int k = 0; k < AQ_N_KINDS; k++)
        if (e->heard[k] >= 0)
            return 0;
    return e->also[AQ_CONCEPT_NONE] >= 1 - FAINT &&
           e->also[AQ_CONCEPT_SPEECH] < FAINT && e->also[AQ_CONCEPT_VOICE] < FAINT &&
           e->also[AQ_CONCEPT_NOISE] < FAINT;
}

int aq_evidence_is_nothing(const AqEvidence *e)
{
    for (int k = 0; k < AQ_N_KINDS; k++)
        if (e->seen[k] >= 0)
            return 0;
    return e->also[AQ_CONCEPT_OTHER_INSTRUMENT] < FAINT && is_quiet(e);
}

static int is_known_concept(const AqEvidence *e, int concept)
{
    if (concept < AQ_N_KINDS)
        return aq_evidence_knows(e, concept);
    return concept != AQ_CONCEPT_OTHER_INSTRUMENT && e->also[concept] >= 0;
}

/* The first of the named that neither sense knows; -1: all are known. */
static int find_unknown(const AqEvidence *e, const AqNamed *named)
{
    for (int k = 0; k < named->n; k++)
        if (!is_known_concept(e, named->concept[k]))
            return k;
    return -1;
}

static AqCannotTell judge_telling(const AqEvidence *e, const AqClaim *c)
{
    if (aq_evidence_is_nothing(e))
        return AQ_CANNOT_NOTHING;
    if (c->unknown >= 0)
        return AQ_CANNOT_KNOW;
    return c->asked == AQ_ASKED_NAME && e->none > NONE_WINS ? AQ_CANNOT_NAME
                                                            : AQ_CAN_TELL;
}

/* ---- limits ---- */

/* Heard in training by other instruments of soundfonts, or by a drum kit's congas, and
 * without a class of sight. */
static int is_tested_kind(int concept)
{
    switch (concept) {
    case AQ_KIND_CONGAS:
    case AQ_KIND_ERHU:
    case AQ_KIND_GUZHENG:
    case AQ_KIND_PIPA:
    case AQ_KIND_SUONA:
        return 0;
    default:
        return 1;
    }
}

/* Limits an answer that is likelier. */
static void limit_claim(AqClaim *c, AqClaimLimit limit, double most, double probability)
{
    if (probability <= most || most >= c->most)
        return;
    c->limit = limit;
    c->most = most;
}

static void limit_yes_no(AqClaim *c, const AqEvidence *e, int yes, double probability)
{
    const int kind = c->named.concept[0];

    if (c->named.n == 0)
        return;
    if (!yes && !is_tested_kind(kind))
        limit_claim(c, AQ_LIMIT_UNTESTED, MOST_UNTESTED, probability);
    if (!yes || c->named.n > 1 || kind >= AQ_N_KINDS)
        return;
    c->rival = aq_evidence_best(e, kind);
    if (e->joined[c->rival] > e->joined[kind] + RIVAL_ABOVE)
        limit_claim(c, AQ_LIMIT_RIVAL, fmax(STILL_LARGEST, RIVAL_FACTOR * probability),
                    probability);
}

AqClaim aq_claim_judge(const AqEvidence *e, const char *question, const char *answer,
                       double probability)
{
    AqClaim c = {.is_judged = 1,
                 .asked = asked_for(answer),
                 .named = aq_concepts_named(question),
                 .most = 1};

    c.unknown = find_unknown(e, &c.named);
    c.cannot = judge_telling(e, &c);
    if (c.asked == AQ_ASKED_NAME && c.cannot == AQ_CAN_TELL)
        limit_claim(&c, AQ_LIMIT_PRESENCE,
                    fmax(STILL_LARGEST, probability_of_kind(e, aq_kind_find(answer))),
                    probability);
    if (c.asked == AQ_ASKED_COUNT)
        limit_claim(&c, AQ_LIMIT_COUNT, MOST_COUNT, probability);
    if (c.asked == AQ_ASKED_PLACE)
        limit_claim(&c, AQ_LIMIT_PLACE, MOST_PLACE, probability);
    if (aq_question_compares_loudness(question))
        limit_claim(&c, AQ_LIMIT_LOUDNESS, MOST_LOUDNESS, probability);
    if (c.asked == AQ_ASKED_YES_NO)
        limit_yes_no(&c, e, strcmp(answer, "yes") == 0, probability);
    return c;
}

void aq_claim_lower(const AqClaim *c, float *probability, const float *logits, int n,
                    int likeliest)
{
    const double had = (double)probability[likeliest], spare = had - c->most;
    double others = 0;
    int n_others = 0;

    if (!c->is_judged || spare <= 0)
        return;
    for (int k = 0; k < n; k++)
        if (k != likeliest && isfinite(logits[k])) {
            others += (double)probability[k];
            n_others++;
        }
    if (n_others == 0)
        return;
    for (int k = 0; k < n; k++)
        if (k != likeliest && isfinite(logits[k]))
            probability[k] +=
                (float)(spare * (others > 0 ? (double)probability[k] / others
                                            : 1.0 / n_others));
    probability[likeliest] = (float)c->most;
}
