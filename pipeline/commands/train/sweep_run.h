/*
 * One training of a sweep: this program once more, with the words of its own command
 * line and the training's options behind them. What came of it stays in a file beside
 * its model, MODEL.json, by which it is known to be done.
 */
#ifndef AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_RUN_H
#define AQ_PIPELINE_COMMANDS_TRAIN_SWEEP_RUN_H
#include "base/err.h"

struct json_t;

typedef struct AqTrainChild {
    const char *out; /* the model */
    char **options;  /* "--lr=1e-4", ... */
    int n_options;
    int status;            /* out: its exit status */
    struct json_t *result; /* out: what `train --json` says; NULL: nothing yet */
} AqTrainChild;

/* Adds --NAME=VALUE. */
AQ_MUST_CHECK AqErr aq_train_child_option(AqTrainChild *c, const char *name,
                                          const char *value);

/* Reads what came of it earlier. AQ_ERR_NOT_FOUND: it is not done. */
AQ_MUST_CHECK AqErr aq_train_child_result(AqTrainChild *c);

/*
 * Trains it, from where an interrupted training of the same model was. While it runs,
 * `stop` is polled; it is asked to stop then, and saves. AQ_ERR_CANCELLED: it did.
 * AQ_ERR_USAGE: its options are wrong; AQ_ERR_IO: it failed; which it has told itself.
 */
AQ_MUST_CHECK AqErr aq_train_child_run(AqTrainChild *c, int (*stop)(void));
void aq_train_child_clear(AqTrainChild *c);

#endif
