/* Inside the page that explains an answer: its writer, and its sections. */
#ifndef AQ_PIPELINE_UI_EXPLAIN_PRIV_H
#define AQ_PIPELINE_UI_EXPLAIN_PRIV_H
#include "pipeline/ui/explain.h"
#include "pipeline/ui/explain_media.h"
#include "pipeline/ui/page.h"

typedef struct AqExplainWriter {
    const AqExplanation *e;
    AqPage page;
    AqExplainMedia media;
    int n_seconds;
} AqExplainWriter;

/* A drop of a second that fills a band, of a cell that is full red, where none is
 * larger: what is next to nothing shall look like it. */
#define AQ_EXPLAIN_LEAST_SECOND 1.0
#define AQ_EXPLAIN_LEAST_CELL   0.3

/* A drop as it is printed: what the hiding does to the log-odds, without a -0.00. */
static inline double aq_explain_change(float drop)
{
    return drop < 0.005F && drop > -0.005F ? 0 : -(double)drop;
}

/* What the answer is without the sound and the picture; the sound, and what each second
 * of both is worth. (explain_time.c) */
void aq_explain_put_time(AqExplainWriter *w);

/* Each second's picture, red where the answer loses. (explain_pictures.c) */
void aq_explain_put_pictures(AqExplainWriter *w);

/* Where attention went, in seconds and cells. (explain_time.c, explain_pictures.c) */
void aq_explain_put_attention(AqExplainWriter *w);
void aq_explain_put_looks(AqExplainWriter *w);

#endif
