/* SPDX-License-Identifier: MIT */
/* avqa-pipe store: what is in the store, and whether it is sound. */
#include "store/store.h"

#include "base/alloc.h"
#include "base/log.h"
#include "pipeline/commands/command.h"
#include "pipeline/config.h"
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
        (void)json_array_append_new(list, json_string(line ? line : ""));
        aq_free(line);
    }
    aq_provenance_list_clear(&made);
    if (json) {
        aq_command_print_json(json_pack(
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
        aq_store_path(s), i.schema_version, i.sqlite_version,
        (double)i.file_bytes / 1e6, (long long)i.n_videos, (long long)i.n_failed,
        aq_clock_text(i.media_us, clock), (long long)i.n_features,
        (double)i.feature_bytes / 1e6, (long long)i.n_runs);
    for (size_t k = 0; k < json_array_size(list); k++)
        (void)printf("  made by %s\n", json_string_value(json_array_get(list, k)));
    json_decref(list);
    return AQ_OK;
}

static AqErr list_one(void *arg, const AqStoreVideo *v)
{
    const int *json = arg;

    if (*json) {
        aq_command_print_json(json_pack(
            "{s:s, s:s, s:s, s:i, s:b, s:b, s:s, s:s}", "video", v->name, "path",
            v->path, "status", v->status == AQ_VIDEO_OK ? "ok" : "failed", "seconds",
            v->n_seconds, "sound", v->has_audio, "picture", v->has_video, "notes",
            v->notes, "reason", v->reason));
        return AQ_OK;
    }
    if (v->status == AQ_VIDEO_OK)
        (void)printf("%s  %d s%s%s\n", v->name, v->n_seconds,
                     v->has_audio ? "  sound" : "", v->has_video ? "  picture" : "");
    else
        (void)printf("%s  failed in %s: %s\n", v->name, v->stage, v->reason);
    return AQ_OK;
}

static void on_fault(void *arg, const char *where, const char *what)
{
    const int *json = arg;

    if (*json)
        aq_command_print_json(json_pack("{s:s, s:s}", "where", where, "fault", what));
    else
        (void)printf("%s: %s\n", where, what);
}

static AqErr verify(AqStore *s, int json, int *bad)
{
    int64_t n = 0;
    AqStoreInfo i;
    AqErr err = aq_store_verify(s, on_fault, &json, &n);

    if (err == AQ_OK)
        err = aq_store_info(s, &i);
    if (err != AQ_OK)
        return err;
    *bad = n > 0;
    if (json)
        aq_command_print_json(json_pack("{s:I, s:I, s:I}", "faults", (json_int_t)n,
                                        "videos", (json_int_t)i.n_videos, "features",
                                        (json_int_t)i.n_features));
    else
        (void)printf("%lld videos, %lld feature arrays: %s\n", (long long)i.n_videos,
                     (long long)i.n_features, n ? "faults were found" : "all sound");
    return AQ_OK;
}

static int run(const AqCommand *self, int argc, char **argv)
{
    AqCommon c = {0};
    AqTextList rest = {0};
    AqStore *s = NULL;
    char *path = NULL;
    int status, bad = 0;
    const AqOption table[] = {
        AQ_OPTION_STORE(c), AQ_OPTION_JSON(c), AQ_OPTION_QUIET(c), {0}};

    if (!aq_command_begin(self, table, argc, argv, &rest, &c, &status))
        return status;
    const char *what = rest.n == 1 ? rest.v[0] : "";
    const int is_info = strcmp(what, "info") == 0, is_ls = strcmp(what, "ls") == 0,
              is_verify = strcmp(what, "verify") == 0;
    aq_text_list_clear(&rest);
    if (!is_info && !is_ls && !is_verify)
        return aq_command_misuse(self, "say one of info, ls and verify");
    AqErr err = aq_config_store(c.store, &path);
    if (err == AQ_OK)
        err = aq_store_open(&s, path, AQ_STORE_READ);
    if (err == AQ_OK && is_info)
        err = info(s, c.json);
    else if (err == AQ_OK && is_ls)
        err = aq_store_each_video(s, list_one, &c.json);
    else if (err == AQ_OK)
        err = verify(s, c.json, &bad);
    aq_store_close(&s);
    aq_free(path);
    status = aq_command_status(err);
    return status == AQ_EXIT_DONE && bad ? AQ_EXIT_FAILED : status;
}

const AqCommand aq_command_store = {
    .name = "store",
    .summary = "what the store holds; whether it is sound",
    .usage = "info|ls|verify [OPTIONS]",
    .about =
        "info   figures, and what made the features\nls     the videos, a line "
        "each\nverify reads everything and checks it against its digests; status 1 "
        "if a fault is found",
    .run = run};
