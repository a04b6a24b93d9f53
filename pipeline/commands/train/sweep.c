/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/train/sweep.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/train/sweep_plan.h"
#include "pipeline/commands/train/sweep_run.h"
#include "pipeline/ingest/shard.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/launch.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MODEL_ENDING ".safetensors"

int aq_train_is_sweep(const AqTrainArgs *a)
{
    return (a->seeds && *a->seeds) || (a->grid && *a->grid);
}

/* A cell's trainings, of one seed each. */
typedef struct SweepCell {
    int n;
    double sum, squares; /* of what was right on validation */
    double best;
    char *best_model;
} SweepCell;

typedef struct Sweep {
    const AqTrainArgs *a;
    AqSweepPlan plan;
    AqShard shard;
    char *out; /* of one training, without its ending */
    SweepCell *cell;
    int n_runs, n_done, n_failed, n_gaps;
} Sweep;

/* ---- one training ---- */

/* OUT-lr=1e-4-seed=2.safetensors; what a file's name cannot have becomes '_'. */
static char *model_of_run(const Sweep *s, int cell, const char *seed)
{
    char *axes = aq_sweep_cell_text(&s->plan, cell, "-");

    if (!axes)
        return NULL;
    for (char *c = axes; *c; c++)
        if (*c == '/')
            *c = '_';
    char *path = aq_strf("%s%s%s%s%s" MODEL_ENDING, s->out, *axes ? "-" : "", axes,
                         seed ? "-seed=" : "", seed ? seed : "");
    aq_free(axes);
    return path;
}

/* What came of it into the cell's sums. */
static void count_run(Sweep *s, int cell, const char *model, const json_t *result)
{
    SweepCell *c = &s->cell[cell];
    const json_t *right = json_object_get(result, "val_accuracy");
    const double x = json_number_value(right);

    if (!json_is_number(right))
        return;
    if (c->n == 0 || x > c->best) {
        aq_free(c->best_model);
        c->best_model = aq_strdup(model);
        c->best = x;
    }
    c->n++;
    c->sum += x;
    c->squares += x * x;
}

static void announce_run(const Sweep *s, int number, int cell, const char *seed,
                         const char *model)
{
    char *axes = aq_sweep_cell_text(&s->plan, cell, " ");

    aq_log(AQ_LOG_INFO, "training %d of %d: %s%s%s%s: %s", number, s->n_runs,
           axes ? axes : "", axes && *axes && seed ? " " : "", seed ? "seed=" : "",
           seed ? seed : "", aq_text_shown(model));
    aq_free(axes);
}

static AqErr add_run_options(AqTrainChild *child, const Sweep *s, int cell,
                             const char *seed)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < s->plan.n_axes; k++)
        err = aq_train_child_option(child, s->plan.axis[k].name,
                                    aq_sweep_value(&s->plan, cell, k));
    if (err == AQ_OK && seed)
        err = aq_train_child_option(child, "seed", seed);
    return err;
}

/* Trains it unless that is done. A training that fails is told by itself. */
static AqErr run_one(Sweep *s, int number, int cell, const char *seed)
{
    char *model = model_of_run(s, cell, seed);
    AqTrainChild child = {.out = model};
    AqErr err = model ? aq_train_child_result(&child) : AQ_ERR_NOMEM;

    if (err == AQ_ERR_NOT_FOUND) {
        announce_run(s, number, cell, seed, model);
        err = add_run_options(&child, s, cell, seed);
        if (err == AQ_OK)
            err = aq_train_child_run(&child, aq_interrupted);
        s->n_gaps += child.status == AQ_EXIT_SKIPPED;
    }
    if (err == AQ_OK) {
        s->n_done++;
        count_run(s, cell, model, child.result);
        if (s->a->c.json)
            aq_command_print_json(json_incref(child.result));
    } else if (err != AQ_ERR_CANCELLED && err != AQ_ERR_USAGE && err != AQ_ERR_NOMEM) {
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        s->n_failed++;
        err = AQ_OK;
    }
    aq_train_child_clear(&child);
    aq_free(model);
    return err;
}

/* All of this part, seed by seed, so that every cell has the first ones first. */
static AqErr run_part(Sweep *s)
{
    const int n_seeds = s->plan.n_seeds ? s->plan.n_seeds : 1;
    AqErr err = AQ_OK;

    s->n_runs = s->plan.n_cells * n_seeds;
    for (int k = 0; err == AQ_OK && k < s->n_runs; k++) {
        const char *seed = s->plan.n_seeds ? s->plan.seed[k / s->plan.n_cells] : NULL;

        if (k % s->shard.count != s->shard.index)
            continue;
        err = run_one(s, k + 1, k % s->plan.n_cells, seed);
    }
    return err;
}

/* ---- what came of them ---- */

/* Of the mean; the deviation is that of a sample. */
static double cell_deviation(const SweepCell *c)
{
    const double mean = c->sum / c->n;
    const double variance =
        c->n > 1 ? (c->squares - c->n * mean * mean) / (c->n - 1) : 0;

    return variance > 0 ? sqrt(variance) : 0;
}

static void print_sweep_cell(const Sweep *s, int cell)
{
    const SweepCell *c = &s->cell[cell];
    char *axes = aq_sweep_cell_text(&s->plan, cell, " ");
    const double mean = c->n ? c->sum / c->n : 0,
                 deviation = c->n ? cell_deviation(c) : 0;

    if (c->n == 0)
        ; /* of another part, or failed */
    else if (s->a->c.json)
        aq_command_print_json(
            aq_json_pack("{s:s, s:i, s:f, s:f, s:s?}", "options", axes ? axes : "",
                         "trainings", c->n, "val_accuracy_mean", mean,
                         "val_accuracy_deviation", deviation, "best", c->best_model));
    else
        (void)printf("%s%s%d training%s, validation %.1f ± %.1f %%, best %.1f %%: %s\n",
                     axes ? axes : "", axes && *axes ? ": " : "", c->n,
                     c->n == 1 ? "" : "s", 100 * mean, 100 * deviation, 100 * c->best,
                     c->best_model ? aq_text_shown(c->best_model) : "");
    aq_free(axes);
}

/* ---- the whole ---- */

static AqErr prepare_sweep(Sweep *s, const AqCommand *self)
{
    const AqTrainArgs *a = s->a;
    char *out = NULL;
    AqErr err = aq_sweep_plan(&s->plan, self, a->seeds, a->grid);

    if (err == AQ_OK && a->resume)
        err = aq_fail(AQ_ERR_USAGE, "--seeds and --grid go on with what is begun "
                                    "anyway: leave out --resume");
    if (err == AQ_OK && aq_launch().n > 1)
        err = aq_fail(AQ_ERR_USAGE, "--seeds and --grid are not for several processes "
                                    "together: give each a part with --shard I/N");
    if (err == AQ_OK)
        err = a->shard ? aq_shard_parse(&s->shard, a->shard)
                       : aq_shard_from_env(&s->shard);
    if (err == AQ_OK)
        err = aq_config_model(a->out, &out);
    if (err == AQ_OK) {
        const size_t n = strlen(out), end = sizeof MODEL_ENDING - 1;
        const int ends = n > end && strcmp(out + n - end, MODEL_ENDING) == 0;

        s->out = aq_strf("%.*s", (int)(ends ? n - end : n), out);
        s->cell = aq_alloc((size_t)s->plan.n_cells, sizeof *s->cell);
        err = s->out && s->cell ? AQ_OK : AQ_ERR_NOMEM;
    }
    aq_free(out);
    return err;
}

static void clear_sweep(Sweep *s)
{
    for (int k = 0; s->cell && k < s->plan.n_cells; k++)
        aq_free(s->cell[k].best_model);
    aq_free(s->cell);
    aq_free(s->out);
    aq_sweep_plan_clear(&s->plan);
}

int aq_train_sweep(const AqCommand *self, const AqTrainArgs *a)
{
    Sweep s = {.a = a};
    int status;
    AqErr err = prepare_sweep(&s, self);

    if (err == AQ_ERR_USAGE)
        status = aq_command_misuse(self, "%s", aq_err_text());
    else {
        if (err == AQ_OK)
            err = run_part(&s);
        for (int k = 0; err == AQ_OK && k < s.plan.n_cells; k++)
            print_sweep_cell(&s, k);
        status = err == AQ_ERR_USAGE       ? AQ_EXIT_MISUSE /* it was told */
                 : err != AQ_OK            ? aq_command_status(err)
                 : s.n_failed && !s.n_done ? AQ_EXIT_FAILED
                 : s.n_failed || s.n_gaps  ? AQ_EXIT_SKIPPED
                                           : AQ_EXIT_DONE;
    }
    clear_sweep(&s);
    return status;
}
