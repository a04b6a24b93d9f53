/*
 * Data prepared once from a weight tensor that no longer changes: a matrix packed for
 * its back end, or the filters of a convolution, transformed or put together. It is
 * made on first use, so that opening a network costs nothing. Thread-safe.
 */
#ifndef AQ_MODEL_TENSOR_FROZEN_H
#define AQ_MODEL_TENSOR_FROZEN_H
#include "model/tensor/grouped.h"
#include "model/tensor/packed.h"
#include "model/tensor/tensor.h"
#include "model/tensor/winograd.h"

/* Values that are not in memory (a tensor without data): written when they are needed,
 * and then again if they have been prepared and dropped. */
typedef struct AqFrozenSource {
    AqErr (*read)(void *ctx, AqReal *to); /* all of the tensor's; any thread */
    void *ctx;                            /* borrowed until aq_frozen_free() */
} AqFrozenSource;

/* is_mapped: the values are in a mapped file, whose pages are released once they are no
 * longer needed (touching them brings them back), so that weights are in memory only
 * once. source: where the values are instead, or NULL; copied. */
AQ_MUST_CHECK AqErr aq_frozen_new(AqFrozen **out, AqPrecision p, int is_mapped,
                                  const AqFrozenSource *source);
void aq_frozen_free(AqFrozen **f);

/* w as a matrix (dims[0], the rest); w->frozen must be set. *out is borrowed from it.
 * Only here w may be without data. */
AQ_MUST_CHECK AqErr aq_frozen_matrix(const AqTensor *w, AqPacked **out);

/* w (O,[1,]3,3,C), in float32 at any precision (winograd.h says why). */
AQ_MUST_CHECK AqErr aq_frozen_winograd(const AqTensor *w, AqWinograd **out);

/* w (O,..,C) as filters in that many groups, in float32 at any precision. */
AQ_MUST_CHECK AqErr aq_frozen_grouped(const AqTensor *w, int groups, AqGrouped **out);

#endif
