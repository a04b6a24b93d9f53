/* The largest over a dimension, for networks that look for the best of several. */
#ifndef AQ_MODEL_NN_MAXIMA_H
#define AQ_MODEL_NN_MAXIMA_H
#include "model/nn/nn.h"

/* The maximum over dimension `dim`, which y has no longer; of equal ones the first has
 * the gradient. */
AqTensor *aq_max(AqNn *nn, AqTensor *x, int dim);

#endif
