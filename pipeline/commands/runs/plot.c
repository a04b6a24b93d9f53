/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs plot: curves of trainings; a colour a run, a dash a kind. */
#include "pipeline/ui/plot.h"
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/runs/runs_priv.h"

#include <stdio.h>
#include <string.h>

#define MOST_CURVE_BYTES ((size_t)16 << 20)

typedef struct RunsPlotArgs {
    AqRunsArgs r;
    const char *out;
    const char *curve; /* a file instead of the store's runs */
} RunsPlotArgs;

enum { LOSS, ACCURACY, N_PANELS };
static const char *const panels[N_PANELS] = {"loss", "right, %"};
static const char *const dashes[AQ_N_DASHES] = {[AQ_DASH_SOLID] = "validation",
                                                [AQ_DASH_DASHED] = "training",
                                                [AQ_DASH_DOTTED] = "blind floor"};

/* Validation is drawn last, over the others. */
static const struct {
    const char *key;
    size_t panel;
    AqDash dash;
    double factor;
} lines[] = {{"val_floor", ACCURACY, AQ_DASH_DOTTED, 100},
             {"loss", LOSS, AQ_DASH_DASHED, 1},
             {"train_accuracy", ACCURACY, AQ_DASH_DASHED, 100},
             {"val_loss", LOSS, AQ_DASH_SOLID, 1},
             {"val_accuracy", ACCURACY, AQ_DASH_SOLID, 100}};
enum { N_LINES = sizeof lines / sizeof *lines };

typedef struct Chart {
    AqSeries *series;
    size_t n;
    double **values; /* (n) */
    char **owners;   /* (n_runs) */
    size_t n_owners;
} Chart;

static AqErr add_plot_line(Chart *c, const json_t *run, size_t owner, size_t which)
{
    const json_t *curve = aq_runs_curve(run);
    const size_t n = json_array_size(curve);
    double *v = aq_alloc(2 * n + 1, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < n; k++) {
        const json_t *e = json_array_get(curve, k);

        v[k] = aq_runs_number(e, "epoch");
        v[n + k] = lines[which].factor * aq_runs_number(e, lines[which].key);
    }
    c->values[c->n] = v;
    c->series[c->n++] = (AqSeries){.panel = lines[which].panel,
                                   .owner = owner,
                                   .dash = lines[which].dash,
                                   .x = v,
                                   .y = v + n,
                                   .n = n};
    return AQ_OK;
}

static AqErr add_owner(Chart *c, const json_t *run)
{
    char *model = aq_fs_stem(aq_json_member_text(run, "model"));
    char *name = model ? aq_strf("run %.0f%s%s", aq_runs_number(run, "id"),
                                 *model ? ", " : "", model)
                       : NULL;

    aq_free(model);
    if (!name)
        return AQ_ERR_NOMEM;
    c->owners[c->n_owners++] = name;
    return AQ_OK;
}

static AqErr add_chart_series(Chart *c, const json_t *picked)
{
    const size_t n = json_array_size(picked);
    AqErr err = AQ_OK;

    c->series = aq_alloc(n * N_LINES + 1, sizeof *c->series);
    c->values = aq_alloc(n * N_LINES + 1, sizeof *c->values);
    c->owners = aq_alloc(n + 1, sizeof *c->owners);
    if (!c->series || !c->values || !c->owners)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        err = add_owner(c, json_array_get(picked, k));
    for (size_t l = 0; l < N_LINES; l++)
        for (size_t k = 0; err == AQ_OK && k < n; k++)
            err = add_plot_line(c, json_array_get(picked, k), k, l);
    return err;
}

static void clear_chart(Chart *c)
{
    for (size_t k = 0; k < c->n; k++)
        aq_free(c->values[k]);
    for (size_t k = 0; k < c->n_owners; k++)
        aq_free(c->owners[k]);
    aq_free(c->values);
    aq_free(c->owners);
    aq_free(c->series);
}

static AqErr draw_chart(const RunsPlotArgs *a, const Chart *c)
{
    char title[128];

    (void)snprintf(title, sizeof title, "%zu runs", c->n_owners);
    if (a->curve || c->n_owners == 1)
        (void)snprintf(title, sizeof title, "%.120s",
                       a->curve ? aq_fs_base(a->curve) : c->owners[0]);
    const AqPlot plot = {.title = title,
                         .x_label = "epoch",
                         .panels = panels,
                         .n_panels = N_PANELS,
                         .owners = (const char *const *)c->owners,
                         .n_owners = c->n_owners,
                         .dashes = dashes,
                         .series = c->series,
                         .n_series = c->n};
    const AqErr err = aq_plot_write(&plot, a->out);
    return err == AQ_ERR_USAGE
               ? aq_fail(AQ_ERR_NOT_FOUND, "these runs have no curve; trainings have "
                                           "one once they end")
               : err;
}

/* A file of what `pretrain --json` printed, an epoch a line, as if it were a run. */
static AqErr read_curve(json_t **picked, const char *path)
{
    char *text = NULL;
    size_t n = 0;
    AqErr err = aq_fs_read(path, MOST_CURVE_BYTES, &text, &n);
    json_t *curve = json_array();

    for (char *line = text, *end; err == AQ_OK && line && *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end ? (*end = '\0', 1) : 0;
        json_t *e = json_loads(line, 0, NULL);
        if (!json_is_object(e))
            err = aq_fail(AQ_ERR_FORMAT,
                          "%s: line %zu is no JSON object; what `pretrain --json` "
                          "prints is asked for",
                          path, json_array_size(curve) + 1);
        (void)json_array_append_new(curve, e);
    }
    *picked = json_pack("[{s:i, s:{s:o}}]", "id", 0, "metrics", "curve", curve);
    aq_free(text);
    return err;
}

static AqErr plot_runs(const RunsPlotArgs *a)
{
    Chart c = {0};
    json_t *picked = NULL;
    AqErr err = a->curve ? read_curve(&picked, a->curve)
                         : aq_runs_pick(&picked, &a->r, AQ_RUNS_CURVES);

    if (err == AQ_OK)
        err = add_chart_series(&c, picked);
    if (err == AQ_OK)
        err = draw_chart(a, &c);
    if (err == AQ_OK && !a->r.c.quiet)
        (void)printf("%s: %zu runs\n", aq_text_shown(a->out), c.n_owners);
    clear_chart(&c);
    json_decref(picked);
    return err;
}

static int check_runs_plot_out(const AqCommand *self, const RunsPlotArgs *a)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out};

    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->r.c.store);
    return aq_out_end(&o, 0);
}

static int run_runs_plot(const AqCommand *self, void *args)
{
    const RunsPlotArgs *a = args;

    if (!a->out)
        return aq_command_misuse(self, "it takes --out FILE.svg");
    const int status = check_runs_plot_out(self, a);
    return status == AQ_EXIT_DONE ? aq_runs_status(self, plot_runs(a)) : status;
}

static const AqOption options[] = {
    AQ_ROWS(aq_runs_rows_pick),
    AQ_GROUP("What is drawn"),
    AQ_ROW_OUT(RunsPlotArgs, out, "FILE.svg", "where to draw", NULL),
    AQ_ROW_FILE("curve", RunsPlotArgs, curve, "FILE",
                "instead of runs, what `pretrain --json` printed", NULL),
    AQ_ROWS(aq_rows_output_text),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe runs plot --out curves.svg", "All trainings."},
    {"avqa-pipe runs plot 3 7 --out two.svg", "Two of them."},
    {0}};

const AqCommand aq_runs_plot_command = {
    .name = "runs plot",
    .summary = "loss and right answers by epoch, as SVG",
    .usage = "[ID...] --out FILE.svg [OPTIONS]",
    .about =
        "A colour for each run; validation is a solid line, training a dashed one, and "
        "dotted is what the most frequent answers score without the video. Without "
        "numbers, all trainings, or all of --kind.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(RunsPlotArgs, r.c),
    .run = run_runs_plot};
