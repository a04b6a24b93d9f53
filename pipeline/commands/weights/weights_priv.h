/* The verbs of avqa-pipe weights, one file for each. */
#ifndef AQ_PIPELINE_COMMANDS_WEIGHTS_WEIGHTS_PRIV_H
#define AQ_PIPELINE_COMMANDS_WEIGHTS_WEIGHTS_PRIV_H
#include "pipeline/commands/command.h"

extern const AqCommand aq_weights_fetch_command, aq_weights_import_command,
    aq_weights_ls_command, aq_weights_inspect_command, aq_weights_verify_command;

/* The rows of import and inspect. */
typedef struct AqWeightsArgs {
    AqCommon c;
    const char *name, *prefix, *vocabulary;
    int force, int8;
    AqTextList files;
} AqWeightsArgs;

extern const AqOption aq_weights_rows_files[]; /* FILE..., --prefix */

#endif
