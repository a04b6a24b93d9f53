/* A configuration that options describe, as a JSON object: {"max_words": 24, ...}.
 * Names are written with '_'. Tables of numbers, switches, seeds and choices alone. */
#ifndef AQ_BASE_OPTIONS_OPTION_JSON_H
#define AQ_BASE_OPTIONS_OPTION_JSON_H
#include "base/options/option.h"

/* The option's name in JSON. Returns `key`. */
char *aq_option_key(const AqOption *o, char *key, size_t bytes);

/* Gives; aq_free(). `what` ("model", "training") is for the sentences. */
AQ_MUST_CHECK AqErr aq_options_to_json(const AqOption *table, const char *what,
                                       const void *config, char **out);

/* Sets what the JSON object names and leaves the rest; names that are not in the table
 * are AQ_ERR_MISMATCH (a newer program's file), values out of range AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_options_from_json(const AqOption *table, const char *what,
                                         void *config, const char *json);

#endif
