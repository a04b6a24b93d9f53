/* Inside pretrain: what is said and kept of it. */
#ifndef AQ_PIPELINE_COMMANDS_PRETRAIN_PRETRAIN_PRIV_H
#define AQ_PIPELINE_COMMANDS_PRETRAIN_PRETRAIN_PRIV_H
#include "extract/pretrain/pretrain.h"
#include "pipeline/inputs/run_note.h"

#include <stdint.h>

typedef struct AqPretrainReport {
    const AqPretrainConfig *how;
    int json; /* a line an epoch on stdout */
    AqRunNote note;
    struct json_t *curve; /* an object for each epoch */
    AqPretrainProgress last;
    int64_t from_us;
    int expected; /* how many steps there will be has been told */
} AqPretrainReport;

/* As aq_run_note_begin_at(), in the store that `store` or the configuration names; the
 * note's files are put into it before. Takes `settings`. */
void aq_pretrain_begin_run(AqPretrainReport *r, const char *store,
                           struct json_t *settings);
/* As aq_run_note_finish(), and releases it all. */
AQ_MUST_CHECK AqErr aq_pretrain_finish_run(AqPretrainReport *r, AqErr how,
                                           const char *out);

/* `ctx` is an AqPretrainReport. */
void aq_pretrain_on_progress(void *ctx, const AqPretrainProgress *p);

#endif
