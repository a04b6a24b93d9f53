/*
 * Asking a trained model. A predictor belongs to one thread; several may share one
 * model, which is only read.
 */
#ifndef AQ_MODEL_TRAINED_PREDICTOR_H
#define AQ_MODEL_TRAINED_PREDICTOR_H
#include "base/executor.h"
#include "model/data/answers.h"
#include "model/data/dataset.h"
#include "model/question/words.h"
#include "model/trained/model.h"

typedef struct AqPredictor AqPredictor;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_predictor_new(AqPredictor **out, const AqModel *model,
                                     AqExecutor *exec);
void aq_predictor_free(AqPredictor **p);

/* The model's words with their stems; the predictor's. */
const AqWordForms *aq_predictor_words(const AqPredictor *p);

/* What a model's limits say of a question about a clip. */
typedef struct AqJudged {
    AqStreams streams; /* what the clip has */
    int kind;          /* of answers that is asked for; -1: the model cannot tell */
    double kind_probability; /* 0..1 */
    double accuracy[2];      /* of held-out questions of the kind: about whole clips,
                                and with these streams alone; -1: not known */
} AqJudged;

/* All arrays are the predictor's, valid until its next call. */
typedef struct AqPrediction {
    int n_answers;            /* K */
    const float *probability; /* (K), sums to 1; answer k is model->answers.at[k]. Those
                                 of another kind than was asked for have 0; calibrated,
                                 where the model has the temperatures */
    const float *raw;         /* (K) as the network itself has them */
    const int *order;         /* (K) answers, the likeliest first */
    int n_seconds;            /* T, at most the model's max_seconds */
    const float *attention[2]; /* (T) by AqModality: what the network shows of each
                                  second (AqAnswerShows); absent seconds 0, sums to 1;
                                  all 0 without stream. NULL: it shows nothing */
    const float *grid;         /* (T,h*w) what it shows of the picture, sums to 1 for
                                  each present second. NULL: nothing */
    AqJudged judged;
} AqPrediction;

/* Answers one question about one clip. Features must have the model's sizes, see
 * aq_model_fits(). */
AQ_MUST_CHECK AqErr aq_predictor_ask(AqPredictor *p, const AqClipFeatures *clip,
                                     const char *question, AqPrediction *out);

/* One question of a data set as it was answered; arrays (K) hold until the next. */
typedef struct AqAsking {
    size_t question;     /* its place in the data set */
    const float *raw;    /* probabilities as the network gives them */
    const float *logits; /* of the answers that may be given; -INFINITY elsewhere */
    const float *probability; /* of these, calibrated */
    AqJudged judged;
} AqAsking;

/* What a data set's questions are asked with, and who is told; all may be 0. */
typedef struct AqAskingPlan {
    int hide[AQ_N_MODALITIES]; /* 1: as if clips did not have this stream */
    size_t every;              /* only question 0, every, 2 every ...; 0 as 1 */
    AqErr (*told)(void *ctx, const AqAsking *a);
    int (*stop)(void *ctx); /* not 0: AQ_ERR_CANCELLED */
    void *ctx;              /* of told */
    void *stop_ctx;
} AqAskingPlan;

/* Asks the questions of a data set clip by clip, each as if it were the only one. */
AQ_MUST_CHECK AqErr aq_predictor_each(AqPredictor *p, const AqDataset *data,
                                      const AqAskingPlan *plan);

/* Asks every question of a data set, one at a time, and counts. `answers`
 * (n_questions), `loss` may be NULL: what was answered to each, and the mean
 * cross-entropy over the questions whose answer the model knows. stop (or NULL) not 0
 * gives AQ_ERR_CANCELLED. The floor is the model's own. An answer that training never
 * saw counts as wrong. */
AQ_MUST_CHECK AqErr aq_predictor_evaluate(AqPredictor *p, const AqDataset *data,
                                          AqMetrics *out, AqAnswer *answers,
                                          double *loss, int (*stop)(void *ctx),
                                          void *ctx);

#endif
