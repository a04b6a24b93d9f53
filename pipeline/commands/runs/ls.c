/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs ls, runs show. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/runs/runs_priv.h"
#include "pipeline/ui/progress.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* How many were right, as far as it is known. */
static void print_run_accuracy(const json_t *r)
{
    const json_t *m = json_object_get(r, "metrics"),
                 *all = json_object_get(m, "overall");
    const double right = aq_runs_number(m, "val_accuracy"),
                 tested = aq_runs_number(all, "accuracy");

    if (isfinite(right))
        (void)printf("  validation %.1f %% (blind %.1f %%)", 100 * right,
                     100 * aq_runs_number(m, "val_floor"));
    else if (json_is_null(json_object_get(m, "val_accuracy")))
        (void)printf("  no validation");
    if (isfinite(tested))
        (void)printf("  %.1f %% of %.0f (blind %.1f %%)", 100 * tested,
                     aq_runs_number(all, "n"), 100 * aq_runs_number(all, "floor"));
}

static void print_run_line(const json_t *r)
{
    const time_t at = (time_t)aq_runs_number(r, "started");
    const double took = aq_runs_number(r, "finished") - (double)at;
    const char *model = aq_json_member_text(r, "model");
    char when[32] = "?", clock[24], status[300];
    struct tm parts;

    if (localtime_r(&at, &parts))
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &parts);
    (void)printf("%4.0f  %-8s  %-11s  %s  %8s", aq_runs_number(r, "id"),
                 aq_text_shown(aq_json_member_text(r, "kind")),
                 aq_runs_status_text(r, status), when,
                 took >= 0 ? aq_clock_text((int64_t)(took * 1e6), clock) : "");
    print_run_accuracy(r);
    (void)printf("%s%s\n", *model ? "  " : "", aq_text_shown(model));
}

static AqErr list_runs(const AqRunsArgs *a)
{
    json_t *runs = NULL;
    const AqErr err = aq_runs_read(&runs, a);
    const size_t n = json_array_size(runs);

    for (size_t k = 0; k < n; k++)
        if (a->c.json)
            aq_command_print_json(json_incref(json_array_get(runs, k)));
        else
            print_run_line(json_array_get(runs, k));
    if (err == AQ_OK && n == 0 && !a->c.json)
        (void)puts("no runs yet");
    json_decref(runs);
    return err;
}

/* ---- show ---- */

static void print_value(const char *key, const json_t *v)
{
    char *text =
        json_is_string(v)
            ? aq_strdup(json_string_value(v))
            : aq_json_text(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));

    (void)printf("  %-32s %s\n", aq_text_shown(key), text ? aq_text_shown(text) : "");
    aq_free(text);
}

/* Nested values as lines "training.lr 0.001"; long lists are left to --json. */
static void print_values(const json_t *o)
{
    json_t *flat = json_object(), *v;
    const char *key;

    aq_runs_flatten(flat, o, "");
    json_object_foreach(flat, key, v) print_value(key, v);
    json_object_foreach((json_t *)(uintptr_t)o, key, v)
    {
        if (json_is_array(v) && !json_object_get(json_array_get(v, 0), "file"))
            (void)printf("  %-32s %zu entries (--json has them)\n", aq_text_shown(key),
                         json_array_size(v));
    }
    json_decref(flat);
}

/* A word as a shell takes it. */
static void print_word(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=:,./@%";

    if (*word && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, stdout);
        return;
    }
    (void)putchar('\'');
    for (const char *p = aq_text_shown(word); *p; p++)
        if (*p == '\'')
            (void)fputs("'\\''", stdout);
        else
            (void)putchar(*p);
    (void)putchar('\'');
}

static void print_command(const json_t *about)
{
    const json_t *words = json_object_get(about, "arguments");

    for (size_t k = 0; k < json_array_size(words); k++) {
        const char *word = json_string_value(json_array_get(words, k));

        (void)fputs(k ? " " : "$ ", stdout);
        print_word(word ? word : "");
    }
    if (json_array_size(words) > 0)
        (void)putchar('\n');
}

static void print_run(json_t *r)
{
    json_t *about = json_copy(json_object_get(r, "about"));

    print_run_line(r);
    print_command(about);
    (void)json_object_del(about, "arguments");
    (void)printf("made by\n");
    print_value("program", json_object_get(r, "program"));
    print_values(about);
    (void)puts("settings");
    print_values(json_object_get(r, "config"));
    (void)puts("outcome");
    print_values(json_object_get(r, "metrics"));
    json_decref(about);
}

static AqErr show_runs(const AqRunsArgs *a)
{
    json_t *picked = NULL;
    const AqErr err = aq_runs_pick(&picked, a, AQ_RUNS_NONE);

    for (size_t k = 0; k < json_array_size(picked); k++)
        if (a->c.json)
            aq_command_print_json(json_incref(json_array_get(picked, k)));
        else
            print_run(json_array_get(picked, k));
    json_decref(picked);
    return err;
}

static int run_runs_ls(const AqCommand *self, void *args)
{
    return aq_runs_status(self, list_runs(args));
}

static int run_runs_show(const AqCommand *self, void *args)
{
    const AqRunsArgs *a = args;

    if (a->names.n == 0)
        return aq_command_misuse(self, "it takes the number of a run, or `last`");
    return aq_runs_status(self, show_runs(a));
}

static const AqOption ls_options[] = {
    AQ_GROUP("Which runs"), AQ_ROWS(aq_runs_rows_kind), AQ_ROWS(aq_rows_output), {0}};

static const AqTerm ls_examples[] = {
    {"avqa-pipe runs ls --kind train",
     "Trainings, with what share of validation questions each answers right."},
    {0}};

const AqCommand aq_runs_ls_command = {
    .name = "runs ls",
    .summary = "a line for each run",
    .usage = "[OPTIONS]",
    .about = "Lists what was ingested, trained and evaluated. A run whose process is "
             "gone, and that never said how it ended, died.",
    .examples = ls_examples,
    .options = ls_options,
    .args_bytes = AQ_ARGS_BYTES(AqRunsArgs, c),
    .run = run_runs_ls};

static const AqOption show_options[] = {AQ_GROUP("Which runs"),
                                        AQ_ROWS(aq_runs_rows_ids),
                                        AQ_ROWS(aq_rows_store),
                                        AQ_ROWS(aq_rows_output),
                                        {0}};

static const AqTerm show_examples[] = {
    {"avqa-pipe runs show last", "The last run."},
    {"avqa-pipe runs show 7 --json | jq .config", "The settings of run 7, as JSON."},
    {0}};

const AqCommand aq_runs_show_command = {
    .name = "runs show",
    .summary = "all that is known of one",
    .usage = "ID... [OPTIONS]",
    .about = "The command line, what it was made from (program, machine, files with "
             "digests, features' makes), settings and outcome. `last` is the last run.",
    .examples = show_examples,
    .options = show_options,
    .args_bytes = AQ_ARGS_BYTES(AqRunsArgs, c),
    .run = run_runs_show};
