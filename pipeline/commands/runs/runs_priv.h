/* The verbs of avqa-pipe runs, and the store's runs as they take them: objects of
 *
 *   {"id", "kind", "status", "started", "finished", "program", "model",
 *    "about": {...} (pipeline/inputs/run_note.h), "config": {...}, "metrics": {...}}
 *
 * "status" is what the store says, or "died" where a run is under way by that and its
 * process is gone. */
#ifndef AQ_PIPELINE_COMMANDS_RUNS_RUNS_PRIV_H
#define AQ_PIPELINE_COMMANDS_RUNS_RUNS_PRIV_H
#include "pipeline/commands/command.h"

#include <jansson.h>

extern const AqCommand aq_runs_ls_command, aq_runs_show_command,
    aq_runs_compare_command, aq_runs_plot_command, aq_runs_export_command,
    aq_runs_rm_command;

/* Options that the verbs have, and what is read by them. */
typedef struct AqRunsArgs {
    AqCommon c;
    const char *kind;
    AqTextList names; /* of runs: numbers, or "last" */
} AqRunsArgs;

/* --kind; ID... and --kind; --store */
extern const AqOption aq_runs_rows_kind[], aq_runs_rows_pick[], aq_runs_rows_ids[];

/* All, or those of the kind, oldest first. Gives. */
AQ_MUST_CHECK AqErr aq_runs_read(json_t **out, const AqRunsArgs *a);

/* Which are meant where none is named. */
typedef enum AqRunsDefault {
    AQ_RUNS_NONE,
    AQ_RUNS_LAST_FIVE, /* of the trainings; of --kind; of what was run last */
    AQ_RUNS_CURVES     /* all trainings, or all of --kind, that have a curve */
} AqRunsDefault;

/* Those that a->names mean, in that order. AQ_ERR_USAGE for what is no number,
 * AQ_ERR_NOT_FOUND for one that is not there. Gives. */
AQ_MUST_CHECK AqErr aq_runs_pick(json_t **out, const AqRunsArgs *a,
                                 AqRunsDefault otherwise);

/* The exit status of a verb; what was misused is told as such. */
int aq_runs_status(const AqCommand *self, AqErr err);

double aq_runs_number(const json_t *run, const char *key); /* NAN for none */
const json_t *aq_runs_curve(const json_t *run);            /* NULL: it has none */
/* May it still be under way? Not where it is known to have died. */
int aq_runs_may_live(const json_t *run);
/* "done", "died", "running (on host X)"; in `text` where it needs it. */
const char *aq_runs_status_text(const json_t *run, char text[300]);

/* Puts "a.b.c": value of nested objects into `flat`; of lists, "a.1.c" where they are
 * short lists of objects (files), and nothing else. */
void aq_runs_flatten(json_t *flat, const json_t *o, const char *prefix);
/* Of a command line: "--lr": "0.001", and words without an option under "words". */
void aq_runs_options(json_t *flat, const json_t *arguments);

#endif
