/* SPDX-License-Identifier: MIT */
#include "examples/toyband/clip.h"

#include "base/alloc.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <string.h>

/* What a file's ending says of it. */
typedef struct ClipForm {
    const char *ending, *muxer, *encoder;
    enum AVPixelFormat pixels;
    int width, height, fps;
} ClipForm;

static const ClipForm forms[] = {
    {".mp4", "mp4", "libx264", AV_PIX_FMT_YUV420P, AQ_TOY_WIDTH, AQ_TOY_HEIGHT,
     AQ_TOY_FPS},
    {".avi", "avi", "mpeg4", AV_PIX_FMT_YUV420P, AQ_TOY_WIDTH, AQ_TOY_HEIGHT,
     AQ_TOY_FPS},
    {".gif", "gif", "gif", AV_PIX_FMT_RGB8, AQ_TOY_WIDTH / 2, AQ_TOY_HEIGHT / 2, 10}};

static const ClipForm *form_of_path(const char *path)
{
    const char *ending = strrchr(path, '.');

    for (size_t k = 1; ending && k < sizeof forms / sizeof *forms; k++)
        if (strcmp(ending, forms[k].ending) == 0)
            return &forms[k];
    return &forms[0];
}

typedef struct ClipFile {
    const char *path;
    const ClipForm *form;
    AVFormatContext *fmt;
    AVCodecContext *video, *audio;
    AVStream *vs, *as;
    struct SwsContext *sws;
    AVFrame *frame, *sound;
    AVPacket *packet;
} ClipFile;

static AqErr refuse(const ClipFile *c, const char *what, int rc)
{
    char why[AV_ERROR_MAX_STRING_SIZE] = "";

    (void)av_strerror(rc, why, sizeof why);
    return aq_fail(AQ_ERR_IO, "%s: %s: %s", c->path, what, why);
}

static AqErr open_video(ClipFile *c)
{
    const ClipForm *form = c->form;
    const AVCodec *codec = avcodec_find_encoder_by_name(form->encoder);
    AVCodecContext *v = codec ? avcodec_alloc_context3(codec) : NULL;

    if (!v)
        return aq_fail(AQ_ERR_UNSUPPORTED, "this FFmpeg has no encoder %s",
                       form->encoder);
    c->video = v;
    v->width = form->width;
    v->height = form->height;
    v->pix_fmt = form->pixels;
    v->time_base = (AVRational){1, form->fps};
    v->framerate = (AVRational){form->fps, 1};
    v->thread_count = 1;
    v->flags |= AV_CODEC_FLAG_BITEXACT;
    if (form != &forms[0])
        return AQ_OK;
    v->gop_size = 2 * AQ_TOY_FPS;
    v->max_b_frames = 2;
    v->color_range = AVCOL_RANGE_MPEG;
    v->colorspace = AVCOL_SPC_SMPTE170M;
    v->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    (void)av_opt_set(v->priv_data, "preset", "veryfast", 0);
    (void)av_opt_set(v->priv_data, "crf", "23", 0);
    return AQ_OK;
}

static AqErr open_audio(ClipFile *c)
{
    const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
    AVCodecContext *a = codec ? avcodec_alloc_context3(codec) : NULL;

    if (!a)
        return aq_fail(AQ_ERR_UNSUPPORTED, "this FFmpeg has no AAC encoder");
    c->audio = a;
    a->sample_fmt = AV_SAMPLE_FMT_FLTP;
    a->sample_rate = AQ_TOY_RATE;
    a->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_MONO;
    a->bit_rate = 96000;
    a->time_base = (AVRational){1, AQ_TOY_RATE};
    a->thread_count = 1;
    a->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
    return AQ_OK;
}

static AqErr add_stream(ClipFile *c, AVCodecContext *codec, AVStream **out)
{
    const int rc = avcodec_open2(codec, NULL, NULL);

    if (rc < 0)
        return refuse(c, "the encoder cannot be opened", rc);
    AVStream *s = avformat_new_stream(c->fmt, NULL);
    if (!s || avcodec_parameters_from_context(s->codecpar, codec) < 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    s->time_base = codec->time_base;
    *out = s;
    return AQ_OK;
}

static AqErr make_sound_frame(ClipFile *c)
{
    c->sound = av_frame_alloc();
    if (!c->sound)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    c->sound->format = c->audio->sample_fmt;
    c->sound->nb_samples = c->audio->frame_size;
    c->sound->sample_rate = AQ_TOY_RATE;
    c->sound->ch_layout = c->audio->ch_layout;
    return av_frame_get_buffer(c->sound, 0) < 0 ? aq_fail(AQ_ERR_NOMEM, "out of memory")
                                                : AQ_OK;
}

static AqErr make_frames(ClipFile *c)
{
    const ClipForm *form = c->form;

    c->packet = av_packet_alloc();
    c->frame = av_frame_alloc();
    if (!c->packet || !c->frame)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    c->frame->format = c->video->pix_fmt;
    c->frame->width = form->width;
    c->frame->height = form->height;
    c->sws = sws_getContext(
        AQ_TOY_WIDTH, AQ_TOY_HEIGHT, AV_PIX_FMT_BGR0, form->width, form->height,
        form->pixels, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (!c->sws || av_frame_get_buffer(c->frame, 0) < 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    return c->audio ? make_sound_frame(c) : AQ_OK;
}

static AqErr open_toy_clip(ClipFile *c, int has_sound)
{
    int rc = avformat_alloc_output_context2(&c->fmt, NULL, c->form->muxer, c->path);
    AqErr err = rc < 0 ? refuse(c, "this FFmpeg cannot write such files", rc) : AQ_OK;

    if (err == AQ_OK)
        err = open_video(c);
    if (err == AQ_OK && has_sound)
        err = open_audio(c);
    if (err == AQ_OK)
        err = add_stream(c, c->video, &c->vs);
    if (err == AQ_OK && has_sound)
        err = add_stream(c, c->audio, &c->as);
    if (err == AQ_OK)
        err = make_frames(c);
    if (err != AQ_OK)
        return err;
    c->fmt->flags |= AVFMT_FLAG_BITEXACT;
    rc = avio_open(&c->fmt->pb, c->path, AVIO_FLAG_WRITE);
    if (rc >= 0)
        rc = avformat_write_header(c->fmt, NULL);
    return rc < 0 ? refuse(c, "cannot be written", rc) : AQ_OK;
}

/* Encodes one frame (NULL: flushes the encoder) and writes the resulting packets. */
static AqErr encode(ClipFile *c, AVCodecContext *codec, AVStream *st, const AVFrame *f)
{
    int rc = avcodec_send_frame(codec, f);

    if (rc < 0)
        return refuse(c, "cannot be encoded", rc);
    while ((rc = avcodec_receive_packet(codec, c->packet)) == 0) {
        av_packet_rescale_ts(c->packet, codec->time_base, st->time_base);
        c->packet->stream_index = st->index;
        rc = av_interleaved_write_frame(c->fmt, c->packet);
        if (rc < 0)
            return refuse(c, "cannot be written", rc);
    }
    return rc == AVERROR(EAGAIN) || rc == AVERROR_EOF
               ? AQ_OK
               : refuse(c, "cannot be encoded", rc);
}

static AqErr write_picture(ClipFile *c, AqToyStage *stage, int k)
{
    int stride = 0;
    const uint8_t *rows = aq_toy_stage_draw(stage, (double)k / c->form->fps, &stride);

    if (av_frame_make_writable(c->frame) < 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    (void)sws_scale(c->sws, (const uint8_t *const[]){rows}, (const int[]){stride}, 0,
                    AQ_TOY_HEIGHT, c->frame->data, c->frame->linesize);
    c->frame->pts = k;
    return encode(c, c->video, c->vs, c->frame);
}

static AqErr write_sound(ClipFile *c, const float *samples, int at, int n)
{
    const int room = c->audio->frame_size, some = n - at < room ? n - at : room;

    if (av_frame_make_writable(c->sound) < 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    float *to = (float *)(void *)c->sound->data[0];
    memset(to, 0, (size_t)room * sizeof *to);
    memcpy(to, samples + at, (size_t)some * sizeof *to);
    c->sound->nb_samples = some;
    c->sound->pts = at;
    return encode(c, c->audio, c->as, c->sound);
}

/* Writes pictures and sound in order of time. */
static AqErr write_whole_clip(ClipFile *c, const AqToyScene *s, AqToyStage *stage,
                              const float *samples)
{
    const int n_frames = (int)(s->seconds * c->form->fps),
              n = samples ? (int)(s->seconds * AQ_TOY_RATE) : 0;
    AqErr err = AQ_OK;

    for (int k = 0, at = 0; err == AQ_OK && (k < n_frames || at < n);) {
        if (k < n_frames &&
            (at >= n || (int64_t)k * AQ_TOY_RATE <= (int64_t)at * c->form->fps))
            err = write_picture(c, stage, k++);
        else {
            err = write_sound(c, samples, at, n);
            at += c->audio->frame_size;
        }
    }
    if (err == AQ_OK)
        err = encode(c, c->video, c->vs, NULL);
    if (err == AQ_OK && samples)
        err = encode(c, c->audio, c->as, NULL);
    if (err != AQ_OK)
        return err;
    const int rc = av_write_trailer(c->fmt);
    return rc < 0 ? refuse(c, "cannot be written", rc) : AQ_OK;
}

AqErr aq_toy_clip_write(const char *path, const AqToyScene *s, AqToyStage *stage,
                        const float *samples)
{
    ClipFile c = {.path = path, .form = form_of_path(path)};
    AqErr err = open_toy_clip(&c, samples != NULL);

    if (err == AQ_OK)
        err = write_whole_clip(&c, s, stage, samples);
    sws_freeContext(c.sws);
    av_frame_free(&c.frame);
    av_frame_free(&c.sound);
    av_packet_free(&c.packet);
    avcodec_free_context(&c.video);
    avcodec_free_context(&c.audio);
    if (c.fmt && c.fmt->pb) {
        const int rc = avio_closep(&c.fmt->pb);
        if (rc < 0 && err == AQ_OK)
            err = refuse(&c, "cannot be written", rc);
    }
    avformat_free_context(c.fmt);
    return err;
}
