/* Inside nn: the set of parameters, shared by params.c, params_file.c and optimiser.c.
 */
#ifndef AQ_MODEL_NN_PARAMS_PRIV_H
#define AQ_MODEL_NN_PARAMS_PRIV_H
#include "model/nn/params.h"

enum { AQ_PARAM_PIECES = 3 };

/* Values that are not in memory: they stay in the file, or the seed tells them, until
 * they are packed or copied. */
typedef struct AqParamLater {
    AqErr (*read)(void *later, AqReal *to); /* as AqFrozenSource's */
    AqWeights *file;                        /* a reference, or NULL: seeded */
    int n;
    AqWeight piece[AQ_PARAM_PIECES]; /* one after another */
    AqParamSpec spec;                /* seeded; its name is borrowed, as `tensor` */
    const AqTensor *tensor;
    uint64_t seed;
} AqParamLater;

/* Forgets the values, if they are not in memory. */
void aq_param_drop_later(AqParamLater **later);

typedef struct AqParam {
    AqParamSpec spec; /* its name is owned */
    AqTensor *t;      /* allocated separately, so that pointers to it stay valid */
    size_t count;
    AqReal *owned;       /* data outside the slab, before make_trainable */
    AqParamLater *later; /* or NULL; then there are no data yet */
    AqReal *m, *v;       /* moments, in slabs */
} AqParam;

struct AqParams {
    AqParam *v;
    size_t n;
    AqReal *values, *grads, *m1, *m2; /* slabs; NULL before make_trainable */
    AqWeights *file;                  /* aliased by frozen parameters, or NULL */
};

#endif
