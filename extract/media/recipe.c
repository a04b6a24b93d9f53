/* SPDX-License-Identifier: MIT */
/* Describes how clips become sound and pictures, as text stored with the features. */
#include "extract/media/media.h"

#include "base/alloc.h"

#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

/* Which frames of the video are used. */
static char *frames_taken(AqRowPlan plan)
{
    if (aq_rows_are_clips(plan))
        return aq_strdup("clips of consecutive frames, centred on equal shares of all "
                         "frames, edges repeated");
    const int n = aq_rows_pictures(plan), rate = aq_rows_rate(plan);

    if (n > 1)
        return aq_strf("the frame shown at each 1/%d s, %d to a row, edges repeated",
                       rate, n);
    return rate == 1 ? aq_strdup("the frame shown at each second")
                     : aq_strf("the frame shown at each 1/%d s", rate);
}

AqErr aq_media_recipe(AqModality m, AqRowPlan plan, char **text)
{
    const unsigned r = swresample_version(), s = swscale_version();

    *text = NULL;
    if (m == AQ_AUDIO) {
        *text = aq_strf("sound v1: mean of channels, libswresample %u.%u.%u to %d Hz "
                        "(filter_size 32 phase_shift 10 cutoff 0.97 exact_rational), "
                        "int16, t=0 at the first timestamp",
                        r >> 16, r >> 8 & 255, r & 255, AQ_MEDIA_RATE);
        return *text ? AQ_OK : AQ_ERR_NOMEM;
    }
    char *taken = frames_taken(plan);
    if (taken)
        *text = aq_strf("picture v1: %s, libswscale %u.%u.%u (bicubic full_chroma_h "
                        "accurate_rnd bitexact) to rgb24, upright",
                        taken, s >> 16, s >> 8 & 255, s & 255);
    aq_free(taken);
    return *text ? AQ_OK : AQ_ERR_NOMEM;
}
