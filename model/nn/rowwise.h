/*
 * Several row-wise steps fused: layer norm, RMS norm, a linear layer with its
 * activation, a factor a channel, adding another tensor's row. While recording, these
 * are the operations of nn.h one after another. Otherwise they run over tiles of rows,
 * so that intermediate results stay in the cache, with packed weights if they are
 * frozen (aq_params_freeze).
 */
#ifndef AQ_MODEL_NN_ROWWISE_H
#define AQ_MODEL_NN_ROWWISE_H
#include "model/nn/nn.h"

typedef enum AqRowKind {
    AQ_ROW_NORM,
    AQ_ROW_RMS,
    AQ_ROW_LINEAR,
    AQ_ROW_MUL,
    AQ_ROW_ADD
} AqRowKind;

typedef struct AqRowStep {
    AqRowKind kind;
    AqTensor *w, *b; /* norm: gamma, beta (D). rms: gamma (D'), D' <= D. linear: w
                        (M,K), b (M) or NULL. mul: factors (D). add: w has the rows'
                        current shape */
    AqReal eps;      /* norms */
    AqAct act;       /* linear */
    int first;       /* rms: its columns are first .. first+D'-1, the others stay */
} AqRowStep;

/* x (..,K) -> (..,M), M the width after the last of 1 to AQ_ROW_STEPS steps. */
#define AQ_ROW_STEPS 6
AqTensor *aq_rowwise(AqNn *nn, AqTensor *x, const AqRowStep *steps, int n_steps);

#endif
