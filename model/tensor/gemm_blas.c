/* SPDX-License-Identifier: MIT */
/* Matrix products on OpenBLAS, the only file that sees cblas.h; large ones are offered
 * to oneDNN first. */
#include "model/tensor/gemm.h"

#include "base/cpu.h"
#include "model/tensor/packed_priv.h"
#include "model/tensor/parallel.h"

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_TASK = 64, FLOPS_WORTH_A_TASK = 1 << 20 };

void aq_gemm(AqReal *c, int ldc, const AqReal *a, int lda, AqTrans ta, const AqReal *b,
             int ldb, AqTrans tb, int M, int N, int K, AqReal alpha, AqReal beta)
{
    const CBLAS_TRANSPOSE opa = ta == AQ_T ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE opb = tb == AQ_T ? CblasTrans : CblasNoTrans;

    if (M <= 0 || N <= 0)
        return;
#ifdef AQ_REAL_DOUBLE
    cblas_dgemm(CblasRowMajor, opa, opb, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc);
#else
#ifdef AQ_HAVE_ONEDNN
    if (aq_gemm_onednn(c, ldc, a, lda, ta, b, ldb, tb, M, N, K, alpha, beta))
        return;
#endif
    cblas_sgemm(CblasRowMajor, opa, opb, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc);
#endif
}

typedef struct Product {
    AqReal *c;
    const AqReal *a, *b;
    AqTrans ta, tb;
    int M, N, K;
    AqReal alpha, beta;
} Product;

static void rows_of_product(void *arg, size_t from, size_t to)
{
    const Product *p = arg;
    const AqReal *a = p->ta == AQ_T ? p->a + from : p->a + from * (size_t)p->K;

    aq_gemm(p->c + from * (size_t)p->N, p->N, a, p->ta == AQ_T ? p->M : p->K, p->ta,
            p->b, p->tb == AQ_T ? p->K : p->N, p->tb, (int)(to - from), p->N, p->K,
            p->alpha, p->beta);
}

void aq_gemm_par(AqExecutor *exec, AqReal *c, const AqReal *a, AqTrans ta,
                 const AqReal *b, AqTrans tb, int M, int N, int K, AqReal alpha,
                 AqReal beta)
{
    Product p = {.c = c,
                 .a = a,
                 .b = b,
                 .ta = ta,
                 .tb = tb,
                 .M = M,
                 .N = N,
                 .K = K,
                 .alpha = alpha,
                 .beta = beta};
    const double flops = 2.0 * M * N * K;
    size_t grain = (size_t)M;

    /* Few large pieces: each packs its operands again. */
    if (flops > 2.0 * FLOPS_WORTH_A_TASK && M >= 2 * ROWS_A_TASK)
        grain = M >= 16 * ROWS_A_TASK ? (size_t)(M + 15) / 16 : ROWS_A_TASK;
    aq_parallel(exec, (size_t)M, grain, rows_of_product, &p);
}

void aq_gemm_setup(void)
{
    openblas_set_num_threads(1);
}

/* OpenBLAS's names for the kernels of each level, best last. */
static AqCpuLevel level_of_core(const char *core)
{
    static const char *const wide[] = {"SkylakeX", "Cooperlake", "SapphireRapids"};
    static const char *const mid[] = {"Haswell", "Zen", "Excavator"};

    for (size_t k = 0; k < sizeof wide / sizeof *wide; k++)
        if (strcmp(core, wide[k]) == 0)
            return AQ_CPU_AVX512;
    for (size_t k = 0; k < sizeof mid / sizeof *mid; k++)
        if (strcmp(core, mid[k]) == 0)
            return AQ_CPU_AVX2;
    return AQ_CPU_PORTABLE;
}

AqGemmInfo aq_gemm_info(void)
{
    static char backend[64], advice[256];
    const char *config = openblas_get_config(); /* "OpenBLAS 0.3.21 NO_LAPACKE ..." */
    const char *core = openblas_get_corename();
    const char *set = getenv("OPENBLAS_CORETYPE");
    const char *end = strchr(config, ' ');

    end = end ? strchr(end + 1, ' ') : NULL;
    (void)snprintf(backend, sizeof backend, "%.*s",
                   end ? (int)(end - config) : (int)strlen(config), config);
    AqGemmInfo info = {.backend = backend, .core = core};
    if (aq_cpu_level() > level_of_core(core)) {
        (void)snprintf(advice, sizeof advice,
                       "OpenBLAS uses its %s kernels, and this processor has %s%s%s%s",
                       core, aq_cpu_level_name(aq_cpu_level()),
                       set ? ": OPENBLAS_CORETYPE=" : "", set ? set : "",
                       set ? " is set; unset it for up to twice the speed" : "");
        info.advice = advice;
    }
    return info;
}

const char *aq_gemm_better_core(void)
{
    const AqCpuLevel have = aq_cpu_level();

    if (getenv("OPENBLAS_CORETYPE") || have <= level_of_core(openblas_get_corename()))
        return NULL;
    return have == AQ_CPU_AVX512 ? "SkylakeX" : "Haswell";
}
