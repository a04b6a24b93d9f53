/*
 * Batch norms (Ioffe and Szegedy, 2015) in files of trained networks: what one does to
 * each channel is fixed, y = by x + plus, with by = scale / sqrt(variance + epsilon)
 * and plus = shift - mean by, and is folded into the convolution before it.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_NORM_H
#define AQ_EXTRACT_NETWORKS_PARTS_NORM_H
#include "model/weights/weights.h"

/* The names of its arrays, of n values each, in the order of AQ_NORM_PARTS; a scale of
 * "" is 1. */
enum { AQ_NORM_SCALE, AQ_NORM_SHIFT, AQ_NORM_MEAN, AQ_NORM_VARIANCE, AQ_NORM_PARTS };
typedef struct AqNormNames {
    char part[AQ_NORM_PARTS][160];
} AqNormNames;

/* Writes by (n) and plus (n). AQ_ERR_MISMATCH if an array is not there or has another
 * shape, AQ_ERR_FORMAT if a variance is negative. */
AQ_MUST_CHECK AqErr aq_norm_read(AqWeights *w, const AqNormNames *names, int n,
                                 double epsilon, double *by, double *plus);

#endif
