/*
 * How unlike a clip is to those a model was trained on. Rows are either the seconds of
 * a stream, its features pooled over at most three by three regions of the grid, or the
 * cells of its seconds. A row's distance is the Mahalanobis distance under a Gaussian
 * fitted to the training rows, with a covariance of the strongest directions plus one
 * variance for all others (probabilistic PCA: Tipping and Bishop, 1999), so that it is
 * small and a few hundred clips suffice; a clip's distance is the mean over its rows.
 * The threshold is set on held-out clips.
 */
#ifndef AQ_MODEL_LIMITS_LIKENESS_H
#define AQ_MODEL_LIMITS_LIKENESS_H
#include "base/err.h"

#include <stddef.h>

#define AQ_LIKENESS_FEWEST    20   /* fewest clips to train on, and to hold out */
#define AQ_LIKENESS_MOST      32   /* directions */
#define AQ_LIKENESS_ROWS      1500 /* seconds; fitting on more changes little */
#define AQ_LIKENESS_CELL_ROWS 12000

typedef struct AqLikeness {
    int width, n;     /* values of a row; directions; n 0: not fitted */
    int regions;      /* 1: a row is a second by its regions; 0: a cell */
    float *mean;      /* (width) */
    float *scale;     /* (width) factor for each value */
    float *basis;     /* (n, width) orthonormal */
    float *variance;  /* (n) along them */
    double rest;      /* variance along each other direction */
    double threshold; /* a clip farther away is unlike */
} AqLikeness;

/* A feature of a clip: (h, w, dim) at the beginning of each second's row of `each`
 * values; seconds that are not `on` are ignored (NULL: all are on). Sound has a 1x1
 * grid. */
typedef struct AqLikenessClip {
    const float *data; /* NULL: the clip lacks the stream */
    const unsigned char *on;
    int n_seconds, h, w, dim, each;
} AqLikenessClip;

/* Number of values in a row of a second's regions, and that row, into out (width). */
int aq_likeness_region_width(int h, int w, int dim);
void aq_likeness_region_row(const AqLikenessClip *c, int second, float *out);

/* The features of a cell of a second (dim). */
const float *aq_likeness_cell(const AqLikenessClip *c, int second, int cell);

int aq_likeness_is_on(const AqLikenessClip *c, int second);

void aq_likeness_clear(AqLikeness *l);

/* Allocates n directions, zeroed. */
AQ_MUST_CHECK AqErr aq_likeness_new(AqLikeness *out, int width, int n);

/* Fits on rows (n_rows, width), which are standardised in place. With too few rows n is
 * 0, without an error. Sets no threshold. */
AQ_MUST_CHECK AqErr aq_likeness_fit(AqLikeness *out, float *rows, size_t n_rows,
                                    int width);

/* Sets the threshold from held-out clips' distances, which it sorts; with too few, n
 * becomes 0. */
void aq_likeness_set_threshold(AqLikeness *l, double *distances, size_t n);

/* Mean squared deviation of the clip's rows in standard deviations; about 1 for a
 * training clip, 0 for a clip without the stream. */
AQ_MUST_CHECK AqErr aq_likeness_distance(const AqLikeness *l, const AqLikenessClip *c,
                                         double *distance);

#endif
