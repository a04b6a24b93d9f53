/* SPDX-License-Identifier: MIT */
/* avqa-pipe weights import: pretrained files into the data folder. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/weights/weights_priv.h"
#include "pipeline/inputs/imported_weights.h"

#include <stdio.h>

static AqErr import_one(AqEachWord *e, const char *file)
{
    const AqWeightsArgs *a = e->ctx;
    AqImport i = {.file = file,
                  .name = a->name,
                  .replace = a->force,
                  .int8 = a->int8,
                  .vocabulary = a->vocabulary};
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
    if (done == AQ_OK && i.lacks_vocabulary)
        aq_log(
            AQ_LOG_WARN,
            "%s: its text tower has no vocabulary: to read questions with it, import "
            "it again with bpe_simple_vocab_16e6.txt.gz, merges.txt or "
            "tokenizer.json beside it, or with --vocabulary FILE",
            aq_text_shown(file));
    e->misuse = done == AQ_ERR_USAGE && i.path && aq_fs_same(i.path, file);
    aq_free(i.path);
    aq_inspection_clear(&what);
    return done;
}

static int run_weights_import(const AqCommand *self, void *args)
{
    AqWeightsArgs *a = args;

    if (a->name && a->files.n > 1)
        return aq_command_misuse(self, "--name is for one file at a time");
    if (a->vocabulary && a->files.n > 1)
        return aq_command_misuse(self, "--vocabulary is for one file at a time");
    AqEachWord each = {.words = &a->files, .one = import_one, .ctx = a};
    return a->files.n == 0 ? aq_command_misuse(self, "it takes a file")
                           : aq_command_each(self, &each);
}

static const AqOption options[] = {
    AQ_GROUP("What is imported"),
    AQ_ROWS(aq_weights_rows_files),
    AQ_ROW_TEXT("name", AqWeightsArgs, name, "NAME", "what to call them",
                "the network's name"),
    AQ_ROW_FILE("vocabulary", AqWeightsArgs, vocabulary, "FILE",
                "of CLIP's tokenizer, kept for its text tower", "one beside the file"),
    AQ_ROW_FLAG("int8", AqWeightsArgs, int8,
                "round filters and matrices to 8-bit integers, each output with a "
                "scale: a quarter of the size"),
    AQ_ROW_FLAG("force", AqWeightsArgs, force, "replace other weights of that name"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe weights import swin_base_patch4_window7_224.pth",
     "Keeps a published Swin as swin_b, for `ingest --visual swin_b`."},
    {"avqa-pipe weights import ViT-B-32.pt --name clip_text --vocabulary "
     "bpe_simple_vocab_16e6.txt.gz",
     "CLIP with its tokenizer, for `train --question clip_text`."},
    {"avqa-pipe weights import vggish_model.ckpt --name vggish",
     "The TensorFlow checkpoint of VGGish."},
    {"avqa-pipe weights import yamnet.h5", "YAMNet, for `ingest --audio yamnet`."},
    {0}};

const AqCommand aq_weights_import_command = {
    .name = "weights import",
    .summary = "a file that somebody else's tool wrote, into the data folder",
    .usage = "FILE... [--name NAME] [--prefix TEXT] [OPTIONS]",
    .about =
        "Takes safetensors, torch.save old and new, .npy, .npz, TensorFlow "
        "checkpoints, Keras's .h5, TensorFlow Lite and dlib's ResNet-34. What is kept is a file of the names and shapes "
        "that this program uses, with the digest of the file it was made from. Of "
        "several files, those that cannot be used are named and left out (status "
        "3).",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqWeightsArgs, c),
    .run = run_weights_import};
