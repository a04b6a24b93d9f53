/* SPDX-License-Identifier: MIT */
/* avqa-pipe store import: features that other tools made. */
#include "pipeline/exchange/import_features.h"

#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/parallel/interrupt.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct ImportArgs {
    AqCommon c;
    AqTextList rest;
    const char *kind, *name, *layout, *videos;
    int force;
} ImportArgs;

static void on_import_result(void *ctx, const AqFeatureImportResult *r)
{
    static const char *const names[] = {[AQ_IMPORT_MADE] = "made",
                                        [AQ_IMPORT_CURRENT] = "current",
                                        [AQ_IMPORT_SKIPPED] = "skipped"};
    const ImportArgs *a = ctx;

    if (r->outcome == AQ_IMPORT_SKIPPED)
        aq_log(AQ_LOG_WARN, "%s", r->reason);
    if (a->c.json)
        aq_command_print_json(aq_json_pack(
            "{s:s, s:s, s:s, s:s, s:i, s:[i,i,i], s:b}", "outcome", names[r->outcome],
            "path", r->path, "video", r->video, "reason", r->reason, "seconds",
            r->n_seconds, "shape", r->h, r->w, r->c, "unseen", r->is_unseen));
}

static AqErr read_import_words(const ImportArgs *a, AqFeatureImport *p)
{
    const char *layout = a->layout ? a->layout : "auto";

    if (strcmp(a->kind, "audio") == 0)
        p->kind = AQ_AUDIO;
    else if (strcmp(a->kind, "visual") == 0)
        p->kind = AQ_VISUAL;
    else
        return aq_fail(AQ_ERR_USAGE, "--kind %s: there are audio and visual", a->kind);
    if (strcmp(layout, "thwc") == 0)
        p->layout = AQ_LAYOUT_THWC;
    else if (strcmp(layout, "tchw") == 0)
        p->layout = AQ_LAYOUT_TCHW;
    else if (strcmp(layout, "auto") != 0)
        return aq_fail(AQ_ERR_USAGE, "--layout %s: there are thwc, tchw and auto",
                       layout);
    if (a->name && !*a->name)
        return aq_fail(AQ_ERR_USAGE, "--name is empty; say what made the features");
    return AQ_OK;
}

static AqErr import_all(ImportArgs *a, AqFeatureImport *p, AqFeatureImportSummary *sum)
{
    AqStore *s = NULL;
    AqScan videos = {0};
    AqErr err = a->videos ? aq_scan(&videos, &a->videos, 1) : AQ_OK;

    if (err == AQ_OK)
        err = aq_command_open_store(&s, a->c.store, AQ_STORE_CREATE);
    if (err == AQ_OK)
        err = aq_dataset_to_fill(s, a->c.dataset);
    if (err == AQ_OK) {
        p->store = s;
        p->videos = a->videos ? &videos : NULL;
        err = aq_import_features(sum, a->rest.v, a->rest.n, p);
    }
    sum->n_skipped += (int)videos.n_skipped;
    aq_store_close(&s);
    aq_scan_clear(&videos);
    return err;
}

static void print_import_summary(const ImportArgs *a, const AqFeatureImportSummary *s,
                                 int interrupted)
{
    if (a->c.json) {
        aq_command_print_json(aq_json_pack(
            "{s:{s:i, s:i, s:i, s:i, s:i, s:b}}", "summary", "files", s->n_files,
            "made", s->n_made, "current", s->n_current, "skipped", s->n_skipped,
            "unseen", s->n_unseen, "interrupted", interrupted));
        return;
    }
    (void)printf("%d files: %d arrays imported, %d there already, %d left out%s\n",
                 s->n_files, s->n_made, s->n_current, s->n_skipped,
                 interrupted ? "; interrupted: the same command goes on" : "");
    if (s->n_unseen)
        (void)printf("%d of the videos themselves were not seen: their digests are "
                     "those of the features until they are ingested, or imported with "
                     "--videos\n",
                     s->n_unseen);
}

static int execute_store_import(const AqCommand *self, ImportArgs *a)
{
    AqFeatureImport p = {.name = a->name,
                         .force = a->force,
                         .cancelled = aq_interrupt_stop,
                         .result = on_import_result,
                         .ctx = a};
    AqFeatureImportSummary sum = {0};
    AqErr err = read_import_words(a, &p);

    if (err != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    err = import_all(a, &p, &sum);
    if (err == AQ_OK || err == AQ_ERR_CANCELLED)
        print_import_summary(a, &sum, err == AQ_ERR_CANCELLED);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && sum.n_skipped ? AQ_EXIT_SKIPPED : status;
}

static int run_store_import(const AqCommand *self, int argc, char **argv)
{
    ImportArgs a = {0};
    int status;
    const AqOption table[] = {
        AQ_OPTION_WORD("kind", "KIND", a.kind, "audio or visual: what they are of"),
        AQ_OPTION_WORD("name", "NAME", a.name,
                       "of what made them [as export wrote beside them]"),
        AQ_OPTION_WORD("layout", "L", a.layout, "of grids: thwc, tchw or auto [auto]"),
        AQ_OPTION_WORD("videos", "DIR", a.videos,
                       "the videos, for their digests and times"),
        {.name = "force",
         .kind = AQ_OPT_FLAG,
         .to = &a.force,
         .help = "replace features of the same name that differ"},
        AQ_OPTION_STORE(a.c),
        AQ_OPTION_DATASET(
            a.c, "data set they belong to; in each, a name means one video [default]"),
        AQ_OPTION_JSON(a.c),
        AQ_OPTION_QUIET(a.c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status))
        return status;
    if (a.rest.n == 0 || !a.kind)
        status = aq_command_misuse(self, "it takes files or folders, and --kind");
    else
        status = execute_store_import(self, &a);
    aq_text_list_clear(&a.rest);
    return status;
}

const AqCommand aq_store_import_command = {
    .name = "store import",
    .summary = "features that other tools made",
    .usage = "PATH... --kind audio|visual [--name NAME] [OPTIONS]",
    .about =
        "Takes .npy (a video each, called by the video's name), .npz, safetensors and "
        "HDF5 (an\narray a video), and folders of them: a row a second, sound (T,C), "
        "pictures (T,C), (T,h,w,C)\nor (T,C,h,w), float16, 32 or 64. They are kept as "
        "made by NAME; train and eval take them\nwith --audio NAME and --visual NAME. "
        "`ask` cannot: the program does not know how to make\nthem of a new clip. What "
        "`store export` wrote comes back as it was, without --name as\nthe same make. "
        "What cannot be used is named and left out (status 3).",
    .stop = AQ_STOP_SAVES,
    .run = run_store_import};
