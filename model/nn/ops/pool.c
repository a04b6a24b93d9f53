/* SPDX-License-Identifier: MIT */
/*
 * 2x2 maximum pooling of a channels-last image. Recording also stores where each
 * maximum was; otherwise the four pixels' channels go through a kernel.
 */
#include "model/nn/nn_priv.h"

typedef struct Pool {
    const AqReal *x;
    AqReal *y;
    int *from; /* recording: index in x of each value of y */
    size_t H, W, C, OH, OW;
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

AqTensor *aq_maxpool2(AqNn *nn, AqTensor *x)
{
    if (!x)
        return NULL;
    if (x->n_dims != 4 || x->dims[1] < 2 || x->dims[2] < 2)
        return aq_nn_misfit(nn, "maxpool2", x, NULL);
    const int OH = x->dims[1] / 2, OW = x->dims[2] / 2;
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(x->dims[0], OH, OW, x->dims[3]));
    Pool *p = aq_nn_memory(nn, 1, sizeof *p);
    if (!y || !p)
        return NULL;
    *p = (Pool){.x = x->data,
                .y = y->data,
                .H = (size_t)x->dims[1],
                .W = (size_t)x->dims[2],
                .C = (size_t)x->dims[3],
                .OH = (size_t)OH,
                .OW = (size_t)OW,
                .k = aq_kernels()};
    if (aq_nn_recording(nn)) {
        p->from = aq_nn_memory(nn, aq_tensor_count(y), sizeof *p->from);
        if (!p->from)
            return NULL;
    }
    aq_parallel(nn->exec, (size_t)x->dims[0] * p->OH,
                AQ_NN_GRAIN / (p->OW * p->C + 1) + 1, pool_rows, p);
    return AQ_RECORD(nn, "maxpool2", y, maxpool_backward, p, x);
}
