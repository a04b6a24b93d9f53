/* SPDX-License-Identifier: MIT */
/* y = act(x w^T + b). GELU keeps its argument while recording; the others' derivatives
 * follow from y. */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"
#include "model/nn/row_tiles_priv.h"

#include <string.h>

typedef struct Epilogue {
    AqReal *y;
    const AqReal *b;
    size_t M;
    AqAct act;
} Epilogue;

static void finish_rows(void *arg, size_t from, size_t to)
{
    const Epilogue *e = arg;

    for (size_t r = from; r < to; r++)
        aq_finish_row(e->y + r * e->M, e->b, e->M, e->act);
}

/* dy through the activation: dz = dy * act'(z), from y. */
static AqReal *before_act(AqNn *nn, const AqTensor *y, AqAct act)
{
    const size_t n = aq_tensor_count(y);
    AqReal *dz = act == AQ_ACT_NONE ? y->grad : aq_nn_memory(nn, n, sizeof *dz);

    if (!dz || act == AQ_ACT_NONE)
        return dz;
    for (size_t k = 0; k < n; k++)
        dz[k] = y->grad[k] * aq_act_slope(act, y->data[k]);
    return dz;
}

/* The weights' gradient sums over all rows. Split by rows, each piece packs its rows
 * once; split by weights, each would pack all rows again. The pieces' sums (M,K), each
 * followed by the bias's (M), are added up afterwards, in order. */
enum { ROWS_A_PIECE = 512, MOST_PIECES = 16 };

typedef struct Pieces {
    const AqReal *dz, *x; /* (N,M), (N,K) */
    AqReal *dw, *db;      /* the first piece adds to these; db may be NULL */
    AqReal *sums;         /* (n-1, M*K + M) of the others */
    size_t N, M, K, n;
} Pieces;

static void sum_bias_rows(AqReal *sum, const AqReal *rows, size_t n, size_t M)
{
    const AqKernels *k = aq_kernels();

    for (size_t r = 0; r < n; r++)
        k->add(sum, rows + r * M, M);
}

static void one_piece(void *arg, int task)
{
    const Pieces *p = arg;
    const size_t k = (size_t)task, from = p->N * k / p->n, to = p->N * (k + 1) / p->n;
    const size_t M = p->M, K = p->K;
    AqReal *dw = k ? p->sums + (k - 1) * (M * K + M) : p->dw;
    AqReal *db = k ? dw + M * K : p->db;

    aq_gemm(dw, (int)K, p->dz + from * M, (int)M, AQ_T, p->x + from * K, (int)K, AQ_N,
            (int)M, (int)K, (int)(to - from), 1, k ? 0 : 1);
    if (k)
        memset(db, 0, M * sizeof *db);
    if (p->db)
        sum_bias_rows(db, p->dz + from * M, to - from, M);
}

static void add_partial_sums(void *arg, size_t from, size_t to)
{
    const Pieces *p = arg;

    for (size_t k = 1; k < p->n; k++)
        aq_kernels()->add(p->dw + from, p->sums + (k - 1) * (p->M * p->K + p->M) + from,
                          to - from);
}

/* dw (M,K) += dz^T (M,N) x (N,K), and db (M) += dz's rows */
static void weights_backward(AqNn *nn, Pieces *p)
{
    const AqArenaMark mark = aq_nn_mark(nn);
    const size_t n = p->N / ROWS_A_PIECE, weights = p->M * p->K;

    p->n = n > MOST_PIECES ? MOST_PIECES : n;
    if (p->n < 2) {
        aq_gemm_par(nn->exec, p->dw, p->dz, AQ_T, p->x, AQ_N, (int)p->M, (int)p->K,
                    (int)p->N, 1, 1);
        if (p->db)
            sum_bias_rows(p->db, p->dz, p->N, p->M);
        return;
    }
    p->sums = aq_nn_memory(nn, (p->n - 1) * (weights + p->M), sizeof(AqReal));
    if (!p->sums)
        return;
    aq_executor_run(nn->exec, one_piece, p, (int)p->n);
    aq_parallel(nn->exec, weights, AQ_NN_GRAIN, add_partial_sums, p);
    for (size_t k = 1; p->db && k < p->n; k++)
        sum_bias_rows(p->db, p->sums + k * (weights + p->M) - p->M, 1, p->M);
    aq_arena_rewind(nn->arena, mark);
}

static void linear_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *x = r->in[0], *w = r->in[1], *b = r->in[2];
    const int N = (int)aq_rows(x), K = aq_cols(x), M = aq_cols(r->y);
    const AqReal *dz = before_act(nn, r->y, *(AqAct *)r->more);

    if (!dz)
        return;
    if (aq_grad(x)) /* dx (N,K) = or += dz (N,M) w (M,K) */
        aq_gemm_par(nn->exec, x->grad, dz, AQ_N, w->data, AQ_N, N, K, M, 1,
                    aq_fresh(r, 0) ? 0 : 1);
    if (aq_grad(w))
        weights_backward(nn, &(Pieces){.dz = dz,
                                       .x = x->data,
                                       .dw = w->grad,
                                       .db = aq_grad(b),
                                       .N = (size_t)N,
                                       .M = (size_t)M,
                                       .K = (size_t)K});
    else if (aq_grad(b))
        sum_bias_rows(b->grad, dz, (size_t)N, (size_t)M);
}

AqTensor *aq_linear(AqNn *nn, AqTensor *x, AqTensor *w, AqTensor *b, AqAct act)
{
    if (!x || !w)
        return NULL;
    const int K = aq_cols(x), M = w->dims[0];
    if (w->n_dims != 2 || w->dims[1] != K || (b && aq_tensor_count(b) != (size_t)M))
        return aq_nn_misfit(nn, "linear", x, w);
    if (!w->data && aq_nn_recording(nn))
        return aq_nn_fault(nn, aq_fail(AQ_ERR_USAGE, "a matrix that is in a file is to "
                                                     "be trained"));
    if (aq_act_keeps_input(act) && aq_nn_recording(nn))
        return aq_act(nn, aq_linear(nn, x, w, b, AQ_ACT_NONE), act);
    if (w->frozen && !aq_nn_recording(nn))
        return aq_row_tiles(
            nn, x, &(AqRowStep){.kind = AQ_ROW_LINEAR, .w = w, .b = b, .act = act}, 1);
    int dims[AQ_MAX_DIMS];
    memcpy(dims, x->dims, sizeof dims);
    dims[x->n_dims - 1] = M;
    AqTensor *y = aq_nn_tensor(nn, x->n_dims, dims);
    AqAct *how = aq_nn_memory(nn, 1, sizeof *how);
    if (!y || !how)
        return NULL;
    *how = act;
    const size_t rows = aq_rows(x);
    aq_gemm_par(nn->exec, y->data, x->data, AQ_N, w->data, AQ_T, (int)rows, M, K, 1, 0);
    Epilogue e = {.y = y->data, .b = b ? b->data : NULL, .M = (size_t)M, .act = act};
    if (b || act != AQ_ACT_NONE)
        aq_parallel(nn->exec, rows, AQ_NN_GRAIN / (size_t)M + 1, finish_rows, &e);
    return aq_nn_writes(nn, AQ_RECORD(nn, "linear", y, linear_backward, how, x, w, b),
                        1);
}
