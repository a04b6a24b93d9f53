/* SPDX-License-Identifier: MIT */
#include "model/explain/stand_in.h"

#include <string.h>

static int is_on(const AqStandInOf *s, int t)
{
    return !s->on || s->on[t];
}

/* Value k of a second, in all present seconds but one. */
static void stand_in_value(float *to, const AqStandInOf *s, int k)
{
    const int width = s->n_cells * s->dim;
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
                      : s->usual[k % s->dim];
}

void aq_stand_in_seconds(float *to, const AqStandInOf *s)
{
    for (int k = 0; k < s->n_cells * s->dim; k++)
        stand_in_value(to, s, k);
}

void aq_stand_in_cell(float *to, const AqStandInOf *s, int cell)
{
    const int S = s->n_cells, dim = s->dim;

    memcpy(to, s->from, (size_t)s->n_seconds * (size_t)(S * dim) * sizeof *to);
    for (int t = 0; t < s->n_seconds; t++)
        for (int k = 0; is_on(s, t) && k < dim; k++) {
            const float *values = s->from + (size_t)t * S * dim + k;
            double sum = 0;

            for (int j = 0; j < S; j++)
                sum += j == cell ? 0 : (double)values[(size_t)j * dim];
            to[(t * S + cell) * dim + k] = S > 1 ? (float)(sum / (S - 1)) : s->usual[k];
        }
}
