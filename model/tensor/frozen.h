/*
 * What is prepared once from a tensor of weights that no longer changes: the matrix
 * laid out for its back end, the filters of a convolution transformed. Made at the
 * first use, so that opening a network costs nothing; threads may come at once.
 */
#ifndef AQ_MODEL_TENSOR_FROZEN_H
#define AQ_MODEL_TENSOR_FROZEN_H
#include "model/tensor/packed.h"
#include "model/tensor/tensor.h"
#include "model/tensor/winograd.h"

/* is_mapped: the values lie in a mapped file, whose pages are let go once they are not
 * needed any more (they would come back), so that weights are in memory once. */
AQ_MUST_CHECK AqErr aq_frozen_new(AqFrozen **out, AqPrecision p, int is_mapped);
void aq_frozen_free(AqFrozen **f);

/* w as a matrix (dims[0], the rest); w->frozen is there. Both borrowed from it. */
AQ_MUST_CHECK AqErr aq_frozen_matrix(const AqTensor *w, AqPacked **out);

/* w (O,3,3,C), in float32 whatever the precision (winograd.h says why). */
AQ_MUST_CHECK AqErr aq_frozen_winograd(const AqTensor *w, AqWinograd **out);

#endif
