/* SPDX-License-Identifier: MIT */
/* avqa-pipe store gc: removes what nothing refers to, and what was asked for. */
#include "store/upkeep/gc.h"

#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/parallel/interrupt.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct GcArgs {
    AqCommon c;
    int dry_run, superseded, missing, asked;
} GcArgs;

static void on_gone(void *ctx, const char *what, const char *which, const char *more)
{
    const GcArgs *a = ctx;
    const char *name = aq_text_shown(which);
    const char *verb = a->dry_run ? "would remove" : "removed";

    if (a->c.json)
        aq_command_print_json(aq_json_pack("{s:s, s:s, s:s}", "removed", what, "which",
                                           which, "more", more));
    else if (strcmp(what, "superseded") == 0)
        (void)printf("%s: %s features of %s\n", name, verb, aq_text_shown(more));
    else if (strcmp(what, "asked") == 0)
        (void)printf("%s: %s what was kept of it for further questions\n",
                     aq_text_shown(which), verb);
    else if (strcmp(what, "missing") == 0)
        (void)printf("%s: %s its failure, as %s is gone\n", name, verb,
                     aq_text_shown(more));
    else
        (void)printf("%s: %s, as nothing was made by it\n", name, verb);
}

static void print_gc_summary(const GcArgs *a, const AqGcSummary *g)
{
    if (a->c.json) {
        aq_command_print_json(aq_json_pack(
            "{s:{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "summary", "dry_run",
            a->dry_run, "makes", (json_int_t)g->n_makes, "features",
            (json_int_t)g->n_features, "videos", (json_int_t)g->n_videos,
            "feature_bytes", (json_int_t)g->feature_bytes, "free_bytes",
            (json_int_t)g->free_bytes, "bytes_before", (json_int_t)g->bytes_before,
            "bytes_after", (json_int_t)g->bytes_after));
        return;
    }
    (void)printf("%s%lld feature arrays (%lld bytes), %lld failed videos, %lld makes; ",
                 a->dry_run ? "would remove " : "removed ", (long long)g->n_features,
                 (long long)g->feature_bytes, (long long)g->n_videos,
                 (long long)g->n_makes);
    if (a->dry_run)
        (void)printf("%lld bytes of the file's %lld are free already\n",
                     (long long)g->free_bytes, (long long)g->bytes_before);
    else
        (void)printf("%lld bytes freed, %lld left\n",
                     (long long)(g->bytes_before - g->bytes_after),
                     (long long)g->bytes_after);
}

static AqErr collect_garbage(GcArgs *a, AqStore *s)
{
    const AqGcPlan plan = {.superseded = a->superseded,
                           .missing = a->missing,
                           .asked = a->asked,
                           .dry_run = a->dry_run,
                           .gone = a->c.quiet ? NULL : on_gone,
                           .stop = aq_interrupt_stop,
                           .ctx = a};
    AqGcSummary sum;
    const AqErr err = aq_store_gc(s, &plan, &sum);

    if (err == AQ_OK || err == AQ_ERR_CANCELLED)
        print_gc_summary(a, &sum);
    if (err == AQ_ERR_CANCELLED)
        aq_log(AQ_LOG_WARN, "%s", aq_err_text());
    if (err == AQ_OK && sum.log_in_use)
        aq_log(AQ_LOG_WARN,
               "another program has the store open, so its log could not be emptied: "
               "the rest comes free when that has ended");
    return err;
}

static int run_store_gc(const AqCommand *self, void *args)
{
    GcArgs *a = args;
    AqStore *s = NULL;
    AqErr err = aq_command_open_store(&s, a->c.store,
                                      a->dry_run ? AQ_STORE_READ : AQ_STORE_WRITE);

    (void)self;
    if (err == AQ_OK)
        err = collect_garbage(a, s);
    aq_store_close(&s);
    return aq_command_status(err);
}

static const AqOption options[] = {
    AQ_GROUP("What goes"),
    AQ_ROWS(aq_rows_store),
    AQ_ROW_FLAG("superseded", GcArgs, superseded,
                "features of a video that has newer ones of their kind"),
    AQ_ROW_FLAG("missing", GcArgs, missing, "failed videos whose file is gone"),
    AQ_ROW_FLAG("asked", GcArgs, asked, "clips that were only asked about"),
    AQ_ROW("dry-run", AQ_OPTION_FLAG, GcArgs, dry_run, "only say what would go", NULL,
           .letter = 'n'),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store gc --superseded -n",
     "Says which features newer ones have replaced."},
    {"avqa-pipe store gc --superseded", "Removes them, and gives the room back."},
    {0}};

const AqCommand aq_store_gc_command = {
    .name = "store gc",
    .summary = "removes what nothing refers to, and gives the room back",
    .usage = "[OPTIONS]",
    .about =
        "Without a flag only makes (extractor, version, weights, sampling) go that no "
        "feature array refers to. Then free pages are given back to the file system "
        "and the log is emptied.\n\n"
        "--superseded removes the features of a video of which it has newer ones of "
        "the same kind by another make. --missing removes failed videos without "
        "features whose file is gone; what is done stays, wherever its file is. "
        "--asked empties the cache of clips that `ask` has read.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(GcArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_store_gc};
