/* SPDX-License-Identifier: MIT */
#include "model/data/changes.h"

#include <math.h>
#include <string.h>

static void set_change(float *to, const float *a, const float *b, size_t width)
{
    for (size_t k = 0; k < width; k++)
        to[k] = fabsf(a[k] - b[k]);
}

void aq_clip_changes(float *to, const AqClipFeatures *f, int n_seconds, size_t width)
{
    int first = -1, before = -1;

    for (int t = 0; t < n_seconds; t++) {
        if (f->visual_present && !f->visual_present[t])
            continue;
        float *row = to + (size_t)t * width;

        if (before < 0)
            memset(row, 0, width * sizeof *row);
        else
            set_change(row, f->visual + (size_t)t * width,
                       f->visual + (size_t)before * width, width);
        if (before >= 0 && before == first)
            memcpy(to + (size_t)first * width, row, width * sizeof *row);
        first = first < 0 ? t : first;
        before = t;
    }
}
