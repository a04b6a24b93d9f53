/* SPDX-License-Identifier: MIT */
/* The decoder (section 3 of docs/coqo.md) and the fusion (section 5), one function per
 * formula. */
#include "model/coqo/coqo_priv.h"

#include <string.h>

AqAnswerDecoder aq_declare_decoder(AqDeclare *d, const char *prefix,
                                   const AqCoqoConfig *c)
{
    AqAnswerDecoder p;

    p.cls = aq_declare(d, prefix, "cls", 0, c->dim, AQ_INIT_NORMAL, 0.5);
    p.norm_q = aq_declare_norm(d, prefix, "norm_q", c->dim);
    p.norm_f = aq_declare_norm(d, prefix, "norm_f", c->dim);
    p.cross = aq_declare_heads(d, prefix, "cross", c->dim, c->heads, 1);
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

/* F^i_t = F''_t + alpha_i,t F''_t */
static AqTensor *highlight_seconds(AqNn *nn, AqTensor *f_t, AqTensor *weights)
{
    return aq_add(nn, aq_scale_rows(nn, f_t, weights), f_t);
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
    AqTensor *f = highlight_seconds(nn, f_t, attend_to_seconds(nn, f_t, q, on));
    AqTensor *ask = aq_norm(nn, aq_add(nn, q, p->cls), &p->norm_q);

    ask = aq_reshape(nn, ask, AQ_DIMS(n, 1, dim));
    AqTensor *c =
        aq_heads(nn, ask, aq_norm(nn, f, &p->norm_f), &p->cross, on, weights_out);
    c = aq_dropout(nn, aq_reshape(nn, c, AQ_DIMS(n, dim)), dropout);
    return aq_scale_rows(nn, c, row_factors(nn, any, n));
}

/* F_av = W tanh([c_a ; c_v]) + b */
static AqTensor *f_av(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v)
{
    AqTensor *both[2] = {c_a, c_v};
    AqTensor *x = aq_act(nn, aq_concat(nn, both, 2, 1), AQ_ACT_TANH);

    return aq_dense(nn, x, &net->fuse, AQ_ACT_NONE);
}

/* e = FC([F_av * q ; F_av + q]); FC is linear and GELU (our choice), as a linear one
 * would merge with the classifier that follows. */
AqTensor *aq_fusion(AqNn *nn, const AqCoqo *net, AqTensor *c_a, AqTensor *c_v,
                    AqTensor *q)
{
    AqTensor *f = f_av(nn, net, c_a, c_v);
    AqTensor *both[2] = {aq_mul(nn, f, q), aq_add(nn, f, q)};
    AqTensor *e = aq_dense(nn, aq_concat(nn, both, 2, 1), &net->mix, AQ_ACT_GELU);

    return aq_dropout(nn, e, (AqReal)net->config->dropout);
}
