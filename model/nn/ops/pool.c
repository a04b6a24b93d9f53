/* SPDX-License-Identifier: MIT */
/*
 * Maximum pooling of a channels-last image. Recording also stores where each maximum
 * was. The 2x2 one's four pixels' channels go through a kernel.
 */
#include "model/nn/nn_priv.h"

typedef struct Pool {
    const AqReal *x;
    AqReal *y;
    int *from; /* recording: index in x of each value of y */
    size_t H, W, C, OH, OW;
    int size, stride, pad; /* aq_maxpool() only */
    const AqKernels *k;
} Pool;

static void maxpool_backward(AqNn *nn, AqRecord *r)
{
    const Pool *p = r->more;
    const size_t n = aq_tensor_count(r->y);

    (void)nn;
    for (size_t k = 0; k < n; k++)
        r->in[0]->grad[p->from[k]] += r->y->grad[k];
}

/* Index in x of the largest of the four values for one of y. */
static size_t argmax_of_four(const AqReal *x, size_t at, size_t right, size_t down)
{
    size_t best = at;

    if (x[at + right] > x[best])
        best = at + right;
    if (x[at + down] > x[best])
        best = at + down;
    return x[at + right + down] > x[best] ? at + right + down : best;
}

/* Rows from..to-1 of y, with all images stacked. */
static void pool_rows(void *arg, size_t from, size_t to)
{
    const Pool *p = arg;
    const size_t C = p->C, down = p->W * C;

    for (size_t r = from; r < to; r++)
        for (size_t c = 0; c < p->OW; c++) {
            const size_t at = ((r / p->OH * p->H + r % p->OH * 2) * p->W + c * 2) * C;
            const size_t k = (r * p->OW + c) * C;
            const AqReal *x = p->x + at;

            p->k->max4(p->y + k, x, x + C, x + down, x + down + C, C);
            for (size_t ch = 0; p->from && ch < C; ch++)
                p->from[k + ch] = (int)argmax_of_four(p->x, at + ch, C, down);
        }
}

/* An output pixel begins with its first input pixel, and takes the others in. */
static void take_pixel(const Pool *p, size_t k, size_t at, int is_first)
{
    AqReal *y = p->y + k;
    const AqReal *x = p->x + at;

    for (size_t c = 0; c < p->C; c++) {
        const int larger = is_first || x[c] > y[c];

        y[c] = larger ? x[c] : y[c];
        if (p->from && larger)
            p->from[k + c] = (int)(at + c);
    }
}

static void pool_pixel(const Pool *p, size_t r, size_t col)
{
    const long top = (long)(r % p->OH) * p->stride - p->pad,
               left = (long)col * p->stride - p->pad;
    int is_first = 1;

    for (long y = top; y < top + p->size; y++)
        for (long x = left; x < left + p->size; x++) {
            if (y < 0 || x < 0 || y >= (long)p->H || x >= (long)p->W)
                continue;
            take_pixel(p, (r * p->OW + col) * p->C,
                       ((r / p->OH * p->H + (size_t)y) * p->W + (size_t)x) * p->C,
                       is_first);
            is_first = 0;
        }
}

static void pool_any_rows(void *arg, size_t from, size_t to)
{
    const Pool *p = arg;

    for (size_t r = from; r < to; r++)
        for (size_t c = 0; c < p->OW; c++)
            pool_pixel(p, r, c);
}

/* Fills what the pool has not: its arrays' places and sizes. */
static AqTensor *run_pool(AqNn *nn, AqTensor *x, const Pool *how, AqRangeFn rows,
                          const char *name)
{
    AqTensor *y =
        aq_nn_tensor(nn, AQ_DIMS(x->dims[0], (int)how->OH, (int)how->OW, x->dims[3]));
    Pool *p = aq_nn_memory(nn, 1, sizeof *p);

    if (!y || !p)
        return NULL;
    *p = *how;
    p->x = x->data;
    p->y = y->data;
    p->H = (size_t)x->dims[1];
    p->W = (size_t)x->dims[2];
    p->C = (size_t)x->dims[3];
    p->k = aq_kernels();
    if (aq_nn_recording(nn)) {
        p->from = aq_nn_memory(nn, aq_tensor_count(y), sizeof *p->from);
        if (!p->from)
            return NULL;
    }
    aq_parallel(nn->exec, (size_t)x->dims[0] * p->OH,
                AQ_NN_GRAIN / (p->OW * p->C + 1) + 1, rows, p);
    return AQ_RECORD(nn, name, y, maxpool_backward, p, x);
}

AqTensor *aq_maxpool2(AqNn *nn, AqTensor *x)
{
    if (!x)
        return NULL;
    if (x->n_dims != 4 || x->dims[1] < 2 || x->dims[2] < 2)
        return aq_nn_misfit(nn, "maxpool2", x, NULL);
    const Pool how = {.OH = (size_t)(x->dims[1] / 2), .OW = (size_t)(x->dims[2] / 2)};
    return run_pool(nn, x, &how, pool_rows, "maxpool2");
}

AqTensor *aq_maxpool(AqNn *nn, AqTensor *x, int size, int stride, int pad)
{
    if (!x)
        return NULL;
    if (x->n_dims != 4 || stride < 1 || pad < 0 || pad >= size ||
        x->dims[1] + 2 * pad < size || x->dims[2] + 2 * pad < size)
        return aq_nn_misfit(nn, "maxpool", x, NULL);
    const Pool how = {.OH = (size_t)((x->dims[1] + 2 * pad - size) / stride + 1),
                      .OW = (size_t)((x->dims[2] + 2 * pad - size) / stride + 1),
                      .size = size,
                      .stride = stride,
                      .pad = pad};
    return run_pool(nn, x, &how, pool_any_rows, "maxpool");
}
