/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/model_about.h"

#include "base/alloc.h"
#include "base/text/text.h"
#include "model/weights/weights.h"

#include <jansson.h>

static AqErr read_what_it_knows(const char *about, const char *path, char **knows)
{
    json_t *root = json_loads(about, JSON_REJECT_DUPLICATES, NULL);
    const json_t *text = json_object_get(root, "knows");
    AqErr err = AQ_OK;

    if (!json_is_object(root) || (text && !json_is_string(text)))
        err = aq_fail(AQ_ERR_FORMAT,
                      "%s: its metadata \"about\" is not a JSON object whose \"knows\" "
                      "is a text; examples/default-model/about.py can rewrite it",
                      path);
    if (err == AQ_OK && text) {
        *knows = aq_strdup(aq_text_shown(json_string_value(text)));
        err = *knows ? AQ_OK : AQ_ERR_NOMEM;
    }
    json_decref(root);
    return err;
}

AqErr aq_model_knows(char **knows, const char *path)
{
    AqWeights *w = NULL;
    AqErr err = aq_weights_open(&w, path);

    *knows = NULL;
    if (err != AQ_OK)
        return err;
    const char *about = aq_weights_meta(w, "about");
    if (about)
        err = read_what_it_knows(about, path, knows);
    aq_weights_unref(&w);
    return err;
}
