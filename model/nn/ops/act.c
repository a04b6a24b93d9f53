/* SPDX-License-Identifier: MIT */
#include "model/nn/act_priv.h"

#include "model/tensor/kernels.h"

#include <math.h>

void aq_finish_row(AqReal *y, const AqReal *b, size_t M, AqAct act)
{
    const AqKernels *k = aq_kernels();

    if (b && act == AQ_ACT_RELU)
        k->add_relu(y, b, M);
    else if (b)
        k->add(y, b, M);
    if (act == AQ_ACT_GELU)
        k->gelu(y, y, M);
    else if (act == AQ_ACT_QUICK_GELU)
        k->quick_gelu(y, y, M);
    else if (act == AQ_ACT_GELU_TANH)
        k->gelu_tanh(y, y, M);
    else if (act == AQ_ACT_ELU)
        k->elu(y, y, M);
    else if (act == AQ_ACT_TANH)
        k->tanh(y, y, M);
    else if (act == AQ_ACT_SIGMOID)
        k->sigmoid(y, y, M);
    else if (act == AQ_ACT_RELU && !b)
        for (size_t j = 0; j < M; j++)
            y[j] = y[j] < 0 ? 0 : y[j];
}

void aq_softmax_kept(AqReal *y, const AqReal *x, const AqReal *keep, size_t D)
{
    AqReal most = -(AqReal)INFINITY, sum = 0;

    for (size_t k = 0; k < D; k++)
        if (keep[k] != 0 && !(x[k] <= most))
            most = x[k];
    for (size_t k = 0; k < D; k++) {
        y[k] = keep[k] != 0 ? aq_exp(x[k] - most) : 0;
        sum += y[k];
    }
    for (size_t k = 0; sum > 0 && k < D; k++)
        y[k] /= sum;
}
