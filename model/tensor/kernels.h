/*
 * Vector kernels: the loops other than matrix products. One source (kernels.inc),
 * compiled for each processor level; the best that the machine supports is chosen once.
 * All levels add in the same order (16 partial sums), so they differ at most by the
 * rounding of contracted operations.
 */
#ifndef AQ_MODEL_TENSOR_KERNELS_H
#define AQ_MODEL_TENSOR_KERNELS_H
#include "base/cpu.h"
#include "model/tensor/real.h"

#include <stddef.h>
#include <stdint.h>

/* One head of self-attention over n tokens scattered in a matrix. Token k's query, key
 * and value begin at column 0, D and 2 D of row rows[k] of qkv (..,3 D), its result at
 * row rows[k] of y (..,D); both pointers already include the head's first column. */
typedef struct AqHeadJob {
    AqReal *y;
    const AqReal *qkv;
    const int *rows; /* (n) */
    int n, D, hs;    /* hs: the head's size */
    AqReal scale;
    const AqReal *bias, *mask; /* (n,n) added to the logits, or NULL */
    AqReal *scratch;           /* aq_head_scratch(n, hs) values, 64-byte aligned */
} AqHeadJob;
/* So many queries go past so many keys at a time. */
#define AQ_HEAD_QUERIES 96
#define AQ_HEAD_KEYS    256
size_t aq_head_scratch(int n, int hs);

/* Sixteen outputs of a convolution at eight pixels: y[p] (16) = bias + the sum over
 * taps t and channels c of x[p][t][from + c] times w[t][c], then the maximum with 0 if
 * relu. Pixels may coincide. */
#define AQ_TAPS_OUT    16
#define AQ_TAPS_PIXELS 8
typedef struct AqTapsJob {
    AqReal *y[AQ_TAPS_PIXELS];
    const AqReal *const *x[AQ_TAPS_PIXELS]; /* (taps) each */
    const AqReal *w;                        /* (taps,C,16) */
    const AqReal *bias;                     /* (16) */
    size_t taps, from, C;
    int relu;
} AqTapsJob;

/* Dropout factors, 0 or `kept`, each a function of the key and its index alone: they
 * are not stored but recomputed, starting at any index. */
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
    /* The same of QuickGELU, x sigmoid(1.702 x) (Hendrycks and Gimpel's second
     * approximation of GELU, as CLIP has it). */
    void (*quick_gelu)(AqReal *y, const AqReal *x, size_t n);
    void (*quick_gelu_back)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    void (*quick_gelu_slope)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    /* The same of GELU's approximation by tanh, 0.5 x (1 + tanh(sqrt(2/pi) (x +
     * 0.044715 x^3))) (Hendrycks and Gimpel's first). */
    void (*gelu_tanh)(AqReal *y, const AqReal *x, size_t n);
    void (*gelu_tanh_back)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    void (*gelu_tanh_slope)(AqReal *dx, const AqReal *x, const AqReal *dy, size_t n);
    /* x, or exp(x) - 1 where x < 0 (Clevert et al., 2016) */
    void (*elu)(AqReal *y, const AqReal *x, size_t n);
    void (*tanh)(AqReal *y, const AqReal *x, size_t n);
    void (*sigmoid)(AqReal *y, const AqReal *x, size_t n);
    void (*exp)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = softmax of x (n); y may be x. n of 0 does nothing. */
    void (*softmax)(AqReal *y, const AqReal *x, size_t n);
    /* y (n) = (x - mean) * rstd * gamma + beta; mean and rstd are returned. */
    void (*layernorm)(AqReal *y, const AqReal *x, const AqReal *gamma,
                      const AqReal *beta, AqReal eps, size_t n, AqReal *mean,
                      AqReal *rstd);
    /* dp (n) becomes p (dp - sum of p dp): backward through a softmax with output p */
    void (*softmax_back)(AqReal *dp, const AqReal *p, size_t n);
    /* Layer norm of a row, backward: dx (n) = or, if add, += ...; if not adding, dx may
     * be dy. Adds to dgamma (n) and dbeta (n). */
    void (*layernorm_back)(AqReal *dx, AqReal *dgamma, AqReal *dbeta, const AqReal *dy,
                           const AqReal *x, const AqReal *gamma, AqReal mean,
                           AqReal rstd, size_t n, int add);
    /* RMSNorm of a row (Zhang and Sennrich, 2019): y (n) = x / sqrt(mean(x^2) + eps) *
     * gamma; y may be x. Returns what x was multiplied by. */
    void (*rmsnorm)(AqReal *y, const AqReal *x, const AqReal *gamma, AqReal eps,
                    size_t n, AqReal *rstd);
    /* Backward, as layer norm's. */
    void (*rmsnorm_back)(AqReal *dx, AqReal *dgamma, const AqReal *dy, const AqReal *x,
                         const AqReal *gamma, AqReal rstd, size_t n, int add);
    /* y (n) = a (n) * b (n); y may be either */
    void (*mul)(AqReal *y, const AqReal *a, const AqReal *b, size_t n);
    /* y (n) = a (n) + b (n) */
    void (*sum)(AqReal *y, const AqReal *a, const AqReal *b, size_t n);
    /* y (n) = a * x (n); y may be x */
    void (*scale)(AqReal *y, AqReal a, const AqReal *x, size_t n);
    /* y (n) = or, if add, += x (n) times the factors from index `first` on; y may be x
     */
    void (*dropout)(AqReal *y, const AqReal *x, const AqDropout *how, size_t first,
                    size_t n, int add);
    /* y (n) += b (n); add_relu then takes the maximum with 0. */
    void (*add)(AqReal *y, const AqReal *b, size_t n);
    void (*add_relu)(AqReal *y, const AqReal *b, size_t n);
    /* y (n) += a * x (n) */
    void (*axpy)(AqReal *y, AqReal a, const AqReal *x, size_t n);
    /* y (n) += a (n) * b (n) */
    void (*mul_add)(AqReal *y, const AqReal *a, const AqReal *b, size_t n);
    /* y (n) = b (n) (or 0 if NULL) + the sum over t of w[t] (n) * x[t] (n), then the
     * maximum with 0 if relu: a pixel of a depthwise convolution. */
    void (*depthwise)(AqReal *y, const AqReal *const *x, const AqReal *const *w,
                      size_t n_taps, const AqReal *b, int relu, size_t n);
    /* y (n) = the element-wise maximum of n_x rows, at least one; NaN only where the
     * first is. */
    void (*max_of)(AqReal *y, const AqReal *const *x, size_t n_x, size_t n);
    AqReal (*dot)(const AqReal *a, const AqReal *b, size_t n);
    double (*dot_double)(const AqReal *a, const AqReal *b, size_t n);
    /* A step of Adam for n parameters p with gradient g and moments m, v. */
    void (*adam)(AqReal *p, AqReal *m, AqReal *v, const AqReal *g,
                 const AqAdamStep *how, size_t n);
    /* y = softmax(scale q k^T + bias + mask) v */
    void (*head)(const AqHeadJob *job);
    /* The outputs of the job */
    void (*taps)(const AqTapsJob *job);
    /* One tile of F(4x4,3x3), channel by channel (model/tensor/winograd.h). in: the 6x6
     * pixels' rows (C); point k of v is at v + k * stride. */
    void (*winograd_in)(AqReal *v, size_t stride, const AqReal *const in[36], size_t C);
    /* y: the 4x4 pixels' rows (O), which may coincide; adds bias and, if relu, takes
     * the maximum with 0. Point k of m is at m + k * stride. */
    void (*winograd_out)(AqReal *const y[16], const AqReal *m, size_t stride,
                         const AqReal *bias, int relu, size_t O);
#ifndef AQ_REAL_DOUBLE
    /* bfloat16, rounded to nearest even; NaN stays NaN. */
    void (*to_bf16)(uint16_t *y, const float *x, size_t n);
#endif
} AqKernels;

const AqKernels *aq_kernels(void);

/* The kernels of one level, NULL if the program was built without them. The caller must
 * make sure that the processor supports them: see aq_cpu_level(). */
const AqKernels *aq_kernels_of(AqCpuLevel level);

#endif
