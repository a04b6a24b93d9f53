/* SPDX-License-Identifier: MIT */
/* What the verbs of weights that take files share. */
#include "pipeline/commands/weights/weights_priv.h"

#include "base/text/log.h"

const AqOption aq_weights_rows_files[] = {
    AQ_ROW_WORDS("FILE", AqWeightsArgs, files, 0, AQ_HINT_FILE,
                 "weight files, as somebody else's tool wrote them", NULL),
    AQ_ROW_TEXT("prefix", AqWeightsArgs, prefix, "TEXT",
                "of several networks in a file the one whose tensors' names begin so, "
                "as module.encoder_q",
                NULL),
    {0}};

int aq_weights_each_file(const AqCommand *self, AqWeightsArgs *a,
                         AqErr (*one)(AqWeightsArgs *a, const char *file))
{
    int n_done = 0, n_skipped = 0;
    AqErr err = AQ_OK;

    if (a->files.n == 0)
        return aq_command_misuse(self, "it takes a file");
    for (int k = 0; err == AQ_OK && k < a->files.n; k++) {
        err = one(a, a->files.v[k]);
        n_done += err == AQ_OK;
        if (err == AQ_OK || err == AQ_ERR_NOMEM || a->files.n == 1)
            continue;
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        n_skipped++;
        a->misuse = 0;
        err = AQ_OK;
    }
    if (a->misuse)
        return aq_command_misuse(self, "%s", aq_err_text());
    if (err != AQ_OK)
        return aq_command_status(err);
    return n_skipped == 0 ? AQ_EXIT_DONE : n_done ? AQ_EXIT_SKIPPED : AQ_EXIT_FAILED;
}
