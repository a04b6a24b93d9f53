/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/folded.h"

#include "base/alloc.h"
#include "extract/networks/parts/norm.h"
#include "model/nn/params.h"

#include <stdio.h>

#define NORM_EPS 1e-5

static AqErr read_values(AqWeights *file, const char *name, int n_dims,
                         const int64_t *dims, size_t n, float *v)
{
    const AqWeight *t = NULL;
    const AqErr err = aq_params_take(file, name, n_dims, dims, &t);

    return err == AQ_OK ? aq_weight_to_floats(t, 0, n, v) : err;
}

/* The filters (O,I,..) of w (O,..,I). */
static AqErr read_filters(AqWeights *file, const char *name, const AqTensor *w,
                          float *v)
{
    const int last = w->n_dims - 1;
    int64_t dims[AQ_MAX_DIMS] = {w->dims[0], w->dims[last]};

    for (int k = 1; k < last; k++)
        dims[k + 1] = w->dims[k];
    return read_values(file, name, w->n_dims, dims, aq_tensor_count(w), v);
}

/* What each filter is multiplied by, and its bias: by (O), plus (O). */
static AqErr read_affine(AqWeights *file, const AqFoldedNames *names, int O, float *v,
                         double *by, double *plus)
{
    const int64_t dims[] = {O};
    AqErr err = AQ_OK;

    for (int p = 0; err == AQ_OK && p < names->n; p++) {
        err = read_values(file, names->part[p], 1, dims, (size_t)O, v);
        for (int o = 0; err == AQ_OK && o < O; o++) {
            const double x = (double)v[o];

            if (p == 0)
                by[o] = x;
            else
                plus[o] = p == 1 ? x : plus[o] + x * by[o];
        }
    }
    return err;
}

static AqErr read_norm(AqWeights *file, const AqFoldedNames *names, int O, double *by,
                       double *plus)
{
    AqNormNames norm;

    for (int p = 0; p < AQ_NORM_PARTS; p++)
        (void)snprintf(norm.part[p], sizeof norm.part[p], "%s", names->part[p]);
    return aq_norm_read(file, &norm, O, NORM_EPS, by, plus);
}

/* w (O,..,I) from the file's filters v (O,I,..). */
static void fold_filters(AqTensor *w, const float *v, const double *by)
{
    const size_t O = (size_t)w->dims[0], I = (size_t)aq_tensor_dim(w, -1),
                 taps = aq_tensor_inner(w, 1) / I;

    for (size_t o = 0; o < O; o++)
        for (size_t k = 0; k < taps; k++)
            for (size_t i = 0; i < I; i++)
                w->data[(o * taps + k) * I + i] =
                    (AqReal)((double)v[(o * I + i) * taps + k] * by[o]);
}

AqErr aq_folded_read(AqTensor *w, AqTensor *b, AqWeights *file,
                     const AqFoldedNames *names)
{
    const int O = w->dims[0];
    float *v = aq_alloc(aq_tensor_count(w), sizeof *v);
    double *by = aq_alloc(2 * (size_t)O, sizeof *by), *plus = by ? by + O : NULL;
    AqErr err = v && by ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = names->n == AQ_NORM_PARTS ? read_norm(file, names, O, by, plus)
                                        : read_affine(file, names, O, v, by, plus);
    if (err == AQ_OK)
        err = read_filters(file, names->filters, w, v);
    if (err == AQ_OK)
        fold_filters(w, v, by);
    for (int o = 0; err == AQ_OK && o < O; o++)
        b->data[o] = (AqReal)plus[o];
    aq_free(v);
    aq_free(by);
    return err;
}
