/* SPDX-License-Identifier: MIT */
/* avqa-pipe runs: the table of its verbs and nothing else. */
#include "pipeline/commands/runs/runs_priv.h"

static const AqCommand *const verbs[] = {&aq_runs_ls_command,
                                         &aq_runs_show_command,
                                         &aq_runs_compare_command,
                                         &aq_runs_plot_command,
                                         &aq_runs_export_command,
                                         &aq_runs_rm_command,
                                         NULL};

const AqCommand aq_command_runs = {
    .name = "runs",
    .summary = "what was run: list, show, compare, plot, export, remove",
    .usage = "VERB [OPTIONS]",
    .about = "Every ingest, pretrain, train and eval is a run in the store, with what "
             "it was made from.",
    .verbs = verbs};
