/* SPDX-License-Identifier: MIT */
/* Converts frames to upright RGB at their own size by libswscale with pinned flags. */
#include "extract/media/media_priv.h"

#include "base/alloc.h"

#include <libswscale/swscale.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = SWS_BICUBIC | SWS_FULL_CHR_H_INT | SWS_ACCURATE_RND | SWS_BITEXACT };

void aq_picture_orient(AqPicture *p, const AVStream *st)
{
    size_t bytes = 0;
    const uint8_t *side =
        av_stream_get_side_data(st, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
    int32_t m[9];

    if (!side || bytes < sizeof m)
        return;
    memcpy(m, side, sizeof m);
    p->matrix[0] = m[0];
    p->matrix[1] = m[1];
    p->matrix[2] = m[3];
    p->matrix[3] = m[4];
    p->has_matrix = !(m[0] > 0 && m[4] > 0 && labs((long)m[1]) < labs((long)m[0]));
}

/* The stored point (x,y) is shown at (a x + c y, b x + d y), up to a translation. */
static int swaps_sides(const AqPicture *p)
{
    return labs((long)p->matrix[2]) > labs((long)p->matrix[0]);
}

int aq_picture_rotation(const AqPicture *p)
{
    if (!p->has_matrix)
        return 0;
    if (swaps_sides(p))
        return p->matrix[1] > 0 ? 90 : 270;
    return p->matrix[0] < 0 ? 180 : 0;
}

static AqErr ensure_picture_room(uint8_t **p, size_t *have, size_t need)
{
    if (*have >= need)
        return AQ_OK;
    aq_free(*p);
    *have = 0;
    *p = aq_alloc(need, 1);
    if (!*p)
        return AQ_ERR_NOMEM;
    *have = need;
    return AQ_OK;
}

static AqErr turn_picture(AqPicture *p, int w, int h)
{
    const int swap = swaps_sides(p);
    const int W = swap ? h : w;
    const AqErr err =
        ensure_picture_room(&p->turned, &p->turned_bytes, (size_t)w * (size_t)h * 3);

    if (err != AQ_OK)
        return err;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int across = swap ? (p->matrix[2] > 0 ? y : h - 1 - y)
                                    : (p->matrix[0] > 0 ? x : w - 1 - x);
            const int down = swap ? (p->matrix[1] > 0 ? x : w - 1 - x)
                                  : (p->matrix[3] > 0 ? y : h - 1 - y);

            memcpy(p->turned + 3 * ((size_t)down * (size_t)W + (size_t)across),
                   p->rgb + 3 * ((size_t)y * (size_t)w + (size_t)x), 3);
        }
    p->width = W;
    p->height = swap ? w : h;
    return AQ_OK;
}

/* The colour matrix that the stream names, else the usual one for its size. */
static int colourspace_of(const AVFrame *f)
{
    if (f->colorspace != AVCOL_SPC_UNSPECIFIED && f->colorspace != AVCOL_SPC_RGB)
        return f->colorspace;
    return f->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
}

static AqErr set_scaler(AqPicture *p, const AVFrame *f)
{
    const int *from = sws_getCoefficients(colourspace_of(f));
    const int full = f->color_range == AVCOL_RANGE_JPEG;

    p->sws = sws_getCachedContext(p->sws, f->width, f->height, f->format, f->width,
                                  f->height, AV_PIX_FMT_RGB24, FLAGS, NULL, NULL, NULL);
    if (!p->sws)
        return aq_fail(AQ_ERR_MEDIA, "pictures of %dx%d in this format cannot be read",
                       f->width, f->height);
    (void)sws_setColorspaceDetails(p->sws, from, full,
                                   sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                                   1 << 16);
    return AQ_OK;
}

AqErr aq_picture_convert(AqPicture *p, const AVFrame *f, const uint8_t **rgb)
{
    const int stride[4] = {3 * f->width, 0, 0, 0};

    *rgb = NULL;
    if (f->width < 1 || f->height < 1)
        return aq_fail(AQ_ERR_MEDIA, "an empty picture");
    AqErr err = set_scaler(p, f);
    if (err == AQ_OK) /* swscale may write one vector past the end */
        err = ensure_picture_room(&p->rgb, &p->rgb_bytes,
                                  (size_t)stride[0] * (size_t)f->height + 64);
    if (err != AQ_OK)
        return err;
    uint8_t *dst[4] = {p->rgb, NULL, NULL, NULL};
    if (sws_scale(p->sws, (const uint8_t *const *)f->data, f->linesize, 0, f->height,
                  dst, stride) < 0)
        return aq_fail(AQ_ERR_MEDIA, "a picture could not be converted");
    p->width = f->width;
    p->height = f->height;
    if (p->has_matrix)
        err = turn_picture(p, f->width, f->height);
    p->stride = 3 * p->width;
    *rgb = p->has_matrix ? p->turned : p->rgb;
    return err;
}

void aq_picture_clear(AqPicture *p)
{
    sws_freeContext(p->sws);
    aq_free(p->rgb);
    aq_free(p->turned);
    *p = (AqPicture){0};
}
