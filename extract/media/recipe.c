/* SPDX-License-Identifier: MIT */
/* How clips become network input, as text that is kept with the features. */
#include "extract/media/media.h"

#include "base/alloc.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"

#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

AqErr aq_media_sampling(AqModality m, const AqFramesConfig *frames, char **text)
{
    const unsigned r = swresample_version(), s = swscale_version();

    *text = NULL;
    if (m == AQ_AUDIO) {
        *text = aq_strf("sound v1: mean of channels, libswresample %u.%u.%u to %d Hz "
                        "(filter_size 32 phase_shift 10 cutoff 0.97 exact_rational), "
                        "int16, t=0 at the first timestamp; " AQ_LOGMEL_RECIPE,
                        r >> 16, r >> 8 & 255, r & 255, AQ_MEDIA_RATE);
        return *text ? AQ_OK : AQ_ERR_NOMEM;
    }
    char *recipe = aq_frames_recipe(frames);
    if (recipe)
        *text =
            aq_strf("picture v1: the frame shown at each second, libswscale %u.%u.%u "
                    "(bicubic full_chroma_h accurate_rnd bitexact) to rgb24, "
                    "upright; %s",
                    s >> 16, s >> 8 & 255, s & 255, recipe);
    aq_free(recipe);
    return *text ? AQ_OK : AQ_ERR_NOMEM;
}
