/*
 * Explains an answer in one HTML page: the answer with every remark on it, the clip to
 * play, what the answer loses when a second, a stream or a part of the picture is
 * hidden, strongest first, and where attention went. The page has no scripts and needs
 * nothing but the clip beside it: its seconds are links to media fragments
 * (clip.mp4#t=3). Only a page with the clip inside has a few lines of script, as
 * nothing else can seek in it.
 */
#ifndef AQ_PIPELINE_UI_EXPLAIN_H
#define AQ_PIPELINE_UI_EXPLAIN_H
#include "extract/input/input.h"
#include "model/concepts/spans.h"
#include "model/explain/occlusion.h"
#include "model/trained/model.h"
#include "model/trained/predictor.h"
#include "pipeline/ui/verdict.h"

/* The largest clip that is put into a page, where it takes a third more. */
#define AQ_EXPLAIN_MOST_EMBEDDED ((size_t)32 << 20)

/* How the page comes to the clip that it plays. */
typedef enum AqExplainPlay {
    AQ_EXPLAIN_LINK,  /* by a relative path from the page to the clip's file */
    AQ_EXPLAIN_EMBED, /* inside the page */
    AQ_EXPLAIN_NONE   /* it plays none */
} AqExplainPlay;

typedef struct AqExplanation {
    const char *clip; /* its file, decoded once more for its pictures */
    const char *name; /* the clip's for people; NULL: its path */
    AqExplainPlay play;
    const char *question;
    const AqModel *model;
    const char *model_name; /* for people: a path, or in words; NULL: not told */
    const AqPrediction *prediction;
    const AqVerdict *verdict;     /* doubts about the answer; NULL: none */
    const AqOcclusion *occlusion; /* of the same answer */
    const AqConceptSpans *spans;  /* what was heard and seen when; NULL: not known */
    const char *sensed;           /* the same in words, one a line; NULL: not known */
    const AqInput *input;         /* how pictures were prepared for the network */
    int top;                      /* answers listed */
    int max_seconds, audio_track;
    /* Asked often while the clip is decoded: 1 ends that, AQ_ERR_CANCELLED. */
    int (*stop)(void *ctx);
    void *stop_ctx;
} AqExplanation;

/* Could the clip be put into a page? AQ_ERR_USAGE, with both sizes, if it is too large.
 */
AQ_MUST_CHECK AqErr aq_explain_check_embed(const char *clip);

/* Errors of the clip and of the file are passed on. The file appears whole or not at
 * all. AQ_ERR_USAGE as above. */
AQ_MUST_CHECK AqErr aq_explain(const AqExplanation *e, const char *out_path);

#endif
