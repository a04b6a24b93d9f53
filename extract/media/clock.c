/* SPDX-License-Identifier: MIT */
/*
 * One timeline from a demuxer's timestamps, which wrap around (33 bits in MPEG streams)
 * and jump where streams were joined or a sender restarted.
 *
 * A packet is on its stream's timeline if it is not before the last one, by more than
 * reordering explains, and less than AHEAD_US after it. A packet that is not is held
 * back, with those that follow it, until it is clear what it means:
 *
 * - The other stream jumps to about the same place: both are shifted by one amount, so
 *   that the picture goes on without a gap, or the sound if the picture would otherwise
 *   overlap what is there by more than JOIN_US.
 * - The other stream is about there already, or gets there on its timeline: it was a
 *   pause and stays one.
 * - The next packet is back on the timeline: the timestamp was wrong and is ignored.
 * - Packets without durations catch up with their timeline, or run faster than the
 *   other stream: they are no clock (this occurs in Ogg) and stay as they are.
 * - None of this within WAIT_US: a step backwards is a jump of this stream alone. A
 *   step ahead is one if the other stream goes on meanwhile, if the format is known for
 *   jumps (FFmpeg's AVFMT_TS_DISCONT), or if it is too long for a pause (FAR_US); else
 *   it is a pause.
 *
 * A stream that did not jump with the other is shifted by the other's amount once that
 * puts it next to the other. An MP4 file with a sample table gives each sample's
 * duration, and its edit list what is omitted: there is nothing to correct.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <libavutil/common.h>
#include <stdlib.h>
#include <string.h>

#define SECOND   ((int64_t)1000000)
#define BACK_US  (SECOND / 2)
#define AHEAD_US (10 * SECOND)     /* FFmpeg's -dts_delta_threshold */
#define FAR_US   (108000 * SECOND) /* FFmpeg's -dts_error_threshold: 30 hours */
#define JOIN_US  (SECOND / 10)
#define WAIT_US  (5 * SECOND)
#define TELL_US  (4 * SECOND) /* longer jumps are recognised by position */
#define NEAR_US  (2 * SECOND) /* how far apart streams are in a file */
#define MOST_US  ((int64_t)1 << 56)
enum { MOST_BITS = 48, MOST_HELD = 4000, MOST_BYTES = 32 << 20, MOST_STRAYS = 3 };

int64_t aq_base_us(AVRational base, int64_t ts)
{
    return av_rescale_q(ts, base, (AVRational){1, 1000000});
}

int64_t aq_frame_us(const AVFrame *f, int64_t otherwise)
{
    return f->best_effort_timestamp == AV_NOPTS_VALUE
               ? otherwise
               : aq_base_us(f->time_base, f->best_effort_timestamp);
}

int64_t aq_frame_duration_us(const AVFrame *f)
{
    return aq_base_us(f->time_base, f->pkt_duration);
}

void aq_clock_init(AqClock *c, const AqSource *in)
{
    *c = (AqClock){.in = in, .waiting = -1};
    c->may_jump = in->fmt->iformat->flags & AVFMT_TS_DISCONT;
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const AVStream *st = in->stream[m];

        c->line[m].last = AV_NOPTS_VALUE;
        if (st && strstr(in->fmt->iformat->name, "mov") && st->nb_frames > 0)
            c->is_told = 1;
    }
}

void aq_clock_clear(AqClock *c)
{
    for (int k = 0; k < c->n_queued; k++)
        av_packet_free(&c->queue[k]);
    aq_free(c->queue);
    *c = (AqClock){.waiting = -1};
}

/* ---- a packet's place ---- */

/* A timestamp that damage has made absurd counts as none. */
static int64_t us_of(const AqClock *c, int m, int64_t ts)
{
    const int64_t us = ts == AV_NOPTS_VALUE ? ts : aq_base_us(c->in->base[m], ts);

    return us < -MOST_US || us > MOST_US ? AV_NOPTS_VALUE : us;
}

/* The time that decides, on the demuxer's clock: the decoding time if known. */
static int64_t time_of(const AqClock *c, int m, const AVPacket *p)
{
    const int64_t dts = us_of(c, m, p->dts);

    return dts != AV_NOPTS_VALUE ? dts : us_of(c, m, p->pts);
}

/* Its presentation time. */
static int64_t shown_of(const AqClock *c, int m, const AVPacket *p)
{
    const int64_t pts = us_of(c, m, p->pts);

    return pts != AV_NOPTS_VALUE ? pts : us_of(c, m, p->dts);
}

static void add_ticks(AVPacket *p, int64_t ticks)
{
    if (p->pts != AV_NOPTS_VALUE)
        p->pts = av_sat_add64(p->pts, ticks);
    if (p->dts != AV_NOPTS_VALUE)
        p->dts = av_sat_add64(p->dts, ticks);
}

/* A wrap is not a jump. A demuxer may also change its time base. */
static void unwrap_timestamps(AqClock *c, int m, AVPacket *p)
{
    const AVStream *st = c->in->stream[m];
    AqClockLine *l = &c->line[m];

    if (c->in->raw) /* invented by the demuxer */
        p->pts = p->dts = AV_NOPTS_VALUE;
    if (av_cmp_q(st->time_base, c->in->base[m]) != 0)
        av_packet_rescale_ts(p, st->time_base, c->in->base[m]);
    if (st->pts_wrap_bits > MOST_BITS || st->pts_wrap_bits < 2)
        return;
    const int64_t turn = (int64_t)1 << st->pts_wrap_bits;
    add_ticks(p, l->turned);
    const int64_t ts = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
    if (ts == AV_NOPTS_VALUE)
        return;
    if (l->last != AV_NOPTS_VALUE && llabs(ts - l->last) > turn / 2) {
        const int64_t by = ts < l->last ? turn : -turn;

        l->turned += by;
        add_ticks(p, by);
    }
    l->last = p->dts != AV_NOPTS_VALUE ? p->dts : p->pts;
}

/* How far back reordering alone may put a stream's packets. */
static int64_t back_us(const AqClock *c, int m)
{
    const AqClockLine *l = &c->line[m];
    const int64_t step = l->step_us < SECOND ? l->step_us : SECOND;

    if (m == AQ_AUDIO)
        return BACK_US;
    return BACK_US + 2L * (c->in->stream[m]->codecpar->video_delay + 1) * step;
}

typedef enum ClockPlace { ON_LINE, BEFORE, BEYOND } ClockPlace;

static ClockPlace place_against_line(const AqClock *c, int m, int64_t at,
                                     int64_t line_at)
{
    if (at < line_at - back_us(c, m))
        return BEFORE;
    return at > line_at + AHEAD_US ? BEYOND : ON_LINE;
}

/* Makes the packet its stream's last one, shifted by the stream's shift. */
static void advance_clock_line(AqClock *c, int m, AVPacket *p)
{
    AqClockLine *l = &c->line[m];
    const int64_t at = time_of(c, m, p);

    if (at == AV_NOPTS_VALUE)
        return;
    const int64_t now = at + l->shift_us, begins = shown_of(c, m, p) + l->shift_us;
    const int64_t said = us_of(c, m, p->duration);
    if (said > 0 && said < AHEAD_US)
        l->step_us = said;
    else if (l->begun && !l->anew && now > l->at_us && now - l->at_us < AHEAD_US)
        l->step_us = now - l->at_us;
    if (!l->begun || l->anew || now > l->at_us)
        l->at_us = now;
    if (!l->begun || l->anew || begins + l->step_us > l->end_us)
        l->end_us = begins + l->step_us;
    l->begun = 1;
    l->anew = 0;
    if (!l->shift_us)
        return;
    p->flags &= ~AV_PKT_FLAG_DISCARD; /* set on fragments not after the last */
    add_ticks(p, av_rescale_q(l->shift_us, (AVRational){1, 1000000}, c->in->base[m]));
}

/* ---- the queue: packets ready to go on, then packets held back ---- */

static int n_held(const AqClock *c)
{
    return c->n_queued - c->n_ready;
}

static int queue_packet(AqClock *c, AVPacket *p)
{
    if (c->n_queued == c->room) {
        const int room = c->room ? 2 * c->room : 64;
        AVPacket **q = aq_realloc(c->queue, (size_t)room, sizeof(AVPacket *));

        if (!q)
            return AVERROR(ENOMEM);
        c->queue = q;
        c->room = room;
    }
    AVPacket *own = av_packet_alloc();
    if (!own)
        return AVERROR(ENOMEM);
    av_packet_move_ref(own, p);
    c->queue[c->n_queued++] = own;
    c->bytes += own->size;
    return 0;
}

static int queue_ready(AqClock *c, AVPacket *p)
{
    const int rc = queue_packet(c, p);

    c->n_ready = c->n_queued;
    return rc;
}

static int take_ready(AqClock *c, AVPacket *out)
{
    if (c->n_taken == c->n_ready)
        return 0;
    av_packet_move_ref(out, c->queue[c->n_taken++]);
    if (c->n_taken == c->n_queued) {
        for (int k = 0; k < c->n_queued; k++)
            av_packet_free(&c->queue[k]);
        c->n_queued = c->n_ready = c->n_taken = 0;
        c->bytes = 0;
    }
    return 1;
}

/* ---- jumps ---- */

/* When the first held picture or sound is presented. */
static int64_t held_begins(const AqClock *c)
{
    int64_t first = INT64_MAX;

    for (int k = c->n_ready; k < c->n_queued; k++)
        if (time_of(c, c->waiting, c->queue[k]) != AV_NOPTS_VALUE) {
            const int64_t at = shown_of(c, c->waiting, c->queue[k]);

            first = at < first ? at : first;
        }
    return first;
}

/* Do most of the held packets lack a duration? */
static int is_untold(const AqClock *c)
{
    int n = 0;

    for (int k = c->n_ready; k < c->n_queued; k++)
        n += c->queue[k]->duration <= 0;
    return 2 * n > n_held(c);
}

/* The shift that puts `begins` directly after the end of the stream so far. */
static int64_t shift_for(const AqClock *c, int m, int64_t begins)
{
    return c->line[m].end_us - begins;
}

/* Releases the held packets, shifted by `shift_us`. */
static void release_held(AqClock *c, int64_t shift_us)
{
    AqClockLine *l = &c->line[c->waiting];

    l->anew = shift_us != l->shift_us;
    l->shift_us = shift_us;
    for (int k = c->n_ready; k < c->n_queued; k++)
        advance_clock_line(c, c->waiting, c->queue[k]);
    c->n_ready = c->n_queued;
    c->waiting = -1;
}

static void note_jump(AqClock *c, int64_t at_us, int64_t shift_us)
{
    if (c->n_jumps++ == 0)
        c->first_jump_us = at_us;
    c->shift_us = shift_us;
}

/* The other stream did not follow. */
static void resolve_alone(AqClock *c)
{
    const int m = c->waiting, other = 1 - m;
    const AqClockLine *l = &c->line[m], *o = &c->line[other];
    const int64_t ahead = c->jump_us - l->at_us;
    const int goes_on = o->begun && o->at_us > c->other_us + NEAR_US;
    const int64_t came = c->held_us - c->jump_us, other_came = o->at_us - c->other_us;
    const int runs =
        o->begun && other_came > 0 && other_came < came / 2 && is_untold(c);

    if (ahead > 0 ? !c->may_jump && !goes_on && ahead < FAR_US : runs) {
        release_held(c, l->shift_us); /* a pause, or not a clock */
        return;
    }
    int64_t shift = shift_for(c, m, held_begins(c));
    if (o->begun && o->end_us > l->end_us + NEAR_US) /* the old timeline has ended */
        shift += o->end_us - l->end_us;
    note_jump(c, l->end_us, shift);
    release_held(c, shift);
}

/* The other stream's packet is after the jump too. */
static void resolve_both(AqClock *c, int other, const AVPacket *p)
{
    const int m = c->waiting;
    AqClockLine *o = &c->line[other];
    const int64_t end = c->line[m].end_us;
    int64_t shift[AQ_N_MODALITIES];

    shift[m] = shift_for(c, m, held_begins(c));
    shift[other] = o->begun ? shift_for(c, other, shown_of(c, other, p)) : shift[m];
    const int64_t v = shift[AQ_VISUAL], a = shift[AQ_AUDIO];
    const int64_t best = a - v <= JOIN_US ? v : a;
    note_jump(c, end, best);
    release_held(c, best);
    o->anew = 1;
    o->shift_us = best;
}

/* Single packets far off the timeline, which then went on: their time is unknown. */
static void resolve_strays(AqClock *c)
{
    for (int k = c->n_ready; k < c->n_queued; k++)
        c->queue[k]->pts = c->queue[k]->dts = AV_NOPTS_VALUE;
    c->n_ready = c->n_queued;
    c->waiting = -1;
}

/* ---- what to do with a packet ---- */

static int begin_waiting(AqClock *c, int m, AVPacket *p, int64_t at)
{
    c->waiting = m;
    c->jump_us = c->held_us = at;
    c->other_us = c->line[1 - m].at_us;
    return queue_packet(c, p);
}

/* Does the packet belong after the jump? */
static int is_behind_jump(const AqClock *c, int m, int64_t raw)
{
    const AqClockLine *l = &c->line[m], *w = &c->line[c->waiting];
    const int64_t at = raw + w->shift_us, to_new = llabs(at - c->jump_us),
                  to_old = llabs(at - w->at_us);

    if (!l->begun)
        return to_new < to_old;
    if (place_against_line(c, m, raw + l->shift_us, l->at_us) != ON_LINE)
        return at > c->held_us - NEAR_US && at < c->held_us + AHEAD_US;

    return c->jump_us < w->at_us - TELL_US && to_new < to_old;
}

/* A packet of the waiting stream. 1: taken, 0: examine it again. */
static int hold_more(AqClock *c, AVPacket *p, int64_t at, int *rc)
{
    const int m = c->waiting;

    if (n_held(c) <= MOST_STRAYS &&
        place_against_line(c, m, at, c->line[m].at_us) == ON_LINE &&
        place_against_line(c, m, at, c->held_us) != ON_LINE) {
        resolve_strays(c);
        return 0;
    }
    if (c->jump_us < c->line[m].at_us && is_untold(c) && at >= c->line[m].at_us &&
        place_against_line(c, m, at, c->held_us) == ON_LINE) {
        release_held(c, c->line[m].shift_us);
        return 0;
    }
    if (place_against_line(c, m, at, c->held_us) != ON_LINE ||
        at > c->jump_us + WAIT_US || n_held(c) >= MOST_HELD || c->bytes > MOST_BYTES ||
        (n_held(c) > MOST_STRAYS && !c->in->stream[1 - m])) {
        resolve_alone(c);
        return 0;
    }
    c->held_us = at > c->held_us ? at : c->held_us;
    *rc = queue_packet(c, p);
    return 1;
}

/* Does a stream that has not jumped with the other do so now? */
static int follows_jump(const AqClock *c, int m, int64_t at, int64_t raw)
{
    const AqClockLine *l = &c->line[m], *o = &c->line[1 - m];
    const int64_t moved = raw + c->shift_us;

    if (l->shift_us == c->shift_us)
        return 0;
    if (place_against_line(c, m, at, l->at_us) != ON_LINE)
        return llabs(moved - o->at_us) < NEAR_US &&
               llabs(moved - o->at_us) < llabs(at - o->at_us);
    return llabs(moved - at) > TELL_US &&
           llabs(moved - o->at_us) + NEAR_US < llabs(at - o->at_us);
}

/* Lets the packet go on (0) or begins waiting with it (1: it is in the queue). */
static int go_on_or_wait(AqClock *c, int m, AVPacket *p, int64_t raw, int *rc)
{
    AqClockLine *l = &c->line[m];
    const AqClockLine *o = &c->line[1 - m];

    if (!l->begun)
        l->shift_us = c->shift_us;
    const int64_t at = raw + l->shift_us;
    const ClockPlace place =
        l->begun ? place_against_line(c, m, at, l->at_us) : ON_LINE;
    if (l->begun && follows_jump(c, m, at, raw)) {
        l->shift_us = c->shift_us;
        l->anew = 1;
    } else if (place == BEFORE ||
               (place == BEYOND && !(o->begun && at < o->at_us + AHEAD_US))) {
        *rc = begin_waiting(c, m, p, at);
        return 1;
    }
    advance_clock_line(c, m, p);
    return 0;
}

/* The other stream waits, and this packet is not after its jump: ends the waiting if
 * the packet tells enough. */
static void tell_waiting(AqClock *c, int m, int64_t at)
{
    const AqClockLine *l = &c->line[m], *w = &c->line[c->waiting];
    const int on_line = place_against_line(c, m, at, l->at_us) == ON_LINE;

    if (on_line && c->jump_us > w->at_us && at > c->jump_us - AHEAD_US)
        release_held(c, w->shift_us); /* a pause */
    else if (l->begun && (!on_line || at > c->other_us + WAIT_US))
        resolve_alone(c);
}

/* 1: the packet is in the queue; 0: it goes on. */
static int examine_packet(AqClock *c, int m, AVPacket *p, int *rc)
{
    const int64_t raw = time_of(c, m, p);

    if (raw == AV_NOPTS_VALUE || c->is_told) {
        *rc = c->waiting == m ? queue_packet(c, p) : 0; /* it keeps its place */
        return c->waiting == m;
    }
    const int64_t at = raw + c->line[m].shift_us;
    if (c->waiting == m && hold_more(c, p, at, rc))
        return 1;
    if (c->waiting == 1 - m && is_behind_jump(c, m, raw)) {
        resolve_both(c, m, p);
        advance_clock_line(c, m, p);
        *rc = queue_ready(c, p);
        return 1;
    }
    if (c->waiting == 1 - m)
        tell_waiting(c, m, at);
    if (go_on_or_wait(c, m, p, raw, rc))
        return 1;
    if (c->n_ready == c->n_taken)
        return 0;
    *rc = queue_ready(c, p); /* after those that were released */
    return 1;
}

static int modality_of_packet(const AqClock *c, const AVPacket *p)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (c->in->stream[m] && p->stream_index == c->in->stream[m]->index)
            return m;
    return -1;
}

int aq_clock_read(AqClock *c, AVPacket *p)
{
    int rc = 0;

    while (!take_ready(c, p)) {
        if (c->ended)
            return c->ended;
        rc = av_read_frame(c->in->fmt, p);
        if (rc < 0) {
            c->ended = rc;
            if (c->waiting >= 0)
                resolve_alone(c);
            continue;
        }
        const int m = modality_of_packet(c, p);
        if (m >= 0) {
            unwrap_timestamps(c, m, p);
            if (!examine_packet(c, m, p, &rc))
                return 0;
        }
        av_packet_unref(p);
        if (rc < 0)
            return rc;
    }
    return 0;
}
