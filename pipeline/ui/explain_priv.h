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
    char
        *address; /* of the clip, from the page; NULL: it is inside, or there is none */
    int n_seconds;
} AqExplainWriter;

/* The least drops that make a second's bar fill the band and a cell full in colour, so
 * that negligible drops also look negligible. */
#define AQ_EXPLAIN_LEAST_SECOND 1.0
#define AQ_EXPLAIN_LEAST_CELL   0.3

/* The page's style sheet. (explain_style.c) */
extern const char aq_explain_style[];

/* A drop as printed: the change in log-odds caused by hiding, never -0.00. */
static inline double aq_explain_change(float drop)
{
    return drop < 0.005F && drop > -0.005F ? 0 : -(double)drop;
}

/* ---- the clip (explain_clip.c) ---- */

/* Sets w->address: gives. */
AQ_MUST_CHECK AqErr aq_explain_find_clip(AqExplainWriter *w, const char *out_path);
void aq_explain_put_player(AqExplainWriter *w);
/* The attributes of an <a> that plays from second t on; without a player, none. */
void aq_explain_put_jump(AqExplainWriter *w, int t);
/* The last of the page: what makes the jumps of a clip inside it work. */
void aq_explain_put_script(AqExplainWriter *w);

/* ---- time (explain_time.c) ---- */

/* The waveform, the pictures and what each second of both contributes. */
void aq_explain_put_time(AqExplainWriter *w);
/* Where attention went. */
void aq_explain_put_attention(AqExplainWriter *w);

/* ---- pictures (explain_pictures.c) ---- */

/* All pictures, for the others to show by aq_explain_put_picture(). */
void aq_explain_put_sheet(AqExplainWriter *w);
/* Second t's picture, as an element that the style sheet gives its size; beside others,
 * this share of what there is. */
void aq_explain_put_picture(AqExplainWriter *w, int t, int share);
/* The seconds that count most, with a heat map over what is seen there. */
void aq_explain_put_strongest(AqExplainWriter *w);
/* Each second's picture, in colour where hiding it weakens the answer; folded. */
void aq_explain_put_pictures(AqExplainWriter *w);
void aq_explain_put_looks(AqExplainWriter *w);

#endif
