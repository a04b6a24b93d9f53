/* A small picture as JPEG (ISO/IEC 10918-1) in base64 (RFC 4648), for HTML pages. */
#ifndef AQ_EXTRACT_MEDIA_JPEG_H
#define AQ_EXTRACT_MEDIA_JPEG_H
#include "extract/media/thumb.h"

/* Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_jpeg_base64(const AqThumb *t, char **out);

#endif
