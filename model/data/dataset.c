/* SPDX-License-Identifier: MIT */
#include "model/data/dataset.h"

#include <stdio.h>

AqFeatureSizes aq_feature_sizes(int a, int h, int w, int v)
{
    return (AqFeatureSizes){.n = {1, 1}, .of = {{{1, 1, a}}, {{h, w, v}}}};
}

AqErr aq_feature_add(AqFeatureSizes *sizes, AqModality m, const int dims[3])
{
    if (sizes->n[m] == AQ_MOST_FEATURES)
        return aq_fail(AQ_ERR_USAGE, "%s features of more than %d kinds side by side",
                       aq_modality_name(m), AQ_MOST_FEATURES);
    sizes->of[m][sizes->n[m]++] = (AqFeatureShape){dims[0], dims[1], dims[2]};
    return AQ_OK;
}

AqFeaturePlace aq_feature_place(const AqFeatureSizes *sizes, AqModality m, int k)
{
    AqFeaturePlace y = {0};

    for (int j = 0; j < k; j++) {
        const AqFeatureShape *s = &sizes->of[m][j];

        y.cells += s->h * s->w;
        y.channels += s->dim;
        y.values += s->h * s->w * s->dim;
    }
    return y;
}

AqFeaturePlace aq_feature_total(const AqFeatureSizes *sizes, AqModality m)
{
    return aq_feature_place(sizes, m, sizes->n[m]);
}

int aq_feature_drawn(const AqFeatureSizes *sizes)
{
    const AqFeatureShape *of = sizes->of[AQ_VISUAL];
    int best = 0;

    for (int k = 1; k < sizes->n[AQ_VISUAL]; k++)
        if (of[k].h > 1 &&
            (of[best].h == 1 || of[k].h * of[k].w > of[best].h * of[best].w))
            best = k;
    return best;
}

int aq_feature_sizes_same(const AqFeatureSizes *a, const AqFeatureSizes *b)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        if (a->n[m] != b->n[m])
            return 0;
        for (int k = 0; k < a->n[m]; k++) {
            const AqFeatureShape *x = &a->of[m][k], *y = &b->of[m][k];

            if (x->h != y->h || x->w != y->w || x->dim != y->dim)
                return 0;
        }
    }
    return 1;
}

char *aq_feature_text(const AqFeatureSizes *sizes, AqModality m,
                      char text[AQ_FEATURE_TEXT])
{
    size_t at = 0;

    text[0] = 0;
    for (int k = 0; k < sizes->n[m] && at < AQ_FEATURE_TEXT; k++) {
        const AqFeatureShape *s = &sizes->of[m][k];
        const char *before = k ? " and " : "";

        at += (size_t)(m == AQ_AUDIO
                           ? snprintf(text + at, AQ_FEATURE_TEXT - at, "%s%d", before,
                                      s->dim)
                           : snprintf(text + at, AQ_FEATURE_TEXT - at, "%s%dx%dx%d",
                                      before, s->h, s->w, s->dim));
    }
    return text;
}
