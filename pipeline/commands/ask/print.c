/* SPDX-License-Identifier: MIT */
/* An answer for people and for programs. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "pipeline/commands/ask/ask_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* (T) rows of the weights of all cells; null where the network shows none. */
static json_t *attention_grid_json(const AqAsk *j, const AqPrediction *p)
{
    const int cells = aq_feature_total(&j->model->shape.sizes, AQ_VISUAL).cells;
    json_t *rows = p->grid ? json_array() : json_null();

    for (int t = 0; p->grid && t < p->n_seconds; t++)
        (void)json_array_append_new(
            rows, aq_ask_floats(p->grid + (size_t)t * (size_t)cells, cells));
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
static json_t *absent_json(const AqAsk *j)
{
    json_t *o = json_object();

    for (int k = 0; k < j->n_named; k++)
        (void)json_object_set_new(o, j->model->limits.presence->objects.at[j->named[k]],
                                  json_real(j->absent[k]));
    return o;
}

/* How far each stream is from the training's clips, in thresholds; null: not known. */
static json_t *unlike_json(const AqAsk *j)
{
    json_t *o = json_object();

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        (void)json_object_set_new(o, aq_modality_name((AqModality)m),
                                  j->unlike[m] > 0 ? json_real(j->unlike[m])
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

void aq_ask_print_json(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top)
{
    json_t *list = json_array();

    for (int k = 0; k < top; k++)
        (void)json_array_append_new(
            list, aq_json_pack("{s:s, s:f}", "answer", p->answer[p->order[k]],
                               "probability", (double)p->probability[p->order[k]]));
    json_t *attention =
        aq_json_pack("{s:o, s:o, s:o, s:o}", "audio",
                     aq_ask_floats(p->attention[AQ_AUDIO], p->n_seconds), "visual",
                     aq_ask_floats(p->attention[AQ_VISUAL], p->n_seconds), "grid",
                     attention_grid_json(j, p), "grid_shape", aq_ask_grid_json(j));
    const char *guess = p->answer[p->order[0]];
    json_t *o = aq_json_pack(
        "{s:s, s:s, s:s?, s:f, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:o, s:o}",
        "clip", j->words.clip, "question", j->question, "answer",
        aq_verdict_claims(&j->verdict) ? guess : NULL, "probability",
        (double)p->probability[p->order[0]], "best_guess", guess, "sure",
        aq_verdict_sure(&j->verdict), "warnings", warnings_json(&j->verdict),
        "unknown_words", unknown_json(&j->wording), "did_you_mean",
        meant_json(&j->wording), "absent", absent_json(j), "unlike", unlike_json(j),
        "model", j->model_path, "default_model", j->is_default, "top", list,
        "attention", attention);
    (void)json_object_set_new(o, "network_probability",
                              json_real((double)p->raw[p->order[0]]));
    (void)json_object_set_new(o, "occlusion", aq_ask_occlusion_json(j, p, y));
    aq_command_print_json(o);
}

/* The first line is the answer, or why there is none. */
static void print_answer(const AqAsk *j, const AqPrediction *p)
{
    const char *guess = p->answer[p->order[0]];
    char *line =
        aq_verdict_claims(&j->verdict)
            ? NULL
            : aq_verdict_line(&j->verdict, guess, (double)p->probability[p->order[0]]);

    (void)printf("%s\n", line                             ? line
                         : aq_verdict_claims(&j->verdict) ? guess
                                                          : "not sure");
    aq_free(line);
    for (int k = 0; k < j->verdict.n; k++)
        if (j->verdict.remark[k].kind != AQ_REMARK_AGAINST)
            (void)printf("  %s\n", j->verdict.remark[k].text);
}

void aq_ask_print_text(const AqAsk *j, const AqPrediction *p, const AqOcclusion *y,
                       int top)
{
    print_answer(j, p);
    for (int k = 0; k < top; k++)
        (void)printf("  %5.1f %%  %s\n", 100 * (double)p->probability[p->order[k]],
                     p->answer[p->order[k]]);
    if (aq_verdict_claims(&j->verdict))
        aq_ask_occlusion_text(p, y);
}
