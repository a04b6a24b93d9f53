/* SPDX-License-Identifier: MIT */
/* avqa-pipe store export: features out of the store, as files that other tools read. */
#include "pipeline/exchange/export.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/text/json.h"
#include "base/text/lines.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/parallel/interrupt.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_CHUNK = 1 << 16 };

typedef struct ExportArgs {
    AqCommon c;
    const char *out, *list;
    int format, kind, pad, dtype, layout; /* places in the lists of words; -1: none */
    AqTextList provenance, videos;
    int length, force;
    AqArena *names;       /* owns those of `wanted` */
    const char **wanted;  /* names from both options */
    int64_t *provenances; /* numbers */
} ExportArgs;

static void on_export_result(void *ctx, const AqExportResult *r)
{
    static const char *const names[] = {[AQ_EXPORT_WRITTEN] = "written",
                                        [AQ_EXPORT_EQUAL] = "equal",
                                        [AQ_EXPORT_SKIPPED] = "skipped"};
    const ExportArgs *a = ctx;

    if (r->outcome == AQ_EXPORT_SKIPPED)
        aq_log(AQ_LOG_WARN, "%s", r->reason);
    if (!a->c.json)
        return;
    json_t *o = aq_json_pack("{s:s, s:s, s:s}", "outcome", names[r->outcome], "path",
                             r->path, "reason", r->reason);
    if (r->video)
        (void)json_object_set_new(o, "video",
                                  aq_json_string(r->video, strlen(r->video)));
    aq_command_print_json(o);
}

static AqErr read_provenance_ids(ExportArgs *a, AqExportPlan *p)
{
    a->provenances = aq_alloc((size_t)a->provenance.n, sizeof *a->provenances);
    if (!a->provenances)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < a->provenance.n; k++) {
        int id = 0;
        const AqErr err = aq_parse_int("--provenance", a->provenance.v[k], 1, 2e9, &id);

        if (err != AQ_OK)
            return err;
        a->provenances[k] = id;
    }
    p->provenance = a->provenances;
    p->n_provenance = a->provenance.n;
    return AQ_OK;
}

/* Keeps a copy; the room doubles. */
static AqErr add_wanted(ExportArgs *a, const char *name, int *n)
{
    if ((*n & (*n - 1)) == 0) {
        const char **v =
            aq_realloc(a->wanted, *n ? 2 * (size_t)*n : 1, sizeof *a->wanted);

        if (!v)
            return AQ_ERR_NOMEM;
        a->wanted = v;
    }
    AqErr err = a->names ? AQ_OK : aq_arena_new(&a->names, ARENA_CHUNK);
    const size_t bytes = strlen(name) + 1;
    char *copy = err == AQ_OK ? aq_arena_alloc(a->names, bytes, 1) : NULL;
    if (!copy)
        return AQ_ERR_NOMEM;
    a->wanted[(*n)++] = memcpy(copy, name, bytes);
    return AQ_OK;
}

/* The names of --video and, a line each, of --list. */
static AqErr read_names(ExportArgs *a, AqExportPlan *p)
{
    AqLines lines = {0};
    const char *line;
    AqErr err = a->list ? aq_lines_open(&lines, a->list) : AQ_EOF;

    while (err == AQ_OK && (err = aq_lines_next(&lines, &line)) == AQ_OK)
        err = add_wanted(a, line, &p->n_videos);
    aq_lines_close(&lines);
    for (int k = 0; err == AQ_EOF && k < a->videos.n; k++)
        if (add_wanted(a, a->videos.v[k], &p->n_videos) != AQ_OK)
            err = AQ_ERR_NOMEM;
    p->videos = a->wanted;
    if (err == AQ_EOF && a->list && p->n_videos == 0)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: names no video", a->list);
    return err == AQ_EOF ? AQ_OK : err;
}

static AqErr export_all(ExportArgs *a, AqExportPlan *p, AqExportSummary *sum)
{
    AqStore *s = NULL;
    AqErr err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);

    if (err == AQ_OK)
        err = aq_dataset_to_read(s, a->c.dataset);
    if (err == AQ_OK) {
        p->store = s;
        err = aq_export(sum, p);
    }
    aq_store_close(&s);
    if (err != AQ_OK && err != AQ_ERR_CANCELLED)
        return err;
    if (a->c.json)
        aq_command_print_json(aq_json_pack(
            "{s:{s:i, s:i, s:i, s:i, s:b}}", "summary", "arrays", sum->n_arrays,
            "written", sum->n_written, "equal", sum->n_equal, "skipped", sum->n_skipped,
            "interrupted", err == AQ_ERR_CANCELLED));
    else
        (void)printf("%s: %d arrays; %d files written, %d there already, %d left "
                     "out%s\n",
                     aq_text_shown(a->out), sum->n_arrays, sum->n_written, sum->n_equal,
                     sum->n_skipped,
                     err == AQ_ERR_CANCELLED ? "; interrupted: the same command goes on"
                                             : "");
    return err;
}

/* Folders are made, and what is in it is only replaced with --force. */
static int check_store_export_out(const AqCommand *self, const ExportArgs *a,
                                  const AqExportPlan *p)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out};

    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->c.store);
    if (!aq_export_is_one_file(p) || o.status != AQ_EXIT_DONE)
        return o.status;
    if (aq_fs_mkdirs_for(a->out) != AQ_OK)
        return aq_command_status(AQ_ERR_IO);
    return aq_out_end(&o, 0);
}

static int export_by_plan(const AqCommand *self, ExportArgs *a)
{
    AqExportPlan p = {.out = a->out,
                      .format = (AqExportFormat)a->format,
                      .pad = a->pad < 0 ? AQ_PAD_NONE : (AqExportPad)a->pad,
                      .dtype = (AqExportDtype)a->dtype,
                      .is_tchw = a->layout,
                      .length = a->length,
                      .force = a->force,
                      .cancelled = aq_interrupt_stop,
                      .result = on_export_result,
                      .ctx = a};
    AqExportSummary sum = {0};
    AqErr err = read_provenance_ids(a, &p);

    if (err == AQ_ERR_USAGE)
        return aq_command_misuse(self, "%s", aq_err_text());
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        p.want[m] = a->kind < 0 || a->kind == m;
    const int may_not = check_store_export_out(self, a, &p);
    if (may_not)
        return may_not;
    if (err == AQ_OK)
        err = read_names(a, &p);
    if (err == AQ_OK)
        err = export_all(a, &p, &sum);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && sum.n_skipped ? AQ_EXIT_SKIPPED : status;
}

static int run_store_export(const AqCommand *self, void *args)
{
    ExportArgs *a = args;

    if (a->format < 0 || !a->out)
        return aq_command_misuse(self, "it takes --format and --out");
    if (a->pad >= 0 && !a->length)
        return aq_command_misuse(self, "--pad goes with --length");
    if (a->format == AQ_EXPORT_HCRN && (a->length || a->layout || a->kind == AQ_AUDIO))
        return aq_command_misuse(self, "--format hcrn holds whole clips of pictures as "
                                       "they are: without --length, --layout tchw and "
                                       "--kind audio");
    const int status = export_by_plan(self, a);
    aq_arena_free(&a->names);
    aq_free(a->wanted);
    aq_free(a->provenances);
    return status;
}

static const char *const formats[] = {
    [AQ_EXPORT_NPY] = "npy",   [AQ_EXPORT_NPZ] = "npz",
    [AQ_EXPORT_H5] = "h5",     [AQ_EXPORT_SAFETENSORS] = "safetensors",
    [AQ_EXPORT_HCRN] = "hcrn", [AQ_EXPORT_HCRN + 1] = NULL};
static const char *const kinds[] = {
    [AQ_AUDIO] = "audio", [AQ_VISUAL] = "visual", [AQ_N_MODALITIES] = NULL};
static const char *const pads[] = {[AQ_PAD_NONE] = "none",
                                   [AQ_PAD_REPEAT_LAST] = "repeat-last",
                                   [AQ_PAD_ZERO] = "zero",
                                   [AQ_PAD_ZERO + 1] = NULL};
static const char *const dtypes[] = {"stored", "f16", "f32", NULL};
static const char *const layouts[] = {"thwc", "tchw", NULL};

static const AqOption options[] = {
    AQ_GROUP("What is written"),
    AQ_ROW_CHOICE("format", ExportArgs, format, formats, "of the files", NULL),
    AQ_ROW_FILE("out", ExportArgs, out, "PATH",
                "folder (npy, npz), or file (x.npz, h5, safetensors, hcrn)", NULL),
    AQ_ROW_INT("length", ExportArgs, length, 1, AQ_STORE_MAX_SECONDS,
               "seconds: longer clips are cut", "as they are"),
    AQ_ROW_CHOICE("pad", ExportArgs, pad, pads, "what fills shorter ones", "none"),
    AQ_ROW_CHOICE("dtype", ExportArgs, dtype, dtypes, "of the numbers", NULL),
    AQ_ROW_CHOICE("layout", ExportArgs, layout, layouts,
                  "of grids; tchw as torch's are", NULL),
    AQ_ROW_FLAG("force", ExportArgs, force, "replace files that are there and differ"),
    AQ_GROUP("Which features"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_read),
    AQ_ROW_CHOICE("kind", ExportArgs, kind, kinds, "only of this kind", "both"),
    AQ_ROW_LIST("provenance", ExportArgs, provenance, "ID...",
                "which make, where there are several of a kind", NULL),
    AQ_ROW_LIST("video", ExportArgs, videos, "NAME...", "these videos only", "all"),
    AQ_ROW_FILE("list", ExportArgs, list, "FILE", "the videos named in it, a line each",
                NULL),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store export --format npy --out feats --length 60 --pad repeat-last",
     "What loaders of MUSIC-AVQA's features expect."},
    {"avqa-pipe store export --format h5 --out audio.h5 --kind audio --dtype f32",
     "Only the sound, in one file."},
    {"avqa-pipe store export --format hcrn --out msvd_appearance_feat.h5",
     "Clips of frames for HCRN."},
    {0}};

static const ExportArgs export_defaults = {.format = -1, .kind = -1, .pad = -1};

const AqCommand aq_store_export_command = {
    .name = "store export",
    .summary = "features as npy, npz, HDF5 or safetensors",
    .usage = "--format npy|npz|h5|safetensors|hcrn --out PATH [OPTIONS]",
    .about =
        "Writes sound (T,C) and grids (T,h,w,C), a row a second.\n\n"
        "  npy          PATH/audio/NAME.npy and PATH/visual/NAME.npy, as MUSIC-AVQA's\n"
        "  npz          PATH/NAME.npz with `audio` and `visual`; PATH x.npz: one file\n"
        "  h5           one file, datasets audio/NAME and visual/NAME\n"
        "  safetensors  the same as tensors\n"
        "  hcrn         one HDF5 file of clips, as HCRN reads it: resnet_features\n"
        "               (N,K,M,C), or resnext_features (N,K,C), float32, and ids\n\n"
        "hcrn takes features by clips (ingest --visual-options rows=8x16). The id of a "
        "video is the number that its name ends in.\n\n"
        "Beside each array stands what made it and which seconds are real: "
        "NAME.npy.json, the array about/..., the attribute `about`, the metadata of "
        "its name. Files that are there and equal are left alone, so that an "
        "interrupted export goes on; rows that do not verify are named and left out "
        "(status 3).",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(ExportArgs, c),
    .defaults = &export_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_store_export};
