/* SPDX-License-Identifier: MIT */
#include "model/nn/act_priv.h"

#include "model/tensor/kernels.h"

void aq_finish_row(AqReal *y, const AqReal *b, size_t M, AqAct act)
{
    const AqKernels *k = aq_kernels();

    if (b && act == AQ_ACT_RELU)
        k->add_relu(y, b, M);
    else if (b)
        k->add(y, b, M);
    if (act == AQ_ACT_GELU)
        k->gelu(y, y, M);
    else if (act == AQ_ACT_TANH)
        k->tanh(y, y, M);
    else if (act == AQ_ACT_SIGMOID)
        k->sigmoid(y, y, M);
    else if (act == AQ_ACT_RELU && !b)
        for (size_t j = 0; j < M; j++)
            y[j] = y[j] < 0 ? 0 : y[j];
}
