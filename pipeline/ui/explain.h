/*
 * Explains an answer in one self-contained HTML page: the likeliest answers, what the
 * answer loses when a second, a stream or a part of the picture is hidden, and where
 * attention went. No scripts and no external files.
 */
#ifndef AQ_PIPELINE_UI_EXPLAIN_H
#define AQ_PIPELINE_UI_EXPLAIN_H
#include "extract/input/input.h"
#include "model/explain/occlusion.h"
#include "model/trained/model.h"
#include "model/trained/predictor.h"
#include "pipeline/ui/verdict.h"

typedef struct AqExplanation {
    const char *clip, *question; /* clip: decoded once more for its pictures */
    const AqModel *model;
    const AqPrediction *prediction;
    const AqVerdict *verdict;     /* doubts about the answer; NULL: none */
    const AqOcclusion *occlusion; /* of the same answer */
    const AqInput *input;         /* how pictures were prepared for the network */
    int top;                      /* answers listed */
    int max_seconds, audio_track;
} AqExplanation;

/* Errors of the clip and of the file are passed on. The file appears whole or not at
 * all. */
AQ_MUST_CHECK AqErr aq_explain(const AqExplanation *e, const char *out_path);

#endif
