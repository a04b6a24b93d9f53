/* SPDX-License-Identifier: MIT */
/* By libjpeg, so that the program needs no FFmpeg beside its decoder's. */
#include "extract/media/jpeg.h"

#include "base/alloc.h"
#include "base/text/base64.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h> /* needs stdio.h */

enum { QUALITY = 88, MCU = 16 };

typedef struct JpegFault {
    struct jpeg_error_mgr as; /* first: libjpeg is given this */
    jmp_buf back;
} JpegFault;

static void leave_libjpeg(j_common_ptr c)
{
    JpegFault *f = (JpegFault *)(void *)c->err;

    longjmp(f->back, 1);
}

static void keep_quiet(j_common_ptr c)
{
    (void)c;
}

static void set_jpeg(struct jpeg_compress_struct *c, const AqThumb *t)
{
    c->image_width = (JDIMENSION)t->width;
    c->image_height = (JDIMENSION)t->height;
    c->input_components = 3;
    c->in_color_space = JCS_YCbCr;
    jpeg_set_defaults(c); /* 4:2:0 */
    jpeg_set_quality(c, QUALITY, TRUE);
    c->raw_data_in = TRUE;
    c->dct_method = JDCT_ISLOW;
}

/* The planes with their last row and column repeated up to whole blocks: (h) rows of
 * (w) bytes each. */
static void pad_plane(uint8_t *to, int w, int h, const uint8_t *from, int from_w,
                      int from_h)
{
    for (int y = 0; y < h; y++) {
        const uint8_t *row = from + (size_t)(y < from_h ? y : from_h - 1) * from_w;

        memcpy(to + (size_t)y * w, row, (size_t)from_w);
        memset(to + (size_t)y * w + from_w, row[from_w - 1], (size_t)(w - from_w));
    }
}

/* A band of blocks: 16 rows of brightness, 8 of either colour. */
static void write_band(struct jpeg_compress_struct *c, uint8_t *const planes[3], int w,
                       int at)
{
    JSAMPROW rows[3][MCU];
    JSAMPARRAY bands[3] = {rows[0], rows[1], rows[2]};

    for (int k = 0; k < MCU; k++)
        rows[0][k] = planes[0] + (size_t)(at + k) * w;
    for (int k = 0; k < MCU / 2; k++)
        for (int p = 1; p < 3; p++)
            rows[p][k] = planes[p] + (size_t)(at / 2 + k) * (w / 2);
    (void)jpeg_write_raw_data(c, bands, MCU);
}

/* *data is malloc()'s and may be set after a failure too. */
static AqErr compress_planes(uint8_t *const planes[3], int w, int h, const AqThumb *t,
                             unsigned char **data, unsigned long *bytes)
{
    struct jpeg_compress_struct c = {0};
    JpegFault fault;

    c.err = jpeg_std_error(&fault.as);
    fault.as.error_exit = leave_libjpeg;
    fault.as.output_message = keep_quiet;
    if (setjmp(fault.back)) {
        jpeg_destroy_compress(&c);
        return aq_fail(AQ_ERR_MEDIA, "a picture could not be written as JPEG");
    }
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, data, bytes);
    set_jpeg(&c, t);
    jpeg_start_compress(&c, TRUE);
    for (int at = 0; at < h; at += MCU)
        write_band(&c, planes, w, at);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    return AQ_OK;
}

static AqErr encode_base64(const unsigned char *data, unsigned long bytes, char **out)
{
    *out = aq_alloc(AQ_BASE64_BYTES(bytes), 1);
    if (!*out)
        return AQ_ERR_NOMEM;
    aq_base64_encode(*out, data, bytes);
    return AQ_OK;
}

AqErr aq_jpeg_base64(const AqThumb *t, char **out)
{
    const int w = (t->width + MCU - 1) / MCU * MCU,
              h = (t->height + MCU - 1) / MCU * MCU;
    const size_t whole = (size_t)w * h, from = (size_t)t->width * t->height;
    uint8_t *room = aq_alloc(whole / 2 * 3, 1);
    uint8_t *const planes[3] = {room, room + whole, room + whole / 4 * 5};
    unsigned char *data = NULL;
    unsigned long bytes = 0;

    *out = NULL;
    if (!room)
        return AQ_ERR_NOMEM;
    pad_plane(planes[0], w, h, t->planes, t->width, t->height);
    for (int p = 1; p < 3; p++)
        pad_plane(planes[p], w / 2, h / 2, t->planes + from + (p - 1) * (from / 4),
                  t->width / 2, t->height / 2);
    AqErr err = compress_planes(planes, w, h, t, &data, &bytes);
    if (err == AQ_OK)
        err = encode_base64(data, bytes, out);
    free(data);
    aq_free(room);
    return err;
}
