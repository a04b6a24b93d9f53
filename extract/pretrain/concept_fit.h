/*
 * Fits a linear map of the teacher's values to what is heard, as log-odds
 * (extract/networks/sound/concept_map.h): logistic regressions with a ridge, on the
 * seconds whose truth is known. Then one slope and one offset for all of them, by
 * seconds that were not learned from (Platt, "Probabilistic outputs for support vector
 * machines", 1999), as the ridge makes the map less sure than it could be.
 */
#ifndef AQ_EXTRACT_PRETRAIN_CONCEPT_FIT_H
#define AQ_EXTRACT_PRETRAIN_CONCEPT_FIT_H
#include "extract/pretrain/lessons.h"

typedef struct AqConceptFitConfig {
    int passes, batch;
    double lr;    /* Adam; half a cosine down to 0 */
    double ridge; /* times the sum of squares of the weights of normalised values, added
                     to the sum of the columns' mean losses */
    uint64_t seed;
} AqConceptFitConfig;

/* How a map does on some seconds: the mean loss of what is known of a column of a
 * second, and the share of the n_right seconds of a single kind whose column is the
 * largest. */
typedef struct AqConceptScore {
    double loss, right;
    size_t n_right;
} AqConceptScore;

typedef struct AqConceptFit {
    float weight[AQ_LESSON_COLUMNS * AQ_LESSON_VALUES]; /* of values as they are */
    float bias[AQ_LESSON_COLUMNS];
    double slope, offset;      /* that are in these; 1 and 0 without val */
    AqConceptScore train, val; /* val: before slope and offset */
    double val_loss;           /* behind them */
} AqConceptFit;

typedef struct AqConceptFitJob {
    const AqLessons *train, *val; /* val may be empty */
    const AqConceptFitConfig *how;
    AqExecutor *exec;       /* may be NULL */
    int (*stop)(void *ctx); /* asked after each pass; may be NULL */
    void *ctx;
} AqConceptFitJob;

/* Gives *out; aq_free(). AQ_ERR_USAGE if fewer seconds than a batch are known,
 * AQ_ERR_NUMERIC if it diverged, AQ_ERR_CANCELLED if it was stopped. */
AQ_MUST_CHECK AqErr aq_concept_fit(AqConceptFit **out, const AqConceptFitJob *job);

/* As a file that yamnet's map=FILE reads, with the text `origin`. */
AQ_MUST_CHECK AqErr aq_concept_fit_write(const AqConceptFit *f, const char *path,
                                         const char *origin);

#endif
