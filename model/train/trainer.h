/*
 * Training: batches of videos with some of their questions, losses, Adam, validation
 * after each epoch; the best state is kept. All randomness comes from the seed, and the
 * result is bit for bit the same whatever the number of threads (unless the time limit
 * ends it).
 */
#ifndef AQ_MODEL_TRAIN_TRAINER_H
#define AQ_MODEL_TRAIN_TRAINER_H
#include "base/executor.h"
#include "model/data/dataset.h"
#include "model/data/metrics.h"
#include "model/train/group.h"
#include "model/trained/model.h"

#include <stdint.h>

typedef enum AqNegatives {
    AQ_NEGATIVES_RANDOM,
    AQ_NEGATIVES_HARD /* those that resemble each other (alike.h) */
} AqNegatives;

typedef struct AqTrainConfig {
    int epochs;
    double
        max_minutes; /* 0: no limit. The learning rate follows whichever ends first */
    int batch;       /* videos per step */
    int questions;   /* N: most questions per video and step; 1 is the baseline */
    int vary_questions; /* 1: N is drawn from 1..questions each step */
    int vary_seen; /* 1: a random number of them, from 1 on, sees each other; all are
                      answered */
    int sample;    /* AqSampleBy (sampling.h): which questions are drawn */
    int negatives; /* AqNegatives: which videos share a step */
    double sample_mix; /* share of these that is drawn evenly all the same */
    int passes;        /* passes over the videos in an epoch */
    double lr;
    int warmup;      /* steps of learning-rate warm-up */
    int decay_every; /* epochs between decays; 0: none */
    double decay;    /* decay factor */
    int cosine;      /* 1: half a cosine to 0 instead of steps */
    double adam_beta1, adam_beta2, weight_decay;
    double clip; /* maximum L2 norm of all gradients; 0: no limit */
    double loss_weight[AQ_MOST_LOSS_WEIGHTS]; /* the network's, in its order; 0: the
                                                 part is not computed */
    double word_dropout;                      /* words read as <unk> while training */
    double average; /* decay of the weights' running mean, used if > 0 */
    int patience;   /* epochs without improvement before stopping; 0: never */
    int cache_mb;   /* features kept in memory */
    int half;       /* 1: the model file is written in half precision */
    uint64_t seed;
} AqTrainConfig;

/* The network's default training options, with its learning rate and loss weights. */
AqTrainConfig aq_train_config_default(const AqAnswerNetwork *network);

/* The options for training a network, including its loss weights: rows of an
 * AqTrainConfig. */
typedef struct AqTrainOptions {
    AqOption rows[AQ_MOST_LOSS_WEIGHTS + 3];
} AqTrainOptions;
void aq_train_options(AqTrainOptions *out, const AqAnswerNetwork *network);

AQ_MUST_CHECK AqErr aq_train_config_set(AqTrainConfig *c,
                                        const AqAnswerNetwork *network,
                                        const char *name, const char *value);

/* Mean losses since the last report, unweighted; parts in the network's order, 0 if
 * off. */
typedef struct AqTrainLosses {
    double total, part[AQ_MOST_LOSSES];
} AqTrainLosses;

typedef struct AqTrainProgress {
    int epoch, epochs; /* from 1 */
    long step, steps;  /* done so far, and in all epochs */
    double seconds;    /* since the start */
    double lr;
    AqTrainLosses losses;                     /* of the epoch so far */
    double train_accuracy;                    /* of the epoch so far, during training */
    int epoch_done;                           /* 1: the fields below are new */
    double val_accuracy, val_loss, val_floor; /* NAN without a validation set; the loss
                                                 of counts is their squared error */
    double best_accuracy;                     /* so far */
    int is_best;
} AqTrainProgress;

typedef struct AqTrainJob {
    const AqAnswerNetwork *network;
    const void *options; /* of the network */
    const AqTrainConfig *how;
    const AqClipText *tower; /* reads the questions; NULL: words of the vocabulary */
    const AqDataset *train;
    const AqDataset *val; /* NULL: the last state is kept instead of the best */
    AqExecutor *exec;     /* NULL: one thread */
    AqGroup *group; /* NULL: this process trains alone. Otherwise the whole group calls
                       aq_train() with the same job; each process takes part of every
                       batch, and the result is that of one process up to rounding. The
                       leader writes the files; each has its own progress and stop, and
                       a stop in any stops all */
    const char *extractors; /* JSON text stored in the model, or NULL */
    const char *out_path;   /* written at each improvement and at the end; or NULL */
    const char
        *last_path; /* the last state (checkpoint.h): written at the end, when stopped,
                       and after epochs, at least half a minute apart; or NULL */
    const char *from_path; /* a trained model to start from (model_from.h), or NULL */
    int resume; /* resume from last_path: bit for bit as if not stopped, if epochs,
                   max_minutes and patience are also the same */
    void (*progress)(void *ctx,
                     const AqTrainProgress *p); /* after each step; or NULL */
    int (*stop)(void *ctx); /* non-zero: end after this step; may be NULL */
    void *ctx;
} AqTrainJob;

typedef struct AqTrainSummary {
    int epochs; /* done; the last may be partial */
    long steps;
    int best_epoch; /* 0 without a validation set */
    double best_accuracy, best_loss, val_floor;
    double seconds;
    double waited; /* of these, seconds since the start or resume that steps waited for
                      features */
    AqTrainLosses losses; /* of the last epoch */
    int stopped;          /* by stop() */
    int out_of_time;      /* by max_minutes */
} AqTrainSummary;

/* *out is the best model (by validation accuracy, asking one question at a time as at
 * inference; ties by loss; of counts by their squared error). A stop is not an error:
 * *out is the best so far, and `stopped` is set. Non-finite numbers are AQ_ERR_NUMERIC,
 * with the step and the tensor. */
AQ_MUST_CHECK AqErr aq_train(AqModel **out, AqTrainSummary *summary,
                             const AqTrainJob *job);

#endif
