/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs: what was ingested and trained, with which settings, to what end. */
#include "store/runs.h"

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/text.h"
#include "pipeline/commands/out.h"
#include "pipeline/plot.h"
#include "pipeline/progress.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_CURVE_BYTES ((size_t)16 << 20)

typedef struct Args {
    AqCommon c;
    const char *out, *kind;
    AqTextList rest;
    json_t *runs;      /* those asked for, in the order asked for */
    const char *curve; /* a file instead of the store's runs */
} Args;

/* ---- reading ---- */

static AqErr keep(void *arg, const AqRun *r)
{
    Args *a = arg;
    json_t *config = json_loads(r->config, 0, NULL),
           *metrics = json_loads(r->metrics, 0, NULL);

    if (a->kind && strcmp(a->kind, r->kind) != 0) {
        json_decref(config);
        json_decref(metrics);
        return AQ_OK;
    }
    json_t *o = aq_json_pack(
        "{s:I, s:s, s:s, s:I, s:I, s:s, s:s, s:o, s:o}", "id", (json_int_t)r->id,
        "kind", r->kind, "status", aq_run_status_name(r->status), "started",
        (json_int_t)r->started_s, "finished", (json_int_t)r->finished_s, "program",
        r->program, "model", r->model_path, "config", config ? config : json_object(),
        "metrics", metrics ? metrics : json_object());
    return o && json_array_append_new(a->runs, o) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static AqErr read_runs(Args *a)
{
    AqStore *s = NULL;
    AqErr err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);

    if (err == AQ_OK)
        err = aq_store_each_run(s, keep, a);
    aq_store_close(&s);
    return err;
}

/* The run of that number; "last" is the last one. Borrowed. */
static AqErr find(const Args *a, const char *text, json_t **out)
{
    const size_t n = json_array_size(a->runs);
    int id = 0;
    AqErr err = AQ_OK;

    *out = NULL;
    if (strcmp(text, "last") == 0 && n > 0)
        *out = json_array_get(a->runs, n - 1);
    else
        err = aq_parse_int("a run", text, 1, 1e9, &id);
    for (size_t k = 0; err == AQ_OK && !*out && k < n; k++) {
        json_t *r = json_array_get(a->runs, k);
        if (json_integer_value(json_object_get(r, "id")) == id)
            *out = r;
    }
    if (err == AQ_OK && !*out)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "there is no run %s; `avqa-pipe runs ls` lists them", text);
    return err;
}

static const char *text_of(json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));

    return t ? t : "";
}

static double number_of(json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);

    return json_is_number(v) ? json_number_value(v) : (double)NAN;
}

/* ---- ls ---- */

static void print_line(json_t *r)
{
    json_t *m = json_object_get(r, "metrics");
    const time_t at = (time_t)json_integer_value(json_object_get(r, "started"));
    const double took = number_of(r, "finished") - (double)at,
                 right = number_of(m, "val_accuracy");
    char when[32] = "?", clock[24];
    struct tm parts;

    if (localtime_r(&at, &parts))
        (void)strftime(when, sizeof when, "%Y-%m-%d %H:%M", &parts);
    (void)printf("%4lld  %-7s %-11s  %s  %8s", (long long)number_of(r, "id"),
                 text_of(r, "kind"), text_of(r, "status"), when,
                 took >= 0 ? aq_clock_text((int64_t)(took * 1e6), clock) : "");
    if (isfinite(right))
        (void)printf("  validation %.1f %% (blind %.1f %%)", 100 * right,
                     100 * number_of(m, "val_floor"));
    if (*text_of(r, "model"))
        (void)printf("  %s", aq_text_shown(text_of(r, "model")));
    (void)putchar('\n');
}

static void list(const Args *a)
{
    const size_t n = json_array_size(a->runs);

    for (size_t k = 0; k < n; k++)
        if (a->c.json)
            aq_command_print_json(json_incref(json_array_get(a->runs, k)));
        else
            print_line(json_array_get(a->runs, k));
    if (n == 0 && !a->c.json)
        (void)puts("no runs yet");
}

/* ---- show ---- */

/* Nested settings as lines "training.lr 0.001"; lists are left to --json. */
static void print_values(json_t *o, const char *prefix)
{
    const char *key;
    json_t *v;

    json_object_foreach(o, key, v)
    {
        char name[128];
        char *text =
            aq_json_text(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));

        (void)snprintf(name, sizeof name, "%s%s", prefix, key);
        if (json_is_object(v)) {
            (void)snprintf(name, sizeof name, "%s%s.", prefix, key);
            print_values(v, name);
        } else if (json_is_array(v)) {
            (void)printf("  %-32s %zu entries (--json has them)\n", name,
                         json_array_size(v));
        } else {
            (void)printf("  %-32s %s\n", name, aq_text_shown(text ? text : ""));
        }
        aq_free(text);
    }
}

static AqErr show(const Args *a)
{
    json_t *r;
    const AqErr err = find(a, a->rest.v[1], &r);

    if (err != AQ_OK)
        return err;
    if (a->c.json) {
        aq_command_print_json(json_incref(r));
        return AQ_OK;
    }
    print_line(r);
    (void)printf("by %s\nsettings\n", text_of(r, "program"));
    print_values(json_object_get(r, "config"), "");
    (void)puts("outcome");
    print_values(json_object_get(r, "metrics"), "");
    return AQ_OK;
}

/* ---- compare ---- */

/* Puts "a.b.c": value of nested objects into `flat`. */
static void flatten(json_t *flat, json_t *o, const char *prefix)
{
    const char *key;
    json_t *v;

    json_object_foreach(o, key, v)
    {
        char name[160];

        if (json_is_array(v))
            continue;
        (void)snprintf(name, sizeof name, "%s%s%s", prefix, key,
                       json_is_object(v) ? "." : "");
        if (json_is_object(v))
            flatten(flat, v, name);
        else
            (void)json_object_set(flat, name, v);
    }
}

static void print_cell(json_t *v)
{
    char *text = v ? aq_json_text(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;

    (void)printf("  %14s", text ? text : "-");
    aq_free(text);
}

/* A line for each value of `part` in which the runs are not all alike. */
static void print_differences(json_t *picked, const char *part)
{
    const size_t n = json_array_size(picked);
    json_t *rows = json_array(), *all = json_object(), *v;
    const char *key;

    for (size_t k = 0; k < n; k++) {
        json_t *flat = json_object();

        flatten(flat, json_object_get(json_array_get(picked, k), part), "");
        (void)json_object_update(all, flat);
        (void)json_array_append_new(rows, flat);
    }
    json_object_foreach(all, key, v)
    {
        int differs = 0;

        for (size_t k = 0; k < n; k++)
            differs |= !json_equal(json_object_get(json_array_get(rows, k), key), v);
        if (!differs)
            continue;
        (void)printf("  %-32s", key);
        for (size_t k = 0; k < n; k++)
            print_cell(json_object_get(json_array_get(rows, k), key));
        (void)putchar('\n');
    }
    json_decref(all);
    json_decref(rows);
}

/* The runs that were named; without names, all trainings. Gives. */
static AqErr pick(const Args *a, json_t **out)
{
    AqErr err = AQ_OK;

    *out = json_array();
    for (int k = 1; err == AQ_OK && k < a->rest.n; k++) {
        json_t *r;

        err = find(a, a->rest.v[k], &r);
        if (err == AQ_OK)
            (void)json_array_append(*out, r);
    }
    for (size_t k = 0; a->rest.n == 1 && k < json_array_size(a->runs); k++) {
        json_t *r = json_array_get(a->runs, k);

        if (strcmp(text_of(r, "kind"), "train") == 0)
            (void)json_array_append(*out, r);
    }
    return err;
}

static AqErr compare(const Args *a)
{
    json_t *picked;
    const AqErr err = pick(a, &picked);

    if (err == AQ_OK && a->c.json) {
        aq_command_print_json(json_incref(picked));
    } else if (err == AQ_OK) {
        (void)printf("  %-32s", "run");
        for (size_t k = 0; k < json_array_size(picked); k++)
            (void)printf("  %14lld",
                         (long long)number_of(json_array_get(picked, k), "id"));
        (void)puts("\nsettings that differ");
        print_differences(picked, "config");
        (void)puts("outcome");
        print_differences(picked, "metrics");
    }
    json_decref(picked);
    return err;
}

/* ---- plot ---- */

enum { LOSS, ACCURACY, N_PANELS };
static const struct {
    const char *key, *label;
    size_t panel;
    double factor;
} lines[] = {{"loss", "training", LOSS, 1},
             {"val_loss", "answers, validation", LOSS, 1},
             {"train_accuracy", "training", ACCURACY, 100},
             {"val_accuracy", "validation", ACCURACY, 100},
             {"val_floor", "blind", ACCURACY, 100}};
enum { N_LINES = sizeof lines / sizeof *lines };

typedef struct Chart {
    AqSeries *series;
    size_t n;
    json_t *labels; /* owns the text */
    double **values;
} Chart;

static AqErr add_line(Chart *c, json_t *run, size_t which, int many)
{
    json_t *curve = json_object_get(json_object_get(run, "metrics"), "curve");
    const size_t n = json_array_size(curve);
    double *v = aq_alloc(2 * n + 1, sizeof *v);
    char label[96];

    if (!v)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        json_t *e = json_array_get(curve, k);

        v[k] = number_of(e, "epoch");
        v[n + k] = lines[which].factor * number_of(e, lines[which].key);
    }
    (void)snprintf(label, sizeof label, "%s", lines[which].label);
    if (many)
        (void)snprintf(label, sizeof label, "run %lld, %s",
                       (long long)number_of(run, "id"), lines[which].label);
    (void)json_array_append_new(c->labels, json_string(label));
    c->values[c->n] = v;
    c->series[c->n] = (AqSeries){.label = json_string_value(json_array_get(
                                     c->labels, json_array_size(c->labels) - 1)),
                                 .panel = lines[which].panel,
                                 .x = v,
                                 .y = v + n,
                                 .n = n};
    c->n++;
    return AQ_OK;
}

static AqErr draw(const Args *a, json_t *picked, Chart *c)
{
    static const char *const panels[N_PANELS] = {"loss", "right, %"};
    const size_t n = json_array_size(picked);
    char title[128];
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n; k++)
        for (size_t l = 0; err == AQ_OK && l < N_LINES; l++)
            err = add_line(c, json_array_get(picked, k), l, n > 1);
    if (a->curve)
        (void)snprintf(title, sizeof title, "%.120s", aq_fs_base(a->curve));
    else if (n == 1)
        (void)snprintf(title, sizeof title, "run %lld, %.90s",
                       (long long)number_of(json_array_get(picked, 0), "id"),
                       text_of(json_array_get(picked, 0), "model"));
    else
        (void)snprintf(title, sizeof title, "%zu runs", n);
    const AqPlot plot = {.title = title,
                         .x_label = "epoch",
                         .panels = panels,
                         .n_panels = N_PANELS,
                         .series = c->series,
                         .n_series = c->n};
    if (err == AQ_OK)
        err = aq_plot_write(&plot, a->out);
    if (err == AQ_ERR_USAGE)
        err =
            aq_fail(err, "these runs have no curve; trainings have one once they end");
    return err;
}

/* A file of what `pretrain --json` printed, an epoch a line, as if it were a run. */
static AqErr read_curve(const Args *a, json_t **picked)
{
    char *text = NULL;
    size_t n = 0;
    AqErr err = aq_fs_read(a->curve, MOST_CURVE_BYTES, &text, &n);
    json_t *curve = json_array();

    for (char *line = text, *end; err == AQ_OK && line && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = '\0', 1) : 0;
        json_t *e = json_loads(line, 0, NULL);
        if (!json_is_object(e))
            err = aq_fail(AQ_ERR_FORMAT,
                          "%s: line %zu is no JSON object; what `pretrain --json` "
                          "prints is asked for",
                          a->curve, json_array_size(curve) + 1);
        (void)json_array_append_new(curve, e);
    }
    *picked = aq_json_pack("[{s:i, s:s, s:{s:o}}]", "id", 0, "model",
                           aq_fs_base(a->curve), "metrics", "curve", curve);
    aq_free(text);
    return err;
}

static AqErr plot(const Args *a)
{
    Chart c = {0};
    json_t *picked = NULL;
    AqErr err = a->curve ? read_curve(a, &picked) : pick(a, &picked);
    const size_t most = json_array_size(picked) * N_LINES;

    c.series = aq_alloc(most, sizeof *c.series);
    c.values = aq_alloc(most, sizeof *c.values);
    c.labels = json_array();
    if (err == AQ_OK && (!c.series || !c.values || !c.labels))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = draw(a, picked, &c);
    if (err == AQ_OK && !a->c.quiet)
        (void)printf("%s: %zu lines\n", aq_text_shown(a->out), c.n);
    for (size_t k = 0; k < c.n; k++)
        aq_free(c.values[k]);
    aq_free(c.values);
    aq_free(c.series);
    json_decref(c.labels);
    json_decref(picked);
    return err;
}

/* ---- the command ---- */

static int check_out(const AqCommand *self, const Args *a)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out};

    aq_out_not(&o, a->curve);
    aq_out_not_store(&o, a->c.store);
    return aq_out_end(&o, 0);
}

static int carry_out(const AqCommand *self, Args *a)
{
    const char *what = a->rest.n > 0 ? a->rest.v[0] : "";
    AqErr err = AQ_OK;

    if (strcmp(what, "show") == 0 && a->rest.n != 2)
        return aq_command_misuse(self, "show takes the number of a run, or `last`");
    if (strcmp(what, "plot") == 0 && !a->out)
        return aq_command_misuse(self, "plot takes --out FILE.svg");
    const int may_not = check_out(self, a);
    if (may_not)
        return may_not;
    if (!a->curve)
        err = read_runs(a);
    if (err == AQ_OK && strcmp(what, "ls") == 0)
        list(a);
    else if (err == AQ_OK && strcmp(what, "show") == 0)
        err = show(a);
    else if (err == AQ_OK && strcmp(what, "compare") == 0)
        err = compare(a);
    else if (err == AQ_OK && strcmp(what, "plot") == 0)
        err = plot(a);
    else if (err == AQ_OK)
        return aq_command_misuse(self, "say one of ls, show, compare and plot");
    return aq_command_status(err);
}

static int run(const AqCommand *self, int argc, char **argv)
{
    Args a = {.runs = json_array()};
    int status;
    const AqOption table[] = {AQ_OPTION_STORE(a.c),
                              {.name = "kind",
                               .kind = AQ_OPT_TEXT,
                               .arg = "KIND",
                               .to = &a.kind,
                               .help = "only runs of that kind: ingest, train"},
                              {.name = "out",
                               .letter = 'o',
                               .kind = AQ_OPT_TEXT,
                               .arg = "FILE.svg",
                               .to = &a.out,
                               .help = "plot: where to draw"},
                              {.name = "curve",
                               .kind = AQ_OPT_TEXT,
                               .arg = "FILE",
                               .to = &a.curve,
                               .help = "plot: what `pretrain --json` printed"},
                              AQ_OPTION_JSON(a.c),
                              AQ_OPTION_QUIET(a.c),
                              {0}};

    if (aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status)) {
        status = carry_out(self, &a);
        aq_text_list_clear(&a.rest);
    }
    json_decref(a.runs);
    return status;
}

const AqCommand aq_command_runs = {
    .name = "runs",
    .summary = "what was ingested and trained: list, show, compare, plot",
    .usage = "ls | show ID | compare [ID...] | plot [ID...] --out FILE.svg",
    .about =
        "ls       a line for each run\nshow     settings and outcome of one; `last` "
        "is the last\ncompare  what differs between runs, side by side [all "
        "trainings]\nplot     loss and right answers by epoch [all trainings]",
    .run = run};
