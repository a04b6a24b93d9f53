/*
 * A model's answers to each question, and what they show besides accuracy: which
 * answers it confuses, and whether its confidence matches its accuracy.
 */
#ifndef AQ_MODEL_DATA_ANSWERS_H
#define AQ_MODEL_DATA_ANSWERS_H
#include "base/err.h"

#include <stddef.h>

/* Counts are taken as numbers within these, as TGIF-QA's are (Jang et al., CVPR 2017;
 * HCRN's code). */
enum { AQ_COUNT_LEAST = 1, AQ_COUNT_MOST = 10, AQ_N_COUNTS = 10 };

/* "1" to "10". */
extern const char *const aq_count_names[AQ_N_COUNTS];

/* The number that a text is, taken within these; -1: it is not a whole number. */
int aq_count_of(const char *text);

typedef struct AqAnswer {
    int given, truth;      /* indices of the model's answers, the question's choices or
                              aq_count_names; truth -1: one it never saw */
    float probability;     /* of the given answer */
    int raw_given;         /* the network's own, before kind and temperature */
    float raw_probability; /* of that answer */
    int cannot_tell;       /* 1: none was given, and this is the best guess */
} AqAnswer;

/* The index of the largest of n >= 1 values, of equal ones the first. */
int aq_likeliest(const float *v, int n);

/*
 * Calibration (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017):
 * questions in bins of equal width, by the probability of the given answer; the
 * expected calibration error is the mean over questions of |accuracy - confidence| of
 * their bin. Questions that got no answer (cannot_tell) are left out, but for `raw`.
 */
#define AQ_CALIBRATION_BINS 10
typedef struct AqCalibration {
    size_t n[AQ_CALIBRATION_BINS];
    double confidence[AQ_CALIBRATION_BINS]; /* mean probability; 0 if empty */
    double accuracy[AQ_CALIBRATION_BINS];
    double error; /* expected calibration error */
} AqCalibration;

/* `raw`: for the network's own answers. */
AqCalibration aq_calibration(const AqAnswer *answers, size_t n, int raw);

/* Of how many questions n got an answer, and of these how many the right one. */
typedef struct AqAnswered {
    size_t of, n, n_right;
} AqAnswered;

AqAnswered aq_answered(const AqAnswer *answers, size_t n);

/* How often `given` was the answer where `truth` is right; truth is -1 for answers that
 * the model never saw. */
typedef struct AqConfusion {
    int truth, given;
    size_t n;
} AqConfusion;

/* The *n_pairs pairs that occurred, most frequent first, including right answers.
 * `n_answers` is the model's. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_confusion(AqConfusion **out, size_t *n_pairs,
                                 const AqAnswer *answers, size_t n, int n_answers);

#endif
