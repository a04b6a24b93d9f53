/* aq_rowwise() without recording; used by it and by the single operations, for frozen
 * weights. Private to nn. */
#ifndef AQ_MODEL_NN_ROW_TILES_PRIV_H
#define AQ_MODEL_NN_ROW_TILES_PRIV_H
#include "model/nn/rowwise.h"

/* As aq_rowwise(); x is not NULL, and nn does not record. */
AqTensor *aq_row_tiles(AqNn *nn, AqTensor *x, const AqRowStep *steps, int n_steps);

#endif
