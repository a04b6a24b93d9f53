/* SPDX-License-Identifier: MIT */
/* What the server is, and the words of a question. */
#include "base/text/json.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>

enum { MOST_QUESTION = 2000 };

void aq_handle_status(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;

    aq_reply_json(
        out, 200,
        aq_json_pack("{s:s, s:o, s:o, s:o}", "version", AQ_VERSION, "models",
                     aq_desk_models_json(s->o->models), "examples",
                     aq_clips_examples_json(s->clips), "limits",
                     aq_json_pack("{s:I, s:I, s:i, s:i}", "upload_bytes",
                                  (json_int_t)s->o->upload_bytes, "clips_bytes",
                                  (json_int_t)s->o->clips_bytes, "asks_at_once",
                                  s->o->asks_at_once, "max_seconds",
                                  s->o->max_seconds)));
}

int aq_serve_body(const AqRequest *r, AqReply *out, json_t **body)
{
    json_error_t why;

    *body = r->body ? json_loadb(r->body, r->body_bytes, JSON_REJECT_DUPLICATES, &why)
                    : NULL;
    if (json_is_object(*body))
        return 1;
    aq_reply_error(out, 400, "the request's body is not a JSON object%s%s",
                   r->body && !*body ? ": " : "", r->body && !*body ? why.text : "");
    json_decref(*body);
    *body = NULL;
    return 0;
}

void aq_handle_words(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;
    json_t *body;

    if (!aq_serve_body(r, out, &body))
        return;
    const json_t *question = json_object_get(body, "question"),
                 *name = json_object_get(body, "model");
    const int model =
        aq_desk_model_find(s->o->models, name ? json_string_value(name) : NULL);
    if (!json_is_string(question) || json_string_length(question) > MOST_QUESTION ||
        (name && !json_is_string(name)))
        aq_reply_error(out, 400,
                       "\"question\" has to be a text of at most %d bytes, and "
                       "\"model\" a name",
                       MOST_QUESTION);
    else if (model < 0)
        aq_reply_error(out, 404, "there is no such model: /api/status lists them");
    else
        aq_reply_json(out, 200,
                      aq_json_pack("{s:o}", "words",
                                   aq_desk_words_json(&s->o->models->at[model],
                                                      json_string_value(question))));
    json_decref(body);
}
