/*
 * What was heard and seen in a clip, when and where, for people: of features whose
 * columns are named. Other features say nothing here.
 */
#ifndef AQ_PIPELINE_ASKING_SENSED_H
#define AQ_PIPELINE_ASKING_SENSED_H
#include "model/concepts/clip.h"
#include "model/concepts/spans.h"

#define AQ_MOST_SENSED 5 /* lines */
#define AQ_SENSED_LINE 240

typedef struct AqSensed {
    int is_known; /* 0: no feature is named, and there is nothing else */
    AqConceptSpans spans;
    /* "violin heard 0:03 to 0:07, seen right", surest first, one a line. Where
     * there is no span, one line says so. */
    char lines[AQ_MOST_SENSED * AQ_SENSED_LINE];
} AqSensed;

/* Clear it after a failure too. */
AQ_MUST_CHECK AqErr aq_sensed_find(AqSensed *out, const AqConceptSource *concepts,
                                   const AqClipFeatures *clip);
void aq_sensed_clear(AqSensed *s);

/* Moves *lines past its first line, which it gives with its length; NULL: there is no
 * more. */
const char *aq_sensed_next(const char **lines, int *length);

/* "heard 0:03 to 0:07, 0:09 to 0:12 and once more", of a sense; "" where it has no
 * span. (n_seconds: the clip's.) */
void aq_sensed_times(const AqConceptSpans *spans, AqModality sense, int concept,
                     int n_seconds, char *out, size_t bytes);

#endif
