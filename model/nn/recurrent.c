/* SPDX-License-Identifier: MIT */
#include "model/nn/recurrent.h"

#include <stdio.h>

AqLstm aq_declare_lstm(AqDeclare *d, const char *prefix, int in, int dim)
{
    AqLstm p;

    p.in = aq_declare_dense(d, prefix, "in", in, 4 * dim);
    p.state = aq_declare_dense(d, prefix, "state", dim, 4 * dim);
    return p;
}

AqTensor *aq_lstm_gates(AqNn *nn, AqTensor *x, const AqLstm *p)
{
    return aq_dense(nn, x, &p->in, AQ_ACT_NONE);
}

/* 1 for sequences that have a step t. */
static const AqReal *has_step(AqNn *nn, const int *lengths, int n, int t)
{
    AqReal *keep = aq_constants(nn, (size_t)n);

    for (int k = 0; keep && k < n; k++)
        keep[k] = !lengths || t < lengths[k];
    return keep;
}

AqTensor *aq_lstm_states(AqNn *nn, AqTensor *gates, const AqLstm *p, const int *lengths,
                         int n, int T, int backwards)
{
    if (!gates)
        return NULL;
    const int dim = p->state.w->dims[1];
    AqTensor *h = aq_nn_zeros(nn, AQ_DIMS(n, dim)),
             *c = aq_nn_zeros(nn, AQ_DIMS(n, dim));
    AqTensor **all = aq_arena_alloc(aq_nn_arena(nn), (size_t)T, sizeof *all);

    if (!all)
        return NULL;
    gates = aq_reshape(nn, gates, AQ_DIMS(T * n, 4 * dim));
    for (int k = 0; k < T; k++) {
        const int t = backwards ? T - 1 - k : k;
        AqTensor *now = aq_add(nn, aq_dense(nn, h, &p->state, AQ_ACT_NONE),
                               aq_slice(nn, gates, 0, t * n, n));
        const AqReal *keep = has_step(nn, lengths, n, t);
        AqTensor *hc = keep ? aq_lstm_cell(nn, now, h, c, keep) : NULL;

        all[t] = h = aq_slice(nn, hc, 1, 0, dim);
        c = aq_slice(nn, hc, 1, dim, dim);
        if (!h)
            return NULL;
    }
    return aq_reshape(nn, aq_concat(nn, all, T, 0), AQ_DIMS(T, n, dim));
}
