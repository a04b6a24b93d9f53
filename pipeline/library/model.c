/* SPDX-License-Identifier: MIT */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/inputs/model_about.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <string.h>

/* ---- opening ---- */

/* The templates that the floor knows. */
static AqErr list_wordings(AvqaModel *m)
{
    char *text = NULL;
    AqErr err = aq_floor_to_json(m->model->floor, &text);
    json_t *root = err == AQ_OK ? json_loads(text, 0, NULL) : NULL, *answer;
    const char *wording;

    json_object_foreach(json_object_get(root, "templates"), wording, answer)
    {
        char **list =
            err == AQ_OK ? aq_grow(m->wordings, m->n_wordings, sizeof *list) : NULL;

        if (list)
            m->wordings = list;
        if (!list || !(list[m->n_wordings] = aq_strdup(wording)))
            err = AQ_ERR_NOMEM;
        else
            m->n_wordings++;
    }
    json_decref(root);
    aq_free(text);
    return err;
}

/* Its networks, which must make one row for each second, as for avqa-pipe's store. */
static AqErr open_model_tools(AvqaModel *m)
{
    const AqToolChoice choice = {.audio_track = m->a->audio_track};
    AqErr err = aq_toolset_open_for(&m->tools, m->model->extractors, &choice);

    for (int k = 0; err == AQ_OK && k < m->tools.n; k++)
        if (!aq_rows_are_seconds(m->tools.facts[k].input.plan))
            err = aq_fail(AQ_ERR_UNSUPPORTED,
                          "%s: the rows of its network %s are not seconds", m->path,
                          m->tools.facts[k].name);
    if (err == AQ_OK)
        err = aq_toolset_sizes(&m->tools, &m->sizes);
    return err == AQ_OK ? aq_model_fits(m->model, &m->sizes) : err;
}

typedef struct ModelOpening {
    AvqaModel *m;
    const char *name;
} ModelOpening;

static AqErr open_model(void *ctx)
{
    const ModelOpening *o = ctx;
    const AqTextTowerChoice usual = {0};
    AvqaModel *m = o->m;
    AqErr err = aq_config_model_to_ask(o->name, &m->path, &m->is_default);

    if (err == AQ_OK)
        err = aq_model_load(&m->model, m->path);
    if (err == AQ_OK)
        err = aq_word_forms_new(&m->forms, &m->model->words);
    if (err == AQ_OK)
        err = aq_model_knows(&m->knows, m->path);
    if (err == AQ_OK)
        err = aq_question_tower_for(&m->tower, m->model, &usual);
    if (err == AQ_OK)
        err = open_model_tools(m);
    return err == AQ_OK ? list_wordings(m) : err;
}

AvqaStatus avqa_model_open(AvqaModel **out, const Avqa *a, const char *name,
                           AvqaError *error)
{
    AvqaModel *m = aq_alloc(1, sizeof *m);
    ModelOpening o = {.m = m, .name = name};
    AqErr err = AQ_ERR_NOMEM;

    *out = m;
    if (m) {
        m->a = a;
        (void)pthread_mutex_init(&m->lock, NULL);
        err = aq_library_call(open_model, &o);
    }
    if (err != AQ_OK)
        avqa_model_free(out);
    return aq_library_status(err, error);
}

void avqa_model_free(AvqaModel **mp)
{
    AvqaModel *m = *mp;

    *mp = NULL;
    if (!m)
        return;
    for (size_t k = 0; k < m->n_wordings; k++)
        aq_free(m->wordings[k]);
    aq_free(m->wordings);
    aq_toolset_close(&m->tools);
    aq_word_forms_free(&m->forms);
    aq_model_free(&m->model);
    aq_clip_text_free(&m->tower);
    (void)pthread_mutex_destroy(&m->lock);
    aq_free(m->knows);
    aq_free(m->path);
    aq_free(m);
}

/* ---- what it is ---- */

const char *avqa_model_path(const AvqaModel *m)
{
    return m->path;
}

const char *avqa_model_knows(const AvqaModel *m)
{
    return m->knows;
}

const char *avqa_model_answer(const AvqaModel *m, size_t k)
{
    return k < m->model->answers.n ? m->model->answers.at[k] : NULL;
}

int avqa_model_chooses(const AvqaModel *m)
{
    return m->model->shape.task == AQ_TASK_CHOICE;
}

const char *avqa_model_wording(const AvqaModel *m, size_t k)
{
    return k < m->n_wordings ? m->wordings[k] : NULL;
}
