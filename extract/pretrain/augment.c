/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/augment.h"

#include <math.h>
#include <string.h>

enum { MOST_COLS = 256 };
#define PI 3.14159265358979

void aq_augment_sound(float *x, int rows, int cols, double offset, AqRng *rng,
                      double strength)
{
    const double loud = 0.4 * strength * aq_rng_normal(rng),
                 slope = 0.5 * strength * aq_rng_normal(rng),
                 bow = 0.4 * strength * aq_rng_normal(rng),
                 noise = strength * offset * exp(aq_rng_range(rng, -4, 2));
    const int shift = (int)lround(aq_rng_range(rng, -3, 3) * strength);
    double gain[MOST_COLS];
    float row[MOST_COLS];

    if (strength <= 0 || cols > MOST_COLS)
        return;
    for (int k = 0; k < cols; k++) {
        const double at = PI * (k + 0.5) / cols;
        gain[k] = exp(loud + slope * cos(at) + bow * cos(2 * at));
    }
    for (int t = 0; t < rows; t++, x += cols) {
        memcpy(row, x, (size_t)cols * sizeof *row);
        for (int k = 0; k < cols; k++) {
            int from = k - shift;
            from = from < 0 ? 0 : from >= cols ? cols - 1 : from;
            const double mel = fmax(0, exp((double)row[from]) - offset);
            x[k] = (float)log(mel * gain[k] + noise * aq_rng_uniform(rng) + offset);
        }
    }
}

void aq_augment_mix_sound(float *x, const float *other, int n, double offset)
{
    for (int k = 0; k < n; k++) {
        const double both = exp((double)x[k]) + exp((double)other[k]) - offset;

        x[k] = (float)log(fmax(offset, both));
    }
}

void aq_augment_mix_truth(float *target, float *weight, const float *other_target,
                          const float *other_weight, int groups, int each)
{
    for (int g = 0; g < groups; g++) {
        float *t = target + (size_t)g * each, *w = weight + (size_t)g * each;
        const float *ot = other_target + (size_t)g * each,
                    *ow = other_weight + (size_t)g * each;
        const int here = w[0] > 0 && t[0] > 0.5F, there = ow[0] > 0 && ot[0] > 0.5F,
                  unknown = w[0] <= 0 || ow[0] <= 0;

        if (there && !here) {
            memcpy(t, ot, (size_t)each * sizeof *t);
            memcpy(w, ow, (size_t)each * sizeof *w);
        }
        if (!here && !there && unknown)
            w[0] = 0;
        if (here || there)
            w[0] = 1;
        if ((here && there) || unknown)
            memset(w + 1, 0, (size_t)(each - 1) * sizeof *w);
    }
}

void aq_augment_paste_band(float *x, const float *other, int size, int band, int bands)
{
    const int from = size * band / bands, to = size * (band + 1) / bands;

    for (int row = 0; row < 3 * size; row++)
        memcpy(x + (size_t)row * size + from, other + (size_t)row * size + from,
               (size_t)(to - from) * sizeof *x);
}

/* Shifts rows by `by`; the edge is repeated. */
static void move_rows(float *plane, int size, int by)
{
    const size_t bytes = (size_t)size * sizeof *plane;

    for (int k = 0; k < size; k++) {
        const int y = by > 0 ? size - 1 - k
                             : k; /* order: do not overwrite what is still needed */
        int from = y - by;

        from = from < 0 ? 0 : from >= size ? size - 1 : from;
        if (from != y)
            memcpy(plane + (size_t)y * (size_t)size,
                   plane + (size_t)from * (size_t)size, bytes);
    }
}

void aq_augment_picture(float *x, int size, AqRng *rng, double strength)
{
    const size_t n = (size_t)size * (size_t)size;
    const double grey = aq_rng_uniform(rng) < 0.3 * strength ? aq_rng_uniform(rng) : 0;
    const int by = (int)lround(aq_rng_range(rng, -0.08, 0.08) * strength * size);
    const double noise = 0.15 * strength * aq_rng_uniform(rng);
    double gain[3], add[3];

    if (strength <= 0)
        return;
    const double contrast = exp(0.3 * strength * aq_rng_normal(rng)),
                 bright = 0.4 * strength * aq_rng_normal(rng);
    for (int c = 0; c < 3; c++) {
        gain[c] = contrast * exp(0.2 * strength * aq_rng_normal(rng));
        add[c] = bright + 0.2 * strength * aq_rng_normal(rng);
    }
    for (size_t k = 0; k < n; k++) {
        const double mean =
            ((double)x[k] + (double)x[n + k] + (double)x[2 * n + k]) / 3;

        for (size_t c = 0; c < 3; c++) {
            const double v = (1 - grey) * (double)x[c * n + k] + grey * mean;
            x[c * n + k] =
                (float)(gain[c] * v + add[c] + noise * aq_rng_range(rng, -1.7, 1.7));
        }
    }
    for (size_t c = 0; c < 3; c++)
        move_rows(x + c * n, size, by);
}

void aq_augment_flip_picture(float *x, int size)
{
    for (int row = 0; row < 3 * size; row++, x += size)
        for (int k = 0; k < size / 2; k++) {
            const float was = x[k];

            x[k] = x[size - 1 - k];
            x[size - 1 - k] = was;
        }
}

void aq_augment_flip_bands(float *x, int bands, int each)
{
    for (int b = 0; b < bands / 2; b++)
        for (int k = 0; k < each; k++) {
            float *one = x + (size_t)b * each + k,
                  *other = x + ((size_t)bands - 1 - b) * each + k;
            const float was = *one;

            *one = *other;
            *other = was;
        }
}
