/*
 * Declares a network's parameters under a prefix, such as a block's. The first error
 * sticks, and later calls do nothing.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_DECLARE_H
#define AQ_EXTRACT_NETWORKS_PARTS_DECLARE_H
#include "model/nn/nn.h"
#include "model/nn/params.h"

typedef struct AqNetDeclare {
    AqParams *params;
    char prefix[64];
    AqErr err;
} AqNetDeclare;

/* "<prefix><leaf>"; four dimensions are (O,KH,KW,C), five (O,KT,KH,KW,C), and what is
 * normal or of one dimension has no weight decay. NULL after an error. */
AqTensor *aq_net_declare(AqNetDeclare *d, const char *leaf, AqInit init, float scale,
                         int n_dims, const int *dims);

/* A matrix (M,K) for aq_linear() and aq_rowwise() alone (AqParamSpec.only_linear). */
AqTensor *aq_net_declare_linear(AqNetDeclare *d, const char *leaf, float scale, int M,
                                int K);

/* For an AqNetDeclare *d. BRANCH ends a residual branch: seeded with small values, so
 * that an untrained network passes its input on (the shortcut) instead of drowning it.
 */
#define MATRIX(leaf, ...)                                                              \
    aq_net_declare(d, leaf, AQ_INIT_XAVIER, 1, AQ_DIMS(__VA_ARGS__))
#define BRANCH(leaf, ...)                                                              \
    aq_net_declare(d, leaf, AQ_INIT_XAVIER, 0.2f, AQ_DIMS(__VA_ARGS__))
#define LINEAR(leaf, M, K)        aq_net_declare_linear(d, leaf, 1, M, K)
#define BRANCH_LINEAR(leaf, M, K) aq_net_declare_linear(d, leaf, 0.2f, M, K)
#define PLACES(leaf, ...)                                                              \
    aq_net_declare(d, leaf, AQ_INIT_NORMAL, 0.02f, AQ_DIMS(__VA_ARGS__))
#define ONES(leaf, n)  aq_net_declare(d, leaf, AQ_INIT_ONE, 0, AQ_DIMS(n))
#define ZEROS(leaf, n) aq_net_declare(d, leaf, AQ_INIT_ZERO, 0, AQ_DIMS(n))

#endif
