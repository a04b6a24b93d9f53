/* SPDX-License-Identifier: MIT */
#include "model/concepts/spans.h"

#include "base/alloc.h"

#include <math.h>

/* A place counts that is likely at least by itself, and beside the best. */
#define PLACE_LEAST 0.25
#define PLACE_SHARE 0.5

enum { BRIDGED = 1 }; /* seconds below AQ_SPAN_OFF inside a span */

static double best_at(const AqConceptRows *r, int concept, int t)
{
    return aq_concept_at(r, concept, AQ_PLACE_BEST, t);
}

/* Mean of the seconds that are known; 0: none is. */
static double mean_likely(const AqConceptRows *r, const AqConceptSpan *s,
                          AqConceptPlace place)
{
    double sum = 0;
    int n = 0;

    for (int t = s->from; t < s->to; t++) {
        const double p = aq_concept_at(r, s->concept, place, t);

        sum += p >= 0 ? p : 0;
        n += p >= 0;
    }
    return n ? sum / n : 0;
}

static void place_span(AqConceptSpan *s, const AqConceptRows *r)
{
    double likely[AQ_PLACE_BEST], most = 0;

    for (int p = 0; p < AQ_PLACE_BEST; p++) {
        likely[p] = mean_likely(r, s, (AqConceptPlace)p);
        most = fmax(most, likely[p]);
    }
    for (int p = 0; p < AQ_PLACE_BEST; p++)
        s->where[p] = likely[p] >= PLACE_LEAST && likely[p] >= PLACE_SHARE * most;
}

/* Where a span from t on ends: behind its last likely second. */
static int end_of_span(const AqConceptRows *r, int concept, int t)
{
    int to = t;

    for (; t < r->n_seconds && t - to <= BRIDGED; t++)
        if (best_at(r, concept, t) >= AQ_SPAN_OFF)
            to = t + 1;
    return to;
}

/* From where a span that is sure at t was likely already. */
static int start_of_span(const AqConceptRows *r, int concept, int t, int after)
{
    while (t > after && best_at(r, concept, t - 1) >= AQ_SPAN_OFF)
        t--;
    return t;
}

static AqErr add_span(AqConceptSpans *s, const AqConceptSpan *span)
{
    AqConceptSpan *more = aq_grow(s->at, (size_t)s->n, sizeof *more);

    if (!more)
        return AQ_ERR_NOMEM;
    s->at = more;
    s->at[s->n++] = *span;
    return AQ_OK;
}

static AqErr find_of_concept(AqConceptSpans *s, const AqConceptRows *r, AqModality m,
                             int concept)
{
    const int least = r->n_seconds < AQ_SPAN_LEAST ? r->n_seconds : AQ_SPAN_LEAST;
    AqErr err = AQ_OK;

    for (int t = 0, after = 0; err == AQ_OK && t < r->n_seconds; t++) {
        if (best_at(r, concept, t) < AQ_SPAN_ON)
            continue;
        AqConceptSpan span = {.sense = m, .concept = concept};

        span.from = start_of_span(r, concept, t, after);
        span.to = end_of_span(r, concept, t);
        after = t = span.to;
        if (span.to - span.from < least)
            continue;
        span.likely = mean_likely(r, &span, AQ_PLACE_BEST);
        if (m == AQ_VISUAL)
            place_span(&span, r);
        err = add_span(s, &span);
    }
    return err;
}

static int has_spans(int concept)
{
    return concept != AQ_CONCEPT_NOISE && concept != AQ_CONCEPT_NONE &&
           concept != AQ_CONCEPT_INDOOR && concept != AQ_CONCEPT_OUTDOOR;
}

AqErr aq_concept_spans_find(AqConceptSpans *out, const AqConceptRows *heard,
                            const AqConceptRows *seen)
{
    const AqConceptRows *rows[AQ_N_MODALITIES] = {heard, seen};
    AqErr err = AQ_OK;

    *out = (AqConceptSpans){.n = 0};
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        for (int c = 0; err == AQ_OK && rows[m] && c < AQ_N_CONCEPTS; c++)
            if (rows[m]->column[c] >= 0 && has_spans(c))
                err = find_of_concept(out, rows[m], (AqModality)m, c);
    return err;
}

void aq_concept_spans_clear(AqConceptSpans *s)
{
    aq_free(s->at);
    *s = (AqConceptSpans){.n = 0};
}
