/*
 * Runs: one row for each ingest, training or evaluation: when, with which settings, and
 * with what result. A run whose process died stays "running"; a reader finds out
 * whether it is alive (settings' "about", pipeline/inputs/run_note.h) and writes
 * nothing.
 */
#ifndef AQ_STORE_RUNS_H
#define AQ_STORE_RUNS_H
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

typedef enum AqRunStatus {
    AQ_RUN_RUNNING,
    AQ_RUN_DONE,
    AQ_RUN_FAILED,
    AQ_RUN_INTERRUPTED
} AqRunStatus;
const char *aq_run_status_name(AqRunStatus status); /* "running", "done", ... */

typedef struct AqRun {
    int64_t id;
    const char *kind; /* "ingest", "pretrain", "train", "eval" */
    AqRunStatus status;
    int64_t started_s, finished_s; /* Unix time; finished_s 0 while running */
    const char *program;           /* program version */
    const char *config, *metrics;  /* JSON objects */
    const char *model_path;        /* "" if there is none */
} AqRun;

/* `config` is JSON text, NULL for "{}"; AQ_ERR_USAGE if it is not valid JSON. */
AQ_MUST_CHECK AqErr aq_store_begin_run(AqStore *s, const char *kind,
                                       const char *program, const char *config,
                                       int64_t *id);
/* `status` is any but RUNNING; `metrics` is like `config`; `model_path` may be NULL. */
AQ_MUST_CHECK AqErr aq_store_finish_run(AqStore *s, int64_t id, AqRunStatus status,
                                        const char *metrics, const char *model_path);
/* What a run has come to so far, in place of what it was before; `metrics` is like
 * `config`. AQ_ERR_NOT_FOUND if it is not under way. */
AQ_MUST_CHECK AqErr aq_store_note_run(AqStore *s, int64_t id, const char *metrics);
/* Oldest first. `fn` borrows the run; otherwise as aq_store_each_video(). */
typedef AqErr (*AqRunFn)(void *arg, const AqRun *run);
AQ_MUST_CHECK AqErr aq_store_each_run(AqStore *s, AqRunFn fn, void *arg);

/* Removes the run, whatever its state; AQ_ERR_NOT_FOUND if there is none. The number of
 * the last run may be used again for the next. */
AQ_MUST_CHECK AqErr aq_store_remove_run(AqStore *s, int64_t id);

#endif
