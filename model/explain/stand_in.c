/* SPDX-License-Identifier: MIT */
#include "model/explain/stand_in.h"

#include <string.h>

static int is_on(const AqStandInOf *s, int t)
{
    return !s->on || s->on[t];
}

/* Value k of a second, in all present seconds but one; `usual` if there is no other. */
static void stand_in_value(float *to, const AqStandInOf *s, int k, int width,
                           float usual)
{
    double sum = 0;
    int n = 0;

    for (int t = 0; t < s->n_seconds; t++)
        if (is_on(s, t)) {
            sum += (double)s->from[t * width + k];
            n++;
        }
    for (int t = 0; t < s->n_seconds; t++)
        if (is_on(s, t))
            to[t * width + k] =
                n > 1 ? (float)((sum - (double)s->from[t * width + k]) / (n - 1))
                      : usual;
}

void aq_stand_in_seconds(float *to, const AqStandInOf *s)
{
    const int width = aq_feature_total(s->sizes, s->modality).values;

    for (int j = 0; j < s->sizes->n[s->modality]; j++) {
        const AqFeatureShape *x = &s->sizes->of[s->modality][j];
        const AqFeaturePlace at = aq_feature_place(s->sizes, s->modality, j);

        for (int k = 0; k < x->h * x->w * x->dim; k++)
            stand_in_value(to, s, at.values + k, width,
                           s->usual[at.channels + k % x->dim]);
    }
}

/* The feature that a cell of the stream is of. */
static int feature_of_cell(const AqStandInOf *s, int cell)
{
    int j = 0;

    while (j + 1 < s->sizes->n[s->modality] &&
           cell >= aq_feature_place(s->sizes, s->modality, j + 1).cells)
        j++;
    return j;
}

void aq_stand_in_cell(float *to, const AqStandInOf *s, int cell)
{
    const int width = aq_feature_total(s->sizes, s->modality).values,
              j = feature_of_cell(s, cell);
    const AqFeaturePlace at = aq_feature_place(s->sizes, s->modality, j);
    const AqFeatureShape *x = &s->sizes->of[s->modality][j];
    const int S = x->h * x->w, dim = x->dim, own = cell - at.cells;

    memcpy(to, s->from, (size_t)s->n_seconds * (size_t)width * sizeof *to);
    for (int t = 0; t < s->n_seconds; t++)
        for (int k = 0; is_on(s, t) && k < dim; k++) {
            const float *values = s->from + (size_t)t * width + at.values + k;
            double sum = 0;

            for (int i = 0; i < S; i++)
                sum += i == own ? 0 : (double)values[(size_t)i * dim];
            to[(size_t)t * width + at.values + (size_t)own * dim + k] =
                S > 1 ? (float)(sum / (S - 1)) : s->usual[at.channels + k];
        }
}
