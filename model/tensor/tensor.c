/* SPDX-License-Identifier: MIT */
#include "model/tensor/tensor.h"

#include <assert.h>
#include <stdio.h>

size_t aq_tensor_inner(const AqTensor *t, int first)
{
    size_t n = 1;

    for (int k = first; k < t->n_dims; k++)
        n *= (size_t)t->dims[k];
    return n;
}

size_t aq_tensor_count(const AqTensor *t)
{
    return aq_tensor_inner(t, 0);
}

int aq_tensor_dim(const AqTensor *t, int k)
{
    const int at = k < 0 ? t->n_dims + k : k;

    assert(at >= 0 && at < t->n_dims);
    return t->dims[at];
}

int aq_tensor_same_shape(const AqTensor *a, const AqTensor *b)
{
    if (a->n_dims != b->n_dims)
        return 0;
    for (int k = 0; k < a->n_dims; k++)
        if (a->dims[k] != b->dims[k])
            return 0;
    return 1;
}

char *aq_tensor_shape_text(const AqTensor *t, char *text, size_t bytes)
{
    size_t at = 0;

    (void)snprintf(text, bytes, "[");
    for (int k = 0; k < t->n_dims; k++) {
        at += at < bytes ? 1 : 0;
        while (at < bytes && text[at])
            at++;
        if (at < bytes)
            (void)snprintf(text + at, bytes - at, "%s%d", k ? ", " : "", t->dims[k]);
    }
    for (at = 0; at < bytes && text[at]; at++)
        ;
    if (at < bytes)
        (void)snprintf(text + at, bytes - at, "]");
    return text;
}
