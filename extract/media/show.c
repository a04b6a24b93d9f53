/* SPDX-License-Identifier: MIT */
/* The picture's clock: which frame is displayed, and since when, by timestamps. */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdlib.h>

enum { SECOND = 1000000 };

AqErr aq_show_init(AqShow *s, int64_t origin_us, int most_seconds)
{
    *s = (AqShow){.origin_us = origin_us, .most_us = (int64_t)most_seconds * SECOND};
    s->shown = av_frame_alloc();
    s->fresh = av_frame_alloc();
    return s->shown && s->fresh ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

void aq_show_clear(AqShow *s)
{
    av_frame_free(&s->shown);
    av_frame_free(&s->fresh);
}

void aq_show_next(AqShow *s)
{
    AVFrame *old = s->shown;

    s->over = s->fresh_us >= s->most_us;
    if (s->has_shown) {
        const int64_t step = s->fresh_us - s->shown_us;

        s->steps_differ += s->last_step_us && llabs(step - s->last_step_us) > 2000;
        s->last_step_us = step;
    } else if (s->over) { /* beyond what will be shown */
        s->has_fresh = 0;
        return;
    }
    s->shown = s->fresh;
    s->fresh = old;
    av_frame_unref(s->fresh);
    s->shown_us = s->fresh_us;
    s->number += !s->over;
    s->has_shown = 1;
    s->has_fresh = 0;
}

void aq_show_find_end(AqShow *s)
{
    int64_t step = s->last_step_us > 0 ? s->last_step_us : 40000;

    if (!s->has_shown || s->end_us)
        return;
    const int64_t said = aq_frame_duration_us(s->shown);
    if (said > 0 && said < 10 * (int64_t)SECOND)
        step = said;
    s->end_us = s->shown_us + step;
}

void aq_show_take(AqShow *s, AVFrame *got)
{
    const int64_t t = aq_frame_us(got, s->origin_us + s->shown_us +
                                           (s->has_shown ? s->last_step_us : 0)) -
                      s->origin_us;

    s->n_pictures++;
    if ((s->has_shown && t <= s->shown_us) || t < -10 * (int64_t)SECOND) {
        s->n_backward += s->has_shown && t < s->shown_us;
        av_frame_unref(got);
        return;
    }
    av_frame_unref(s->fresh);
    av_frame_move_ref(s->fresh, got);
    s->fresh_us = t < 0 ? 0 : t;
    s->has_fresh = 1;
}
