/*
 * Parameters of a network: declared by name and shape, then given values from a seed or
 * from a weight file, then trained or frozen. One slab for values, one for gradients
 * and one for each moment of the optimiser; the tensors point into them. Frozen float32
 * parameters of a mapped weight file are used in place, without a copy; matrices that a
 * file has in another type, or a seed makes, come into being one by one when they are
 * packed, so that there is one copy of them too.
 */
#ifndef AQ_MODEL_NN_PARAMS_H
#define AQ_MODEL_NN_PARAMS_H
#include "base/rng.h"
#include "model/tensor/packed.h"
#include "model/tensor/tensor.h"
#include "model/weights/weights.h"

typedef struct AqParams AqParams;

typedef enum AqInit {
    AQ_INIT_ZERO,
    AQ_INIT_ONE,
    AQ_INIT_CONST,      /* `scale` */
    AQ_INIT_NORMAL,     /* standard deviation `scale` */
    AQ_INIT_UNIFORM,    /* -scale .. scale */
    AQ_INIT_HE,         /* normal, sqrt(2 / fan in) * scale (He et al., 2015) */
    AQ_INIT_HE_CENTRED, /* the same, with each output's weights summing to 0, so that
                           what is common to all inputs cancels */
    AQ_INIT_XAVIER /* uniform, sqrt(6 / (in + out)) * scale (Glorot, Bengio, 2010) */
} AqInit;

typedef enum AqLayout {
    AQ_LAYOUT_PLAIN, /* in memory as in the file */
    AQ_LAYOUT_OIHW   /* file (O,C,KH,KW), memory (O,KH,KW,C); or with KT before KH */
} AqLayout;

typedef struct AqParamSpec {
    const char *name; /* copied */
    int n_dims;
    int dims[AQ_MAX_DIMS]; /* as in memory */
    AqInit init;
    AqReal scale;
    AqLayout layout;
    int no_decay; /* no weight decay (biases, norms) */
    /* The matrix is used by aq_linear() and aq_rowwise() alone: loaded from a file
     * where it is not float32, it has no data and is frozen at once, until it is made
     * trainable. */
    int only_linear;
} AqParamSpec;

AQ_MUST_CHECK AqErr aq_params_new(AqParams **out);
void aq_params_free(AqParams **ps);

/* Declares a parameter. The tensor belongs to the set and is valid until free;
 * aq_params_init() or aq_params_load() sets its data. AQ_ERR_USAGE if the name is
 * taken. */
AQ_MUST_CHECK AqErr aq_params_add(AqParams *ps, const AqParamSpec *spec,
                                  AqTensor **out);

/* Draws values from the seed, each tensor from a stream derived from its name, so that
 * a parameter's values do not depend on which others exist. */
AQ_MUST_CHECK AqErr aq_params_init(AqParams *ps, uint64_t seed);

/* An array of a file that supplies a parameter or a part of it. */
typedef struct AqParamSource {
    char name[160];
    int order[4]; /* our dimension k is the file's order[k]; all 0: the same order */
} AqParamSource;

/*
 * Loads values from a file. `names` (NULL: the declared name) writes the 1 to 3 sources
 * that, stacked along dimension 0, form the parameter, and returns their number; 0: the
 * caller will set it, and it is zeros. A filter (O,C,KH,KW) may be over one moment in
 * the file, (O,C,1,KH,KW). Leading dimensions of 1 that the parameter has not do not
 * matter. Missing or misshapen tensors are AQ_ERR_MISMATCH, with the expected shape.
 * Tensors taken are marked as used. The set takes a reference to `w` while it aliases
 * its data.
 */
typedef int (*AqParamNames)(void *ctx, const char *name, AqParamSource from[3]);
AQ_MUST_CHECK AqErr aq_params_load(AqParams *ps, AqWeights *w, AqParamNames names,
                                   void *ctx);

/* One array of a file, of that name and shape, for parameters that are computed from
 * several: checked, and marked as used, as above. Borrowed. */
AQ_MUST_CHECK AqErr aq_params_take(AqWeights *w, const char *name, int n_dims,
                                   const int64_t *dims, const AqWeight **out);

/* Declares the values final: operations that do not record may then pack the matrices
 * for the back end, on first use (model/tensor/frozen.h). AQ_ERR_UNSUPPORTED if this
 * machine does not support the precision. */
AQ_MUST_CHECK AqErr aq_params_freeze(AqParams *ps, AqPrecision precision);

/* Allocates gradients and moments, zeroed; call after init or load. Aliased parameters
 * are copied into the slab, and none are frozen any longer. */
AQ_MUST_CHECK AqErr aq_params_make_trainable(AqParams *ps);
void aq_params_zero_grad(AqParams *ps);
/* All gradients and all values, contiguous (aq_params_count); once trainable. */
AqReal *aq_params_grads(AqParams *ps);
AqReal *aq_params_values(AqParams *ps);

size_t aq_params_n(const AqParams *ps);
size_t aq_params_count(const AqParams *ps); /* total values */
const char *aq_params_name(const AqParams *ps, size_t k);
AqTensor *aq_params_tensor(const AqParams *ps, size_t k);
AqTensor *aq_params_find(const AqParams *ps, const char *name); /* NULL if absent */

/* Adds every parameter to a weight file being written, names prefixed, stored as `as`
 * (AQ_F32 or AQ_F16). */
AQ_MUST_CHECK AqErr aq_params_save(const AqParams *ps, AqWeightsWriter *w,
                                   const char *prefix, AqDtype as);

/* Adam (Kingma and Ba, 2015); decay > 0 makes it AdamW (Loshchilov and Hutter, 2019).
 * `step` counts from 1. */
typedef struct AqAdam {
    double lr, beta1, beta2, eps, decay;
} AqAdam;
void aq_params_adam_step(AqParams *ps, const AqAdam *how, long step);

/* Computes the L2 norm of all gradients and scales them so that it is at most `most`
 * (0: does not scale). If it is not finite, AQ_ERR_NUMERIC naming the first bad
 * parameter. */
AQ_MUST_CHECK AqErr aq_params_clip_grad(AqParams *ps, double most, double *norm);

/* The optimiser's moments as two more sets of tensors, for checkpoints. */
AQ_MUST_CHECK AqErr aq_params_save_moments(const AqParams *ps, AqWeightsWriter *w,
                                           const char *prefix);
AQ_MUST_CHECK AqErr aq_params_load_moments(AqParams *ps, AqWeights *w,
                                           const char *prefix);

#endif
