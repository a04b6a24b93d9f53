/* SPDX-License-Identifier: MIT */
/* avqa-pipe calibrate: what train does at its end, for a model that is there already.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "model/train/limits_fit.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/questions.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>

typedef struct CalibrateArgs {
    AqCommon c;
    AqTextList annotations, val;
    const char *out;
} CalibrateArgs;

typedef struct CalibrateJob {
    const CalibrateArgs *a;
    char *model_path;
    AqStore *store;
    AqModel *model;
    AqClipText *tower; /* that reads the questions, or NULL */
    AqFeatureChoice choice;
    AqQuestionSet train, val;
    AqThreadExecutor *exec;
} CalibrateJob;

static AqErr open_calibrate_job(CalibrateJob *j)
{
    int is_default;
    AqErr err = aq_config_model_to_ask(j->a->c.model, &j->model_path, &is_default);

    if (err == AQ_OK)
        err = aq_model_load(&j->model, j->model_path);
    if (err == AQ_OK)
        err = aq_question_tower_for(&j->tower, j->model, &j->a->c.question);
    if (err == AQ_OK)
        err = aq_command_open_store(&j->store, j->a->c.store, AQ_STORE_READ);
    if (err == AQ_OK)
        err = aq_dataset_to_read(j->store, j->a->c.dataset);
    if (err == AQ_OK)
        err = aq_feature_choice_for(&j->choice, j->store, j->model->extractors);
    if (err == AQ_OK)
        err = aq_questions_open(&j->train, j->store, &j->choice, &j->a->annotations,
                                "train", j->model->shape.task, "training");
    if (err == AQ_OK)
        err = aq_questions_open(&j->val, j->store, &j->choice, &j->a->val, "val",
                                j->model->shape.task, "validation");
    if (err != AQ_OK)
        return err;
    const AqDataset *d = aq_store_dataset(j->train.data);
    err = aq_model_fits(j->model, &d->sizes);
    return err == AQ_OK ? aq_thread_executor_new(&j->exec, aq_config_jobs(j->a->c.jobs))
                        : err;
}

static void close_calibrate_job(CalibrateJob *j)
{
    aq_thread_executor_free(&j->exec);
    aq_questions_close(&j->train);
    aq_questions_close(&j->val);
    aq_feature_choice_clear(&j->choice);
    aq_model_free(&j->model);
    aq_clip_text_free(&j->tower);
    aq_store_close(&j->store);
    aq_free(j->model_path);
}

/* ---- what came out ---- */

static const char *const streams_names[AQ_N_STREAMS] = {"whole", "sound", "picture"};

static json_t *kind_json(const AqModel *m, int kind)
{
    json_t *o = json_object(), *list = json_array();
    const AqKinds *k = m->limits.kinds;
    const AqQuestion none = {.n_choices = 0};
    const int n = m->shape.task == AQ_TASK_CHOICE ? 0 : aq_model_most_answers(m);

    for (int a = 0; a < n; a++)
        if (!k || k->of_answer[a] == kind)
            (void)json_array_append_new(list,
                                        json_string(aq_model_answers(m, &none)[a]));
    (void)json_object_set_new(o, "answers", list);
    for (int s = 0; s < AQ_N_STREAMS; s++) {
        const AqTemperature *t =
            aq_temperature(m->limits.temperatures, (AqStreams)s, kind);

        (void)json_object_set_new(o, streams_names[s],
                                  json_pack("{s:f, s:f, s:i}", "temperature", t->value,
                                            "accuracy", t->accuracy, "n", t->n));
    }
    return o;
}

static void print_calibrate_json(const CalibrateJob *j, const char *out)
{
    json_t *kinds = json_array();

    for (int k = 0; k < aq_limits_n_kinds(&j->model->limits); k++)
        (void)json_array_append_new(kinds, kind_json(j->model, k));
    aq_command_print_json(
        aq_json_pack("{s:s, s:o, s:f, s:f}", "model", out, "kinds", kinds,
                     "sound_unlike", j->model->limits.likeness[AQ_AUDIO].threshold,
                     "picture_unlike", j->model->limits.likeness[AQ_VISUAL].threshold));
}

static void print_calibrate_text(const CalibrateJob *j, const char *out)
{
    const AqLimits *l = &j->model->limits;
    char name[60] = "all";

    (void)printf("%s: %d kind%s of answers\n%-40s %9s %6s  %s\n", aq_text_shown(out),
                 aq_limits_n_kinds(l), aq_limits_n_kinds(l) == 1 ? "" : "s", "",
                 "right", "n", "temperature; right without picture, without sound");
    for (int k = 0; k < aq_limits_n_kinds(l); k++) {
        const AqTemperature *t = aq_temperature(l->temperatures, AQ_STREAMS_BOTH, k),
                            *sound =
                                aq_temperature(l->temperatures, AQ_STREAMS_SOUND, k),
                            *picture =
                                aq_temperature(l->temperatures, AQ_STREAMS_PICTURE, k);

        if (l->kinds)
            aq_kinds_name(l->kinds, &j->model->answers, k, name, sizeof name);
        (void)printf("%-40s %7.1f %% %6d  %.2f; %.1f %%, %.1f %%\n", name,
                     100 * t->accuracy, t->n, t->value, 100 * sound->accuracy,
                     100 * picture->accuracy);
    }
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        if (l->likeness[m].n)
            (void)printf(
                "a clip's %s is unlike the training's from a distance of %.2f on\n",
                m == AQ_AUDIO ? "sound" : "picture", l->likeness[m].threshold);
        else
            (void)printf("too few clips to tell whose %s is unlike the training's\n",
                         m == AQ_AUDIO ? "sound" : "picture");
}

static AqErr calibrate_model(CalibrateJob *j)
{
    const char *out = j->a->out ? j->a->out : j->model_path;
    const AqLimitsJob job = {.train = aq_store_dataset(j->train.data),
                             .held_out = aq_store_dataset(j->val.data),
                             .exec = aq_thread_executor_as(j->exec),
                             .stop = aq_interrupt_stop};
    AqFsKept before = {.path = NULL};
    AqErr err = aq_limits_fit(j->model, &job);

    if (err == AQ_OK)
        err = aq_fs_keep_begin(&before, out);
    if (err == AQ_OK)
        err = aq_model_save(j->model, out);
    aq_out_kept(&before);
    if (err == AQ_OK && j->a->c.json)
        print_calibrate_json(j, out);
    else if (err == AQ_OK)
        print_calibrate_text(j, out);
    return err;
}

/* The model itself is read, and may be what is written. */
static int check_calibrate_out(const AqCommand *self, const CalibrateArgs *a)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out, .may_be = "model"};

    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->c.store);
    return aq_out_end(&o, 0);
}

static int run_calibrate(const AqCommand *self, void *args)
{
    CalibrateArgs *a = args;
    CalibrateJob j = {.a = a};

    if (a->annotations.n == 0 || a->val.n == 0)
        return aq_command_misuse(self, "it needs --annotations FILE and --val FILE");
    int status = check_calibrate_out(self, a);
    if (status != AQ_EXIT_DONE)
        return status;
    aq_command_numbers();
    AqErr err = open_calibrate_job(&j);
    if (err == AQ_OK)
        err = calibrate_model(&j);
    status = aq_command_status(err);
    close_calibrate_job(&j);
    return status == AQ_EXIT_DONE && (j.train.gaps || j.val.gaps) ? AQ_EXIT_SKIPPED
                                                                  : status;
}

static const AqOption options[] = {
    AQ_GROUP("Questions"),
    AQ_ROW_FILES("annotations", CalibrateArgs, annotations,
                 "questions that it was trained on, or others of their kind", NULL),
    AQ_ROW_FILES("val", CalibrateArgs, val,
                 "questions about videos that it was not trained on", NULL),
    AQ_GROUP("Model and features"),
    AQ_ROWS(aq_rows_model),
    AQ_ROWS(aq_rows_question),
    AQ_ROW_OUT(CalibrateArgs, out, "MODEL", "model file to write", "the model itself"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_read),
    AQ_GROUP("The run"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe calibrate --annotations train.json --val val.json",
     "The model of the data folder, in its place."},
    {"avqa-pipe calibrate --annotations train.json --val val.json --model m.safetensors "
     "--out calibrated.safetensors",
     "Another one, into a file of its own."},
    {0}};

const AqCommand aq_command_calibrate = {
    .name = "calibrate",
    .summary = "teach a trained model its limits",
    .usage = "--annotations FILE... --val FILE... [--model MODEL] [--out MODEL]",
    .about =
        "Fits, and keeps in the model file, what kinds of answers there are and which "
        "kind a question asks for; how far probabilities can be trusted (a temperature "
        "for each kind); and what the training's clips were like, so that a clip "
        "unlike them is noticed. `train` does the same at its end; this is for models "
        "of earlier versions and for other validation questions. The weights stay as "
        "they are.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(CalibrateArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_calibrate};
