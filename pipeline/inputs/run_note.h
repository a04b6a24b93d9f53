/*
 * The store's record of a command's run, so that its results can be trusted later: what
 * was asked, which program ran where, what it read, and the outcome. What it was made
 * from is an object "about" in the run's settings:
 *
 *   {"arguments": [WORD...], "version": "0.1.0", "commit", "host",
 *    "process" (base/process.h), "store": PATH,
 *    "dataset": NAME (of the store),
 *    "features": {"audio": {...}, "visual": {...}} (aq_wants_json()), and under
 *    names of the command's own {"file": PATH, "sha256": DIGEST} or lists of these}
 *
 * Entries that do not apply, or cannot be determined, are left out.
 *
 * A note keeps its first error, which begin returns.
 */
#ifndef AQ_PIPELINE_INPUTS_RUN_NOTE_H
#define AQ_PIPELINE_INPUTS_RUN_NOTE_H
#include "base/options/option.h"
#include "store/runs.h"

struct json_t;

typedef struct AqRunNote {
    const char *kind; /* "train", ... */
    struct json_t *about;
    AqStore *store; /* where it is recorded; NULL: nowhere */
    AqStore *own;   /* the same if opened for the note only; NULL: the command's */
    int64_t id;     /* valid once it has begun */
    AqErr err;
} AqRunNote;

/* Notes the command line, the program, the machine and the process. Call
 * aq_run_note_clear() at the end, even if the run never began. */
void aq_run_note_init(AqRunNote *n, const char *kind);
void aq_run_note_clear(AqRunNote *n);

/* Note files that were read, with digests (regular files only). NULL and empty lists
 * add nothing. */
void aq_run_note_file(AqRunNote *n, const char *key, const char *path);
void aq_run_note_files(AqRunNote *n, const char *key, const AqTextList *paths);
/* {"file", "sha256"} for a file that was written. Gives. */
struct json_t *aq_run_note_file_of(const char *path);
/* Notes the data set that `s` uses. */
void aq_run_note_dataset(AqRunNote *n, const AqStore *s);
/* Notes what made the features: p (n_makes), those of sound first. */
void aq_run_note_makes(AqRunNote *n, const AqProvenance *p, int n_makes);

/* Records the start of the run. Takes `settings` (jansson's; NULL for none) even on
 * failure. Borrows the command's store until the run has finished. */
AQ_MUST_CHECK AqErr aq_run_note_begin(AqRunNote *n, AqStore *store,
                                      struct json_t *settings);

/* The same for a command that does not write to a store: opens one for the note. If
 * that fails, logs why and records nothing. */
void aq_run_note_begin_at(AqRunNote *n, const char *path, AqStoreMode mode,
                          struct json_t *settings);

/* Records what the run has come to so far; borrows it. A failure is no fault of the
 * run: it is logged for those who look into it, and the end is recorded all the same.
 */
void aq_run_note_progress(const AqRunNote *n, const struct json_t *metrics);

/* Records the end of the run: done, interrupted (AQ_ERR_CANCELLED) or failed, by `how`.
 * Returns `how` with its message or, if it is AQ_OK, any error of recording in the
 * command's store. Borrows the rest; `metrics` and `model` may be NULL. */
AQ_MUST_CHECK AqErr aq_run_note_finish(AqRunNote *n, AqErr how,
                                       const struct json_t *metrics, const char *model);

#endif
