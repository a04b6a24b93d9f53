/*
 * Matrix products behind one small interface, so that another back end can be chosen at
 * run time. Each call runs in the caller's thread. OpenBLAS is always there; oneDNN
 * does large products if it was built in, the processor has AVX-512 and AVQA_BACKEND
 * allows it.
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

/* The same for contiguous matrices, split into row blocks of C over the executor (NULL:
 * one block after another). The split depends only on the sizes. */
void aq_gemm_par(AqExecutor *exec, AqReal *c, const AqReal *a, AqTrans ta,
                 const AqReal *b, AqTrans tb, int M, int N, int K, AqReal alpha,
                 AqReal beta);

/* Limits the back end to one thread: call once, before any worker starts. */
void aq_gemm_setup(void);

typedef struct AqGemmInfo {
    const char *backend; /* "OpenBLAS 0.3.21" */
    const char *core;    /* the kernel set it chose, e.g. "SkylakeX" */
    const char *advice;  /* NULL, or a hint that the core underuses the CPU */
} AqGemmInfo;
AqGemmInfo aq_gemm_info(void);

/* The value of OPENBLAS_CORETYPE that suits this processor if the library chose kernels
 * below what it supports (it does not know newer models); NULL if its choice is fine or
 * the user made one. It takes effect in a new process. */
const char *aq_gemm_better_core(void);

#endif
