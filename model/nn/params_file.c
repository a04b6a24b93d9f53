/* SPDX-License-Identifier: MIT */
/* Reads parameters from weight files and writes them. */
#include "base/alloc.h"
#include "model/nn/params_priv.h"
#include "model/tensor/frozen.h"

#include <stdio.h>
#include <string.h>

enum { DROP_EVERY = 16 << 20 /* values */ };

/* The parameter's shape as in a file, for `share` stacked pieces. */
static int file_dims(const AqParam *p, int64_t *dims)
{
    const int *d = p->t->dims, n = p->t->n_dims;

    for (int k = 0; k < n; k++)
        dims[k] = d[k];
    if (p->spec.layout == AQ_LAYOUT_OIHW) { /* memory (O,..,C), file (O,C,..) */
        dims[1] = d[n - 1];
        for (int k = 2; k < n; k++)
            dims[k] = d[k - 1];
    }
    return n;
}

static void dims_text(const int64_t *dims, int n, char *text, size_t bytes)
{
    int at = snprintf(text, bytes, "[");

    for (int k = 0; k < n && at < (int)bytes - 24; k++)
        at += snprintf(text + at, bytes - (size_t)at, "%s%lld", k ? ", " : "",
                       (long long)dims[k]);
    (void)snprintf(text + at, bytes - (size_t)at, "]");
}

static AqErr fail_tensor_missing(const AqWeights *w, const char *name,
                                 const int64_t *want, int n)
{
    char expected[128];

    dims_text(want, n, expected, sizeof expected);
    return aq_fail(AQ_ERR_MISMATCH, "%s: has no tensor %s; one of shape %s is expected",
                   aq_weights_path(w), name, expected);
}

static AqErr fail_tensor_shape(const AqWeights *w, const AqWeight *t,
                               const int64_t *want, int n)
{
    char have[128], expected[128];

    dims_text(t->dims, t->n_dims, have, sizeof have);
    dims_text(want, n, expected, sizeof expected);
    return aq_fail(AQ_ERR_MISMATCH, "%s: tensor %s is %s where %s is expected",
                   aq_weights_path(w), t->name, have, expected);
}

/* The file's array with its dimensions in our order. */
static AqWeight permute_file_array(const AqWeight *t, const AqParamSource *from)
{
    int identity = 1;

    for (int k = 0; k < t->n_dims && k < 4; k++)
        identity &= from->order[k] == 0;
    return identity || t->n_dims > 4 ? *t : aq_weight_permuted(t, from->order);
}

static void drop_dimension(AqWeight *t, int k)
{
    const size_t rest = (size_t)(t->n_dims - k - 1);

    memmove(t->dims + k, t->dims + k + 1, rest * sizeof *t->dims);
    memmove(t->strides + k, t->strides + k + 1, rest * sizeof *t->strides);
    t->n_dims--;
}

/* The same array without leading dimensions of 1 that we do not have, and a filter
 * without the one of time. */
static AqWeight without_ones(const AqWeight *t, int n_dims, AqLayout layout)
{
    AqWeight y = *t;

    while (y.n_dims > n_dims && y.n_dims > 1 && y.dims[0] == 1)
        drop_dimension(&y, 0);
    if (layout == AQ_LAYOUT_OIHW && y.n_dims == n_dims + 1 && y.dims[2] == 1)
        drop_dimension(&y, 2);
    return y;
}

static AqErr use_file_tensor(AqWeights *w, const AqWeight *t)
{
    aq_weights_mark_used(w, t);
    return aq_weights_is_checked(w) ? AQ_OK : aq_weight_check_finite(w, t);
}

AqErr aq_params_take(AqWeights *w, const char *name, int n_dims, const int64_t *dims,
                     const AqWeight **out)
{
    const AqWeight *t = *out = aq_weights_find(w, name);

    if (!t)
        return fail_tensor_missing(w, name, dims, n_dims);
    if (t->n_dims != n_dims ||
        memcmp(t->dims, dims, (size_t)n_dims * sizeof *dims) != 0)
        return fail_tensor_shape(w, t, dims, n_dims);
    return use_file_tensor(w, t);
}

/* Finds the pieces and checks that together they have the parameter's shape. */
static AqErr find_pieces(const AqParam *p, AqWeights *w, const AqParamSource *from,
                         int n, AqWeight pieces[AQ_PARAM_PIECES])
{
    int64_t want[AQ_MAX_DIMS];
    const int nd = file_dims(p, want);

    /* A parameter has dimensions. */
    /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign) */
    want[0] /= n;
    for (int k = 0; k < n; k++) {
        const AqWeight *t = aq_weights_find(w, from[k].name);

        if (!t)
            return fail_tensor_missing(w, from[k].name, want, nd);
        pieces[k] = without_ones(t, nd, p->spec.layout);
        if (pieces[k].n_dims == nd)
            pieces[k] = permute_file_array(&pieces[k], &from[k]);
        int same = pieces[k].n_dims == nd;
        for (int d = 0; same && d < nd; d++)
            same = pieces[k].dims[d] == want[d];
        if (!same)
            return fail_tensor_shape(w, &pieces[k], want, nd);
        const AqErr err = use_file_tensor(w, t);
        if (err != AQ_OK)
            return err;
    }
    return AQ_OK;
}

/* (O,C,..) to (O,..,C), t's shape. */
static void channels_last(AqReal *to, const float *from, const AqTensor *t)
{
    const size_t O = (size_t)t->dims[0], C = (size_t)aq_tensor_dim(t, -1),
                 P = C ? aq_tensor_inner(t, 1) / C : 0;

    for (size_t o = 0; o < O; o++)
        for (size_t p = 0; p < P; p++)
            for (size_t c = 0; c < C; c++)
                to[(o * P + p) * C + c] = (AqReal)from[(o * C + c) * P + p];
}

static void channels_first(float *to, const AqReal *from, const AqTensor *t)
{
    const size_t O = (size_t)t->dims[0], C = (size_t)aq_tensor_dim(t, -1),
                 P = C ? aq_tensor_inner(t, 1) / C : 0;

    for (size_t o = 0; o < O; o++)
        for (size_t p = 0; p < P; p++)
            for (size_t c = 0; c < C; c++)
                to[(o * C + c) * P + p] = (float)from[(o * P + p) * C + c];
}

/* Pieces one after another, in the file's order. */
static AqErr read_flat(float *to, const AqWeight *pieces, int n)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < n; k++) {
        err = aq_weight_to_floats(&pieces[k], 0, pieces[k].count, to);
        to += pieces[k].count;
    }
    return err;
}

static AqErr allocate_values(AqParam *p)
{
    if (!p->t->data) {
        p->owned = aq_alloc(p->count, sizeof *p->owned);
        p->t->data = p->owned;
    }
    return p->t->data ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr copy_in(AqParam *p, const AqWeight *pieces, int n)
{
    if (allocate_values(p) != AQ_OK)
        return AQ_ERR_NOMEM;
#ifndef AQ_REAL_DOUBLE
    if (p->spec.layout == AQ_LAYOUT_PLAIN) /* no second copy, as it may be large */
        return read_flat(p->t->data, pieces, n);
#endif
    float *flat = aq_alloc(p->count, sizeof *flat);
    const AqErr err = flat ? read_flat(flat, pieces, n) : AQ_ERR_NOMEM;
    if (err == AQ_OK && p->spec.layout == AQ_LAYOUT_OIHW)
        channels_last(p->t->data, flat, p->t);
    else if (err == AQ_OK)
        for (size_t k = 0; k < p->count; k++)
            p->t->data[k] = (AqReal)flat[k];
    aq_free(flat);
    return err;
}

/* The values in the file itself, if they can be used there; never in double precision,
 * which files do not store. */
static const float *in_place(const AqParams *ps, const AqParam *p, const AqWeight *t,
                             int n)
{
    return sizeof(AqReal) == sizeof(float) && !ps->values && !p->owned && n == 1 &&
                   p->spec.layout == AQ_LAYOUT_PLAIN
               ? aq_weight_in_place(t)
               : NULL;
}

/* ---- matrices that stay in the file ---- */

/* Files have no doubles to compute with. */
static int can_wait(const AqParams *ps, const AqParam *p)
{
    return sizeof(AqReal) == sizeof(float) && p->spec.only_linear && !ps->values &&
           !p->owned;
}

static AqErr read_from_file(void *later, AqReal *to)
{
    const AqParamLater *l = later;
#ifdef AQ_REAL_DOUBLE
    (void)to;
    return aq_fail(AQ_ERR_USAGE, "%s: values are not read in double precision",
                   aq_weights_path(l->file));
#else
    const AqErr err = read_flat(to, l->piece, l->n);

    aq_weights_drop_pages(l->file); /* the packed matrix will be the one copy */
    return err;
#endif
}

void aq_param_drop_later(AqParamLater **lp)
{
    if (*lp)
        aq_weights_unref(&(*lp)->file);
    aq_free(*lp);
    *lp = NULL;
}

static AqErr leave_in_file(AqParam *p, AqWeights *w, const AqWeight *pieces, int n)
{
    p->later = aq_alloc(1, sizeof *p->later);
    if (!p->later)
        return AQ_ERR_NOMEM;
    *p->later =
        (AqParamLater){.read = read_from_file, .file = aq_weights_ref(w), .n = n};
    memcpy(p->later->piece, pieces, (size_t)n * sizeof *pieces);
    p->t->data = NULL;
    return aq_frozen_new(&p->t->frozen, AQ_PRECISION_F32, 0,
                         &(AqFrozenSource){.read = p->later->read, .ctx = p->later});
}

/* ---- loading ---- */

/* *how becomes ALIASED if the values are used where they are, COPIED if they were read.
 */
enum { ALIASED = 1, COPIED };

static AqErr load_one(AqParams *ps, AqParam *p, AqWeights *w, const AqParamSource *from,
                      int n, int *how)
{
    AqWeight pieces[AQ_PARAM_PIECES];
    AqErr err = find_pieces(p, w, from, n, pieces);

    if (err != AQ_OK)
        return err;
    aq_frozen_free(&p->t->frozen);
    aq_param_drop_later(&p->later);
    const float *there = in_place(ps, p, &pieces[0], n);
    *how = there ? ALIASED : COPIED;
    if (there) {
        p->t->data = (AqReal *)(uintptr_t)there; /* frozen: read-only */
        return AQ_OK;
    }
    return can_wait(ps, p) ? leave_in_file(p, w, pieces, n) : copy_in(p, pieces, n);
}

AqErr aq_params_load(AqParams *ps, AqWeights *w, AqParamNames names, void *ctx)
{
    AqErr err = AQ_OK;
    size_t copied = 0;
    int aliased = 0;

    for (size_t k = 0; err == AQ_OK && k < ps->n; k++) {
        AqParamSource from[AQ_PARAM_PIECES] = {0};
        AqParam *p = &ps->v[k];
        int n = 1, how = 0;

        if (names)
            n = names(ctx, p->spec.name, from);
        else
            (void)snprintf(from[0].name, sizeof from[0].name, "%s", p->spec.name);
        err = n > 0 ? load_one(ps, p, w, from, n, &how) : allocate_values(p);
        aliased |= how == ALIASED;
        copied += how == COPIED ? p->count : 0;
        if (copied > DROP_EVERY) { /* one copy in memory is enough */
            aq_weights_drop_pages(w);
            copied = 0;
        }
    }
    if (aliased) {
        aq_weights_unref(&ps->file);
        ps->file = aq_weights_ref(w);
    }
    return err;
}

static AqErr save_one(const AqParam *p, AqWeightsWriter *w, const char *prefix,
                      const AqReal *data, AqDtype as)
{
    int64_t dims[AQ_MAX_DIMS];
    const int nd = file_dims(p, dims);
    float *flat = aq_alloc(p->count, sizeof *flat);
    char *name = aq_strf("%s%s", prefix ? prefix : "", p->spec.name);
    AqErr err = flat && name ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        if (p->spec.layout == AQ_LAYOUT_OIHW)
            channels_first(flat, data, p->t);
        for (size_t k = 0; p->spec.layout == AQ_LAYOUT_PLAIN && k < p->count; k++)
            flat[k] = (float)data[k];
        err = aq_weights_writer_add_copy(w, name, nd, dims, flat, as);
    }
    aq_free(flat);
    aq_free(name);
    return err;
}

AqErr aq_params_save(const AqParams *ps, AqWeightsWriter *w, const char *prefix,
                     AqDtype as)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < ps->n; k++) {
        const AqParam *p = &ps->v[k];
        AqReal *read = p->later ? aq_alloc(p->count, sizeof *read) : NULL;

        if (p->later)
            err = read ? p->later->read(p->later, read) : AQ_ERR_NOMEM;
        if (err == AQ_OK)
            err = save_one(p, w, prefix, read ? read : p->t->data, as);
        aq_free(read);
    }
    return err;
}

/* ---- moments: the parameters' names prefixed with "m." and "v." ---- */

AqErr aq_params_save_moments(const AqParams *ps, AqWeightsWriter *w, const char *prefix)
{
    AqErr err = AQ_OK;
    char *m = aq_strf("%sm.", prefix ? prefix : ""),
         *v = aq_strf("%sv.", prefix ? prefix : "");

    if (!m || !v)
        err = AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < ps->n; k++) {
        err = save_one(&ps->v[k], w, m, ps->v[k].m, AQ_F32);
        if (err == AQ_OK)
            err = save_one(&ps->v[k], w, v, ps->v[k].v, AQ_F32);
    }
    aq_free(m);
    aq_free(v);
    return err;
}

static AqErr load_moment(const AqParam *p, AqWeights *w, const char *prefix,
                         const char *which, AqReal *to)
{
    AqWeight pieces[AQ_PARAM_PIECES];
    AqParamSource from = {0};
    AqTensor t = *p->t;
    AqParam as = *p;

    t.data = to;
    as.t = &t;
    (void)snprintf(from.name, sizeof from.name, "%s%s.%s", prefix ? prefix : "", which,
                   p->spec.name);
    const AqErr err = find_pieces(p, w, &from, 1, pieces);
    return err == AQ_OK ? copy_in(&as, pieces, 1) : err;
}

AqErr aq_params_load_moments(AqParams *ps, AqWeights *w, const char *prefix)
{
    AqErr err = AQ_OK;

    if (!ps->values)
        return aq_fail(AQ_ERR_USAGE, "moments need trainable parameters");
    for (size_t k = 0; err == AQ_OK && k < ps->n; k++) {
        err = load_moment(&ps->v[k], w, prefix, "m", ps->v[k].m);
        if (err == AQ_OK)
            err = load_moment(&ps->v[k], w, prefix, "v", ps->v[k].v);
    }
    return err;
}
