/* Inside the trainer: what it holds, and its state as a whole. */
#ifndef AQ_MODEL_TRAINER_PRIV_H
#define AQ_MODEL_TRAINER_PRIV_H
#include "model/coqo/batch.h"
#include "model/predictor.h"
#include "model/train_data.h"
#include "model/trainer.h"

typedef struct AqTrainer {
    const AqTrainJob *job;
    const AqTrainConfig *how;
    AqCoqoModel *model;
    AqParams *params;
    AqNn *nn;
    AqPredictor *predictor;
    AqTrainData data, val_data;
    AqDataset val; /* job->val through a cache */
    AqBatchMaker maker;
    AqClipFeatures *clips; /* (batch) */
    size_t *walk, *drawn;  /* videos in this pass's order; (batch * questions) */
    int *n_drawn, *ids;
    AqReal *best, *mean;         /* values of all parameters; NULL if not needed */
    int64_t start_us, waited_us; /* waited: for features, since the start or resume */
    double val_seconds;          /* what the last validation took */
    AqTrainProgress at;
    AqTrainLosses sums;
    size_t n_asked, n_right;
    double best_loss;
    int best_epoch, since_best, stopped, out_of_time;
    int pass;            /* of the epoch */
    size_t next;         /* video in this pass that the next batch begins with */
    long steps_of_epoch; /* done */
    char *settings;      /* lines that a checkpoint must share */
    double saved_at;     /* elapsed seconds at the last checkpoint */
} AqTrainer;

double aq_trainer_elapsed(const AqTrainer *t); /* seconds, those before a stop too */

/* Values of all parameters, in one row. */
void aq_trainer_copy_out(const AqTrainer *t, AqReal *to);
void aq_trainer_copy_in(const AqTrainer *t, const AqReal *from);
void aq_trainer_swap(const AqTrainer *t, AqReal *with);

/* Fills t->settings; before the two below. */
AQ_MUST_CHECK AqErr aq_trainer_set_settings(AqTrainer *t);

/* The state into job->last_path, if there is one, and out of it. */
AQ_MUST_CHECK AqErr aq_trainer_save(AqTrainer *t);
AQ_MUST_CHECK AqErr aq_trainer_go_on(AqTrainer *t);

#endif
