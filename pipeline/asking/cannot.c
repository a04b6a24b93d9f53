/* SPDX-License-Identifier: MIT */
/* Why it cannot tell, and what is known instead: "something plucked is heard, but not
 * which instrument; no instrument is seen". */
#include "model/concepts/family.h"
#include "pipeline/asking/inquiry.h"

#include <stdio.h>
#include <string.h>

enum { WHY_TEXT = 600 };

static void add_clause(char *out, const char *clause)
{
    const size_t used = strlen(out);

    if (*clause)
        (void)snprintf(out + used, WHY_TEXT - used, "%s%s", used ? "; " : "", clause);
}

static int is_instrument(int concept)
{
    return concept < AQ_N_KINDS || concept == AQ_CONCEPT_ELECTRIC_GUITAR ||
           concept == AQ_CONCEPT_OTHER_INSTRUMENT;
}

/* The surest span of a sense; NULL: it has none. */
static const AqConceptSpan *surest_of(const AqInquiry *q, AqModality sense,
                                      int instruments)
{
    const AqConceptSpans *s = &q->sensed.spans;
    const AqConceptSpan *best = NULL;

    for (int k = 0; k < s->n; k++)
        if (s->at[k].sense == sense &&
            (!instruments || is_instrument(s->at[k].concept)) &&
            (!best || s->at[k].likely > best->likely))
            best = &s->at[k];
    return best;
}

/* "speech is heard 0:00 to 0:09" */
static void add_sensed(char *out, const AqInquiry *q, const AqConceptSpan *s)
{
    char times[128], clause[256];

    if (!s)
        return;
    aq_sensed_times(&q->sensed.spans, s->sense, s->concept, q->clip->n_seconds, times,
                    sizeof times);
    (void)snprintf(
        clause, sizeof clause, "%s %s %s", aq_concept_title(s->concept),
        s->concept == AQ_CONCEPT_PEOPLE || s->concept == AQ_KIND_CONGAS ? "are" : "is",
        times);
    add_clause(out, clause);
}

static void say_no_name(char *out, const AqInquiry *q, const AqEvidence *e)
{
    const char *family = aq_family_heard(e);
    char clause[128];

    if (family)
        (void)snprintf(clause, sizeof clause,
                       "something %s is heard, but not which instrument", family);
    else
        (void)snprintf(clause, sizeof clause, "no instrument is %s that it can name",
                       !e->has[AQ_AUDIO]    ? "seen"
                       : !e->has[AQ_VISUAL] ? "heard"
                                            : "heard or seen");
    add_clause(out, clause);
    if (!family)
        add_sensed(out, q, surest_of(q, AQ_AUDIO, 0));
}

/* No instrument that is known, or one that the sense which is there does not know. */
static void say_unknown(char *out, const AqClaim *c, const AqEvidence *e)
{
    const char *lacks = c->named.concept[c->unknown] == AQ_CONCEPT_OTHER_INSTRUMENT ? ""
                        : !e->has[AQ_AUDIO]  ? "sound"
                        : !e->has[AQ_VISUAL] ? "a picture"
                                             : "";
    char clause[128];

    (void)snprintf(clause, sizeof clause, "%s%s %s the %s",
                   *lacks ? "without " : "neither hearing nor sight", lacks,
                   *lacks ? "nothing is known of" : "knows", c->named.word[c->unknown]);
    add_clause(out, clause);
}

static void say_nothing(char *out, const AqEvidence *e)
{
    add_clause(out, !e->has[AQ_AUDIO] ? "there is no sound"
                    : e->silent > 0   ? "the sound is silent"
                                      : "nothing is heard that has a name here");
}

/* What is known of the picture, where the reason has not said it. */
static void say_what_is_seen(char *out, const AqInquiry *q, const AqEvidence *e)
{
    const AqConceptSpan *seen = surest_of(q, AQ_VISUAL, 1);

    if (!e->has[AQ_VISUAL])
        add_clause(out, "there is no picture");
    else if (!seen)
        add_clause(out, "no instrument is seen");
    else
        add_sensed(out, q, seen);
}

void aq_inquiry_say_cannot(AqInquiry *q, const AqPrediction *p)
{
    const AqClaim *c = &p->judged.claim;
    char why[WHY_TEXT] = "";

    switch (c->cannot) {
    case AQ_CAN_TELL:
        return;
    case AQ_CANNOT_NAME:
        say_no_name(why, q, p->evidence);
        break;
    case AQ_CANNOT_KNOW:
        say_unknown(why, c, p->evidence);
        add_sensed(why, q, surest_of(q, AQ_AUDIO, 0));
        break;
    case AQ_CANNOT_NOTHING:
        say_nothing(why, p->evidence);
        break;
    }
    say_what_is_seen(why, q, p->evidence);
    aq_verdict_add(&q->verdict, AQ_REMARK_CANNOT, "%s", why);
}
