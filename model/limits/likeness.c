/* SPDX-License-Identifier: MIT */
#include "model/limits/likeness.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define REGIONS 3    /* per side */
#define FAR_OUT 30.0 /* a value's deviation is clipped here, in standard deviations */

void aq_likeness_clear(AqLikeness *l)
{
    aq_free(l->mean);
    aq_free(l->scale);
    aq_free(l->basis);
    aq_free(l->variance);
    *l = (AqLikeness){.n = 0};
}

AqErr aq_likeness_new(AqLikeness *out, int width, int n)
{
    *out = (AqLikeness){.width = width, .n = n};
    out->mean = aq_alloc((size_t)width, sizeof(float));
    out->scale = aq_alloc((size_t)width, sizeof(float));
    out->basis = aq_alloc((size_t)width * (size_t)n + 1, sizeof(float));
    out->variance = aq_alloc((size_t)n + 1, sizeof(float));
    if (out->mean && out->scale && out->basis && out->variance)
        return AQ_OK;
    aq_likeness_clear(out);
    return AQ_ERR_NOMEM;
}

/* ---- rows ---- */

static int count_regions(int side)
{
    return side < REGIONS ? side : REGIONS;
}

int aq_likeness_region_width(int h, int w, int dim)
{
    return count_regions(h) * count_regions(w) * dim;
}

int aq_likeness_is_on(const AqLikenessClip *c, int second)
{
    return c->data && (!c->on || c->on[second]);
}

/* The mean of the cells of region (i, j). */
static void pool_region(const AqLikenessClip *c, const float *cells, int i, int j,
                        float *out)
{
    const int gh = count_regions(c->h), gw = count_regions(c->w), top = i * c->h / gh,
              bottom = (i + 1) * c->h / gh, left = j * c->w / gw,
              right = (j + 1) * c->w / gw, n = (bottom - top) * (right - left);

    memset(out, 0, (size_t)c->dim * sizeof *out);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            for (int k = 0; k < c->dim; k++)
                out[k] += cells[(y * c->w + x) * c->dim + k];
    for (int k = 0; k < c->dim; k++)
        out[k] /= (float)n;
}

void aq_likeness_region_row(const AqLikenessClip *c, int second, float *out)
{
    const float *cells = c->data + (size_t)second * (size_t)c->each;
    const int gh = count_regions(c->h), gw = count_regions(c->w);

    for (int i = 0; i < gh; i++)
        for (int j = 0; j < gw; j++)
            pool_region(c, cells, i, j, out + ((size_t)i * gw + j) * c->dim);
}

const float *aq_likeness_cell(const AqLikenessClip *c, int second, int cell)
{
    return c->data + (size_t)second * (size_t)c->each + (size_t)cell * (size_t)c->dim;
}

/* ---- distances ---- */

/* The distance of a row, which is standardised in place. */
static double likeness_distance(const AqLikeness *l, float *row)
{
    double all = 0, along = 0, sum = 0;

    for (int k = 0; k < l->width; k++) {
        const double x = ((double)row[k] - (double)l->mean[k]) * (double)l->scale[k];

        row[k] = (float)fmax(-FAR_OUT, fmin(FAR_OUT, x));
        all += (double)row[k] * (double)row[k];
    }
    for (int j = 0; j < l->n; j++) {
        const float *b = l->basis + (size_t)j * (size_t)l->width;
        double y = 0;

        for (int k = 0; k < l->width; k++)
            y += (double)b[k] * (double)row[k];
        along += y * y;
        sum += y * y / (double)l->variance[j];
    }
    if (l->n < l->width)
        sum += fmax(0, all - along) / l->rest;
    return sum / l->width;
}

/* The mean distance of a second's rows; `row` (width) is scratch. */
static double second_distance(const AqLikeness *l, const AqLikenessClip *c, int second,
                              float *row)
{
    const int S = c->h * c->w;
    double sum = 0;

    if (l->regions) {
        aq_likeness_region_row(c, second, row);
        return likeness_distance(l, row);
    }
    for (int k = 0; k < S; k++) {
        memcpy(row, aq_likeness_cell(c, second, k), (size_t)c->dim * sizeof *row);
        sum += likeness_distance(l, row);
    }
    return sum / S;
}

AqErr aq_likeness_distance(const AqLikeness *l, const AqLikenessClip *c, double *out)
{
    float *row = aq_alloc((size_t)l->width + 1, sizeof *row);
    int n = 0;

    *out = 0;
    if (!row)
        return AQ_ERR_NOMEM;
    for (int t = 0; t < c->n_seconds; t++) {
        if (!aq_likeness_is_on(c, t))
            continue;
        *out += second_distance(l, c, t, row);
        n++;
    }
    if (n > 0)
        *out /= n;
    aq_free(row);
    return AQ_OK;
}
