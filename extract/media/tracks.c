/* SPDX-License-Identifier: MIT */
/*
 * Chooses one of several tracks: of those that hold sound or picture at all, the first
 * marked default, in every container alike, else the first meant for everybody. Players
 * do the same; bit rates play no part. If a stream carries several programmes, sound is
 * taken from the picture's.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <stdio.h>

enum {
    COVER = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS,
    /* additional tracks: for some people, or to be mixed in */
    SPECIAL = AV_DISPOSITION_COMMENT | AV_DISPOSITION_KARAOKE |
              AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_VISUAL_IMPAIRED |
              AV_DISPOSITION_CLEAN_EFFECTS | AV_DISPOSITION_DESCRIPTIONS |
              AV_DISPOSITION_DEPENDENT
};

/* Cover art does not show the scene. */
static int is_track(const AVStream *st, AqModality m)
{
    if (m == AQ_AUDIO)
        return st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(st->disposition & COVER);
}

int aq_tracks_show(const AVStream *st)
{
    const AVCodecParameters *p = st->codecpar;

    return p->codec_type == AVMEDIA_TYPE_AUDIO
               ? p->sample_rate > 0 && p->ch_layout.nb_channels > 0
               : p->width > 0 && p->height > 0;
}

/* A cover not marked as one: a single picture. */
static int is_still(const AVStream *st)
{
    const enum AVCodecID id = st->codecpar->codec_id;

    return st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
           (st->nb_frames == 1 || id == AV_CODEC_ID_PNG || id == AV_CODEC_ID_BMP ||
            id == AV_CODEC_ID_TIFF || id == AV_CODEC_ID_WEBP);
}

static int is_beside(AVFormatContext *fmt, const AVStream *st, const AVStream *picture)
{
    const AVProgram *of = NULL;

    if (!picture || !av_find_program_from_stream(fmt, NULL, picture->index))
        return 1;
    while (
        (of = av_find_program_from_stream(fmt, (AVProgram *)(uintptr_t)of, st->index)))
        for (unsigned k = 0; k < of->nb_stream_indexes; k++)
            if (of->stream_index[k] == (unsigned)picture->index)
                return 1;
    return 0;
}

static int rank_track(AVFormatContext *fmt, const AVStream *st, const AVStream *picture)
{
    return 16 * !is_still(st) + 8 * aq_tracks_show(st) +
           4 * is_beside(fmt, st, picture) +
           2 * !!(st->disposition & AV_DISPOSITION_DEFAULT) +
           !(st->disposition & SPECIAL);
}

int aq_tracks_count(const AVFormatContext *fmt, AqModality m)
{
    int n = 0;

    for (unsigned k = 0; k < fmt->nb_streams; k++)
        n += is_track(fmt->streams[k], m);
    return n;
}

AVStream *aq_tracks_get(const AVFormatContext *fmt, AqModality m, int number)
{
    for (unsigned k = 0; k < fmt->nb_streams; k++)
        if (is_track(fmt->streams[k], m) && --number == 0)
            return fmt->streams[k];
    return NULL;
}

AVStream *aq_tracks_best(AVFormatContext *fmt, AqModality m, const AVStream *picture,
                         const unsigned char *tried)
{
    AVStream *best = NULL;

    for (unsigned k = 0; k < fmt->nb_streams; k++) {
        AVStream *st = fmt->streams[k];

        if (!tried[k] && is_track(st, m) &&
            st->codecpar->codec_id != AV_CODEC_ID_NONE &&
            (!best || rank_track(fmt, st, picture) > rank_track(fmt, best, picture)))
            best = st;
    }
    return best;
}

char *aq_tracks_note(const AVFormatContext *fmt, AqModality m, const AVStream *taken,
                     int asked)
{
    static const char *const kind[AQ_N_MODALITIES] = {"sound", "picture"};
    const int n = aq_tracks_count(fmt, m);
    int number = 1;

    while (number < n && aq_tracks_get(fmt, m, number) != taken)
        number++;
    const char *why = asked ? ", as asked"
                      /* The caller took one. */
                      /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
                      : taken->disposition & AV_DISPOSITION_DEFAULT
                          ? ", the first marked default"
                          : "";
    return aq_strf("%d %s tracks; number %d%s, was taken%s", n, kind[m], number, why,
                   m == AQ_AUDIO && !asked ? " (--audio-track chooses)" : "");
}

/* ---- what a file says of its tracks ---- */

static void copy_tag(char *out, size_t room, const AVStream *st, const char *key)
{
    const AVDictionaryEntry *e = av_dict_get(st->metadata, key, NULL, 0);

    (void)snprintf(out, room, "%s", e ? e->value : "");
}

static AqMediaTrack describe_track(const AVStream *st, AqModality m)
{
    const AVCodecParameters *p = st->codecpar;
    AqMediaTrack t = {.modality = (int32_t)m,
                      .is_default = (st->disposition & AV_DISPOSITION_DEFAULT) != 0,
                      .begins_us = -1};

    (void)snprintf(t.codec, sizeof t.codec, "%s",
                   p->codec_id == AV_CODEC_ID_NONE ? ""
                                                   : avcodec_get_name(p->codec_id));
    copy_tag(t.language, sizeof t.language, st, "language");
    copy_tag(t.title, sizeof t.title, st, "title");
    if (m == AQ_AUDIO) {
        t.rate = p->sample_rate;
        t.channels = p->ch_layout.nb_channels;
        return t;
    }
    t.width = p->width;
    t.height = p->height;
    t.frames = st->avg_frame_rate.den > 0 ? st->avg_frame_rate.num : 0;
    t.per = t.frames > 0 ? st->avg_frame_rate.den : 0;
    return t;
}

int aq_tracks_describe(const AqSource *in, const int64_t first_us[AQ_N_MODALITIES],
                       AqMediaTrack *out)
{
    int n = 0, number[AQ_N_MODALITIES] = {0};

    for (unsigned k = 0; k < in->fmt->nb_streams && n < AQ_MEDIA_MAX_TRACKS; k++) {
        const AVStream *st = in->fmt->streams[k];

        for (int m = 0; m < AQ_N_MODALITIES; m++) {
            if (!is_track(st, (AqModality)m))
                continue;
            out[n] = describe_track(st, (AqModality)m);
            out[n].number = ++number[m];
            out[n].is_taken = st == in->stream[m] && first_us[m] != INT64_MAX;
            if (out[n].is_taken)
                out[n].begins_us = first_us[m];
            n++;
        }
    }
    return n;
}
