/* SPDX-License-Identifier: MIT */
/* avqa-pipe store: the table of its verbs and nothing else. */
#include "pipeline/commands/store/store_priv.h"

static const AqCommand *const verbs[] = {
    &aq_store_info_command,   &aq_store_ls_command,     &aq_store_failures_command,
    &aq_store_verify_command, &aq_store_merge_command,  &aq_store_gc_command,
    &aq_store_export_command, &aq_store_import_command, NULL};

const AqCommand aq_command_store = {
    .name = "store",
    .summary = "what the store holds; whether it is sound; files out and in",
    .usage = "VERB [OPTIONS]",
    .about = "The feature store.",
    .verbs = verbs};
