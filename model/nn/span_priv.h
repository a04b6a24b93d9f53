/* Where the windows of a convolution lie along one side of a picture. Private to nn. */
#ifndef AQ_MODEL_NN_SPAN_PRIV_H
#define AQ_MODEL_NN_SPAN_PRIV_H
#include "model/nn/nn.h"

typedef struct AqSpan {
    int out;    /* windows; less than 1 if none fits */
    int before; /* pixels of padding before the first one */
} AqSpan;

/* stride is at least 1; pad is AQ_PAD_SAME or a number of pixels. */
static inline AqSpan aq_span(int size, int kernel, int stride, int pad)
{
    if (pad != AQ_PAD_SAME)
        return (AqSpan){(size + 2 * pad - kernel + stride) / stride, pad};
    const int out = (size + stride - 1) / stride;
    const int padding = (out - 1) * stride + kernel - size;

    return (AqSpan){out, padding > 0 ? padding / 2 : 0};
}

#endif
