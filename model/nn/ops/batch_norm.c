/* SPDX-License-Identifier: MIT */
/*
 * Batch normalisation (Ioffe and Szegedy, 2015). With u = (x - mean) * r, where
 * r = 1 / sqrt(variance + eps) depends on the n rows kept, and g = dy * gamma:
 *     dx = r (g - keep / n * (sum of g + u * sum of g u))
 * over all rows, as each of them was normalised. With running statistics, dx = r g.
 */
#include "model/nn/nn_priv.h"

#include <string.h>

typedef struct BatchNorm {
    size_t N, D, n; /* n: rows kept; 0: the running statistics were used */
    AqReal *u;      /* (N,D) */
    AqReal *r;      /* (D) */
    AqReal *keep;   /* (N) or NULL */
} BatchNorm;

static int keeps_row(const AqReal *keep, size_t i)
{
    return !keep || keep[i] != 0;
}

/* What a column's values give together; dx NULL: not wanted. */
static void column_backward(const BatchNorm *b, size_t j, const AqRecord *r)
{
    const AqReal *dy = r->y->grad, gamma = r->in[1]->data[j];
    AqReal *dx = aq_grad(r->in[0]), *dgamma = aq_grad(r->in[1]),
           *dbeta = aq_grad(r->in[2]);
    double sum = 0, with_u = 0;

    for (size_t i = 0; i < b->N; i++) {
        sum += (double)dy[i * b->D + j];
        with_u += (double)dy[i * b->D + j] * (double)b->u[i * b->D + j];
    }
    if (dgamma)
        dgamma[j] += (AqReal)with_u;
    if (dbeta)
        dbeta[j] += (AqReal)sum;
    for (size_t i = 0; dx && i < b->N; i++) {
        const size_t k = i * b->D + j;
        AqReal g = dy[k];

        if (b->n > 0 && keeps_row(b->keep, i))
            g -= ((AqReal)sum + b->u[k] * (AqReal)with_u) / (AqReal)b->n;
        dx[k] += b->r[j] * gamma * g;
    }
}

static void batchnorm_backward(AqNn *nn, AqRecord *r)
{
    const BatchNorm *b = r->more;

    (void)nn;
    for (size_t j = 0; j < b->D; j++)
        column_backward(b, j, r);
}

/* Mean and variance of column j over the rows kept. */
static void column_statistics(const BatchNorm *b, const AqReal *x, size_t j,
                              double *mean, double *variance)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < b->N; i++)
        if (keeps_row(b->keep, i))
            sum += (double)x[i * b->D + j];
    *mean = sum / (double)b->n;
    for (size_t i = 0; i < b->N; i++) {
        const double d = (double)x[i * b->D + j] - *mean;

        if (keeps_row(b->keep, i))
            squares += d * d;
    }
    *variance = squares / (double)b->n;
}

static void move_towards(AqReal *running, double now, AqReal momentum)
{
    *running = (1 - momentum) * *running + momentum * (AqReal)now;
}

/* A column of y and u; the running statistics move if the batch has its own. */
static void normalise_column(BatchNorm *b, AqReal *y, const AqReal *x, size_t j,
                             const AqBatchNorm *p, AqReal momentum, AqReal eps)
{
    double mean = (double)p->mean->data[j], variance = (double)p->variance->data[j];

    if (b->n > 0) {
        column_statistics(b, x, j, &mean, &variance);
        move_towards(&p->mean->data[j], mean, momentum);
        move_towards(&p->variance->data[j],
                     variance * (double)b->n / (double)(b->n - 1), momentum);
    }
    b->r[j] = 1 / aq_sqrt((AqReal)variance + eps);
    for (size_t i = 0; i < b->N; i++) {
        const size_t k = i * b->D + j;

        b->u[k] = (x[k] - (AqReal)mean) * b->r[j];
        y[k] = b->u[k] * p->gamma->data[j] + p->beta->data[j];
    }
}

static size_t count_kept(const AqReal *keep, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        kept += (size_t)keeps_row(keep, i);
    return kept;
}

AqTensor *aq_batchnorm(AqNn *nn, AqTensor *x, const AqBatchNorm *p, const AqReal *keep,
                       AqReal momentum, AqReal eps)
{
    if (!x || !p->gamma || !p->beta || !p->mean || !p->variance)
        return NULL;
    const size_t N = aq_rows(x), D = (size_t)aq_cols(x);
    if (aq_tensor_count(p->gamma) != D || aq_tensor_count(p->beta) != D ||
        aq_tensor_count(p->mean) != D || aq_tensor_count(p->variance) != D)
        return aq_nn_misfit(nn, "batchnorm", x, p->gamma);
    AqTensor *y = aq_nn_like(nn, x);
    BatchNorm *b = aq_nn_memory(nn, 1, sizeof *b);
    AqReal *u = aq_nn_memory(nn, N * D + D + N, sizeof *u);
    if (!y || !b || !u)
        return NULL;
    *b = (BatchNorm){.N = N, .D = D, .u = u, .r = u + N * D};
    if (keep) {
        b->keep = u + N * D + D;
        memcpy(b->keep, keep, N * sizeof *keep);
    }
    const size_t kept = count_kept(keep, N);
    b->n = aq_nn_training(nn) && kept > 1 ? kept : 0;
    for (size_t j = 0; j < D; j++)
        normalise_column(b, y->data, x->data, j, p, momentum, eps);
    return AQ_RECORD(nn, "batchnorm", y, batchnorm_backward, b, x, p->gamma, p->beta);
}
