/* SPDX-License-Identifier: MIT */
/* What ask needs before it can ask: the model, the store, the clip's features. */
#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/commands/ask/ask_priv.h"
#include "pipeline/commands/question_tower.h"
#include "pipeline/inputs/features/wants.h"
#include "pipeline/inputs/model_about.h"
#include "pipeline/ui/config.h"

#include <stdio.h>
#include <string.h>

/* A store that can only be read answers of the clips that it has. */
static AqErr open_ask_store(AqAsk *j, const char *path)
{
    const AqErr err = aq_store_open(&j->store, path, AQ_STORE_CREATE);

    if (err == AQ_OK || err == AQ_ERR_NOMEM)
        return err;
    (void)snprintf(j->why, sizeof j->why, "%s", aq_err_text());
    if (aq_store_open(&j->store, path, AQ_STORE_READ) != AQ_OK)
        return aq_fail(err, "%s", j->why);
    j->only_read = 1;
    return AQ_OK;
}

static AqErr tell_whom_it_asks(const char *default_model)
{
    char *knows = NULL;
    const AqErr err = aq_model_knows(&knows, default_model);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "asking the model that comes with the program%s%s",
               knows ? ": it knows " : "", knows ? knows : "");
    aq_free(knows);
    return err;
}

static AqErr find_clip_file(AqAsk *j)
{
    const char *path = j->clip_path;
    const AqErr err = aq_scan(&j->scan, &path, 1);

    return err == AQ_OK && j->scan.n != 1
               ? aq_fail(AQ_ERR_USAGE, "%s: name one clip, not a folder", path)
               : err;
}

static AqErr open_ask_files(AqAsk *j)
{
    char *store = NULL;
    AqErr err = aq_config_model_to_ask(j->a->c.model, &j->model_path, &j->is_default);

    if (err == AQ_OK)
        err = aq_model_load(&j->model, j->model_path);
    if (err == AQ_OK)
        err = aq_word_forms_new(&j->forms, &j->model->words);
    if (err == AQ_OK)
        err = aq_ask_check_questions(j);
    if (err == AQ_OK)
        err = aq_ask_read_choices(j);
    if (err == AQ_OK)
        err = aq_command_question_tower(&j->tower, j->model, &j->a->c);
    if (err == AQ_OK && j->is_default && !j->a->c.json)
        err = tell_whom_it_asks(j->model_path);
    if (err == AQ_OK)
        err = find_clip_file(j);
    if (err == AQ_OK)
        err = aq_config_store(j->a->c.store, &store);
    if (err == AQ_OK)
        err = open_ask_store(j, store);
    aq_free(store);
    return err;
}

static void on_asked_clip_result(void *ctx, const AqIngestResult *r)
{
    AqAsk *j = ctx;

    if (r->outcome == AQ_INGEST_FAILED)
        (void)snprintf(j->why, sizeof j->why, "%s", r->reason);
}

/* Another clip has this one's name, or no video can have it: one of its own. */
static AqErr rename_if_taken(AqAsk *j)
{
    AqScanItem *item = &j->scan.v[0];
    char hex[AQ_SHA256_HEX];
    AqStoreVideo known;
    const int fits = aq_store_check_name(item->name, strlen(item->name)) == AQ_OK;
    AqErr err = aq_store_video_by_name(j->store, item->name, &known);

    if (err == AQ_ERR_NOT_FOUND && fits)
        return AQ_OK;
    const int found = err == AQ_OK;
    if (found || !fits)
        err = aq_sha256_file(item->path, hex);
    const int taken = found && err == AQ_OK && strcmp(known.sha256, hex) != 0 &&
                      strcmp(known.path, item->path) != 0;
    aq_store_video_clear(&known);
    if (err != AQ_OK || (fits && !taken))
        return err;
    char *name = aq_strf("%.200s@%.8s", fits ? item->name : "clip", hex);
    if (!name)
        return AQ_ERR_NOMEM;
    aq_free(item->name);
    item->name = name;
    return AQ_OK;
}

static AqErr ingest_clip(AqAsk *j)
{
    AqIngestSummary sum;
    const AqIngestPlan plan = {.tools = &j->tools,
                               .store = j->store,
                               .jobs = aq_config_jobs(j->a->c.jobs),
                               .max_seconds = j->a->max_seconds,
                               .bounds = AQ_DECODER_BOUNDS,
                               .retry_failed = 1,
                               .dtype = AQ_FEATURE_F16,
                               .result = on_asked_clip_result,
                               .ctx = j};
    AqErr err = rename_if_taken(j);

    if (err == AQ_OK)
        err = aq_ingest(&sum, &j->scan, &plan);
    if (err == AQ_OK && sum.n_failed)
        err = aq_fail(AQ_ERR_MEDIA, "%s", j->why);
    return err;
}

/* Features that the store has are used, wherever they are; a clip that is new goes into
 * a data set of its own, from which nothing is trained. */
static AqErr find_or_ingest(AqAsk *j)
{
    int found = 0;
    AqErr err = aq_ask_find_stored(j, &found);

    if (err == AQ_OK && !found && j->only_read)
        err = aq_fail(AQ_ERR_STORE,
                      "%s: its features are not in the store, and %s; name another "
                      "store with --store",
                      j->scan.v[0].path, j->why);
    return err == AQ_OK && !found ? ingest_clip(j) : err;
}

/* Those that our tools make: the model's, of the sound track that was asked for. */
static AqErr choose_rows(AqAsk *j)
{
    char *json = NULL;
    AqErr err = aq_wants_json(j->tools.provenance, j->tools.n, &json);

    if (err == AQ_OK)
        err = aq_feature_choice_for(&j->choice, j->store, json);
    aq_free(json);
    return err;
}

AqErr aq_ask_prepare(AqAsk *j)
{
    AqFeatureSizes sizes;
    AqErr err = open_ask_files(j);

    if (err == AQ_OK)
        err = aq_toolset_open_for(&j->tools, j->model->extractors, &j->a->c.tools);
    if (err == AQ_OK)
        err = find_or_ingest(j);
    if (err == AQ_OK)
        err = choose_rows(j);
    if (err == AQ_OK)
        err = aq_toolset_sizes(&j->tools, &sizes);
    if (err == AQ_OK)
        err = aq_model_fits(j->model, &sizes);
    if (err == AQ_OK)
        err = aq_clip_features_load(&j->clip, j->store, j->scan.v[0].name, &j->choice,
                                    &sizes);
    if (err == AQ_OK)
        err = aq_predictor_new(&j->predictor, j->model, NULL);
    if (err == AQ_OK)
        err = aq_thread_executor_new(&j->exec, aq_config_jobs(j->a->c.jobs));
    if (err == AQ_OK)
        err = aq_occluder_new(&j->occluder, j->model, aq_thread_executor_as(j->exec));
    return err;
}

void aq_ask_close(AqAsk *j)
{
    aq_verdict_clear(&j->verdict);
    aq_ask_words_clear(&j->words);
    aq_ask_drop_piped(j);
    aq_free(j->model_path);
    aq_free(j->choices);
    aq_occluder_free(&j->occluder);
    aq_thread_executor_free(&j->exec);
    aq_predictor_free(&j->predictor);
    aq_clip_features_release(&j->clip);
    aq_feature_choice_clear(&j->choice);
    aq_toolset_close(&j->tools);
    aq_scan_clear(&j->scan);
    aq_word_forms_free(&j->forms);
    aq_model_free(&j->model);
    aq_clip_text_free(&j->tower);
    aq_store_close(&j->store);
}
