/*
 * A command's run as the store keeps it, so that it can be trusted later: what was
 * asked, which program ran where, what it read, and what came of it. What it was made
 * from is an object "about" in the run's settings:
 *
 *   {"arguments": [WORD...], "version": "0.1.0", "commit", "host",
 *    "process" (base/process.h), "store": PATH,
 *    "dataset": NAME (of the store),
 *    "features": {"audio": {...}, "visual": {...}} (aq_toolset_json()), and under
 *    names of the command's own {"file": PATH, "sha256": DIGEST} or lists of these}
 *
 * What a command has not, or cannot be told, is not there.
 *
 * Like a query, a note keeps its first error, and begin says it.
 */
#ifndef AQ_PIPELINE_INPUTS_RUN_NOTE_H
#define AQ_PIPELINE_INPUTS_RUN_NOTE_H
#include "base/options/option.h"
#include "store/runs.h"

struct json_t;

typedef struct AqRunNote {
    const char *kind; /* "train", ... */
    struct json_t *about;
    AqStore *store; /* where it is kept; NULL: nowhere */
    AqStore *own;   /* the same, opened for this alone; NULL: it is the command's */
    int64_t id;     /* once it has begun */
    AqErr err;
} AqRunNote;

/* The command line, the program, the machine and the process. aq_run_note_clear() at
 * the end, also of one that never began. */
void aq_run_note_init(AqRunNote *n, const char *kind);
void aq_run_note_clear(AqRunNote *n);

/* What was read, with digests; what is no regular file has none. NULL and empty lists
 * leave nothing. */
void aq_run_note_file(AqRunNote *n, const char *key, const char *path);
void aq_run_note_files(AqRunNote *n, const char *key, const AqTextList *paths);
/* {"file", "sha256"} of a file that was written. Gives. */
struct json_t *aq_run_note_file_of(const char *path);
/* The data set that `s` is of. */
void aq_run_note_dataset(AqRunNote *n, const AqStore *s);
/* What made the features, (AQ_N_MODALITIES). */
void aq_run_note_makes(AqRunNote *n, const AqProvenance *p);

/* The run begins. Takes `settings` (jansson's; NULL for none), whatever comes of it.
 * Borrows the command's store, until it is over. */
AQ_MUST_CHECK AqErr aq_run_note_begin(AqRunNote *n, AqStore *store,
                                      struct json_t *settings);

/* The same for a command that needs no store to write to: opens it for the note. Where
 * that cannot be, it says so, and nothing is kept. */
void aq_run_note_begin_at(AqRunNote *n, const char *path, AqStoreMode mode,
                          struct json_t *settings);

/* It is over: done, interrupted (AQ_ERR_CANCELLED) or failed, by `how`, which is given
 * back with its sentence; where it is AQ_OK, the fault of keeping it in the command's
 * store. Borrows the rest; `metrics` and `model` may be NULL. */
AQ_MUST_CHECK AqErr aq_run_note_finish(AqRunNote *n, AqErr how,
                                       const struct json_t *metrics, const char *model);

#endif
