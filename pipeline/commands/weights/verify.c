/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights verify: imported files against their digests. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "model/weights/weights.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/ui/config.h"

#include <stdio.h>

typedef struct WeightsVerifyArgs {
    AqCommon c;
    AqTextList names;
    int n_bad, n; /* how many have a fault, of all */
} WeightsVerifyArgs;

static void tell_verified(WeightsVerifyArgs *a, const char *path, AqErr err,
                          int has_digest)
{
    a->n++;
    a->n_bad += err != AQ_OK;
    if (a->c.json)
        aq_command_print_json(aq_json_pack(
            "{s:s, s:b, s:b, s:s}", "path", path, "sound", err == AQ_OK, "has_digest",
            has_digest, "fault", err == AQ_OK ? "" : aq_err_text()));
    else if (err == AQ_OK)
        (void)printf("%s: sound%s\n", aq_text_shown(path),
                     has_digest ? "" : " (no digest was written in it)");
    else
        (void)printf("%s\n", aq_text_shown(aq_err_text()));
}

static AqErr verify_one(void *ctx, const char *path)
{
    AqWeights *w = NULL;
    int has_digest = 0;
    AqErr err = aq_weights_open(&w, path);

    if (err == AQ_OK)
        err = aq_import_verify(w, &has_digest);
    tell_verified(ctx, path, err, has_digest);
    aq_weights_unref(&w);
    return err == AQ_ERR_NOMEM ? err : AQ_OK;
}

static AqErr verify_weights_files(WeightsVerifyArgs *a)
{
    AqErr err = AQ_OK;

    if (a->names.n == 0)
        return aq_imports_each(verify_one, a);
    for (int k = 0; err == AQ_OK && k < a->names.n; k++) {
        char *path = NULL;

        err = aq_config_weights_file(a->names.v[k], &path);
        if (err == AQ_OK) {
            err = verify_one(a, path);
        } else if (err != AQ_ERR_NOMEM) {
            tell_verified(a, a->names.v[k], err, 0);
            err = AQ_OK;
        }
        aq_free(path);
    }
    return err;
}

static int run_weights_verify(const AqCommand *self, void *args)
{
    WeightsVerifyArgs *a = args;
    const AqErr err = verify_weights_files(a);

    (void)self;
    if (err == AQ_OK && a->n == 0 && !a->c.json)
        (void)puts("nothing was imported yet");
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && a->n_bad ? AQ_EXIT_FAILED : status;
}

static const AqOption options[] = {
    AQ_GROUP("Which weights"),
    AQ_ROW_WORDS("NAME", WeightsVerifyArgs, names, 0, AQ_HINT_FILE,
                 "names of imported weights, or files", "all that were imported"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe weights verify", "Checks all that were imported."}, {0}};

const AqCommand aq_weights_verify_command = {
    .name = "weights verify",
    .summary = "reads what was imported and compares it with its digest",
    .usage = "[NAME...] [OPTIONS]",
    .about = "Prints a line for each file; status 1 if one differs from its digest or "
             "cannot be read.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(WeightsVerifyArgs, c),
    .run = run_weights_verify};
