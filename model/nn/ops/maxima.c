/* SPDX-License-Identifier: MIT */
#include "model/nn/maxima.h"

#include "model/nn/nn_priv.h"

typedef struct Maxima {
    size_t outer, n, inner; /* x (outer,n,inner) to y (outer,inner) */
    size_t *from;           /* recording: index in x of each value of y */
} Maxima;

static void max_backward(AqNn *nn, AqRecord *r)
{
    const Maxima *m = r->more;

    (void)nn;
    for (size_t k = 0; k < m->outer * m->inner; k++)
        r->in[0]->grad[m->from[k]] += r->y->grad[k];
}

/* The first of the largest. */
static size_t find_maximum(const Maxima *m, const AqReal *x, size_t k)
{
    const size_t first = k / m->inner * m->n * m->inner + k % m->inner;
    size_t best = first;

    for (size_t i = 1; i < m->n; i++)
        if (x[first + i * m->inner] > x[best])
            best = first + i * m->inner;
    return best;
}

AqTensor *aq_max(AqNn *nn, AqTensor *x, int dim)
{
    int dims[AQ_MAX_DIMS], n_dims = 0;

    if (!x)
        return NULL;
    if (dim < 0 || dim >= x->n_dims || x->n_dims < 2 || x->dims[dim] < 1)
        return aq_nn_misfit(nn, "max", x, NULL);
    for (int d = 0; d < x->n_dims; d++)
        if (d != dim)
            dims[n_dims++] = x->dims[d];
    AqTensor *y = aq_nn_tensor(nn, n_dims, dims);
    Maxima *m = aq_nn_memory(nn, 1, sizeof *m);
    if (!y || !m)
        return NULL;
    *m = (Maxima){.n = (size_t)x->dims[dim], .inner = aq_tensor_inner(x, dim + 1)};
    m->outer = m->inner ? aq_tensor_count(y) / m->inner : 0;
    if (aq_nn_recording(nn))
        m->from = aq_nn_memory(nn, aq_tensor_count(y), sizeof *m->from);
    if (aq_nn_recording(nn) && !m->from)
        return NULL;
    for (size_t k = 0; k < m->outer * m->inner; k++) {
        const size_t from = find_maximum(m, x->data, k);

        y->data[k] = x->data[from];
        if (m->from)
            m->from[k] = from;
    }
    return AQ_RECORD(nn, "max", y, max_backward, m, x);
}
