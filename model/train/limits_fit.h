/*
 * Fitting what a model knows of its limits (own_limits.h): kinds of answers and
 * questions for presence on the training's questions, what clips are like on its clips,
 * and the temperatures and thresholds on clips and questions held out of it. Takes
 * nothing of the network but its answers.
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
    int (*stop)(void *ctx);    /* not 0: AQ_ERR_CANCELLED; or NULL */
    void *ctx;
} AqLimitsJob;

/* Fills m->limits, which are empty after an error. The result depends on the data
 * alone. */
AQ_MUST_CHECK AqErr aq_limits_fit(AqModel *m, const AqLimitsJob *job);

#endif
