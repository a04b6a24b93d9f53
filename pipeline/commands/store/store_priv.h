/* The verbs of avqa-pipe store, one file for each or for a few that belong together. */
#ifndef AQ_PIPELINE_COMMANDS_STORE_STORE_PRIV_H
#define AQ_PIPELINE_COMMANDS_STORE_STORE_PRIV_H
#include "pipeline/commands/command.h"

extern const AqCommand aq_store_info_command, aq_store_ls_command,
    aq_store_failures_command, aq_store_verify_command, aq_store_merge_command,
    aq_store_gc_command, aq_store_export_command, aq_store_import_command;

#endif
