/*
 * Resizes an RGB picture of bytes, like Pillow's resize, with which the published
 * features were made: the kernel, bicubic with a = -0.5 (Keys, 1981) or bilinear, is
 * widened by the ratio when shrinking so that it also filters. Horizontal first, then
 * vertical, rounded to 8 bits after each.
 */
#ifndef AQ_EXTRACT_INPUT_RESIZE_H
#define AQ_EXTRACT_INPUT_RESIZE_H
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

typedef enum AqFilter {
    AQ_FILTER_BICUBIC,       /* a = -0.5, antialiased: as in Pillow; the default */
    AQ_FILTER_BILINEAR,      /* antialiased: as in Pillow, torchvision on tensors */
    AQ_FILTER_BILINEAR_PLAIN /* two neighbours at any ratio: as in cv2.resize, not
                                rounded */
} AqFilter;

/* For people and for provenance: "bilinear antialiased in 8 bits". */
const char *aq_filter_recipe(AqFilter filter);

/* The picture to resize; borrowed: height rows of width * 3 bytes, `stride` bytes
 * apart. */
typedef struct AqResizeFrom {
    const uint8_t *rgb;
    int width, height, stride;
} AqResizeFrom;

/* What it becomes, of which the middle is taken; and where that goes: value (y,x) of
 * plane c at c * plane + y * row + x. */
typedef struct AqResizeTo {
    int width, height;
    int taken_width, taken_height;
    size_t plane, row;
} AqResizeTo;

typedef struct AqResize AqResize; /* for one thread */

AQ_MUST_CHECK AqErr aq_resize_new(AqResize **out, AqFilter filter);
void aq_resize_free(AqResize **r);

/* Writes the taken part's red, green and blue, 0 .. 255, into planes. */
AQ_MUST_CHECK AqErr aq_resize_run(AqResize *r, const AqResizeFrom *picture,
                                  const AqResizeTo *to, float *out);

#endif
