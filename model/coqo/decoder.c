/* SPDX-License-Identifier: MIT */
/* The decoder (section 3 of docs/coqo.md), one function per formula. */
#include "model/coqo/coqo_priv.h"

#include <string.h>

AqAnswerDecoder aq_declare_decoder(AqDeclare *d, const char *prefix,
                                   const AqCoqoConfig *c)
{
    AqAnswerDecoder p = {.highlight = (AqHighlight)c->highlight};

    p.cls = aq_declare(d, prefix, "cls", 0, c->dim, AQ_INIT_NORMAL, 0.5);
    p.norm_q = aq_declare_norm(d, prefix, "norm_q", c->dim);
    p.norm_f = aq_declare_norm(d, prefix, "norm_f", c->dim);
    p.cross = aq_declare_heads(d, prefix, "cross", c->dim, c->form.heads, 1);
    if (p.highlight == AQ_HIGHLIGHT_NORMED)
        p.gain = aq_declare(d, prefix, "gain", 0, 1, AQ_INIT_CONST, 0);
    return p;
}

/* alpha_i = softmax_t(q_i . F''_t / sqrt d), (n,T) */
static AqTensor *attend_to_seconds(AqNn *nn, AqTensor *f_t, AqTensor *q,
                                   const AqReal *on)
{
    if (!f_t || !q)
        return NULL;
    const int n = f_t->dims[0], seconds = f_t->dims[1], dim = f_t->dims[2];
    AqTensor *x = aq_matmul(nn, aq_reshape(nn, q, AQ_DIMS(n, 1, dim)), f_t, 1);

    x = aq_scale(nn, aq_reshape(nn, x, AQ_DIMS(n, seconds)), 1 / aq_sqrt((AqReal)dim));
    return aq_softmax(nn, x, on, (size_t)n * (size_t)seconds);
}

/* How many seconds there are in each row, as a tensor (n). */
static AqTensor *count_seconds(AqNn *nn, const AqReal *on, int n, int seconds)
{
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(n));

    for (int k = 0; y && k < n * seconds; k++)
        y->data[k / seconds] += on[k];
    return y;
}

/* LayerNorm(F) with its seconds highlighted, and f = LayerNorm(F''):
 *     normed: f + g T alpha_i,t f    raw: LayerNorm(F'' + alpha_i,t F'') */
static AqTensor *highlight_seconds(AqNn *nn, const AqAnswerDecoder *p, AqTensor *f_t,
                                   AqTensor *q, const AqReal *on)
{
    const int n = f_t->dims[0], seconds = f_t->dims[1];

    if (p->highlight == AQ_HIGHLIGHT_OFF)
        return aq_norm(nn, f_t, &p->norm_f);
    if (p->highlight == AQ_HIGHLIGHT_RAW) {
        AqTensor *more = aq_scale_rows(nn, f_t, attend_to_seconds(nn, f_t, q, on));
        return aq_norm(nn, aq_add(nn, more, f_t), &p->norm_f);
    }
    AqTensor *f = aq_norm(nn, f_t, &p->norm_f);
    AqTensor *alpha = attend_to_seconds(nn, f, q, on);

    alpha = aq_scale_rows(nn, alpha, count_seconds(nn, on, n, seconds));
    alpha = aq_scale_by(nn, alpha, p->gain);
    return aq_add(nn, aq_scale_rows(nn, f, alpha), f);
}

/* 1 for rows with any present second, as a tensor (n). */
static AqTensor *row_factors(AqNn *nn, const AqReal *any, int n)
{
    AqTensor *s = aq_nn_zeros(nn, AQ_DIMS(n));

    if (s)
        memcpy(s->data, any, (size_t)n * sizeof *any);
    return s;
}

AqTensor *aq_decoder(AqNn *nn, const AqAnswerDecoder *p, AqTensor *f_t, AqTensor *q,
                     const AqReal *on, const AqReal *any, AqReal dropout,
                     AqTensor **weights_out)
{
    if (!f_t || !q || !on || !any)
        return NULL;
    const int n = f_t->dims[0], dim = f_t->dims[2];
    AqTensor *f = highlight_seconds(nn, p, f_t, q, on);
    AqTensor *ask = aq_norm(nn, aq_add(nn, q, p->cls), &p->norm_q);

    ask = aq_reshape(nn, ask, AQ_DIMS(n, 1, dim));
    AqTensor *c = aq_heads(nn, ask, f, &p->cross, on, weights_out);
    c = aq_dropout(nn, aq_reshape(nn, c, AQ_DIMS(n, dim)), dropout);
    return aq_scale_rows(nn, c, row_factors(nn, any, n));
}
