/*
 * Training: batches of videos with some of their questions, losses, Adam, a look at the
 * validation split after each epoch, the best state kept. Everything is drawn from the
 * seed, and the result is the same bit for bit whatever the number of threads (as long
 * as the time budget does not end it).
 */
#ifndef AQ_MODEL_TRAIN_TRAINER_H
#define AQ_MODEL_TRAIN_TRAINER_H
#include "base/executor.h"
#include "model/data/dataset.h"
#include "model/data/metrics.h"
#include "model/train/group.h"
#include "model/trained/model.h"

#include <stdint.h>

typedef struct AqTrainConfig {
    int epochs;
    double
        max_minutes; /* 0: no limit. The learning rate follows whichever ends first */
    int batch;       /* videos a step */
    int questions;   /* N: the most questions a video and step; 1 is the baseline */
    int vary_questions; /* 1: N is drawn from 1..questions each step */
    int passes;         /* times an epoch goes through the videos */
    double lr;
    int warmup;      /* steps of rising learning rate */
    int decay_every; /* epochs between decays; 0: none */
    double decay;    /* factor of a decay */
    int cosine;      /* 1: half a cosine to 0 instead of steps */
    double adam_beta1, adam_beta2, weight_decay;
    double clip; /* largest L2 norm of all gradients; 0: any */
    double loss_weight[AQ_MOST_LOSS_WEIGHTS]; /* the network's, in its order; 0: what
                                                 it weighs is not computed */
    double word_dropout;                      /* words read as <unk> while training */
    double average; /* decay of a running mean of the weights, used if > 0 */
    int patience;   /* epochs without a better validation before stopping; 0: never */
    int cache_mb;   /* features kept in memory */
    int half;       /* 1: the model file is written in half precision */
    uint64_t seed;
} AqTrainConfig;

/* As the network is trained where nothing else is said: its learning rate, its weights.
 */
AqTrainConfig aq_train_config_default(const AqAnswerNetwork *network);

/* The options of training a network, its weights of the loss among them: rows of an
 * AqTrainConfig. */
typedef struct AqTrainOptions {
    AqOption rows[AQ_MOST_LOSS_WEIGHTS + 3];
} AqTrainOptions;
void aq_train_options(AqTrainOptions *out, const AqAnswerNetwork *network);

AQ_MUST_CHECK AqErr aq_train_config_set(AqTrainConfig *c,
                                        const AqAnswerNetwork *network,
                                        const char *name, const char *value);

/* Mean losses since the last report; unweighted, parts in the network's order, those
 * that are off 0. */
typedef struct AqTrainLosses {
    double total, part[AQ_MOST_LOSSES];
} AqTrainLosses;

typedef struct AqTrainProgress {
    int epoch, epochs; /* from 1 */
    long step, steps;  /* in all so far, and when all epochs are done */
    double seconds;    /* since the start */
    double lr;
    AqTrainLosses losses;  /* of the epoch so far */
    double train_accuracy; /* of the epoch so far, as asked in training */
    int epoch_done;        /* 1: the fields below are new */
    double val_accuracy, val_loss, val_floor; /* NAN without a validation set */
    double best_accuracy;                     /* up to now */
    int is_best;
} AqTrainProgress;

typedef struct AqTrainJob {
    const AqAnswerNetwork *network;
    const void *options; /* of the network */
    const AqTrainConfig *how;
    const AqDataset *train;
    const AqDataset *val; /* NULL: the last state is kept instead of the best */
    AqExecutor *exec;     /* NULL: one thread */
    AqGroup *group;       /* NULL: this process trains alone. Else all of the group call
                             aq_train with the same job; each takes part of every
                             batch, and the result is that of one process but for
                             rounding. The leader writes the files; progress and stop
                             are each one's own, and a stop of any stops all */
    const char *extractors; /* JSON text kept in the model, or NULL */
    const char *out_path;   /* written at each better validation and at the end; NULL:
                               nowhere */
    const char
        *last_path;        /* the last state (checkpoint.h): at the end, when stopped,
                              and at ends of epochs, half a minute apart; NULL: nowhere */
    const char *from_path; /* a trained model to begin from (model_from.h), or NULL */
    int resume;            /* go on from last_path: bit for bit as if not stopped, if
                              epochs, max_minutes and patience are the same too */
    void (*progress)(void *ctx,
                     const AqTrainProgress *p); /* after each step; or NULL */
    int (*stop)(void *ctx); /* not 0: end after this step; or NULL */
    void *ctx;
} AqTrainJob;

typedef struct AqTrainSummary {
    int epochs; /* done, the last perhaps in part */
    long steps;
    int best_epoch; /* 0 without a validation set */
    double best_accuracy, best_loss, val_floor;
    double seconds;
    double waited;        /* seconds of these, since the start or resume, that steps
                             waited for features */
    AqTrainLosses losses; /* of the last epoch */
    int stopped;          /* by stop() */
    int out_of_time;      /* by max_minutes */
} AqTrainSummary;

/* *out is the best model (by validation accuracy as asked at inference, one question at
 * a time; ties by loss). A stop is no error: out is what was best so far, and `stopped`
 * says so. Not finite numbers are AQ_ERR_NUMERIC, with the step and the tensor. */
AQ_MUST_CHECK AqErr aq_train(AqModel **out, AqTrainSummary *summary,
                             const AqTrainJob *job);

#endif
