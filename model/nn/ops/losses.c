/* SPDX-License-Identifier: MIT */
/* Sums and losses: one value each. */
#include "model/nn/nn_priv.h"

#include <string.h>

static void sum_backward(AqNn *nn, AqRecord *r)
{
    const size_t n = aq_tensor_count(r->in[0]);

    (void)nn;
    for (size_t k = 0; k < n; k++)
        r->in[0]->grad[k] += r->y->grad[0];
}

AqTensor *aq_sum(AqNn *nn, AqTensor *x)
{
    AqTensor *y = x ? aq_nn_zeros(nn, AQ_DIMS(1)) : NULL;

    if (!y)
        return NULL;
    const size_t n = aq_tensor_count(x);
    double s = 0;
    for (size_t k = 0; k < n; k++)
        s += (double)x->data[k];
    y->data[0] = (AqReal)s;
    return AQ_RECORD(nn, "sum", y, sum_backward, NULL, x);
}

/* ---- cross-entropy ---- */

typedef struct Ce {
    AqReal *p;   /* (N,K) softmax */
    int *target; /* (N) */
    int n;       /* rows that count */
} Ce;

static void ce_backward(AqNn *nn, AqRecord *r)
{
    const Ce *c = r->more;
    AqTensor *x = r->in[0];
    const size_t K = (size_t)aq_cols(x), N = aq_rows(x);

    (void)nn;
    for (size_t i = 0; i < N; i++) {
        if (c->target[i] < 0)
            continue;
        const AqReal by = r->y->grad[0] / (AqReal)c->n;
        aq_kernels()->axpy(x->grad + i * K, by, c->p + i * K, K);
        x->grad[i * K + (size_t)c->target[i]] -= by;
    }
}

/* log(sum exp(x - most)) + most - x[target], which does not overflow */
static AqReal row_loss(const AqReal *x, size_t K, int target)
{
    AqReal most = x[0], sum = 0;

    for (size_t k = 1; k < K; k++)
        most = x[k] > most ? x[k] : most;
    for (size_t k = 0; k < K; k++)
        sum += aq_exp(x[k] - most);
    return aq_log1(sum) + most - x[target];
}

AqTensor *aq_cross_entropy(AqNn *nn, AqTensor *logits, const int *target)
{
    if (!logits)
        return NULL;
    const size_t K = (size_t)aq_cols(logits), N = aq_rows(logits);
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(1));
    Ce *c = aq_nn_memory(nn, 1, sizeof *c);
    AqReal *p = aq_nn_memory(nn, N * K, sizeof *p);
    int *copy = aq_nn_memory(nn, N, sizeof *copy);
    if (!y || !c || !p || !copy)
        return NULL;
    memcpy(copy, target, N * sizeof *copy);
    *c = (Ce){.p = p, .target = copy};
    AqReal sum = 0;
    for (size_t i = 0; i < N; i++) {
        if (target[i] >= (int)K)
            return aq_nn_misfit(nn, "cross_entropy", logits, NULL);
        if (target[i] < 0)
            continue;
        aq_kernels()->softmax(p + i * K, logits->data + i * K, K);
        sum += row_loss(logits->data + i * K, K, target[i]);
        c->n++;
    }
    y->data[0] = c->n ? sum / (AqReal)c->n : 0;
    return AQ_RECORD(nn, "cross_entropy", y, ce_backward, c, logits);
}

/* ---- losses of single values: each has a slope, which backward scales ---- */

typedef struct ValueSlopes {
    AqReal *slope; /* (N) d loss / d x */
} ValueSlopes;

static void slopes_backward(AqNn *nn, AqRecord *r)
{
    const ValueSlopes *b = r->more;

    (void)nn;
    aq_kernels()->axpy(r->in[0]->grad, r->y->grad[0], b->slope,
                       aq_tensor_count(r->in[0]));
}

/* A value, and zeroed slopes of each of x's; NULL without memory. */
static AqTensor *value_with_slopes(AqNn *nn, const AqTensor *x, ValueSlopes **out)
{
    AqTensor *y = aq_nn_zeros(nn, AQ_DIMS(1));
    ValueSlopes *b = *out = aq_nn_memory(nn, 1, sizeof *b);
    const size_t n = aq_tensor_count(x);

    if (!y || !b || !(b->slope = aq_nn_memory(nn, n, sizeof *b->slope)))
        return NULL;
    memset(b->slope, 0, n * sizeof *b->slope);
    return y;
}

/* ---- binary cross-entropy ---- */

AqTensor *aq_bce(AqNn *nn, AqTensor *logits, const AqReal *target, const AqReal *weight)
{
    if (!logits)
        return NULL;
    const size_t N = aq_tensor_count(logits);
    ValueSlopes *b;
    AqTensor *y = value_with_slopes(nn, logits, &b);
    AqReal sum = 0, all = 0;

    if (!y)
        return NULL;
    for (size_t i = 0; i < N; i++)
        all += weight ? weight[i] : 1;
    for (size_t i = 0; i < N; i++) {
        const AqReal w = all > 0 ? (weight ? weight[i] : 1) / all : 0;
        const AqReal x = logits->data[i], t = target[i];
        const AqReal e = aq_exp(-aq_fabs(x)); /* softplus without overflow */

        b->slope[i] = w * ((x >= 0 ? 1 / (1 + e) : e / (1 + e)) - t);
        if (w > 0)
            sum += w * (aq_fmax(x, 0) - x * t + aq_log1(1 + e));
    }
    y->data[0] = sum;
    return AQ_RECORD(nn, "bce", y, slopes_backward, b, logits);
}

/* ---- hinge, squared error ---- */

/* The right row of the group at [from, to); -1: none, or the rows are left out. */
static int right_of_group(const int *group, const int *right, int from, int to)
{
    for (int i = from; group[from] >= 0 && i < to; i++)
        if (right[i] == 1)
            return i;
    return -1;
}

/* Adds a group's loss, and its slopes without the mean's factor. */
static AqReal group_hinge(const AqReal *x, int from, int to, int right, AqReal *slope)
{
    AqReal sum = 0;

    for (int i = from; i < to; i++) {
        const AqReal over = 1 + x[i] - x[right];

        if (i == right || over <= 0)
            continue;
        sum += over;
        slope[i] += 1;
        slope[right] -= 1;
    }
    return sum;
}

AqTensor *aq_hinge(AqNn *nn, AqTensor *x, const int *group, const int *right)
{
    ValueSlopes *b;
    AqTensor *y = x ? value_with_slopes(nn, x, &b) : NULL;
    AqReal sum = 0;
    int n_groups = 0;

    if (!y)
        return NULL;
    const int N = (int)aq_tensor_count(x);
    for (int from = 0, to; from < N; from = to) {
        for (to = from + 1; to < N && group[to] == group[from];)
            to++;
        const int at = right_of_group(group, right, from, to);
        if (at < 0)
            continue;
        sum += group_hinge(x->data, from, to, at, b->slope);
        n_groups++;
    }
    const AqReal by = n_groups ? 1 / (AqReal)n_groups : 0;
    for (int i = 0; i < N; i++)
        b->slope[i] *= by;
    y->data[0] = sum * by;
    return AQ_RECORD(nn, "hinge", y, slopes_backward, b, x);
}

AqTensor *aq_squared_error(AqNn *nn, AqTensor *x, const AqReal *target,
                           const AqReal *keep)
{
    ValueSlopes *b;
    AqTensor *y = x ? value_with_slopes(nn, x, &b) : NULL;
    AqReal sum = 0, n = 0;

    if (!y)
        return NULL;
    const size_t N = aq_tensor_count(x);
    for (size_t i = 0; i < N; i++)
        n += keep[i] > 0;
    for (size_t i = 0; i < N; i++) {
        const AqReal off = x->data[i] - target[i];

        if (keep[i] <= 0)
            continue;
        sum += off * off / n;
        b->slope[i] = 2 * off / n;
    }
    y->data[0] = sum;
    return AQ_RECORD(nn, "squared_error", y, slopes_backward, b, x);
}
