/* SPDX-License-Identifier: MIT */
#include "extract/networks/sound/postprocess.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { W = AQ_PCA_WIDTH };
#define CLIP 2.0f

/* By its own name, or as part of a saved torchvggish. */
static const AqWeight *find_pca_tensor(const AqWeights *w, const char *name)
{
    char part[64];
    const AqWeight *t = aq_weights_find(w, name);

    (void)snprintf(part, sizeof part, "pproc.%s", name);
    return t ? t : aq_weights_find(w, part);
}

int aq_postprocess_is(const AqWeights *w)
{
    return find_pca_tensor(w, "pca_eigen_vectors") && aq_weights_n(w) <= 2;
}

static AqErr read_pca_tensor(AqWeights *w, const char *name, size_t count, int64_t rows,
                             float *out)
{
    const AqWeight *t = find_pca_tensor(w, name);

    if (!t)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no %s; the PCA parameters are in vggish_pca_params.npz "
                       "or vggish_pca_params-970ea276.pth",
                       aq_weights_path(w), name);
    if (t->count != count || t->n_dims < 1 || t->dims[0] != rows)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: %s has %zu values instead of %zu (%lld per dimension)",
                       aq_weights_path(w), t->name, t->count, count, (long long)rows);
    const AqErr err = aq_weight_check_finite(w, t);
    return err == AQ_OK ? aq_weight_to_floats(t, 0, count, out) : err;
}

AqErr aq_postprocess_read(AqPostprocess **out, const char *path)
{
    AqWeights *w = NULL;
    AqPostprocess *p = aq_alloc(1, sizeof *p);
    AqErr err = p ? aq_weights_open(&w, path) : AQ_ERR_NOMEM;
    const char *origin = err == AQ_OK ? aq_weights_meta(w, "origin_sha256") : NULL;

    *out = NULL;
    if (err == AQ_OK)
        err = read_pca_tensor(w, "pca_eigen_vectors", (size_t)W * W, W, p->matrix);
    if (err == AQ_OK)
        err = read_pca_tensor(w, "pca_means", W, W, p->means);
    if (err == AQ_OK && origin && strlen(origin) == AQ_SHA256_HEX - 1)
        memcpy(p->sha256, origin, AQ_SHA256_HEX);
    else if (err == AQ_OK)
        err = aq_weights_sha256(w, p->sha256);
    aq_weights_unref(&w);
    if (err != AQ_OK)
        aq_free(p);
    else
        *out = p;
    return err;
}

void aq_postprocess_run(const AqPostprocess *p, AqReal *x, int n)
{
    for (int k = 0; k < n; k++, x += W) {
        float centred[W];

        for (int i = 0; i < W; i++)
            centred[i] = (float)x[i] - p->means[i];
        for (int j = 0; j < W; j++) {
            float v = 0;

            for (int i = 0; i < W; i++)
                v += p->matrix[j * W + i] * centred[i];
            v = v < -CLIP ? -CLIP : v > CLIP ? CLIP : v;
            x[j] = rintf((v + CLIP) * (255 / (2 * CLIP)));
        }
    }
}
