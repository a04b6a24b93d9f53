/* SPDX-License-Identifier: MIT */
/* avqa-pipe eval: how many questions a model answers right, by type. */
#include "base/alloc.h"
#include "base/log.h"
#include "model/predictor.h"
#include "pipeline/commands/command.h"
#include "pipeline/commands/questions.h"
#include "pipeline/config.h"
#include "pipeline/interrupt.h"
#include "pipeline/stage.h"

#include <stdio.h>

typedef struct Args {
    AqCommon c;
    AqTextList annotations, rest;
} Args;

typedef struct Job {
    const Args *a;
    AqStore *store;
    AqCoqoModel *model;
    AqFeatureChoice choice;
    AqAnnotations *list;
    AqStoreDataset *data;
    AqThreadExecutor *exec;
    AqPredictor *predictor;
    int gaps;
} Job;

static AqErr open_files(Job *j)
{
    char *store = NULL, *model = NULL;
    AqErr err = aq_config_store(j->a->c.store, &store);

    if (err == AQ_OK)
        err = aq_config_model(j->a->c.model, &model);
    if (err == AQ_OK)
        err = aq_coqo_model_load(&j->model, model);
    if (err == AQ_OK)
        err = aq_store_open(&j->store, store, AQ_STORE_READ);
    aq_free(store);
    aq_free(model);
    return err;
}

static AqErr open_job(Job *j)
{
    AqDatasetGaps gaps;
    AqErr err = open_files(j);

    if (err == AQ_OK)
        err = aq_feature_choice_for(&j->choice, j->store, j->model->extractors);
    if (err == AQ_OK)
        err = aq_read_annotations(&j->list, j->a->annotations.v, j->a->annotations.n);
    if (err == AQ_OK)
        err =
            aq_store_dataset_new(&j->data, j->store, &j->choice, j->list, 0, 1, &gaps);
    if (err != AQ_OK)
        return err;
    j->gaps = aq_say_gaps("evaluation", &gaps);
    const AqDataset *d = aq_store_dataset(j->data);
    err =
        aq_coqo_model_fits(j->model, d->audio_dim, d->grid_h, d->grid_w, d->visual_dim);
    if (err == AQ_OK)
        err = aq_thread_executor_new(&j->exec, aq_config_jobs(j->a->c.jobs));
    if (err == AQ_OK)
        err = aq_predictor_new(&j->predictor, j->model, aq_thread_executor_as(j->exec));
    return err;
}

static void close_job(Job *j)
{
    aq_predictor_free(&j->predictor);
    aq_thread_executor_free(&j->exec);
    aq_store_dataset_free(&j->data);
    aq_annotations_free(&j->list);
    aq_feature_choice_clear(&j->choice);
    aq_coqo_model_free(&j->model);
    aq_store_close(&j->store);
}

static AqErr evaluate(Job *j)
{
    AqMetrics m = {0};
    AqErr err = aq_predictor_evaluate(j->predictor, aq_store_dataset(j->data), &m, NULL,
                                      NULL, aq_interrupt_stop, NULL);

    if (err != AQ_OK)
        return err;
    if (!j->a->c.json) {
        aq_metrics_print(&m, stdout);
        return AQ_OK;
    }
    char *text = NULL;
    err = aq_metrics_to_json(&m, &text);
    if (err == AQ_OK)
        (void)puts(text);
    aq_free(text);
    return err;
}

static int run(const AqCommand *self, int argc, char **argv)
{
    Args a = {0};
    Job j = {.a = &a};
    int status;
    const AqOption table[] = {{.name = "annotations",
                               .kind = AQ_OPT_LIST,
                               .arg = "FILE...",
                               .to = &a.annotations,
                               .help = "questions in MUSIC-AVQA's JSON"},
                              AQ_OPTION_MODEL(a.c),
                              AQ_OPTION_STORE(a.c),
                              AQ_OPTION_JOBS(a.c),
                              AQ_OPTION_JSON(a.c),
                              AQ_OPTION_QUIET(a.c),
                              {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status)) {
        aq_text_list_clear(&a.annotations);
        return status;
    }
    if (a.rest.n > 0 || a.annotations.n == 0) {
        status = aq_command_misuse(
            self, a.rest.n ? "what is '%s'?" : "it needs --annotations FILE%s",
            a.rest.n ? a.rest.v[0] : "");
    } else {
        aq_interrupt_catch();
        aq_command_numbers();
        AqErr err = open_job(&j);
        if (err == AQ_OK)
            err = evaluate(&j);
        close_job(&j);
        status = aq_command_status(err);
        if (status == AQ_EXIT_DONE && j.gaps)
            status = AQ_EXIT_SKIPPED;
    }
    aq_text_list_clear(&a.annotations);
    aq_text_list_clear(&a.rest);
    return status;
}

const AqCommand aq_command_eval = {
    .name = "eval",
    .summary = "how many questions a model answers right, by type",
    .usage = "--annotations FILE... [--model MODEL] [OPTIONS]",
    .about =
        "Asks every question, one at a time, and prints the share of right answers by "
        "question type,\npooled by modality and overall. Beside each stands the blind "
        "floor: what the majority\nanswer of each question's wording in training "
        "would have scored without the video.",
    .run = run};
