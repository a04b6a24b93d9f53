/* A back end for packed products. Private to model/tensor. */
#ifndef AQ_TENSOR_PACKED_PRIV_H
#define AQ_TENSOR_PACKED_PRIV_H
#include "model/tensor/packed.h"

typedef struct AqPackedState AqPackedState; /* a back end's own */

typedef struct AqPackedDef {
    const char *(*name)(void);
    int (*can)(AqPrecision p); /* on this machine */
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
#endif

#endif
