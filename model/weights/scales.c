/* SPDX-License-Identifier: MIT */
/*
 * 8-bit integers that stand for real numbers: "NAME" with "NAME_scale" beside it, one
 * scale for all or one for each entry of the first dimension, of shape (O) or
 * (O,1,...), as the package compressed-tensors writes its "int-quantized" weights.
 */
#include "model/weights/weights_priv.h"

#include <math.h>
#include <stdio.h>

#define ZERO_SUFFIX "_zero_point"
enum { LEAST_INT8 = 128 };

/* The array called like t and the suffix, or NULL. */
static const AqWeight *find_beside(const AqWeights *w, const AqWeight *t,
                                   const char *suffix)
{
    char name[AQ_SCALE_NAME_BYTES];
    const int n = snprintf(name, sizeof name, "%s%s", t->name, suffix);

    return n > 0 && n < AQ_SCALE_NAME_BYTES ? aq_weights_find(w, name) : NULL;
}

static int scales_fit(const AqWeight *t, const AqWeight *s)
{
    if (!aq_weight_is_real(s) || s->count == 0)
        return 0;
    return s->count == 1 ||
           (t->n_dims > 0 && s->n_dims > 0 && s->dims[0] == t->dims[0] &&
            s->count == (size_t)s->dims[0]);
}

static AqErr take_scales_of(AqWeights *w, AqWeight *t, const AqWeight *s)
{
    if (find_beside(w, t, ZERO_SUFFIX))
        return aq_fail(
            AQ_ERR_UNSUPPORTED,
            "%s: tensor %s has zero points; 8-bit integers with scales alone "
            "are read",
            w->path, t->name);
    if (!scales_fit(t, s))
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: tensor %s does not hold one scale for all of %s, or one for "
            "each entry of its first dimension",
            w->path, s->name, t->name);
    float *v = aq_arena_alloc(w->arena, s->count, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_weight_to_floats(s, 0, s->count, v);
    if (err != AQ_OK)
        return err;
    for (size_t k = 0; k < s->count; k++)
        if (!isfinite(v[k] * LEAST_INT8) || v[k] < 0)
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: tensor %s holds a scale that is negative, or not a "
                           "number to compute with (value %zu of %zu)",
                           w->path, s->name, k + 1, s->count);
    t->scales = v;
    t->scale_each = t->count / s->count;
    return AQ_OK;
}

AqErr aq_weights_take_scales(AqWeights *w)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < w->n; k++) {
        AqWeight *t = &w->v[k];

        if (t->dtype != AQ_I8 || t->count == 0 || t->scales)
            continue;
        const AqWeight *s = find_beside(w, t, AQ_SCALE_SUFFIX);
        if (s)
            err = take_scales_of(w, t, s);
    }
    return err;
}
