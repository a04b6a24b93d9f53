/* SPDX-License-Identifier: MIT */
/* How clips become sound and pictures, as text that is kept with the features. */
#include "extract/media/media.h"

#include "base/alloc.h"

#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

AqErr aq_media_recipe(AqModality m, char **text)
{
    const unsigned r = swresample_version(), s = swscale_version();

    if (m == AQ_AUDIO)
        *text = aq_strf("sound v1: mean of channels, libswresample %u.%u.%u to %d Hz "
                        "(filter_size 32 phase_shift 10 cutoff 0.97 exact_rational), "
                        "int16, t=0 at the first timestamp",
                        r >> 16, r >> 8 & 255, r & 255, AQ_MEDIA_RATE);
    else
        *text =
            aq_strf("picture v1: the frame shown at each second, libswscale %u.%u.%u "
                    "(bicubic full_chroma_h accurate_rnd bitexact) to rgb24, upright",
                    s >> 16, s >> 8 & 255, s & 255);
    return *text ? AQ_OK : AQ_ERR_NOMEM;
}
