/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights inspect: what is in a weight file. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "model/weights/weights.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/inputs/imported_weights.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>

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
    static const char *const keys[] = {"about", "origin", "origin_format",
                                       "origin_sha256"};
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

static AqErr inspect_one(AqEachWord *e, const char *text)
{
    const AqWeightsArgs *a = e->ctx;
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

static int run_weights_inspect(const AqCommand *self, void *args)
{
    const AqWeightsArgs *a = args;
    AqEachWord each = {.words = &a->files, .one = inspect_one, .ctx = args};

    return a->files.n == 0 ? aq_command_misuse(self, "it takes a file")
                           : aq_command_each(self, &each);
}

static const AqOption options[] = {AQ_GROUP("Which files"),
                                   AQ_ROWS(aq_weights_rows_files),
                                   AQ_ROWS(aq_rows_output),
                                   {0}};

static const AqTerm examples[] = {
    {"avqa-pipe weights inspect model.pth", "Which network it is, and its tensors."},
    {"avqa-pipe weights inspect swin_nano --json",
     "The same as JSON, of weights that are found by their name."},
    {0}};

const AqCommand aq_weights_inspect_command = {
    .name = "weights inspect",
    .summary = "format, tensors, and which network of which geometry it is",
    .usage = "FILE... [--prefix TEXT] [OPTIONS]",
    .about = "Prints a weight file's format, its digest, the network that it fits, and "
             "its tensors: first those that the network takes, then the others. Takes "
             "a path or the name of imported weights.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqWeightsArgs, c),
    .run = run_weights_inspect};
