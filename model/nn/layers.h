/*
 * The layers that networks' parts are made of: their parameters, and one function each.
 * Names in weight files follow PyTorch's convention: "<layer>.weight", "<layer>.bias".
 */
#ifndef AQ_MODEL_NN_LAYERS_H
#define AQ_MODEL_NN_LAYERS_H
#include "model/nn/nn.h"
#include "model/nn/params.h"

/* For declaring parameters; the first error sticks, and later calls do nothing. */
typedef struct AqDeclare {
    AqParams *ps;
    AqErr err;
} AqDeclare;

/* One parameter "<prefix>.<name>" of shape (rows,cols), or (cols) if rows is 0. */
AqTensor *aq_declare(AqDeclare *d, const char *prefix, const char *name, int rows,
                     int cols, AqInit init, double scale);

typedef struct AqDense {
    AqTensor *w, *b;
} AqDense; /* (out,in), (out) */
/* Initial scale of F_av and q: at 1 they are about 0.3 in size and their product 0.1,
 * so that the question would hardly influence the result. */
#define AQ_FUSION_INIT 3.0
/* Initial scale of a QGT's branches (`out` below, times Xavier's): the input passes
 * almost unchanged until the branches have learned something to add. */
#define AQ_BRANCH_INIT 0.3
AqDense aq_declare_dense_scaled(AqDeclare *d, const char *prefix, const char *name,
                                int in, int out, double scale);
AqDense aq_declare_dense(AqDeclare *d, const char *prefix, const char *name, int in,
                         int out);
/* x (..,in) -> (..,out) */
AqTensor *aq_dense(AqNn *nn, AqTensor *x, const AqDense *p, AqAct act);

typedef struct AqNorm {
    AqTensor *gamma, *beta;
} AqNorm;
AqNorm aq_declare_norm(AqDeclare *d, const char *prefix, const char *name, int dim);
AqTensor *aq_norm(AqNn *nn, AqTensor *x, const AqNorm *p);

/* Names as PyTorch's: weight, bias, running_mean, running_var. The running statistics
 * are parameters without a gradient, so that files and averages have them too. */
AqBatchNorm aq_declare_batch_norm(AqDeclare *d, const char *prefix, const char *name,
                                  int dim);

/* Multi-head attention with its four projections (Vaswani et al., 2017). */
typedef struct AqHeads {
    AqDense q, k, v, o;
    int n;
} AqHeads;
AqHeads aq_declare_heads(AqDeclare *d, const char *prefix, const char *name, int dim,
                         int heads, double out);
/* q (G,N,D) attends to kv (G,M,D); key_mask (G,M) and weights_out may be NULL. Result
 * (G,N,D). */
AqTensor *aq_heads(AqNn *nn, AqTensor *q, AqTensor *kv, const AqHeads *p,
                   const AqReal *key_mask, AqTensor **weights_out);

/* Linear, GELU, dropout, linear. */
typedef struct AqFeedForward {
    AqDense in, out;
} AqFeedForward;
AqFeedForward aq_declare_feed_forward(AqDeclare *d, const char *prefix,
                                      const char *name, int dim, int width, double out);
AqTensor *aq_feed_forward(AqNn *nn, AqTensor *x, const AqFeedForward *p,
                          AqReal dropout);

/* n constants or n indices in the arena; NULL when out of memory, which is sticky. */
AqReal *aq_constants(AqNn *nn, size_t n);
int *aq_indices(AqNn *nn, size_t n);

/* x (C,..) -> (n,..): entry k is x's entry which[k]; x itself if `which` is NULL. */
AqTensor *aq_pick(AqNn *nn, AqTensor *x, const int *which, int n);

/* x (..) -> (n,..): x, n times. */
AqTensor *aq_repeat(AqNn *nn, AqTensor *x, int n);

/* x (G,..) -> (G*n,..): each entry n times in a row. */
AqTensor *aq_repeat_each(AqNn *nn, AqTensor *x, int n);

#endif
