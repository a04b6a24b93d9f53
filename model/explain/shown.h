/*
 * Tests whether explanations are meaningful: do they depend on the clip, and do the
 * answers depend on what they show? Measured for occlusion of seconds and for the
 * decoder's attention.
 */
#ifndef AQ_MODEL_EXPLAIN_SHOWN_H
#define AQ_MODEL_EXPLAIN_SHOWN_H
#include "base/executor.h"
#include "base/modality.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

#include <stdint.h>

enum { AQ_SHOWN_OCCLUSION, AQ_SHOWN_ATTENTION, AQ_N_SHOWN };

/* How many seconds of sound and picture are hidden together, and how many random draws
 * of as many are made. */
#define AQ_SHOWN_STRONGEST 3
#define AQ_SHOWN_DRAWS     8

typedef struct AqShown {
    size_t n_questions;
    /* Pearson's correlation over the seconds between two clips of equal length that
     * were asked the same question, mean over the pairs. Near 1: the explanation does
     * not depend on the clip. NaN if there are no pairs. */
    double correlation[AQ_N_SHOWN][AQ_N_MODALITIES];
    size_t n_pairs[AQ_N_SHOWN][AQ_N_MODALITIES];
    /* Of the questions whose clip has more seconds than are hidden: the share whose
     * answer changes when the strongest seconds are hidden, and when as many random
     * ones are. NaN for what the network does not show. */
    size_t n_hidden;
    double changed[AQ_N_SHOWN], changed_at_random;
} AqShown;

/* Asks every question of a data set. `seed` determines the draws. AQ_ERR_CANCELLED if
 * stop (may be NULL) returns non-zero. */
AQ_MUST_CHECK AqErr aq_shown_measure(AqShown *out, const AqModel *model,
                                     const AqDataset *data, AqExecutor *exec,
                                     uint64_t seed, int (*stop)(void *ctx), void *ctx);

#endif
