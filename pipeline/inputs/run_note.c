/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */
#include "pipeline/inputs/run_note.h"

#include "base/alloc.h"
#include "base/digest.h"
#include "base/process.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/inputs/features/wants.h"
#include "pipeline/ui/config.h"
#include "pipeline/version.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATIENCE_MS 2000 /* wait for another writer, if recording is optional */

/* Takes the value; NULL means that memory ran out. */
static void put_run_note_value(AqRunNote *n, const char *key, json_t *value)
{
    if (json_object_set_new(n->about, key, value) != 0 && n->err == AQ_OK)
        n->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static json_t *list_process_arguments(void)
{
    json_t *list = json_array();
    char *text = NULL;
    size_t bytes = 0;

    if (aq_process_arguments(&text, &bytes) == AQ_OK)
        for (size_t at = 0; at < bytes; at += strlen(text + at) + 1)
            (void)json_array_append_new(list,
                                        aq_json_string(text + at, strlen(text + at)));
    aq_free(text);
    return list;
}

void aq_run_note_init(AqRunNote *n, const char *kind)
{
    char process[AQ_PROCESS_ID], host[AQ_HOST_NAME];

    aq_process_identity(process);
    aq_process_host(host);
    *n = (AqRunNote){.kind = kind, .about = json_object()};
    put_run_note_value(n, "arguments", list_process_arguments());
    put_run_note_value(n, "version", json_string(AQ_VERSION));
    if (*AQ_COMMIT)
        put_run_note_value(n, "commit", json_string(AQ_COMMIT));
    put_run_note_value(n, "host", aq_json_string(host, strlen(host)));
    put_run_note_value(n, "process", json_string(process));
}

void aq_run_note_clear(AqRunNote *n)
{
    json_decref(n->about);
    aq_store_close(&n->own);
    *n = (AqRunNote){0};
}

/* Regular files only: a pipe was consumed, and a device has no fixed content. */
json_t *aq_run_note_file_of(const char *path)
{
    char hex[AQ_SHA256_HEX], *full = realpath(path, NULL);
    struct stat st;
    const int has_digest = stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
                           aq_sha256_file(path, hex) == AQ_OK;
    json_t *o = aq_json_pack("{s:s, s:s?}", "file", full ? full : path, "sha256",
                             has_digest ? hex : NULL);

    free(full);
    return o;
}

void aq_run_note_file(AqRunNote *n, const char *key, const char *path)
{
    if (path)
        put_run_note_value(n, key, aq_run_note_file_of(path));
}

void aq_run_note_files(AqRunNote *n, const char *key, const AqTextList *paths)
{
    json_t *list = json_array();

    for (int k = 0; k < paths->n; k++)
        if (json_array_append_new(list, aq_run_note_file_of(paths->v[k])) != 0)
            n->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (paths->n > 0)
        put_run_note_value(n, key, list);
    else
        json_decref(list);
}

void aq_run_note_makes(AqRunNote *n, const AqProvenance *p, int n_makes)
{
    char *text = NULL;

    if (aq_wants_json(p, n_makes, &text) == AQ_OK)
        put_run_note_value(n, "features", json_loads(text, 0, NULL));
    else
        n->err = AQ_ERR_NOMEM;
    aq_free(text);
}

void aq_run_note_dataset(AqRunNote *n, const AqStore *s)
{
    const char *name = aq_store_dataset_used(s);

    put_run_note_value(n, "dataset", aq_json_string(name, strlen(name)));
}

/* The settings as stored. Gives. */
static AqErr config_of(AqRunNote *n, json_t *settings, char **out)
{
    char *full = realpath(aq_store_path(n->store), NULL);

    if (full)
        put_run_note_value(n, "store", aq_json_string(full, strlen(full)));
    free(full);
    if (n->err == AQ_OK && (json_object_set(settings, "about", n->about) != 0 ||
                            !(*out = aq_json_text(settings, JSON_COMPACT))))
        n->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    return n->err;
}

AqErr aq_run_note_begin(AqRunNote *n, AqStore *store, json_t *settings)
{
    json_t *all = settings ? settings : json_object();
    char *text = NULL;

    n->store = store;
    AqErr err = config_of(n, all, &text);
    if (err == AQ_OK)
        err = aq_store_begin_run(store, n->kind, AQ_PROGRAM, text, &n->id);
    if (err != AQ_OK)
        n->store = NULL;
    json_decref(all);
    aq_free(text);
    return err;
}

void aq_run_note_begin_at(AqRunNote *n, const char *path, AqStoreMode mode,
                          json_t *settings)
{
    AqErr err = aq_store_open(&n->own, path, mode);

    if (err == AQ_OK) {
        aq_store_set_timeout(n->own, PATIENCE_MS);
        err = aq_run_note_begin(n, n->own, settings);
    } else {
        json_decref(settings);
    }
    if (err != AQ_OK)
        aq_log(AQ_LOG_INFO, "this run is not kept: %s", aq_err_text());
}

void aq_run_note_progress(const AqRunNote *n, const json_t *metrics)
{
    char *text = n->store ? aq_json_text(metrics, JSON_COMPACT) : NULL;

    if (text && aq_store_note_run(n->store, n->id, text) != AQ_OK)
        aq_log(AQ_LOG_DEBUG, "how far this run is, is not kept: %s", aq_err_text());
    aq_free(text);
}

AqErr aq_run_note_finish(AqRunNote *n, AqErr how, const json_t *metrics,
                         const char *model)
{
    const AqRunStatus status = how == AQ_OK              ? AQ_RUN_DONE
                               : how == AQ_ERR_CANCELLED ? AQ_RUN_INTERRUPTED
                                                         : AQ_RUN_FAILED;
    char why[1024];

    if (!n->store)
        return how;
    (void)snprintf(why, sizeof why, "%s", how == AQ_OK ? "" : aq_err_text());
    char *text = metrics ? aq_json_text(metrics, JSON_COMPACT) : NULL;
    AqErr err = metrics && !text
                    ? aq_fail(AQ_ERR_NOMEM, "out of memory")
                    : aq_store_finish_run(n->store, n->id, status, text, model);
    if (err != AQ_OK && n->own) {
        aq_log(AQ_LOG_WARN, "the outcome of this run is not kept: %s", aq_err_text());
        err = AQ_OK;
    }
    aq_free(text);
    n->store = NULL;
    return how == AQ_OK ? err : aq_fail(how, "%s", why);
}
