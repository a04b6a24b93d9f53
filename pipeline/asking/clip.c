/* SPDX-License-Identifier: MIT */
#include "pipeline/asking/clip.h"

#include "base/alloc.h"
#include "pipeline/inputs/features/clip.h"
#include "pipeline/inputs/features/wants.h"

#include <stdio.h>
#include <string.h>

AqErr aq_asked_clip_find(AqAskedClip *c, const char *path)
{
    *c = (AqAskedClip){.notes = NULL};
    const AqErr err = aq_scan(&c->scan, &path, 1);

    return err == AQ_OK && c->scan.n != 1
               ? aq_fail(AQ_ERR_USAGE, "%s: name one clip, not a folder", path)
               : err;
}

static void on_asked_clip_result(void *ctx, const AqIngestResult *r)
{
    AqAskedClip *c = ctx;

    if (r->outcome == AQ_INGEST_FAILED)
        (void)snprintf(c->why, sizeof c->why, "%s", r->reason);
}

/* Another clip has this one's name, or no video can have it: one of its own. */
static AqErr rename_if_taken(AqAskedClip *c, AqStore *store)
{
    AqScanItem *item = &c->scan.v[0];
    char hex[AQ_SHA256_HEX];
    AqStoreVideo known;
    const int fits = aq_store_check_name(item->name, strlen(item->name)) == AQ_OK;
    AqErr err = aq_store_video_by_name(store, item->name, &known);

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

/* What ingest asks and tells goes to whoever asked, and to the clip. */
typedef struct AskedIngest {
    AqAskedClip *clip;
    const AqAskedClipPlan *plan;
} AskedIngest;

static void pass_result(void *ctx, const AqIngestResult *r)
{
    on_asked_clip_result(((AskedIngest *)ctx)->clip, r);
}

static int pass_stop(void *ctx)
{
    const AqAskedClipPlan *plan = ((AskedIngest *)ctx)->plan;

    return plan->stop(plan->ctx);
}

static void pass_progress(void *ctx, const AqIngestProgress *p)
{
    const AqAskedClipPlan *plan = ((AskedIngest *)ctx)->plan;

    plan->progress(plan->ctx, p);
}

static AqErr ingest_asked_clip(AqAskedClip *c, const AqAskedClipPlan *p)
{
    AskedIngest both = {c, p};
    AqIngestSummary sum;
    const AqIngestPlan plan = {.tools = p->tools,
                               .store = p->store,
                               .jobs = p->jobs,
                               .max_seconds = p->max_seconds,
                               .bounds = AQ_DECODER_BOUNDS,
                               .retry_failed = 1,
                               .dtype = AQ_FEATURE_F16,
                               .stop = p->stop ? pass_stop : NULL,
                               .result = pass_result,
                               .progress = p->progress ? pass_progress : NULL,
                               .ctx = &both};
    AqErr err = rename_if_taken(c, p->store);

    if (err == AQ_OK)
        err = aq_ingest(&sum, &c->scan, &plan);
    if (err == AQ_OK && sum.n_failed)
        err = aq_fail(AQ_ERR_MEDIA, "%s", c->why);
    return err;
}

/* Features that the store has are used, wherever they are; a clip that is new goes into
 * a data set of its own, from which nothing is trained. */
static AqErr find_or_ingest(AqAskedClip *c, const AqAskedClipPlan *p)
{
    int found = 0;
    AqErr err = aq_asked_clip_stored(c, p, &found);

    if (err == AQ_OK && !found && p->only_read)
        err = aq_fail(AQ_ERR_STORE,
                      "%s: its features are not in the store, and %s; name another "
                      "store with --store",
                      c->scan.v[0].path, p->only_read);
    return err == AQ_OK && !found ? ingest_asked_clip(c, p) : err;
}

static AqErr keep_notes(AqAskedClip *c, AqStore *store)
{
    AqStoreVideo video;
    const AqErr err = aq_store_video_by_name(store, c->scan.v[0].name, &video);

    if (err != AQ_OK)
        return err;
    c->notes = aq_strdup(video.notes ? video.notes : "");
    aq_store_video_clear(&video);
    return c->notes ? AQ_OK : AQ_ERR_NOMEM;
}

/* Those that our tools make: the model's, of the sound track that was asked for. */
static AqErr load_rows(AqAskedClip *c, const AqModel *model, const AqAskedClipPlan *p)
{
    AqFeatureChoice choice = {.n = 0};
    AqFeatureSizes sizes;
    char *json = NULL;
    AqErr err = aq_wants_json(p->tools->provenance, p->tools->n, &json);

    if (err == AQ_OK)
        err = aq_feature_choice_for(&choice, p->store, json);
    if (err == AQ_OK)
        err = aq_toolset_sizes(p->tools, &sizes);
    if (err == AQ_OK)
        err = aq_model_fits(model, &sizes);
    if (err == AQ_OK)
        err = aq_clip_features_load(&c->features, p->store, c->scan.v[0].name, &choice,
                                    &sizes);
    aq_feature_choice_clear(&choice);
    aq_free(json);
    return err;
}

AqErr aq_asked_clip_load(AqAskedClip *c, const AqModel *model,
                         const AqAskedClipPlan *plan)
{
    AqErr err = find_or_ingest(c, plan);

    if (err == AQ_OK)
        err = load_rows(c, model, plan);
    return err == AQ_OK ? keep_notes(c, plan->store) : err;
}

void aq_asked_clip_release(AqAskedClip *c)
{
    aq_clip_features_release(&c->features);
    aq_scan_clear(&c->scan);
    aq_free(c->notes);
    c->notes = NULL;
}
