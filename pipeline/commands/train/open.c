/* SPDX-License-Identifier: MIT */
/* What a training needs: the store, questions with stored features, threads. */
#include "base/alloc.h"
#include "base/text/log.h"
#include "model/data/answer_cut.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/inputs/dataset_content.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/inputs/features/wants.h"
#include "pipeline/inputs/task.h"
#include "pipeline/ui/config.h"

#include <jansson.h>

#define VAL_SHARE 0.1 /* of the videos, where no --val is given */

/* Keeps the questions whose answers the vocabulary has. */
static AqErr cut_answers(AqAnnotations *l, const AqTrainArgs *a)
{
    const char **answers = aq_alloc(l->n, sizeof *answers);
    const size_t had = l->n;
    AqAnswerCut cut = {0};
    size_t n = 0;

    for (size_t k = 0; answers && k < l->n; k++)
        answers[k] = l->v[k].answer;
    AqErr err = answers ? aq_answer_cut(&cut, answers, l->n, (size_t)a->max_answers,
                                        (size_t)a->min_answer_count)
                        : AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < l->n; k++)
        if (aq_answer_cut_has(&cut, l->v[k].answer))
            l->v[n++] = l->v[k];
    if (err == AQ_OK && n == 0 && l->n > 0)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "none of the %zu answers occurs %d times: give a smaller "
                      "--min-answer-count",
                      cut.n_all, a->min_answer_count);
    if (err == AQ_OK) {
        l->n = n;
        aq_log(AQ_LOG_INFO,
               "vocabulary: %zu of %zu answers; %zu of %zu questions have another and "
               "are left out",
               cut.n, cut.n_all, had - n, had);
    }
    aq_answer_cut_clear(&cut);
    aq_free(answers);
    return err;
}

/* The form of the training's answers; questions of another form are left out. */
static AqErr choose_task(AqTrainCommand *j, int cuts)
{
    const int head = j->a->head;
    size_t n = 0;
    AqErr err = AQ_OK;

    if (head > 0)
        j->task = (AqTask)(head - 1);
    else
        err = aq_task_of(&j->task, j->train_list);
    if (err == AQ_OK && cuts && j->task != AQ_TASK_OPEN)
        err =
            aq_fail(AQ_ERR_USAGE,
                    "--max-answers and --min-answer-count cut a vocabulary, and these "
                    "answers are %s: leave them out, or say --head open",
                    aq_task_options[1 + (int)j->task]);
    if (err == AQ_OK)
        err = aq_task_keep(j->train_list, j->task, "training", &n);
    j->gaps = n > 0;
    return err;
}

/* What is left out of training is not left out of validation: it counts as wrong. */
static AqErr read_train_annotations(AqTrainCommand *j)
{
    const AqTrainArgs *a = j->a;
    const int cuts = a->max_answers > 0 || a->min_answer_count > 1;
    size_t n = 0;
    AqErr err = aq_read_annotations(&j->train_list, a->annotations.v, a->annotations.n,
                                    "train");

    if (err == AQ_OK)
        err = choose_task(j, cuts);
    if (err == AQ_OK && a->val.n > 0)
        err = aq_read_annotations(&j->val_list, a->val.v, a->val.n, "val");
    else if (err == AQ_OK && cuts)
        err = aq_read_annotations(&j->val_list, a->annotations.v, a->annotations.n,
                                  "train");
    if (err == AQ_OK && j->val_list)
        err = aq_task_keep(j->val_list, j->task, "validation", &n);
    j->gaps |= n > 0;
    return err == AQ_OK && cuts ? cut_answers(j->train_list, a) : err;
}

static AqErr open_questions(AqTrainCommand *j)
{
    AqTrainArgs *a = j->a;
    const int own_val = a->val.n > 0;
    AqDatasetGaps gaps;
    AqErr err = aq_feature_choice(&j->choice, j->store, a->c.tools.name);

    if (err == AQ_OK)
        err = read_train_annotations(j);
    if (err == AQ_OK)
        err = aq_store_dataset_new(&j->train, j->store, &j->choice, j->train_list, 0,
                                   own_val ? 1 : 1 - VAL_SHARE, &gaps);
    if (err != AQ_OK)
        return err;
    aq_store_dataset_answer(j->train, j->task);
    j->gaps |= aq_say_gaps("training", &gaps);
    aq_store_dataset_hide(j->train, a->c.hide_seconds);
    err = aq_store_dataset_read_ahead(j->train);
    if (err != AQ_OK)
        return err;
    err = aq_store_dataset_new(
        &j->val, j->store, &j->choice, j->val_list ? j->val_list : j->train_list,
        own_val ? 0 : 1 - VAL_SHARE, own_val ? 1 : VAL_SHARE, &gaps);
    if (err == AQ_ERR_NOT_FOUND && !own_val) {
        aq_log(AQ_LOG_WARN,
               "too few videos to keep some for validation; the last state "
               "is kept instead of the best");
        return AQ_OK;
    }
    if (err == AQ_OK)
        aq_store_dataset_answer(j->val, j->task);
    if (err == AQ_OK)
        aq_store_dataset_hide(j->val, a->c.hide_seconds);
    if (err == AQ_OK && own_val)
        j->gaps |= aq_say_gaps("validation", &gaps);
    return err;
}

/* Said once, whatever the number of processes. */
static AqErr check_content(const AqTrainCommand *j)
{
    size_t n_differ = 0;
    AqErr err = AQ_OK;

    if (!aq_group_leads(j->group))
        return AQ_OK;
    err = aq_dataset_check_content(j->train, "training", &n_differ);
    if (err == AQ_OK && j->val)
        err = aq_dataset_check_content(j->val, "validation", &n_differ);
    return err;
}

/* A store that cannot be written will do, but keeps no run. */
static AqErr open_to_note(AqTrainCommand *j, const char *path)
{
    AqErr err = aq_store_open(&j->store, path, AQ_STORE_WRITE);

    if (err != AQ_ERR_STORE)
        return err;
    char *why = aq_strdup(aq_err_text());
    err = aq_store_open(&j->store, path, AQ_STORE_READ);
    j->unkept = err == AQ_OK;
    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "this run is not kept: %s", why ? why : "");
    aq_free(why);
    return err;
}

/* The leader writes what was run, and may have to bring the store up to date first. */
static AqErr open_train_store(AqTrainCommand *j)
{
    const int leads = aq_group_leads(j->group);
    char *path = NULL;
    AqErr err = aq_config_store(j->a->c.store, &path);

    if (err == AQ_OK && leads)
        err = open_to_note(j, path);
    err = aq_group_agree(j->group, err);
    if (err == AQ_OK && !leads)
        err = aq_store_open(&j->store, path, AQ_STORE_READ);
    if (err == AQ_OK)
        err = aq_dataset_to_read(j->store, j->a->c.dataset);
    aq_free(path);
    return err;
}

int aq_train_check_out(const AqCommand *self, const AqTrainArgs *a)
{
    char *path = NULL;
    const AqErr err = aq_config_model(a->out, &path);
    AqOut o = {.self = self, .option = "--out", .path = path};

    if (err != AQ_OK)
        return aq_command_status(err);
    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->c.store);
    const int status = a->out ? aq_out_end(&o, 1) : o.status;
    aq_free(path);
    return status;
}

AqErr aq_train_open(AqTrainCommand *j)
{
    AqErr err = open_train_store(j);

    j->curve = json_array();
    if (err == AQ_OK && !j->curve)
        err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (err == AQ_OK)
        err = aq_config_model(j->a->out, &j->out);
    if (err == AQ_OK)
        err = aq_out_last(&j->last, j->out, j->a->resume);
    if (err == AQ_OK && !j->a->out)
        err = aq_fs_mkdirs_for(j->out); /* the data folder */
    if (err == AQ_OK && aq_group_leads(j->group))
        err = aq_out_keep(&j->before, j->out, j->a->resume);
    if (err == AQ_OK && j->a->question->reads_rows)
        err = aq_question_tower_open(&j->tower, &j->a->c.question);
    if (err == AQ_OK)
        err = open_questions(j);
    if (err == AQ_OK)
        err = check_content(j);
    if (err == AQ_OK)
        err = aq_wants_json(j->choice.pick, j->choice.n, &j->extractors);
    if (err == AQ_OK)
        err = aq_thread_executor_new(
            &j->exec, aq_config_jobs(j->a->c.jobs ? j->a->c.jobs : j->cores));
    return aq_group_agree(j->group, err);
}

void aq_train_close(AqTrainCommand *j)
{
    aq_out_kept(&j->before);
    aq_thread_executor_free(&j->exec);
    aq_clip_text_free(&j->tower);
    aq_store_dataset_free(&j->train);
    aq_store_dataset_free(&j->val);
    aq_annotations_free(&j->train_list);
    aq_annotations_free(&j->val_list);
    aq_feature_choice_clear(&j->choice);
    aq_store_close(&j->store);
    json_decref(j->curve);
    aq_run_note_clear(&j->note);
    aq_free(j->extractors);
    aq_free(j->last);
    aq_free(j->out);
}
