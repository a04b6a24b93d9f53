/* SPDX-License-Identifier: MIT */
#include "extract/input/resize.h"

#include "base/alloc.h"

#include <math.h>

#define CUBIC_A (-0.5)

/* For each output position: which inputs it uses, with their weights. */
typedef struct Taps {
    int in, resized, n_out; /* sizes these are for; 0: none yet */
    int most;               /* weights per output */
    int *first, *n;
    float *weight; /* (n_out, most) */
} Taps;

struct AqResize {
    AqFilter filter;
    Taps across, down;
    float *rows; /* (height, taken width, 3): resized horizontally */
    size_t room; /* values in these */
};

static const char *const recipes[] = {
    [AQ_FILTER_BICUBIC] = "bicubic a=-0.5 antialiased in 8 bits",
    [AQ_FILTER_BILINEAR] = "bilinear antialiased in 8 bits",
    [AQ_FILTER_BILINEAR_PLAIN] = "bilinear not antialiased"};

const char *aq_filter_recipe(AqFilter filter)
{
    return recipes[filter];
}

static double cubic_kernel(double x)
{
    const double a = CUBIC_A;

    x = fabs(x);
    if (x < 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static double triangle_kernel(double x)
{
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

static void taps_clear(Taps *t)
{
    aq_free(t->first);
    aq_free(t->n);
    aq_free(t->weight);
    *t = (Taps){0};
}

/* The weights of one output; they sum to 1. */
static void fill_one(Taps *t, AqFilter filter, int at, double centre, double scale,
                     double support)
{
    double sum = 0;
    int from = (int)(centre - support + 0.5), to = (int)(centre + support + 0.5);

    from = from < 0 ? 0 : from;
    to = to > t->in ? t->in : to;
    float *row = t->weight + (long)at * t->most;
    for (int k = from; k < to; k++) {
        const double x = (k - centre + 0.5) / scale;
        const double v =
            filter == AQ_FILTER_BICUBIC ? cubic_kernel(x) : triangle_kernel(x);

        row[k - from] = (float)v;
        sum += v;
    }
    for (int k = 0; k < to - from; k++)
        row[k] = (float)((double)row[k] / sum);
    t->first[at] = from;
    t->n[at] = to - from;
}

/* From `in` pixels to the middle n of `resized`. There is nothing outside the picture:
 * at an edge, plain bilinear's two neighbours are the same pixel, which is what
 * clipping the weights gives. */
static AqErr taps_for(Taps *t, AqFilter filter, int in, int resized, int n)
{
    const int first = (int)rint((resized - n) / 2.0); /* Pillow's centre */
    const double ratio = (double)in / resized;
    const int widens = ratio > 1 && filter != AQ_FILTER_BILINEAR_PLAIN;
    const double scale = widens ? ratio : 1;
    const double support = (filter == AQ_FILTER_BICUBIC ? 2 : 1) * scale;

    if (t->in == in && t->resized == resized && t->n_out == n)
        return AQ_OK;
    taps_clear(t);
    t->most = (int)(2 * support) + 3;
    t->first = aq_alloc((size_t)n, sizeof *t->first);
    t->n = aq_alloc((size_t)n, sizeof *t->n);
    t->weight = aq_alloc((size_t)n * (size_t)t->most, sizeof *t->weight);
    if (!t->first || !t->n || !t->weight) {
        taps_clear(t);
        return AQ_ERR_NOMEM;
    }
    t->in = in;
    t->resized = resized;
    t->n_out = n;
    for (int k = 0; k < n; k++)
        fill_one(t, filter, k, (k + first + 0.5) * ratio, scale, support);
    return AQ_OK;
}

AqErr aq_resize_new(AqResize **out, AqFilter filter)
{
    *out = aq_alloc(1, sizeof **out);
    if (!*out)
        return AQ_ERR_NOMEM;
    (*out)->filter = filter;
    return AQ_OK;
}

void aq_resize_free(AqResize **rp)
{
    AqResize *r = *rp;

    if (!r)
        return;
    taps_clear(&r->across);
    taps_clear(&r->down);
    aq_free(r->rows);
    aq_free(r);
    *rp = NULL;
}

/* Pillow rounds to 8 bits after each of its two passes, which clips the kernel's
 * overshoot; plain bilinear has none and is not rounded. */
static float in_bits(const AqResize *r, float v)
{
    if (r->filter == AQ_FILTER_BILINEAR_PLAIN)
        return v;
    return v < 0 ? 0 : v > 255 ? 255 : floorf(v + 0.5f);
}

static void resize_row(const AqResize *resize, const uint8_t *in, float *out)
{
    const Taps *t = &resize->across;

    for (int x = 0; x < t->n_out; x++) {
        const float *w = t->weight + (long)x * t->most;
        const uint8_t *p = in + 3L * t->first[x];
        float r = 0, g = 0, b = 0;

        for (int k = 0; k < t->n[x]; k++, p += 3) {
            r += w[k] * (float)p[0];
            g += w[k] * (float)p[1];
            b += w[k] * (float)p[2];
        }
        out[(size_t)3 * x] = in_bits(resize, r);
        out[3 * x + 1] = in_bits(resize, g);
        out[3 * x + 2] = in_bits(resize, b);
    }
}

static void resize_down(const AqResize *r, const AqResizeTo *to, float *out)
{
    const Taps *t = &r->down;
    const long wide = 3L * to->taken_width;

    for (long y = 0; y < to->taken_height; y++)
        for (long x = 0; x < wide; x++) {
            const float *w = t->weight + y * t->most;
            const float *p = r->rows + (long)t->first[y] * wide + x;
            float v = 0;

            for (int k = 0; k < t->n[y]; k++)
                v += w[k] * p[(long)k * wide];
            out[(size_t)(x % 3) * to->plane + (size_t)y * to->row + (size_t)(x / 3)] =
                in_bits(r, v);
        }
}

AqErr aq_resize_run(AqResize *r, const AqResizeFrom *picture, const AqResizeTo *to,
                    float *out)
{
    const size_t wide = 3 * (size_t)to->taken_width,
                 need = (size_t)picture->height * wide;
    AqErr err =
        taps_for(&r->across, r->filter, picture->width, to->width, to->taken_width);

    if (err == AQ_OK)
        err = taps_for(&r->down, r->filter, picture->height, to->height,
                       to->taken_height);
    if (err == AQ_OK && r->room < need) {
        aq_free(r->rows);
        r->room = 0;
        r->rows = aq_alloc(need, sizeof *r->rows);
        if (!r->rows)
            return AQ_ERR_NOMEM;
        r->room = need;
    }
    if (err != AQ_OK)
        return err;
    for (int y = 0; y < picture->height; y++)
        resize_row(r, picture->rgb + (long)y * picture->stride,
                   r->rows + (size_t)y * wide);
    resize_down(r, to, out);
    return AQ_OK;
}
