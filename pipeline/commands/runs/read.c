/* SPDX-License-Identifier: MIT */
/* The store's runs as the verbs of `runs` take them. */
#include "base/alloc.h"
#include "base/process.h"
#include "base/text/json.h"
#include "pipeline/commands/runs/runs_priv.h"
#include "pipeline/exchange/run_json.h"
#include "store/runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIVE = 5, SHORT_LIST = 64 };

const AqOption aq_runs_rows_kind[] = {
    AQ_ROWS(aq_rows_store),
    AQ_ROW_TEXT("kind", AqRunsArgs, kind, "KIND",
                "only runs of this kind: ingest, pretrain, train, eval", "all"),
    {0}};

const AqOption aq_runs_rows_ids[] = {
    AQ_ROW_WORDS("ID", AqRunsArgs, names, 0, AQ_HINT_NONE,
                 "numbers of runs, as `runs ls` shows them, or `last`", NULL),
    {0}};

const AqOption aq_runs_rows_pick[] = {
    AQ_GROUP("Which runs"), AQ_ROWS(aq_runs_rows_ids), AQ_ROWS(aq_runs_rows_kind), {0}};

typedef struct RunReader {
    json_t *runs;
    const char *kind;
} RunReader;

static AqErr add_run_json(void *arg, const AqRun *r)
{
    RunReader *to = arg;

    if (to->kind && strcmp(to->kind, r->kind) != 0)
        return AQ_OK;
    json_t *o = aq_run_json(r);
    return o && json_array_append_new(to->runs, o) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

AqErr aq_runs_read(json_t **out, const AqRunsArgs *a)
{
    RunReader to = {.runs = json_array(), .kind = a->kind};
    AqStore *s = NULL;
    AqErr err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);

    if (err == AQ_OK)
        err = aq_store_each_run(s, add_run_json, &to);
    aq_store_close(&s);
    if (err != AQ_OK) {
        json_decref(to.runs);
        to.runs = NULL;
    }
    *out = to.runs;
    return err;
}

/* Borrowed from `runs`. */
static AqErr find_run(const json_t *runs, const char *text, json_t **out)
{
    const size_t n = json_array_size(runs);
    const int is_last = strcmp(text, "last") == 0;
    int id = 0;
    AqErr err = AQ_OK;

    *out = is_last && n > 0 ? json_array_get(runs, n - 1) : NULL;
    if (!is_last)
        err = aq_parse_int("a run's number", text, 1, 1e9, &id);
    for (size_t k = 0; err == AQ_OK && !*out && k < n; k++)
        if (aq_runs_number(json_array_get(runs, k), "id") == id)
            *out = json_array_get(runs, k);
    if (err == AQ_OK && !*out)
        err = is_last
                  ? aq_fail(AQ_ERR_NOT_FOUND, "the store has no runs yet")
                  : aq_fail(AQ_ERR_NOT_FOUND,
                            "there is no run %s; `avqa-pipe runs ls` lists them", text);
    return err;
}

/* What the last five are of. */
static const char *kind_of_last(const json_t *runs)
{
    const size_t n = json_array_size(runs);

    for (size_t k = 0; k < n; k++)
        if (strcmp(aq_json_member_text(json_array_get(runs, k), "kind"), "train") == 0)
            return "train";
    return n > 0 ? aq_json_member_text(json_array_get(runs, n - 1), "kind") : "";
}

static void take_default_runs(json_t *to, const json_t *runs, const AqRunsArgs *a,
                              AqRunsDefault which)
{
    const char *kind = a->kind                      ? a->kind
                       : which == AQ_RUNS_LAST_FIVE ? kind_of_last(runs)
                                                    : "train";

    for (size_t k = 0; which != AQ_RUNS_NONE && k < json_array_size(runs); k++) {
        json_t *r = json_array_get(runs, k);

        if (strcmp(aq_json_member_text(r, "kind"), kind) == 0 &&
            (which == AQ_RUNS_LAST_FIVE || aq_runs_curve(r)))
            (void)json_array_append(to, r);
    }
    while (which == AQ_RUNS_LAST_FIVE && json_array_size(to) > FIVE)
        (void)json_array_remove(to, 0);
}

static int has_run(const json_t *list, const json_t *r)
{
    for (size_t k = 0; k < json_array_size(list); k++)
        if (json_array_get(list, k) == r)
            return 1;
    return 0;
}

AqErr aq_runs_pick(json_t **out, const AqRunsArgs *a, AqRunsDefault otherwise)
{
    json_t *runs = NULL, *r, *picked = json_array();
    AqErr err = aq_runs_read(&runs, a);

    for (int k = 0; err == AQ_OK && k < a->names.n; k++) {
        err = find_run(runs, a->names.v[k], &r);
        if (err == AQ_OK && !has_run(picked, r))
            (void)json_array_append(picked, r);
    }
    if (err == AQ_OK && a->names.n == 0)
        take_default_runs(picked, runs, a, otherwise);
    json_decref(runs);
    if (err != AQ_OK) {
        json_decref(picked);
        picked = NULL;
    }
    *out = picked;
    return err;
}

int aq_runs_status(const AqCommand *self, AqErr err)
{
    return err == AQ_ERR_USAGE ? aq_command_misuse(self, "%s", aq_err_text())
                               : aq_command_status(err);
}

double aq_runs_number(const json_t *run, const char *key)
{
    const json_t *v = json_object_get(run, key);

    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

const json_t *aq_runs_curve(const json_t *run)
{
    const json_t *curve = json_object_get(json_object_get(run, "metrics"), "curve");

    return json_array_size(curve) > 0 ? curve : NULL;
}

int aq_runs_may_live(const json_t *run)
{
    return strcmp(aq_json_member_text(run, "status"), "running") == 0;
}

const char *aq_runs_status_text(const json_t *run, char text[300])
{
    const json_t *about = json_object_get(run, "about");
    const char *process = aq_json_member_text(about, "process");

    if (!aq_runs_may_live(run) || aq_process_state(process) == AQ_PROCESS_RUNS)
        return aq_json_member_text(run, "status");
    if (!*process)
        return "running, or died";
    (void)snprintf(text, 300, "running (on host %s)",
                   aq_json_member_text(about, "host"));
    return text;
}

void aq_runs_flatten(json_t *flat, const json_t *o, const char *prefix)
{
    const char *key;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        char name[256];
        const size_t n = json_array_size(v);

        (void)snprintf(name, sizeof name, "%s%s", prefix, key);
        if (!json_is_object(v) && !json_is_array(v))
            (void)json_object_set(flat, name, v);
        (void)snprintf(name, sizeof name, "%s%s.", prefix, key);
        if (json_is_object(v))
            aq_runs_flatten(flat, v, name);
        for (size_t k = 0; n <= SHORT_LIST && k < n; k++) {
            const json_t *e = json_array_get(v, k);

            (void)snprintf(name, sizeof name, "%s%s.%zu.", prefix, key, k + 1);
            if (json_object_get(e, "file"))
                aq_runs_flatten(flat, e, name);
        }
    }
}

static void add_word(json_t *flat, const char *key, const char *word)
{
    const char *before = aq_json_member_text(flat, key);
    char *all = aq_strf("%s%s%s", before, *before ? " " : "", word);

    if (all)
        (void)json_object_set_new(flat, key, json_string(all));
    aq_free(all);
}

void aq_runs_options(json_t *flat, const json_t *arguments)
{
    char key[128] = "words";
    const char *name;
    json_t *v;

    for (size_t k = 2; k < json_array_size(arguments); k++) { /* program, command */
        const char *word = json_string_value(json_array_get(arguments, k));
        const size_t n = word ? strcspn(word, "=") : 0;

        if (!word)
            continue;
        if (word[0] != '-' || word[1] == '\0') {
            add_word(flat, key, word);
            continue;
        }
        (void)snprintf(key, sizeof key, "%.*s", (int)(n < 100 ? n : 100), word);
        add_word(flat, key, word[n] ? word + n + 1 : "");
    }
    json_object_foreach(flat, name, v)
    {
        if (*json_string_value(v) == '\0') /* a flag */
            (void)json_string_set(v, "yes");
    }
}
