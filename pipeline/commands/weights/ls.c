/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights ls: what was imported, and what comes with the program. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "model/weights/weights.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>

typedef struct WeightsListArgs {
    AqCommon c;
    int n_bad, n; /* how many cannot be read, of all */
} WeightsListArgs;

static const char *meta_or(const AqWeights *w, const char *key, const char *otherwise)
{
    const char *text = aq_weights_meta(w, key);

    return text ? text : otherwise;
}

static AqErr list_weights_file(void *ctx, const char *path)
{
    WeightsListArgs *a = ctx;
    AqWeights *w = NULL;
    char *stem = aq_fs_stem(path);
    AqErr err = stem ? AQ_OK : AQ_ERR_NOMEM;

    if (err != AQ_OK)
        return err;
    a->n++;
    if (aq_weights_open(&w, path) != AQ_OK) {
        a->n_bad++;
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text()); /* the others are shown */
    } else if (a->c.json) {
        aq_command_print_json(aq_json_pack(
            "{s:s, s:s, s:s, s:s, s:s, s:I}", "name", stem, "path", path, "network",
            meta_or(w, "network", ""), "origin", meta_or(w, "origin", ""),
            "origin_sha256", meta_or(w, "origin_sha256", ""), "bytes",
            (json_int_t)aq_weights_file_bytes(w)));
    } else {
        (void)printf("%-16s %-12s %8.1f MB  from %s  %.12s\n", aq_text_shown(stem),
                     meta_or(w, "network", "?"), (double)aq_weights_file_bytes(w) / 1e6,
                     aq_text_shown(meta_or(w, "origin", "?")),
                     meta_or(w, "origin_sha256", ""));
    }
    aq_weights_unref(&w);
    aq_free(stem);
    return AQ_OK;
}

static AqErr list_shipped_file(WeightsListArgs *a, const char *name)
{
    char *leaf = aq_strf("weights/%s.safetensors", name);
    char *path = leaf ? aq_config_shared(leaf) : NULL;
    AqErr err = leaf ? AQ_OK : AQ_ERR_NOMEM;

    if (path)
        err = list_weights_file(a, path);
    aq_free(path);
    aq_free(leaf);
    return err;
}

/* Those that come with the program, for every network there is, and the map. */
static AqErr list_shipped(WeightsListArgs *a)
{
    AqErr err = list_shipped_file(a, AQ_CONCEPT_MAP_NAME);

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const char *name;

        for (size_t k = 0; err == AQ_OK && (name = aq_extractor_name((AqModality)m, k));
             k++)
            err = list_shipped_file(a, name);
    }
    return err;
}

static int run_weights_ls(const AqCommand *self, void *args)
{
    WeightsListArgs *a = args;
    AqErr err = aq_imports_each(list_weights_file, a);

    (void)self;
    if (err == AQ_OK)
        err = list_shipped(a);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && a->n_bad ? AQ_EXIT_FAILED : status;
}

static const AqOption options[] = {AQ_ROWS(aq_rows_output), {0}};

static const AqTerm examples[] = {
    {"avqa-pipe weights ls", "Name, network, size and origin, a line each."}, {0}};

const AqCommand aq_weights_ls_command = {
    .name = "weights ls",
    .summary = "what was imported, and what comes with the program",
    .usage = "[OPTIONS]",
    .about = "Lists weights by the names under which commands find them. Status 1 if "
             "one of the files cannot be read.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(WeightsListArgs, c),
    .run = run_weights_ls};
