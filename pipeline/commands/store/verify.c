/* SPDX-License-Identifier: MIT */
/* avqa-pipe store verify: whether the store is sound, and whether it is still of the
 * files that it was made from. */
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/parallel/interrupt.h"
#include "store/store.h"

#include <jansson.h>
#include <stdio.h>

typedef struct VerifyArgs {
    AqCommon c;
    int deep;
    int64_t n_faults;
    AqDeepCounts deep_counts;
} VerifyArgs;

static void print_verify_line(const VerifyArgs *a, const char *kind, const char *where,
                              const char *what)
{
    if (a->c.json)
        aq_command_print_json(aq_json_pack("{s:s, s:s}", "where", where, kind, what));
    else
        (void)printf("%s: %s\n", aq_text_shown(where), aq_text_shown(what));
}

static void on_verify_fault(void *ctx, const char *where, const char *what)
{
    print_verify_line(ctx, "fault", where, what);
}

static void on_told(void *ctx, const char *where, const char *what)
{
    print_verify_line(ctx, "note", where, what);
}

static void print_verify_json(const VerifyArgs *a, const AqStoreInfo *i)
{
    const AqDeepCounts *d = &a->deep_counts;
    json_t *o =
        aq_json_pack("{s:I, s:I, s:I}", "faults", (json_int_t)a->n_faults, "videos",
                     (json_int_t)i->n_videos, "features", (json_int_t)i->n_features);

    if (a->deep)
        (void)json_object_set_new(
            o, "deep",
            aq_json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "values",
                         (json_int_t)d->n_values, "files_same", (json_int_t)d->n_same,
                         "files_changed", (json_int_t)d->n_changed, "files_missing",
                         (json_int_t)d->n_missing, "questions",
                         (json_int_t)d->n_questions, "idle_makes",
                         (json_int_t)d->n_idle_makes));
    aq_command_print_json(o);
}

static void print_verify_text(const VerifyArgs *a, const AqStoreInfo *i)
{
    const AqDeepCounts *d = &a->deep_counts;

    (void)printf("%lld videos, %lld feature arrays: %s\n", (long long)i->n_videos,
                 (long long)i->n_features,
                 a->n_faults ? "faults were found" : "all sound");
    if (a->deep)
        (void)printf("%lld values, %lld questions; files: %lld the same, %lld changed, "
                     "%lld not compared; %lld makes without features\n",
                     (long long)d->n_values, (long long)d->n_questions,
                     (long long)d->n_same, (long long)d->n_changed,
                     (long long)d->n_missing, (long long)d->n_idle_makes);
}

static AqErr verify_store(VerifyArgs *a, AqStore *s)
{
    const AqDeepPlan plan = {
        .fault = on_verify_fault, .told = on_told, .stop = aq_interrupt_stop, .ctx = a};
    AqStoreInfo i;
    AqErr err = a->deep ? aq_store_verify_deep(s, &plan, &a->deep_counts, &a->n_faults)
                        : aq_store_verify(s, on_verify_fault, a, &a->n_faults);

    if (err == AQ_ERR_CANCELLED)
        aq_log(AQ_LOG_WARN, "interrupted: not all files were compared");
    if (err == AQ_OK)
        err = aq_store_info(s, &i);
    if (err != AQ_OK)
        return err;
    if (a->c.json)
        print_verify_json(a, &i);
    else
        print_verify_text(a, &i);
    return AQ_OK;
}

static int run_store_verify(const AqCommand *self, void *args)
{
    VerifyArgs *a = args;
    AqStore *s = NULL;
    AqErr err = aq_interrupt_take(a->deep);

    (void)self;
    if (err == AQ_OK)
        err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);
    if (err == AQ_OK)
        err = verify_store(a, s);
    aq_store_close(&s);
    const int status = aq_command_status(err);
    if (status == AQ_EXIT_DONE && a->n_faults)
        return AQ_EXIT_FAILED;
    return status == AQ_EXIT_DONE && a->deep_counts.n_missing ? AQ_EXIT_SKIPPED
                                                              : status;
}

static const AqOption options[] = {
    AQ_GROUP("What is verified"),
    AQ_ROWS(aq_rows_store),
    AQ_ROW_FLAG("deep", VerifyArgs, deep,
                "also each value, the questions, and the videos' files"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store verify", "Each row and each feature array against its digest."},
    {"avqa-pipe store verify --deep --store all.db",
     "Also whether the videos are still those that the features were made from."},
    {0}};

const AqCommand aq_store_verify_command = {
    .name = "store verify",
    .summary = "reads everything and checks it against its digests",
    .usage = "[OPTIONS]",
    .about =
        "Prints each fault; status 1 if there is one. Reads the whole store: SQLite's "
        "structure, each row's values, each feature array against its digest.\n\n"
        "--deep also looks at each value of the features and at the questions, and "
        "reads the videos' files where they are: one with different content than its "
        "features were made from is a fault; one that is not there is named (status 3, "
        "if nothing else is wrong).",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(VerifyArgs, c),
    .stop = AQ_STOP_OWN,
    .run = run_store_verify};
