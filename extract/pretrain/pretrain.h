/*
 * Pretrains an extractor on inputs with known targets: a linear head predicts each
 * target from the features, averaged over vertical bands of the grid, and both learn by
 * binary cross-entropy. The head is discarded; the network is kept.
 */
#ifndef AQ_EXTRACT_PRETRAIN_PRETRAIN_H
#define AQ_EXTRACT_PRETRAIN_PRETRAIN_H
#include "extract/networks/extractor.h"

/* All borrowed. An input's targets are (bands, targets): the grid is divided into
 * `bands` parts from left to right (1 for a network without a grid). */
typedef struct AqPretrainSet {
    size_t n;
    const float *const *in; /* (n) inputs of the extractor's input.dims */
    int bands, targets;
    int group; /* targets per thing: the first says whether it is there, the others
                  describe it; 1 if presence is all */
    const float *target;      /* (n, bands, targets) 0 or 1 */
    const float *weight;      /* (n, bands, targets) 1 counts, 0 unknown */
    const unsigned char *val; /* (n) 1: for validation, not training */
} AqPretrainSet;

typedef struct AqPretrainConfig {
    int epochs, batch;
    double lr, weight_decay; /* AdamW; half a cosine down to 0 */
    double augment;          /* strength of augmentation (augment.h) */
    uint64_t seed;
} AqPretrainConfig;

typedef struct AqPretrainProgress {
    int epoch;
    long step, steps;
    double loss; /* mean over the epoch so far */
    /* Over the targets that count, at an epoch's end; NAN without validation. */
    double val_loss, val_accuracy;
    double val_floor; /* accuracy of each target's commoner value */
    int epoch_done;
} AqPretrainProgress;

typedef struct AqPretrainJob {
    const AqPretrainSet *set;
    const AqPretrainConfig *how;
    AqExecutor *exec;      /* may be NULL */
    const char *last_path; /* file of the resumable state; may be NULL */
    int resume;            /* resume from last_path */
    void (*progress)(void *ctx, const AqPretrainProgress *p); /* may be NULL */
    int (*stop)(void *ctx);                                   /* may be NULL */
    void *ctx;
} AqPretrainJob;

/* Trains x in place. The state is saved at the end of each epoch and when stop()
 * returns true (AQ_ERR_CANCELLED; x is as trained so far). Resuming with the same set
 * and settings gives the result of an uninterrupted run; AQ_ERR_MISMATCH if they
 * differ, AQ_ERR_NOT_FOUND if there is no state. AQ_ERR_NUMERIC: training diverged.
 * AQ_ERR_USAGE: nothing to train on. */
AQ_MUST_CHECK AqErr aq_pretrain(AqExtractor *x, const AqPretrainJob *job);

#endif
