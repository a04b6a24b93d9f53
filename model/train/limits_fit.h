/*
 * Fits a model's limits (own_limits.h): kinds of answers and presence questions on the
 * training questions, likeness on the training clips, and temperatures and thresholds
 * on held-out clips and questions. Of the network it uses only its answers.
 */
#ifndef AQ_MODEL_TRAIN_LIMITS_FIT_H
#define AQ_MODEL_TRAIN_LIMITS_FIT_H
#include "base/executor.h"
#include "model/data/dataset.h"
#include "model/trained/model.h"

typedef struct AqLimitsJob {
    const AqDataset *train;
    const AqDataset *held_out; /* NULL: no temperatures, no likeness */
    AqExecutor *exec;          /* NULL: one thread */
    int (*stop)(void *ctx);    /* non-zero: AQ_ERR_CANCELLED; may be NULL */
    void *ctx;
} AqLimitsJob;

/* Fills m->limits, which are empty after an error. The result depends only on the data.
 */
AQ_MUST_CHECK AqErr aq_limits_fit(AqModel *m, const AqLimitsJob *job);

#endif
