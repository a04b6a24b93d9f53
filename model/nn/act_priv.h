/* The epilogue of a product, for one row. Private to nn. */
#ifndef AQ_MODEL_NN_ACT_PRIV_H
#define AQ_MODEL_NN_ACT_PRIV_H
#include "model/nn/nn.h"

/* y (M) = act(y + b); b may be NULL. */
void aq_finish_row(AqReal *y, const AqReal *b, size_t M, AqAct act);

/* Does the gradient need the input? The others' follows from the output. */
static inline int aq_act_keeps_input(AqAct act)
{
    return act == AQ_ACT_GELU || act == AQ_ACT_QUICK_GELU || act == AQ_ACT_GELU_TANH;
}

/* The slope where the output is v, of the others. */
static inline AqReal aq_act_slope(AqAct act, AqReal v)
{
    return act == AQ_ACT_RELU      ? (AqReal)(v > 0)
           : act == AQ_ACT_TANH    ? 1 - v * v
           : act == AQ_ACT_SIGMOID ? v * (1 - v)
           : act == AQ_ACT_ELU     ? (v < 0 ? v + 1 : AQ_R(1))
                                   : AQ_R(1);
}

/* y (D) = softmax of x over the entries whose keep (D) is not 0, the others 0; all
 * zeros if none is kept. y may be x. */
void aq_softmax_kept(AqReal *y, const AqReal *x, const AqReal *keep, size_t D);

#endif
