/* SPDX-License-Identifier: MIT */
#include "model/nn/params_priv.h"

#include "base/alloc.h"
#include "model/tensor/frozen.h"

#include <string.h>

AqErr aq_params_new(AqParams **out)
{
    *out = aq_alloc(1, sizeof **out);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

void aq_params_free(AqParams **pp)
{
    AqParams *ps = *pp;

    if (!ps)
        return;
    for (size_t k = 0; k < ps->n; k++) {
        aq_free((char *)(uintptr_t)ps->v[k].spec.name);
        aq_frozen_free(&ps->v[k].t->frozen);
        aq_param_drop_later(&ps->v[k].later);
        aq_free(ps->v[k].owned);
        aq_free(ps->v[k].t);
    }
    aq_free(ps->v);
    aq_free(ps->values);
    aq_free(ps->grads);
    aq_free(ps->m1);
    aq_free(ps->m2);
    aq_weights_unref(&ps->file);
    aq_free(ps);
    *pp = NULL;
}

AqErr aq_params_add(AqParams *ps, const AqParamSpec *spec, AqTensor **out)
{
    *out = NULL;
    if (aq_params_find(ps, spec->name))
        return aq_fail(AQ_ERR_USAGE, "two parameters are called %s", spec->name);
    AqParam *v = aq_grow(ps->v, ps->n, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    ps->v = v;
    AqParam *p = &v[ps->n];
    *p = (AqParam){.spec = *spec, .t = aq_alloc(1, sizeof *p->t)};
    char *name = aq_strdup(spec->name);
    if (!p->t || !name) {
        aq_free(p->t);
        aq_free(name);
        return AQ_ERR_NOMEM;
    }
    p->spec.name = name;
    p->t->n_dims = spec->n_dims;
    memcpy(p->t->dims, spec->dims, sizeof spec->dims);
    p->count = aq_tensor_count(p->t);
    ps->n++;
    *out = p->t;
    return AQ_OK;
}

/* FNV-1a, 64 bits: a stream for each name. */
static uint64_t rng_stream_of_name(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h;
}

static double init_scale_of(const AqParamSpec *spec, const AqTensor *t)
{
    const double rows = t->n_dims ? (double)t->dims[0] : 1.0;
    const double in = rows > 0 ? (double)aq_tensor_count(t) / rows : 1.0;
    const double s = (double)spec->scale;

    switch (spec->init) {
    case AQ_INIT_HE:
    case AQ_INIT_HE_CENTRED:
        return s * sqrt(2.0 / in);
    case AQ_INIT_XAVIER:
        return s * sqrt(6.0 / (in + rows));
    default:
        return s;
    }
}

/* Subtracts from each output's weights their mean. */
static void centre_weights(AqReal *v, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;

        for (size_t k = 0; k < n; k++)
            sum += (double)v[r * n + k];
        for (size_t k = 0; k < n; k++)
            v[r * n + k] -= (AqReal)(sum / (double)n);
    }
}

static void draw_initial_values(const AqParamSpec *spec, const AqTensor *t,
                                uint64_t seed, AqReal *to)
{
    AqRng rng = aq_rng(seed, rng_stream_of_name(spec->name));
    const double s = init_scale_of(spec, t);
    const size_t n = aq_tensor_count(t);

    for (size_t k = 0; k < n; k++)
        switch (spec->init) {
        case AQ_INIT_ZERO:
            to[k] = 0;
            break;
        case AQ_INIT_ONE:
            to[k] = 1;
            break;
        case AQ_INIT_CONST:
            to[k] = spec->scale;
            break;
        case AQ_INIT_NORMAL:
        case AQ_INIT_HE:
        case AQ_INIT_HE_CENTRED:
            to[k] = (AqReal)(s * aq_rng_normal(&rng));
            break;
        case AQ_INIT_UNIFORM:
        case AQ_INIT_XAVIER:
            to[k] = (AqReal)aq_rng_range(&rng, -s, s);
            break;
        }
    if (spec->init == AQ_INIT_HE_CENTRED)
        centre_weights(to, (size_t)t->dims[0], aq_tensor_inner(t, 1));
}

static AqErr draw_later(void *later, AqReal *to)
{
    const AqParamLater *l = later;

    draw_initial_values(&l->spec, l->tensor, l->seed, to);
    return AQ_OK;
}

static AqErr freeze_one(AqParam *p, AqPrecision precision, int is_mapped)
{
    const AqFrozenSource source = {.read = p->later ? p->later->read : NULL,
                                   .ctx = p->later};

    aq_frozen_free(&p->t->frozen);
    return aq_frozen_new(&p->t->frozen, precision, is_mapped,
                         p->later ? &source : NULL);
}

/* The seed is all that there is of the values until they are needed. */
static AqErr leave_to_seed(AqParam *p, uint64_t seed)
{
    p->later = aq_alloc(1, sizeof *p->later);
    if (!p->later)
        return AQ_ERR_NOMEM;
    *p->later = (AqParamLater){
        .read = draw_later, .spec = p->spec, .tensor = p->t, .seed = seed};
    p->t->data = NULL;
    return freeze_one(p, AQ_PRECISION_F32, 0);
}

static AqErr init_one(const AqParams *ps, AqParam *p, uint64_t seed)
{
    aq_frozen_free(&p->t->frozen);
    aq_param_drop_later(&p->later);
    if (p->spec.only_linear && !p->owned && !ps->values)
        return leave_to_seed(p, seed);
    if (!p->owned && !ps->values) {
        p->owned = aq_alloc(p->count, sizeof *p->owned);
        if (!p->owned)
            return AQ_ERR_NOMEM;
        p->t->data = p->owned;
    }
    draw_initial_values(&p->spec, p->t, seed, p->t->data);
    return AQ_OK;
}

AqErr aq_params_init(AqParams *ps, uint64_t seed)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < ps->n; k++)
        err = init_one(ps, &ps->v[k], seed);
    return err;
}

AqErr aq_params_freeze(AqParams *ps, AqPrecision precision)
{
    AqErr err = aq_precision_check(precision);

    for (size_t k = 0; err == AQ_OK && k < ps->n; k++) {
        AqParam *p = &ps->v[k];

        aq_frozen_free(&p->t->frozen);
        if (p->t->n_dims >= 2)
            err = freeze_one(p, precision, ps->file && !p->owned && !ps->values);
    }
    return err;
}

static AqErr give_values(const AqParam *p, AqReal *to)
{
    if (p->later)
        return p->later->read(p->later, to);
    if (!p->t->data)
        return aq_fail(AQ_ERR_USAGE, "parameter %s has no values yet", p->spec.name);
    memcpy(to, p->t->data, p->count * sizeof *to);
    return AQ_OK;
}

AqErr aq_params_make_trainable(AqParams *ps)
{
    const size_t n = aq_params_count(ps);
    size_t at = 0;

    if (ps->values)
        return AQ_OK;
    ps->values = aq_alloc(n, sizeof(AqReal));
    ps->grads = aq_alloc(n, sizeof(AqReal));
    ps->m1 = aq_alloc(n, sizeof(AqReal));
    ps->m2 = aq_alloc(n, sizeof(AqReal));
    if (!ps->values || !ps->grads || !ps->m1 || !ps->m2)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < ps->n; k++) {
        AqParam *p = &ps->v[k];

        const AqErr err = give_values(p, ps->values + at);
        if (err != AQ_OK)
            return err;
        p->t->data = ps->values + at;
        p->t->grad = ps->grads + at;
        p->t->wants_grad = 1;
        aq_frozen_free(&p->t->frozen);
        aq_param_drop_later(&p->later);
        p->m = ps->m1 + at;
        p->v = ps->m2 + at;
        aq_free(p->owned);
        p->owned = NULL;
        at += p->count;
    }
    aq_weights_unref(&ps->file);
    return AQ_OK;
}

void aq_params_zero_grad(AqParams *ps)
{
    if (ps->grads)
        memset(ps->grads, 0, aq_params_count(ps) * sizeof(AqReal));
}

AqReal *aq_params_grads(AqParams *ps)
{
    return ps->grads;
}

AqReal *aq_params_values(AqParams *ps)
{
    return ps->values;
}

size_t aq_params_n(const AqParams *ps)
{
    return ps->n;
}

size_t aq_params_count(const AqParams *ps)
{
    size_t n = 0;

    for (size_t k = 0; k < ps->n; k++)
        n += ps->v[k].count;
    return n;
}

const char *aq_params_name(const AqParams *ps, size_t k)
{
    return ps->v[k].spec.name;
}

AqTensor *aq_params_tensor(const AqParams *ps, size_t k)
{
    return ps->v[k].t;
}

AqTensor *aq_params_find(const AqParams *ps, const char *name)
{
    for (size_t k = 0; k < ps->n; k++)
        if (strcmp(ps->v[k].spec.name, name) == 0)
            return ps->v[k].t;
    return NULL;
}
