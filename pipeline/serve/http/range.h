/* The Range header of a request for a file (RFC 9110, section 14). */
#ifndef AQ_PIPELINE_SERVE_HTTP_RANGE_H
#define AQ_PIPELINE_SERVE_HTTP_RANGE_H
#include <stdint.h>

typedef enum AqRangeKind {
    AQ_RANGE_WHOLE, /* none, several, or one that is not understood: send everything */
    AQ_RANGE_PART,
    AQ_RANGE_NONE /* nothing of it is in the file */
} AqRangeKind;

typedef struct AqRange {
    AqRangeKind kind;
    int64_t from, bytes; /* of a part, at least one byte; of the whole all */
} AqRange;

/* `text` may be NULL; `size` in bytes. */
AqRange aq_range_parse(const char *text, int64_t size);

#endif
