/*
 * Vector kernels: the loops beside the matrix products. One source (kernels.inc),
 * compiled for each level of processor; the best that the machine allows is chosen
 * once. All levels add in the same order (16 partial sums), so they agree to rounding
 * of contracted operations at most.
 */
#ifndef AQ_TENSOR_KERNELS_H
#define AQ_TENSOR_KERNELS_H
#include "base/cpu.h"
#include "model/tensor/real.h"

#include <stddef.h>

typedef struct AqKernels {
    /* y (n) = f(x (n)); y may be x. GELU is the exact one, x * Phi(x). */
    void (*gelu)(AqReal *y, const AqReal *x, size_t n);
    /* dx += dy * gelu'(x) */
    void (*gelu_back)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    void (*tanh)(AqReal *y, const AqReal *x, size_t n);
    void (*sigmoid)(AqReal *y, const AqReal *x, size_t n);
    void (*exp)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = softmax of x (n); y may be x. n of 0 does nothing. */
    void (*softmax)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = (x - mean) * rstd * gamma + beta; mean and rstd are given back. */
    void (*layernorm)(AqReal *y, const AqReal *x, const AqReal *gamma,
                      const AqReal *beta, AqReal eps, size_t n, AqReal *mean,
                      AqReal *rstd);
    /* y (n) += b (n), and the larger of 0. */
    void (*add)(AqReal *y, const AqReal *b, size_t n);
    void (*add_relu)(AqReal *y, const AqReal *b, size_t n);
    /* y (n) += a * x (n) */
    void (*axpy)(AqReal *y, AqReal a, const AqReal *x, size_t n);
    AqReal (*dot)(const AqReal *a, const AqReal *b, size_t n);
} AqKernels;

const AqKernels *aq_kernels(void);

/* Those of one level, NULL where the program was built without them. Running them is
 * the caller's risk: see aq_cpu_level(). */
const AqKernels *aq_kernels_of(AqCpuLevel level);

#endif
