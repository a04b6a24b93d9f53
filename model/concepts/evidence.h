/*
 * Evidence for each kind of instrument, from what was heard and what was seen: added
 * log-odds, as two senses that err independently would be joined (naive Bayes).
 *
 *   heard_k  = 1.6 logit(pool of the seconds' probabilities) + 0.45
 *   seen_k   = 0.9  logit(pool of the seconds' best windows)  + 2.0
 *   joined_k = -3 + (heard_k + 3) + (seen_k + 3)
 *
 * where -3 is the log-odds of a kind that nothing is known about (22 of them, one or
 * two in a clip), and a sense that says nothing of a kind adds nothing. The first line
 * is a logistic fit to phrases of soundfonts (tests/real/fit.py; 1.68 and 0.46 by
 * hearing, 1.56 and 0.45 by YAMNet's concepts), the second one of prototypes to
 * pictures. The pool is half the mean and half the mean of the best third of the
 * seconds: what sounds for a while counts, what flashes up in one second of many
 * hardly. Probabilities are taken as at least 0.001 and at most 0.999: stored in half
 * precision they are not finer, and no sense denies the other absolutely.
 *
 * What a picture can support: a kind by its own column; by a relative's, less by 1: the
 * classes of sight have no ukulele and no congas, and take these for a guitar or a
 * banjo and for a drum. Where the two fit equally the kind that was really recognised
 * wins; of a kind without a column, that no relative is seen says nothing.
 *
 * Threads: plain values.
 */
#ifndef AQ_MODEL_CONCEPTS_EVIDENCE_H
#define AQ_MODEL_CONCEPTS_EVIDENCE_H
#include "base/err.h"
#include "base/modality.h"
#include "model/concepts/rows.h"

#define AQ_EVIDENCE_PRIOR (-3.0)

typedef struct AqEvidence {
    int has[AQ_N_MODALITIES]; /* a column of a kind, and a second that says something */
    double heard[AQ_N_KINDS]; /* log-odds; NaN: hearing says nothing of it */
    double seen[AQ_N_KINDS];  /* log-odds; NaN: sight says nothing of it */
    double joined[AQ_N_KINDS];  /* log-odds */
    double share[AQ_N_KINDS];   /* softmax of joined and of 0, which is that of none */
    double none;                /* that of none; all together are 1 */
    double also[AQ_N_CONCEPTS]; /* pools of what is no kind (speech, people, ...), 0..1;
                                   negative: not known; those of kinds are unused */
    double silent;              /* share of the seconds of sound; 0 where no level is
                                   known */
} AqEvidence;

/* Either may be NULL; both have been named (aq_concept_rows_name()). Without both, all
 * is the prior's. AQ_ERR_NOMEM. */
AQ_MUST_CHECK AqErr aq_evidence_join(AqEvidence *out, const AqConceptRows *heard,
                                     const AqConceptRows *seen);

/* The parts of it, for others that join in the same way. p (n), n at least 1, is
 * sorted. */
double aq_evidence_pool(double *p, int n);
double aq_evidence_heard(double pooled);
double aq_evidence_seen(double pooled);

/* Does either sense say something of the kind? */
int aq_evidence_knows(const AqEvidence *e, int kind);

/* The kind of the largest joined log-odds, but for `but` (-1: of all). */
int aq_evidence_best(const AqEvidence *e, int but);

#endif
