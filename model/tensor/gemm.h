/*
 * Matrix products behind one small interface, so that another back end can be chosen
 * at run time. Each call runs in the caller's thread. OpenBLAS always; oneDNN for large
 * products where it is there, the processor has AVX-512 and AVQA_BACKEND allows it.
 */
#ifndef AQ_MODEL_TENSOR_GEMM_H
#define AQ_MODEL_TENSOR_GEMM_H
#include "base/executor.h"
#include "model/tensor/real.h"

typedef enum AqTrans { AQ_N, AQ_T } AqTrans;

/*
 * C (M,N) = alpha * op(A) (M,K) * op(B) (K,N) + beta * C, row-major with leading
 * dimensions lda, ldb, ldc (the row lengths as stored).
 */
void aq_gemm(AqReal *c, int ldc, const AqReal *a, int lda, AqTrans ta, const AqReal *b,
             int ldb, AqTrans tb, int M, int N, int K, AqReal alpha, AqReal beta);

/* The same for contiguous matrices, cut into row blocks of C over the executor (NULL:
 * one piece after another). The cut depends on the sizes only. */
void aq_gemm_par(AqExecutor *exec, AqReal *c, const AqReal *a, AqTrans ta,
                 const AqReal *b, AqTrans tb, int M, int N, int K, AqReal alpha,
                 AqReal beta);

/* One thread inside the back end: call once before any worker starts. */
void aq_gemm_setup(void);

typedef struct AqGemmInfo {
    const char *backend; /* "OpenBLAS 0.3.21" */
    const char *core;    /* the kernel set it chose, e.g. "SkylakeX" */
    const char *advice;  /* NULL, or a sentence: the CPU has more than the core uses */
} AqGemmInfo;
AqGemmInfo aq_gemm_info(void);

/* The value of OPENBLAS_CORETYPE that suits this processor where the library, left to
 * itself, chose kernels below what it has (it does not know newer models); NULL where
 * its choice is fine or the user has made one. It takes effect in a new process. */
const char *aq_gemm_better_core(void);

#endif
