/* SPDX-License-Identifier: MIT */
/* Other shapes for the same values: reshape, permute, concat, slice. */
#include "model/nn/nn_priv.h"

#include <string.h>

/* ---- reshape ---- */

/* The gradient is the same memory. */
static void reshape_backward(AqNn *nn, AqRecord *r)
{
    (void)nn;
    (void)r;
}

AqTensor *aq_reshape(AqNn *nn, AqTensor *x, int n_dims, const int *dims)
{
    int d[AQ_MAX_DIMS], open = -1;
    size_t known = 1;

    if (!x)
        return NULL;
    for (int k = 0; k < n_dims; k++) {
        d[k] = dims[k];
        if (d[k] < 0)
            open = k;
        else
            known *= (size_t)d[k];
    }
    if (open >= 0)
        d[open] = known ? (int)(aq_tensor_count(x) / known) : 0;
    AqTensor *y = aq_nn_view(nn, x, n_dims, d);
    if (y)
        y->base = x;
    return AQ_RECORD(nn, "reshape", y, reshape_backward, NULL, x);
}

/* ---- permute ---- */

typedef struct Permute {
    int n;
    int dims[AQ_MAX_DIMS];      /* of y */
    size_t stride[AQ_MAX_DIMS]; /* in x, for each dimension of y */
} Permute;

/* Walks y in order; *at is the index in x. add: x += y, else y = x. */
static void permute_walk(const Permute *p, AqReal *x, AqReal *y, int add)
{
    int at[AQ_MAX_DIMS] = {0};
    const int last = p->n - 1;
    size_t from = 0;

    for (;;) {
        for (int k = 0; k < p->dims[last]; k++, y++) {
            AqReal *v = &x[from + (size_t)k * p->stride[last]];
            if (add)
                *v += *y;
            else
                *y = *v;
        }
        int d = last - 1;
        for (; d >= 0; d--) {
            from += p->stride[d];
            if (++at[d] < p->dims[d])
                break;
            from -= (size_t)at[d] * p->stride[d];
            at[d] = 0;
        }
        if (d < 0)
            return;
    }
}

static void permute_backward(AqNn *nn, AqRecord *r)
{
    (void)nn;
    permute_walk(r->more, r->in[0]->grad, r->y->grad, 1);
}

AqTensor *aq_permute(AqNn *nn, AqTensor *x, const int *order)
{
    Permute *p = x ? aq_nn_memory(nn, 1, sizeof *p) : NULL;

    if (!p)
        return NULL;
    p->n = x->n_dims;
    for (int k = 0; k < p->n; k++) {
        if (order[k] < 0 || order[k] >= p->n)
            return aq_nn_misfit(nn, "permute", x, NULL);
        p->dims[k] = x->dims[order[k]];
        p->stride[k] = aq_tensor_inner(x, order[k] + 1);
    }
    AqTensor *y = aq_nn_tensor(nn, p->n, p->dims);
    if (y && aq_tensor_count(y) > 0)
        permute_walk(p, x->data, y->data, 0);
    return AQ_RECORD(nn, "permute", y, permute_backward, p, x);
}

/* ---- slice ---- */

/* Copies `rows` pieces of `bytes`; strides in values. */
static void copy_pieces(AqReal *to, size_t to_step, const AqReal *from,
                        size_t from_step, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(to + r * to_step, from + r * from_step, n * sizeof *to);
}

static void add_strided_pieces(AqReal *to, size_t to_step, const AqReal *from,
                               size_t from_step, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        aq_kernels()->add(to + r * to_step, from + r * from_step, n);
}

typedef struct Slice {
    size_t rows, inner, x_step, first;
} Slice;

static void slice_backward(AqNn *nn, AqRecord *r)
{
    const Slice *s = r->more;

    (void)nn;
    add_strided_pieces(r->in[0]->grad + s->first, s->x_step, r->y->grad, s->inner,
                       s->rows, s->inner);
}

AqTensor *aq_slice(AqNn *nn, AqTensor *x, int dim, int first, int count)
{
    int dims[AQ_MAX_DIMS];

    if (!x)
        return NULL;
    if (dim < 0)
        dim += x->n_dims;
    if (dim < 0 || dim >= x->n_dims || first < 0 || count < 0 ||
        first + count > x->dims[dim])
        return aq_nn_misfit(nn, "slice", x, NULL);
    memcpy(dims, x->dims, sizeof dims);
    dims[dim] = count;
    AqTensor *y = aq_nn_tensor(nn, x->n_dims, dims);
    Slice *s = aq_nn_memory(nn, 1, sizeof *s);
    if (!y || !s)
        return NULL;
    const size_t below = aq_tensor_inner(x, dim + 1), all = aq_tensor_inner(x, dim);
    *s = (Slice){.rows = all ? aq_tensor_count(x) / all : 0,
                 .inner = (size_t)count * below,
                 .x_step = all,
                 .first = (size_t)first * below};
    copy_pieces(y->data, s->inner, x->data + s->first, all, s->rows, s->inner);
    return AQ_RECORD(nn, "slice", y, slice_backward, s, x);
}

/* ---- concat: two at a time, so that the tape needs no lists ---- */

typedef struct ShapePair {
    size_t rows, a, b;
} ShapePair;

static void concat_backward(AqNn *nn, AqRecord *r)
{
    const ShapePair *p = r->more;
    const size_t step = p->a + p->b;

    (void)nn;
    if (aq_grad(r->in[0]))
        (aq_fresh(r, 0) ? copy_pieces : add_strided_pieces)(
            r->in[0]->grad, p->a, r->y->grad, step, p->rows, p->a);
    if (aq_grad(r->in[1]))
        (aq_fresh(r, 1) ? copy_pieces : add_strided_pieces)(
            r->in[1]->grad, p->b, r->y->grad + p->a, step, p->rows, p->b);
}

static AqTensor *concat_pair(AqNn *nn, AqTensor *a, AqTensor *b, int dim)
{
    int dims[AQ_MAX_DIMS];
    int fits = a->n_dims == b->n_dims;

    for (int k = 0; fits && k < a->n_dims; k++)
        fits = k == dim || a->dims[k] == b->dims[k];
    if (!fits)
        return aq_nn_misfit(nn, "concat", a, b);
    memcpy(dims, a->dims, sizeof dims);
    dims[dim] += b->dims[dim];
    AqTensor *y = aq_nn_tensor(nn, a->n_dims, dims);
    ShapePair *p = aq_nn_memory(nn, 1, sizeof *p);
    if (!y || !p)
        return NULL;
    *p = (ShapePair){
        .rows = 1, .a = aq_tensor_inner(a, dim), .b = aq_tensor_inner(b, dim)};
    for (int k = 0; k < dim; k++)
        p->rows *= (size_t)a->dims[k];
    copy_pieces(y->data, p->a + p->b, a->data, p->a, p->rows, p->a);
    copy_pieces(y->data + p->a, p->a + p->b, b->data, p->b, p->rows, p->b);
    return aq_nn_writes(nn, AQ_RECORD(nn, "concat", y, concat_backward, p, a, b), 3);
}

/* Halves are joined first: each value moves log n times instead of n. */
AqTensor *aq_concat(AqNn *nn, AqTensor *const *x, int n, int dim)
{
    if (n < 1 || !x[0])
        return NULL;
    if (dim < 0)
        dim += x[0]->n_dims;
    if (dim < 0 || dim >= x[0]->n_dims)
        return aq_nn_misfit(nn, "concat", x[0], NULL);
    if (n == 1)
        return x[0];
    AqTensor *a = aq_concat(nn, x, n / 2, dim);
    AqTensor *b = aq_concat(nn, x + n / 2, n - n / 2, dim);
    return a && b ? concat_pair(nn, a, b, dim) : NULL;
}
