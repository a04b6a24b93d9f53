/* SPDX-License-Identifier: MIT */
/* avqa-pipe store info, ls: what is in the store. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "pipeline/commands/store_priv.h"
#include "pipeline/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static AqErr info(AqStore *s, int json)
{
    AqStoreInfo i;
    AqProvenanceList made;
    char clock[24];
    AqErr err = aq_store_info(s, &i);

    if (err == AQ_OK)
        err = aq_store_list_provenance(s, &made);
    if (err != AQ_OK)
        return err;
    json_t *list = json_array();
    for (size_t k = 0; k < made.n; k++) {
        char *line = aq_provenance_line(&made.v[k]);
        (void)json_array_append_new(
            list, aq_json_string(line ? line : "", line ? strlen(line) : 0));
        aq_free(line);
    }
    aq_provenance_list_clear(&made);
    if (json) {
        aq_command_print_json(aq_json_pack(
            "{s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:o}", "path",
            aq_store_path(s), "schema", i.schema_version, "videos",
            (json_int_t)i.n_videos, "failed", (json_int_t)i.n_failed, "features",
            (json_int_t)i.n_features, "annotations", (json_int_t)i.n_annotations,
            "runs", (json_int_t)i.n_runs, "media_seconds", (double)i.media_us / 1e6,
            "feature_bytes", (json_int_t)i.feature_bytes, "file_bytes",
            (json_int_t)i.file_bytes, "made_by", list));
        return AQ_OK;
    }
    (void)printf(
        "%s\n  schema %d, SQLite %s, %.1f MB\n  %lld videos (%lld failed), %s of "
        "media\n  %lld feature arrays, %.1f MB\n  %lld runs\n",
        aq_text_shown(aq_store_path(s)), i.schema_version, i.sqlite_version,
        (double)i.file_bytes / 1e6, (long long)i.n_videos, (long long)i.n_failed,
        aq_clock_text(i.media_us, clock), (long long)i.n_features,
        (double)i.feature_bytes / 1e6, (long long)i.n_runs);
    for (size_t k = 0; k < json_array_size(list); k++)
        (void)printf("  made by %s\n",
                     aq_text_shown(json_string_value(json_array_get(list, k))));
    json_decref(list);
    return AQ_OK;
}

static AqErr list_one(void *arg, const AqStoreVideo *v)
{
    const int *json = arg;

    if (*json) {
        aq_command_print_json(aq_json_pack(
            "{s:s, s:s, s:s, s:i, s:b, s:b, s:s, s:s}", "video", v->name, "path",
            v->path, "status", v->status == AQ_VIDEO_OK ? "ok" : "failed", "seconds",
            v->n_seconds, "sound", v->has_audio, "picture", v->has_video, "notes",
            v->notes, "reason", v->reason));
        return AQ_OK;
    }
    if (v->status == AQ_VIDEO_OK)
        (void)printf("%s  %d s%s%s\n", aq_text_shown(v->name), v->n_seconds,
                     v->has_audio ? "  sound" : "", v->has_video ? "  picture" : "");
    else
        (void)printf("%s  failed in %s: %s\n", aq_text_shown(v->name), v->stage,
                     aq_text_shown(v->reason));
    return AQ_OK;
}

/* Options, the store for reading, `show`, and the exit status. */
static int look(const AqCommand *self, int argc, char **argv,
                AqErr (*show)(AqStore *s, int json))
{
    AqCommon c = {0};
    AqStore *s = NULL;
    int status;
    const AqOption table[] = {
        AQ_OPTION_STORE(c), AQ_OPTION_JSON(c), AQ_OPTION_QUIET(c), {0}};

    if (!aq_command_begin_alone(self, table, argc, argv, &c, &status))
        return status;
    AqErr err = aq_command_open_store(&s, c.store, AQ_STORE_READ);
    if (err == AQ_OK)
        err = show(s, c.json);
    aq_store_close(&s);
    return aq_command_status(err);
}

static AqErr list(AqStore *s, int json)
{
    return aq_store_each_video(s, list_one, &json);
}

static int run_info(const AqCommand *self, int argc, char **argv)
{
    return look(self, argc, argv, info);
}

static int run_ls(const AqCommand *self, int argc, char **argv)
{
    return look(self, argc, argv, list);
}

const AqCommand aq_store_info_command = {.name = "store info",
                                         .summary =
                                             "figures, and what made the features",
                                         .usage = "[OPTIONS]",
                                         .about = "What the store holds.",
                                         .run = run_info};

const AqCommand aq_store_ls_command = {
    .name = "store ls",
    .summary = "the videos, a line each",
    .usage = "[OPTIONS]",
    .about = "Names, seconds and tracks of the videos; why one failed.",
    .run = run_ls};
