/* SPDX-License-Identifier: MIT */
/* The first pass over a clip: finds time 0 from decoded frames, not from claims. */
#include "extract/media/media_priv.h"

#include <libavutil/common.h>
#include <stdlib.h>
#include <string.h>

#define MOST_US ((int64_t)1 << 56)
#define SECOND  ((int64_t)1000000)
#define SLACK   (SECOND / 5) /* padding that codecs add around a sound */

typedef struct OriginSearch {
    AqSource in;
    AqClock clock;
    int64_t *first;  /* one per stream */
    int64_t said_us; /* total of the sound's packets */
    AVFrame *frame;
    AVPacket *packet;
    AqRawClock raw;
} OriginSearch;

static int is_sought(const OriginSearch *s, int m)
{
    return s->in.stream[m] && s->first[m] == INT64_MAX;
}

/* Decodes the packet; NULL: drains the decoder. */
static void look_into(OriginSearch *s, AqModality m, const AVPacket *p)
{
    if (avcodec_send_packet(s->in.codec[m], p) != 0)
        return;
    while (avcodec_receive_frame(s->in.codec[m], s->frame) == 0) {
        s->frame->time_base = s->in.base[m];
        if (s->in.raw)
            aq_raw_stamp(&s->raw, s->in.codec[m], s->frame);
        const int64_t t = aq_frame_us(s->frame, INT64_MAX);

        if (t < s->first[m])
            s->first[m] = t;
        av_frame_unref(s->frame);
    }
}

static void add_sound_duration(OriginSearch *s)
{
    if (s->in.stream[AQ_AUDIO] &&
        s->packet->stream_index == s->in.stream[AQ_AUDIO]->index &&
        s->packet->duration > 0)
        s->said_us = av_sat_add64(
            s->said_us, aq_base_us(s->in.base[AQ_AUDIO], s->packet->duration));
}

/* A stream that was found is no longer decoded, only read, until the other has
 * presented something or the file ends. */
static AqErr find_first_frames(OriginSearch *s, const char *path)
{
    while (is_sought(s, AQ_AUDIO) || is_sought(s, AQ_VISUAL)) {
        const int rc = aq_clock_read(&s->clock, s->packet);

        if (rc == AVERROR(ENOMEM) || rc == AVERROR_EXIT)
            return aq_source_fail(path, "cannot be read", rc);
        if (rc < 0)
            break;
        add_sound_duration(s);
        for (int m = 0; m < AQ_N_MODALITIES; m++)
            if (is_sought(s, m) && s->packet->stream_index == s->in.stream[m]->index &&
                s->packet->size > 0)
                look_into(s, (AqModality)m, s->packet);
        av_packet_unref(s->packet);
    }
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (is_sought(s, m))
            look_into(s, (AqModality)m, NULL);
    return AQ_OK;
}

/* What lies before 0 is lead-in, which players do not show. But a wrapping clock has no
 * lead-in: FFmpeg gives times before its wrap as negative. */
static void set_media_origin(int64_t first[AQ_N_MODALITIES], int64_t *origin_us,
                             int circular)
{
    const int64_t a = first[AQ_AUDIO], v = first[AQ_VISUAL];

    *origin_us = a < v ? a : v;
    if (*origin_us < 0 && !circular)
        *origin_us = 0;
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (first[m] < *origin_us)
            first[m] = *origin_us;
}

/* The length of a sound file from its packets: their durations or their timestamps. */
static int64_t measure_sound_file(OriginSearch *s, int max_seconds)
{
    const AqClockLine *l = &s->clock.line[AQ_AUDIO];
    const int64_t enough = (int64_t)(max_seconds + 1) * 1000000;

    if (!aq_source_is_sound_file(&s->in) || llabs(s->first[AQ_AUDIO]) > MOST_US)
        return 0; /* not sound, or no timestamp */
    while (s->said_us < enough && l->end_us - s->first[AQ_AUDIO] < enough &&
           aq_clock_read(&s->clock, s->packet) == 0) {
        add_sound_duration(s);
        av_packet_unref(s->packet);
    }
    const int64_t came = l->end_us - s->first[AQ_AUDIO];
    return came > s->said_us ? came : s->said_us;
}

AqErr aq_source_origin(AqOrigin *out, const char *path, const AqMediaOptions *how)
{
    OriginSearch s = {.first = out->first_us};

    *out = (AqOrigin){.first_us = {INT64_MAX, INT64_MAX}};
    AqErr err = aq_source_open(&s.in, path, how, &out->depth);
    if (err != AQ_OK)
        return err;
    aq_clock_init(&s.clock, &s.in);
    s.frame = av_frame_alloc();
    s.packet = av_packet_alloc();
    err = s.frame && s.packet ? find_first_frames(&s, path)
                              : aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (err == AQ_OK)
        out->length_us = measure_sound_file(&s, how->max_seconds);
    err = aq_source_read_fault(s.in.fmt->pb, path, err);
    set_media_origin(out->first_us, &out->us, s.in.circular);
    av_frame_free(&s.frame);
    av_packet_free(&s.packet);
    aq_clock_clear(&s.clock);
    aq_source_close(&s.in);
    if (err == AQ_OK && out->us == INT64_MAX)
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: neither sound nor picture of it can be decoded; the file is "
                      "damaged or cut short",
                      path);
    return err;
}

/* ---- sound files: read by libsndfile if it agrees with FFmpeg ---- */

int aq_source_is_sound_file(const AqSource *in)
{
    static const char *const names[] = {"wav", "flac", "ogg", "aiff",
                                        "au",  "caf",  "w64"};

    if (in->stream[AQ_VISUAL] || !in->stream[AQ_AUDIO] ||
        aq_tracks_count(in->fmt, AQ_AUDIO) > 1)
        return 0;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        if (strcmp(in->fmt->iformat->name, names[k]) == 0)
            return 1;
    return 0;
}

int aq_source_agrees(const AqSource *in, const AqOrigin *o, const AqAudioFile *f,
                     int max_seconds)
{
    const AVCodecParameters *p = in->stream[AQ_AUDIO]->codecpar;
    const int64_t most = max_seconds * SECOND, theirs = aq_audio_file_us(f);
    const int64_t a = theirs < most ? theirs : most,
                  b = o->length_us < most ? o->length_us : most;

    return p->sample_rate == aq_audio_file_rate(f) &&
           p->ch_layout.nb_channels == aq_audio_file_channels(f) &&
           (o->length_us == 0 || llabs(a - b) <= SLACK);
}
