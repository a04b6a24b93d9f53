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

#define LIST(option, value, at, text)                                                  \
    {                                                                                  \
        .name = (option), .kind = AQ_OPT_LIST, .arg = (value), .to = &(at),            \
        .help = (text)                                                                 \
    }
enum { ARENA_CHUNK = 1 << 16 };

typedef struct ExportArgs {
    AqCommon c;
    const char *format, *out, *kind, *pad, *dtype, *layout, *list;
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

/* One of `names` (ended by NULL), or NULL where none was said; -1 is misuse. */
static int one_of(const char *text, const char *const *names, int otherwise)
{
    int k = 0;

    if (!text)
        return otherwise;
    while (names[k] && strcmp(names[k], text) != 0)
        k++;
    return names[k] ? k : -1;
}

static AqErr read_export_words(const ExportArgs *a, AqExportPlan *p)
{
    static const char *const kinds[] = {"audio", "visual", NULL},
                             *const pads[] = {"none", "repeat-last", "zero", NULL},
                             *const dtypes[] = {"stored", "f16", "f32", NULL},
                             *const layouts[] = {"thwc", "tchw", NULL};
    const int kind = one_of(a->kind, kinds, AQ_N_MODALITIES),
              pad = one_of(a->pad, pads, AQ_PAD_NONE),
              dtype = one_of(a->dtype, dtypes, AQ_EXPORT_AS_STORED),
              layout = one_of(a->layout, layouts, 0);

    if (kind < 0)
        return aq_fail(AQ_ERR_USAGE, "--kind %s: there are audio and visual", a->kind);
    if (pad < 0)
        return aq_fail(AQ_ERR_USAGE, "--pad %s: there are repeat-last, zero and none",
                       a->pad);
    if (a->pad && !a->length)
        return aq_fail(AQ_ERR_USAGE, "--pad goes with --length");
    if (dtype < 0)
        return aq_fail(AQ_ERR_USAGE, "--dtype %s: there are f16 and f32", a->dtype);
    if (layout < 0)
        return aq_fail(AQ_ERR_USAGE, "--layout %s: there are thwc and tchw", a->layout);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        p->want[m] = kind == m || kind == AQ_N_MODALITIES;
    p->pad = (AqExportPad)pad;
    p->dtype = (AqExportDtype)dtype;
    p->is_tchw = layout;
    return aq_export_format(a->format, &p->format);
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
    char *copy = err == AQ_OK ? aq_arena_alloc(a->names, strlen(name) + 1, 1) : NULL;
    if (!copy)
        return AQ_ERR_NOMEM;
    a->wanted[(*n)++] = strcpy(copy, name);
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

    aq_out_not(&o, a->list);
    aq_out_not_store(&o, a->c.store);
    if (!aq_export_is_one_file(p) || o.status != AQ_EXIT_DONE)
        return o.status;
    if (aq_fs_mkdirs_for(a->out) != AQ_OK)
        return aq_command_status(AQ_ERR_IO);
    return aq_out_end(&o, 0);
}

static int execute_store_export(const AqCommand *self, ExportArgs *a)
{
    AqExportPlan p = {.out = a->out,
                      .length = a->length,
                      .force = a->force,
                      .cancelled = aq_interrupt_stop,
                      .result = on_export_result,
                      .ctx = a};
    AqExportSummary sum = {0};
    AqErr err = read_export_words(a, &p);

    if (err == AQ_OK)
        err = read_provenance_ids(a, &p);
    if (err == AQ_ERR_USAGE)
        return aq_command_misuse(self, "%s", aq_err_text());
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

static int parse_and_run_export(const AqCommand *self, int argc, char **argv,
                                ExportArgs *a)
{
    AqTextList rest = {0};
    int status;
    const AqOption table[] = {
        AQ_OPTION_WORD("format", "F", a->format, "npy, npz, h5 or safetensors"),
        AQ_OPTION_WORD("out", "PATH", a->out,
                       "folder (npy, npz), or file (x.npz, h5, safetensors)"),
        AQ_OPTION_WORD("kind", "KIND", a->kind, "audio or visual [both]"),
        LIST("provenance", "ID...", a->provenance,
             "which make, where there are several of a kind"),
        LIST("video", "NAME...", a->videos, "these videos only [all]"),
        AQ_OPTION_WORD("list", "FILE", a->list, "the videos named in it, a line each"),
        {.name = "length",
         .kind = AQ_OPT_INT,
         .arg = "N",
         .to = &a->length,
         .lo = 1,
         .hi = AQ_STORE_MAX_SECONDS,
         .help = "seconds: longer clips are cut [as they are]"},
        AQ_OPTION_WORD("pad", "HOW", a->pad,
                       "shorter ones: repeat-last, zero, or none [none]"),
        AQ_OPTION_WORD("dtype", "T", a->dtype, "f16 or f32 [as stored]"),
        AQ_OPTION_WORD("layout", "L", a->layout,
                       "of grids: thwc, or tchw as torch's are [thwc]"),
        {.name = "force",
         .kind = AQ_OPT_FLAG,
         .to = &a->force,
         .help = "replace files that are there and differ"},
        AQ_OPTION_STORE(a->c),
        AQ_OPTION_DATASET_READ(a->c),
        AQ_OPTION_JSON(a->c),
        AQ_OPTION_QUIET(a->c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &rest, &a->c, &status))
        return status;
    if (rest.n > 0)
        status = aq_command_misuse(self, "'%s' means nothing here", rest.v[0]);
    else if (!a->format || !a->out)
        status = aq_command_misuse(self, "it takes --format and --out");
    else
        status = execute_store_export(self, a);
    aq_text_list_clear(&rest);
    return status;
}

static int run_store_export(const AqCommand *self, int argc, char **argv)
{
    ExportArgs a = {0};
    const int status = parse_and_run_export(self, argc, argv, &a);

    aq_text_list_clear(&a.provenance);
    aq_text_list_clear(&a.videos);
    aq_arena_free(&a.names);
    aq_free(a.wanted);
    aq_free(a.provenances);
    return status;
}

const AqCommand aq_store_export_command = {
    .name = "store export",
    .summary = "features as npy, npz, HDF5 or safetensors",
    .usage = "--format npy|npz|h5|safetensors --out PATH [OPTIONS]",
    .about =
        "Writes sound (T,C) and grids (T,h,w,C), a row a second.\n"
        "  npy          PATH/audio/NAME.npy and PATH/visual/NAME.npy, as MUSIC-AVQA's\n"
        "  npz          PATH/NAME.npz with `audio` and `visual`; PATH x.npz: one file\n"
        "  h5           one file, datasets audio/NAME and visual/NAME\n"
        "  safetensors  the same as tensors\n"
        "Beside each array stands what made it and which seconds are real: "
        "NAME.npy.json,"
        "\nthe array about/..., the attribute `about`, the metadata of its name. Files "
        "that are\nthere and equal are left alone, so that an interrupted export goes "
        "on; rows that do\nnot verify are named and left out (status 3). `--length 60 "
        "--pad repeat-last` is what\nloaders of MUSIC-AVQA's features expect.",
    .stop = AQ_STOP_SAVES,
    .run = run_store_export};
