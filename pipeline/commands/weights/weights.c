/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights: pretrained files into the data folder, and what is in them. */
#include "model/weights/weights.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct WeightsArgs {
    AqCommon c;
    const char *name, *prefix;
    int force;
    AqTextList rest;
    int n_done, n_skipped; /* import, inspect: of several files */
    int misuse;            /* the last fault is the command line's */
    int n_bad; /* verify: files with a fault; ls, verify: how many there are */
    int n;
} WeightsArgs;

/* ---- import ---- */

static AqErr import_one(WeightsArgs *a, const char *file)
{
    AqImport i = {.file = file, .name = a->name, .replace = a->force};
    AqInspection what;
    AqErr err = aq_inspect(&what, file, a->prefix);

    if (err != AQ_OK)
        return err;
    const AqErr done = aq_import(&i, &what);
    if (done == AQ_OK && a->c.json)
        aq_command_print_json(aq_json_pack("{s:s, s:s, s:s, s:b}", "file", file,
                                           "network", what.network, "path", i.path,
                                           "was_there", i.was_there));
    else if (done == AQ_OK)
        (void)printf(
            "%s: %s\n  %s %s\n", aq_text_shown(file), aq_text_shown(what.about),
            i.was_there ? "is there already:" : "is now", aq_text_shown(i.path));
    a->misuse = done == AQ_ERR_USAGE && i.path && aq_fs_same(i.path, file);
    aq_free(i.path);
    aq_inspection_clear(&what);
    return done;
}

/* ---- inspect ---- */

static json_t *tensor_json(const AqInspection *i, const AqWeight *t)
{
    json_t *shape = json_array();

    for (int k = 0; k < t->n_dims; k++)
        (void)json_array_append_new(shape, json_integer(t->dims[k]));
    return aq_json_pack("{s:s, s:s, s:o, s:b}", "name", t->name, "dtype",
                        aq_dtype_name(t->dtype), "shape", shape, "used",
                        i->network && aq_weights_is_used(i->w, t));
}

static void inspect_json(const AqInspection *i, const char *sha)
{
    json_t *tensors = json_array();

    for (size_t k = 0; k < aq_weights_n(i->w); k++)
        (void)json_array_append_new(tensors, tensor_json(i, aq_weights_at(i->w, k)));
    aq_command_print_json(
        aq_json_pack("{s:s, s:s, s:I, s:s, s:s?, s:s, s:s, s:s, s:o}", "file",
                     aq_weights_path(i->w), "format", aq_weights_format(i->w), "bytes",
                     (json_int_t)aq_weights_file_bytes(i->w), "sha256", sha, "network",
                     i->network, "about", i->about, "why", i->why, "note",
                     aq_weights_note(i->w), "tensors", tensors));
}

static void print_tensor(const AqWeight *t)
{
    (void)printf("  %-4s [", aq_dtype_name(t->dtype));
    for (int k = 0; k < t->n_dims; k++)
        (void)printf("%s%lld", k ? ", " : "", (long long)t->dims[k]);
    (void)printf("]  %s\n", aq_text_shown(t->name));
}

/* Those that the network takes, or those that it does not. */
static void print_tensors(const AqInspection *i, int used)
{
    for (size_t k = 0; k < aq_weights_n(i->w); k++) {
        const AqWeight *t = aq_weights_at(i->w, k);

        if ((i->network && aq_weights_is_used(i->w, t)) == used)
            print_tensor(t);
    }
}

static void inspect_text(const AqInspection *i, const char *sha)
{
    static const char *const keys[] = {"origin", "origin_format", "origin_sha256"};
    const size_t n = aq_weights_n(i->w), beside = n - i->n_used;

    (void)printf("%s\n  format   %s, %.1f MB\n  sha256   %s\n",
                 aq_text_shown(aq_weights_path(i->w)), aq_weights_format(i->w),
                 (double)aq_weights_file_bytes(i->w) / 1e6, sha);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (aq_weights_meta(i->w, keys[k]))
            (void)printf("  %s  %s\n", keys[k],
                         aq_text_shown(aq_weights_meta(i->w, keys[k])));
    if (*aq_weights_note(i->w))
        (void)printf("  note     %s\n", aq_text_shown(aq_weights_note(i->w)));
    if (i->network)
        (void)printf("  network  %s: %s\n", i->network, aq_text_shown(i->about));
    else
        (void)printf("  network  none that can be used: %s\n", aq_text_shown(i->why));
    if (i->network) {
        (void)printf("%zu tensors are used:\n", i->n_used);
        print_tensors(i, 1);
    }
    if (beside) {
        (void)printf("%zu tensors %s:\n", beside,
                     i->network ? "are not needed" : "are in it");
        print_tensors(i, 0);
    }
}

static AqErr inspect_one(WeightsArgs *a, const char *text)
{
    char *path = NULL, sha[AQ_SHA256_HEX];
    AqInspection i = {0};
    AqErr err = aq_config_weights_file(text, &path);

    if (err == AQ_OK)
        err = aq_inspect(&i, path, a->prefix);
    if (err == AQ_OK)
        err = aq_weights_sha256(i.w, sha);
    if (err == AQ_OK && a->c.json)
        inspect_json(&i, sha);
    else if (err == AQ_OK)
        inspect_text(&i, sha);
    aq_inspection_clear(&i);
    aq_free(path);
    return err;
}

/* ---- ls ---- */

static const char *meta_or(const AqWeights *w, const char *key, const char *otherwise)
{
    const char *text = aq_weights_meta(w, key);

    return text ? text : otherwise;
}

static AqErr list_weights_file(void *ctx, const char *path)
{
    WeightsArgs *a = ctx;
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

/* Those that come with the program, for every network there is. */
static AqErr list_shipped(WeightsArgs *a)
{
    AqErr err = AQ_OK;

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const char *name;

        for (size_t k = 0; err == AQ_OK && (name = aq_extractor_name((AqModality)m, k));
             k++) {
            char *leaf = aq_strf("weights/%s.safetensors", name);
            char *path = leaf ? aq_config_shared(leaf) : NULL;

            err = leaf ? AQ_OK : AQ_ERR_NOMEM;
            if (path)
                err = list_weights_file(a, path);
            aq_free(path);
            aq_free(leaf);
        }
    }
    return err;
}

/* ---- verify ---- */

static void tell_verified(WeightsArgs *a, const char *path, AqErr err, int has_digest)
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

static AqErr verify_weights_files(WeightsArgs *a)
{
    AqErr err = AQ_OK;

    if (a->rest.n == 1)
        return aq_imports_each(verify_one, a);
    for (int k = 1; err == AQ_OK && k < a->rest.n; k++) {
        char *path = NULL;

        err = aq_config_weights_file(a->rest.v[k], &path);
        if (err == AQ_OK) {
            err = verify_one(a, path);
        } else if (err != AQ_ERR_NOMEM) {
            tell_verified(a, a->rest.v[k], err, 0);
            err = AQ_OK;
        }
        aq_free(path);
    }
    return err;
}

/* ---- the command ---- */

/* Of several, a bad one is told and the others are done. */
static AqErr each_file(WeightsArgs *a, AqErr (*one)(WeightsArgs *a, const char *file))
{
    AqErr err = AQ_OK;

    for (int k = 1; err == AQ_OK && k < a->rest.n; k++) {
        err = one(a, a->rest.v[k]);
        a->n_done += err == AQ_OK;
        if (err == AQ_OK || err == AQ_ERR_NOMEM || a->rest.n == 2)
            continue;
        aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        a->n_skipped++;
        a->misuse = 0;
        err = AQ_OK;
    }
    return err;
}

static int exit_status_of_weights(const AqCommand *self, const WeightsArgs *a,
                                  AqErr err)
{
    if (a->misuse)
        return aq_command_misuse(self, "%s", aq_err_text());
    const int status = aq_command_status(err);
    if (status == AQ_EXIT_DONE && (a->n_bad || (a->n_skipped && !a->n_done)))
        return AQ_EXIT_FAILED;
    return status == AQ_EXIT_DONE && a->n_skipped ? AQ_EXIT_SKIPPED : status;
}

static int execute_weights(const AqCommand *self, WeightsArgs *a)
{
    const char *what = a->rest.n > 0 ? a->rest.v[0] : "";
    AqErr err;

    if (strcmp(what, "ls") == 0) {
        err = aq_imports_each(list_weights_file, a);
        if (err == AQ_OK)
            err = list_shipped(a);
    } else if (strcmp(what, "verify") == 0) {
        err = verify_weights_files(a);
        if (err == AQ_OK && a->n == 0 && !a->c.json)
            (void)puts("nothing was imported yet");
    } else if (strcmp(what, "import") != 0 && strcmp(what, "inspect") != 0) {
        return aq_command_misuse(self, "say one of import, ls, inspect and verify");
    } else if (a->rest.n < 2) {
        return aq_command_misuse(self, "%s takes a file", what);
    } else if (a->name && a->rest.n > 2) {
        return aq_command_misuse(self, "--name is for one file at a time");
    } else {
        err = each_file(a, *what == 'i' && what[1] == 'm' ? import_one : inspect_one);
    }
    return exit_status_of_weights(self, a, err);
}

static int run_weights(const AqCommand *self, int argc, char **argv)
{
    WeightsArgs a = {0};
    int status;
    const AqOption table[] = {
        {.name = "name",
         .kind = AQ_OPT_TEXT,
         .arg = "NAME",
         .to = &a.name,
         .help = "import: what to call them [the network's name]"},
        {.name = "prefix",
         .kind = AQ_OPT_TEXT,
         .arg = "TEXT",
         .to = &a.prefix,
         .help = "import, inspect: of several networks in a file the one whose "
                 "tensors' names begin so, as module.encoder_q"},
        {.name = "force",
         .kind = AQ_OPT_FLAG,
         .to = &a.force,
         .help = "import: replace other weights of that name"},
        AQ_OPTION_JSON(a.c),
        AQ_OPTION_QUIET(a.c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status))
        return status;
    status = execute_weights(self, &a);
    aq_text_list_clear(&a.rest);
    return status;
}

const AqCommand aq_command_weights = {
    .name = "weights",
    .summary = "pretrained files: import, list, look into, verify",
    .usage = "import FILE... [--name NAME] [--prefix TEXT] | ls | inspect FILE... | "
             "verify [NAME...]",
    .about =
        "import   takes a file as somebody else's tool wrote it (safetensors, "
        "torch.save "
        "old and\n         new, .npy, .npz, TensorFlow checkpoints of VGGish) and "
        "keeps it "
        "in the data folder\nls       what was imported, and what comes with the "
        "program\ninspect  format, tensors, and which network of which geometry it "
        "is\nverify   reads what was imported and compares it with its digest; status "
        "1 if "
        "it differs\n\nImported weights are found by their name: `ingest --visual "
        "swin_b`. "
        "A path does as well.",
    .run = run_weights};
