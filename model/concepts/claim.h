/*
 * What an answer may claim, given the evidence of both senses: how likely it may be
 * called at most, and whether there is one at all or the answer is "cannot tell". The
 * limits are those that prototypes on real clips needed for at most one in ten of the
 * answers over 0.9 to be wrong (docs/real-clips.md):
 *
 *   a name                       at most P(k), below, but not below 0.51
 *   a number                     at most 0.6: two of a kind are taken for one
 *   a place; louder, quieter     at most 0.6
 *   "no", of a kind on which     at most 0.8: soundfonts have stand-ins alone (a koto
 *   no sense was tested          for a guzheng), and no picture shows it
 *   "yes", of a kind, where      times 0.7, but not below 0.51: limits change no
 *   another's joined log-odds    answer
 *   are more than 1 larger
 *
 * It cannot tell if
 *   - a name is asked for and none of the kinds is likelier than some;
 *   - the question names an instrument that neither sense knows;
 *   - nothing is heard (no sound, silence, or no kind, speech, singing or noise) and no
 *     instrument is seen.
 *
 * Where a name is asked for, the network's answer and the evidence are two opinions
 * that are multiplied (a product of experts; Hinton, "Training products of experts by
 * minimizing contrastive divergence", 2002): each kind's probability with P(k) = 1 / (1
 * + exp(-joined_k)), which is how likely it is there, and "cannot tell" with the share
 * of none. So the network says which of those that are there is meant, and the evidence
 * which are there. Numbers, yes and no are not: of scenes that made them worse, as what
 * is there need not be what sounds, or what is asked.
 *
 * Threads: plain values.
 */
#ifndef AQ_MODEL_CONCEPTS_CLAIM_H
#define AQ_MODEL_CONCEPTS_CLAIM_H
#include "model/concepts/evidence.h"
#include "model/concepts/named.h"

typedef enum AqAskedFor { /* told by the answer that the model has */
                          AQ_ASKED_ELSE,
                          AQ_ASKED_NAME, /* of a kind */
                          AQ_ASKED_YES_NO,
                          AQ_ASKED_COUNT,
                          AQ_ASKED_PLACE
} AqAskedFor;

typedef enum AqCannotTell {
    AQ_CAN_TELL,
    AQ_CANNOT_NAME,   /* none of the kinds */
    AQ_CANNOT_KNOW,   /* named[unknown] is no kind that a sense knows */
    AQ_CANNOT_NOTHING /* is heard, and no instrument is seen */
} AqCannotTell;

typedef enum AqClaimLimit {
    AQ_LIMIT_NONE,     /* or the answer was less likely already */
    AQ_LIMIT_PRESENCE, /* the named is no surer to be there */
    AQ_LIMIT_COUNT,
    AQ_LIMIT_PLACE,
    AQ_LIMIT_LOUDNESS,
    AQ_LIMIT_UNTESTED, /* named[0] */
    AQ_LIMIT_RIVAL     /* `rival` is likelier than named[0] */
} AqClaimLimit;

typedef struct AqClaim {
    int is_judged; /* 0: the features are no concepts, and all else is 0 */
    AqAskedFor asked;
    AqNamed named;
    AqCannotTell cannot;
    int unknown; /* of the named */
    AqClaimLimit limit;
    int rival;   /* a kind */
    double most; /* of the answer's probability */
} AqClaim;

/* Multiplies the probabilities of names, and of not being able to tell, by the
 * evidence, if names have more of the probability than any other sort of answer;
 * together they keep what they had. answers[n], probability[n]. */
void aq_claim_weigh(const AqEvidence *e, char *const *answers, float *probability,
                    int n);

/* `answer`, of this probability, is the likeliest to the question. */
AqClaim aq_claim_judge(const AqEvidence *e, const char *question, const char *answer,
                       double probability);

/* Lowers the likeliest answer's probability to what may be claimed; the others take
 * what it loses, in their proportion, or in equal parts where they have nothing. Those
 * whose logit is not finite may not be given. (n) both. */
void aq_claim_lower(const AqClaim *c, float *probability, const float *logits, int n,
                    int likeliest);

/* Nothing is heard, and no instrument is seen. */
int aq_evidence_is_nothing(const AqEvidence *e);

#endif
