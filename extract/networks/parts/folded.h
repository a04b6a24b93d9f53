/*
 * Convolutions with what follows them folded in when a file is opened, w' = a w, b' =
 * s: of a batch norm (norm.h, with PyTorch's epsilon of 1e-5) what it multiplies by and
 * adds; of an affine layer behind a bias c, a = gamma and s = beta + c a.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_FOLDED_H
#define AQ_EXTRACT_NETWORKS_PARTS_FOLDED_H
#include "model/nn/nn.h"
#include "model/weights/weights.h"

enum { AQ_FOLDED_PARTS = 4, AQ_FOLDED_NAME = 160 };

/* What a convolution's tensors are called in a file: its filters, and n parts of one
 * value a filter: 4, a norm's, in its order; 3, gamma, beta and c; 2, gamma and beta.
 */
typedef struct AqFoldedNames {
    char filters[AQ_FOLDED_NAME], part[AQ_FOLDED_PARTS][AQ_FOLDED_NAME];
    int n;
} AqFoldedNames;

/* Fills w (O,..,I), whose filters are (O,I,..) in the file, and b (O). The tensors are
 * marked as used. AQ_ERR_MISMATCH if one is not there or has another shape,
 * AQ_ERR_FORMAT for values that cannot be. */
AQ_MUST_CHECK AqErr aq_folded_read(AqTensor *w, AqTensor *b, AqWeights *file,
                                   const AqFoldedNames *names);

#endif
