/* SPDX-License-Identifier: MIT */
#include "model/nn/rowwise.h"

#include "model/nn/nn_priv.h"
#include "model/nn/row_tiles_priv.h"

/* RMS norm of some columns. */
static AqTensor *norm_columns(AqNn *nn, AqTensor *x, const AqRowStep *s)
{
    const int D = x ? aq_cols(x) : 0, n = s->w ? (int)aq_tensor_count(s->w) : 0;
    const int after = D - s->first - n, last = x ? x->n_dims - 1 : 0;
    AqTensor *part[3];
    int n_parts = 0;

    if (!x || !s->w)
        return NULL;
    if (n == D)
        return aq_rmsnorm(nn, x, s->w, s->eps);
    if (s->first < 0 || after < 0)
        return aq_nn_misfit(nn, "rmsnorm of columns", x, s->w);
    if (s->first > 0)
        part[n_parts++] = aq_slice(nn, x, last, 0, s->first);
    part[n_parts++] = aq_rmsnorm(nn, aq_slice(nn, x, last, s->first, n), s->w, s->eps);
    if (after > 0)
        part[n_parts++] = aq_slice(nn, x, last, s->first + n, after);
    return aq_concat(nn, part, n_parts, last);
}

/* Recording: the operations themselves. */
static AqTensor *one_by_one(AqNn *nn, AqTensor *x, const AqRowStep *s, int n)
{
    for (; n > 0; n--, s++)
        switch (s->kind) {
        case AQ_ROW_NORM:
            x = aq_layernorm(nn, x, s->w, s->b, s->eps);
            break;
        case AQ_ROW_RMS:
            x = norm_columns(nn, x, s);
            break;
        case AQ_ROW_LINEAR:
            x = aq_linear(nn, x, s->w, s->b, s->act);
            break;
        case AQ_ROW_MUL:
            x = aq_mul(nn, x, s->w);
            break;
        case AQ_ROW_ADD:
            x = aq_add(nn, x, s->w);
            break;
        }
    return x;
}

AqTensor *aq_rowwise(AqNn *nn, AqTensor *x, const AqRowStep *steps, int n_steps)
{
    if (!x)
        return NULL;
    return aq_nn_recording(nn) ? one_by_one(nn, x, steps, n_steps)
                               : aq_row_tiles(nn, x, steps, n_steps);
}
