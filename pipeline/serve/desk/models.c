/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/desk/models.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "pipeline/serve/desk/examples.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* A name that no other model has; letters, digits and the like, so that it fits into
 * addresses. */
static AqErr name_desk_model(const AqDeskModels *m, AqDeskModel *x)
{
    char *stem = aq_fs_stem(x->path);

    if (!stem)
        return AQ_ERR_NOMEM;
    for (char *p = stem; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-",
                    *p))
            *p = '_';
    (void)snprintf(x->name, sizeof x->name, "%.50s", stem);
    for (int k = 2; aq_desk_model_find(m, x->name) >= 0; k++)
        (void)snprintf(x->name, sizeof x->name, "%.50s-%d", stem, k);
    aq_free(stem);
    return AQ_OK;
}

/* What it says of itself, else what network it is. Gives. */
static json_t *title_json(const AqModel *m)
{
    json_t *about = m->about ? json_loads(m->about, 0, NULL) : NULL;
    const char *knows = aq_json_member_text(about, "knows");
    json_t *title =
        *knows ? aq_json_string(knows, strlen(knows))
               : json_sprintf("%s, %zu answers", m->net->network->name, m->answers.n);

    json_decref(about);
    return title;
}

static json_t *networks_of_tools(const AqToolset *t)
{
    json_t *list = json_array();

    for (int k = 0; k < t->n; k++)
        (void)json_array_append_new(list, json_string(t->provenance[k].extractor));
    return list;
}

static json_t *strings_json(const AqStrings *s)
{
    json_t *list = json_array();

    for (size_t k = 0; k < s->n; k++)
        (void)json_array_append_new(list, aq_json_string(s->at[k], strlen(s->at[k])));
    return list;
}

static AqErr describe_desk_model(AqDeskModel *x)
{
    json_t *questions = NULL;
    const AqErr err = aq_desk_examples(x->model, &questions);

    if (err != AQ_OK)
        return err;
    x->about = aq_json_pack("{s:s, s:o, s:b, s:s, s:o, s:o, s:o, s:b}", "name", x->name,
                            "title", title_json(x->model), "default", x->is_default,
                            "network", x->model->net->network->name, "networks",
                            networks_of_tools(&x->tools), "questions", questions,
                            "answers", strings_json(&x->model->answers), "chooses",
                            x->model->shape.task == AQ_TASK_CHOICE);
    return x->about ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_desk_models_add(AqDeskModels *m, const char *flag, const AqToolChoice *tools,
                         const AqTextTowerChoice *question)
{
    AqDeskModel *x = &m->at[m->n];
    AqErr err = AQ_OK;

    if (m->n == AQ_DESK_MOST_MODELS)
        return aq_fail(AQ_ERR_USAGE, "--model: %d models at most", AQ_DESK_MOST_MODELS);
    *x = (AqDeskModel){.path = NULL};
    err = aq_config_model_to_ask(flag, &x->path, &x->is_default);
    if (err == AQ_OK)
        err = name_desk_model(m, x);
    m->n++;
    if (err == AQ_OK)
        err = aq_model_load(&x->model, x->path);
    if (err == AQ_OK)
        err = aq_word_forms_new(&x->forms, &x->model->words);
    if (err == AQ_OK)
        err = aq_question_tower_for(&x->tower, x->model, question);
    if (err == AQ_OK)
        err = aq_toolset_open_for(&x->tools, x->model->extractors, tools);
    return err == AQ_OK ? describe_desk_model(x) : err;
}

void aq_desk_models_clear(AqDeskModels *m)
{
    for (int k = 0; k < m->n; k++) {
        AqDeskModel *x = &m->at[k];

        json_decref(x->about);
        aq_toolset_close(&x->tools);
        aq_word_forms_free(&x->forms);
        aq_model_free(&x->model);
        aq_clip_text_free(&x->tower);
        aq_free(x->path);
    }
    *m = (AqDeskModels){.n = 0};
}

int aq_desk_model_find(const AqDeskModels *m, const char *name)
{
    if (!name)
        return m->n > 0 ? 0 : -1;
    for (int k = 0; k < m->n; k++)
        if (strcmp(m->at[k].name, name) == 0)
            return k;
    return -1;
}

json_t *aq_desk_models_json(const AqDeskModels *m)
{
    json_t *list = json_array();

    for (int k = 0; k < m->n; k++) /* copies: jansson's counts are not for threads */
        (void)json_array_append_new(list, json_deep_copy(m->at[k].about));
    return list;
}

json_t *aq_desk_words_json(const AqDeskModel *m, const char *question)
{
    json_t *list = json_array();
    const char *text = question;
    AqWord word;

    while (aq_tokenise_next(&text, &word)) {
        const int known = aq_word_forms_find(m->forms, word.text) >= 0;
        const char *nearest =
            known ? NULL : aq_word_nearest(aq_word_forms_words(m->forms), word.text);
        json_t *o = aq_json_pack("{s:s, s:b, s:b}", "word", word.text, "known", known,
                                 "matters", !aq_word_is_function(word.text));

        if (nearest)
            (void)json_object_set_new(o, "nearest", json_string(nearest));
        (void)json_array_append_new(list, o);
    }
    return list;
}
