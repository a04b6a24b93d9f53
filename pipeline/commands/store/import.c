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
    AqTextList paths;
    const char *name, *videos;
    int kind, layout; /* AqModality, -1: none was said; AqFeatureLayout */
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
        err = aq_import_features(sum, a->paths.v, a->paths.n, p);
    }
    sum->n_skipped += (int)videos.n_skipped;
    aq_store_close(&s);
    aq_scan_clear(&videos);
    return err;
}

/* Why something was left out, for people and as keys of JSON. */
static const struct {
    AqErr err;
    const char *text, *key;
} refusals[] = {{AQ_ERR_FORMAT, "malformed", "malformed"},
                {AQ_ERR_NUMERIC, "with NaN or infinity", "not_finite"},
                {AQ_ERR_MISMATCH, "not fitting what is there", "not_fitting"},
                {AQ_ERR_UNSUPPORTED, "not supported", "not_supported"},
                {AQ_ERR_NOT_FOUND, "without features", "without_features"},
                {AQ_ERR_IO, "not readable", "not_readable"}};
enum { N_REFUSALS = sizeof refusals / sizeof *refusals };

/* " (1 malformed, 2 ...)", or nothing. */
static void print_refusals(const AqFeatureImportSummary *s)
{
    int n = 0;

    for (size_t k = 0; k < N_REFUSALS; k++)
        if (s->refused[refusals[k].err])
            (void)printf("%s%d %s", n++ ? ", " : " (", s->refused[refusals[k].err],
                         refusals[k].text);
    if (n)
        (void)putchar(')');
}

static json_t *refusals_as_json(const AqFeatureImportSummary *s)
{
    json_t *o = json_object();

    for (size_t k = 0; o && k < N_REFUSALS; k++)
        if (s->refused[refusals[k].err] &&
            json_object_set_new(o, refusals[k].key,
                                json_integer(s->refused[refusals[k].err])) != 0) {
            json_decref(o);
            return NULL;
        }
    return o;
}

static void print_import_summary(const ImportArgs *a, const AqFeatureImportSummary *s,
                                 int interrupted)
{
    if (a->c.json) {
        aq_command_print_json(
            aq_json_pack("{s:{s:i, s:i, s:i, s:i, s:o, s:i, s:b}}", "summary", "files",
                         s->n_files, "made", s->n_made, "current", s->n_current,
                         "skipped", s->n_skipped, "refused", refusals_as_json(s),
                         "unseen", s->n_unseen, "interrupted", interrupted));
        return;
    }
    (void)printf("%d files: %d arrays imported, %d there already, %d left out",
                 s->n_files, s->n_made, s->n_current, s->n_skipped);
    print_refusals(s);
    (void)printf("%s\n", interrupted ? "; interrupted: the same command goes on" : "");
    if (s->n_unseen)
        (void)printf("%d of the videos themselves were not seen: their digests are "
                     "those of the features until they are ingested, or imported with "
                     "--videos\n",
                     s->n_unseen);
}

static int run_store_import(const AqCommand *self, void *args)
{
    ImportArgs *a = args;
    AqFeatureImport p = {.kind = (AqModality)a->kind,
                         .layout = (AqFeatureLayout)a->layout,
                         .name = a->name,
                         .force = a->force,
                         .cancelled = aq_interrupt_stop,
                         .result = on_import_result,
                         .ctx = a};
    AqFeatureImportSummary sum = {0};

    if (a->paths.n == 0 || a->kind < 0)
        return aq_command_misuse(self, "it takes files or folders, and --kind");
    if (a->name && !*a->name)
        return aq_command_misuse(self, "--name is empty; say what made the features");
    const AqErr err = import_all(a, &p, &sum);
    if (err == AQ_OK || err == AQ_ERR_CANCELLED)
        print_import_summary(a, &sum, err == AQ_ERR_CANCELLED);
    const int status = aq_command_status(err);
    return status == AQ_EXIT_DONE && sum.n_skipped ? AQ_EXIT_SKIPPED : status;
}

static const char *const kinds[] = {
    [AQ_AUDIO] = "audio", [AQ_VISUAL] = "visual", [AQ_N_MODALITIES] = NULL};
static const char *const layouts[] = {[AQ_LAYOUT_AUTO] = "auto",
                                      [AQ_LAYOUT_THWC] = "thwc",
                                      [AQ_LAYOUT_TCHW] = "tchw",
                                      [AQ_LAYOUT_TCHW + 1] = NULL};

static const AqOption options[] = {
    AQ_GROUP("What is imported"),
    AQ_ROW_WORDS("PATH", ImportArgs, paths, 0, AQ_HINT_FILE,
                 "files of features, and folders of them", NULL),
    AQ_ROW_CHOICE("kind", ImportArgs, kind, kinds, "what they are of", NULL),
    AQ_ROW_CHOICE("layout", ImportArgs, layout, layouts, "of grids", NULL),
    AQ_ROW_TEXT("name", ImportArgs, name, "NAME", "of what made them",
                "as export wrote beside them"),
    AQ_ROW_FOLDER("videos", ImportArgs, videos, "DIR",
                  "the videos, for their digests and times", NULL),
    AQ_GROUP("Where features are kept"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_fill),
    AQ_ROW_FLAG("force", ImportArgs, force,
                "replace features of the same name that differ"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe store import feats/vggish --kind audio --name vggish-theirs",
     "A folder of NAME.npy, a video each."},
    {"avqa-pipe store import features.h5 --kind visual --layout tchw --name resnet18",
     "Grids as torch lays them out."},
    {0}};

static const ImportArgs import_defaults = {.kind = -1};

const AqCommand aq_store_import_command = {
    .name = "store import",
    .summary = "features that other tools made",
    .usage = "PATH... --kind audio|visual [--name NAME] [OPTIONS]",
    .about =
        "Takes .npy (a video each, called by the video's name), .npz, safetensors and "
        "HDF5 (an array a video), and folders of them: a row a second, sound (T,C), "
        "pictures (T,C), (T,h,w,C), (T,C,h,w) or tokens (T,S,C), float16, 32 or 64; a "
        "square number of tokens becomes a grid. HCRN's HDF5 files too "
        "(resnet_features or resnext_features beside ids): an id is the video whose "
        "name ends in it. They are kept as "
        "made by NAME; train and eval take them with --audio NAME and --visual NAME. "
        "`ask` cannot: the program does not know how to make them of a new "
        "clip.\n\n"
        "What `store export` wrote comes back as it was, without --name as the same "
        "make. What cannot be used is named and left out (status 3).",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(ImportArgs, c),
    .defaults = &import_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_store_import};
