/* SPDX-License-Identifier: MIT */
/*
 * The clip's clock. A first, short pass decodes until both streams have presented
 * something, which gives time 0; the second pass reads the file once from its start.
 * A frame is handed out when its successor (or the end) says which seconds it covers.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND = 1000000, NOTES_BYTES = 1024, BLOCK = 4096 };

struct AqMedia {
    char *path;
    AqMediaOptions how;
    int own_fd; /* opened here; 0: none */
    AqSource in;
    AqClock clock;
    AqAudioFile *sound; /* instead of `in`'s sound, for sound files */
    AqOrigin origin;
    AVPacket *packet;
    AqAhead ahead; /* of the picture */
    AqShow show;
    AVFrame *frame; /* as it comes out of a decoder */
    AqPicture picture;
    const uint8_t *rgb; /* in the picture's buffers */
    AqRawClock raw;
    int converted; /* the shown frame is in the picture's buffers already */
    AqTrack track;
    int audio_next; /* second to hand out */
    int16_t second[AQ_MEDIA_RATE];
    int read_all;                 /* the demuxer has no more */
    int flushed;                  /* the decoders know it */
    int drained[AQ_N_MODALITIES]; /* the decoder has no more */
    int n_errors;                 /* decoding */
    int64_t sound_at;             /* samples read of `sound` */
    int disagrees;                /* libsndfile sees something else in the file */
    AqErr broken;                 /* reading stopped early */
    char broken_why[128];
    int finished;
    int n_seconds;
    unsigned char *presence[AQ_N_MODALITIES];
    char notes[NOTES_BYTES];
    int width, height;
};

/* ---- opening and closing ---- */

/* libsndfile's samples, where FFmpeg holds the same of the file. */
static AqErr open_sound_file(AqMedia *m)
{
    AqErr err = aq_audio_file_open(&m->sound, m->path, m->how.fd);

    if (err != AQ_OK) /* then FFmpeg reads it */
        return err == AQ_ERR_MEDIA ? AQ_OK : err;
    if (!aq_source_agrees(&m->in, &m->origin, m->sound, m->how.max_seconds)) {
        m->disagrees = 1;
        aq_audio_file_close(&m->sound);
        return AQ_OK;
    }
    m->origin.us = m->origin.first_us[AQ_AUDIO] = 0;
    return AQ_OK;
}

static AqErr prepare_decoding(AqMedia *m)
{
    aq_clock_init(&m->clock, &m->in);
    AqErr err = aq_track_init(&m->track, m->how.max_seconds);

    if (err != AQ_OK)
        return err;
    m->packet = av_packet_alloc();
    m->frame = av_frame_alloc();
    if (!m->packet || !m->frame)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    err = aq_show_init(&m->show, m->origin.us, m->how.max_seconds);
    if (err != AQ_OK)
        return err;
    for (int s = 0; s < AQ_N_MODALITIES; s++) {
        m->drained[s] = !m->in.stream[s];
        if (m->origin.first_us[s] ==
                INT64_MAX || /* it never shows anything, or too late */
            m->origin.first_us[s] - m->origin.us >=
                (int64_t)m->how.max_seconds * SECOND)
            m->drained[s] = 1;
    }
    if (m->in.stream[AQ_VISUAL]) {
        aq_picture_orient(&m->picture, m->in.stream[AQ_VISUAL]);
        err = aq_ahead_init(&m->ahead, m->in.base[AQ_VISUAL], m->origin.us,
                            m->origin.first_us[AQ_VISUAL]);
        if (err != AQ_OK)
            return err;
    }
    return aq_source_is_sound_file(&m->in) ? open_sound_file(m) : AQ_OK;
}

AqErr aq_media_open(AqMedia **out, const char *path, const AqMediaOptions *how)
{
    *out = NULL;
    if (how->max_seconds < 1)
        return aq_fail(AQ_ERR_USAGE, "%s: at least one second must be read", path);
    AqMedia *m = aq_alloc(1, sizeof *m);
    if (!m)
        return AQ_ERR_NOMEM;
    m->how = *how;
    m->path = aq_strdup(path);

    AqErr err = m->path ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK && !m->how.fd) {
        err = aq_media_file(&m->own_fd, path);
        m->how.fd = m->own_fd;
    }
    if (err == AQ_OK)
        err = aq_source_origin(&m->origin, path, &m->how);
    if (err == AQ_OK)
        err = aq_source_open(&m->in, path, &m->how, &m->origin.depth);
    if (err == AQ_OK)
        err = prepare_decoding(m);
    if (err != AQ_OK) {
        aq_media_close(&m);
        return err;
    }
    *out = m;
    return AQ_OK;
}

void aq_media_close(AqMedia **mp)
{
    AqMedia *m = *mp;

    if (!m)
        return;
    aq_audio_file_close(&m->sound);
    aq_clock_clear(&m->clock);
    aq_source_close(&m->in);
    av_packet_free(&m->packet);
    aq_ahead_clear(&m->ahead);
    av_frame_free(&m->frame);
    aq_show_clear(&m->show);
    aq_picture_clear(&m->picture);
    aq_track_clear(&m->track);
    aq_free(m->presence[AQ_AUDIO]);
    aq_free(m->presence[AQ_VISUAL]);
    aq_free(m->path);
    if (m->own_fd > 0)
        (void)close(m->own_fd); /* read only */
    aq_free(m);
    *mp = NULL;
}

/* ---- pictures ---- */

/* The shown frame becomes the next second's picture, which waits until it is known
 * whether that second counts. */
static AqErr hold_frame(AqMedia *m)
{
    AqShow *s = &m->show;

    if (!m->converted) {
        const AqErr err = aq_picture_convert(&m->picture, s->shown, &m->rgb);

        if (err == AQ_ERR_MEDIA) { /* this picture only */
            m->n_errors++;
            s->next++;
            return AQ_OK;
        }
        if (err != AQ_OK)
            return err;
        m->converted = 1;
        m->width = m->picture.width;
        m->height = m->picture.height;
    }
    aq_show_hold(s);
    return AQ_OK;
}

/* The second before the next one. */
static void give_frame(const AqMedia *m, AqMediaEvent *e)
{
    *e = (AqMediaEvent){.modality = AQ_VISUAL,
                        .second = m->show.next - 1,
                        .rgb = m->rgb,
                        .width = m->picture.width,
                        .height = m->picture.height,
                        .stride = m->picture.stride};
}

static void take_frame(AqMedia *m)
{
    if (m->frame->decode_error_flags || m->frame->flags & AV_FRAME_FLAG_CORRUPT)
        m->n_errors++;
    if (m->in.raw)
        aq_raw_stamp(&m->raw, m->in.codec[AQ_VISUAL], m->frame);
    aq_show_take(&m->show, m->frame);
}

/* ---- sound ---- */

static AqErr mix_in(AqMedia *m, AVFrame *f)
{
    AqTrack *t = &m->track;
    const int64_t expected = m->origin.us + t->end_us;
    int64_t at = aq_frame_us(f, expected) - m->origin.us;

    if (m->disagrees && t->end_us > 0) /* joined, maybe at other rates: no clock fits */
        at = AQ_TRACK_NEXT;

    if (f->nb_samples > t->mono_room) {
        aq_free(t->mono);
        t->mono_room = 0;
        t->mono = aq_alloc((size_t)f->nb_samples, sizeof *t->mono);
        if (!t->mono)
            return AQ_ERR_NOMEM;
        t->mono_room = f->nb_samples;
    }
    AqErr err = aq_track_mix(f, t->mono);
    if (err == AQ_OK)
        err = aq_track_add(t, t->mono, f->nb_samples, f->sample_rate, at);
    return err;
}

static AqErr read_sound_file(AqMedia *m)
{
    float block[BLOCK];
    int got = 0;
    const int rate = aq_audio_file_rate(m->sound);
    AqErr err = aq_audio_file_read(m->sound, block, BLOCK, &got);

    if (err == AQ_OK && got > 0)
        err = aq_track_add(&m->track, block, got, rate, m->sound_at * SECOND / rate);
    m->sound_at += got;
    if (err == AQ_OK && (got == 0 || aq_track_full(&m->track))) {
        m->drained[AQ_AUDIO] = 1;
        m->read_all = 1;
        err = aq_track_flush(&m->track);
    }
    return err;
}

/* A whole second is there, or the last piece of one. */
static int second_is_due(const AqMedia *m)
{
    const int64_t from = (int64_t)m->audio_next * AQ_MEDIA_RATE,
                  have = m->track.n - from;

    if (m->audio_next >= m->how.max_seconds)
        return 0;
    if (have >= AQ_MEDIA_RATE)
        return 1;
    return m->drained[AQ_AUDIO] && have > 0 &&
           (m->audio_next == 0 ||
            have * SECOND > (int64_t)AQ_MEDIA_TAIL_US * AQ_MEDIA_RATE);
}

static int give_second(AqMedia *m, AqMediaEvent *e)
{
    const int s = m->audio_next++;
    const int64_t from = (int64_t)s * AQ_MEDIA_RATE, have = m->track.n - from;
    const size_t n = have < AQ_MEDIA_RATE ? (size_t)have : AQ_MEDIA_RATE;

    if (!m->track.real[s])
        return 0; /* silence that stands for nothing recorded */
    memset(m->second, 0, sizeof m->second);
    memcpy(m->second, m->track.pcm + from, n * sizeof *m->second);
    *e = (AqMediaEvent){.modality = AQ_AUDIO, .second = s, .pcm = m->second};
    return 1;
}

/* ---- decoding ---- */

/* One step of a decoder: AQ_EOF when it wants more input. */
static AqErr receive_frame(AqMedia *m, AqModality s)
{
    const int rc = avcodec_receive_frame(m->in.codec[s], m->frame);

    if (rc == 0) {
        AqErr err = AQ_OK;

        m->frame->time_base = m->in.base[s];
        if (s == AQ_VISUAL)
            take_frame(m);
        else
            err = mix_in(m, m->frame);
        av_frame_unref(m->frame);
        return err;
    }
    if (rc == AVERROR_EOF) {
        m->drained[s] = 1;
        return s == AQ_AUDIO ? aq_track_flush(&m->track) : AQ_OK;
    }
    if (rc == AVERROR(ENOMEM))
        return aq_source_fail(m->path, "cannot be decoded", rc);
    if (rc == AVERROR(EAGAIN))
        return AQ_EOF;
    m->n_errors++;
    return AQ_OK;
}

static AqErr send_packet(AqMedia *m, AqModality s, const AVPacket *p)
{
    if (p &&
        p->size == 0) /* some muxers write empty ones; to a decoder they mean the end */
        return AQ_OK;
    const int rc = avcodec_send_packet(m->in.codec[s], p);
    if (rc == AVERROR(ENOMEM))
        return aq_source_fail(m->path, "cannot be decoded", rc);
    m->n_errors += rc < 0 && rc != AVERROR_EOF;
    return AQ_OK;
}

/* Where nothing else depends on an idle frame (every frame stands for itself, or the
 * decoder sees that it is no reference) it is left out. */
static AqErr send_picture(AqMedia *m, int idle)
{
    AVCodecContext *c = m->in.codec[AQ_VISUAL];
    const AVCodecDescriptor *d = avcodec_descriptor_get(c->codec_id);

    idle = idle && !m->how.every_frame;
    if (idle && d && d->props & AV_CODEC_PROP_INTRA_ONLY)
        return AQ_OK;
    c->skip_frame = idle ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    return send_packet(m, AQ_VISUAL, m->packet);
}

/* Packets of the picture go on when enough is known of what follows, or at the end. A
 * decoder takes one at a time: it is emptied in between. */
static AqErr pass_on_picture(AqMedia *m, int *passed)
{
    int idle = 0;

    *passed = 0;
    if (m->drained[AQ_VISUAL] || !(m->read_all || aq_ahead_full(&m->ahead)))
        return AQ_OK;
    *passed = aq_ahead_take(&m->ahead, m->packet, &idle);
    const AqErr err = *passed ? send_picture(m, idle) : AQ_OK;
    av_packet_unref(m->packet);
    return err;
}

/* The decoders are told that there is no more. */
static AqErr flush_decoders(AqMedia *m)
{
    AqErr err = AQ_OK;

    m->flushed = 1;
    for (int s = 0; err == AQ_OK && s < AQ_N_MODALITIES; s++)
        if (!m->drained[s] && m->in.codec[s])
            err = send_packet(m, (AqModality)s, NULL);
    return err;
}

static AqErr end_reading(AqMedia *m, int rc)
{
    m->read_all = 1;
    if (rc == AVERROR_EXIT || (m->how.cancelled && m->how.cancelled(m->how.ctx)))
        return aq_fail(AQ_ERR_CANCELLED, "stopped");
    if (rc == AVERROR(ENOMEM))
        return aq_source_fail(m->path, "cannot be read", rc);
    if (rc < 0 && rc != AVERROR_EOF) {
        m->broken = AQ_ERR_MEDIA;
        (void)av_strerror(rc, m->broken_why, sizeof m->broken_why);
    }
    return AQ_OK;
}

/* Streams that have given all their seconds are read no further. */
static void stop_full(AqMedia *m)
{
    if (aq_show_full(&m->show))
        m->drained[AQ_VISUAL] = 1;
    if (aq_track_full(&m->track))
        m->drained[AQ_AUDIO] = 1;
}

static AqErr read_packet(AqMedia *m)
{
    const int rc = aq_clock_read(&m->clock, m->packet);
    AqErr err = AQ_OK;

    if (rc < 0)
        return end_reading(m, rc);
    const int at = m->packet->stream_index;
    if (!m->drained[AQ_VISUAL] && at == m->in.stream[AQ_VISUAL]->index)
        aq_ahead_put(&m->ahead, m->packet);
    else if (!m->drained[AQ_AUDIO] && at == m->in.stream[AQ_AUDIO]->index)
        err = send_packet(m, AQ_AUDIO, m->packet);
    av_packet_unref(m->packet);
    return err;
}

/* Moves things on by one step. */
static AqErr advance_media(AqMedia *m)
{
    if (m->show.has_fresh) {
        aq_show_next(&m->show);
        m->converted = 0;
        return AQ_OK;
    }
    stop_full(m);
    if (m->sound)
        return read_sound_file(m);
    for (int s = 0; s < AQ_N_MODALITIES; s++) {
        const AqErr err = m->drained[s] ? AQ_EOF : receive_frame(m, (AqModality)s);

        if (err != AQ_EOF)
            return err;
    }
    int passed = 0;
    const AqErr err = pass_on_picture(m, &passed);
    if (err != AQ_OK || passed)
        return err;
    return m->flushed ? AQ_OK : m->read_all ? flush_decoders(m) : read_packet(m);
}

/* ---- the end ---- */

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

/* How much there is beyond what was read is the container's word, so it decides
 * nothing. */
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

static void write_notes(AqMedia *m)
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

static AqErr finish_media(AqMedia *m)
{
    const int video = m->show.has_shown ? m->show.next : 0, audio = m->audio_next;

    const AqErr err = aq_source_read_fault(m->in.fmt->pb, m->path, AQ_OK);
    if (err != AQ_OK)
        return err;
    m->n_seconds = video > audio ? video : audio;
    if (m->n_seconds < 1)
        return aq_fail(AQ_ERR_MEDIA, "%s: not one second of it can be decoded",
                       m->path);
    for (int s = 0; s < AQ_N_MODALITIES; s++) {
        const unsigned char *real = s == AQ_AUDIO ? m->track.real : m->show.real;
        const int n = s == AQ_AUDIO ? audio : video;

        m->presence[s] = aq_alloc((size_t)m->n_seconds, 1);
        if (!m->presence[s])
            return AQ_ERR_NOMEM;
        memcpy(m->presence[s], real, (size_t)n);
    }
    write_notes(m);
    m->finished = 1;
    return AQ_EOF;
}

static int is_done(const AqMedia *m)
{
    return m->drained[AQ_AUDIO] && m->drained[AQ_VISUAL] && !m->show.has_fresh &&
           !m->show.held;
}

AqErr aq_media_next(AqMedia *m, AqMediaEvent *e)
{
    int given = 0;
    AqErr err = AQ_OK;

    *e = (AqMediaEvent){0};
    if (m->finished)
        return AQ_EOF;
    while (err == AQ_OK && !given) {
        if (m->how.cancelled && m->how.cancelled(m->how.ctx))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        const int ended = m->drained[AQ_VISUAL],
                  verdict = aq_show_settle(&m->show, ended);

        if ((given = verdict > 0))
            give_frame(m, e);
        else if (aq_show_due(&m->show, ended))
            err = hold_frame(m);
        else if (second_is_due(m))
            given = give_second(m, e);
        else if (is_done(m))
            return finish_media(m);
        else
            err = advance_media(m);
        if (given &&
            !(e->modality == AQ_AUDIO ? m->how.want_audio : m->how.want_frames))
            given = 0;
    }
    return err;
}

AqMediaFacts aq_media_facts(const AqMedia *m)
{
    const int64_t v = m->show.end_us ? m->show.end_us : m->show.shown_us;
    const int64_t a = m->track.end_us;

    return (AqMediaFacts){.n_seconds = m->n_seconds,
                          .duration_us = a > v ? a : v,
                          .has_audio = a > 0,
                          .has_video = m->show.has_shown,
                          .n_pictures = m->show.n_pictures,
                          .width = m->width,
                          .height = m->height,
                          .rotation = aq_picture_rotation(&m->picture),
                          .presence = {m->presence[AQ_AUDIO], m->presence[AQ_VISUAL]},
                          .notes = m->notes};
}
