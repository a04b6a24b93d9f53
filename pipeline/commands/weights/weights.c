/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights: the table of its verbs and nothing else. */
#include "pipeline/commands/weights/weights_priv.h"

static const AqCommand *const verbs[] = {
    &aq_weights_import_command,  &aq_weights_fetch_command,  &aq_weights_ls_command,
    &aq_weights_inspect_command, &aq_weights_verify_command, NULL};

const AqCommand aq_command_weights = {
    .name = "weights",
    .summary = "pretrained files: import, fetch, list, look into, verify",
    .usage = "VERB [OPTIONS]",
    .about = "Pretrained networks. Imported weights are found by their name: `ingest "
             "--visual swin_b`. A path does as well.",
    .verbs = verbs};
