/* SPDX-License-Identifier: MIT */
/*
 * Scaled dot-product attention, group by group and head by head: logits, softmax and
 * the weighted sum together. The heads of q, k and v are columns of wider rows,
 * addressed by stride, so nothing is copied. Recording keeps the weights; otherwise
 * they exist only while some queries of their head are computed, as many as fit the
 * cache: with thousands of tokens, a head's would be tens of megabytes.
 */
#include "model/nn/act_priv.h"
#include "model/nn/nn_priv.h"

#include <string.h>

enum { TASKS = 16, CACHED_WEIGHTS = 1 << 18, MOST_QUERIES = 256 };

typedef struct Att {
    int G, N, M, D, heads, hs; /* hs: head size */
    int sq, skv;               /* row strides of q and y, of k and v */
    AqReal *q, *k, *v;         /* group g at g * N * sq, g * M * skv */
    AqReal *dq, *dk, *dv;      /* same offsets; NULL if not wanted */
    AqReal *y;                 /* (G,N,D) */
    const AqReal *dy;
    AqReal scale;
    const AqTensor *bias; /* (heads,N,M) */
    const AqReal *mask, *key_mask;
    int n_masks;
    AqReal *p; /* kept weights (G,heads,N,M), or scratch (tasks,queries,M) */
    int p_is_scratch;
    int queries; /* of a head at once */
    int tasks;
    AqReal keep_q, keep_k, keep_v; /* backward: 1 adds to dq, dk, dv; 0 writes them */
    AqReal *scratch;               /* backward: (back_tasks,N,M) */
    int back_tasks;
    const AqKernels *kern;
} Att;

/* Adds bias and mask to the logits p (n,M) of queries from `first` on. */
static void add_logits(const Att *a, AqReal *p, int g, int h, int first, int n)
{
    const size_t nm = (size_t)a->N * (size_t)a->M, some = (size_t)n * (size_t)a->M,
                 at = (size_t)first * (size_t)a->M;

    if (a->bias)
        a->kern->add(p, a->bias->data + (size_t)h * nm + at, some);
    if (a->mask)
        a->kern->add(p, a->mask + (size_t)(g % a->n_masks) * nm + at, some);
}

static int all_kept(const AqReal *keep, int n)
{
    for (int m = 0; m < n; m++)
        if (keep[m] == 0)
            return 0;
    return 1;
}

/* n queries of a head, from `first` on; p (n,M) receives their weights. */
static void some_queries(const Att *a, AqReal *p, int g, int h, int first, int n)
{
    const size_t at = (size_t)h * (size_t)a->hs,
                 row = (size_t)g * (size_t)a->N + (size_t)first;
    const AqReal *q = a->q + row * (size_t)a->sq + at;
    const AqReal *k = a->k + (size_t)g * (size_t)a->M * (size_t)a->skv + at;
    const AqReal *v = a->v + (size_t)g * (size_t)a->M * (size_t)a->skv + at;
    const AqReal *keep = a->key_mask ? a->key_mask + (size_t)g * (size_t)a->M : NULL;

    aq_gemm(p, a->M, q, a->sq, AQ_N, k, a->skv, AQ_T, n, a->M, a->hs, a->scale, 0);
    add_logits(a, p, g, h, first, n);
    if (keep && all_kept(keep, a->M))
        keep = NULL;
    for (int i = 0; i < n; i++) {
        AqReal *weights = p + (size_t)i * (size_t)a->M;

        if (keep)
            aq_softmax_kept(weights, weights, keep, (size_t)a->M);
        else
            a->kern->softmax(weights, weights, (size_t)a->M);
    }
    aq_gemm(a->y + row * (size_t)a->D + at, a->D, p, a->M, AQ_N, v, a->skv, AQ_N, n,
            a->hs, a->M, 1, 0);
}

/* Heads of all groups, so that one long clip keeps several threads busy. */
static void some_heads(void *arg, int task)
{
    const Att *a = arg;
    const long all = (long)a->G * a->heads;
    const size_t M = (size_t)a->M;

    for (long k = all * task / a->tasks; k < all * (task + 1) / a->tasks; k++)
        for (int first = 0; first < a->N; first += a->queries) {
            const int n = a->N - first < a->queries ? a->N - first : a->queries;
            const size_t at = a->p_is_scratch
                                  ? (size_t)task * (size_t)a->queries
                                  : (size_t)k * (size_t)a->N + (size_t)first;

            some_queries(a, a->p + at * M, (int)(k / a->heads), (int)(k % a->heads),
                         first, n);
        }
}

/* ---- backward ---- */

/* dl = p * (dp - sum_m dp p), in place of dp. */
static void softmax_back(const Att *a, AqReal *dp, const AqReal *p)
{
    for (size_t n = 0; n < (size_t)a->N; n++)
        a->kern->softmax_back(dp + n * (size_t)a->M, p + n * (size_t)a->M,
                              (size_t)a->M);
}

static void head_back(const Att *a, AqReal *scratch, int g, int h)
{
    const size_t nm = (size_t)a->N * (size_t)a->M, at = (size_t)h * (size_t)a->hs;
    const size_t gq = (size_t)g * (size_t)a->N * (size_t)a->sq + at,
                 gk = (size_t)g * (size_t)a->M * (size_t)a->skv + at;
    const AqReal *p = a->p + (size_t)(g * a->heads + h) * nm;
    const AqReal *dy = a->dy + (size_t)g * (size_t)a->N * (size_t)a->D + at;
    AqReal *dp = scratch;

    if (a->dv) /* dv (M,hs) = or += p^T dy; the others likewise */
        aq_gemm(a->dv + gk, a->skv, p, a->M, AQ_T, dy, a->D, AQ_N, a->M, a->hs, a->N, 1,
                a->keep_v);
    aq_gemm(dp, a->M, dy, a->D, AQ_N, a->v + gk, a->skv, AQ_T, a->N, a->M, a->hs, 1, 0);
    softmax_back(a, dp, p);
    if (aq_grad(a->bias))
        a->kern->add(a->bias->grad + (size_t)h * nm, dp, nm);
    if (a->dq) /* dq (N,hs) += scale dl k */
        aq_gemm(a->dq + gq, a->sq, dp, a->M, AQ_N, a->k + gk, a->skv, AQ_N, a->N, a->hs,
                a->M, a->scale, a->keep_q);
    if (a->dk) /* dk (M,hs) += scale dl^T q */
        aq_gemm(a->dk + gk, a->skv, dp, a->M, AQ_T, a->q + gq, a->sq, AQ_N, a->M, a->hs,
                a->N, a->scale, a->keep_k);
}

static void some_groups_back(void *arg, int task)
{
    const Att *a = arg;
    const int from = (int)((long)a->G * task / a->back_tasks),
              to = (int)((long)a->G * (task + 1) / a->back_tasks);

    for (int g = from; g < to; g++)
        for (int h = 0; h < a->heads; h++)
            head_back(a, a->scratch + (size_t)task * (size_t)a->N * (size_t)a->M, g, h);
}

/* Groups share only the bias: if it is trainable, they run one after another. */
static void all_back(AqNn *nn, Att *a, const AqTensor *y)
{
    a->dy = y->grad;
    a->back_tasks = aq_grad(a->bias) ? 1 : TASKS;
    a->scratch = aq_nn_memory(nn, (size_t)a->back_tasks * (size_t)a->N * (size_t)a->M,
                              sizeof(AqReal));
    if (a->scratch)
        aq_executor_run(nn->exec, some_groups_back, a, a->back_tasks);
}

static void attention_backward(AqNn *nn, AqRecord *r)
{
    Att *a = r->more;

    a->dq = aq_grad(r->in[0]);
    a->dk = aq_grad(r->in[1]);
    a->dv = aq_grad(r->in[2]);
    a->keep_q = aq_fresh(r, 0) ? 0 : 1;
    a->keep_k = aq_fresh(r, 1) ? 0 : 1;
    a->keep_v = aq_fresh(r, 2) ? 0 : 1;
    all_back(nn, a, r->y);
}

static void qkv_backward(AqNn *nn, AqRecord *r)
{
    Att *a = r->more;
    AqReal *d = aq_grad(r->in[0]);

    a->dq = d;
    a->dk = d ? d + a->D : NULL;
    a->dv = d ? d + (size_t)2 * a->D : NULL;
    a->keep_q = a->keep_k = a->keep_v = aq_fresh(r, 0) ? 0 : 1;
    all_back(nn, a, r->y);
}

/* ---- forward ---- */

static AqTensor *run_attention(AqNn *nn, Att *a, const AqAttention *how)
{
    const int keep = aq_nn_recording(nn) || how->weights_out;
    const int fit = a->M > 0 ? CACHED_WEIGHTS / a->M : 1;

    a->heads = how->heads;
    a->hs = a->D / how->heads;
    a->scale = how->scale;
    a->bias = how->bias;
    a->mask = how->mask;
    a->n_masks = how->n_masks;
    a->key_mask = how->key_mask;
    a->kern = aq_kernels();
    a->tasks = nn->exec ? TASKS : 1;
    a->queries = fit < 1 ? 1 : fit < MOST_QUERIES ? fit : MOST_QUERIES;
    a->queries = a->queries < a->N ? a->queries : a->N;
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(a->G, a->N, a->D));
    AqTensor *w = NULL;
    if (keep) {
        w = aq_nn_tensor(nn, AQ_DIMS(a->G, a->heads, a->N, a->M));
        a->p = w ? w->data : NULL;
    } else {
        a->p = aq_nn_memory(nn, (size_t)a->tasks * (size_t)a->queries * (size_t)a->M,
                            sizeof(AqReal));
        a->p_is_scratch = 1;
    }
    if (!y || !a->p)
        return NULL;
    a->y = y->data;
    if (how->weights_out)
        *how->weights_out = w;
    aq_executor_run(nn->exec, some_heads, a, a->tasks);
    return y;
}

static int how_fits(const AqAttention *how, int D, int N, int M)
{
    const AqTensor *b = how->bias;

    return how->heads > 0 && D % how->heads == 0 &&
           (!b || (b->n_dims == 3 && b->dims[0] == how->heads && b->dims[1] == N &&
                   b->dims[2] == M)) &&
           (!how->mask || how->n_masks > 0);
}

AqTensor *aq_attention(AqNn *nn, AqTensor *q, AqTensor *k, AqTensor *v,
                       const AqAttention *how)
{
    if (!q || !k || !v)
        return NULL;
    if (q->n_dims != 3 || k->n_dims != 3 || !aq_tensor_same_shape(k, v) ||
        q->dims[0] != k->dims[0] || aq_cols(q) != aq_cols(k) ||
        !how_fits(how, aq_cols(q), q->dims[1], k->dims[1]))
        return aq_nn_misfit(nn, "attention", q, k);
    Att *a = aq_nn_memory(nn, 1, sizeof *a);
    if (!a)
        return NULL;
    *a = (Att){.G = q->dims[0], .N = q->dims[1], .M = k->dims[1], .D = aq_cols(q)};
    a->sq = a->skv = a->D;
    a->q = q->data;
    a->k = k->data;
    a->v = v->data;
    AqTensor *y = run_attention(nn, a, how);
    y = AQ_RECORD(nn, "attention", y, attention_backward, a, q, k, v, how->bias);
    return aq_nn_writes(nn, y, 7);
}

/* ---- the heads of one matrix, by a kernel ---- */

typedef struct Heads {
    AqHeadJob head; /* common to all */
    const AqTensor *qkv, *bias;
    AqTensor *y;
    const AqReal *mask;
    int n_masks, heads, tasks;
    int *rows;       /* (G,N) of the whole tensor */
    AqReal *scratch; /* (tasks, aq_head_scratch()) */
} Heads;

/* The kernel is for plain self-attention whose weights are not asked for. */
static int suits_kernel(const AqNn *nn, const AqAttention *how)
{
    return !aq_nn_recording(nn) && !how->weights_out && !how->key_mask;
}

static void heads_of_task(void *arg, int task)
{
    const Heads *w = arg;
    const size_t N = (size_t)w->head.n;
    const long all = (long)w->qkv->dims[0] * w->heads;
    AqHeadJob job = w->head;

    job.scratch = w->scratch + (size_t)task * aq_head_scratch(job.n, job.hs);
    for (long k = all * task / w->tasks; k < all * (task + 1) / w->tasks; k++) {
        const size_t g = (size_t)(k / w->heads), h = (size_t)(k % w->heads);

        job.rows = w->rows + g * N;
        job.qkv = w->qkv->data + h * (size_t)job.hs;
        job.y = w->y->data + h * (size_t)job.hs;
        job.bias = w->bias ? w->bias->data + h * N * N : NULL;
        job.mask = w->mask ? w->mask + g % (size_t)w->n_masks * N * N : NULL;
        aq_kernels()->head(&job);
    }
}

/* rows[r] of each grid in turn, or all rows in order; inverse: where row rows[r] comes
 * from. */
static int *all_rows(AqNn *nn, const AqAttention *how, int n, int inverse)
{
    int *all = aq_nn_memory(nn, (size_t)n, sizeof *all);

    for (int r = 0; all && r < n; r++) {
        const int grid = how->rows ? r / how->n_rows * how->n_rows : 0;
        const int at = how->rows ? grid + how->rows[r - grid] : r;

        all[inverse ? at : r] = inverse ? r : at;
    }
    return all;
}

static AqTensor *with_kernel(AqNn *nn, AqTensor *qkv, const AqAttention *how)
{
    const int G = qkv->dims[0], N = qkv->dims[1], D = aq_cols(qkv) / 3;
    AqTensor *y = aq_nn_tensor(nn, AQ_DIMS(G, N, D));
    const AqArenaMark mark = aq_nn_mark(nn);
    Heads w = {.head = {.n = N, .D = D, .hs = D / how->heads, .scale = how->scale},
               .qkv = qkv,
               .bias = how->bias,
               .y = y,
               .mask = how->mask,
               .n_masks = how->n_masks,
               .heads = how->heads,
               .tasks = nn->exec ? TASKS : 1,
               .rows = all_rows(nn, how, G * N, 0)};

    w.scratch = aq_nn_memory(nn, (size_t)w.tasks * aq_head_scratch(N, w.head.hs),
                             sizeof(AqReal));
    if (!y || !w.rows || !w.scratch)
        return NULL;
    aq_executor_run(nn->exec, heads_of_task, &w, w.tasks);
    aq_arena_rewind(nn->arena, mark);
    return y;
}

/* Uses copies in window order. */
static AqTensor *attend_reordered(AqNn *nn, AqTensor *qkv, const AqAttention *how)
{
    const int G = qkv->dims[0], N = qkv->dims[1], D = aq_cols(qkv) / 3;
    const int *to = all_rows(nn, how, G * N, 0), *back = all_rows(nn, how, G * N, 1);
    AqAttention plain = *how;

    if (!to || !back)
        return NULL;
    plain.rows = NULL;
    AqTensor *x = aq_reshape(nn, qkv, AQ_DIMS(G * N, 3 * D));
    x = aq_reshape(nn, aq_gather_rows(nn, x, to, G * N), AQ_DIMS(G, N, 3 * D));
    x = aq_attention_qkv(nn, x, &plain);
    x = x ? aq_reshape(nn, x, AQ_DIMS(G * N, D)) : NULL;
    x = aq_gather_rows(nn, x, back, G * N);
    return x ? aq_reshape(nn, x, AQ_DIMS(G, N, D)) : NULL;
}

static int rows_fit(const AqAttention *how, const AqTensor *qkv)
{
    const int n = how->n_rows, N = qkv->dims[1];

    return !how->rows || (n > 0 && n % N == 0 && qkv->dims[0] * N % n == 0);
}

AqTensor *aq_attention_qkv(AqNn *nn, AqTensor *qkv, const AqAttention *how)
{
    if (!qkv)
        return NULL;
    const int D = aq_cols(qkv) / 3;
    if (qkv->n_dims != 3 || aq_cols(qkv) % 3 != 0 || !rows_fit(how, qkv) ||
        !how_fits(how, D, qkv->dims[1], qkv->dims[1]))
        return aq_nn_misfit(nn, "attention_qkv", qkv, how->bias);
    if (suits_kernel(nn, how))
        return with_kernel(nn, qkv, how);
    if (how->rows)
        return attend_reordered(nn, qkv, how);
    Att *a = aq_nn_memory(nn, 1, sizeof *a);
    if (!a)
        return NULL;
    *a = (Att){.G = qkv->dims[0], .N = qkv->dims[1], .M = qkv->dims[1], .D = D};
    a->sq = a->skv = 3 * D;
    a->q = qkv->data;
    a->k = qkv->data + D;
    a->v = qkv->data + (size_t)2 * D;
    AqTensor *y = run_attention(nn, a, how);
    y = AQ_RECORD(nn, "attention_qkv", y, qkv_backward, a, qkv, how->bias);
    return aq_nn_writes(nn, y, 1);
}
