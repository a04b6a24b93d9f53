/*
 * Counting right answers the way MUSIC-AVQA's evaluation prints it: nine question
 * types, three modalities, overall; averages are pooled over questions, not means of
 * types. And the blind floor: what answering each question template with the answer it
 * has most often in the training split would score, without looking at the video.
 */
#ifndef AQ_MODEL_DATA_METRICS_H
#define AQ_MODEL_DATA_METRICS_H
#include "base/err.h"
#include "model/data/dataset.h"

#include <stdio.h>

typedef struct AqCount {
    size_t n, right, floor_right;
} AqCount;

#define AQ_N_TYPES 9

typedef struct AqMetrics {
    AqCount overall;
    AqCount types[AQ_N_TYPES]; /* in the order of aq_metrics_type_name() */
    AqCount modalities[3];     /* Audio, Visual, Audio-Visual */
} AqMetrics;

/* "Audio Counting" ... "Audio-Visual Temporal"; NULL past the ninth. */
const char *aq_metrics_type_name(int k);
const char *aq_metrics_modality_name(int k);

/* Counts one question. A type or modality that is not MUSIC-AVQA's counts in what it
 * belongs to: its modality if that is one of the three, and overall. */
void aq_metrics_add(AqMetrics *m, const char *modality, const char *kind, int right,
                    int floor_right);
double aq_count_accuracy(const AqCount *c); /* fraction; 0 of none is 0 */
double aq_count_floor(const AqCount *c);

/* The table, for people. */
void aq_metrics_print(const AqMetrics *m, FILE *to);

/* {"overall": {"n", "accuracy", "floor"}, "types": {"Audio Counting": {...}, ...,
 * "Audio": {...}, "Visual": {...}, "Audio-Visual": {...}}}, fractions. All twelve
 * types are always there; one without questions has n 0 and accuracy and floor null.
 * Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_metrics_to_json(const AqMetrics *m, char **out);

/* ---- the blind floor ---- */
typedef struct AqFloor AqFloor;

/* Most frequent answer of each template (of equals the first in strcmp order). */
AQ_MUST_CHECK AqErr aq_floor_fit(AqFloor **out, const AqQuestion *q, size_t n);
/* The majority answer of the template, or the majority of all for an unknown one. */
const char *aq_floor_answer(const AqFloor *f, const char *template_);
void aq_floor_free(AqFloor **f);
/* {"fallback": "two", "templates": {"Is the <Object> ...": "yes"}}; gives, aq_free().
 */
AQ_MUST_CHECK AqErr aq_floor_to_json(const AqFloor *f, char **out);
AQ_MUST_CHECK AqErr aq_floor_from_json(AqFloor **out, const char *json);

#endif
