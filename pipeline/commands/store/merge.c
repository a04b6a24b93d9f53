/* SPDX-License-Identifier: MIT */
/* avqa-pipe store merge: several stores into one. */
#include "store/merge/merge.h"

#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct MergeArgs {
    AqCommon c;
    const char *into, *prefer;
    AqTextList sources, makes; /* of --provenance */
    int begun, n_left_out;
} MergeArgs;

typedef struct Fault {
    const char *where, *what;
} Fault;

static void print_fault(void *arg)
{
    const Fault *f = arg;

    aq_command_print_json(
        aq_json_pack("{s:s, s:s}", "where", f->where, "fault", f->what));
}

static void on_merge_fault(void *ctx, const char *where, const char *what)
{
    const MergeArgs *a = ctx;
    Fault f = {.where = where, .what = what};

    if (a->c.json)
        aq_progress_aside(print_fault, &f);
    else
        aq_log(AQ_LOG_WARN, "%s: %s", where, what);
}

static void on_seen(void *ctx, const AqMergeSummary *s)
{
    MergeArgs *a = ctx;

    if (!a->begun) /* not before: how many there are is known now */
        aq_progress_begin("videos", s->n_total, a->c.quiet);
    a->begun = 1;
    aq_progress_set(s->n_seen, "%lld feature arrays, %.1f MB", (long long)s->n_features,
                    (double)s->n_bytes / 1e6);
}

static void print_merge_summary(const MergeArgs *a, const AqMergeSummary *s)
{
    if (a->c.json) {
        aq_command_print_json(aq_json_pack(
            "{s:{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "summary", "into",
            a->into, "added", (json_int_t)s->n_added, "changed",
            (json_int_t)s->n_changed, "features", (json_int_t)s->n_features,
            "feature_bytes", (json_int_t)s->n_bytes, "questions",
            (json_int_t)s->n_questions, "damaged", (json_int_t)s->n_damaged,
            "not_copied", (json_int_t)s->n_not_copied, "other_makes",
            (json_int_t)s->n_other_makes));
        return;
    }
    (void)printf("%s: %lld videos added, %lld changed; %lld feature arrays (%.1f MB) "
                 "and %lld questions copied",
                 aq_text_shown(a->into), (long long)s->n_added, (long long)s->n_changed,
                 (long long)s->n_features, (double)s->n_bytes / 1e6,
                 (long long)s->n_questions);
    if (s->n_other_makes)
        (void)printf("; %lld arrays of other makes were not asked for",
                     (long long)s->n_other_makes);
    if (s->n_damaged || s->n_not_copied)
        (void)printf("; %lld damaged rows and %lld videos left out",
                     (long long)s->n_damaged, (long long)s->n_not_copied);
    (void)putchar('\n');
}

/* --prefer in the plan's terms; -3 where it names none of the stores. */
static int parse_merge_preference(const MergeArgs *a)
{
    if (!a->prefer)
        return AQ_MERGE_REFUSE;
    if (strcmp(a->prefer, "newest") == 0)
        return AQ_MERGE_NEWEST;
    if (strcmp(a->prefer, a->into) == 0)
        return a->sources.n;
    for (int k = 0; k < a->sources.n; k++)
        if (strcmp(a->prefer, a->sources.v[k]) == 0)
            return k;
    return -3;
}

static AqMergeMakes makes_of(const MergeArgs *a)
{
    if (a->makes.n == 0)
        return AQ_MERGE_ONE_MAKE;
    if (a->makes.n == 1 && strcmp(a->makes.v[0], "all") == 0)
        return AQ_MERGE_ALL_MAKES;
    if (a->makes.n == 1 && strcmp(a->makes.v[0], "newest") == 0)
        return AQ_MERGE_NEWEST_MAKE;
    return AQ_MERGE_NAMED_MAKES;
}

/* Of several sources, one that is there and cannot be read is told and left out, as
 * long as there is another; one that is not there is a slip. Its number in --prefer
 * stays: the others move up. */
static void drop_unreadable_stores(MergeArgs *a, int *prefer)
{
    for (int k = 0; k < a->sources.n && a->sources.n > 1;) {
        AqStore *s = NULL;
        const AqErr err = aq_store_open(&s, a->sources.v[k], AQ_STORE_READ);

        aq_store_close(&s);
        if (err == AQ_OK || err == AQ_ERR_NOT_FOUND || err == AQ_ERR_NOMEM ||
            *prefer == k) {
            k++;
            continue;
        }
        aq_log(AQ_LOG_ERROR, "%s: this store is left out", aq_err_text());
        a->n_left_out++;
        a->sources.n--;
        for (int i = k; i < a->sources.n; i++)
            a->sources.v[i] = a->sources.v[i + 1];
        *prefer -= *prefer > k;
    }
}

static int merge_stores(MergeArgs *a, int prefer)
{
    AqMergeSummary sum;
    const AqMergePlan plan = {.into = a->into,
                              .sources = a->sources.v,
                              .n_sources = a->sources.n,
                              .prefer = prefer,
                              .makes = makes_of(a),
                              .names = a->makes.v,
                              .n_names = a->makes.n,
                              .fault = on_merge_fault,
                              .seen = on_seen,
                              .stop = aq_interrupt_stop,
                              .ctx = a};

    const AqErr err = aq_store_merge(&plan, &sum);
    if (a->begun)
        aq_progress_end();
    if (err == AQ_OK || err == AQ_ERR_CANCELLED)
        print_merge_summary(a, &sum);
    if (err == AQ_ERR_CANCELLED)
        aq_log(AQ_LOG_WARN, "%s", aq_err_text());
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && (sum.n_damaged || sum.n_not_copied)
               ? AQ_EXIT_SKIPPED
               : status;
}

static int run_store_merge(const AqCommand *self, void *args)
{
    MergeArgs *a = args;

    if (a->sources.n == 0)
        return aq_command_misuse(self, "name at least one store to merge");
    if (!a->into)
        return aq_command_misuse(self, "say into which store with --into FILE");
    int prefer = parse_merge_preference(a);
    if (prefer < AQ_MERGE_REFUSE)
        return aq_command_misuse(
            self,
            "--prefer takes `newest` or one of the stores, as it is spelt here; "
            "'%s' is neither",
            a->prefer);
    drop_unreadable_stores(a, &prefer);
    const int status = merge_stores(a, prefer);
    return status == AQ_EXIT_DONE && a->n_left_out ? AQ_EXIT_SKIPPED : status;
}

static const AqOption options[] = {
    AQ_GROUP("Which stores"),
    AQ_ROW_WORDS("STORE", MergeArgs, sources, 0, AQ_HINT_FILE,
                 "stores to take from; they are only read", NULL),
    AQ_ROW_FILE("into", MergeArgs, into, "FILE",
                "the store to merge into; made if absent", NULL),
    AQ_GROUP("Where they differ"),
    AQ_ROW_TEXT("prefer", MergeArgs, prefer, "WHOSE",
                "what two of them have differently: `newest`, or that of one of the "
                "stores, by its FILE",
                "none: that is an error"),
    AQ_ROW_TEXTS("provenance", MergeArgs, makes, "WHICH",
                 "of several makes of a kind: `all`, `newest`, or TEXT; may be given "
                 "once for each make",
                 "none: that is an error"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store merge part-*.db --into all.db",
     "Puts what the tasks of a job array have ingested into one store."},
    {"avqa-pipe store merge new.db --into all.db --prefer newest",
     "Where new.db and all.db differ, takes what was made last."},
    {0}};

const AqCommand aq_store_merge_command = {
    .name = "store merge",
    .summary = "puts several stores into one",
    .usage = "STORE... --into FILE [OPTIONS]",
    .about =
        "Copies videos, their features with what made them, and questions. The sources "
        "are only read. Each feature array is checked against its digest; what does "
        "not verify is named and left out (status 3). What failed in one store and is "
        "done in another is done. Runs stay where they were made. The order of the "
        "stores does not matter for the features; merging again copies nothing twice, "
        "and takes up where an interrupted merge stopped.\n\n"
        "Everything is compared before anything is written. Two things are refused "
        "unless an option says what to take.\n\n"
        "--prefer: different content under the same name, other features of the same "
        "make, other questions of the same data set and split. `newest` takes what was "
        "made last (questions bear no date), FILE what that store has.\n\n"
        "--provenance: features of one kind by several makes (extractor, version, "
        "weights, precision, sampling), which a training must not mix. `all` keeps "
        "them side by side, `newest` takes the make used last, TEXT the make in whose "
        "line (`store info`) TEXT is. What the target holds already stays (`store gc "
        "--superseded` removes it).",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(MergeArgs, c),
    .stop = AQ_STOP_SAVES,
    .run = run_store_merge};
