/* SPDX-License-Identifier: MIT */
/* What was heard and seen, for programs. */
#include "base/text/json.h"
#include "pipeline/asking/inquiry.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

/* ["left", "middle"] */
static json_t *span_places_json(const AqConceptSpan *s)
{
    json_t *list = json_array();

    for (int p = 0; p < AQ_PLACE_BEST; p++)
        if (s->where[p])
            (void)json_array_append_new(
                list, json_string(aq_concept_place_name((AqConceptPlace)p)));
    return list;
}

/* [{"what", "from", "to", "likely"}], seen with "where". */
static json_t *sensed_spans_json(const AqConceptSpans *spans, AqModality sense)
{
    json_t *list = json_array();

    for (int k = 0; k < spans->n; k++) {
        const AqConceptSpan *s = &spans->at[k];

        if (s->sense != sense)
            continue;
        json_t *o =
            aq_json_pack("{s:s, s:i, s:i, s:f}", "what", aq_concept_name(s->concept),
                         "from", s->from, "to", s->to, "likely", s->likely);
        if (sense == AQ_VISUAL)
            (void)json_object_set_new(o, "where", span_places_json(s));
        (void)json_array_append_new(list, o);
    }
    return list;
}

static json_t *number_or_null(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

/* {"violin": {"log_odds", "heard", "seen", "probability"}, ...} of all kinds. */
static json_t *kinds_json(const AqEvidence *e)
{
    json_t *o = json_object();

    for (int k = 0; k < AQ_N_KINDS; k++)
        (void)json_object_set_new(
            o, aq_kind_names[k],
            aq_json_pack("{s:f, s:o, s:o, s:f}", "log_odds", e->joined[k], "heard",
                         number_or_null(e->heard[k]), "seen",
                         number_or_null(e->seen[k]), "probability", e->share[k]));
    return o;
}

static json_t *lines_json(const AqSensed *s)
{
    const char *rest = s->lines, *line;
    json_t *list = json_array();
    int length;

    while ((line = aq_sensed_next(&rest, &length)))
        (void)json_array_append_new(list, json_stringn(line, (size_t)length));
    return list;
}

json_t *aq_sensed_json(const AqInquiry *q, const AqPrediction *p)
{
    if (!q->sensed.is_known || !p->evidence)
        return json_null();
    return aq_json_pack("{s:o, s:o, s:o, s:o, s:f}", "lines", lines_json(&q->sensed),
                        "heard", sensed_spans_json(&q->sensed.spans, AQ_AUDIO), "seen",
                        sensed_spans_json(&q->sensed.spans, AQ_VISUAL), "kinds",
                        kinds_json(p->evidence), "none", p->evidence->none);
}
