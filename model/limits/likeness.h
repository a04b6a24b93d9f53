/*
 * How unlike a clip is to those that a model was trained on. Each second of a stream is
 * a row: its features, pooled over at most three by three regions of the grid. A row is
 * as far away as a Gaussian of the training's rows says (Mahalanobis), whose covariance
 * is that of the strongest directions and one variance for all the others
 * (probabilistic PCA: Tipping and Bishop, 1999), so that it is small and some hundred
 * clips are enough; a clip is as far as its seconds are on the mean. The threshold is
 * set on clips that the model was not trained on.
 */
#ifndef AQ_MODEL_LIMITS_LIKENESS_H
#define AQ_MODEL_LIMITS_LIKENESS_H
#include "base/err.h"

#include <stddef.h>

#define AQ_LIKENESS_FEWEST 20   /* clips to train on, and as many held out */
#define AQ_LIKENESS_MOST   32   /* directions */
#define AQ_LIKENESS_ROWS   1500 /* more to fit on would change little */

typedef struct AqLikeness {
    int width, n;     /* values of a row; directions; n 0: nothing is known */
    float *mean;      /* (width) */
    float *scale;     /* (width) what a value is multiplied with */
    float *basis;     /* (n, width) orthonormal */
    float *variance;  /* (n) along them */
    double rest;      /* variance along each other direction */
    double threshold; /* a clip further away is unlike */
} AqLikeness;

/* A stream of a clip: (seconds, h, w, dim); seconds that are not `on` do not count
 * (NULL: all do). Sound has a grid of 1x1. */
typedef struct AqLikenessClip {
    const float *data; /* NULL: the clip lacks the stream */
    const unsigned char *on;
    int n_seconds, h, w, dim;
} AqLikenessClip;

/* Values of a row. */
int aq_likeness_width(int h, int w, int dim);

/* The row of a second into out (width). */
void aq_likeness_row(const AqLikenessClip *c, int second, float *out);

int aq_likeness_is_on(const AqLikenessClip *c, int second);

void aq_likeness_clear(AqLikeness *l);

/* Room for n directions; zeroed. */
AQ_MUST_CHECK AqErr aq_likeness_new(AqLikeness *out, int width, int n);

/* On rows (n_rows, width), which are standardised in place. n 0 comes out, and that is
 * no error, where there are too few. Without a threshold yet. */
AQ_MUST_CHECK AqErr aq_likeness_fit(AqLikeness *out, float *rows, size_t n_rows,
                                    int width);

/* From the distances of held-out clips, which are sorted; too few: nothing is known. */
void aq_likeness_set_threshold(AqLikeness *l, double *distances, size_t n);

/* Mean squared deviation of the clip's seconds in standard deviations; about 1 for a
 * clip of the training. 0 for a clip without the stream. */
AQ_MUST_CHECK AqErr aq_likeness_distance(const AqLikeness *l, const AqLikenessClip *c,
                                         double *distance);

#endif
