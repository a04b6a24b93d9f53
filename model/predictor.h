/*
 * Asking a trained model. A predictor belongs to one thread; several may share one
 * model, which is only read.
 */
#ifndef AQ_MODEL_PREDICTOR_H
#define AQ_MODEL_PREDICTOR_H
#include "base/executor.h"
#include "model/answers.h"
#include "model/coqo/dataset.h"
#include "model/coqo/model_file.h"
#include "model/question/words.h"

typedef struct AqPredictor AqPredictor;

/* Borrows model and exec (NULL: one thread). */
AQ_MUST_CHECK AqErr aq_predictor_new(AqPredictor **out, const AqCoqoModel *model,
                                     AqExecutor *exec);
void aq_predictor_free(AqPredictor **p);

/* The model's words with their stems; the predictor's. */
const AqWordForms *aq_predictor_words(const AqPredictor *p);

/* All arrays are the predictor's, valid until its next call. */
typedef struct AqPrediction {
    int n_answers;             /* K */
    const float *probability;  /* (K), sums to 1; answer k is model->answers.at[k] */
    const int *order;          /* (K) answers, the likeliest first */
    int n_seconds;             /* T, at most the model's max_seconds */
    const float *attention[2]; /* (T) by AqModality: the decoder's look at each second;
                                  absent seconds 0, sums to 1; all 0 without stream */
    const float *grid;         /* (T,h*w) where the picture was looked at, sums to 1 for
                                  each present second */
} AqPrediction;

/* Answers one question about one clip. Features must have the model's sizes, see
 * aq_coqo_model_fits(). */
AQ_MUST_CHECK AqErr aq_predictor_ask(AqPredictor *p, const AqClipFeatures *clip,
                                     const char *question, AqPrediction *out);

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
