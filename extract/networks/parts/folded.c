/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/folded.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define NORM_EPS 1e-5

static AqErr take_tensor(AqWeights *file, const char *name, int n_dims,
                         const int64_t *dims, const AqWeight **out)
{
    const AqWeight *t = aq_weights_find(file, name);

    if (!t)
        return aq_fail(AQ_ERR_MISMATCH, "%s: has no tensor %s", aq_weights_path(file),
                       name);
    if (t->n_dims != n_dims ||
        memcmp(t->dims, dims, (size_t)n_dims * sizeof *dims) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tensor %s has another shape than a ResNet's",
                       aq_weights_path(file), name);
    aq_weights_mark_used(file, t);
    *out = t;
    return aq_weights_is_checked(file) ? AQ_OK : aq_weight_check_finite(file, t);
}

/* Reads the filters (O,I,..) and behind them the parts (O) into v. */
static AqErr read_parts(float *v, const AqTensor *w, AqWeights *file,
                        const AqFoldedNames *names)
{
    const int last = w->n_dims - 1;
    int64_t dims[AQ_MAX_DIMS] = {w->dims[0], w->dims[last]};
    const AqWeight *t = NULL;

    for (int k = 1; k < last; k++)
        dims[k + 1] = w->dims[k];
    AqErr err = take_tensor(file, names->filters, w->n_dims, dims, &t);
    if (err == AQ_OK)
        err = aq_weight_to_floats(t, 0, aq_tensor_count(w), v);
    v += aq_tensor_count(w);
    for (int k = 0; err == AQ_OK && k < names->n; k++, v += dims[0]) {
        err = take_tensor(file, names->part[k], 1, dims, &t);
        if (err == AQ_OK)
            err = aq_weight_to_floats(t, 0, (size_t)dims[0], v);
    }
    return err;
}

/* What filter o is multiplied by, and its bias; v (n,O). */
static double fold_scale(const float *v, int n, size_t O, size_t o, double *shift)
{
    const double by = (double)v[o], to = (double)v[O + o];

    if (n == AQ_FOLDED_PARTS) {
        const double scale = by / sqrt((double)v[3 * O + o] + NORM_EPS);

        *shift = to - (double)v[2 * O + o] * scale;
        return scale;
    }
    *shift = to + (n == 3 ? (double)v[2 * O + o] * by : 0);
    return by;
}

/* From the file's filters (O,I,..) and the parts behind them. */
static void fold_values(AqTensor *w, AqTensor *b, const float *v, int n)
{
    const size_t O = (size_t)w->dims[0], I = (size_t)aq_tensor_dim(w, -1),
                 taps = aq_tensor_inner(w, 1) / I;

    for (size_t o = 0; o < O; o++) {
        double shift;
        const double scale = fold_scale(v + aq_tensor_count(w), n, O, o, &shift);

        b->data[o] = (AqReal)shift;
        for (size_t k = 0; k < taps; k++)
            for (size_t i = 0; i < I; i++)
                w->data[(o * taps + k) * I + i] =
                    (AqReal)((double)v[(o * I + i) * taps + k] * scale);
    }
}

AqErr aq_folded_read(AqTensor *w, AqTensor *b, AqWeights *file,
                     const AqFoldedNames *names)
{
    const size_t O = (size_t)w->dims[0], n = aq_tensor_count(w);
    float *v = aq_alloc(n + AQ_FOLDED_PARTS * O, sizeof *v);
    AqErr err = v ? read_parts(v, w, file, names) : AQ_ERR_NOMEM;

    for (size_t o = 0; err == AQ_OK && names->n == AQ_FOLDED_PARTS && o < O; o++)
        if (v[n + 3 * O + o] < 0)
            err = aq_fail(AQ_ERR_FORMAT, "%s: a variance in %s is negative",
                          aq_weights_path(file), names->part[3]);
    if (err == AQ_OK)
        fold_values(w, b, v, names->n);
    aq_free(v);
    return err;
}
