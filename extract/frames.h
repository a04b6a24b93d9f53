/*
 * Frames to network input: any size of RGB picture to a normalised (3,S,S) square.
 *
 * The kernel is bicubic with a = -0.5 (Keys, 1981), widened by the ratio when shrinking
 * so that it also filters (what Pillow's resize does, and the published features were
 * made with). Horizontal first, then vertical, in float. The picture is squashed to the
 * square: its edges stay in it, which questions about left and right ask for.
 */
#ifndef AQ_EXTRACT_FRAMES_H
#define AQ_EXTRACT_FRAMES_H
#include "base/err.h"

#include <stdint.h>

/* Part of what makes a stored feature current; change it when the numbers change. */
#define AQ_FRAMES_RECIPE                                                               \
    "resize bicubic a=-0.5 antialiased v1, squash; /255, mean 0.485,0.456,0.406 std "  \
    "0.229,0.224,0.225"

typedef struct AqFrames AqFrames; /* one thread's */

AQ_MUST_CHECK AqErr aq_frames_new(AqFrames **out, int image_size);
void aq_frames_free(AqFrames **f);

/* rgb: height rows of width * 3 bytes, `stride` bytes apart. out (3,S,S): red, green
 * and blue planes, (value / 255 - mean) / std with ImageNet's means and deviations. */
AQ_MUST_CHECK AqErr aq_frames_prepare(AqFrames *f, const uint8_t *rgb, int width,
                                      int height, int stride, float *out);

#endif
