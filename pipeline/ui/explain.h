/*
 * An answer explained as one self-contained HTML page: the likeliest answers, what the
 * answer loses when a second, a stream or a part of the picture is hidden, and where
 * attention went. No scripts, nothing from elsewhere.
 */
#ifndef AQ_PIPELINE_UI_EXPLAIN_H
#define AQ_PIPELINE_UI_EXPLAIN_H
#include "extract/input/input.h"
#include "model/explain/occlusion.h"
#include "model/trained/model.h"
#include "model/trained/predictor.h"
#include "pipeline/ui/verdict.h"

typedef struct AqExplanation {
    const char *clip, *question; /* the clip is decoded once more for its pictures */
    const AqModel *model;
    const AqPrediction *prediction;
    const AqVerdict *verdict;     /* what speaks against the answer; NULL: nothing */
    const AqOcclusion *occlusion; /* of the same answer */
    const AqInput *input;         /* how the network was shown the pictures */
    int top;                      /* answers listed */
    int max_seconds, audio_track;
} AqExplanation;

/* Errors of the clip and of the file come back as they are; nothing is half-written. */
AQ_MUST_CHECK AqErr aq_explain(const AqExplanation *e, const char *out_path);

#endif
