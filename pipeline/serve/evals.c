/* SPDX-License-Identifier: MIT */
/*
 * /api/evals: evaluations, from the files that `eval --predictions` wrote into one
 * folder: question_id, video_id, type, question, truth, answer, probability, right.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/asking/inquiry.h"
#include "pipeline/serve/serve_priv.h"

#include <csv.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILE = 256 << 20, MOST_RECORDS = 20000 };
#define ENDING ".csv"

/* The columns that are shown, by their names in the first row. */
typedef enum EvalColumn {
    VIDEO,
    KIND,
    QUESTION,
    TRUTH,
    GIVEN,
    PROBABILITY,
    RIGHT
} EvalColumn;
enum { EVAL_COLUMNS = RIGHT + 1 };
static const char *const column_names[EVAL_COLUMNS] = {
    "video_id", "type", "question", "truth", "answer", "probability", "right"};

typedef struct EvalFile {
    int at[EVAL_COLUMNS]; /* their places; -1: not there */
    int n_fields;         /* of the present row */
    size_t n_rows, n_right, n_shown;
    char *field[EVAL_COLUMNS]; /* of the present row; owned */
    json_t *records;           /* NULL: they are only counted */
    json_t *counts;            /* {truth: {given: n}}; with records */
    AqErr err;
} EvalFile;

/* ---- rows ---- */

static void on_eval_field(void *text, size_t n, void *arg)
{
    EvalFile *f = arg;
    const int place = f->n_fields++;

    for (int k = 0; k < EVAL_COLUMNS; k++) {
        if (f->n_rows == 0 && strlen(column_names[k]) == n &&
            memcmp(column_names[k], text, n) == 0)
            f->at[k] = place;
        if (f->n_rows == 0 || f->at[k] != place)
            continue;
        aq_free(f->field[k]);
        f->field[k] = aq_text_utf8(text, n);
        if (!f->field[k])
            f->err = AQ_ERR_NOMEM;
    }
}

static void count_eval_answer(EvalFile *f, const char *truth, const char *given)
{
    json_t *row = json_object_get(f->counts, truth);

    if (!row) {
        row = json_object();
        (void)json_object_set_new(f->counts, truth, row);
    }
    const json_int_t n = json_integer_value(json_object_get(row, given));
    (void)json_object_set_new(row, given, json_integer(n + 1));
}

static void keep_eval_row(EvalFile *f, int is_right)
{
    const double probability = strtod(f->field[PROBABILITY], NULL);

    count_eval_answer(f, f->field[TRUTH], f->field[GIVEN]);
    if (f->n_shown >= MOST_RECORDS)
        return;
    f->n_shown++;
    (void)json_array_append_new(
        f->records, aq_json_pack("{s:s, s:s, s:s, s:s, s:s, s:f, s:b, s:b}", "clip",
                                 f->field[VIDEO], "type", f->field[KIND], "question",
                                 f->field[QUESTION], "right", f->field[TRUTH], "given",
                                 f->field[GIVEN], "probability", probability, "sure",
                                 probability >= AQ_SURE, "is_right", is_right));
}

static void on_eval_row(int end, void *arg)
{
    EvalFile *f = arg;
    int is_whole = 1;

    (void)end;
    f->n_fields = 0;
    if (f->n_rows++ == 0 || f->err != AQ_OK)
        return;
    for (int k = 0; k < EVAL_COLUMNS; k++)
        is_whole = is_whole && f->field[k];
    if (!is_whole)
        return;
    const int is_right = strcmp(f->field[RIGHT], "1") == 0;
    f->n_right += (size_t)is_right;
    if (f->records)
        keep_eval_row(f, is_right);
}

static void *realloc_for_csv(void *p, size_t n)
{
    return aq_realloc(p, n, 1);
}

static AqErr parse_eval(EvalFile *f, const char *path, const char *text, size_t bytes)
{
    struct csv_parser p;

    if (csv_init(&p, CSV_STRICT) != 0)
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    csv_set_realloc_func(&p, realloc_for_csv);
    csv_set_free_func(&p, aq_free);
    const int is_read =
        csv_parse(&p, text, bytes, on_eval_field, on_eval_row, f) == bytes &&
        csv_fini(&p, on_eval_field, on_eval_row, f) == 0;
    csv_free(&p);
    for (int k = 0; k < EVAL_COLUMNS; k++)
        aq_free(f->field[k]);
    if (f->err != AQ_OK)
        return f->err;
    for (int k = 0; k < EVAL_COLUMNS; k++)
        if (!is_read || f->at[k] < 0)
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: this is no file of `eval --predictions`: it lacks the "
                           "column %s, or a quote",
                           path, column_names[k]);
    return AQ_OK;
}

/* With records, if f->records is an array. */
static AqErr read_eval(EvalFile *f, const char *folder, const char *id)
{
    char *path = aq_strf("%s/%s" ENDING, folder, id), *text = NULL;
    size_t bytes;
    AqErr err = path ? aq_fs_read(path, MOST_FILE, &text, &bytes) : AQ_ERR_NOMEM;

    for (int k = 0; k < EVAL_COLUMNS; k++)
        f->at[k] = -1;
    if (err == AQ_OK)
        err = parse_eval(f, path, text, bytes);
    aq_free(text);
    aq_free(path);
    return err;
}

/* ---- the list ---- */

static json_t *eval_json(const char *id, const EvalFile *f)
{
    const size_t n = f->n_rows > 0 ? f->n_rows - 1 : 0;

    return aq_json_pack("{s:s, s:s, s:n, s:I, s:o}", "id", id, "name", id, "model", "n",
                        (json_int_t)n, "accuracy",
                        n ? json_real((double)f->n_right / (double)n) : json_null());
}

static int has_ending(const char *name)
{
    const size_t n = strlen(name), m = strlen(ENDING);

    return n > m && name[0] != '.' && strcmp(name + n - m, ENDING) == 0;
}

/* NULL: it is none. */
static json_t *listed_eval(const char *folder, const char *name)
{
    char *id = aq_fs_stem(name);
    EvalFile f = {.err = AQ_OK};
    json_t *o = NULL;

    if (id && read_eval(&f, folder, id) == AQ_OK)
        o = eval_json(id, &f);
    else if (id)
        aq_log(AQ_LOG_WARN, "%s; it is left out", aq_err_text());
    aq_free(id);
    return o;
}

void aq_handle_evals(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;
    DIR *d = s->o->evals ? opendir(s->o->evals) : NULL;
    json_t *list = json_array(), *one;

    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's */
    for (struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (has_ending(e->d_name) && (one = listed_eval(s->o->evals, e->d_name)))
            (void)json_array_append_new(list, one);
    if (d)
        (void)closedir(d);
    aq_reply_json(out, 200, list);
}

/* ---- one of them ---- */

/* The clip that is called so, or whose file is; "": there is none. Gives a text. */
static json_t *id_of_named_clip(const json_t *clips, const char *name)
{
    for (size_t k = 0; k < json_array_size(clips); k++) {
        const json_t *clip = json_array_get(clips, k);
        char *stem = aq_fs_stem(aq_json_member_text(clip, "name"));
        const int same = stem && strcmp(stem, name) == 0;

        aq_free(stem);
        if (same || strcmp(aq_json_member_text(clip, "id"), name) == 0)
            return json_incref(json_object_get(clip, "id"));
    }
    return json_null();
}

static void add_clip_ids(const AqServe *s, json_t *records)
{
    json_t *clips = aq_clips_json(s->clips);

    for (size_t k = 0; k < json_array_size(records); k++) {
        json_t *o = json_array_get(records, k);

        (void)json_object_set_new(
            o, "id", id_of_named_clip(clips, aq_json_member_text(o, "clip")));
    }
    json_decref(clips);
}

/* {answers: [...], counts: [[...]]}: a row for each right answer, a column for each
 * that was given. */
static json_t *confusion_json(json_t *counts)
{
    json_t *all = json_object(), *answers = json_array(), *rows = json_array(), *row;
    const char *truth, *given;
    json_t *n;

    json_object_foreach(counts, truth, row)
    {
        (void)json_object_set_new(all, truth, json_null());
        json_object_foreach(row, given, n)(void)
            json_object_set_new(all, given, json_null());
    }
    json_object_foreach(all, truth, n)
    {
        const char *name;
        json_t *line = json_array(), *none;

        (void)json_array_append_new(answers, json_string(truth));
        row = json_object_get(counts, truth);
        json_object_foreach(all, name, none)(void) json_array_append_new(
            line, json_integer(json_integer_value(json_object_get(row, name))));
        (void)json_array_append_new(rows, line);
    }
    json_decref(all);
    return json_pack("{s:o, s:o}", "answers", answers, "counts", rows);
}

static int is_eval_id(const char *id)
{
    return id[0] != '.' && !strchr(id, '/');
}

void aq_handle_eval(const AqRequest *r, AqReply *out)
{
    const AqServe *s = r->app;
    EvalFile f = {.records = json_array(), .counts = json_object()};
    AqErr err = s->o->evals && is_eval_id(r->arg[0])
                    ? read_eval(&f, s->o->evals, r->arg[0])
                    : aq_fail(AQ_ERR_NOT_FOUND, "there is no evaluation of that name");

    if (err == AQ_OK) {
        json_t *o = eval_json(r->arg[0], &f);

        add_clip_ids(s, f.records);
        (void)json_object_set_new(o, "confusion", confusion_json(f.counts));
        (void)json_object_set(o, "records", f.records);
        aq_reply_json(out, 200, o);
    } else {
        aq_reply_failure(out, err);
    }
    json_decref(f.records);
    json_decref(f.counts);
}
