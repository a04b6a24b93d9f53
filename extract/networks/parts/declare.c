/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/declare.h"

#include <stdio.h>
#include <string.h>

AqTensor *aq_net_declare(AqNetDeclare *d, const char *leaf, AqInit init, float scale,
                         int n_dims, const int *dims)
{
    AqTensor *t = NULL;
    char name[128];
    AqParamSpec s = {.name = name, .n_dims = n_dims, .init = init, .scale = scale};

    if (d->err != AQ_OK)
        return NULL;
    (void)snprintf(name, sizeof name, "%s%s", d->prefix, leaf);
    memcpy(s.dims, dims, (size_t)n_dims * sizeof *dims);
    s.layout = n_dims == 4 ? AQ_LAYOUT_OIHW : AQ_LAYOUT_PLAIN;
    s.no_decay = n_dims == 1 || init == AQ_INIT_NORMAL;
    d->err = aq_params_add(d->params, &s, &t);
    return t;
}
