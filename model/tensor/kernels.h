/*
 * Vector kernels: the loops beside the matrix products. One source (kernels.inc),
 * compiled for each level of processor; the best that the machine allows is chosen
 * once. All levels add in the same order (16 partial sums), so they agree to rounding
 * of contracted operations at most.
 */
#ifndef AQ_MODEL_TENSOR_KERNELS_H
#define AQ_MODEL_TENSOR_KERNELS_H
#include "base/cpu.h"
#include "model/tensor/real.h"

#include <stddef.h>
#include <stdint.h>

/* One head of self-attention over n tokens that lie scattered in a matrix. Token k's
 * query, key and value begin at column 0, D and 2 D of row rows[k] of qkv (..,3 D), its
 * result at row rows[k] of y (..,D); the head's first column is added to both pointers
 * already. */
typedef struct AqHeadJob {
    AqReal *y;
    const AqReal *qkv;
    const int *rows; /* (n) */
    int n, D, hs;    /* hs: the head's size, a multiple of 16 */
    AqReal scale;
    const AqReal *bias, *mask; /* (n,n) added to the logits, or NULL */
    AqReal *scratch;           /* AQ_HEAD_SCRATCH(n, hs) values */
} AqHeadJob;
#define AQ_HEAD_TOKENS         256 /* the most */
#define AQ_HEAD_SCRATCH(n, hs) ((size_t)(((n) + 15) / 16 * 16) * (size_t)((hs) + 4))

/* Factors of dropout, 0 or `kept`, each a function of the key and its number alone:
 * they are not stored but found again, from any number on. */
typedef struct AqDropout {
    uint32_t key[2];
    uint32_t below; /* 0 with this probability, in parts of 2^32 */
    AqReal kept;
} AqDropout;

/* m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p = shrink p - rate m / (root sqrt v
 * + eps) */
typedef struct AqAdamStep {
    AqReal b1, b2, rate, root, eps, shrink;
} AqAdamStep;

typedef struct AqKernels {
    /* y (n) = f(x (n)); y may be x. GELU is the exact one, x * Phi(x). */
    void (*gelu)(AqReal *y, const AqReal *x, size_t n);
    /* dx += dy * gelu'(x), and dx = that; dx may be dy */
    void (*gelu_back)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    void (*gelu_slope)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    void (*tanh)(AqReal *y, const AqReal *x, size_t n);
    void (*sigmoid)(AqReal *y, const AqReal *x, size_t n);
    void (*exp)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = softmax of x (n); y may be x. n of 0 does nothing. */
    void (*softmax)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = (x - mean) * rstd * gamma + beta; mean and rstd are given back. */
    void (*layernorm)(AqReal *y, const AqReal *x, const AqReal *gamma,
                      const AqReal *beta, AqReal eps, size_t n, AqReal *mean,
                      AqReal *rstd);
    /* dp (n) becomes p (dp - sum of p dp), the way back through a softmax that gave p
     */
    void (*softmax_back)(AqReal *dp, const AqReal *p, size_t n);
    /* The way back of a row through layer norm: dx (n) = or, where add, += ...; not
     * adding, it may be dy. dgamma (n) and dbeta (n) have theirs added. */
    void (*layernorm_back)(AqReal *dx, AqReal *dgamma, AqReal *dbeta, const AqReal *dy,
                           const AqReal *x, const AqReal *gamma, AqReal mean,
                           AqReal rstd, size_t n, int add);
    /* y (n) = a (n) + b (n) */
    void (*sum)(AqReal *y, const AqReal *a, const AqReal *b, size_t n);
    /* y (n) = a * x (n); y may be x */
    void (*scale)(AqReal *y, AqReal a, const AqReal *x, size_t n);
    /* y (n) = or, where add, += x (n) times its factors from number `first` on; y may
     * be
     * x */
    void (*dropout)(AqReal *y, const AqReal *x, const AqDropout *how, size_t first,
                    size_t n, int add);
    /* y (n) += b (n), and the larger of 0. */
    void (*add)(AqReal *y, const AqReal *b, size_t n);
    void (*add_relu)(AqReal *y, const AqReal *b, size_t n);
    /* y (n) += a * x (n) */
    void (*axpy)(AqReal *y, AqReal a, const AqReal *x, size_t n);
    /* y (n) = the largest of a, b, c and d (n), place by place; NaN only where a is. */
    void (*max4)(AqReal *y, const AqReal *a, const AqReal *b, const AqReal *c,
                 const AqReal *d, size_t n);
    AqReal (*dot)(const AqReal *a, const AqReal *b, size_t n);
    double (*dot_double)(const AqReal *a, const AqReal *b, size_t n);
    /* A step of Adam for n parameters p with gradient g and moments m, v. */
    void (*adam)(AqReal *p, AqReal *m, AqReal *v, const AqReal *g,
                 const AqAdamStep *how, size_t n);
    /* y = softmax(scale q k^T + bias + mask) v */
    void (*head)(const AqHeadJob *job);
    /* One tile of F(4x4,3x3), channel by channel (model/tensor/winograd.h). in: the 6x6
     * pixels' rows (C); point k of v lies at v + k * stride. */
    void (*winograd_in)(AqReal *v, size_t stride, const AqReal *const in[36], size_t C);
    /* y: the 4x4 pixels' rows (O), which may be one and the same; + bias, and the
     * larger of 0 where relu. Point k of m lies at m + k * stride. */
    void (*winograd_out)(AqReal *const y[16], const AqReal *m, size_t stride,
                         const AqReal *bias, int relu, size_t O);
#ifndef AQ_REAL_DOUBLE
    /* bfloat16, rounded to nearest even; NaN stays NaN. */
    void (*to_bf16)(uint16_t *y, const float *x, size_t n);
#endif
} AqKernels;

const AqKernels *aq_kernels(void);

/* Those of one level, NULL where the program was built without them. Running them is
 * the caller's risk: see aq_cpu_level(). */
const AqKernels *aq_kernels_of(AqCpuLevel level);

#endif
