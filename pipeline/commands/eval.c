/* SPDX-License-Identifier: MIT */
/* avqa-pipe eval: how many questions a model answers right, by type. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "model/trained/predictor.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/commands/eval_explain.h"
#include "pipeline/commands/eval_types.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/questions.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/inputs/run_note.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/config.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_SHOWN 10
/* Of predictions, where the model may say so. */
#define TOLD_COLUMN ",cannot_tell"

typedef struct EvalArgs {
    AqCommon c;
    const char *split;
    AqTextList annotations;
    const char *predictions;
    int confusion, explanations;
} EvalArgs;

typedef struct EvalJob {
    const EvalArgs *a;
    AqStore *store;
    AqModel *model;
    AqClipText *tower; /* that reads the questions, or NULL */
    AqFeatureChoice choice;
    AqQuestionSet asked;
    AqThreadExecutor *exec;
    AqPredictor *predictor;
    AqAnswer *answers; /* of each question of the data set */
    AqEvalTypes types;
    AqRunNote note;
    char *path;      /* the model's */
    json_t *outcome; /* once it is known */
    AqShown shown;   /* where explanations are wanted */
    size_t n_unlike; /* clips */
} EvalJob;

static AqErr open_eval_files(EvalJob *j)
{
    char *store = NULL;
    int is_default;
    AqErr err = aq_config_store(j->a->c.store, &store);

    if (err == AQ_OK)
        err = aq_config_model_to_ask(j->a->c.model, &j->path, &is_default);
    if (err == AQ_OK)
        err = aq_model_load(&j->model, j->path);
    if (err == AQ_OK)
        err = aq_question_tower_for(&j->tower, j->model, &j->a->c.question);
    if (err == AQ_OK)
        err = aq_store_open(&j->store, store, AQ_STORE_READ);
    if (err == AQ_OK)
        err = aq_dataset_to_read(j->store, j->a->c.dataset);
    aq_free(store);
    return err;
}

static AqErr open_eval_job(EvalJob *j)
{
    AqErr err = open_eval_files(j);

    if (err == AQ_OK)
        err = aq_feature_choice_for(&j->choice, j->store, j->model->extractors);
    if (err == AQ_OK)
        err = aq_questions_open(&j->asked, j->store, &j->choice, &j->a->annotations,
                                j->a->split, j->model->shape.task, "evaluation");
    if (err != AQ_OK)
        return err;
    aq_store_dataset_hide(j->asked.data, j->a->c.hide_seconds);
    const AqDataset *d = aq_store_dataset(j->asked.data);
    err = aq_model_fits(j->model, &d->sizes);
    if (err == AQ_OK)
        err = aq_thread_executor_new(&j->exec, aq_config_jobs(j->a->c.jobs));
    if (err == AQ_OK)
        err = aq_predictor_new(&j->predictor, j->model, aq_thread_executor_as(j->exec));
    return err;
}

/* Kept where the store can be written; it is read either way. */
static void begin_eval_note(EvalJob *j)
{
    const EvalArgs *a = j->a;

    aq_run_note_init(&j->note, "eval");
    aq_run_note_file(&j->note, "model", j->path);
    aq_run_note_files(&j->note, "annotations", &a->annotations);
    aq_run_note_dataset(&j->note, j->store);
    aq_run_note_makes(&j->note, j->choice.pick, j->choice.n);
    aq_run_note_begin_at(&j->note, aq_store_path(j->store), AQ_STORE_WRITE,
                         aq_json_pack("{s:s?, s:s?, s:f}", "split", a->split, "dataset",
                                      a->c.dataset, "hide-seconds", a->c.hide_seconds));
}

static void close_eval_job(EvalJob *j)
{
    json_decref(j->outcome);
    aq_run_note_clear(&j->note);
    aq_free(j->path);
    aq_free(j->answers);
    aq_eval_types_clear(&j->types);
    aq_predictor_free(&j->predictor);
    aq_thread_executor_free(&j->exec);
    aq_questions_close(&j->asked);
    aq_feature_choice_clear(&j->choice);
    aq_model_free(&j->model);
    aq_clip_text_free(&j->tower);
    aq_store_close(&j->store);
}

/* A model of concepts may answer that it cannot tell. */
static int may_not_tell(const EvalJob *j)
{
    return j->model->shape.task == AQ_TASK_OPEN &&
           aq_concept_source_both(aq_predictor_concepts(j->predictor));
}

/* ---- predictions as CSV (RFC 4180), in the order of the annotation files ---- */

static AqErr put_field(AqFsWriter *f, const char *text, const char *end)
{
    AqErr err = aq_fs_write(f, "\"", 1);

    for (; err == AQ_OK && *text; text++) {
        err = aq_fs_write(f, text, 1);
        if (err == AQ_OK && *text == '"')
            err = aq_fs_write(f, "\"", 1);
    }
    if (err == AQ_OK)
        err = aq_fs_write(f, "\"", 1);
    return err == AQ_OK ? aq_fs_write(f, end, strlen(end)) : err;
}

/* The answer to question k, as text. */
static const char *given_answer(const EvalJob *j, size_t k)
{
    const AqQuestion *q = &aq_store_dataset(j->asked.data)->questions[k];

    return aq_model_answers(j->model, q)[j->answers[k].given];
}

static AqErr write_prediction_row(const EvalJob *j, AqFsWriter *f, size_t k)
{
    const AqAnnotation *q = aq_store_dataset_source(j->asked.data, k);
    const AqAnswer *a = &j->answers[k];
    char number[64], type[96];

    (void)snprintf(type, sizeof type, "%s %s", q->modality, q->kind);
    (void)snprintf(number, sizeof number, "%" PRId64 ",", q->question_id);
    AqErr err = q->question_id < 0 && *q->id /* ActivityNet-QA's are words */
                    ? put_field(f, q->id, ",")
                    : aq_fs_write(f, number, strlen(number));
    if (err == AQ_OK)
        err = put_field(f, q->written, ",");
    if (err == AQ_OK)
        err = put_field(f, type, ",");
    if (err == AQ_OK)
        err = put_field(f, q->question, ",");
    if (err == AQ_OK)
        err = put_field(f, q->answer, ",");
    if (err == AQ_OK)
        err = put_field(f, given_answer(j, k), ",");
    const char *told = !may_not_tell(j) ? "" : a->cannot_tell ? ",1" : ",0";
    (void)snprintf(number, sizeof number, "%.6f,%d%s\r\n", (double)a->probability,
                   a->given == a->truth, told);
    return err == AQ_OK ? aq_fs_write(f, number, strlen(number)) : err;
}

typedef struct Row {
    const AqAnnotation *from;
    size_t k;
} Row;

static int in_file_order(const void *a, const void *b)
{
    const Row *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

static AqErr write_predictions(const EvalJob *j)
{
    static const char usual[] =
        "question_id,video_id,type,question,truth,answer,probability,right";
    const size_t n = aq_store_dataset(j->asked.data)->n_questions;
    Row *rows = aq_alloc(n, sizeof *rows);
    AqFsWriter f;

    if (!rows)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++)
        rows[k] = (Row){aq_store_dataset_source(j->asked.data, k), k};
    qsort(rows, n, sizeof *rows, in_file_order);
    AqErr err = aq_fs_write_begin(&f, j->a->predictions);
    if (err == AQ_OK) {
        err = aq_fs_write(&f, usual, sizeof usual - 1);
        if (err == AQ_OK && may_not_tell(j))
            err = aq_fs_write(&f, TOLD_COLUMN, sizeof TOLD_COLUMN - 1);
        if (err == AQ_OK)
            err = aq_fs_write(&f, "\r\n", 2);
        for (size_t k = 0; err == AQ_OK && k < n; k++)
            err = write_prediction_row(j, &f, rows[k].k);
        if (err == AQ_OK)
            err = aq_fs_write_commit(&f);
        else
            aq_fs_write_abort(&f);
    }
    aq_free(rows);
    return err;
}

/* ---- what comes out ---- */

/* Of answers that are the same for all questions: choices are each question's own. */
static int has_confusion(const EvalJob *j)
{
    return j->model->shape.task != AQ_TASK_CHOICE;
}

static const char *answer_name(const EvalJob *j, int k)
{
    const AqQuestion any = {.n_choices = 0};

    return k < 0 ? "(never trained on)" : aq_model_answers(j->model, &any)[k];
}

static json_t *calibration_json(const AqCalibration *c)
{
    json_t *bins = json_array();

    for (int b = 0; b < AQ_CALIBRATION_BINS; b++)
        (void)json_array_append_new(bins, aq_json_pack("{s:f, s:I, s:f, s:f}", "from",
                                                       (double)b / AQ_CALIBRATION_BINS,
                                                       "n", (json_int_t)c->n[b],
                                                       "confidence", c->confidence[b],
                                                       "accuracy", c->accuracy[b]));
    return aq_json_pack("{s:f, s:o}", "error", c->error, "bins", bins);
}

static int knows_clips(const EvalJob *j)
{
    return j->model->limits.likeness[AQ_AUDIO].n > 0 ||
           j->model->limits.likeness[AQ_VISUAL].n > 0;
}

/* {"n", "of", "accuracy"}; null where every question got an answer by itself. */
static json_t *answered_json(const EvalJob *j)
{
    const AqAnswered y =
        aq_answered(j->answers, aq_store_dataset(j->asked.data)->n_questions);

    if (!may_not_tell(j))
        return json_null();
    return aq_json_pack(
        "{s:I, s:I, s:o}", "n", (json_int_t)y.n, "of", (json_int_t)y.of, "accuracy",
        y.n > 0 ? json_real((double)y.n_right / (double)y.n) : json_null());
}

/* Gives j->outcome, which is printed and kept. */
static AqErr build_eval_outcome(EvalJob *j, const AqMetrics *m, const AqCalibration *c,
                                const AqCalibration *raw, const AqConfusion *pairs,
                                size_t n)
{
    char *text = NULL;
    const AqErr err = aq_metrics_to_json(m, &text);

    if (err != AQ_OK)
        return err;
    json_t *o = json_loads(text, 0, NULL), *list = json_array();
    const AqErr typed = aq_eval_types_put(&j->types, o);
    for (size_t k = 0; k < n; k++)
        (void)json_array_append_new(list, aq_json_pack("{s:s, s:s, s:I}", "truth",
                                                       answer_name(j, pairs[k].truth),
                                                       "answer",
                                                       answer_name(j, pairs[k].given),
                                                       "n", (json_int_t)pairs[k].n));
    (void)json_object_set_new(o, "calibration", calibration_json(c));
    (void)json_object_set_new(o, "uncalibrated", calibration_json(raw));
    (void)json_object_set_new(o, "answered", answered_json(j));
    (void)json_object_set_new(
        o, "unlike",
        knows_clips(j)
            ? aq_json_pack("{s:I, s:I}", "clips", (json_int_t)j->n_unlike, "of",
                           (json_int_t)aq_store_dataset(j->asked.data)->n_clips)
            : json_null());
    (void)json_object_set_new(o, "confusion",
                              has_confusion(j) ? json_incref(list) : json_null());
    json_decref(list);
    if (j->a->explanations)
        (void)json_object_set_new(o, "explanations", aq_eval_explain_json(&j->shown));
    aq_free(text);
    j->outcome = o;
    return o ? typed : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static void print_confusion(const EvalJob *j, const AqConfusion *pairs, size_t n)
{
    int shown = 0;

    if (!has_confusion(j)) {
        (void)puts("no table of answers taken for others: each question has choices of "
                   "its own");
        return;
    }
    (void)printf("\n%-20s %-20s %6s\n", "right answer", "taken for", "times");
    for (size_t k = 0; k < n && shown < PAIRS_SHOWN; k++) {
        if (pairs[k].truth == pairs[k].given)
            continue;
        (void)printf("%-20s %-20s %6zu\n", answer_name(j, pairs[k].truth),
                     answer_name(j, pairs[k].given), pairs[k].n);
        shown++;
    }
}

static void print_answered(const EvalJob *j)
{
    const AqAnswered y =
        aq_answered(j->answers, aq_store_dataset(j->asked.data)->n_questions);

    (void)printf("%zu of %zu questions got an answer", y.n, y.of);
    if (y.n > 0)
        (void)printf(", %.2f %% of these the right one",
                     100 * (double)y.n_right / (double)y.n);
    (void)puts("; of the others it cannot tell, and its best guess is counted above");
}

static void print_calibration(const EvalJob *j, const AqCalibration *c,
                              const AqCalibration *raw)
{
    (void)printf("expected calibration error %.2f %%", 100 * c->error);
    if (j->model->limits.temperatures)
        (void)printf(" (%.2f %% as the network has it)", 100 * raw->error);
    (void)putchar('\n');
    if (may_not_tell(j))
        print_answered(j);
    if (knows_clips(j))
        (void)printf("%zu of %zu clips are unlike those that it was trained on\n",
                     j->n_unlike, aq_store_dataset(j->asked.data)->n_clips);
}

static AqErr print_all(EvalJob *j, const AqMetrics *m)
{
    const size_t n = aq_store_dataset(j->asked.data)->n_questions;
    const AqCalibration c = aq_calibration(j->answers, n, 0),
                        raw = aq_calibration(j->answers, n, 1);
    AqConfusion *pairs = NULL;
    size_t n_pairs = 0;
    AqErr err = AQ_OK;

    if (has_confusion(j))
        err = aq_confusion(&pairs, &n_pairs, j->answers, n,
                           aq_model_most_answers(j->model));
    if (err == AQ_OK)
        err = build_eval_outcome(j, m, &c, &raw, pairs, n_pairs);
    if (err == AQ_OK && j->a->c.json) {
        aq_command_print_json(json_incref(j->outcome));
    } else if (err == AQ_OK) {
        aq_eval_types_print(&j->types, m);
        print_calibration(j, &c, &raw);
        if (j->a->confusion)
            print_confusion(j, pairs, n_pairs);
        if (j->a->explanations)
            aq_eval_explain_print(&j->shown);
    }
    aq_free(pairs);
    return err;
}

static AqErr evaluate_readable(EvalJob *j, AqMetrics *m, AqErr why)
{
    char text[1024];
    size_t n = 0;

    (void)snprintf(text, sizeof text, "%s", aq_err_text());
    const AqErr err =
        aq_store_dataset_drop_unreadable(j->asked.data, aq_interrupt_stop, &n);
    if (err != AQ_OK || n == 0)
        return err != AQ_OK ? err : aq_fail(why, "%s", text);
    j->asked.gaps = 1;
    return aq_predictor_evaluate(j->predictor, aq_store_dataset(j->asked.data), m,
                                 j->answers, NULL, aq_interrupt_stop, NULL);
}

static AqErr answer_all(EvalJob *j)
{
    const AqDataset *d = aq_store_dataset(j->asked.data);
    AqMetrics m = {0};

    j->answers = aq_alloc(d->n_questions, sizeof *j->answers);
    if (!j->answers)
        return AQ_ERR_NOMEM;
    AqErr err = aq_predictor_evaluate(j->predictor, d, &m, j->answers, NULL,
                                      aq_interrupt_stop, NULL);
    if (aq_store_dataset_is_row(err)) /* which, and anew without those */
        err = evaluate_readable(j, &m, err);
    if (err == AQ_OK)
        err = aq_eval_types(&j->types, j->model, d->questions, d->n_questions,
                            j->answers);
    if (err == AQ_OK)
        err = aq_limits_count_unlike(&j->model->limits, d, &j->n_unlike);
    if (err == AQ_OK && j->a->explanations)
        err = aq_shown_measure(&j->shown, j->model, d, aq_thread_executor_as(j->exec),
                               1, aq_interrupt_stop, NULL);
    if (err == AQ_OK && j->a->predictions)
        err = write_predictions(j);
    return err == AQ_OK ? print_all(j, &m) : err;
}

static AqErr evaluate_model(EvalJob *j)
{
    begin_eval_note(j);
    const AqErr err = answer_all(j);

    if (err == AQ_OK && j->a->predictions)
        (void)json_object_set_new(j->outcome, "predictions",
                                  aq_run_note_file_of(j->a->predictions));
    return aq_run_note_finish(&j->note, err, j->outcome, j->path);
}

static int run_job(const EvalArgs *a)
{
    EvalJob j = {.a = a};

    aq_command_numbers();
    AqErr err = open_eval_job(&j);
    if (err == AQ_OK)
        err = evaluate_model(&j);
    close_eval_job(&j);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && j.asked.gaps ? AQ_EXIT_SKIPPED : status;
}

static int check_eval_out(const AqCommand *self, const EvalArgs *a)
{
    AqOut o = {.self = self, .option = "--predictions", .path = a->predictions};

    aq_out_not_named(&o, a);
    aq_out_not_model(&o, a->c.model);
    aq_out_not_store(&o, a->c.store);
    return aq_out_end(&o, 0);
}

static int run_eval(const AqCommand *self, void *args)
{
    const EvalArgs *a = args;

    if (a->annotations.n == 0)
        return aq_command_misuse(self, "it needs --annotations FILE");
    const int status = check_eval_out(self, a);
    return status == AQ_EXIT_DONE ? run_job(a) : status;
}

static const AqOption options[] = {
    AQ_GROUP("Questions"),
    AQ_ROW_FILES("annotations", EvalArgs, annotations,
                 "questions, in a layout that `data check` knows", NULL),
    AQ_ROW_TEXT("split", EvalArgs, split, "NAME",
                "where the files say splits: only this one", "all"),
    AQ_GROUP("Model and features"),
    AQ_ROWS(aq_rows_model),
    AQ_ROWS(aq_rows_question),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_read),
    AQ_ROWS(aq_rows_hide),
    AQ_GROUP("What is reported"),
    AQ_ROW_FILE("predictions", EvalArgs, predictions, "FILE.csv",
                "every answer, in the order of the questions", NULL),
    AQ_ROW_FLAG("confusion", EvalArgs, confusion, "which answers are taken for which"),
    AQ_ROW_FLAG("explanations", EvalArgs, explanations,
                "whether what ask shows depends on the clip, and the answer on what it "
                "shows"),
    AQ_GROUP("The run"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe eval --annotations avqa-test.json",
     "The model of the data folder, by question type."},
    {"avqa-pipe eval --annotations all.csv --split test --model m.safetensors "
     "--predictions answers.csv",
     "Another model on the test questions of one's own file, each answer kept."},
    {0}};

const AqCommand aq_command_eval = {
    .name = "eval",
    .summary = "how many questions a model answers right, by type",
    .usage = "--annotations FILE... [--model MODEL] [OPTIONS]",
    .about =
        "Asks every question, one at a time, and prints the share of right answers by "
        "question type, pooled by modality and overall. Beside each stands the blind "
        "floor: what the majority answer of each question's wording in training would "
        "have scored without the video.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(EvalArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_eval};
