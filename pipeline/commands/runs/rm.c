/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs rm. */
#include "base/text/json.h"
#include "pipeline/commands/runs/runs_priv.h"
#include "store/runs.h"

#include <stdio.h>

typedef struct RunsRmArgs {
    AqRunsArgs r;
    int force;
} RunsRmArgs;

/* Nothing is removed where one of those named must stay. */
static AqErr check_runs_removable(const json_t *picked, int force)
{
    for (size_t k = 0; !force && k < json_array_size(picked); k++) {
        const json_t *r = json_array_get(picked, k);
        char status[300];

        if (aq_runs_may_live(r))
            return aq_fail(AQ_ERR_STORE,
                           "run %.0f is %s, so nothing was removed: wait for its end, "
                           "or remove it all the same with --force",
                           aq_runs_number(r, "id"), aq_runs_status_text(r, status));
    }
    return AQ_OK;
}

static AqErr remove_picked_runs(const RunsRmArgs *a, AqStore *s, const json_t *picked)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < json_array_size(picked); k++) {
        const long long id = (long long)aq_runs_number(json_array_get(picked, k), "id");

        err = aq_store_remove_run(s, id);
        if (err == AQ_OK && a->r.c.json)
            aq_command_print_json(aq_json_pack("{s:I}", "removed", (json_int_t)id));
        else if (err == AQ_OK)
            (void)printf("run %lld is removed\n", id);
    }
    return err;
}

static AqErr remove_runs(const RunsRmArgs *a)
{
    json_t *picked = NULL;
    AqStore *s = NULL;
    AqErr err = aq_runs_pick(&picked, &a->r, AQ_RUNS_NONE);

    if (err == AQ_OK)
        err = check_runs_removable(picked, a->force);
    if (err == AQ_OK)
        err = aq_command_open_store(&s, a->r.c.store, AQ_STORE_WRITE);
    if (err == AQ_OK)
        err = remove_picked_runs(a, s, picked);
    aq_store_close(&s);
    json_decref(picked);
    return err;
}

static int run_runs_rm(const AqCommand *self, void *args)
{
    const RunsRmArgs *a = args;

    if (a->r.names.n == 0)
        return aq_command_misuse(self, "it takes the numbers of runs");
    return aq_runs_status(self, remove_runs(a));
}

static const AqOption options[] = {
    AQ_GROUP("Which runs"),
    AQ_ROWS(aq_runs_rows_ids),
    AQ_ROWS(aq_rows_store),
    AQ_ROW_FLAG("force", RunsRmArgs, force, "also what may still be under way"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {{"avqa-pipe runs rm 3 4", "Forgets two runs."}, {0}};

const AqCommand aq_runs_rm_command = {
    .name = "runs rm",
    .summary = "removes runs from the store",
    .usage = "ID... [OPTIONS]",
    .about = "Forgets runs; models and other files that they wrote stay. It does not "
             "ask. A run that is under way is refused, and so is one that another "
             "machine began and may still have.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(RunsRmArgs, r.c),
    .run = run_runs_rm};
