/* SPDX-License-Identifier: MIT */
/*
 * Depthwise convolution of channels-last images: a kernel sums each pixel's window over
 * all channels at once. Places outside the image are left out, not multiplied by zero.
 */
#include "model/nn/nn_priv.h"
#include "model/nn/span_priv.h"

typedef struct Depthwise {
    size_t H, W, C, KH, KW, OH, OW;
    int stride, top, left, relu;
    const AqReal *x, *w, *b;
    AqReal *y;
    const AqKernels *k;
} Depthwise;

/* Where the window of an output pixel meets the image: of each place, the index of its
 * first value in the image's rows (`row` is a row of all stacked images' outputs), and
 * in the filters. Returns how many there are. */
static size_t find_window(const Depthwise *d, size_t row, size_t col,
                          size_t in[AQ_DEPTHWISE_TAPS],
                          size_t filter[AQ_DEPTHWISE_TAPS])
{
    const long y0 = (long)(row % d->OH) * d->stride - d->top,
               x0 = (long)col * d->stride - d->left;
    size_t n = 0;

    for (size_t kh = 0; kh < d->KH; kh++)
        for (size_t kw = 0; kw < d->KW; kw++) {
            const long y = y0 + (long)kh, x = x0 + (long)kw;

            if (y < 0 || x < 0 || y >= (long)d->H || x >= (long)d->W)
                continue;
            in[n] = ((row / d->OH * d->H + (size_t)y) * d->W + (size_t)x) * d->C;
            filter[n++] = (kh * d->KW + kw) * d->C;
        }
    return n;
}

/* Rows from..to-1 of y, with all images stacked. */
static void depthwise_rows(void *arg, size_t from, size_t to)
{
    const Depthwise *d = arg;
    size_t in[AQ_DEPTHWISE_TAPS], filter[AQ_DEPTHWISE_TAPS];
    const AqReal *x[AQ_DEPTHWISE_TAPS], *w[AQ_DEPTHWISE_TAPS];

    for (size_t r = from; r < to; r++)
        for (size_t c = 0; c < d->OW; c++) {
            const size_t n = find_window(d, r, c, in, filter);

            for (size_t t = 0; t < n; t++) {
                x[t] = d->x + in[t];
                w[t] = d->w + filter[t];
            }
            d->k->depthwise(d->y + (r * d->OW + c) * d->C, x, w, n, d->b, d->relu,
                            d->C);
        }
}

static void depthwise_backward(AqNn *nn, AqRecord *record)
{
    const Depthwise *d = record->more;
    AqReal *dx = aq_grad(record->in[0]), *dw = aq_grad(record->in[1]),
           *db = aq_grad(record->in[2]);
    const size_t rows = (size_t)record->y->dims[0] * d->OH;
    size_t in[AQ_DEPTHWISE_TAPS], filter[AQ_DEPTHWISE_TAPS];

    (void)nn;
    for (size_t p = 0; p < rows * d->OW; p++) {
        const AqReal *dy = record->y->grad + p * d->C;
        const size_t n = find_window(d, p / d->OW, p % d->OW, in, filter);

        for (size_t t = 0; t < n; t++) {
            if (dx)
                d->k->mul_add(dx + in[t], dy, d->w + filter[t], d->C);
            if (dw)
                d->k->mul_add(dw + filter[t], dy, d->x + in[t], d->C);
        }
        if (db)
            d->k->add(db, dy, d->C);
    }
}

static int depthwise_fits(const AqTensor *x, const AqTensor *w, const AqTensor *b,
                          int stride)
{
    return x->n_dims == 4 && w->n_dims == 3 && x->dims[3] == w->dims[2] &&
           (!b || aq_tensor_count(b) == (size_t)x->dims[3]) && stride >= 1 &&
           w->dims[0] <= AQ_DEPTHWISE_TAPS && w->dims[1] <= AQ_DEPTHWISE_TAPS &&
           w->dims[0] * w->dims[1] <= AQ_DEPTHWISE_TAPS;
}

AqTensor *aq_depthwise_conv2d(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b,
                              int stride, int pad, AqAct act)
{
    if (!x || !w)
        return NULL;
    if (!depthwise_fits(x, w, b, stride))
        return aq_nn_misfit(nn, "depthwise_conv2d", x, w);
    if (act != AQ_ACT_NONE && (act != AQ_ACT_RELU || aq_nn_recording(nn)))
        return aq_act(nn, aq_depthwise_conv2d(nn, x, w, b, stride, pad, AQ_ACT_NONE),
                      act);
    const AqSpan rows = aq_span(x->dims[1], w->dims[0], stride, pad),
                 cols = aq_span(x->dims[2], w->dims[1], stride, pad);
    if (rows.out < 1 || cols.out < 1)
        return aq_nn_misfit(nn, "depthwise_conv2d", x, w);
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(x->dims[0], rows.out, cols.out, x->dims[3]));
    Depthwise *d = aq_nn_memory(nn, 1, sizeof *d);
    if (!y || !d)
        return NULL;
    *d = (Depthwise){.H = (size_t)x->dims[1],
                     .W = (size_t)x->dims[2],
                     .C = (size_t)x->dims[3],
                     .KH = (size_t)w->dims[0],
                     .KW = (size_t)w->dims[1],
                     .OH = (size_t)rows.out,
                     .OW = (size_t)cols.out,
                     .stride = stride,
                     .top = rows.before,
                     .left = cols.before,
                     .relu = act == AQ_ACT_RELU,
                     .x = x->data,
                     .w = w->data,
                     .b = b ? b->data : NULL,
                     .y = y->data,
                     .k = aq_kernels()};
    aq_parallel(nn->exec, (size_t)x->dims[0] * d->OH,
                AQ_NN_GRAIN / (d->OW * d->C + 1) + 1, depthwise_rows, d);
    return AQ_RECORD(nn, "depthwise_conv2d", y, depthwise_backward, d, x, w, b);
}
