/* Inside nn: the set of parameters, shared by params.c, params_file.c and optimiser.c.
 */
#ifndef AQ_MODEL_NN_PARAMS_PRIV_H
#define AQ_MODEL_NN_PARAMS_PRIV_H
#include "model/nn/params.h"

typedef struct AqParam {
    AqParamSpec spec; /* its name is owned */
    AqTensor *t;      /* allocated separately, so that pointers to it stay valid */
    size_t count;
    AqReal *owned; /* data outside the slab, before make_trainable */
    AqReal *m, *v; /* moments, in slabs */
} AqParam;

struct AqParams {
    AqParam *v;
    size_t n;
    AqReal *values, *grads, *m1, *m2; /* slabs; NULL before make_trainable */
    AqWeights *file;                  /* aliased by frozen parameters, or NULL */
};

#endif
