/* SPDX-License-Identifier: MIT */
#include "extract/media/thumb.h"

#include "base/alloc.h"

#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

/* The scaled side: at most `most`, even, and never larger than it was. */
static void fit_thumb_size(int *w, int *h, int most)
{
    const int long_side = *w > *h ? *w : *h;

    if (long_side > most) {
        *w = (int)((int64_t)*w * most / long_side);
        *h = (int)((int64_t)*h * most / long_side);
    }
    *w = *w < AQ_THUMB_LEAST ? AQ_THUMB_LEAST : *w & ~1;
    *h = *h < AQ_THUMB_LEAST ? AQ_THUMB_LEAST : *h & ~1;
}

/* Copies into a frame first: the scaler needs padding after each row. */
static AqErr scale_thumb(AVFrame *f, const uint8_t *rgb, int width, int height,
                         int stride)
{
    if (av_frame_get_buffer(f, 0) < 0)
        return aq_fail(AQ_ERR_NOMEM, "no memory for a small picture");
    struct SwsContext *sws = sws_getContext(
        width, height, AV_PIX_FMT_RGB24, f->width, f->height, AV_PIX_FMT_YUVJ420P,
        SWS_AREA | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (!sws)
        return aq_fail(AQ_ERR_NOMEM, "no memory for a small picture");
    (void)sws_scale(sws, (const uint8_t *const[]){rgb}, (const int[]){stride}, 0,
                    height, f->data, f->linesize);
    sws_freeContext(sws);
    return AQ_OK;
}

static AqErr copy_planes(AqThumb *out, const AVFrame *f)
{
    const size_t bytes = aq_thumb_bytes(f->width, f->height);

    out->planes = aq_alloc(bytes, 1);
    if (!out->planes)
        return AQ_ERR_NOMEM;
    out->width = f->width;
    out->height = f->height;
    (void)av_image_copy_to_buffer(out->planes, (int)bytes,
                                  (const uint8_t *const *)f->data, f->linesize,
                                  AV_PIX_FMT_YUVJ420P, f->width, f->height, 1);
    return AQ_OK;
}

AqErr aq_thumb_make(AqThumb *out, const uint8_t *rgb, int width, int height, int stride,
                    int most)
{
    AVFrame *f = av_frame_alloc();

    *out = (AqThumb){0};
    if (!f)
        return aq_fail(AQ_ERR_NOMEM, "no memory for a small picture");
    f->format = AV_PIX_FMT_YUVJ420P;
    f->width = width;
    f->height = height;
    fit_thumb_size(&f->width, &f->height, most);
    AqErr err = scale_thumb(f, rgb, width, height, stride);
    if (err == AQ_OK)
        err = copy_planes(out, f);
    av_frame_free(&f);
    return err;
}

void aq_thumb_clear(AqThumb *t)
{
    aq_free(t->planes);
    *t = (AqThumb){0};
}
