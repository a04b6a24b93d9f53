/* SPDX-License-Identifier: MIT */
/* An answer for programs: what `ask --json` prints. */
#include "base/text/json.h"
#include "pipeline/asking/inquiry.h"

#include <jansson.h>
#include <string.h>

static json_t *floats_json(const float *v, int n)
{
    json_t *a = v ? json_array() : json_null();

    for (int k = 0; v && k < n; k++)
        (void)json_array_append_new(a, json_real((double)v[k]));
    return a;
}

/* Null where the clip has no such stream. */
static json_t *stream_json(const AqPrediction *p, const AqOcclusion *y, int m)
{
    return y->has[m] ? aq_json_pack("{s:f, s:s}", "drop", (double)y->stream[m],
                                    "answer", p->answer[y->stream_answer[m]])
                     : json_null();
}

/* [h, w], or a list of these where the picture has several features. */
static json_t *grid_shape_json(const AqInquiry *q)
{
    const AqFeatureSizes *s = &q->model->shape.sizes;
    json_t *list = json_array();

    for (int k = 0; k < s->n[AQ_VISUAL]; k++) {
        const AqFeatureShape *x = &s->of[AQ_VISUAL][k];

        if (s->n[AQ_VISUAL] > 1) {
            (void)json_array_append_new(list, json_pack("[i, i]", x->h, x->w));
            continue;
        }
        (void)json_array_append_new(list, json_integer(x->h));
        (void)json_array_append_new(list, json_integer(x->w));
    }
    return list;
}

/* (T) rows of the drops of all cells, null where a second was not looked into. */
static json_t *occlusion_grid_json(const AqOcclusion *y)
{
    json_t *rows = json_array();

    for (int t = 0; t < y->n_seconds; t++)
        (void)json_array_append_new(
            rows, y->looked[t]
                      ? floats_json(y->grid + (size_t)t * y->n_cells, y->n_cells)
                      : json_null());
    return rows;
}

static json_t *occlusion_json(const AqInquiry *q, const AqPrediction *p,
                              const AqOcclusion *y)
{
    json_t *streams = aq_json_pack("{s:o, s:o}", "audio", stream_json(p, y, AQ_AUDIO),
                                   "visual", stream_json(p, y, AQ_VISUAL));

    return aq_json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
                        "log-odds", "answer", p->answer[y->answer], "log_odds",
                        y->log_odds, "streams", streams, "audio",
                        floats_json(y->second[AQ_AUDIO], y->n_seconds), "visual",
                        floats_json(y->second[AQ_VISUAL], y->n_seconds), "cells",
                        y->cell ? floats_json(y->cell, y->n_cells) : json_null(),
                        "grid", y->cell ? occlusion_grid_json(y) : json_null(),
                        "grid_shape", grid_shape_json(q));
}

/* (T) rows of the weights of all cells; null where the network shows none. */
static json_t *attention_grid_json(const AqInquiry *q, const AqPrediction *p)
{
    const int cells = aq_feature_total(&q->model->shape.sizes, AQ_VISUAL).cells;
    json_t *rows = p->grid ? json_array() : json_null();

    for (int t = 0; p->grid && t < p->n_seconds; t++)
        (void)json_array_append_new(
            rows, floats_json(p->grid + (size_t)t * (size_t)cells, cells));
    return rows;
}

static json_t *warnings_json(const AqVerdict *v)
{
    json_t *list = json_array();

    for (int k = 0; k < v->n; k++)
        (void)json_array_append_new(
            list, aq_json_string(v->remark[k].text, strlen(v->remark[k].text)));
    return list;
}

static json_t *unknown_json(const AqWording *w)
{
    json_t *list = json_array();

    for (int k = 0; k < w->n_unknown; k++)
        (void)json_array_append_new(
            list,
            aq_json_string(w->unknown[k].word.text, strlen(w->unknown[k].word.text)));
    return list;
}

/* {"violin": 0.97}: what the question names, and how sure it is that it is not there.
 */
static json_t *absent_json(const AqInquiry *q)
{
    json_t *o = json_object();

    for (int k = 0; k < q->n_named; k++)
        (void)json_object_set_new(o, q->model->limits.presence->objects.at[q->named[k]],
                                  json_real(q->absent[k]));
    return o;
}

/* How far each stream is from the training's clips, in thresholds; null: not known. */
static json_t *unlike_json(const AqInquiry *q)
{
    json_t *o = json_object();

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        (void)json_object_set_new(o, aq_modality_name((AqModality)m),
                                  q->unlike[m] > 0 ? json_real(q->unlike[m])
                                                   : json_null());
    return o;
}

/* {"violn": "violin"} */
static json_t *meant_json(const AqWording *w)
{
    json_t *o = json_object();

    for (int k = 0; k < w->n_unknown; k++)
        if (w->unknown[k].nearest)
            (void)json_object_set_new(o, w->unknown[k].word.text,
                                      json_string(w->unknown[k].nearest));
    return o;
}

/* Why, or null. */
static json_t *cannot_json(const AqVerdict *v)
{
    const char *why = aq_verdict_cannot(v);

    return why ? aq_json_string(why, strlen(why)) : json_null();
}

json_t *aq_inquiry_json(const AqInquiry *q, const AqInquiryNames *names,
                        const AqPrediction *p, const AqOcclusion *y, int top)
{
    json_t *list = json_array();

    for (int k = 0; k < top; k++)
        (void)json_array_append_new(
            list, aq_json_pack("{s:s, s:f}", "answer", p->answer[p->order[k]],
                               "probability", (double)p->probability[p->order[k]]));
    json_t *attention =
        aq_json_pack("{s:o, s:o, s:o, s:o}", "audio",
                     floats_json(p->attention[AQ_AUDIO], p->n_seconds), "visual",
                     floats_json(p->attention[AQ_VISUAL], p->n_seconds), "grid",
                     attention_grid_json(q, p), "grid_shape", grid_shape_json(q));
    const char *guess = p->answer[p->order[0]];
    json_t *o = aq_json_pack(
        "{s:s, s:s, s:s?, s:f, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:o, s:o}",
        "clip", names->clip, "question", q->question, "answer",
        aq_verdict_claims(&q->verdict) ? guess : NULL, "probability",
        (double)p->probability[p->order[0]], "best_guess", guess, "sure",
        aq_verdict_sure(&q->verdict), "warnings", warnings_json(&q->verdict),
        "unknown_words", unknown_json(&q->wording), "did_you_mean",
        meant_json(&q->wording), "absent", absent_json(q), "unlike", unlike_json(q),
        "model", names->model, "default_model", names->is_default, "top", list,
        "attention", attention);
    (void)json_object_set_new(o, "network_probability",
                              json_real((double)p->raw[p->order[0]]));
    (void)json_object_set_new(o, "cannot_tell", cannot_json(&q->verdict));
    (void)json_object_set_new(o, "concepts", aq_sensed_json(q, p));
    (void)json_object_set_new(o, "occlusion", occlusion_json(q, p, y));
    return o;
}
