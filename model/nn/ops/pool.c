/* SPDX-License-Identifier: MIT */
/*
 * Means, and maximum pooling of channels-last clips, or of pictures, which are clips of
 * one frame. The channels of a window's pixels go through a kernel; recording also
 * stores where each maximum was.
 */
#include "model/nn/nn_priv.h"

typedef struct Pool {
    const AqReal *x;
    AqReal *y;
    size_t *from; /* recording: index in x of each value of y */
    size_t C;
    int in[3], out[3]; /* frames, lines and columns of x and of y */
    int size[3], stride[3], pad[3];
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

/* Those of a window's positions in one dimension that are inside: from..to-1. */
static void clip_window(const Pool *p, int d, size_t at, int *from, int *to)
{
    const int first = (int)at * p->stride[d] - p->pad[d], end = first + p->size[d];

    *from = first < 0 ? 0 : first;
    *to = end > p->in[d] ? p->in[d] : end;
}

/* The pixels of x under output pixel `col` of line `row` (all clips' frames' lines
 * stacked); returns their number. */
static size_t gather_window(const Pool *p, size_t row, size_t col,
                            const AqReal *pixel[AQ_POOL_MOST])
{
    const size_t OH = (size_t)p->out[1], OT = (size_t)p->out[0];
    const size_t clip = row / (OT * OH);
    int from[3], to[3];
    size_t n = 0;

    clip_window(p, 0, row / OH % OT, &from[0], &to[0]);
    clip_window(p, 1, row % OH, &from[1], &to[1]);
    clip_window(p, 2, col, &from[2], &to[2]);
    for (int t = from[0]; t < to[0]; t++)
        for (int y = from[1]; y < to[1]; y++) {
            const size_t frame = clip * (size_t)p->in[0] + (size_t)t,
                         line = frame * (size_t)p->in[1] + (size_t)y;

            for (int x = from[2]; x < to[2]; x++)
                pixel[n++] = p->x + (line * (size_t)p->in[2] + (size_t)x) * p->C;
        }
    return n;
}

/* The first of the largest, for each channel. */
static void note_maxima(const Pool *p, const AqReal *const *pixel, size_t n,
                        size_t *from)
{
    for (size_t c = 0; c < p->C; c++) {
        size_t best = 0;

        for (size_t k = 1; k < n; k++)
            if (pixel[k][c] > pixel[best][c])
                best = k;
        from[c] = (size_t)(pixel[best] - p->x) + c;
    }
}

static void pool_rows(void *arg, size_t from, size_t to)
{
    const Pool *p = arg;
    const AqReal *pixel[AQ_POOL_MOST];

    for (size_t r = from; r < to; r++)
        for (size_t c = 0; c < (size_t)p->out[2]; c++) {
            const size_t n = gather_window(p, r, c, pixel),
                         at = (r * (size_t)p->out[2] + c) * p->C;

            p->k->max_of(p->y + at, pixel, n, p->C);
            if (p->from)
                note_maxima(p, pixel, n, p->from + at);
        }
}

/* Sizes, strides and padding are in `how`. */
static AqTensor *run_pool(AqNn *nn, AqTensor *x, const Pool *how)
{
    const int is_clip = x->n_dims == 5;
    Pool *p = aq_nn_memory(nn, 1, sizeof *p);
    int taps = 1;

    if (!p)
        return NULL;
    *p = *how;
    for (int d = 0; d < 3; d++) {
        p->in[d] = is_clip || d > 0 ? x->dims[d + is_clip] : 1;
        const int room = p->in[d] + 2 * p->pad[d] - p->size[d];
        if (p->stride[d] < 1 || p->pad[d] < 0 || p->pad[d] >= p->size[d] || room < 0 ||
            p->size[d] > AQ_POOL_MOST)
            return aq_nn_misfit(nn, "maxpool", x, NULL);
        p->out[d] = room / p->stride[d] + 1;
        taps *= p->size[d];
        if (taps > AQ_POOL_MOST)
            return aq_nn_misfit(nn, "maxpool", x, NULL);
    }
    p->C = (size_t)aq_cols(x);
    p->x = x->data;
    p->k = aq_kernels();
    const int N = x->dims[0], C = aq_cols(x);
    const int clip[] = {N, p->out[0], p->out[1], p->out[2], C},
              picture[] = {N, p->out[1], p->out[2], C};
    AqTensor *y = aq_nn_tensor(nn, x->n_dims, is_clip ? clip : picture);
    if (y && aq_nn_recording(nn))
        p->from = aq_nn_memory(nn, aq_tensor_count(y), sizeof *p->from);
    if (!y || (aq_nn_recording(nn) && !p->from))
        return NULL;
    p->y = y->data;
    aq_parallel(nn->exec, (size_t)N * (size_t)p->out[0] * (size_t)p->out[1],
                AQ_NN_GRAIN / ((size_t)p->out[2] * p->C + 1) + 1, pool_rows, p);
    return AQ_RECORD(nn, "maxpool", y, maxpool_backward, p, x);
}

AqTensor *aq_maxpool(AqNn *nn, AqTensor *x, int size, int stride, int pad)
{
    const Pool how = {
        .size = {1, size, size}, .stride = {1, stride, stride}, .pad = {0, pad, pad}};

    if (!x)
        return NULL;
    return x->n_dims == 4 ? run_pool(nn, x, &how)
                          : aq_nn_misfit(nn, "maxpool", x, NULL);
}

AqTensor *aq_maxpool3d(AqNn *nn, AqTensor *x, int size, int stride, int pad)
{
    const Pool how = {.size = {size, size, size},
                      .stride = {stride, stride, stride},
                      .pad = {pad, pad, pad}};

    if (!x)
        return NULL;
    return x->n_dims == 5 ? run_pool(nn, x, &how)
                          : aq_nn_misfit(nn, "maxpool3d", x, NULL);
}

/* ---- means ---- */

typedef struct Mean {
    size_t outer, n, inner; /* x (outer,n,inner) to y (outer,inner) */
} Mean;

static void mean_backward(AqNn *nn, AqRecord *r)
{
    const Mean *m = r->more;

    (void)nn;
    for (size_t k = 0; k < m->outer * m->n; k++)
        aq_kernels()->axpy(r->in[0]->grad + k * m->inner, AQ_R(1) / (AqReal)m->n,
                           r->y->grad + k / m->n * m->inner, m->inner);
}

AqTensor *aq_mean(AqNn *nn, AqTensor *x, int dim)
{
    int dims[AQ_MAX_DIMS], n_dims = 0;

    if (!x)
        return NULL;
    if (dim < 0 || dim >= x->n_dims || x->n_dims < 2 || x->dims[dim] < 1)
        return aq_nn_misfit(nn, "mean", x, NULL);
    for (int d = 0; d < x->n_dims; d++)
        if (d != dim)
            dims[n_dims++] = x->dims[d];
    AqTensor *y = aq_nn_zeros(nn, n_dims, dims);
    Mean *m = aq_nn_memory(nn, 1, sizeof *m);
    if (!y || !m)
        return NULL;
    *m = (Mean){.n = (size_t)x->dims[dim], .inner = aq_tensor_inner(x, dim + 1)};
    m->outer = m->inner ? aq_tensor_count(y) / m->inner : 0;
    for (size_t k = 0; k < m->outer * m->n; k++)
        aq_kernels()->add(y->data + k / m->n * m->inner, x->data + k * m->inner,
                          m->inner);
    aq_kernels()->scale(y->data, AQ_R(1) / (AqReal)m->n, y->data, aq_tensor_count(y));
    return AQ_RECORD(nn, "mean", y, mean_backward, m, x);
}
