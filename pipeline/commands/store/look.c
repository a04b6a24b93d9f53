/* SPDX-License-Identifier: MIT */
/* avqa-pipe store info, ls: what is in the store. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/store/store_priv.h"
#include "pipeline/inputs/dataset_pick.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct LookArgs {
    AqCommon c;
    int all; /* also clips that were only asked about */
} LookArgs;

static AqErr add_dataset(void *arg, const char *name, int64_t n_videos)
{
    json_t *all = arg;

    return json_array_append_new(all, aq_json_pack("{s:s, s:I}", "name", name, "videos",
                                                   (json_int_t)n_videos)) == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

/* The makes, a line each. Gives; NULL with the sentence. */
static json_t *makes_json(AqStore *s)
{
    AqProvenanceList made;

    if (aq_store_list_provenance(s, &made) != AQ_OK)
        return NULL;
    json_t *list = json_array();
    for (size_t k = 0; k < made.n; k++) {
        char *line = aq_provenance_line(&made.v[k]);
        (void)json_array_append_new(
            list, aq_json_string(line ? line : "", line ? strlen(line) : 0));
        aq_free(line);
    }
    aq_provenance_list_clear(&made);
    return list;
}

static void print_info_json(const AqStore *s, const AqStoreInfo *i, json_t *datasets,
                            json_t *makes)
{
    aq_command_print_json(aq_json_pack(
        "{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:O, s:O}", "path",
        aq_store_path(s), "schema", i->schema_version, "videos",
        (json_int_t)i->n_videos, "failed", (json_int_t)i->n_failed, "asked",
        (json_int_t)i->n_asked, "features", (json_int_t)i->n_features, "annotations",
        (json_int_t)i->n_annotations, "runs", (json_int_t)i->n_runs, "media_seconds",
        (double)i->media_us / 1e6, "feature_bytes", (json_int_t)i->feature_bytes,
        "file_bytes", (json_int_t)i->file_bytes, "datasets", datasets, "made_by",
        makes));
}

static void print_datasets(const json_t *datasets)
{
    size_t k;
    json_t *d;

    json_array_foreach(datasets, k, d)
    {
        const char *name = json_string_value(json_object_get(d, "name"));
        const long long n = json_integer_value(json_object_get(d, "videos"));

        if (strcmp(name, AQ_DATASET_ASKED) == 0)
            (void)printf("  %lld clips that were asked about, apart\n", n);
        else if (strcmp(name, AQ_DATASET_DEFAULT) != 0 || json_array_size(datasets) > 1)
            (void)printf("  data set %s: %lld videos\n", aq_text_shown(name), n);
    }
}

static void print_info(const AqStore *s, const AqStoreInfo *i, const json_t *datasets,
                       const json_t *makes)
{
    char clock[24];
    size_t k;
    json_t *line;

    (void)printf(
        "%s\n  schema %d, SQLite %s, %.1f MB\n  %lld videos (%lld failed), %s of "
        "media\n  %lld feature arrays, %.1f MB\n  %lld runs\n",
        aq_text_shown(aq_store_path(s)), i->schema_version, i->sqlite_version,
        (double)i->file_bytes / 1e6, (long long)i->n_videos, (long long)i->n_failed,
        aq_clock_text(i->media_us, clock), (long long)i->n_features,
        (double)i->feature_bytes / 1e6, (long long)i->n_runs);
    print_datasets(datasets);
    json_array_foreach(makes, k, line)(void)
        printf("  made by %s\n", aq_text_shown(json_string_value(line)));
}

static AqErr show_store_info(AqStore *s, const LookArgs *a)
{
    AqStoreInfo i;
    json_t *datasets = json_array(), *makes = NULL;
    AqErr err = aq_store_info(s, &i);

    if (err == AQ_OK)
        err = aq_store_each_dataset(s, add_dataset, datasets);
    if (err == AQ_OK && !(makes = makes_json(s)))
        err = AQ_ERR_STORE;
    if (err == AQ_OK && a->c.json)
        print_info_json(s, &i, datasets, makes);
    else if (err == AQ_OK)
        print_info(s, &i, datasets, makes);
    json_decref(datasets);
    json_decref(makes);
    return err;
}

static AqErr list_store_video(void *arg, const AqStoreVideo *v)
{
    const LookArgs *a = arg;

    if (!aq_dataset_has(a->c.dataset, a->all, v))
        return AQ_OK;
    if (a->c.json) {
        aq_command_print_json(
            aq_json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:s, s:s}", "video",
                         v->name, "dataset", v->dataset, "path", v->path, "status",
                         v->status == AQ_VIDEO_OK ? "ok" : "failed", "seconds",
                         v->n_seconds, "sound", v->has_audio, "picture", v->has_video,
                         "notes", v->notes, "reason", v->reason));
        return AQ_OK;
    }
    if (strcmp(v->dataset, AQ_DATASET_DEFAULT) != 0)
        (void)printf("%s/", aq_text_shown(v->dataset));
    if (v->status == AQ_VIDEO_OK)
        (void)printf("%s  %d s%s%s\n", aq_text_shown(v->name), v->n_seconds,
                     v->has_audio ? "  sound" : "", v->has_video ? "  picture" : "");
    else
        (void)printf("%s  failed in %s: %s\n", aq_text_shown(v->name), v->stage,
                     aq_text_shown(v->reason));
    return AQ_OK;
}

/* Options, the store for reading, `show`, and the exit status. */
static AqErr list_store_videos(AqStore *s, const LookArgs *a)
{
    return aq_store_each_video_of_all(s, list_store_video, (void *)(uintptr_t)a);
}

static int show_store(const LookArgs *a, AqErr (*show)(AqStore *s, const LookArgs *a))
{
    AqStore *s = NULL;
    AqErr err = aq_command_open_store(&s, a->c.store, AQ_STORE_READ);

    if (err == AQ_OK && a->c.dataset)
        err = aq_dataset_to_read(s, a->c.dataset);
    if (err == AQ_OK)
        err = show(s, a);
    aq_store_close(&s);
    return aq_command_status(err);
}

static int run_store_info(const AqCommand *self, void *args)
{
    (void)self;
    return show_store(args, show_store_info);
}

static int run_store_ls(const AqCommand *self, void *args)
{
    (void)self;
    return show_store(args, list_store_videos);
}

static const AqOption info_options[] = {
    AQ_GROUP("Which store"), AQ_ROWS(aq_rows_store), AQ_ROWS(aq_rows_output), {0}};

static const AqTerm info_examples[] = {
    {"avqa-pipe store info", "Videos, features and runs, and what made the features."},
    {0}};

const AqCommand aq_store_info_command = {.name = "store info",
                                         .summary =
                                             "figures, and what made the features",
                                         .usage = "[OPTIONS]",
                                         .about = "What the store holds.",
                                         .examples = info_examples,
                                         .options = info_options,
                                         .args_bytes = AQ_ARGS_BYTES(LookArgs, c),
                                         .run = run_store_info};

static const AqOption ls_options[] = {
    AQ_GROUP("Which videos"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_only),
    AQ_ROW_FLAG("all", LookArgs, all, "also clips that were only asked about"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm ls_examples[] = {
    {"avqa-pipe store ls --json | jq -r .video", "The names of all videos."}, {0}};

const AqCommand aq_store_ls_command = {
    .name = "store ls",
    .summary = "the videos, a line each",
    .usage = "[OPTIONS]",
    .about = "Names, seconds and tracks of the videos, behind their data set if it is "
             "not the default one; why one failed.",
    .examples = ls_examples,
    .options = ls_options,
    .args_bytes = AQ_ARGS_BYTES(LookArgs, c),
    .run = run_store_ls};
