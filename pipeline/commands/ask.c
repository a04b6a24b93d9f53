/* SPDX-License-Identifier: MIT */
/* avqa-pipe ask: one question about one clip, which is ingested first if need be. */
#include "base/alloc.h"
#include "base/log.h"
#include "model/predictor.h"
#include "pipeline/commands/command.h"
#include "pipeline/config.h"
#include "pipeline/dataset.h"
#include "pipeline/explain.h"
#include "pipeline/ingest.h"
#include "pipeline/interrupt.h"
#include "pipeline/progress.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct Args {
    AqCommon c;
    AqTextList rest;
    const char *explain; /* page to write */
    int top, max_seconds;
} Args;

typedef struct Job {
    const Args *a;
    AqCoqoModel *model;
    AqStore *store;
    AqScan scan;
    AqToolset tools;
    AqFeatureChoice choice;
    AqClipFeatures clip;
    AqPredictor *predictor;
    int is_default; /* the model that comes with the program */
    char why[1024]; /* of a failed ingest */
} Job;

static AqErr open_files(Job *j)
{
    char *store = NULL, *model = NULL;
    AqErr err = aq_config_model_to_ask(j->a->c.model, &model, &j->is_default);

    if (err == AQ_OK)
        err = aq_coqo_model_load(&j->model, model);
    if (err == AQ_OK && j->is_default && !j->a->c.json)
        aq_log(AQ_LOG_INFO, "%s", AQ_DEFAULT_MODEL_KNOWS);
    if (err == AQ_OK)
        err = aq_config_store(j->a->c.store, &store);
    if (err == AQ_OK)
        err = aq_store_open(&j->store, store, AQ_STORE_CREATE);
    aq_free(store);
    aq_free(model);
    return err;
}

static void on_result(void *ctx, const AqIngestResult *r)
{
    Job *j = ctx;

    if (r->outcome == AQ_INGEST_FAILED)
        (void)snprintf(j->why, sizeof j->why, "%s", r->reason);
}

/* Another clip has this one's name: keep it under a name of its own. */
static AqErr rename_if_taken(Job *j)
{
    AqScanItem *item = &j->scan.v[0];
    char hex[AQ_SHA256_HEX];
    AqStoreVideo known;
    AqErr err = aq_store_video_by_name(j->store, item->name, &known);

    if (err == AQ_ERR_NOT_FOUND)
        return AQ_OK;
    if (err == AQ_OK)
        err = aq_sha256_file(item->path, hex);
    const int taken = err == AQ_OK && strcmp(known.sha256, hex) != 0 &&
                      strcmp(known.path, item->path) != 0;
    aq_store_video_clear(&known);
    if (err != AQ_OK || !taken)
        return err;
    char *name = aq_strf("%s@%.8s", item->name, hex);
    if (!name)
        return AQ_ERR_NOMEM;
    aq_free(item->name);
    item->name = name;
    return AQ_OK;
}

static AqErr ingest_clip(Job *j)
{
    AqIngestSummary sum;
    const AqIngestPlan plan = {.tools = &j->tools,
                               .store = j->store,
                               .jobs = aq_config_jobs(j->a->c.jobs),
                               .max_seconds = j->a->max_seconds,
                               .retry_failed = 1,
                               .dtype = AQ_FEATURE_F16,
                               .result = on_result,
                               .ctx = j};
    AqErr err = aq_scan(&j->scan, &j->a->rest.v[0], 1);

    if (err == AQ_OK && j->scan.n != 1)
        err = aq_fail(AQ_ERR_USAGE, "%s: name one clip, not a folder", j->a->rest.v[0]);
    if (err == AQ_OK)
        err = rename_if_taken(j);
    if (err == AQ_OK)
        err = aq_ingest(&sum, &j->scan, &plan);
    if (err == AQ_OK && sum.n_failed)
        err = aq_fail(AQ_ERR_MEDIA, "%s", j->why);
    return err;
}

static AqErr prepare(Job *j)
{
    AqErr err = open_files(j);

    if (err == AQ_OK)
        err = aq_toolset_open_for(&j->tools, j->model->extractors, &j->a->c.tools);
    if (err == AQ_OK)
        err = ingest_clip(j);
    if (err == AQ_OK)
        err = aq_feature_choice_for(&j->choice, j->store, j->model->extractors);
    if (err == AQ_OK)
        err = aq_clip_features_load(&j->clip, j->store, j->scan.v[0].name, &j->choice);
    if (err == AQ_OK) {
        const int *a = j->tools.facts[AQ_AUDIO].out_dims,
                  *v = j->tools.facts[AQ_VISUAL].out_dims;
        err = aq_coqo_model_fits(j->model, a[2], v[0], v[1], v[2]);
    }
    if (err == AQ_OK)
        err = aq_predictor_new(&j->predictor, j->model, NULL);
    return err;
}

static json_t *floats(const float *v, int n)
{
    json_t *a = json_array();

    for (int k = 0; k < n; k++)
        (void)json_array_append_new(a, json_real((double)v[k]));
    return a;
}

/* (T) rows of h*w weights. */
static json_t *grid_json(const Job *j, const AqPrediction *p)
{
    const int cells = j->model->shape.grid_h * j->model->shape.grid_w;
    json_t *rows = json_array();

    for (int t = 0; t < p->n_seconds; t++)
        (void)json_array_append_new(rows,
                                    floats(p->grid + (size_t)t * (size_t)cells, cells));
    return rows;
}

static void print_json(const Job *j, const AqPrediction *p, int top)
{
    json_t *list = json_array();

    for (int k = 0; k < top; k++)
        (void)json_array_append_new(
            list, json_pack("{s:s, s:f}", "answer", j->model->answers.at[p->order[k]],
                            "probability", (double)p->probability[p->order[k]]));
    json_t *attention = json_pack(
        "{s:o, s:o, s:o, s:[i,i]}", "audio",
        floats(p->attention[AQ_AUDIO], p->n_seconds), "visual",
        floats(p->attention[AQ_VISUAL], p->n_seconds), "grid", grid_json(j, p),
        "grid_shape", j->model->shape.grid_h, j->model->shape.grid_w);
    json_t *o = json_pack(
        "{s:s, s:s, s:s, s:f, s:o, s:o}", "clip", j->a->rest.v[0], "question",
        j->a->rest.v[1], "answer", j->model->answers.at[p->order[0]], "probability",
        (double)p->probability[p->order[0]], "top", list, "attention", attention);
    aq_command_print_json(o);
}

/* The seconds that were looked at most, in order of weight. */
static void print_seconds(const char *what, const float *w, int n)
{
    int used[3], n_used = 0;

    for (; n_used < 3; n_used++) {
        int best = -1;

        for (int k = 0; k < n; k++) {
            int seen = 0;
            for (int u = 0; u < n_used; u++)
                seen |= used[u] == k;
            if (!seen && w[k] > 0 && (best < 0 || w[k] > w[best]))
                best = k;
        }
        if (best < 0)
            break;
        used[n_used] = best;
        (void)printf("%s %d s (%.0f %%)", n_used ? "," : what, best,
                     100 * (double)w[best]);
    }
    if (n_used)
        (void)putchar('\n');
}

static void print_text(const Job *j, const AqPrediction *p, int top)
{
    (void)printf("%s\n", j->model->answers.at[p->order[0]]);
    for (int k = 0; k < top; k++)
        (void)printf("  %5.1f %%  %s\n", 100 * (double)p->probability[p->order[k]],
                     j->model->answers.at[p->order[k]]);
    print_seconds("  listened most to", p->attention[AQ_AUDIO], p->n_seconds);
    print_seconds("  looked most at", p->attention[AQ_VISUAL], p->n_seconds);
}

static AqErr explain(const Job *j, const AqPrediction *p, int top)
{
    const AqExplanation e = {.clip = j->a->rest.v[0],
                             .question = j->a->rest.v[1],
                             .model = j->model,
                             .prediction = p,
                             .frames = &j->tools.facts[AQ_VISUAL].frames,
                             .top = top,
                             .max_seconds = j->a->max_seconds};
    const AqErr err = aq_explain(&e, j->a->explain);

    if (err == AQ_OK)
        aq_log(AQ_LOG_INFO, "%s: open it in a browser", j->a->explain);
    return err;
}

static AqErr answer(Job *j)
{
    AqPrediction p;
    const AqErr err = aq_predictor_ask(j->predictor, &j->clip, j->a->rest.v[1], &p);

    if (err != AQ_OK)
        return err;
    const int top = j->a->top < p.n_answers ? j->a->top : p.n_answers;
    if (j->a->c.json)
        print_json(j, &p, top);
    else
        print_text(j, &p, top);
    return j->a->explain ? explain(j, &p, top) : AQ_OK;
}

static void close_job(Job *j)
{
    aq_predictor_free(&j->predictor);
    aq_clip_features_release(&j->clip);
    aq_feature_choice_clear(&j->choice);
    aq_toolset_close(&j->tools);
    aq_scan_clear(&j->scan);
    aq_coqo_model_free(&j->model);
    aq_store_close(&j->store);
}

static int run(const AqCommand *self, int argc, char **argv)
{
    Args a = {.top = 3, .max_seconds = 60};
    Job j = {.a = &a};
    int status;
    const AqOption table[] = {
        {.name = "top",
         .letter = 'k',
         .kind = AQ_OPT_INT,
         .arg = "K",
         .to = &a.top,
         .lo = 1,
         .hi = 1000,
         .help = "answers to list [3]"},
        {.name = "explain",
         .kind = AQ_OPT_TEXT,
         .arg = "OUT.html",
         .to = &a.explain,
         .help = "a page that shows what was looked at and listened to"},
        AQ_OPTION_MODEL(a.c),
        AQ_OPTION_STORE(a.c),
        {.name = "audio-weights",
         .kind = AQ_OPT_TEXT,
         .arg = "FILE",
         .to = &a.c.tools.weights[AQ_AUDIO],
         .help = "weights of the model's audio network, if not in the data folder"},
        {.name = "visual-weights",
         .kind = AQ_OPT_TEXT,
         .arg = "FILE",
         .to = &a.c.tools.weights[AQ_VISUAL],
         .help = "the same for the visual network"},
        AQ_OPTION_MAX_SECONDS(a.max_seconds, "seconds read of a new clip [60]"),
        AQ_OPTION_JOBS(a.c),
        AQ_OPTION_JSON(a.c),
        AQ_OPTION_QUIET(a.c),
        {0}};

    if (!aq_command_begin(self, table, argc, argv, &a.rest, &a.c, &status))
        return status;
    if (a.rest.n != 2) {
        status = aq_command_misuse(self, "it takes a clip and a question (in quotes)");
    } else {
        aq_interrupt_catch();
        aq_command_numbers();
        AqErr err = prepare(&j);
        if (err == AQ_OK)
            err = answer(&j);
        status = aq_command_status(err);
        close_job(&j);
    }
    aq_text_list_clear(&a.rest);
    return status;
}

const AqCommand aq_command_ask = {
    .name = "ask",
    .summary = "ask one question about one clip",
    .usage = "CLIP \"QUESTION\" [OPTIONS]",
    .about =
        "Prints the answer, the likeliest answers with their probabilities, and the "
        "seconds that the\nanswer attended to. A clip that is not in the store is "
        "ingested first. Where no model was named\nor trained, the one that comes with "
        "the program is asked.",
    .run = run};
