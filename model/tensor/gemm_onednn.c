/* SPDX-License-Identifier: MIT */
/* Plain products on oneDNN: training's large ones, whose operands are new each time. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "base/cpu.h"
#include "model/tensor/packed_priv.h"

#include <dlfcn.h>
#include <dnnl.h>

/* Multiply-adds. Below, its preparation costs more than its kernels gain. */
enum { WORTH = 4 << 20 };

/* OpenMP keeps its number of threads for each thread that calls it. */
void aq_onednn_one_thread(void)
{
    static _Thread_local int done;
    union {
        void *object;
        void (*call)(int);
    } set = {.object = done ? NULL : dlsym(RTLD_DEFAULT, "omp_set_num_threads")};

    if (set.object)
        set.call(1);
    done = 1;
}

int aq_gemm_onednn(float *c, int ldc, const float *a, int lda, AqTrans ta,
                   const float *b, int ldb, AqTrans tb, int M, int N, int K,
                   float alpha, float beta)
{
    if ((double)M * N * K < WORTH || aq_cpu_level() < AQ_CPU_AVX512 ||
        aq_backend_is_blas_only())
        return 0;
    aq_onednn_one_thread();
    return dnnl_sgemm(ta == AQ_T ? 'T' : 'N', tb == AQ_T ? 'T' : 'N', M, N, K, alpha, a,
                      lda, b, ldb, beta, c, ldc) == dnnl_success;
}
