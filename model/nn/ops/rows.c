/* SPDX-License-Identifier: MIT */
/* Operations on each row by itself: layer norm, RMS norm, unit length, softmax; and row
 * look-up. */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"

#include <string.h>

/* ---- layer norm, and RMS norm ---- */

typedef struct Norm {
    const AqReal *x, *gamma, *beta; /* beta: NULL for RMS norm */
    AqReal *y, *mean, *rstd;
    AqReal eps;
    size_t D;
    const AqKernels *k;
} Norm;

static void norm_rows(void *arg, size_t from, size_t to)
{
    const Norm *n = arg;

    for (size_t r = from; r < to; r++) {
        AqReal *y = n->y + r * n->D;
        const AqReal *x = n->x + r * n->D;

        if (n->beta)
            n->k->layernorm(y, x, n->gamma, n->beta, n->eps, n->D, &n->mean[r],
                            &n->rstd[r]);
        else
            n->k->rmsnorm(y, x, n->gamma, n->eps, n->D, &n->rstd[r]);
    }
}

typedef struct NormBack {
    const Norm *of;
    const AqReal *dy;
    AqReal *dx;   /* NULL: not wanted */
    AqReal *sums; /* (n_tasks,3D): of dgamma and dbeta, and an unwanted dx */
    size_t rows, n_tasks;
    int add;
} NormBack;

static void norm_rows_back(void *arg, int task)
{
    const NormBack *b = arg;
    const Norm *n = b->of;
    const size_t D = n->D, k = (size_t)task;
    AqReal *sums = b->sums + k * 3 * D;

    memset(sums, 0, 2 * D * sizeof *sums);
    for (size_t r = b->rows * k / b->n_tasks; r < b->rows * (k + 1) / b->n_tasks; r++) {
        AqReal *dx = b->dx ? b->dx + r * D : sums + 2 * D;
        const AqReal *dy = b->dy + r * D, *x = n->x + r * D;

        if (n->beta)
            n->k->layernorm_back(dx, sums, sums + D, dy, x, n->gamma, n->mean[r],
                                 n->rstd[r], D, b->dx && b->add);
        else
            n->k->rmsnorm_back(dx, sums, dy, x, n->gamma, n->rstd[r], D,
                               b->dx && b->add);
    }
}

static void norm_backward(AqNn *nn, AqRecord *r)
{
    enum { MOST_TASKS = 64 };
    AqReal *dgamma = aq_grad(r->in[1]), *dbeta = aq_grad(r->in[2]);
    const Norm *n = r->more;
    const size_t D = n->D, cut = aq_rows(r->y) * D / AQ_NN_GRAIN + 1;
    NormBack b = {.of = n,
                  .dy = r->y->grad,
                  .dx = aq_grad(r->in[0]),
                  .rows = aq_rows(r->y),
                  .n_tasks = cut < MOST_TASKS ? cut : MOST_TASKS};

    b.add = b.dx != b.dy;
    b.sums = aq_nn_memory(nn, b.n_tasks * 3 * D, sizeof(AqReal));
    if (!b.sums)
        return;
    aq_executor_run(nn->exec, norm_rows_back, &b, (int)b.n_tasks);
    for (size_t k = 0; k < b.n_tasks; k++) {
        if (dgamma)
            n->k->add(dgamma, b.sums + k * 3 * D, D);
        if (dbeta)
            n->k->add(dbeta, b.sums + k * 3 * D + D, D);
    }
}

/* beta NULL: RMS norm */
static AqTensor *normalise_rows(AqNn *nn, const char *name, AqTensor *x,
                                AqTensor *gamma, AqTensor *beta, AqReal eps)
{
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);

    if (aq_tensor_count(gamma) != D || (beta && aq_tensor_count(beta) != D))
        return aq_nn_misfit(nn, name, x, gamma);
    AqTensor *y = aq_nn_like(nn, x);
    Norm *n = aq_nn_memory(nn, 1, sizeof *n);
    AqReal *stats = aq_nn_memory(nn, 2 * rows, sizeof *stats);
    if (!y || !n || !stats)
        return NULL;
    *n = (Norm){.x = x->data,
                .gamma = gamma->data,
                .beta = beta ? beta->data : NULL,
                .y = y->data,
                .mean = stats,
                .rstd = stats + rows,
                .eps = eps,
                .D = D,
                .k = aq_kernels()};
    aq_parallel(nn->exec, rows, AQ_NN_GRAIN / D + 1, norm_rows, n);
    return aq_nn_in_place(nn, AQ_RECORD(nn, name, y, norm_backward, n, x, gamma, beta));
}

AqTensor *aq_layernorm(AqNn *nn, AqTensor *x, AqTensor *gamma, AqTensor *beta,
                       AqReal eps)
{
    return x && gamma && beta ? normalise_rows(nn, "layernorm", x, gamma, beta, eps)
                              : NULL;
}

AqTensor *aq_rmsnorm(AqNn *nn, AqTensor *x, AqTensor *gamma, AqReal eps)
{
    return x && gamma ? normalise_rows(nn, "rmsnorm", x, gamma, NULL, eps) : NULL;
}

/* ---- unit length ---- */

static void l2_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *y = r->y;
    const AqReal *norm = r->more; /* negative if eps was used instead */
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);

    (void)nn;
    for (size_t i = 0; i < rows; i++) {
        const AqReal *dy = y->grad + i * D, *yi = y->data + i * D;
        const AqReal s = norm[i] > 0 ? aq_kernels()->dot(dy, yi, D) : 0;
        const AqReal by = 1 / aq_fabs(norm[i]);

        for (size_t k = 0; k < D; k++)
            x->grad[i * D + k] += (dy[k] - s * yi[k]) * by;
    }
}

AqTensor *aq_l2_normalise(AqNn *nn, AqTensor *x, AqReal eps)
{
    if (!x)
        return NULL;
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    AqTensor *y = aq_nn_like(nn, x);
    AqReal *norm = aq_nn_memory(nn, rows, sizeof *norm);
    if (!y || !norm)
        return NULL;
    for (size_t i = 0; i < rows; i++) {
        const AqReal *xi = x->data + i * D;
        const AqReal len = aq_sqrt(aq_kernels()->dot(xi, xi, D));

        norm[i] = len <= eps ? -eps : len; /* NaN stays NaN */
        for (size_t k = 0; k < D; k++)
            y->data[i * D + k] = xi[k] / aq_fabs(norm[i]);
    }
    return AQ_RECORD(nn, "l2_normalise", y, l2_backward, norm, x);
}

/* ---- softmax ---- */

static void softmax_backward(AqNn *nn, AqRecord *r)
{
    const size_t D = (size_t)aq_cols(r->y), rows = aq_rows(r->y);

    (void)nn;
    for (size_t i = 0; i < rows; i++) {
        const AqReal *dy = r->y->grad + i * D, *y = r->y->data + i * D;
        const AqReal s = aq_kernels()->dot(dy, y, D);

        for (size_t k = 0; k < D; k++)
            r->in[0]->grad[i * D + k] += y[k] * (dy[k] - s);
    }
}

AqTensor *aq_softmax(AqNn *nn, AqTensor *x, const AqReal *keep, size_t n_keep)
{
    AqTensor *y = x ? aq_nn_like(nn, x) : NULL;

    if (!y)
        return NULL;
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    if (keep && (n_keep == 0 || n_keep % D != 0))
        return aq_nn_misfit(nn, "softmax", x, NULL);
    for (size_t i = 0; i < rows; i++) {
        if (keep)
            aq_softmax_kept(y->data + i * D, x->data + i * D, keep + i * D % n_keep, D);
        else
            aq_kernels()->softmax(y->data + i * D, x->data + i * D, D);
    }
    return AQ_RECORD(nn, "softmax", y, softmax_backward, NULL, x);
}

/* ---- rows by index ---- */

typedef struct GatherRows {
    const AqReal *x;
    AqReal *y;
    int *index;
    size_t D;
} GatherRows;

static void copy_gathered_rows(void *arg, size_t from, size_t to)
{
    const GatherRows *g = arg;

    for (size_t r = from; r < to; r++) {
        if (g->index[r] < 0)
            memset(g->y + r * g->D, 0, g->D * sizeof *g->y);
        else
            memcpy(g->y + r * g->D, g->x + (size_t)g->index[r] * g->D,
                   g->D * sizeof *g->y);
    }
}

static void gather_backward(AqNn *nn, AqRecord *r)
{
    const GatherRows *g = r->more;
    const size_t rows = aq_rows(r->y);

    (void)nn;
    for (size_t i = 0; i < rows; i++)
        if (g->index[i] >= 0)
            aq_kernels()->add(r->in[0]->grad + (size_t)g->index[i] * g->D,
                              r->y->grad + i * g->D, g->D);
}

AqTensor *aq_gather_rows(AqNn *nn, AqTensor *x, const int *index, int n_index)
{
    if (!x)
        return NULL;
    const size_t D = (size_t)aq_cols(x), rows = aq_rows(x);
    for (int k = 0; k < n_index; k++)
        if (index[k] < -1 || (index[k] >= 0 && (size_t)index[k] >= rows))
            return aq_nn_misfit(nn, "gather_rows", x, NULL);
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(n_index, (int)D));
    GatherRows *g = aq_nn_memory(nn, 1, sizeof *g);
    int *copy = aq_nn_memory(nn, (size_t)n_index, sizeof *copy);
    if (!y || !g || !copy)
        return NULL;
    memcpy(copy, index, (size_t)n_index * sizeof *copy);
    *g = (GatherRows){.x = x->data, .y = y->data, .index = copy, .D = D};
    aq_parallel(nn->exec, (size_t)n_index, AQ_NN_GRAIN / D + 1, copy_gathered_rows, g);
    return AQ_RECORD(nn, "gather_rows", y, gather_backward, g, x);
}
