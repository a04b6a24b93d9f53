/* SPDX-License-Identifier: MIT */
/*
 * Reads a clip. A first, short pass decodes until both streams have presented
 * something, which gives time 0; the second pass reads the file once from its start. A
 * frame is handed out when its successor (or the end) shows which seconds it covers.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND = 1000000, BLOCK = 4096 };

/* ---- opening and closing ---- */

/* Uses libsndfile's samples if it agrees with FFmpeg about the file. */
static AqErr open_sound_file(AqMedia *m)
{
    AqErr err = aq_audio_file_open(&m->sound, m->path, m->how.fd);

    if (err != AQ_OK) /* FFmpeg reads it then */
        return err == AQ_ERR_MEDIA ? AQ_OK : err;
    if (!aq_source_agrees(&m->in, &m->origin, m->sound, m->how.max_seconds)) {
        m->disagrees = 1;
        aq_audio_file_close(&m->sound);
        return AQ_OK;
    }
    m->origin.us = m->origin.first_us[AQ_AUDIO] = 0;
    return AQ_OK;
}

/* Counts the pictures that will be shown, by decoding the clip once. */
static AqErr count_pictures(AqMedia *like, int *n);

/* A plan of clips needs the number of frames. */
static AqErr count_for_clips(AqMedia *m, int *n)
{
    *n = 0;
    for (int k = 0; k < m->how.n_pictures; k++)
        if (aq_rows_are_clips(m->how.pictures[k])) {
            m->how.every_frame = 1;
            return count_pictures(m, n);
        }
    return AQ_OK;
}

/* The first is always of seconds, even if not requested: the facts come from it. */
static AqErr prepare_wants(AqMedia *m)
{
    const AqMediaOptions *how = &m->how;
    int n_frames = 0, seconds = -1;
    AqErr err = count_for_clips(m, &n_frames);

    for (int k = 0; k < how->n_pictures; k++)
        if (aq_rows_are_same(how->pictures[k], AQ_ROWS_SECONDS))
            seconds = k;
    if (err == AQ_OK && !(m->want = aq_alloc(AQ_MEDIA_MAX_PLANS + 1, sizeof *m->want)))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_want_init(&m->want[m->n_wants++], AQ_ROWS_SECONDS, seconds,
                           how->max_seconds, 0);
    for (int k = 0; err == AQ_OK && k < how->n_pictures; k++)
        if (k != seconds)
            err = aq_want_init(&m->want[m->n_wants++], how->pictures[k], k,
                               how->max_seconds, n_frames);
    return err;
}

static AqErr prepare_pictures(AqMedia *m, int counting)
{
    const AVStream *st = m->in.stream[AQ_VISUAL];
    AqErr err = counting ? AQ_OK : prepare_wants(m);

    if (err != AQ_OK || !st)
        return err;
    err = aq_ahead_init(&m->ahead, m->in.base[AQ_VISUAL], m->origin.us,
                        m->origin.first_us[AQ_VISUAL]);
    for (int k = 0; k < m->n_wants; k++) {
        AqWant *w = &m->want[k];

        aq_picture_orient(&w->picture, st);
        if (!aq_rows_are_clips(w->plan))
            m->ahead.rates[m->ahead.n_rates++] = w->rate;
    }
    return err;
}

/* Drops a stream that presents nothing, or only too late. */
static int shows_nothing(const AqMedia *m, int s)
{
    const AqOrigin *o = &m->origin;

    return !m->in.stream[s] || o->first_us[s] == INT64_MAX ||
           o->first_us[s] - o->us >= (int64_t)m->how.max_seconds * SECOND;
}

static AqErr prepare_decoding(AqMedia *m, int counting)
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
    for (int s = 0; s < AQ_N_MODALITIES; s++)
        m->drained[s] = shows_nothing(m, s) || (counting && s == AQ_AUDIO);
    if (err == AQ_OK)
        err = prepare_pictures(m, counting);
    return err == AQ_OK && !counting && aq_source_is_sound_file(&m->in)
               ? open_sound_file(m)
               : err;
}

/* origin: NULL if it is still to be determined. */
static AqErr open_media(AqMedia **out, const char *path, const AqMediaOptions *how,
                        const AqOrigin *origin, int counting)
{
    *out = NULL;
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
    if (err == AQ_OK && origin)
        m->origin = *origin;
    else if (err == AQ_OK)
        err = aq_source_origin(&m->origin, path, &m->how);
    if (err == AQ_OK)
        err = aq_source_open(&m->in, path, &m->how, &m->origin.depth);
    if (err == AQ_OK)
        err = prepare_decoding(m, counting);
    if (err != AQ_OK) {
        aq_media_close(&m);
        return err;
    }
    *out = m;
    return AQ_OK;
}

AqErr aq_media_open(AqMedia **out, const char *path, const AqMediaOptions *how)
{
    *out = NULL;
    if (how->max_seconds < 1)
        return aq_fail(AQ_ERR_USAGE, "%s: at least one second must be read", path);
    for (int k = 0; k < how->n_pictures; k++)
        if (how->n_pictures > AQ_MEDIA_MAX_PLANS ||
            !aq_rows_are_valid(how->pictures[k]))
            return aq_fail(AQ_ERR_USAGE, "%s: invalid picture plan", path);
    return open_media(out, path, how, NULL, 0);
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
    for (int k = 0; k < m->n_wants; k++)
        aq_want_clear(&m->want[k]);
    aq_free(m->want);
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

    if (m->disagrees && t->end_us > 0) /* joined recordings, maybe of other rates */
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

/* Is a whole second available, or the last part of one? */
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
        return 0; /* silence in place of missing sound */
    memset(m->second, 0, sizeof m->second);
    memcpy(m->second, m->track.pcm + from, n * sizeof *m->second);
    *e = (AqMediaEvent){.modality = AQ_AUDIO,
                        .row = s,
                        .span = aq_rows_span(AQ_ROWS_SECONDS, s),
                        .pcm = m->second};
    return 1;
}

/* ---- decoding ---- */

/* One step of a decoder: AQ_EOF when it needs more input. */
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
    if (p && p->size == 0) /* some muxers write these; to a decoder they mean the end */
        return AQ_OK;
    const int rc = avcodec_send_packet(m->in.codec[s], p);
    if (rc == AVERROR(ENOMEM))
        return aq_source_fail(m->path, "cannot be decoded", rc);
    m->n_errors += rc < 0 && rc != AVERROR_EOF;
    return AQ_OK;
}

/* Skips an idle frame if no other depends on it (an intra-only codec, or a
 * non-reference frame). */
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

/* Passes a picture packet on when enough later ones are known, or at the end. A decoder
 * takes one at a time and is drained in between. */
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

/* Tells the decoders that there is no more input. */
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

/* Stops reading streams that have given all their seconds. */
static void stop_full(AqMedia *m)
{
    int full = m->n_wants > 0 || m->show.over;

    for (int k = 0; k < m->n_wants; k++)
        full &= aq_want_is_full(&m->want[k], &m->show);
    if (full)
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

/* Advances reading by one step. */
static AqErr advance_media(AqMedia *m)
{
    if (m->show.has_fresh) {
        aq_show_next(&m->show);
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

/* Their beginnings, from time 0 on. */
static void list_media_tracks(AqMedia *m)
{
    int64_t first_us[AQ_N_MODALITIES];

    for (int s = 0; s < AQ_N_MODALITIES; s++) {
        const int64_t at = m->origin.first_us[s];

        first_us[s] = at == INT64_MAX ? at : at - m->origin.us;
    }
    m->n_tracks = aq_tracks_describe(&m->in, first_us, m->tracks);
}

static AqErr finish_media(AqMedia *m)
{
    const int video = m->show.has_shown ? m->want[0].next : 0, audio = m->audio_next;

    const AqErr err = aq_source_read_fault(m->in.fmt->pb, m->path, AQ_OK);
    if (err != AQ_OK)
        return err;
    m->n_seconds = video > audio ? video : audio;
    if (m->n_seconds < 1)
        return aq_fail(AQ_ERR_MEDIA, "%s: not one second of it can be decoded",
                       m->path);
    for (int s = 0; s < AQ_N_MODALITIES; s++) {
        const unsigned char *real = s == AQ_AUDIO ? m->track.real : m->want[0].real;
        const int n = s == AQ_AUDIO ? audio : video;

        m->presence[s] = aq_alloc((size_t)m->n_seconds, 1);
        if (!m->presence[s])
            return AQ_ERR_NOMEM;
        memcpy(m->presence[s], real, (size_t)n);
    }
    for (int k = 0; k < m->n_wants; k++)
        m->n_errors += m->want[k].n_errors;
    aq_media_write_notes(m);
    list_media_tracks(m);
    m->finished = 1;
    return AQ_EOF;
}

static int is_done(const AqMedia *m)
{
    int held = 0;

    for (int k = 0; k < m->n_wants; k++)
        held |= m->want[k].held;
    return m->drained[AQ_AUDIO] && m->drained[AQ_VISUAL] && !m->show.has_fresh && !held;
}

/* Takes what each plan wants of the shown frame. */
static AqErr step_wants(AqMedia *m, AqMediaEvent *e, AqWantStep *did)
{
    AqErr err = AQ_OK;

    *did = AQ_WANT_WAITS;
    for (int k = 0; err == AQ_OK && *did == AQ_WANT_WAITS && k < m->n_wants; k++)
        err = aq_want_step(&m->want[k], &m->show, m->drained[AQ_VISUAL], e, did);
    return err;
}

static AqErr count_pictures(AqMedia *like, int *n)
{
    AqMedia *m = NULL;
    AqErr err = open_media(&m, like->path, &like->how, &like->origin, 1);

    while (err == AQ_OK && !is_done(m)) {
        if (m->how.cancelled && m->how.cancelled(m->how.ctx))
            err = aq_fail(AQ_ERR_CANCELLED, "stopped");
        else
            err = advance_media(m);
    }
    *n = m ? m->show.number : 0;
    aq_media_close(&m);
    return err;
}

/* Did the caller request this event? */
static int is_event_wanted(const AqMedia *m, const AqMediaEvent *e)
{
    return e->modality == AQ_AUDIO ? m->how.want_audio : e->plan >= 0;
}

AqErr aq_media_next(AqMedia *m, AqMediaEvent *e)
{
    int given = 0;
    AqErr err = AQ_OK;

    *e = (AqMediaEvent){0};
    if (m->finished)
        return AQ_EOF;
    while (err == AQ_OK && !given) {
        AqWantStep did;

        if (m->how.cancelled && m->how.cancelled(m->how.ctx))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        err = step_wants(m, e, &did);
        if (err != AQ_OK || did == AQ_WANT_MOVED)
            continue;
        if (did == AQ_WANT_GAVE)
            given = 1;
        else if (second_is_due(m))
            given = give_second(m, e);
        else if (is_done(m))
            return finish_media(m);
        else
            err = advance_media(m);
        given = given && is_event_wanted(m, e);
    }
    return err;
}

AqMediaFacts aq_media_facts(const AqMedia *m)
{
    const int64_t v = m->show.end_us ? m->show.end_us : m->show.shown_us;
    const int64_t a = m->track.end_us;
    const AqPicture *p = &m->want[0].picture;

    AqMediaFacts f = {.n_seconds = m->n_seconds,
                      .duration_us = a > v ? a : v,
                      .has_audio = a > 0,
                      .has_video = m->show.has_shown,
                      .n_pictures = m->show.n_pictures,
                      .width = m->want[0].converted ? p->width : 0,
                      .height = m->want[0].converted ? p->height : 0,
                      .rotation = aq_picture_rotation(p),
                      .presence = {m->presence[AQ_AUDIO], m->presence[AQ_VISUAL]},
                      .notes = m->notes,
                      .tracks = m->tracks,
                      .n_tracks = m->n_tracks};

    (void)snprintf(f.format, sizeof f.format, "%s", m->in.fmt->iformat->name);
    return f;
}
