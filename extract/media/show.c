/* SPDX-License-Identifier: MIT */
/* The picture's clock: which frame is on display at each second, by timestamps. */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdlib.h>

enum { SECOND = 1000000 };

AqErr aq_show_init(AqShow *s, int64_t origin_us, int most_seconds)
{
    *s = (AqShow){.origin_us = origin_us, .most = most_seconds};
    s->shown = av_frame_alloc();
    s->fresh = av_frame_alloc();
    s->real = aq_alloc((size_t)most_seconds, 1);
    return s->shown && s->fresh && s->real ? AQ_OK
                                           : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

void aq_show_clear(AqShow *s)
{
    av_frame_free(&s->shown);
    av_frame_free(&s->fresh);
    aq_free(s->real);
    s->real = NULL;
}

void aq_show_next(AqShow *s)
{
    AVFrame *old = s->shown;

    if (s->has_shown) {
        const int64_t step = s->fresh_us - s->shown_us;

        s->steps_differ += s->last_step_us && llabs(step - s->last_step_us) > 2000;
        s->last_step_us = step;
    } else if (s->fresh_us / SECOND >= s->most) { /* nothing to show in our time */
        s->next = s->most;
        s->has_fresh = 0;
        return;
    } else {
        s->next =
            (int)(s->fresh_us / SECOND); /* it stands for the second it begins in */
    }
    s->shown = s->fresh;
    s->fresh = old;
    av_frame_unref(s->fresh);
    s->shown_us = s->fresh_us;
    s->has_shown = 1;
    s->has_fresh = 0;
}

/* Until when the last frame is on display. */
static void find_end(AqShow *s)
{
    int64_t step = s->last_step_us > 0 ? s->last_step_us : 40000;

    if (!s->has_shown || s->end_us)
        return;
    const int64_t said = aq_frame_duration_us(s->shown);
    if (said > 0 && said < 10 * (int64_t)SECOND)
        step = said;
    s->end_us = s->shown_us + step;
}

int aq_show_due(AqShow *s, int ended)
{
    const int64_t at = (int64_t)s->next * SECOND;

    if (!s->has_shown || s->held || aq_show_full(s))
        return 0;
    if (s->has_fresh)
        return at < s->fresh_us ||
               (at <= s->shown_us && s->shown_us / SECOND == s->next &&
                s->fresh_us / SECOND > s->next);
    if (!ended)
        return 0;
    find_end(s);
    return s->next == 0 || at + AQ_MEDIA_TAIL_US < s->end_us;
}

void aq_show_hold(AqShow *s)
{
    s->next++;
    s->held = 1;
}

int aq_show_settle(AqShow *s, int ended)
{
    const int64_t enough = (int64_t)(s->next - 1) * SECOND + AQ_MEDIA_TAIL_US;

    if (!s->held)
        return 0;
    if (s->next > 1 && enough >= (s->has_fresh ? s->fresh_us : s->shown_us)) {
        if (s->has_fresh || !ended)
            return 0;
        find_end(s);
        if (enough >= s->end_us) {
            s->next--;
            s->held = 0;
            return -1;
        }
    }
    s->real[s->next - 1] = 1;
    s->held = 0;
    return 1;
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
