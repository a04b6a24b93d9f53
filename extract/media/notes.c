/* SPDX-License-Identifier: MIT */
/* The remarks on a clip for people, written once all of it was read. */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SECOND = 1000000 };

static void add_media_note(AqMedia *m, const char *fmt, ...) AQ_PRINTF(2, 3);
static void add_media_note(AqMedia *m, const char *fmt, ...)
{
    const size_t at = strlen(m->notes);
    va_list ap;

    if (at + 2 >= sizeof m->notes)
        return;
    if (at)
        m->notes[at] = '\n';
    va_start(ap, fmt);
    (void)vsnprintf(m->notes + at + (at > 0), sizeof m->notes - at - (at > 0), fmt, ap);
    va_end(ap);
}

/* What lies beyond the part read is only claimed by the container, so nothing depends
 * on it. */
static void note_unread_rest(AqMedia *m)
{
    const int64_t all = m->in.fmt->duration;

    if (all != AV_NOPTS_VALUE && all > (int64_t)m->n_seconds * SECOND + SECOND / 10)
        add_media_note(m, "only the first %d of %.0f s were read", m->n_seconds,
                       (double)all / SECOND);
    else
        add_media_note(m, "only the first %d seconds were read, if there are more",
                       m->n_seconds);
}

static void note_tracks(AqMedia *m, AqModality s)
{
    if (!m->in.stream[s] || aq_tracks_count(m->in.fmt, s) < 2)
        return;
    char *text = aq_tracks_note(m->in.fmt, s, m->in.stream[s],
                                s == AQ_AUDIO && m->how.audio_track);
    if (text)
        add_media_note(m, "%s", text);
    aq_free(text);
}

/* What a plan lacks: only one of several a second says how fast a video is shown, so a
 * still picture looked at each second is no remark. */
static void note_shortage(AqMedia *m, const AqWant *w)
{
    if (aq_rows_are_clips(w->plan) && m->show.has_shown && aq_want_n_beyond(w) > 0)
        add_media_note(m,
                       "%d frames are too few for %d clips of %d: the first and the "
                       "last were repeated",
                       w->n_frames, w->plan.clips, w->plan.frames);
    if (w->rate > 1 && w->n_again > 0)
        add_media_note(m,
                       "fewer than %d frames a second: for %d of %d pictures the "
                       "nearest was repeated",
                       w->rate, w->n_again, w->next);
}

void aq_media_write_notes(AqMedia *m)
{
    const int has_a =
                  m->in.stream[AQ_AUDIO] && m->origin.first_us[AQ_AUDIO] != INT64_MAX,
              has_v =
                  m->in.stream[AQ_VISUAL] && m->origin.first_us[AQ_VISUAL] != INT64_MAX;
    const double lag =
        has_a && has_v
            ? (double)(m->origin.first_us[AQ_AUDIO] - m->origin.first_us[AQ_VISUAL]) /
                  SECOND
            : 0;

    if (m->disagrees)
        add_media_note(
            m, "libsndfile and FFmpeg do not agree on what the file holds: read by "
               "FFmpeg");
    note_tracks(m, AQ_AUDIO);
    note_tracks(m, AQ_VISUAL);
    if (!has_a)
        add_media_note(m, "no sound track");
    if (!has_v)
        add_media_note(m, "no picture");
    if (lag >= 0.02)
        add_media_note(m, "the sound starts %.2f s after the picture", lag);
    if (lag <= -0.02)
        add_media_note(m, "the picture starts %.2f s after the sound", -lag);
    if (m->raw.unnamed && m->show.n_pictures > 1)
        add_media_note(m,
                       "the stream names no frame rate: %d frames a second were taken",
                       AQ_RAW_RATE);
    if ((m->ahead.n_unstamped ? m->show.steps_differ : m->ahead.steps_differ) > 2)
        add_media_note(m, "variable frame rate");
    for (int k = 0; k < m->n_wants; k++)
        note_shortage(m, &m->want[k]);
    if (m->clock.n_jumps == 1)
        add_media_note(
            m, "the clock jumps at %.1f s, as where recordings were joined: bridged",
            (double)(m->clock.first_jump_us - m->origin.us) / SECOND);
    if (m->clock.n_jumps > 1)
        add_media_note(
            m,
            "the clock jumps %d times, first at %.1f s, as where recordings were "
            "joined: bridged",
            m->clock.n_jumps, (double)(m->clock.first_jump_us - m->origin.us) / SECOND);
    if (m->show.n_backward)
        add_media_note(m, "%d frames went back in time and were left out",
                       m->show.n_backward);
    if (m->track.n_gaps)
        add_media_note(m, "%d gaps in the sound, filled with silence", m->track.n_gaps);
    if (m->track.n_overlaps)
        add_media_note(m, "%d overlaps in the sound, dropped", m->track.n_overlaps);
    if (m->n_errors)
        add_media_note(m, "%d decoding errors", m->n_errors);
    if (m->broken != AQ_OK)
        add_media_note(m, "reading stopped early: %s", m->broken_why);
    if (m->n_seconds == m->how.max_seconds)
        note_unread_rest(m);
}
