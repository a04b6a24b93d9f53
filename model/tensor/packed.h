/*
 * Weights that no longer change, packed once for the fastest back end: oneDNN if it was
 * built in and suits the processor, else OpenBLAS. Products run in the caller's thread;
 * several threads may use one AqPacked at once.
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

/* AQ_ERR_UNSUPPORTED, naming what is missing, if this build or machine does not support
 * the precision. */
AQ_MUST_CHECK AqErr aq_precision_check(AqPrecision p);

typedef struct AqPacked AqPacked;

/* w (M,K) row-major, borrowed until free: OpenBLAS uses it in place. */
AQ_MUST_CHECK AqErr aq_packed_new(AqPacked **out, const AqReal *w, int M, int K,
                                  AqPrecision p);
void aq_packed_free(AqPacked **p);
int aq_packed_copies(const AqPacked *p); /* 1: w itself is no longer needed */

/* Bytes of scratch needed for products with up to N rows. */
size_t aq_packed_scratch(const AqPacked *p, int N);

/* y (N,M) = x (N,K) w^T + bias; bias (M) or NULL. scratch: aq_packed_scratch() bytes,
 * 64-byte aligned. */
AQ_MUST_CHECK AqErr aq_packed_product(AqPacked *p, AqReal *y, const AqReal *x, int N,
                                      const AqReal *bias, void *scratch);

/* The back end for float32: "oneDNN 2.6.3 (avx512_core_bf16)" or "OpenBLAS ...".
 * AVQA_BACKEND=openblas in the environment disables oneDNN. */
const char *aq_packed_backend(void);

#endif
