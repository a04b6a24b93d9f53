/* Inside the trainer: what it holds, and its state as a whole. */
#ifndef AQ_MODEL_TRAIN_TRAINER_PRIV_H
#define AQ_MODEL_TRAIN_TRAINER_PRIV_H
#include "model/train/train_data.h"
#include "model/train/trainer.h"
#include "model/trained/batch.h"
#include "model/trained/predictor.h"

typedef struct AqTrainer {
    const AqTrainJob *job;
    const AqTrainConfig *how;
    AqModel *model;
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
    int pass;                  /* of the epoch */
    size_t next;               /* video in this pass that the next batch begins with */
    long steps_of_epoch;       /* done */
    char *settings;            /* lines that a checkpoint must share */
    double saved_at;           /* elapsed seconds at the last checkpoint */
    AqGroup *group;            /* NULL: alone; so are the rest of these */
    AqBatchPart part;          /* of the batch, held here */
    unsigned char *has;        /* (2, batch) what part.has points into */
    double *told;              /* (batch, 3) seconds and streams of each clip */
    AqReal *gathered;          /* (3 outputs) of all of a batch */
    AqNn *whole;               /* the bench of the losses over all of a batch */
    AqQuestion *val_questions; /* asked here */
    double n_val_known;        /* of these, with an answer that the model knows */
} AqTrainer;

double aq_trainer_elapsed(const AqTrainer *t); /* seconds, those before a stop too */

/* Values of all parameters, in one row. */
void aq_trainer_copy_out(const AqTrainer *t, AqReal *to);
void aq_trainer_copy_in(const AqTrainer *t, const AqReal *from);
void aq_trainer_swap(const AqTrainer *t, AqReal *with);

/* Fills t->settings; before the two below. */
AQ_MUST_CHECK AqErr aq_trainer_set_settings(AqTrainer *t);

/* The state into job->last_path, if there is one and the last time is `seconds` ago,
 * and out of it. */
AQ_MUST_CHECK AqErr aq_trainer_save(AqTrainer *t, double seconds);
AQ_MUST_CHECK AqErr aq_trainer_go_on(AqTrainer *t);

/* ---- a step (trainer_step.c) ---- */

/* Learns from these n videos. */
AQ_MUST_CHECK AqErr aq_trainer_step(AqTrainer *t, const size_t *videos, int n,
                                    AqRng rng);

/* ---- the losses of a batch (trainer_losses.c) ---- */

/* Those of y, over all of t->maker.batch, on the bench nn; backward from them, and what
 * they come to added to the epoch's sums. What is not finite is AQ_ERR_NUMERIC: names a
 * parameter if one is not, else the part of the loss. */
AQ_MUST_CHECK AqErr aq_trainer_learn_losses(AqTrainer *t, AqNn *nn,
                                            const AqAnswerOutput *y);

/* ---- together (trainer_group.c); everyone of the group calls these ---- */

/* Last of opening, and closing (also where there is no group). */
AQ_MUST_CHECK AqErr aq_trainer_open_group(AqTrainer *t);
void aq_trainer_close_group(AqTrainer *t);
/* Refuses a group that does not train one thing on the same data. */
AQ_MUST_CHECK AqErr aq_trainer_match(AqTrainer *t);
/* Everyone's values of the parameters become the leader's. */
AQ_MUST_CHECK AqErr aq_trainer_spread(AqTrainer *t);
/* Fills t->part from what everyone knows of the clips it loaded; `err` of loading. */
AQ_MUST_CHECK AqErr aq_trainer_tell(AqTrainer *t, AqErr err, int n_clips);
/* Gradients of the batch that lies ready, the same for all. */
AQ_MUST_CHECK AqErr aq_trainer_gradients(AqTrainer *t, AqRng rng);
/* Keeps this process' share of t->val's questions. */
AQ_MUST_CHECK AqErr aq_trainer_share_val(AqTrainer *t);
/* Counts and t->at.val_loss of the shares into those of the whole; `err` of asking. */
AQ_MUST_CHECK AqErr aq_trainer_add_up(AqTrainer *t, AqErr err, AqMetrics *m);

#endif
