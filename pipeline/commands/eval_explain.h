/* What `eval --explanations` adds: whether what ask shows says anything. */
#ifndef AQ_PIPELINE_COMMANDS_EVAL_EXPLAIN_H
#define AQ_PIPELINE_COMMANDS_EVAL_EXPLAIN_H
#include "model/explain/shown.h"

struct json_t;

void aq_eval_explain_print(const AqShown *y);
struct json_t *aq_eval_explain_json(const AqShown *y); /* gives a reference */

#endif
