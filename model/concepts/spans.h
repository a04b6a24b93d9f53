/*
 * When concepts are heard, and when and where they are seen: spans of seconds. A span
 * begins where a concept is at least AQ_SPAN_ON likely, lasts while it is at least
 * AQ_SPAN_OFF likely, bridges a single second that is less, and has at least
 * AQ_SPAN_LEAST seconds, or all of a clip that has fewer: what flashes up in a single
 * second is nothing (a bow beside a cello is taken for a flute now and then).
 *
 * Threads: plain values.
 */
#ifndef AQ_MODEL_CONCEPTS_SPANS_H
#define AQ_MODEL_CONCEPTS_SPANS_H
#include "base/err.h"
#include "base/modality.h"
#include "model/concepts/rows.h"

#define AQ_SPAN_ON    0.5
#define AQ_SPAN_OFF   0.25
#define AQ_SPAN_LEAST 2

typedef struct AqConceptSpan {
    AqModality sense;
    int concept;
    int from, to;             /* seconds: from <= t < to */
    double likely;            /* mean of its seconds' probabilities, 0..1 */
    int where[AQ_PLACE_BEST]; /* seen: 1 where in the picture; of cells that are not
                                known, and heard, 0 */
} AqConceptSpan;

typedef struct AqConceptSpans {
    AqConceptSpan *at; /* (n) by sense, concept and time */
    int n;
} AqConceptSpans;

/* Of all concepts but noise and none; and but a room and the open air, which are no
 * more than hints (docs/real-clips.md). Either may be NULL; both have been named.
 * Gives; clear it after a failure too. */
AQ_MUST_CHECK AqErr aq_concept_spans_find(AqConceptSpans *out,
                                          const AqConceptRows *heard,
                                          const AqConceptRows *seen);
void aq_concept_spans_clear(AqConceptSpans *s);

#endif
