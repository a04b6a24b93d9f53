/* Back ends of products, packed and plain. Private to model/tensor. */
#ifndef AQ_MODEL_TENSOR_PACKED_PRIV_H
#define AQ_MODEL_TENSOR_PACKED_PRIV_H
#include "model/tensor/gemm.h"
#include "model/tensor/packed.h"

typedef struct AqPackedState AqPackedState; /* a back end's own */

typedef struct AqPackedDef {
    const char *(*name)(void);
    int (*can)(AqPrecision p); /* supported on this machine? */
    int copies;                /* the weights are not needed after pack() */
    AqErr (*pack)(AqPackedState **out, const AqReal *w, int M, int K, AqPrecision p);
    size_t (*scratch)(const AqPackedState *s, int N);
    AqErr (*product)(AqPackedState *s, AqReal *y, const AqReal *x, int N,
                     const AqReal *bias, void *scratch);
    void (*drop)(AqPackedState **s);
} AqPackedDef;

extern const AqPackedDef aq_packed_blas;
#ifdef AQ_HAVE_ONEDNN
extern const AqPackedDef aq_packed_onednn;

/* Is oneDNN faster on this processor (below AVX-512, OpenBLAS is as fast), not ruled
 * out by AVQA_BACKEND=openblas, and is there an engine? */
int aq_onednn_is_worth_it(void);

/* Workers are the program's own threads: makes oneDNN's OpenMP use no other threads
 * when called from this one. */
void aq_onednn_one_thread(void);

struct dnnl_engine;
struct dnnl_primitive;
struct dnnl_engine *aq_onednn_engine(void); /* borrowed; NULL: unavailable */

typedef struct AqOnednnArg {
    int number;       /* DNNL_ARG_... */
    const void *desc; /* a dnnl_memory_desc_t; NULL: the argument is not passed */
    void *at;
} AqOnednnArg;

enum { AQ_ONEDNN_MOST_ARGS = 5 };

/* Runs a primitive in this thread; gives a dnnl_status_t. */
int aq_onednn_execute(const struct dnnl_primitive *run, const AqOnednnArg *with, int n);

#ifndef AQ_REAL_DOUBLE
/* aq_gemm() by oneDNN. 0: not done, and C unchanged: the product is too small to gain,
 * the processor has no AVX-512 (OpenBLAS is as fast there), or oneDNN failed. */
int aq_gemm_onednn(float *c, int ldc, const float *a, int lda, AqTrans ta,
                   const float *b, int ldb, AqTrans tb, int M, int N, int K,
                   float alpha, float beta);
#endif
#endif

#endif
