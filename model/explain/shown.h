/*
 * Whether what is shown about answers says anything: does it depend on the clip, and do
 * the answers depend on it? Measured for what hiding seconds costs (occlusion) and for
 * the decoder's attention.
 */
#ifndef AQ_MODEL_EXPLAIN_SHOWN_H
#define AQ_MODEL_EXPLAIN_SHOWN_H
#include "base/executor.h"
#include "base/modality.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

#include <stdint.h>

enum { AQ_SHOWN_OCCLUSION, AQ_SHOWN_ATTENTION, AQ_N_SHOWN };

/* Seconds hidden together, of sound and picture; and how often as many are drawn. */
#define AQ_SHOWN_STRONGEST 3
#define AQ_SHOWN_DRAWS     8

typedef struct AqShown {
    size_t n_questions;
    /* Pearson's correlation over the seconds between two clips of equal length that
     * were asked the same question, mean over the pairs. Near 1: the same is shown
     * whatever the clip. NaN of no pair. */
    double correlation[AQ_N_SHOWN][AQ_N_MODALITIES];
    size_t n_pairs[AQ_N_SHOWN][AQ_N_MODALITIES];
    /* Of the questions whose clip has more seconds than that: the share whose answer is
     * another when the strongest are hidden, and when as many are drawn at random. NaN
     * of what the network does not show. */
    size_t n_hidden;
    double changed[AQ_N_SHOWN], changed_at_random;
} AqShown;

/* Asks every question of a data set. The draws follow from `seed`. stop (or NULL) not 0
 * gives AQ_ERR_CANCELLED. */
AQ_MUST_CHECK AqErr aq_shown_measure(AqShown *out, const AqModel *model,
                                     const AqDataset *data, AqExecutor *exec,
                                     uint64_t seed, int (*stop)(void *ctx), void *ctx);

#endif
