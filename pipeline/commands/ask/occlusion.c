/* SPDX-License-Identifier: MIT */
/* What an answer rests on, for people and for programs. */
#include "model/explain/occlusion.h"
#include "base/text/json.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <jansson.h>
#include <stdio.h>

static const char *const in_words[AQ_N_MODALITIES] = {"sound", "picture"};

json_t *aq_ask_floats(const float *v, int n)
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
json_t *aq_ask_grid_json(const AqAsk *j)
{
    const AqFeatureSizes *s = &j->model->shape.sizes;
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
                      ? aq_ask_floats(y->grid + (size_t)t * y->n_cells, y->n_cells)
                      : json_null());
    return rows;
}

json_t *aq_ask_occlusion_json(const AqAsk *j, const AqPrediction *p,
                              const AqOcclusion *y)
{
    json_t *streams = aq_json_pack("{s:o, s:o}", "audio", stream_json(p, y, AQ_AUDIO),
                                   "visual", stream_json(p, y, AQ_VISUAL));

    return aq_json_pack("{s:s, s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
                        "log-odds", "answer", p->answer[y->answer], "log_odds",
                        y->log_odds, "streams", streams, "audio",
                        aq_ask_floats(y->second[AQ_AUDIO], y->n_seconds), "visual",
                        aq_ask_floats(y->second[AQ_VISUAL], y->n_seconds), "cells",
                        y->cell ? aq_ask_floats(y->cell, y->n_cells) : json_null(),
                        "grid", y->cell ? occlusion_grid_json(y) : json_null(),
                        "grid_shape", aq_ask_grid_json(j));
}

/* "without the sound it would say piano (-10.8 log-odds), without the picture still
 * accordion (-0.2)" */
static void print_streams(const AqPrediction *p, const AqOcclusion *y)
{
    int n = 0;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const int other = y->stream_answer[m];

        if (!y->has[m])
            continue;
        (void)printf("%swithout the %s %s %s (%+.1f%s)", n ? ", " : "  ", in_words[m],
                     other == y->answer ? "still" : "it would say", p->answer[other],
                     -(double)y->stream[m], n ? "" : " log-odds");
        n++;
    }
    if (n)
        (void)putchar('\n');
}

/* "rests most on 3 s of sound (-2.1), 7 s of picture (-0.4)" */
static void print_seconds(const AqOcclusion *y)
{
    int at[3];
    const int n = aq_occlusion_strongest(y, at, 3);

    for (int k = 0; k < n; k++) {
        const int m = at[k] / y->n_seconds, t = at[k] % y->n_seconds;

        (void)printf("%s%d s of %s (%+.1f)", k ? ", " : "  rests most on ", t,
                     in_words[m], -(double)y->second[m][t]);
    }
    (void)puts(n ? "" : "  rests on no second alone: the others make up for any one");
}

void aq_ask_occlusion_text(const AqPrediction *p, const AqOcclusion *y)
{
    print_streams(p, y);
    print_seconds(y);
}
