/* SPDX-License-Identifier: MIT */
/* avqa-pipe store failures: which videos failed, where, and why. */
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/inputs/dataset_pick.h"
#include "store/store.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const stages[] = {"read", "memory", "decode", "store", NULL};

typedef struct FailuresArgs {
    AqCommon c;
    int stage; /* of `stages`; -1: all */
    int paths, paths0;
    int64_t n;
    json_t *by_stage; /* how many in each */
} FailuresArgs;

static void count_failure(FailuresArgs *a, const char *stage)
{
    const json_t *n = json_object_get(a->by_stage, stage);

    a->n++;
    (void)json_object_set_new(a->by_stage, stage,
                              json_integer(json_integer_value(n) + 1));
}

static AqErr show_failure(void *arg, const AqStoreVideo *v)
{
    FailuresArgs *a = arg;

    if (!aq_dataset_has(a->c.dataset, 0, v) || v->status != AQ_VIDEO_FAILED ||
        (a->stage >= 0 && strcmp(stages[a->stage], v->stage) != 0))
        return AQ_OK;
    count_failure(a, v->stage);
    if (a->paths || a->paths0) {
        (void)fputs(v->path, stdout);
        (void)putchar(a->paths0 ? '\0' : '\n');
    } else if (a->c.json) {
        aq_command_print_json(aq_json_pack("{s:s, s:s, s:s, s:s}", "video", v->name,
                                           "path", v->path, "stage", v->stage, "reason",
                                           v->reason));
    } else {
        /* one line and three columns, whatever the file is called */
        (void)printf("%s\t%s\t%s\n", aq_text_shown(v->path), v->stage,
                     aq_text_shown(v->reason));
    }
    return AQ_OK;
}

static void print_failures_summary(const FailuresArgs *a)
{
    const char *stage, *between = ": ";
    const json_t *n;

    if (a->paths || a->paths0)
        return;
    if (a->c.json) {
        aq_command_print_json(aq_json_pack("{s:{s:I, s:O}}", "summary", "failed",
                                           (json_int_t)a->n, "stages", a->by_stage));
        return;
    }
    (void)printf("%lld failed", (long long)a->n);
    json_object_foreach(a->by_stage, stage, n)
    {
        (void)printf("%s%s %lld", between, stage, (long long)json_integer_value(n));
        between = ", ";
    }
    (void)putchar('\n');
}

static int run_store_failures(const AqCommand *self, void *args)
{
    FailuresArgs *a = args;
    AqStore *s = NULL;

    if (a->paths + a->paths0 + a->c.json > 1)
        return aq_command_misuse(self, "one of --paths, --paths0 and --json, not two");
    a->by_stage = json_object();
    AqErr err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);
    if (err == AQ_OK && a->c.dataset)
        err = aq_dataset_to_read(s, a->c.dataset);
    if (err == AQ_OK)
        err = aq_store_each_video_of_all(s, show_failure, a);
    if (err == AQ_OK)
        print_failures_summary(a);
    aq_store_close(&s);
    json_decref(a->by_stage);
    return aq_command_status(err);
}

static const AqOption options[] = {
    AQ_GROUP("Which failures"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_only),
    AQ_ROW_CHOICE("stage", FailuresArgs, stage, stages, "only what failed there",
                  "all"),
    AQ_GROUP("What is printed"),
    AQ_ROW_FLAG("paths", FailuresArgs, paths, "only the files' paths, one a line"),
    AQ_ROW_FLAG("paths0", FailuresArgs, paths0,
                "the same, each ended by a zero byte: for xargs -0"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store failures --stage decode", "What could not be decoded, and why."},
    {"avqa-pipe store failures --paths0 | xargs -0r avqa-pipe ingest --retry-failed",
     "Tries all of them again."},
    {0}};

static const FailuresArgs failures_defaults = {.stage = -1};

const AqCommand aq_store_failures_command = {
    .name = "store failures",
    .summary = "the videos that failed: file, stage and reason",
    .usage = "[OPTIONS]",
    .about = "A line for each: path, stage and reason, with tabs between and control "
             "characters as \\n, \\t, \\xHH; how many in each stage at the end.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(FailuresArgs, c),
    .defaults = &failures_defaults,
    .run = run_store_failures};
