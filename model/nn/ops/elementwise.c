/* SPDX-License-Identifier: MIT */
/* Sums, products, factors, activations and dropout, value by value. */
#include "model/nn/nn_priv.h"

#include <string.h>

/* ---- activations ---- */

static void act_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *y = r->y;
    const AqAct act = *(AqAct *)r->more;
    const size_t n = aq_tensor_count(x);

    (void)nn;
    if (act == AQ_ACT_GELU) {
        aq_kernels()->gelu_back(x->grad, x->data, y->grad, n);
        return;
    }
    for (size_t k = 0; k < n; k++) {
        const AqReal v = y->data[k];
        const AqReal d = act == AQ_ACT_RELU      ? (AqReal)(v > 0)
                         : act == AQ_ACT_TANH    ? 1 - v * v
                         : act == AQ_ACT_SIGMOID ? v * (1 - v)
                                                 : AQ_R(1);
        x->grad[k] += y->grad[k] * d;
    }
}

AqTensor *aq_act(AqNn *nn, AqTensor *x, AqAct act)
{
    if (!x || act == AQ_ACT_NONE)
        return x;
    AqTensor *y = aq_nn_like(nn, x);
    AqAct *more = aq_nn_memory(nn, 1, sizeof *more);
    if (!y || !more)
        return NULL;
    const AqKernels *k = aq_kernels();
    const size_t n = aq_tensor_count(x);
    *more = act;
    if (act == AQ_ACT_GELU)
        k->gelu(y->data, x->data, n);
    else if (act == AQ_ACT_TANH)
        k->tanh(y->data, x->data, n);
    else if (act == AQ_ACT_SIGMOID)
        k->sigmoid(y->data, x->data, n);
    else
        for (size_t i = 0; i < n; i++)
            y->data[i] = x->data[i] < 0 ? 0 : x->data[i];
    return AQ_RECORD(nn, "act", y, act_backward, more, x);
}

static void exp_backward(AqNn *nn, AqRecord *r)
{
    const size_t n = aq_tensor_count(r->y);

    (void)nn;
    for (size_t k = 0; k < n; k++)
        r->in[0]->grad[k] += r->y->grad[k] * r->y->data[k];
}

AqTensor *aq_exp_op(AqNn *nn, AqTensor *x)
{
    AqTensor *y = x ? aq_nn_like(nn, x) : NULL;

    if (!y)
        return NULL;
    aq_kernels()->exp(y->data, x->data, aq_tensor_count(x));
    return AQ_RECORD(nn, "exp", y, exp_backward, NULL, x);
}

/* ---- two tensors, the second repeated over the first's leading dimensions ---- */

static int is_tail(const AqTensor *x, const AqTensor *b)
{
    const int skip = x->n_dims - b->n_dims;

    for (int k = 0; k < b->n_dims; k++)
        if (skip < 0 || x->dims[skip + k] != b->dims[k])
            return 0;
    return 1;
}

static void add_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *b = r->in[1];
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);

    (void)nn;
    if (aq_grad(x))
        aq_kernels()->add(x->grad, r->y->grad, n);
    for (size_t at = 0; aq_grad(b) && at < n; at += nb)
        aq_kernels()->add(b->grad, r->y->grad + at, nb);
}

AqTensor *aq_add(AqNn *nn, AqTensor *x, AqTensor *b)
{
    if (!x || !b)
        return NULL;
    if (!is_tail(x, b))
        return aq_nn_misfit(nn, "add", x, b);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    memcpy(y->data, x->data, n * sizeof(AqReal));
    for (size_t at = 0; at < n; at += nb)
        aq_kernels()->add(y->data + at, b->data, nb);
    return AQ_RECORD(nn, "add", y, add_backward, NULL, x, b);
}

static void mul_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *b = r->in[1];
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    const AqReal *dy = r->y->grad;

    (void)nn;
    for (size_t at = 0; at < n; at += nb)
        for (size_t k = 0; k < nb; k++) {
            if (aq_grad(x))
                x->grad[at + k] += dy[at + k] * b->data[k];
            if (aq_grad(b))
                b->grad[k] += dy[at + k] * x->data[at + k];
        }
}

AqTensor *aq_mul(AqNn *nn, AqTensor *x, AqTensor *b)
{
    if (!x || !b)
        return NULL;
    if (!is_tail(x, b))
        return aq_nn_misfit(nn, "mul", x, b);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x), nb = aq_tensor_count(b);
    for (size_t at = 0; at < n; at += nb)
        for (size_t k = 0; k < nb; k++)
            y->data[at + k] = x->data[at + k] * b->data[k];
    return AQ_RECORD(nn, "mul", y, mul_backward, NULL, x, b);
}

static void scale_rows_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *s = r->in[1];
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    const AqKernels *k = aq_kernels();

    (void)nn;
    for (size_t i = 0; i < rows; i++) {
        if (aq_grad(x))
            k->axpy(x->grad + i * D, s->data[i], r->y->grad + i * D, D);
        if (aq_grad(s))
            s->grad[i] += k->dot(r->y->grad + i * D, x->data + i * D, D);
    }
}

AqTensor *aq_scale_rows(AqNn *nn, AqTensor *x, AqTensor *s)
{
    if (!x || !s)
        return NULL;
    if (aq_tensor_count(s) != aq_rows(x))
        return aq_nn_misfit(nn, "scale_rows", x, s);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < D; k++)
            y->data[i * D + k] = x->data[i * D + k] * s->data[i];
    return AQ_RECORD(nn, "scale_rows", y, scale_rows_backward, NULL, x, s);
}

/* ---- one factor ---- */

static void scale_backward(AqNn *nn, AqRecord *r)
{
    (void)nn;
    aq_kernels()->axpy(r->in[0]->grad, *(AqReal *)r->more, r->y->grad,
                       aq_tensor_count(r->y));
}

AqTensor *aq_scale(AqNn *nn, AqTensor *x, AqReal factor)
{
    AqTensor *y = x ? aq_nn_like(nn, x) : NULL;
    AqReal *more = y ? aq_nn_memory(nn, 1, sizeof *more) : NULL;

    if (!more)
        return NULL;
    *more = factor;
    const size_t n = aq_tensor_count(x);
    for (size_t k = 0; k < n; k++)
        y->data[k] = factor * x->data[k];
    return AQ_RECORD(nn, "scale", y, scale_backward, more, x);
}

static void scale_by_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *s = r->in[1];
    const size_t n = aq_tensor_count(x);
    double sum = 0; /* of many terms that all but cancel: single precision loses it */

    (void)nn;
    if (aq_grad(x))
        aq_kernels()->axpy(x->grad, s->data[0], r->y->grad, n);
    for (size_t k = 0; aq_grad(s) && k < n; k++)
        sum += (double)r->y->grad[k] * (double)x->data[k];
    if (aq_grad(s))
        s->grad[0] += (AqReal)sum;
}

AqTensor *aq_scale_by(AqNn *nn, AqTensor *x, AqTensor *s)
{
    if (!x || !s)
        return NULL;
    if (aq_tensor_count(s) != 1)
        return aq_nn_misfit(nn, "scale_by", x, s);
    AqTensor *y = aq_nn_like(nn, x);
    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x);
    for (size_t k = 0; k < n; k++)
        y->data[k] = s->data[0] * x->data[k];
    return AQ_RECORD(nn, "scale_by", y, scale_by_backward, NULL, x, s);
}

/* ---- dropout (Srivastava et al., 2014) ---- */

static void dropout_backward(AqNn *nn, AqRecord *r)
{
    const AqReal *factor = r->more;
    const size_t n = aq_tensor_count(r->y);

    (void)nn;
    for (size_t k = 0; k < n; k++)
        r->in[0]->grad[k] += r->y->grad[k] * factor[k];
}

AqTensor *aq_dropout(AqNn *nn, AqTensor *x, AqReal p)
{
    if (!x || !aq_nn_training(nn) || p <= 0)
        return x;
    const size_t n = aq_tensor_count(x);
    AqTensor *y = aq_nn_like(nn, x);
    AqReal *factor = aq_nn_memory(nn, n, sizeof *factor);
    if (!y || !factor)
        return NULL;
    const AqReal kept = AQ_R(1) / (1 - p);
    const uint64_t below = (uint64_t)((double)p * 65536); /* of 16 random bits */
    AqRng rng = nn->rng;
    for (size_t k = 0; k < n;) {
        uint64_t bits = aq_rng_u64(&rng);

        for (int lane = 0; lane < 4 && k < n; lane++, k++, bits >>= 16) {
            factor[k] = (bits & 0xffff) < below ? 0 : kept;
            y->data[k] = x->data[k] * factor[k];
        }
    }
    nn->rng = rng;
    return AQ_RECORD(nn, "dropout", y, dropout_backward, factor, x);
}
