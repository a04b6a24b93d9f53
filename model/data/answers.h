/*
 * What a model answered, question by question, and what can be read off that beside the
 * share of right ones: which answers it takes for which, and whether it is as sure as
 * it is right.
 */
#ifndef AQ_MODEL_DATA_ANSWERS_H
#define AQ_MODEL_DATA_ANSWERS_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqAnswer {
    int given, truth;  /* numbers of the model's answers; truth -1: one it never saw */
    float probability; /* of the one given */
    int raw_given;     /* the network's own, whatever the kind and the temperature */
    float raw_probability; /* of that */
} AqAnswer;

/*
 * Calibration (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017): the
 * questions by the probability of the answer given, in bins of equal width; the
 * expected calibration error is the mean over questions of |accuracy - confidence| of
 * their bin.
 */
#define AQ_CALIBRATION_BINS 10
typedef struct AqCalibration {
    size_t n[AQ_CALIBRATION_BINS];
    double confidence[AQ_CALIBRATION_BINS]; /* mean probability; 0 of none */
    double accuracy[AQ_CALIBRATION_BINS];
    double error; /* expected calibration error */
} AqCalibration;

/* `raw`: of what the network itself says. */
AqCalibration aq_calibration(const AqAnswer *answers, size_t n, int raw);

/* How often `given` was said where `truth` is right; truth is -1 for answers that the
 * model never saw. */
typedef struct AqConfusion {
    int truth, given;
    size_t n;
} AqConfusion;

/* Pairs that occurred, the commonest first, right ones among them; *n_pairs of them.
 * `n_answers`: of the model. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_confusion(AqConfusion **out, size_t *n_pairs,
                                 const AqAnswer *answers, size_t n, int n_answers);

#endif
