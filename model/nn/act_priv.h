/* What follows a product, row by row. Private to nn. */
#ifndef AQ_MODEL_NN_ACT_PRIV_H
#define AQ_MODEL_NN_ACT_PRIV_H
#include "model/nn/nn.h"

/* y (M) = act(y + b); b may be NULL. */
void aq_finish_row(AqReal *y, const AqReal *b, size_t M, AqAct act);

#endif
