/* SPDX-License-Identifier: MIT */
#include "pipeline/asking/sensed.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a sense, the spans that are told in full; and the share of a clip in which
 * something is seen from when on no times are told. */
enum { MOST_TOLD = 2 };
#define THROUGHOUT 0.8

static void add_sensed_text(char *out, size_t bytes, const char *fmt, ...)
    AQ_PRINTF(3, 4);
static void add_sensed_text(char *out, size_t bytes, const char *fmt, ...)
{
    const size_t used = strlen(out);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(out + used, bytes - used, fmt, ap);
    va_end(ap);
}

/* " left", " left and middle", " across the picture" */
static void add_places(char *out, size_t bytes, const AqConceptSpan *s)
{
    int n = 0;

    for (int p = 0; p < AQ_PLACE_BEST; p++)
        n += s->where[p];
    if (n == AQ_PLACE_BEST) {
        add_sensed_text(out, bytes, " across the picture");
        return;
    }
    for (int p = 0, told = 0; p < AQ_PLACE_BEST; p++)
        if (s->where[p])
            add_sensed_text(out, bytes, "%s%s", told++ ? " and " : " ",
                            aq_concept_place_name((AqConceptPlace)p));
}

static void add_times(char *out, size_t bytes, const AqConceptSpan *s)
{
    add_sensed_text(out, bytes, " %d:%02d to %d:%02d", s->from / 60, s->from % 60,
                    s->to / 60, s->to % 60);
}

static int is_of(const AqConceptSpan *s, AqModality sense, int concept)
{
    return s->sense == sense && s->concept == concept;
}

void aq_sensed_times(const AqConceptSpans *spans, AqModality sense, int concept,
                     int n_seconds, char *out, size_t bytes)
{
    int n = 0, seconds = 0;

    out[0] = 0;
    for (int k = 0; k < spans->n; k++)
        seconds += is_of(&spans->at[k], sense, concept)
                       ? spans->at[k].to - spans->at[k].from
                       : 0;
    for (int k = 0; k < spans->n; k++) {
        const AqConceptSpan *s = &spans->at[k];

        if (!is_of(s, sense, concept) || ++n > MOST_TOLD)
            continue;
        add_sensed_text(out, bytes, "%s",
                        n == 1 && sense == AQ_AUDIO ? "heard"
                        : n == 1                    ? "seen"
                                                    : ",");
        if (sense == AQ_VISUAL)
            add_places(out, bytes, s);
        if (sense == AQ_AUDIO || seconds < THROUGHOUT * n_seconds)
            add_times(out, bytes, s);
    }
    if (n == MOST_TOLD + 1)
        add_sensed_text(out, bytes, " and once more");
    else if (n > MOST_TOLD)
        add_sensed_text(out, bytes, " and %d times more", n - MOST_TOLD);
}

/* ---- lines ---- */

typedef struct SensedConcept {
    int concept;
    double likely; /* of its surest span; 0: it has none */
} SensedConcept;

static double surest_span(const AqConceptSpans *s, int concept)
{
    double most = 0;

    for (int k = 0; k < s->n; k++)
        if (s->at[k].concept == concept && s->at[k].likely > most)
            most = s->at[k].likely;
    return most;
}

/* By insertion; of equal ones the first stays first. */
static int rank_sensed(const AqConceptSpans *s, SensedConcept *v)
{
    int n = 0;

    for (int c = 0; c < AQ_N_CONCEPTS; c++) {
        const SensedConcept x = {c, surest_span(s, c)};
        int at = n;

        if (!(x.likely > 0))
            continue;
        for (; at > 0 && v[at - 1].likely < x.likely; at--)
            v[at] = v[at - 1];
        v[at] = x;
        n++;
    }
    return n;
}

static void write_sensed_line(AqSensed *s, int concept, int n_seconds)
{
    char heard[96], seen[96];

    aq_sensed_times(&s->spans, AQ_AUDIO, concept, n_seconds, heard, sizeof heard);
    aq_sensed_times(&s->spans, AQ_VISUAL, concept, n_seconds, seen, sizeof seen);
    add_sensed_text(s->lines, sizeof s->lines, "%s%s %s%s%s", *s->lines ? "\n" : "",
                    aq_concept_title(concept), heard, *heard && *seen ? ", " : "",
                    seen);
}

/* Of the senses that the features are of. */
static void write_nothing(AqSensed *s, const AqConceptRows *heard,
                          const AqConceptRows *seen)
{
    const char *verb = !seen ? "heard" : !heard ? "seen" : "heard or seen";

    add_sensed_text(s->lines, sizeof s->lines, "nothing that has a name here is %s",
                    verb);
}

AqErr aq_sensed_find(AqSensed *out, const AqConceptSource *concepts,
                     const AqClipFeatures *clip)
{
    AqConceptRows rows[AQ_N_MODALITIES];
    const AqConceptRows *heard, *seen;
    SensedConcept order[AQ_N_CONCEPTS];

    *out = (AqSensed){.is_known = aq_concept_source_any(concepts)};
    if (!out->is_known)
        return AQ_OK;
    aq_concept_rows_of(concepts, clip, rows, &heard, &seen);
    const AqErr err = aq_concept_spans_find(&out->spans, heard, seen);
    if (err != AQ_OK)
        return err;
    const int n = rank_sensed(&out->spans, order);
    for (int k = 0; k < n && k < AQ_MOST_SENSED; k++)
        write_sensed_line(out, order[k].concept, clip->n_seconds);
    if (n == 0)
        write_nothing(out, heard, seen);
    return AQ_OK;
}

void aq_sensed_clear(AqSensed *s)
{
    aq_concept_spans_clear(&s->spans);
    *s = (AqSensed){.is_known = 0};
}

const char *aq_sensed_next(const char **lines, int *length)
{
    const char *line = *lines;

    if (!*line)
        return NULL;
    *length = (int)strcspn(line, "\n");
    *lines = line + *length + (line[*length] != 0);
    return line;
}
