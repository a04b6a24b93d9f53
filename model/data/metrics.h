/*
 * Accuracy as in MUSIC-AVQA's evaluation: nine question types, three modalities,
 * overall; averages are pooled over questions, not means of types. And the blind floor:
 * the accuracy of answering each question template with its most frequent answer in the
 * training split, without looking at the video.
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

/* Counts one question. A type that is not MUSIC-AVQA's counts only in its modality, if
 * that is one of the three, and overall. */
void aq_metrics_add(AqMetrics *m, const char *modality, const char *kind, int right,
                    int floor_right);
double aq_count_accuracy(const AqCount *c); /* fraction; 0 if n is 0 */
double aq_count_floor(const AqCount *c);

/* Prints the table. */
void aq_metrics_print(const AqMetrics *m, FILE *to);

/* {"overall": {"n", "accuracy", "floor"}, "types": {"Audio Counting": {...}, ...,
 * "Audio": {...}, "Visual": {...}, "Audio-Visual": {...}}}, fractions. All twelve types
 * are always present; one without questions has n 0 and null accuracy and floor. Gives;
 * aq_free(). */
AQ_MUST_CHECK AqErr aq_metrics_to_json(const AqMetrics *m, char **out);

/* ---- the blind floor ---- */
typedef struct AqFloor AqFloor;

/* What is guessed without the video, by the form of answers. Open: each template's most
 * frequent answer (on ties, the first in strcmp order). Counts: each template's mean,
 * rounded. Choices: how often training answered with each. */
AQ_MUST_CHECK AqErr aq_floor_fit(AqFloor **out, const AqQuestion *q, size_t n,
                                 AqTask task);
/* The template's answer, or that of all questions for an unknown template. */
const char *aq_floor_answer(const AqFloor *f, const char *template_);
/* The same for a question: of choices that one which was most often right in training,
 * on ties the first. "" where there are none. */
const char *aq_floor_guess(const AqFloor *f, const AqQuestion *q);
void aq_floor_free(AqFloor **f);
/* {"fallback": "two", "templates": {"Is the <Object> ...": "yes"}}, of choices also
 * "chosen": {"jump": 12}; gives, aq_free(). */
AQ_MUST_CHECK AqErr aq_floor_to_json(const AqFloor *f, char **out);
AQ_MUST_CHECK AqErr aq_floor_from_json(AqFloor **out, const char *json);

#endif
