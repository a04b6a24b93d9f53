/* SPDX-License-Identifier: MIT */
#include "model/nn/rowwise.h"

#include "model/nn/nn_priv.h"
#include "model/nn/row_tiles_priv.h"

/* Recording: the operations themselves. */
static AqTensor *one_by_one(AqNn *nn, AqTensor *x, const AqRowStep *s, int n)
{
    for (; n > 0; n--, s++)
        switch (s->kind) {
        case AQ_ROW_NORM:
            x = aq_layernorm(nn, x, s->w, s->b, s->eps);
            break;
        case AQ_ROW_LINEAR:
            x = aq_linear(nn, x, s->w, s->b, s->act);
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
