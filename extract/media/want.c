/* SPDX-License-Identifier: MIT */
/*
 * The rows requested of the picture. Parts of a second: the frame displayed when a row
 * begins, once it is known that the row counts, and those displayed at equal shares of
 * the row, if it shows several. Clips: each frame goes to the clips that contain it.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

enum { SECOND = 1000000 };

AqErr aq_want_init(AqWant *w, AqRowPlan plan, int index, int most_seconds, int n_frames)
{
    *w = (AqWant){.plan = plan,
                  .index = index,
                  .each = aq_rows_pictures(plan),
                  .rate = aq_rows_rate(plan),
                  .most = aq_rows_count(plan, most_seconds),
                  .n_frames = n_frames};
    w->most *= aq_rows_are_clips(plan) ? 1 : w->each;
    w->real = aq_alloc((size_t)w->most, sizeof *w->real);
    return w->real ? AQ_OK : AQ_ERR_NOMEM;
}

void aq_want_clear(AqWant *w)
{
    aq_picture_clear(&w->picture);
    aq_free(w->real);
    w->real = NULL;
}

/* Converts the shown frame into w's picture. AQ_ERR_MEDIA if it cannot be converted,
 * which is counted. */
static AqErr convert_shown(AqWant *w, const AqShow *s)
{
    if (w->converted == s->number)
        return AQ_OK;
    const AqErr err = aq_picture_convert(&w->picture, s->shown, &w->rgb);
    w->n_errors += err == AQ_ERR_MEDIA;
    if (err == AQ_OK)
        w->converted = s->number;
    return err;
}

static void fill_event(const AqWant *w, int row, AqMediaEvent *e)
{
    *e = (AqMediaEvent){.modality = AQ_VISUAL,
                        .plan = w->index,
                        .row = row,
                        .rgb = w->rgb,
                        .width = w->picture.width,
                        .height = w->picture.height,
                        .stride = w->picture.stride};
}

/* ---- parts of a second: `each` pictures a row, counted through ---- */

static int64_t picture_us(const AqWant *w, int n)
{
    return (int64_t)n * (SECOND / w->rate);
}

/* The last row of `rate` a second counts if it is longer than this. */
static int64_t least_us(int rate)
{
    return AQ_MEDIA_TAIL_US / rate;
}

static int picture_shown_at(const AqWant *w, int64_t us)
{
    return (int)(us * w->rate / SECOND);
}

/* Does the shown frame certainly cover the next picture, or, as the last one, complete
 * a row? The first frame stands for all of the row in which it begins, up to it. */
static int is_picture_due(AqWant *w, AqShow *s, int ended)
{
    if (!s->has_shown || w->held)
        return 0;
    if (!w->begun) {
        w->begun = 1;
        w->next = picture_shown_at(w, s->shown_us) / w->each * w->each;
    }
    const int64_t at = picture_us(w, w->next);
    if (w->next >= w->most)
        return 0;
    if (s->has_fresh)
        return at < s->fresh_us ||
               (at <= s->shown_us && picture_shown_at(w, s->shown_us) == w->next &&
                picture_shown_at(w, s->fresh_us) > w->next);
    if (!ended)
        return 0;
    aq_show_find_end(s);
    const int64_t row_us = picture_us(w, w->next / w->each * w->each);
    return w->next < w->each || row_us + least_us(w->plan.per_second) < s->end_us;
}

/* Is the shown frame on display since before the previous picture? What completes the
 * last row beyond the end is not counted. */
static int is_shown_again(const AqWant *w, const AqShow *s)
{
    const int64_t at = picture_us(w, w->next);

    return w->next > 0 && at - SECOND / w->rate >= s->shown_us &&
           (s->has_fresh || at < s->end_us);
}

/* Makes the shown frame the next picture, held until it is known whether it counts. A
 * row that lacks a picture is dropped: what follows is the next row's. */
static AqErr hold_picture(AqWant *w, const AqShow *s)
{
    const AqErr err = convert_shown(w, s);

    if (err != AQ_OK && err != AQ_ERR_MEDIA)
        return err;
    w->n_again += err == AQ_OK && is_shown_again(w, s);
    w->next += err == AQ_OK ? 1 : w->each - w->next % w->each;
    w->held = err == AQ_OK;
    return AQ_OK;
}

/* Decides about the held picture. 1: it is shown long enough to count, or completes a
 * row, and is released; -1: it is not and is withdrawn; 0: there is none, or it is not
 * known yet. */
static int settle_picture(AqWant *w, AqShow *s, int ended)
{
    if (!w->held)
        return 0;
    const int64_t enough = picture_us(w, w->next - 1) + least_us(w->rate);
    if (w->next > 1 && w->next % w->each == 1 % w->each &&
        enough >= (s->has_fresh ? s->fresh_us : s->shown_us)) {
        if (s->has_fresh || !ended)
            return 0;
        aq_show_find_end(s);
        if (enough >= s->end_us) {
            w->next--;
            w->held = 0;
            return -1;
        }
    }
    w->real[w->next - 1] = 1;
    w->held = 0;
    return 1;
}

static AqErr step_parts(AqWant *w, AqShow *s, int ended, AqMediaEvent *e,
                        AqWantStep *did)
{
    const int verdict = settle_picture(w, s, ended), n = w->next - 1;

    *did = verdict > 0 ? AQ_WANT_GAVE : verdict < 0 ? AQ_WANT_MOVED : AQ_WANT_WAITS;
    if (verdict > 0) {
        fill_event(w, n / w->each, e);
        e->frame = n % w->each;
        e->span = aq_rows_span(w->plan, n / w->each);
    }
    if (verdict != 0 || !is_picture_due(w, s, ended))
        return AQ_OK;
    *did = AQ_WANT_MOVED;
    return hold_picture(w, s);
}

/* ---- clips ---- */

/* Where clip i's frame k would be among the video's frames, if there were more. */
static int64_t frame_place(const AqWant *w, int i, int k)
{
    const int64_t centre = (int64_t)w->n_frames * (i + 1) / (w->plan.clips + 1);

    return centre - w->plan.frames / 2 + k;
}

/* The number, from 1, of the frame that is taken there. */
static int frame_number(const AqWant *w, int i, int k)
{
    const int64_t at = frame_place(w, i, k), last = w->n_frames - 1;

    return 1 + (int)(at < 0 ? 0 : at > last ? last : at);
}

int aq_want_n_beyond(const AqWant *w)
{
    int n = 0;

    for (int i = 0; i < w->plan.clips; i++)
        for (int k = 0; k < w->plan.frames; k++)
            n += frame_place(w, i, k) != frame_number(w, i, k) - 1;
    return n;
}

/* The clip whose next frame is the shown one; -1: none. */
static int find_clip(const AqWant *w, const AqShow *s)
{
    for (int i = 0; i < w->plan.clips; i++)
        if (w->frame[i] < w->plan.frames &&
            frame_number(w, i, w->frame[i]) == s->number)
            return i;
    return -1;
}

static int64_t shown_until(AqShow *s, int ended)
{
    if (s->has_fresh)
        return s->fresh_us < s->most_us ? s->fresh_us : s->most_us;
    if (ended)
        aq_show_find_end(s);
    return s->end_us < s->most_us ? s->end_us : s->most_us;
}

static AqErr step_clips(AqWant *w, AqShow *s, int ended, AqMediaEvent *e,
                        AqWantStep *did)
{
    const int known = s->has_shown && !s->over && (s->has_fresh || ended);
    const int i = known ? find_clip(w, s) : -1;

    *did = i < 0 ? AQ_WANT_WAITS : AQ_WANT_MOVED;
    if (i < 0)
        return AQ_OK;
    const AqErr err = convert_shown(w, s);
    if (err == AQ_ERR_MEDIA) { /* a clip that lacks a frame is dropped */
        w->frame[i] = w->plan.frames;
        return AQ_OK;
    }
    if (err != AQ_OK)
        return err;
    if (w->frame[i] == 0)
        w->from_us[i] = s->shown_us;
    fill_event(w, i, e);
    e->frame = w->frame[i]++;
    e->span = (AqRowSpan){.from_us = w->from_us[i], .to_us = shown_until(s, ended)};
    *did = AQ_WANT_GAVE;
    return AQ_OK;
}

/* ---- both ---- */

int aq_want_is_full(const AqWant *w, const AqShow *s)
{
    if (s->over && !s->has_shown)
        return 1;
    if (!aq_rows_are_clips(w->plan))
        return w->next >= w->most && !w->held;
    for (int i = 0; i < w->plan.clips; i++)
        if (w->frame[i] < w->plan.frames)
            return s->over;
    return 1;
}

AqErr aq_want_step(AqWant *w, AqShow *s, int ended, AqMediaEvent *e, AqWantStep *did)
{
    return aq_rows_are_clips(w->plan) ? step_clips(w, s, ended, e, did)
                                      : step_parts(w, s, ended, e, did);
}
