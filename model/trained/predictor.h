/*
 * Asks a trained model. A predictor belongs to one thread; several may share one model,
 * which is only read.
 */
#ifndef AQ_MODEL_TRAINED_PREDICTOR_H
#define AQ_MODEL_TRAINED_PREDICTOR_H
#include "base/executor.h"
#include "model/concepts/claim.h"
#include "model/concepts/clip.h"
#include "model/data/answers.h"
#include "model/data/dataset.h"
#include "model/question/words.h"
#include "model/trained/model.h"

typedef struct AqPredictor AqPredictor;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_predictor_new(AqPredictor **out, const AqModel *model,
                                     AqExecutor *exec);
void aq_predictor_free(AqPredictor **p);

/* The model's words with their stems; borrowed from the predictor. */
const AqWordForms *aq_predictor_words(const AqPredictor *p);

/* Which of its features are concepts; borrowed from the predictor. */
const AqConceptSource *aq_predictor_concepts(const AqPredictor *p);

/* What a model's limits, and the concepts in its features, say about a question and a
 * clip. */
typedef struct AqJudged {
    AqStreams streams;       /* what the clip has */
    int kind;                /* kind of answer asked for; -1: the model cannot tell */
    double kind_probability; /* 0..1 */
    double accuracy[2]; /* on held-out questions of the kind: about whole clips, and
                           with only these streams; -1: unknown */
    AqClaim claim;      /* what may be claimed; of models whose answers are open and
                           whose features of both streams are concepts */
} AqJudged;

/* All arrays are the predictor's, valid until its next call. */
typedef struct AqPrediction {
    int n_answers;             /* K */
    const char *const *answer; /* (K) the model's, the choices, or numbers; borrowed */
    const float *probability;  /* (K), sums to 1. Answers of other kinds have 0;
                                  calibrated if the model  has temperatures, and the
                                  first at most what may be claimed (judged.claim) */
    const float *raw;          /* (K) the network's own, uncalibrated */
    const int *order;          /* (K) answers, most likely first */
    int n_seconds;             /* T, at most the model's max_seconds */
    const float *attention[2]; /* (T) by AqModality: what the network shows for each
                                  second (AqAnswerShows); 0 for absent seconds, sums to
                                  1; all 0 without the stream. NULL: it shows nothing */
    const float *grid; /* (T,cells) what it shows for the picture, sums to 1 in each
                          present second. NULL: nothing */
    AqJudged judged;
    const AqEvidence *evidence; /* of the clip, by its concepts; NULL: it has none */
} AqPrediction;

/* What there is to choose from in the questions that aq_predictor_ask() is asked from
 * now on; borrowed. For models whose answers are choices; they need 1 to
 * AQ_MOST_CHOICES. */
void aq_predictor_offer(AqPredictor *p, const char *const *choices, size_t n);

/* Answers one question about one clip. Features must have the model's sizes, see
 * aq_model_fits(). */
AQ_MUST_CHECK AqErr aq_predictor_ask(AqPredictor *p, const AqClipFeatures *clip,
                                     const char *question, AqPrediction *out);

/* One answered question of a data set; arrays (K) are valid until the next. */
typedef struct AqAsking {
    size_t question;     /* its index in the data set */
    int n_answers;       /* K */
    const float *raw;    /* the network's own probabilities */
    const float *logits; /* of the answers that may be given; -INFINITY elsewhere */
    const float *probability; /* of these, calibrated, no more than may be claimed */
    AqJudged judged;
} AqAsking;

/* How a data set's questions are asked, and callbacks; all may be 0. */
typedef struct AqAskingPlan {
    int hide[AQ_N_MODALITIES]; /* 1: as if clips lacked this stream */
    size_t every;              /* only question 0, every, 2 every ...; 0 as 1 */
    AqErr (*told)(void *ctx, const AqAsking *a);
    int (*stop)(void *ctx); /* not 0: AQ_ERR_CANCELLED */
    void *ctx;              /* for told */
    void *stop_ctx;
} AqAskingPlan;

/* Asks the questions of a data set clip by clip, each as if it were the only one. */
AQ_MUST_CHECK AqErr aq_predictor_each(AqPredictor *p, const AqDataset *data,
                                      const AqAskingPlan *plan);

/* Asks every question of a data set, one at a time, and counts right answers. `answers`
 * (n_questions) and `loss` may be NULL: the answer to each, and the mean cross-entropy
 * over questions whose answer the model knows; of counts their mean squared error, as
 * they are evaluated. AQ_ERR_CANCELLED if stop (may be NULL)
 * returns non-zero. The floor is the model's own. Questions whose right answer training
 * never saw count as wrong. */
AQ_MUST_CHECK AqErr aq_predictor_evaluate(AqPredictor *p, const AqDataset *data,
                                          AqMetrics *out, AqAnswer *answers,
                                          double *loss, int (*stop)(void *ctx),
                                          void *ctx);

#endif
