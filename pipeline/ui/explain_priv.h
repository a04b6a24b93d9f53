/* Internal to the page that explains an answer: its writer and its sections. */
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

/* The least drops that make a second's bar fill the band and a cell full red, so that
 * negligible drops also look negligible. */
#define AQ_EXPLAIN_LEAST_SECOND 1.0
#define AQ_EXPLAIN_LEAST_CELL   0.3

/* A drop as printed: the change in log-odds caused by hiding, never -0.00. */
static inline double aq_explain_change(float drop)
{
    return drop < 0.005F && drop > -0.005F ? 0 : -(double)drop;
}

/* The answers without sound and without picture; the waveform, and what each second of
 * either stream contributes. (explain_time.c) */
void aq_explain_put_time(AqExplainWriter *w);

/* Each second's picture, red where hiding it weakens the answer. (explain_pictures.c)
 */
void aq_explain_put_pictures(AqExplainWriter *w);

/* Where attention went, in seconds and cells. (explain_time.c, explain_pictures.c) */
void aq_explain_put_attention(AqExplainWriter *w);
void aq_explain_put_looks(AqExplainWriter *w);

#endif
