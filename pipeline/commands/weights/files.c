/* SPDX-License-Identifier: MIT */
/* What the verbs of weights that take files share. */
#include "pipeline/commands/weights/weights_priv.h"

const AqOption aq_weights_rows_files[] = {
    AQ_ROW_WORDS("FILE", AqWeightsArgs, files, 0, AQ_HINT_FILE,
                 "weight files, as somebody else's tool wrote them", NULL),
    AQ_ROW_TEXT("prefix", AqWeightsArgs, prefix, "TEXT",
                "of several networks in a file the one whose tensors' names begin so, "
                "as module.encoder_q",
                NULL),
    {0}};
