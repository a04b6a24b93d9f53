/* SPDX-License-Identifier: MIT */
/*
 * Picture packets wait here in decoding order until enough later ones are known to tell
 * how long each frame is displayed: a frame's successor comes at most one reordering
 * depth later, which is below AQ_AHEAD in every codec. A frame in which no row begins
 * is never shown; if no other frame depends on it, the decoder may skip it.
 */
#include "extract/media/media_priv.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000000, MARGIN = 50000, LONGEST = SECOND / 2 };

AqErr aq_ahead_init(AqAhead *a, AVRational base, int64_t origin_us, int64_t first_us)
{
    *a = (AqAhead){.base = base, .origin_us = origin_us, .first_us = first_us};
    for (int k = 0; k < AQ_AHEAD; k++) {
        a->passed[k] = AV_NOPTS_VALUE;
        if (!(a->waiting[k] = av_packet_alloc()))
            return aq_fail(AQ_ERR_NOMEM, "out of memory");
    }
    return AQ_OK;
}

void aq_ahead_clear(AqAhead *a)
{
    for (int k = 0; k < AQ_AHEAD; k++)
        av_packet_free(&a->waiting[k]);
}

int aq_ahead_full(const AqAhead *a)
{
    return a->n == AQ_AHEAD;
}

void aq_ahead_put(AqAhead *a, AVPacket *p)
{
    av_packet_move_ref(a->waiting[(a->first + a->n++) % AQ_AHEAD], p);
}

/* Some formats stamp only some packets; the successor is then unknown. */
static int all_stamped(const AqAhead *a, int64_t pts)
{
    int n = pts != AV_NOPTS_VALUE;

    for (int k = 0; k < a->n; k++)
        n += a->waiting[(a->first + k) % AQ_AHEAD]->pts != AV_NOPTS_VALUE;
    return n == a->n + 1;
}

/* The timestamp after `pts`; AV_NOPTS_VALUE if there is none yet. */
static int64_t next_timestamp_after(const AqAhead *a, int64_t pts)
{
    int64_t best = AV_NOPTS_VALUE;

    for (int k = 0; k < AQ_AHEAD; k++) {
        const int is_waiting = (k - a->first + AQ_AHEAD) % AQ_AHEAD < a->n;
        const int64_t both[2] = {a->passed[k],
                                 is_waiting ? a->waiting[k]->pts : AV_NOPTS_VALUE};

        for (int i = 0; i < 2; i++)
            if (both[i] != AV_NOPTS_VALUE && both[i] > pts &&
                (best == AV_NOPTS_VALUE || both[i] < best))
                best = both[i];
    }
    return best;
}

static void note_step(AqAhead *a, int64_t step)
{
    a->steps_differ += a->last_step_us && llabs(step - a->last_step_us) > 2000;
    a->last_step_us = step;
}

/* Is the frame that begins at `pts` never shown? Close calls, long steps and the
 * beginning count as shown. */
static int is_idle(AqAhead *a, int64_t pts)
{
    const int stamped = all_stamped(a, pts);
    const int64_t next = stamped ? next_timestamp_after(a, pts) : AV_NOPTS_VALUE;

    a->n_unstamped += !stamped;
    if (next == AV_NOPTS_VALUE)
        return 0;
    const int64_t from = aq_base_us(a->base, pts), to = aq_base_us(a->base, next);
    note_step(a, to - from);
    if (from < a->first_us + SECOND || to - from > LONGEST || from < a->origin_us)
        return 0;
    for (int k = 0; k < a->n_rates; k++)
        if ((from - a->origin_us - MARGIN) * a->rates[k] / SECOND !=
            (to - a->origin_us + MARGIN) * a->rates[k] / SECOND)
            return 0;
    return 1;
}

int aq_ahead_take(AqAhead *a, AVPacket *out, int *idle)
{
    if (a->n == 0)
        return 0;
    av_packet_move_ref(out, a->waiting[a->first]);
    a->first = (a->first + 1) % AQ_AHEAD;
    *idle = a->n-- == AQ_AHEAD && is_idle(a, out->pts);
    a->passed[a->n_passed++ % AQ_AHEAD] = out->pts;
    return 1;
}
