/* SPDX-License-Identifier: MIT */
/* A training as a run of the store. */
#include "base/alloc.h"
#include "base/options/option_json.h"
#include "base/text/json.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/inputs/task.h"

#include <jansson.h>

/* Gives jansson's; NULL when memory is out. */
static json_t *config_options_json(const AqOption *table, const char *what,
                                   const void *of)
{
    char *text = NULL;
    const AqErr err = aq_options_to_json(table, what, of, &text);
    json_t *o = err == AQ_OK ? json_loads(text, 0, NULL) : NULL;

    aq_free(text);
    return o;
}

AqErr aq_train_begin_run(AqTrainCommand *j)
{
    const AqTrainArgs *a = j->a;
    AqErr err = AQ_OK;

    if (aq_group_leads(j->group) && !j->unkept) {
        AqTrainOptions training;

        aq_train_options(&training, a->network);
        aq_run_note_init(&j->note, "train");
        aq_run_note_files(&j->note, "annotations", &a->annotations);
        aq_run_note_files(&j->note, "validation", &a->val);
        aq_run_note_file(&j->note, "from", a->from);
        aq_run_note_dataset(&j->note, j->store);
        aq_run_note_makes(&j->note, j->choice.pick, j->choice.n);
        err = aq_run_note_begin(
            &j->note, j->store,
            aq_json_pack(
                "{s:s, s:s, s:o, s:o, s:s?, s:f, s:i, s:i, s:s}", "network",
                a->network->name, "question", a->question->name, "model",
                config_options_json(a->network->options, "model", a->model), "training",
                config_options_json(training.rows, "training", &a->how), "dataset",
                a->c.dataset, "hide-seconds", a->c.hide_seconds, "max-answers",
                a->max_answers, "min-answer-count", a->min_answer_count, "head",
                aq_task_options[1 + (int)j->task]));
    }
    return aq_group_agree(j->group, err);
}

AqErr aq_train_finish_run(AqTrainCommand *j, AqErr err, const AqTrainSummary *s)
{
    json_t *o = aq_train_outcome(j, s);

    (void)json_object_set(o, "curve", j->curve);
    const AqErr rc = aq_run_note_finish(
        &j->note, err == AQ_OK && s->stopped ? AQ_ERR_CANCELLED : err, o, j->out);
    json_decref(o);
    return rc;
}
