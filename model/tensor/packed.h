/*
 * Weights that no longer change, laid out once for the back end that multiplies with
 * them fastest: oneDNN where it was built in and the processor suits it, else OpenBLAS.
 * Products run in the caller's thread; one AqPacked may be used by many at once.
 */
#ifndef AQ_MODEL_TENSOR_PACKED_H
#define AQ_MODEL_TENSOR_PACKED_H
#include "base/err.h"
#include "model/tensor/real.h"

#include <stddef.h>

typedef enum AqPrecision {
    AQ_PRECISION_F32,
    AQ_PRECISION_BF16 /* both factors rounded to bfloat16, sums in float32 */
} AqPrecision;

const char *aq_precision_name(AqPrecision p); /* "f32", "bf16" */

/* AQ_ERR_UNSUPPORTED, with what is missing, if this program on this machine cannot
 * compute so. */
AQ_MUST_CHECK AqErr aq_precision_check(AqPrecision p);

typedef struct AqPacked AqPacked;

/* w (M,K) row-major, borrowed until free: OpenBLAS multiplies with it where it lies. */
AQ_MUST_CHECK AqErr aq_packed_new(AqPacked **out, const AqReal *w, int M, int K,
                                  AqPrecision p);
void aq_packed_free(AqPacked **p);
int aq_packed_copies(const AqPacked *p); /* 1: w itself is not needed any more */

/* Bytes of scratch that products with up to N rows want. */
size_t aq_packed_scratch(const AqPacked *p, int N);

/* y (N,M) = x (N,K) w^T + bias; bias (M) or NULL. scratch: as many bytes as
 * aq_packed_scratch() said, 64-byte aligned. */
AQ_MUST_CHECK AqErr aq_packed_product(AqPacked *p, AqReal *y, const AqReal *x, int N,
                                      const AqReal *bias, void *scratch);

/* What will be used for float32: "oneDNN 2.6.3 (avx512_core_bf16)" or "OpenBLAS ...".
 * AVQA_BACKEND=openblas in the environment leaves oneDNN alone. */
const char *aq_packed_backend(void);

#endif
