/*
 * Options by name. One table says of each field of a configuration what it is called,
 * what it may be and what it does; from the table come the setter for the command line,
 * the help text and the JSON that is kept in the model file, so a new option is one
 * line. Names are written with '_' in the table and in JSON; the setter takes '-' too.
 */
#ifndef AQ_MODEL_ANSWER_CONFIG_TABLE_H
#define AQ_MODEL_ANSWER_CONFIG_TABLE_H
#include "base/err.h"

#include <stddef.h>
#include <stdio.h>

typedef enum AqConfigType {
    AQ_CONFIG_INT,  /* int field */
    AQ_CONFIG_SEED, /* uint64_t field */
    AQ_CONFIG_REAL, /* double field */
    AQ_CONFIG_FLAG  /* int field, 0 or 1; written on/off, yes/no, true/false, 1/0 */
} AqConfigType;

typedef struct AqConfigOption {
    const char *name; /* "max_words" */
    AqConfigType type;
    size_t offset;      /* of the field in the configuration */
    double least, most; /* both allowed; not for flags and seeds */
    const char *help;   /* half a sentence, without the default */
} AqConfigOption;

typedef struct AqConfigTable {
    const char *what; /* "model" or "training", for messages */
    const AqConfigOption *options;
    size_t n;
} AqConfigTable;

/* The option of that name, '-' and '_' being one; NULL if there is none. */
const AqConfigOption *aq_config_find(const AqConfigTable *t, const char *name);

/* AQ_ERR_NOT_FOUND: no option of that name. AQ_ERR_USAGE: not a value it can have. */
AQ_MUST_CHECK AqErr aq_config_set(const AqConfigTable *t, void *config,
                                  const char *name, const char *value);

/* The option's value in `config` as text ("256", "on", "0.0001"); returns text. */
char *aq_config_get(const AqConfigOption *o, const void *config, char *text,
                    size_t bytes);

/* One line an option, "  --max-words N   help   [24]", values taken from `config`. */
void aq_config_help(const AqConfigTable *t, const void *config, FILE *to);

/* {"dim": 512, ...}. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_config_to_json(const AqConfigTable *t, const void *config,
                                      char **out);

/* Sets what the JSON object names and leaves the rest; names that are not in the table
 * are AQ_ERR_MISMATCH (a newer program's file), values out of range AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_config_from_json(const AqConfigTable *t, void *config,
                                        const char *json);

#endif
