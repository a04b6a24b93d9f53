/* SPDX-License-Identifier: MIT */
#include "extract/input/input.h"

#include <stdio.h>
#include <string.h>

size_t aq_input_values(const AqInput *in)
{
    size_t n = 1;

    for (int k = 0; k < 3; k++) {
        if (in->dims[k] < 1 || n > (size_t)(AQ_INPUT_MAX_VALUES / in->dims[k]))
            return 0;
        n *= (size_t)in->dims[k];
    }
    return n;
}

AqErr aq_input_check(const AqInput *in)
{
    if (!aq_rows_are_valid(in->plan))
        return aq_fail(AQ_ERR_USAGE,
                       "%s: rows must be 1, 2, 4, 5 or 8 per second, with up to %d "
                       "pictures that divide its microseconds evenly, or up to %d "
                       "clips of up to %d frames",
                       in->def->name, AQ_ROWS_MOST_FRAMES, AQ_ROWS_MOST_CLIPS,
                       AQ_ROWS_MOST_FRAMES);
    if (in->def->modality == AQ_AUDIO &&
        (aq_rows_are_clips(in->plan) || aq_rows_pictures(in->plan) > 1))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: rows of sound show no pictures or clips of frames",
                       in->def->name);
    if (aq_input_values(in) == 0)
        return aq_fail(AQ_ERR_USAGE, "%s: rows of %dx%dx%d values are out of bounds",
                       in->def->name, in->dims[0], in->dims[1], in->dims[2]);
    return AQ_OK;
}

void aq_input_part(const AqInput *in, int width, int height, double share[2])
{
    share[0] = share[1] = 1;
    if (in->def->part && width > 0 && height > 0)
        in->def->part(in, width, height, share);
}
