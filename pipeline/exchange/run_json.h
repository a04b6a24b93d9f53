/* A run of the store as JSON: what `runs ls --json` prints, and the server gives. */
#ifndef AQ_PIPELINE_EXCHANGE_RUN_JSON_H
#define AQ_PIPELINE_EXCHANGE_RUN_JSON_H
#include "store/runs.h"

struct json_t;

/* {id, kind, status, started, finished, program, model, about, config, metrics}; the
 * status is "died" where the store says that it is under way, and its process is gone.
 * Gives; NULL when out of memory. */
struct json_t *aq_run_json(const AqRun *r);

#endif
