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

enum { MAX_NAMES = 16 };

typedef struct MergeArgs {
    AqCommon c;
    const char *into, *prefer;
    const char *makes[MAX_NAMES]; /* of --provenance */
    int n_makes, begun, n_left_out;
    AqTextList sources;
} MergeArgs;

typedef struct Fault {
    const char *where, *what;
} Fault;

static AqErr add_make(void *ctx, const char *name, const char *value)
{
    MergeArgs *a = ctx;

    if (a->n_makes == MAX_NAMES)
        return aq_fail(AQ_ERR_USAGE, "--%s: %d of them at most", name, MAX_NAMES);
    a->makes[a->n_makes++] = value;
    return AQ_OK;
}

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
    if (a->n_makes == 0)
        return AQ_MERGE_ONE_MAKE;
    if (a->n_makes == 1 && strcmp(a->makes[0], "all") == 0)
        return AQ_MERGE_ALL_MAKES;
    if (a->n_makes == 1 && strcmp(a->makes[0], "newest") == 0)
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
                              .names = a->makes,
                              .n_names = a->n_makes,
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

static int run_store_merge(const AqCommand *self, int argc, char **argv)
{
    MergeArgs a = {.n_makes = 0};
    int status;
    const AqOption table[] = {
        {.name = "into",
         .kind = AQ_OPT_TEXT,
         .arg = "FILE",
         .to = &a.into,
         .help = "the store to merge into; made if absent"},
        {.name = "prefer",
         .kind = AQ_OPT_TEXT,
         .arg = "WHOSE",
         .to = &a.prefer,
         .help = "where two differ: `newest`, or one of the stores' FILE"},
        {.name = "provenance",
         .kind = AQ_OPT_CALL,
         .arg = "WHICH",
         .to = &a,
         .fn = add_make,
         .help = "of several makes of a kind: `all`, `newest`, or TEXT"},
        AQ_OPTION_JSON(a.c),
        AQ_OPTION_QUIET(a.c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.sources, &a.c, &status))
        return status;
    if (a.sources.n == 0)
        status = aq_command_misuse(self, "name at least one store to merge");
    else if (!a.into)
        status = aq_command_misuse(self, "say into which store with --into FILE");
    else if (parse_merge_preference(&a) < AQ_MERGE_REFUSE)
        status = aq_command_misuse(
            self,
            "--prefer takes `newest` or one of the stores, as it is spelt here; "
            "'%s' is neither",
            a.prefer);
    else {
        int prefer = parse_merge_preference(&a);

        drop_unreadable_stores(&a, &prefer);
        status = merge_stores(&a, prefer);
        if (status == AQ_EXIT_DONE && a.n_left_out)
            status = AQ_EXIT_SKIPPED;
    }
    aq_text_list_clear(&a.sources);
    return status;
}

const AqCommand aq_store_merge_command = {
    .name = "store merge",
    .summary = "puts several stores into one",
    .usage = "STORE... --into FILE [OPTIONS]",
    .about =
        "Copies videos, their features with what made them, and questions. The sources "
        "are only\nread. Each feature array is checked against its digest; what does "
        "not verify is named and\nleft out (status 3). What failed in one store and is "
        "done in another is done. Runs stay\nwhere they were made. The order of the "
        "stores does not matter for the features; merging\nagain copies nothing twice, "
        "and takes up where an interrupted merge stopped.\n\n"
        "Everything is compared before anything is written. Refused, unless told what "
        "to take:\n"
        "- different content under the same name, other features of the same make, "
        "other questions of\n  the same data set and split: --prefer newest takes what "
        "was "
        "made last (questions bear\n  no date), --prefer FILE what that store has;\n"
        "- features of one kind by several makes (extractor, version, weights, "
        "precision,\n  sampling), which a training must not mix: --provenance all "
        "keeps "
        "them side by side,\n  --provenance newest takes the make used last, "
        "--provenance TEXT the make in whose line\n  (`store info`) TEXT is; it may be "
        "given once for each make to take. What the target\n  holds already stays "
        "(`store gc --superseded` removes it).",
    .stop = AQ_STOP_SAVES,
    .run = run_store_merge};
