/* SPDX-License-Identifier: MIT */
/* Opens clips: security checks, the choice of streams, and their decoders. */
#include "extract/media/media_priv.h"

#include "base/alloc.h"
#include "base/text/log.h"

#include <errno.h>
#include <libavutil/avstring.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { MPEG_CLOCK_BITS = 33 };
#define MOST_PROBED ((int64_t)1 << 36) /* demuxers count packets in an int */

/* Formats that refer to other files, or draw text as pictures. */
static const char *const refused[] = {
    "hls", "applehttp",  "dash",  "concat", "concatf",  "tty",
    "sdp", "rtsp",       "rtp",   "image2", "lavfi",    "webm_dash_manifest",
    "imf", "bin",        "xbin",  "adf",    "idf",      "ass",
    "srt", "ffmetadata", "mpsub", "webvtt", "subviewer"};

/* FFmpeg returns ENOMEM both for absurd sizes in a file and when memory is exhausted.
 * It counts as the clip's fault so that the job goes on: if memory is exhausted, the
 * rest fails too. */
AqErr aq_source_fail(const char *path, const char *what, int averror)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";

    if (averror == AVERROR(ENOMEM))
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: %s: it needs more memory than is available; wrong sizes "
                       "in a damaged file can cause this",
                       path, what);
    if (averror == AVERROR_EXIT)
        return aq_fail(AQ_ERR_CANCELLED, "stopped");
    (void)av_strerror(averror, why, sizeof why);
    return aq_fail(AQ_ERR_MEDIA, "%s: %s: %s", path, what, why);
}

AqErr aq_source_read_fault(const AVIOContext *pb, const char *path, AqErr err)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";

    if (!pb || pb->error >= 0 || pb->error == AVERROR_EOF || pb->error == AVERROR_EXIT)
        return err;
    (void)av_strerror(pb->error, why, sizeof why);
    return aq_fail(AQ_ERR_IO, "%s: cannot be read: %s", path, why);
}

static void to_our_log(void *ctx, int level, const char *fmt, va_list ap)
    AQ_PRINTF(3, 0);
static void to_our_log(void *ctx, int level, const char *fmt, va_list ap)
{
    const AVClass *c = ctx ? *(AVClass **)ctx : NULL; /* some decoders have no class */
    char line[256];

    if (level > AV_LOG_ERROR)
        return;
    (void)vsnprintf(line, sizeof line, fmt, ap);
    line[strcspn(line, "\n")] = '\0';
    aq_log(AQ_LOG_DEBUG, "ffmpeg: %s: %s", c ? c->item_name(ctx) : "", line);
}

static void set_up_log(void)
{
    av_log_set_callback(to_our_log);
}

/* Refuses to open any file that a file names. */
static int open_nothing(AVFormatContext *s, AVIOContext **pb, const char *url,
                        int flags, AVDictionary **options)
{
    (void)s;
    (void)pb;
    (void)url;
    (void)flags;
    (void)options;
    return AVERROR(EPERM);
}

static int is_refused(const char *names)
{
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
        if (av_match_name(refused[k], names))
            return 1;
    return 0;
}

static AqErr open_media_file(AVIOContext **pb, const char *path,
                             const AqMediaOptions *how)
{
    struct stat st;

    if (fstat(how->fd, &st) != 0)
        return aq_fail_errno(path);
    if (st.st_size == 0)
        return aq_fail(AQ_ERR_MEDIA, "%s: is empty", path);
    if (how->limits.bytes && st.st_size > how->limits.bytes)
        return aq_fail(AQ_ERR_MEDIA, "%s: has %.1f MB, more than the limit of %.1f MB",
                       path, (double)st.st_size / 1e6, (double)how->limits.bytes / 1e6);
    return aq_source_file(pb, how);
}

/* The format is probed from the content before it is used. */
/* Probes as far as will be read, then rewinds. */
static void ask_deep(AVDictionary **opts, AVIOContext *pb, const AqMediaOptions *how)
{
    const int64_t size = avio_size(pb);

    (void)av_dict_set_int(opts, "probesize",
                          size > 0 && size < MOST_PROBED ? size : MOST_PROBED, 0);
    (void)av_dict_set_int(opts, "analyzeduration",
                          (how->max_seconds + (int64_t)10) * 1000000, 0);
    (void)av_dict_set(opts, "fflags", "nobuffer", 0);
}

static AqErr open_format(AqSource *in, const char *path, const AqMediaOptions *how,
                         int deep)
{
    const AVInputFormat *format = NULL;
    AVDictionary *opts = NULL;
    AVIOContext *pb = NULL;
    AqErr err = open_media_file(&pb, path, how);

    if (err != AQ_OK)
        return err;
    int rc = av_probe_input_buffer2(pb, &format, path, NULL, 0, 0);
    if (rc < 0 || !format)
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: is not a video or sound file that FFmpeg knows", path);
    else if (is_refused(format->name))
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: is a playlist, text or picture list (%s), not a clip; such "
                      "files are not followed",
                      path, format->name);
    if (err == AQ_OK && !(in->fmt = avformat_alloc_context()))
        err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (err != AQ_OK) {
        err = aq_source_read_fault(pb, path, err);
        aq_source_file_close(&pb);
        return err;
    }
    in->fmt->pb = pb;
    in->fmt->io_open = open_nothing;
    in->fmt->interrupt_callback =
        pb ? (AVIOInterruptCB){.callback = aq_source_stopped,
                               .opaque = (void *)(uintptr_t)how}
           : in->fmt->interrupt_callback;
    (void)av_dict_set(&opts, "protocol_whitelist", "file", 0);
    if (deep)
        ask_deep(&opts, pb, how);
    rc = avformat_open_input(&in->fmt, path, format, &opts);
    av_dict_free(&opts);
    if (rc < 0) { /* frees fmt but not pb */
        err = aq_source_read_fault(pb, path,
                                   aq_source_fail(path, "cannot be opened", rc));
        aq_source_file_close(&pb);
        return err;
    }
    rc = avformat_find_stream_info(in->fmt, NULL);
    if (rc < 0)
        err = aq_source_fail(path, "has no streams that FFmpeg can identify", rc);
    else if (deep && (rc = av_seek_frame(in->fmt, -1, 0, AVSEEK_FLAG_BYTE)) < 0)
        err = aq_source_fail(path, "cannot be rewound", rc);

    return aq_source_read_fault(pb, path, err);
}

static int64_t most_pixels(const AqMediaLimits *l)
{
    return l->pixels ? l->pixels : AQ_MEDIA_MAX_PIXELS;
}

static AqErr check_limits(const AqSource *in, const char *path, const AqMediaLimits *l)
{
    /* Opened, and so there. */
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    const int64_t seconds = in->fmt->duration / AV_TIME_BASE;
    const unsigned tracks = (unsigned)(l->tracks ? l->tracks : AQ_MEDIA_MAX_TRACKS);

    if (in->fmt->nb_streams > tracks)
        return aq_fail(AQ_ERR_MEDIA, "%s: has %u tracks, more than the limit of %u",
                       path, in->fmt->nb_streams, tracks);
    if (l->seconds && in->fmt->duration != AV_NOPTS_VALUE && seconds > l->seconds)
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: lasts %lld seconds, more than the limit of %d", path,
                       (long long)seconds, l->seconds);
    for (unsigned k = 0; k < in->fmt->nb_streams; k++) {
        const AVCodecParameters *p = in->fmt->streams[k]->codecpar;

        if (p->codec_type == AVMEDIA_TYPE_VIDEO &&
            (int64_t)p->width * p->height > most_pixels(l))
            return aq_fail(AQ_ERR_MEDIA,
                           "%s: its picture of %d x %d has more pixels than the limit "
                           "of %lld",
                           path, p->width, p->height, (long long)most_pixels(l));
    }
    return AQ_OK;
}

static AqErr open_codec(AqSource *in, AqModality m, const char *path,
                        const AqMediaLimits *l)
{
    AVStream *st = in->stream[m];
    const AVCodec *codec = avcodec_find_decoder(st->codecpar->codec_id);

    if (!codec) {
        aq_log(AQ_LOG_WARN, "%s: there is no decoder for its %s (%s)", path,
               aq_modality_name(m), avcodec_get_name(st->codecpar->codec_id));
        in->stream[m] = NULL;
        return AQ_OK;
    }
    AVCodecContext *c = avcodec_alloc_context3(codec);
    in->codec[m] = c;
    if (!c)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    int rc = avcodec_parameters_to_context(c, st->codecpar);
    c->pkt_timebase = in->base[m] = st->time_base;
    c->thread_count = 1;            /* the stages provide the threads */
    c->max_pixels = most_pixels(l); /* it may change during decoding */
    if (rc >= 0)
        rc = avcodec_open2(c, codec, NULL);
    if (rc == AVERROR(ENOMEM))
        return aq_source_fail(path, "cannot be decoded", rc);
    if (rc < 0) {
        aq_log(AQ_LOG_WARN, "%s: its %s (%s) cannot be decoded", path,
               aq_modality_name(m), codec->name);
        avcodec_free_context(&in->codec[m]);
        in->stream[m] = NULL;
    }
    return AQ_OK;
}

static AqErr choose_asked(AqSource *in, const char *path, const AqMediaOptions *how)
{
    const int n = aq_tracks_count(in->fmt, AQ_AUDIO);

    in->stream[AQ_AUDIO] = aq_tracks_get(in->fmt, AQ_AUDIO, how->audio_track);
    if (!in->stream[AQ_AUDIO])
        return aq_fail(AQ_ERR_MEDIA,
                       "%s: has %d sound track%s, and number %d was asked for; "
                       "--audio-track counts from 1",
                       path, n, n == 1 ? "" : "s", how->audio_track);
    const AqErr err = open_codec(in, AQ_AUDIO, path, &how->limits);
    if (err == AQ_OK && !in->stream[AQ_AUDIO])
        return aq_fail(AQ_ERR_MEDIA, "%s: its sound track %d cannot be decoded", path,
                       how->audio_track);
    return err;
}

/* Chooses the best track that a decoder can be opened for. */
static AqErr choose_stream(AqSource *in, AqModality m, const char *path,
                           const AqMediaOptions *how)
{
    AqErr err = AQ_OK;

    if (m == AQ_AUDIO && how->audio_track)
        return choose_asked(in, path, how);
    unsigned char *tried = aq_alloc(in->fmt->nb_streams + 1, 1);
    if (!tried)
        return AQ_ERR_NOMEM;
    while (err == AQ_OK && !in->stream[m]) {
        AVStream *st = aq_tracks_best(in->fmt, m, in->stream[AQ_VISUAL], tried);

        if (!st)
            break;
        tried[st->index] = 1;
        in->stream[m] = st;
        err = open_codec(in, m, path, &how->limits);
    }
    aq_free(tried);
    return err;
}

static AqErr open_to(AqSource *in, const char *path, const AqMediaOptions *how,
                     int deep)
{
    *in = (AqSource){0};
    AqErr err = open_format(in, path, how, deep);
    if (err == AQ_OK)
        err = check_limits(in, path, &how->limits);
    if (err != AQ_OK)
        aq_source_close(in);
    return err;
}

/* How many of sound and picture have not been found yet. */
static int n_lacking(const AqSource *in)
{
    int found[AQ_N_MODALITIES] = {0};

    for (unsigned k = 0; k < in->fmt->nb_streams; k++) {
        const AVStream *st = in->fmt->streams[k];

        if (st->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
            found[AQ_AUDIO] |= aq_tracks_show(st);
        if (st->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
            found[AQ_VISUAL] |= aq_tracks_show(st);
    }
    return !found[AQ_AUDIO] + !found[AQ_VISUAL];
}

/* Streams without headers may begin after the part probed by default: then probes as
 * far as will be read. */
static AqErr look_deeper(AqSource *in, const char *path, const AqMediaOptions *how,
                         AqSourceDepth *depth)
{
    AqSource deeper;

    *depth = AQ_SOURCE_PLAIN;
    if (!(in->fmt->ctx_flags & AVFMTCTX_NOHEADER) || n_lacking(in) == 0)
        return AQ_OK;
    const AqErr err = open_to(&deeper, path, how, 1);
    if (err != AQ_OK)
        return err == AQ_ERR_MEDIA ? AQ_OK : err;
    if (n_lacking(&deeper) >= n_lacking(in)) {
        aq_source_close(&deeper);
        return AQ_OK;
    }
    aq_source_close(in);
    *in = deeper;
    *depth = AQ_SOURCE_DEEP;
    return AQ_OK;
}

AqErr aq_source_open(AqSource *in, const char *path, const AqMediaOptions *how,
                     AqSourceDepth *depth)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, set_up_log);
    AqErr err = open_to(in, path, how, *depth == AQ_SOURCE_DEEP);
    if (err == AQ_OK && *depth == AQ_SOURCE_UNKNOWN)
        err = look_deeper(in, path, how, depth);
    if (err == AQ_OK)
        err = choose_stream(in, AQ_VISUAL, path, how);
    if (err == AQ_OK)
        err = choose_stream(in, AQ_AUDIO, path, how);
    if (err == AQ_OK && !in->stream[AQ_AUDIO] && !in->stream[AQ_VISUAL])
        err = aq_fail(AQ_ERR_MEDIA,
                      "%s: has neither sound nor picture that can be decoded", path);
    in->raw = err == AQ_OK && in->stream[AQ_VISUAL] && aq_raw_is(in->fmt);
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        in->circular |=
            in->stream[m] && in->stream[m]->pts_wrap_bits == MPEG_CLOCK_BITS;
    for (unsigned k = 0; err == AQ_OK && k < in->fmt->nb_streams; k++)
        if (in->fmt->streams[k] != in->stream[AQ_AUDIO] &&
            in->fmt->streams[k] != in->stream[AQ_VISUAL])
            in->fmt->streams[k]->discard = AVDISCARD_ALL;
    if (err != AQ_OK)
        aq_source_close(in);
    return err;
}

void aq_source_close(AqSource *in)
{
    AVIOContext *pb = in->fmt ? in->fmt->pb : NULL;

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        avcodec_free_context(&in->codec[m]);
    avformat_close_input(&in->fmt);
    aq_source_file_close(&pb); /* ours: avformat does not close it */
    *in = (AqSource){0};
}
