/* SPDX-License-Identifier: MIT */
/*
 * What the plain check leaves out because it is slow or outside the store: the video
 * files, and the annotations' content.
 */
#include "base/alloc.h"
#include "store/annotations/annotations.h"
#include "store/store_priv.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { BATCH = 64 };

typedef struct Deep {
    AqStore *s;
    const AqDeepPlan *plan;
    AqDeepCounts *out;
    int64_t *n_faults;
} Deep;

static void report_deep_fault(const Deep *d, const char *where, const char *what)
{
    ++*d->n_faults;
    if (d->plan->fault)
        d->plan->fault(d->plan->ctx, where, what);
}

static void report_deep_note(const Deep *d, const char *where, const char *what)
{
    if (d->plan->told)
        d->plan->told(d->plan->ctx, where, what);
}

/* ---- files ---- */

typedef struct File {
    int64_t id;
    char *name, *path;
    char sha256[AQ_SHA256_HEX];
} File;

static void clear_verified_files(File *f, int n)
{
    for (int k = 0; k < n; k++) {
        aq_free(f[k].name);
        aq_free(f[k].path);
    }
}

/* In batches, so that no read transaction is open while files are read. */
static AqErr next_files(Deep *d, int64_t after, File f[BATCH], int *n)
{
    AqQuery q = aq_query(d->s, AQ_SQL_VIDEO_BATCH);

    *n = 0;
    aq_query_int(&q, 1, after);
    aq_query_int(&q, 2, BATCH);
    while (*n < BATCH && aq_query_step(&q)) {
        const int64_t id = aq_row_int(&q, 0, after + 1, INT64_MAX);

        if (q.err != AQ_OK) /* cannot continue from here */
            break;
        File *at = &f[(*n)++];
        *at = (File){.id = id,
                     .name = aq_strdup(aq_row_text(&q, 1, AQ_STORE_MAX_NAME)),
                     .path = aq_strdup(aq_row_text(&q, 2, AQ_STORE_MAX_TEXT))};
        aq_row_sha256(&q, 3, 0, at->sha256); /* damaged: "", and already reported */
        if (q.err == AQ_ERR_FORMAT)
            q.err = AQ_OK;
        if (!at->name || !at->path)
            q.err = AQ_ERR_NOMEM;
    }
    return aq_query_end(&q);
}

/* Only plain files are read: a path in a store may name anything. */
static AqErr verify_source_file(Deep *d, const File *f)
{
    char hex[AQ_SHA256_HEX], why[1024];
    struct stat st;
    AqErr err = AQ_OK;

    if (stat(f->path, &st) != 0)
        err = aq_fail_errno(f->path);
    else if (!S_ISREG(st.st_mode))
        err = aq_fail(AQ_ERR_IO, "%s: is not a file", f->path);
    else
        err = aq_sha256_file(f->path, hex);
    if (err == AQ_ERR_NOMEM)
        return err;
    if (err != AQ_OK) {
        d->out->n_missing++;
        (void)snprintf(why, sizeof why, "not compared: %.900s", aq_err_text());
        report_deep_note(d, f->name, why);
    } else if (strcmp(hex, f->sha256) != 0) {
        d->out->n_changed++;
        (void)snprintf(why, sizeof why,
                       "%.900s has different content than when its features were made: "
                       "ingest it again",
                       f->path);
        report_deep_fault(d, f->name, why);
    } else {
        d->out->n_same++;
    }
    return AQ_OK;
}

static AqErr check_files(Deep *d)
{
    File f[BATCH];
    int64_t after = INT64_MIN;
    int n = BATCH;
    AqErr err = AQ_OK;

    while (err == AQ_OK && n == BATCH) {
        err = next_files(d, after, f, &n);
        for (int k = 0; err == AQ_OK && k < n; k++) {
            if (d->plan->stop && d->plan->stop(d->plan->ctx))
                err = aq_fail(AQ_ERR_CANCELLED, "%s: stopped", d->s->path);
            else if (f[k].sha256[0])
                err = verify_source_file(d, &f[k]);
        }
        if (n > 0)
            after = f[n - 1].id;
        clear_verified_files(f, n);
    }
    return err;
}

/* ---- annotations ---- */

/* Of a list of texts; NULL: nothing. `answer` is one of them, unless they are none. */
static const char *wrong_list(const char *text, size_t most, const char *answer)
{
    json_t *list = json_loads(text, 0, NULL);
    const size_t n = json_array_size(list);
    const char *what = NULL;
    int found = n == 0 || !answer;

    if (!json_is_array(list))
        what = "its slot values or its choices are no list";
    else if (n > most)
        what = "it has too many slot values or choices";
    for (size_t k = 0; !what && k < n; k++) {
        const char *one = json_string_value(json_array_get(list, k));

        if (!one)
            what = "a slot value or a choice is no text";
        else
            found |= answer && strcmp(one, answer) == 0;
    }
    if (!what && !found)
        what = "its answer is none of its choices";
    json_decref(list);
    return what;
}

static const char *wrong_question(AqQuery *q)
{
    static const int texts[] = {4, 5, 7, 9, 10}; /* modality to answer */
    const char *video = aq_row_text(q, 3, AQ_STORE_MAX_TEXT);

    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        (void)aq_row_text(q, texts[k], AQ_ANNOTATION_MAX_TEXT);
    const char *question = aq_row_text(q, 9, AQ_ANNOTATION_MAX_TEXT);
    const char *answer = aq_row_text(q, 10, AQ_ANNOTATION_MAX_TEXT);
    const char *values = aq_row_text(q, 8, AQ_STORE_MAX_TEXT);
    const char *choices = aq_row_text(q, 14, AQ_STORE_MAX_TEXT);
    (void)aq_row_int(q, 6, INT64_MIN, INT64_MAX);
    (void)aq_row_text(q, 11, AQ_STORE_MAX_TEXT);
    (void)aq_row_int(q, 12, 0, INT64_MAX);
    const int64_t task = aq_row_int(q, 13, 0, AQ_N_TASKS - 1);
    if (q->err != AQ_OK)
        return q->err == AQ_ERR_FORMAT ? aq_err_text() : NULL;
    if (aq_store_check_name(video, strlen(video)) != AQ_OK)
        return aq_err_text();
    if (!*question || !*answer)
        return "it has no words or no answer";
    if ((task == AQ_TASK_CHOICE) == (strcmp(choices, "[]") == 0))
        return "it is a choice without choices, or has some and is none";
    const char *what = wrong_list(values, AQ_ANNOTATION_MAX_VALUES, NULL);
    return what ? what : wrong_list(choices, AQ_ANNOTATION_MAX_CHOICES, answer);
}

static AqErr check_questions(Deep *d)
{
    AqQuery q = aq_query_of(
        d->s,
        "SELECT dataset, split, place, video, modality, kind, question_id, "
        "template, slot_values, question, answer, file, record, task, choices FROM "
        "annotations "
        "ORDER BY dataset, split, place");

    while (aq_query_step(&q)) {
        char where[256];

        (void)snprintf(where, sizeof where, "question %lld of %.90s, %.90s",
                       (long long)aq_row_int(&q, 2, INT64_MIN, INT64_MAX),
                       aq_row_text(&q, 0, AQ_STORE_MAX_TEXT),
                       aq_row_text(&q, 1, AQ_STORE_MAX_TEXT));
        d->out->n_questions++;
        const char *what = q.err == AQ_ERR_FORMAT ? aq_err_text() : wrong_question(&q);
        if (what)
            report_deep_fault(d, where, what);
        if (q.err == AQ_ERR_FORMAT)
            q.err = AQ_OK; /* on to the next */
    }
    return aq_query_end(&q);
}

/* ---- makes ---- */

static AqErr count_idle(Deep *d)
{
    AqQuery q = aq_query_of(
        d->s,
        "SELECT p.id, p.kind, p.extractor, p.extractor_version, p.weights, "
        "p.weights_sha256, p.precision, p.sampling, p.program FROM provenance p "
        "WHERE NOT EXISTS (SELECT 1 FROM features f WHERE f.provenance_id = p.id) "
        "ORDER BY p.id");

    while (aq_query_step(&q)) {
        AqProvenance p;

        d->out->n_idle_makes++;
        aq_row_provenance(&q, 0, &p);
        if (q.err == AQ_OK) {
            char *line = aq_provenance_line(&p);

            report_deep_note(d, line ? line : p.extractor,
                             "no features were made by it; `store gc` "
                             "removes it");
            aq_free(line);
        } else if (q.err == AQ_ERR_FORMAT) {
            report_deep_fault(d, "provenance", aq_err_text());
            q.err = AQ_OK;
        }
    }
    return aq_query_end(&q);
}

/* A walk ended by a damaged page is a fault of the store, not of the check. */
static AqErr report_ended_deep_walk(const Deep *d, const char *where, AqErr err)
{
    if (err != AQ_ERR_FORMAT)
        return err;
    report_deep_fault(d, where, aq_err_text());
    return AQ_OK;
}

AqErr aq_store_verify_deep(AqStore *s, const AqDeepPlan *plan, AqDeepCounts *out,
                           int64_t *n_faults)
{
    Deep d = {.s = s, .plan = plan, .out = out, .n_faults = n_faults};

    *out = (AqDeepCounts){0};
    AqErr err = aq_verify_rows(s, plan->fault, plan->ctx, n_faults, &out->n_values);
    if (err == AQ_OK)
        err = report_ended_deep_walk(&d, "annotations", check_questions(&d));
    if (err == AQ_OK)
        err = report_ended_deep_walk(&d, "provenance", count_idle(&d));
    return err == AQ_OK ? report_ended_deep_walk(&d, "videos", check_files(&d)) : err;
}
