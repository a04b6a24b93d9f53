/*
 * A file that a command writes where an option says: it is none of those that the
 * command reads, and it can be written; both are known before any work. Where it is
 * what standard output is, what is printed goes to standard error instead.
 */
#ifndef AQ_PIPELINE_COMMANDS_OUT_H
#define AQ_PIPELINE_COMMANDS_OUT_H
#include "base/fs/fs.h"
#include "pipeline/commands/command.h"

typedef struct AqOut {
    const AqCommand *self;
    const char *option, *path; /* path NULL: nothing is written */
    const char *may_be;        /* an option ("model") whose file it may be; or NULL */
    int status;                /* stays at the first that is no success; it was told */
} AqOut;

/* What the command reads; what is not there is fine. Whatever its other options and
 * words name that take files (AQ_HINT_FILE), imported weights by their names, and each
 * of "FILE,FILE": `args` is what they were set in. */
void aq_out_not_named(AqOut *o, const void *args);
void aq_out_not_options(AqOut *o, const char *text); /* a network's: pca=FILE,
                                                           map=FILE */
/* What the flag names, or where it is NULL, what is used then. */
void aq_out_not_store(AqOut *o, const char *flag);
void aq_out_not_model(AqOut *o, const char *flag);

/* Of a training: what it may replace (aq_fs_keep_begin(), or go_on() to resume). */
AQ_MUST_CHECK AqErr aq_out_keep(AqFsKept *k, const char *path, int resume);
/* Its end, and that of aq_fs_keep_begin(), told where something was kept; clears it. */
void aq_out_kept(AqFsKept *k);

/* Where a training that writes `path` keeps the state to go on from: beside it, as
 * PATH.last. Gives. To resume it has to be there: else AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_out_last(char **last, const char *path, int resume);

/* AQ_EXIT_DONE where work may begin. `again`: it is written more than once, so only an
 * ordinary file will do. */
int aq_out_end(AqOut *o, int again);

#endif
