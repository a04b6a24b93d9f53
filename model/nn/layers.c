/* SPDX-License-Identifier: MIT */
/* Layers over the operations of model/nn. */
#include "model/nn/layers.h"

#include "base/alloc.h"

#include <stdio.h>

#define NORM_EPS 1e-5

AqTensor *aq_declare(AqDeclare *d, const char *prefix, const char *name, int rows,
                     int cols, AqInit init, double scale)
{
    char full[128];
    AqTensor *t = NULL;

    if (d->err != AQ_OK)
        return NULL;
    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    AqParamSpec spec = {.name = full,
                        .n_dims = rows > 0 ? 2 : 1,
                        .init = init,
                        .scale = (AqReal)scale,
                        .no_decay = rows == 0};
    spec.dims[0] = rows > 0 ? rows : cols;
    spec.dims[1] = rows > 0 ? cols : 0;
    d->err = aq_params_add(d->ps, &spec, &t);
    return t;
}

AqDense aq_declare_dense_scaled(AqDeclare *d, const char *prefix, const char *name,
                                int in, int out, double scale)
{
    char full[128];
    AqDense p;

    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    p.w = aq_declare(d, full, "weight", out, in, AQ_INIT_XAVIER, scale);
    p.b = aq_declare(d, full, "bias", 0, out, AQ_INIT_ZERO, 0);
    return p;
}

AqDense aq_declare_dense(AqDeclare *d, const char *prefix, const char *name, int in,
                         int out)
{
    return aq_declare_dense_scaled(d, prefix, name, in, out, 1);
}

AqTensor *aq_dense(AqNn *nn, AqTensor *x, const AqDense *p, AqAct act)
{
    return aq_linear(nn, x, p->w, p->b, act);
}

AqNorm aq_declare_norm(AqDeclare *d, const char *prefix, const char *name, int dim)
{
    char full[128];
    AqNorm p;

    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    p.gamma = aq_declare(d, full, "weight", 0, dim, AQ_INIT_ONE, 0);
    p.beta = aq_declare(d, full, "bias", 0, dim, AQ_INIT_ZERO, 0);
    return p;
}

AqTensor *aq_norm(AqNn *nn, AqTensor *x, const AqNorm *p)
{
    return aq_layernorm(nn, x, p->gamma, p->beta, AQ_R(NORM_EPS));
}

AqBatchNorm aq_declare_batch_norm(AqDeclare *d, const char *prefix, const char *name,
                                  int dim)
{
    const AqNorm n = aq_declare_norm(d, prefix, name, dim);
    AqBatchNorm p = {.gamma = n.gamma, .beta = n.beta};
    char full[128];

    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    p.mean = aq_declare(d, full, "running_mean", 0, dim, AQ_INIT_ZERO, 0);
    p.variance = aq_declare(d, full, "running_var", 0, dim, AQ_INIT_ONE, 0);
    return p;
}

AqHeads aq_declare_heads(AqDeclare *d, const char *prefix, const char *name, int dim,
                         int heads, double out)
{
    char full[128];
    AqHeads p = {.n = heads};

    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    p.q = aq_declare_dense(d, full, "query", dim, dim);
    p.k = aq_declare_dense(d, full, "key", dim, dim);
    p.v = aq_declare_dense(d, full, "value", dim, dim);
    p.o = aq_declare_dense_scaled(d, full, "out", dim, dim, out);
    return p;
}

AqTensor *aq_heads(AqNn *nn, AqTensor *q, AqTensor *kv, const AqHeads *p,
                   const AqReal *key_mask, AqTensor **weights_out)
{
    const int dim = p->q.w->dims[0];
    const AqAttention how = {.heads = p->n,
                             .scale = 1 / aq_sqrt((AqReal)dim / (AqReal)p->n),
                             .key_mask = key_mask,
                             .weights_out = weights_out};
    AqTensor *y = aq_attention(nn, aq_dense(nn, q, &p->q, AQ_ACT_NONE),
                               aq_dense(nn, kv, &p->k, AQ_ACT_NONE),
                               aq_dense(nn, kv, &p->v, AQ_ACT_NONE), &how);

    return aq_dense(nn, y, &p->o, AQ_ACT_NONE);
}

AqFeedForward aq_declare_feed_forward(AqDeclare *d, const char *prefix,
                                      const char *name, int dim, int width, double out)
{
    char full[128];
    AqFeedForward p;

    (void)snprintf(full, sizeof full, "%s.%s", prefix, name);
    p.in = aq_declare_dense(d, full, "in", dim, width);
    p.out = aq_declare_dense_scaled(d, full, "out", width, dim, out);
    return p;
}

AqTensor *aq_feed_forward(AqNn *nn, AqTensor *x, const AqFeedForward *p, AqReal dropout)
{
    AqTensor *y = aq_dense(nn, x, &p->in, AQ_ACT_GELU);

    y = aq_dropout(nn, y, dropout);
    return aq_dropout(nn, aq_dense(nn, y, &p->out, AQ_ACT_NONE), dropout);
}

AqReal *aq_constants(AqNn *nn, size_t n)
{
    AqTensor *t = aq_nn_tensor(nn, AQ_DIMS(n > 0 ? (int)n : 1));

    return t ? t->data : NULL;
}

/* An int is no larger than an AqReal; aq_nn_memory() makes the error sticky. */
int *aq_indices(AqNn *nn, size_t n)
{
    _Static_assert(sizeof(int) <= sizeof(AqReal), "indices fit where reals do");
    return (int *)(void *)aq_constants(nn, n);
}

AqTensor *aq_pick(AqNn *nn, AqTensor *x, const int *which, int n)
{
    int dims[AQ_MAX_DIMS];

    if (!x || !which)
        return x;
    const int inner = (int)aq_tensor_inner(x, 1);
    AqTensor *rows = aq_reshape(nn, x, AQ_DIMS(x->dims[0], inner));
    for (int k = 1; k < x->n_dims; k++)
        dims[k] = x->dims[k];
    dims[0] = n;
    return aq_reshape(nn, aq_gather_rows(nn, rows, which, n), x->n_dims, dims);
}

AqTensor *aq_repeat(AqNn *nn, AqTensor *x, int n)
{
    int dims[AQ_MAX_DIMS];

    if (!x)
        return NULL;
    int *which = aq_indices(nn, (size_t)n);
    if (!which)
        return NULL;
    for (int k = 0; k < n; k++)
        which[k] = 0;
    dims[0] = 1;
    for (int k = 0; k < x->n_dims; k++)
        dims[k + 1] = x->dims[k];
    return aq_pick(nn, aq_reshape(nn, x, x->n_dims + 1, dims), which, n);
}

AqTensor *aq_repeat_each(AqNn *nn, AqTensor *x, int n)
{
    if (!x || n == 1)
        return x;
    const int total = x->dims[0] * n;
    int *which = aq_indices(nn, (size_t)total);
    if (!which)
        return NULL;
    for (int k = 0; k < total; k++)
        which[k] = k / n;
    return aq_pick(nn, x, which, total);
}
