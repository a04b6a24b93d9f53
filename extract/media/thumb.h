/* A small picture for a page, as a JPEG encoder needs it: full-range 4:2:0. */
#ifndef AQ_EXTRACT_MEDIA_THUMB_H
#define AQ_EXTRACT_MEDIA_THUMB_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef struct AqThumb {
    int width, height; /* even, AQ_THUMB_LEAST or more */
    uint8_t *planes;   /* (aq_thumb_bytes()) Y, Cb, Cr, one after another */
} AqThumb;
#define AQ_THUMB_LEAST 16

static inline size_t aq_thumb_bytes(int width, int height)
{
    return (size_t)width * (size_t)height / 2 * 3;
}

/* Scales an RGB picture so that its longer side is at most `most` pixels. Gives;
 * aq_thumb_clear(). */
AQ_MUST_CHECK AqErr aq_thumb_make(AqThumb *out, const uint8_t *rgb, int width,
                                  int height, int stride, int most);
void aq_thumb_clear(AqThumb *t);

#endif
