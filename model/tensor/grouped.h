/*
 * Convolution in groups with filters that no longer change: output channels are in
 * equal groups, and each sees the input channels of its own group only (Xie et al.,
 * "Aggregated residual transformations for deep neural networks", CVPR 2017). Products
 * of matrices would be too narrow for it. Sixteen outputs are computed at a time, from
 * the inputs where they lie; where groups are smaller, the filters of several are put
 * together with zeros between them.
 */
#ifndef AQ_MODEL_TENSOR_GROUPED_H
#define AQ_MODEL_TENSOR_GROUPED_H
#include "base/err.h"
#include "model/tensor/real.h"

#include <stddef.h>

typedef struct AqGrouped AqGrouped;

/* Can O output channels in that many groups be computed sixteen at a time? */
int aq_grouped_suits(int O, int groups);

/* w (O,taps,C), C being a group's input channels, is read only during the call. Always
 * float32, as products in bfloat16 need pairs of inputs side by side. */
AQ_MUST_CHECK AqErr aq_grouped_new(AqGrouped **out, const AqReal *w, int O, int taps,
                                   int C, int groups);
void aq_grouped_free(AqGrouped **g);

/* y (n,O) = filters over x + bias, then the maximum with 0 if relu. x (n,taps): where
 * the pixel under each tap lies, with the channels of all groups; bias (O). */
void aq_grouped_run(const AqGrouped *g, AqReal *y, const AqReal *const *x, size_t n,
                    const AqReal *bias, int relu);

#endif
