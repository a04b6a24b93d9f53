/* SPDX-License-Identifier: MIT */
#include "model/coqo/fusion_priv.h"

AqDense aq_declare_product(AqDeclare *d, const char *name, int dim)
{
    return aq_declare_dense_scaled(d, "fusion", name, dim, dim, AQ_FUSION_INIT);
}

void aq_add_part(AqFusionParts *s, AqTensor *x)
{
    s->part[s->n_parts++] = x;
}

AqTensor *aq_mix_parts(AqNn *nn, const AqCoqo *net, AqFusionParts *s,
                       const AqDense *mix)
{
    AqTensor *e = aq_dense(nn, aq_concat(nn, s->part, s->n_parts, 1), mix, AQ_ACT_GELU);

    s->n_parts = 0;
    return aq_dropout(nn, e, (AqReal)net->config->dropout);
}
