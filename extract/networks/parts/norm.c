/* SPDX-License-Identifier: MIT */
#include "extract/networks/parts/norm.h"

#include "base/alloc.h"
#include "model/nn/params.h"

#include <math.h>

static AqErr read_norm_parts(AqWeights *w, const AqNormNames *names, int n, float *v)
{
    const int64_t dims[] = {n};
    AqErr err = AQ_OK;

    for (int p = 0; err == AQ_OK && p < AQ_NORM_PARTS; p++, v += n) {
        const AqWeight *t;

        for (int k = 0; k < n; k++)
            v[k] = 1;
        if (p == AQ_NORM_SCALE && !*names->part[p])
            continue;
        err = aq_params_take(w, names->part[p], 1, dims, &t);
        if (err == AQ_OK)
            err = aq_weight_to_floats(t, 0, (size_t)n, v);
    }
    return err;
}

AqErr aq_norm_read(AqWeights *w, const AqNormNames *names, int n, double epsilon,
                   double *by, double *plus)
{
    const size_t each = (size_t)n;
    float *v = aq_alloc(each, AQ_NORM_PARTS * sizeof *v);
    AqErr err = v ? read_norm_parts(w, names, n, v) : AQ_ERR_NOMEM;

    for (size_t k = 0; err == AQ_OK && k < each; k++) {
        const double scale = (double)v[k], shift = (double)v[AQ_NORM_SHIFT * each + k],
                     mean = (double)v[AQ_NORM_MEAN * each + k],
                     variance = (double)v[AQ_NORM_VARIANCE * each + k];

        if (variance < 0)
            err = aq_fail(AQ_ERR_FORMAT, "%s: a variance in %s is negative",
                          aq_weights_path(w), names->part[AQ_NORM_VARIANCE]);
        by[k] = scale / sqrt(variance + epsilon);
        plus[k] = shift - mean * by[k];
    }
    aq_free(v);
    return err;
}
