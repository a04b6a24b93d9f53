/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/declare.h"

#include <stdio.h>
#include <string.h>

static AqTensor *declare_under_prefix(AqNetDeclare *d, const char *leaf, AqParamSpec s)
{
    AqTensor *t = NULL;
    char name[128];

    if (d->err != AQ_OK)
        return NULL;
    (void)snprintf(name, sizeof name, "%s%s", d->prefix, leaf);
    s.name = name;
    d->err = aq_params_add(d->params, &s, &t);
    return t;
}

AqTensor *aq_net_declare(AqNetDeclare *d, const char *leaf, AqInit init, float scale,
                         int n_dims, const int *dims)
{
    AqParamSpec s = {.n_dims = n_dims,
                     .init = init,
                     .scale = scale,
                     .layout = n_dims >= 4 ? AQ_LAYOUT_OIHW : AQ_LAYOUT_PLAIN,
                     .no_decay = n_dims == 1 || init == AQ_INIT_NORMAL};

    memcpy(s.dims, dims, (size_t)n_dims * sizeof *dims);
    return declare_under_prefix(d, leaf, s);
}

AqTensor *aq_net_declare_linear(AqNetDeclare *d, const char *leaf, float scale, int M,
                                int K)
{
    const AqParamSpec s = {.n_dims = 2,
                           .dims = {M, K},
                           .init = AQ_INIT_XAVIER,
                           .scale = scale,
                           .only_linear = 1};

    return declare_under_prefix(d, leaf, s);
}
