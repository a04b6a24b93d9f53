/*
 * The types of an evaluation that are not MUSIC-AVQA's nine (model/data/metrics.h has
 * these): those of video questions without sound, in the order of their papers, and
 * one's own. Averages are by questions.
 */
#ifndef AQ_PIPELINE_COMMANDS_EVAL_TYPES_H
#define AQ_PIPELINE_COMMANDS_EVAL_TYPES_H
#include "model/data/answers.h"
#include "model/data/metrics.h"
#include "model/trained/model.h"

struct json_t;

typedef struct AqEvalType {
    const char *modality, *kind; /* borrowed from the questions */
    int is_average;              /* of the kinds that begin with this one: "Free" */
    AqCount count;
} AqEvalType;

typedef struct AqEvalTypes {
    AqEvalType *v;
    size_t n;
    size_t n_nine;    /* questions of MUSIC-AVQA's types */
    size_t n_unknown; /* whose answer the model has not: they count as wrong */
    size_t n_counts;
    /* Means of the n_counts, both numbers taken as 1 to 10; what is no number, as 1.
     * floor: of the blind guess. */
    double square_error, floor_error;
} AqEvalTypes;

/* `answers` (n) of the model to the questions. */
AQ_MUST_CHECK AqErr aq_eval_types(AqEvalTypes *out, const AqModel *m,
                                  const AqQuestion *questions, size_t n,
                                  const AqAnswer *answers);
void aq_eval_types_clear(AqEvalTypes *t);

/* The whole table: MUSIC-AVQA's as it is known, where there is one of its questions or
 * nothing else; the others; all of them. */
void aq_eval_types_print(const AqEvalTypes *t, const AqMetrics *m);
/* Adds to the `outcome` of aq_metrics_to_json(): types, counts, unknown. */
AQ_MUST_CHECK AqErr aq_eval_types_put(const AqEvalTypes *t, struct json_t *outcome);

#endif
