/* SPDX-License-Identifier: MIT */
/* Batched products of matching matrices. */
#include "model/nn/nn_priv.h"

#include <string.h>

static void matmul_backward(AqNn *nn, AqRecord *r)
{
    AqTensor *a = r->in[0], *b = r->in[1], *y = r->y;
    const int tb = *(int *)r->more;
    const int K = aq_cols(a), N = a->dims[a->n_dims - 2], M = aq_cols(y);
    const size_t na = (size_t)N * (size_t)K, nb = (size_t)K * (size_t)M,
                 ny = (size_t)N * (size_t)M, G = ny ? aq_tensor_count(y) / ny : 0;

    (void)nn;
    for (size_t g = 0; g < G; g++) {
        const AqReal *dy = y->grad + g * ny, *A = a->data + g * na,
                     *B = b->data + g * nb;

        if (aq_grad(a)) /* da (N,K) += dy (N,M) b^T (M,K) */
            aq_gemm(a->grad + g * na, K, dy, M, AQ_N, B, tb ? K : M, tb ? AQ_N : AQ_T,
                    N, K, M, 1, 1);
        if (aq_grad(b) && tb) /* db (M,K) += dy^T (M,N) a (N,K) */
            aq_gemm(b->grad + g * nb, K, dy, M, AQ_T, A, K, AQ_N, M, K, N, 1, 1);
        else if (aq_grad(b)) /* db (K,M) += a^T (K,N) dy (N,M) */
            aq_gemm(b->grad + g * nb, M, A, K, AQ_T, dy, M, AQ_N, K, M, N, 1, 1);
    }
}

AqTensor *aq_matmul(AqNn *nn, AqTensor *a, AqTensor *b, int transpose_b)
{
    int dims[AQ_MAX_DIMS];

    if (!a || !b)
        return NULL;
    const int nd = a->n_dims;
    int fits = nd >= 2 && b->n_dims == nd;
    for (int k = 0; fits && k < nd - 2; k++)
        fits = a->dims[k] == b->dims[k];
    if (!fits || aq_tensor_dim(b, transpose_b ? -1 : -2) != aq_cols(a))
        return aq_nn_misfit(nn, "matmul", a, b);
    const int K = aq_cols(a), N = a->dims[nd - 2],
              M = aq_tensor_dim(b, transpose_b ? -2 : -1);
    memcpy(dims, a->dims, sizeof dims);
    dims[nd - 1] = M;
    AqTensor *y = aq_nn_tensor(nn, nd, dims);
    int *more = aq_nn_memory(nn, 1, sizeof *more);
    if (!y || !more)
        return NULL;
    *more = transpose_b;
    const size_t na = (size_t)N * (size_t)K, nb = (size_t)K * (size_t)M,
                 ny = (size_t)N * (size_t)M, G = ny ? aq_tensor_count(y) / ny : 0;
    for (size_t g = 0; g < G; g++)
        aq_gemm(y->data + g * ny, M, a->data + g * na, K, AQ_N, b->data + g * nb,
                transpose_b ? K : M, transpose_b ? AQ_T : AQ_N, N, M, K, 1, 0);
    return AQ_RECORD(nn, "matmul", y, matmul_backward, more, a, b);
}
