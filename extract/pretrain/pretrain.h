/*
 * Pretraining an extractor on inputs whose truth is known: a linear head reads each
 * target off the features, averaged over upright bands of the grid, and both learn by
 * binary cross-entropy. The head is thrown away; the network stays.
 */
#ifndef AQ_EXTRACT_PRETRAIN_PRETRAIN_H
#define AQ_EXTRACT_PRETRAIN_PRETRAIN_H
#include "extract/networks/extractor.h"

/* All borrowed. An input's targets are (bands, targets): the grid is cut into `bands`
 * parts from left to right, one for a network without a grid. */
typedef struct AqPretrainSet {
    size_t n;
    const float *const *in; /* (n) inputs of the extractor's input.dims */
    int bands, targets;
    int group; /* targets of one thing: the first says whether it is there, the others
                  how it is; 1 where there is nothing to say but that */
    const float *target;      /* (n, bands, targets) 0 or 1 */
    const float *weight;      /* (n, bands, targets) 1 counts, 0 is not known */
    const unsigned char *val; /* (n) 1: not trained on, but validated with */
} AqPretrainSet;

typedef struct AqPretrainConfig {
    int epochs, batch;
    double lr, weight_decay; /* AdamW, half a cosine to 0 */
    double augment; /* how strongly inputs are changed while learning (augment.h) */
    uint64_t seed;
} AqPretrainConfig;

typedef struct AqPretrainProgress {
    int epoch;
    long step, steps;
    double loss; /* mean of the epoch so far */
    /* Of the targets that count, at an epoch's end; NAN where there is no validation.
     */
    double val_loss, val_accuracy;
    double val_floor; /* always saying what is commoner, target by target */
    int epoch_done;
} AqPretrainProgress;

typedef struct AqPretrainJob {
    const AqPretrainSet *set;
    const AqPretrainConfig *how;
    AqExecutor *exec;      /* may be NULL */
    const char *last_path; /* where the state to go on from is kept; may be NULL */
    int resume;            /* go on from last_path */
    void (*progress)(void *ctx, const AqPretrainProgress *p); /* may be NULL */
    int (*stop)(void *ctx);                                   /* may be NULL */
    void *ctx;
} AqPretrainJob;

/* Trains x in place. The state is kept at each epoch's end and where stop() said so:
 * AQ_ERR_CANCELLED, x is as far as it got. Resuming with the same set and settings
 * gives what would have come without the break; other ones are AQ_ERR_MISMATCH, no
 * state AQ_ERR_NOT_FOUND. AQ_ERR_NUMERIC: it diverged. AQ_ERR_USAGE: nothing to train
 * on. */
AQ_MUST_CHECK AqErr aq_pretrain(AqExtractor *x, const AqPretrainJob *job);

#endif
