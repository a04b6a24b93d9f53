/* SPDX-License-Identifier: MIT */
#include "extract/networks/video/places.h"

#include "base/alloc.h"

#include <math.h>

#define CUBIC_A (-0.75)
enum { MOST_TAPS = 4 };

/* What one output of a resized line is made of: `n` inputs, with their weights. */
typedef struct PlaceTaps {
    int n, at[MOST_TAPS];
    double weight[MOST_TAPS];
} PlaceTaps;

static int clamp_index(int k, int n)
{
    return k < 0 ? 0 : k < n ? k : n - 1;
}

static double source_of(int k, int n, int n0)
{
    return (k + 0.5) * n0 / n - 0.5;
}

static PlaceTaps linear_taps(int k, int n, int n0)
{
    const double s = fmax(source_of(k, n, n0), 0);
    const int first = clamp_index((int)s, n0);
    const double past = fmin(s - first, 1);

    return (PlaceTaps){
        .n = 2, .at = {first, clamp_index(first + 1, n0)}, .weight = {1 - past, past}};
}

/* Keys' cubic convolution; beyond the edge lies the edge again. */
static PlaceTaps cubic_taps(int k, int n, int n0)
{
    const double s = source_of(k, n, n0), first = floor(s);
    PlaceTaps t = {.n = MOST_TAPS};

    for (int i = 0; i < MOST_TAPS; i++) {
        const double x = fabs(s - (first - 1 + i));

        t.at[i] = clamp_index((int)first - 1 + i, n0);
        t.weight[i] = x <= 1 ? ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1
                             : (((x - 5) * x + 8) * x - 4) * CUBIC_A;
    }
    return t;
}

/* to (D) = the sum of the taps' rows of `from`, which are `step` values apart. */
static void add_up_taps(double *to, const PlaceTaps *t, const double *from, size_t step,
                        size_t D)
{
    for (size_t d = 0; d < D; d++) {
        to[d] = 0;
        for (int i = 0; i < t->n; i++)
            to[d] += t->weight[i] * from[(size_t)t->at[i] * step + d];
    }
}

/* Resizes the middle one of (outer, n0, inner) to n. */
static void resize_line(double *to, const double *from, size_t outer, int n, int n0,
                        size_t inner, int cubic)
{
    for (int k = 0; k < n; k++) {
        const PlaceTaps t = cubic ? cubic_taps(k, n, n0) : linear_taps(k, n, n0);

        for (size_t o = 0; o < outer; o++)
            add_up_taps(to + (o * (size_t)n + (size_t)k) * inner, &t,
                        from + o * (size_t)n0 * inner, inner, inner);
    }
}

AqErr aq_places_resize(AqReal *to, AqPlaces at, const float *from, AqPlaces from_at,
                       int D)
{
    const size_t d = (size_t)D, T = (size_t)at.T, g = (size_t)at.g,
                 T0 = (size_t)from_at.T, g0 = (size_t)from_at.g;
    const size_t side = g > g0 ? g : g0, longest = T > T0 ? T : T0;
    double *a = aq_alloc(longest * side * side * d, sizeof *a),
           *b = aq_alloc(longest * side * side * d, sizeof *b);
    const AqErr err = a && b ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        for (size_t k = 0; k < T0 * g0 * g0 * d; k++)
            a[k] = (double)from[d + k];
        resize_line(b, a, 1, at.T, from_at.T, g0 * g0 * d, 0);
        resize_line(a, b, T, at.g, from_at.g, g0 * d, 1);
        resize_line(b, a, T * g, at.g, from_at.g, d, 1);
        for (size_t k = 0; k < d; k++)
            to[k] = (AqReal)from[k];
        for (size_t k = 0; k < T * g * g * d; k++)
            to[d + k] = (AqReal)b[k];
    }
    aq_free(a);
    aq_free(b);
    return err;
}
