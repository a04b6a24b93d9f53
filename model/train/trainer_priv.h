/* Inside the trainer: its data and its state. */
#ifndef AQ_MODEL_TRAIN_TRAINER_PRIV_H
#define AQ_MODEL_TRAIN_TRAINER_PRIV_H
#include "model/train/alike.h"
#include "model/train/sampling.h"
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
    AqSampling sampling;
    AqAlike alike; /* opened with AQ_NEGATIVES_HARD */
    AqDataset val; /* job->val through a cache */
    AqBatchMaker maker;
    AqClipFeatures *clips; /* (batch) */
    size_t *walk, *drawn;  /* videos in this pass's order; (batch * questions) */
    int *n_drawn, *ids;
    float *logits;       /* (most answers) of one question */
    double *cost;        /* (batch * questions) the losses of those drawn; or NULL */
    AqReal *best, *mean; /* values of all parameters; NULL if not needed */
    int64_t start_us, waited_us; /* waited: for features, since the start or resume */
    double val_seconds;          /* duration of the last validation */
    AqTrainProgress at;
    AqTrainLosses sums;
    size_t n_asked, n_right;
    double best_loss;
    int best_epoch, since_best, stopped, out_of_time;
    int pass;                  /* in the epoch */
    size_t next;               /* first video of the next batch in this pass */
    long steps_of_epoch;       /* done */
    char *settings;            /* lines that a checkpoint must match */
    double saved_at;           /* elapsed seconds at the last checkpoint */
    AqGroup *group;            /* NULL: alone, and so are the rest */
    AqBatchPart part;          /* of the batch, held by this process */
    unsigned char *has;        /* (2, batch) storage for part.has */
    double *told;              /* (batch, 3) seconds and streams of each clip */
    AqReal *gathered;          /* (3 outputs) of the whole batch */
    AqNn *whole;               /* for the losses over the whole batch */
    AqQuestion *val_questions; /* asked by this process */
    double n_val_known;        /* those with an answer that the model knows */
} AqTrainer;

double aq_trainer_elapsed(const AqTrainer *t); /* seconds, with those before a stop */

/* All parameters' values, contiguous. */
void aq_trainer_copy_out(const AqTrainer *t, AqReal *to);
void aq_trainer_copy_in(const AqTrainer *t, const AqReal *from);
void aq_trainer_swap(const AqTrainer *t, AqReal *with);

/* Fills t->settings; call before the two below. */
AQ_MUST_CHECK AqErr aq_trainer_set_settings(AqTrainer *t);

/* Saves the state to job->last_path, if there is one and the last save was at least
 * `seconds` ago; and loads it. */
AQ_MUST_CHECK AqErr aq_trainer_save(AqTrainer *t, double seconds);
AQ_MUST_CHECK AqErr aq_trainer_go_on(AqTrainer *t);

/* ---- a step (trainer_step.c) ---- */

/* One training step on these n videos. */
AQ_MUST_CHECK AqErr aq_trainer_step(AqTrainer *t, const size_t *videos, int n,
                                    AqRng rng);

/* ---- the losses of a batch (trainer_losses.c) ---- */

/* Computes the losses of y over all of t->maker.batch with nn, runs backward, and adds
 * the losses to the epoch's sums; keeps those of each question if there is t->cost.
 * AQ_ERR_NUMERIC if not finite, naming a parameter that is not, else the part of the
 * loss. */
AQ_MUST_CHECK AqErr aq_trainer_learn_losses(AqTrainer *t, AqNn *nn,
                                            const AqAnswerOutput *y);

/* ---- group training (trainer_group.c); all processes of the group call these ---- */

/* The last step of opening, and closing (also without a group). */
AQ_MUST_CHECK AqErr aq_trainer_open_group(AqTrainer *t);
void aq_trainer_close_group(AqTrainer *t);
/* Refuses a group that does not train the same model on the same data. */
AQ_MUST_CHECK AqErr aq_trainer_match(AqTrainer *t);
/* Copies the leader's parameters, and what its draws depend on, to all processes. */
AQ_MUST_CHECK AqErr aq_trainer_spread(AqTrainer *t);
/* Fills t->part by exchanging facts about the clips each has loaded; `err` is from
 * loading. */
AQ_MUST_CHECK AqErr aq_trainer_tell(AqTrainer *t, AqErr err, int n_clips);
/* Copies the leader's t->cost to all processes: draws must not differ by a rounding. */
AQ_MUST_CHECK AqErr aq_trainer_share_cost(AqTrainer *t);
/* Computes the prepared batch's gradients, the same on all processes. */
AQ_MUST_CHECK AqErr aq_trainer_gradients(AqTrainer *t, AqRng rng);
/* Keeps only this process's share of t->val's questions. */
AQ_MUST_CHECK AqErr aq_trainer_share_val(AqTrainer *t);
/* Adds up the shares' counts and t->at.val_loss; `err` is from asking. */
AQ_MUST_CHECK AqErr aq_trainer_add_up(AqTrainer *t, AqErr err, AqMetrics *m);

#endif
