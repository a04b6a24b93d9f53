/*
 * 3x3 convolution of stride 1 and padding 1 by Winograd's minimal filtering F(4x4,3x3)
 * (Lavin and Gray, "Fast algorithms for convolutional neural networks", CVPR 2016): a
 * 4x4 tile of the output costs 36 multiplications a channel pair instead of 144. They
 * are done as 36 products of packed filters with the transformed tiles.
 */
#ifndef AQ_MODEL_TENSOR_WINOGRAD_H
#define AQ_MODEL_TENSOR_WINOGRAD_H
#include "model/tensor/packed.h"

typedef struct AqWinograd AqWinograd;

/* w (O,3,3,C) is read only during the call. Always float32: the transforms amplify
 * rounding errors (in bfloat16 the cosine similarity of VGGish's rows falls to 0.987),
 * and four times fewer products save more than bfloat16 would. */
AQ_MUST_CHECK AqErr aq_winograd_new(AqWinograd **out, const AqReal *w, int O, int C);
void aq_winograd_free(AqWinograd **w);

/* Bytes of scratch for N pictures of H x W. */
size_t aq_winograd_scratch(const AqWinograd *w, int N, int H, int W);

/* y (N,H,W,O) = x (N,H,W,C) * w + bias, then the maximum with 0 if relu; bias (O). */
AQ_MUST_CHECK AqErr aq_winograd_run(AqWinograd *w, AqReal *y, const AqReal *x, int N,
                                    int H, int W, const AqReal *bias, int relu,
                                    void *scratch);

#endif
