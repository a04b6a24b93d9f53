/* A picture as a small JPEG (ISO/IEC 10918-1), in base64 (RFC 4648), for pages. */
#ifndef AQ_EXTRACT_JPEG_H
#define AQ_EXTRACT_JPEG_H
#include "base/err.h"

#include <stdint.h>

/* rgb: height rows of width * 3 bytes, `stride` apart; shrunk to at most `most` pixels
 * in width and height. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_jpeg_base64(const uint8_t *rgb, int width, int height,
                                   int stride, int most, char **out);

#endif
