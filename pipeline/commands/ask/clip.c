/* SPDX-License-Identifier: MIT */
/* What ask needs before it can ask: the model, the store, the clip's features. */
#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/inputs/model_about.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/config.h"

#include <stdio.h>
#include <string.h>

/* A store that can only be read answers of the clips that it has. */
static AqErr open_ask_store(AqAsk *j, const char *path)
{
    const AqErr err = aq_store_open(&j->store, path, AQ_STORE_CREATE);

    if (err == AQ_OK || err == AQ_ERR_NOMEM)
        return err;
    (void)snprintf(j->why, sizeof j->why, "%s", aq_err_text());
    if (aq_store_open(&j->store, path, AQ_STORE_READ) != AQ_OK)
        return aq_fail(err, "%s", j->why);
    j->only_read = 1;
    return AQ_OK;
}

static AqErr tell_whom_it_asks(const char *default_model)
{
    char *knows = NULL;
    const AqErr err = aq_model_knows(&knows, default_model);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "asking the model that comes with the program%s%s",
               knows ? ": it knows " : "", knows ? knows : "");
    aq_free(knows);
    return err;
}

/* All that were named, before any work: fails if none is a question. */
static AqErr check_ask_questions(AqAsk *j)
{
    AqErr err = AQ_OK;

    for (int k = 0; k < j->words.n; k++) {
        j->q.question = j->words.questions[k];
        err = aq_inquiry_read(&j->q);
        if (err != AQ_ERR_USAGE)
            break;
    }
    return err;
}

static AqErr open_ask_files(AqAsk *j)
{
    char *store = NULL;
    AqErr err = aq_config_model_to_ask(j->a->c.model, &j->model_path, &j->is_default);

    if (err == AQ_OK)
        err = aq_model_load(&j->model, j->model_path);
    if (err == AQ_OK)
        err = aq_word_forms_new(&j->forms, &j->model->words);
    j->q.model = j->model;
    j->q.forms = j->forms;
    if (err == AQ_OK)
        err = check_ask_questions(j);
    if (err == AQ_OK)
        err = aq_ask_read_choices(j);
    if (err == AQ_OK)
        err = aq_question_tower_for(&j->tower, j->model, &j->a->c.question);
    if (err == AQ_OK && j->is_default && !j->a->c.json)
        err = tell_whom_it_asks(j->model_path);
    if (err == AQ_OK)
        err = aq_asked_clip_find(&j->clip, j->clip_path);
    if (err == AQ_OK)
        err = aq_config_store(j->a->c.store, &store);
    if (err == AQ_OK)
        err = open_ask_store(j, store);
    aq_free(store);
    return err;
}

static AqErr load_asked_clip(AqAsk *j)
{
    const AqAskedClipPlan plan = {.store = j->store,
                                  .only_read = j->only_read ? j->why : NULL,
                                  .tools = &j->tools,
                                  .jobs = aq_config_jobs(j->a->c.jobs),
                                  .max_seconds = j->a->max_seconds,
                                  .stop = aq_interrupt_stop};
    const AqErr err = aq_asked_clip_load(&j->clip, j->model, &plan);

    j->q.clip = &j->clip.features;
    j->q.notes = j->clip.notes;
    return err;
}

AqErr aq_ask_prepare(AqAsk *j)
{
    AqErr err = open_ask_files(j);

    if (err == AQ_OK)
        err = aq_toolset_open_for(&j->tools, j->model->extractors, &j->a->c.tools);
    if (err == AQ_OK)
        err = load_asked_clip(j);
    if (err == AQ_OK)
        err = aq_predictor_new(&j->predictor, j->model, NULL);
    if (err == AQ_OK)
        err = aq_thread_executor_new(&j->exec, aq_config_jobs(j->a->c.jobs));
    if (err == AQ_OK)
        err = aq_occluder_new(&j->occluder, j->model, aq_thread_executor_as(j->exec));
    j->q.predictor = j->predictor;
    j->q.occluder = j->occluder;
    return err;
}

void aq_ask_close(AqAsk *j)
{
    aq_inquiry_clear(&j->q);
    aq_ask_words_clear(&j->words);
    aq_ask_drop_piped(j);
    aq_free(j->model_path);
    aq_free(j->choices);
    aq_occluder_free(&j->occluder);
    aq_thread_executor_free(&j->exec);
    aq_predictor_free(&j->predictor);
    aq_asked_clip_release(&j->clip);
    aq_toolset_close(&j->tools);
    aq_word_forms_free(&j->forms);
    aq_model_free(&j->model);
    aq_clip_text_free(&j->tower);
    aq_store_close(&j->store);
}
