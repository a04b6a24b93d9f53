/* What the page shows of a clip: the sound's peaks and a small picture per second. */
#ifndef AQ_PIPELINE_UI_EXPLAIN_MEDIA_H
#define AQ_PIPELINE_UI_EXPLAIN_MEDIA_H
#include "pipeline/decoder/decode.h"
#include "pipeline/ui/explain.h"

typedef struct AqExplainMedia {
    int n_seconds;
    float (*peaks)[AQ_GLIMPSE_PEAKS]; /* (n_seconds) 0 .. 1; 0: no sound */
    char **pictures;                  /* (n_seconds) JPEG in base64, or NULL */
    int width, height;                /* of the clip's own pictures; 0: none */
} AqExplainMedia;

/* Decodes the explained clip once more, in a separate process, and keeps the first
 * `n_seconds`. Errors of the clip are passed on; clear *m even on failure. */
AQ_MUST_CHECK AqErr aq_explain_media_read(AqExplainMedia *m, const AqExplanation *e,
                                          int n_seconds);
void aq_explain_media_clear(AqExplainMedia *m);

#endif
