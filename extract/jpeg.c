/* SPDX-License-Identifier: MIT */
#include "extract/jpeg.h"

#include "base/alloc.h"

#include <libavcodec/avcodec.h>
#include <libavutil/base64.h>
#include <libswscale/swscale.h>

#define QUALITY 4 /* MJPEG's quantiser scale: 1 best, 31 worst */

typedef struct Encoder {
    AVCodecContext *codec;
    AVFrame *frame;
    AVPacket *packet;
    struct SwsContext *sws;
} Encoder;

/* Within `most`, even, and not larger than it was. */
static void fit(int *w, int *h, int most)
{
    const int long_side = *w > *h ? *w : *h;

    if (long_side > most) {
        *w = (int)((int64_t)*w * most / long_side);
        *h = (int)((int64_t)*h * most / long_side);
    }
    *w = *w < 16 ? 16 : *w & ~1;
    *h = *h < 16 ? 16 : *h & ~1;
}

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
               ? aq_fail(AQ_ERR_UNSUPPORTED, "the JPEG encoder does not open")
               : AQ_OK;
}

static AqErr encode(Encoder *e, const uint8_t *rgb, int width, int height, int stride,
                    char **out)
{
    e->sws =
        sws_getContext(width, height, AV_PIX_FMT_RGB24, e->frame->width,
                       e->frame->height, AV_PIX_FMT_YUVJ420P,
                       SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (!e->sws)
        return aq_fail(AQ_ERR_NOMEM, "no memory for a JPEG");
    (void)sws_scale(e->sws, (const uint8_t *const[]){rgb}, (const int[]){stride}, 0,
                    height, e->frame->data, e->frame->linesize);
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

AqErr aq_jpeg_base64(const uint8_t *rgb, int width, int height, int stride, int most,
                     char **out)
{
    Encoder e = {0};
    int w = width, h = height;

    *out = NULL;
    fit(&w, &h, most);
    AqErr err = open_encoder(&e, w, h);
    if (err == AQ_OK)
        err = encode(&e, rgb, width, height, stride, out);
    sws_freeContext(e.sws);
    av_packet_free(&e.packet);
    av_frame_free(&e.frame);
    avcodec_free_context(&e.codec);
    return err;
}
