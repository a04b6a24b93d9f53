/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs export: curves for other programs. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/runs/runs_priv.h"
#include "pipeline/exchange/events.h"
#include "pipeline/ui/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct RunsExportArgs {
    AqRunsArgs r;
    const char *csv, *tensorboard;
} RunsExportArgs;

/* Of an epoch, by the names of the curve and of TensorBoard. */
static const struct {
    const char *key, *tag;
} values[] = {{"seconds", NULL},
              {"lr", "learning rate"},
              {"loss", "loss/training"},
              {"qa", "loss/training, answers"},
              {"val_loss", "loss/validation"},
              {"train_accuracy", "right/training"},
              {"val_accuracy", "right/validation"},
              {"val_floor", "right/blind floor"}};
enum { N_VALUES = sizeof values / sizeof *values };

/* ---- CSV: a line an epoch and run; what was not measured is empty ---- */

static void put_curve_line(AqPage *p, const json_t *run, const json_t *epoch)
{
    const double step = aq_runs_number(epoch, "step");

    aq_page_put(p, "%.0f,%s,%.0f,", aq_runs_number(run, "id"),
                aq_json_member_text(run, "kind"), aq_runs_number(epoch, "epoch"));
    if (isfinite(step))
        aq_page_put(p, "%.0f", step);
    for (size_t k = 0; k < N_VALUES; k++) {
        const double v = aq_runs_number(epoch, values[k].key);

        if (isfinite(v))
            aq_page_put(p, ",%.9g", v);
        else
            aq_page_put(p, ",");
    }
    aq_page_put(p, "\r\n");
}

static AqErr write_csv(const RunsExportArgs *a, const json_t *picked)
{
    AqPage p;

    aq_page_begin(&p, a->csv);
    aq_page_put(&p, "run,kind,epoch,step");
    for (size_t k = 0; k < N_VALUES; k++)
        aq_page_put(&p, ",%s", values[k].key);
    aq_page_put(&p, "\r\n");
    for (size_t k = 0; k < json_array_size(picked); k++) {
        const json_t *run = json_array_get(picked, k), *curve = aq_runs_curve(run);

        for (size_t e = 0; e < json_array_size(curve); e++)
            put_curve_line(&p, run, json_array_get(curve, e));
    }
    return aq_page_end(&p);
}

/* ---- TensorBoard: a folder a run ---- */

static void put_epoch(AqEvents *to, double started, const json_t *epoch)
{
    const double step = aq_runs_number(epoch, "step"),
                 seconds = aq_runs_number(epoch, "seconds");
    const double at = isfinite(step) ? step : aq_runs_number(epoch, "epoch");

    for (size_t k = 0; k < N_VALUES; k++) {
        const double v = aq_runs_number(epoch, values[k].key);

        if (values[k].tag && isfinite(v))
            aq_events_scalar(to, started + (isfinite(seconds) ? seconds : 0),
                             (int64_t)at, values[k].tag, v);
    }
}

/* One name for one run, so that a second export replaces the first. */
static AqErr write_events(const RunsExportArgs *a, const json_t *run)
{
    const json_t *curve = aq_runs_curve(run);
    const double started = aq_runs_number(run, "started");
    AqEvents to;
    char *path = aq_strf("%s/run-%.0f/events.out.tfevents.%.0f.avqa-pipe",
                         a->tensorboard, aq_runs_number(run, "id"), started);
    AqErr err = path ? aq_fs_mkdirs_for(path) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        aq_events_begin(&to, path, started);
        for (size_t e = 0; e < json_array_size(curve); e++)
            put_epoch(&to, started, json_array_get(curve, e));
        err = aq_events_end(&to);
    }
    aq_free(path);
    return err;
}

/* ---- the verb ---- */

/* How many are left out, as they have no curve. */
static size_t say_without_curve(const json_t *picked)
{
    size_t n = 0;

    for (size_t k = 0; k < json_array_size(picked); k++) {
        const json_t *run = json_array_get(picked, k);

        if (aq_runs_curve(run))
            continue;
        aq_log(AQ_LOG_WARN, "run %.0f (%s, %s) has no curve and is left out",
               aq_runs_number(run, "id"), aq_json_member_text(run, "kind"),
               aq_json_member_text(run, "status"));
        n++;
    }
    return n;
}

static AqErr write_all(const RunsExportArgs *a, const json_t *picked)
{
    AqErr err = a->csv ? write_csv(a, picked) : AQ_OK;

    for (size_t k = 0; a->tensorboard && k < json_array_size(picked); k++)
        if (err == AQ_OK && aq_runs_curve(json_array_get(picked, k)))
            err = write_events(a, json_array_get(picked, k));
    return err;
}

static int export_runs(const AqCommand *self, const RunsExportArgs *a)
{
    json_t *picked = NULL;
    AqErr err = aq_runs_pick(&picked, &a->r, AQ_RUNS_CURVES);
    const size_t n = json_array_size(picked), left_out = say_without_curve(picked);

    if (err == AQ_OK && n == left_out)
        err = aq_fail(AQ_ERR_NOT_FOUND, "there is no run with a curve to export; "
                                        "trainings have one once they end");
    if (err == AQ_OK)
        err = write_all(a, picked);
    if (err == AQ_OK && !a->r.c.quiet)
        aq_log(AQ_LOG_INFO, "%s: curves of %zu runs", a->csv ? a->csv : a->tensorboard,
               n - left_out);
    json_decref(picked);
    const int status = aq_runs_status(self, err);
    return status == AQ_EXIT_DONE && left_out > 0 ? AQ_EXIT_SKIPPED : status;
}

static int check_runs_export_out(const AqCommand *self, const RunsExportArgs *a)
{
    AqOut o = {.self = self, .option = "--csv", .path = a->csv};

    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->r.c.store);
    return aq_out_end(&o, 0);
}

static int run_runs_export(const AqCommand *self, void *args)
{
    RunsExportArgs *a = args;

    if (a->csv && strcmp(a->csv, "-") == 0)
        a->csv = "/dev/stdout";
    if (!a->csv && !a->tensorboard)
        return aq_command_misuse(self, "it takes --csv FILE or --tensorboard DIR");
    const int status = check_runs_export_out(self, a);
    return status == AQ_EXIT_DONE ? export_runs(self, a) : status;
}

static const AqOption options[] = {
    AQ_ROWS(aq_runs_rows_pick),
    AQ_GROUP("What is written"),
    AQ_ROW_FILE("csv", RunsExportArgs, csv, "FILE",
                "a line for each run and epoch; - is stdout", NULL),
    AQ_ROW_FOLDER("tensorboard", RunsExportArgs, tensorboard, "DIR",
                  "event files, in a folder for each run: what `tensorboard --logdir` "
                  "takes",
                  NULL),
    AQ_ROWS(aq_rows_output_text),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe runs export --csv -", "Loss and right answers of every training."},
    {"avqa-pipe runs export 3 7 --tensorboard boards", "Two runs, for TensorBoard."},
    {0}};

const AqCommand aq_runs_export_command = {
    .name = "runs export",
    .summary = "curves as CSV or for TensorBoard",
    .usage = "[ID...] --csv FILE | --tensorboard DIR [OPTIONS]",
    .about = "Writes loss and right answers by epoch. Without numbers, all trainings, "
             "or all of --kind.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(RunsExportArgs, r.c),
    .run = run_runs_export};
