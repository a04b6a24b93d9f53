/* SPDX-License-Identifier: MIT */
#include "extract/media/jpeg.h"

#include "base/alloc.h"

#include <libavcodec/avcodec.h>
#include <libavutil/base64.h>
#include <libavutil/imgutils.h>

#define QUALITY 4 /* MJPEG's quantiser scale: 1 best, 31 worst */

typedef struct Encoder {
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
} Encoder;

static AqErr open_encoder(Encoder *e, int w, int h)
{
    const AVCodec *mjpeg = avcodec_find_encoder(AV_CODEC_ID_MJPEG);

    e->codec = mjpeg ? avcodec_alloc_context3(mjpeg) : NULL;
    if (!e->codec)
        return aq_fail(AQ_ERR_UNSUPPORTED, "this FFmpeg has no JPEG encoder");
    e->codec->width = w;
    e->codec->height = h;
    e->codec->pix_fmt = AV_PIX_FMT_YUVJ420P;
    e->codec->color_range = AVCOL_RANGE_JPEG;
    e->codec->time_base = (AVRational){1, 1};
    e->codec->thread_count = 1;
    e->codec->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
    e->codec->global_quality = FF_QP2LAMBDA * QUALITY;
    e->frame = av_frame_alloc();
    e->packet = av_packet_alloc();
    if (!e->frame || !e->packet)
        return AQ_ERR_NOMEM;
    e->frame->format = AV_PIX_FMT_YUVJ420P;
    e->frame->width = w;
    e->frame->height = h;
    e->frame->quality = e->codec->global_quality;
    if (av_frame_get_buffer(e->frame, 0) < 0)
        return AQ_ERR_NOMEM;
    return avcodec_open2(e->codec, mjpeg, NULL) < 0
               ? aq_fail(AQ_ERR_UNSUPPORTED, "the JPEG encoder cannot be opened")
               : AQ_OK;
}

static AqErr encode_jpeg(Encoder *e, const AqThumb *t, char **out)
{
    uint8_t *planes[4];
    int linesize[4];

    if (av_image_fill_arrays(planes, linesize, t->planes, AV_PIX_FMT_YUVJ420P, t->width,
                             t->height, 1) < 0)
        return aq_fail(AQ_ERR_MEDIA, "a picture could not be written as JPEG");
    const uint8_t *from[] = {planes[0], planes[1], planes[2], NULL};
    av_image_copy(e->frame->data, e->frame->linesize, from, linesize,
                  AV_PIX_FMT_YUVJ420P, t->width, t->height);
    if (avcodec_send_frame(e->codec, e->frame) < 0 ||
        avcodec_receive_packet(e->codec, e->packet) < 0)
        return aq_fail(AQ_ERR_MEDIA, "a picture could not be written as JPEG");
    const int room = AV_BASE64_SIZE(e->packet->size);
    *out = aq_alloc((size_t)room, 1);
    if (!*out)
        return AQ_ERR_NOMEM;
    (void)av_base64_encode(*out, room, e->packet->data, e->packet->size);
    return AQ_OK;
}

AqErr aq_jpeg_base64(const AqThumb *t, char **out)
{
    Encoder e = {0};

    *out = NULL;
    AqErr err = open_encoder(&e, t->width, t->height);
    if (err == AQ_OK)
        err = encode_jpeg(&e, t, out);
    av_packet_free(&e.packet);
    av_frame_free(&e.frame);
    avcodec_free_context(&e.codec);
    return err;
}
