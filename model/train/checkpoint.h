/*
 * The state of a training between two steps, as a file: parameters and the optimiser's
 * moments, the best state and the running mean, the order of the questions and
 * how hard they are (sampling.h), the position in the epoch and its counts. Resuming
 * from it gives the same bits as not having stopped. safetensors; appears whole or not
 * at all.
 */
#ifndef AQ_MODEL_TRAIN_CHECKPOINT_H
#define AQ_MODEL_TRAIN_CHECKPOINT_H
#include "model/nn/params.h"
#include "model/train/sampling.h"
#include "model/train/train_data.h"

#include <stdint.h>

/* Written as a row of numbers; add new fields at the end. */
typedef struct AqTrainPlace {
    int64_t epoch;      /* from 1; that of the next step */
    int64_t pass, next; /* of the epoch; the next batch's first video in it */
    int64_t step;       /* steps done in total */
    int64_t steps_of_epoch, n_asked, n_right; /* done in this epoch */
    int64_t best_epoch, since_best;
} AqTrainPlace;

/* Written as a row too: the loss and its n_parts parts, then the rest. */
typedef struct AqTrainScores {
    double total, part[AQ_MOST_LOSSES]; /* summed over this epoch */
    double best_accuracy, best_loss, val_floor;
    double seconds; /* since the start */
} AqTrainScores;

/* Everything is borrowed; load fills what the pointers point to. */
typedef struct AqCheckpoint {
    AqParams *params;
    AqReal *best, *mean; /* (aq_params_count) or NULL */
    AqTrainData *data;
    AqSampling *sampling;
    const char *settings; /* lines "name=value" that must be the same to resume */
    int n_parts;          /* of the network's loss */
    AqTrainPlace place;
    AqTrainScores scores;
} AqCheckpoint;

AQ_MUST_CHECK AqErr aq_checkpoint_save(const AqCheckpoint *c, const char *path);

/* AQ_ERR_NOT_FOUND: no such file. AQ_ERR_MISMATCH: made with other settings or other
 * questions; the message says which. After an error, parts may already have been
 * loaded. */
AQ_MUST_CHECK AqErr aq_checkpoint_load(AqCheckpoint *c, const char *path);

#endif
