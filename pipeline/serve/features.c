/* SPDX-License-Identifier: MIT */
/*
 * Features of clips, made in the background, one clip after another: first what a page
 * shows of it, then the rows of the model's networks.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/asking/clip.h"
#include "pipeline/serve/serve_priv.h"

#include <string.h>
#include <unistd.h>

enum { JOBS_QUEUED = 64, WAIT_MS = 500, MOST_WAIT_S = 900 };

typedef struct FeatureJob {
    AqServe *s;
    AqServedClip *clip; /* held */
    int model;
    atomic_int is_given_up;
} FeatureJob;

static void free_feature_job(FeatureJob *j)
{
    aq_clips_let_go(j->s->clips, j->clip);
    (void)atomic_fetch_sub(&j->s->n_jobs, 1);
    aq_free(j);
}

static void drop_feature_job(void *ctx, void *item)
{
    FeatureJob *j = item;

    (void)ctx;
    aq_clip_give_up(j->s->clips, j->clip, j->model);
    free_feature_job(j);
}

/* The server ends, and either nobody waits for the clip or there is no more time. */
static int is_job_to_stop(void *ctx)
{
    FeatureJob *j = ctx;

    if (aq_serve_is_over(j->s) || (aq_serve_phase(j->s) != AQ_SERVE_OPEN &&
                                   aq_clips_n_held(j->s->clips, j->clip) == 1))
        atomic_store(&j->is_given_up, 1);
    return atomic_load(&j->is_given_up);
}

/* ---- progress ---- */

static AqClipStage stage_of_tool(const AqToolset *t, int tool)
{
    return t->facts[tool].modality == AQ_AUDIO ? AQ_CLIP_SOUND : AQ_CLIP_PICTURE;
}

static void tell_progress(void *ctx, const AqIngestProgress *p)
{
    const FeatureJob *j = ctx;

    if (!p->is_decoded)
        aq_clip_add_stage(j->s->clips, j->clip,
                          stage_of_tool(&j->s->o->models->at[j->model].tools, p->tool),
                          p->n_rows);
}

/* How many rows there will be of each stream. */
static void set_totals(const FeatureJob *j)
{
    const AqToolset *t = &j->s->o->models->at[j->model].tools;
    const int seconds = aq_clip_seconds(j->s->clips, j->clip);
    int total[AQ_CLIP_STAGES] = {seconds};

    for (int k = 0; k < t->n; k++)
        total[stage_of_tool(t, k)] += aq_rows_count(t->facts[k].input.plan, seconds);
    for (int k = 0; k < AQ_CLIP_STAGES; k++)
        aq_clip_set_stage(j->s->clips, j->clip, (AqClipStage)k,
                          k == AQ_CLIP_DECODE ? total[k] : 0, total[k]);
}

/* All that there is to do is done, whether a stream had every row or not. */
static void fill_stages(const FeatureJob *j)
{
    AqClipNews news;
    unsigned seen = 0;

    aq_clip_news(j->s->clips, j->clip, j->model, &seen, 0, &news);
    for (int k = 0; k < AQ_CLIP_STAGES; k++)
        aq_clip_set_stage(j->s->clips, j->clip, (AqClipStage)k, news.stage[k].total,
                          news.stage[k].total);
}

/* ---- the store forgets clips that are gone ---- */

typedef struct GoneClips {
    const char *folder;
    char **name;
    size_t n;
} GoneClips;

static AqErr note_gone_clip(void *arg, const AqStoreVideo *v)
{
    GoneClips *g = arg;
    const size_t n = strlen(g->folder);

    if (strncmp(v->path, g->folder, n) != 0 || v->path[n] != '/' ||
        access(v->path, F_OK) == 0)
        return AQ_OK;
    char **more = aq_grow(g->name, g->n, sizeof *more);
    if (!more)
        return AQ_ERR_NOMEM;
    g->name = more;
    more[g->n] = aq_strdup(v->name);
    return more[g->n] ? (void)g->n++, AQ_OK : AQ_ERR_NOMEM;
}

/* Features of clips that lay in our folder. */
static AqErr forget_gone_clips(AqStore *store, const char *folder)
{
    GoneClips gone = {.folder = folder};
    AqErr err = aq_store_use_dataset(store, AQ_DATASET_ASKED);

    if (err == AQ_OK)
        err = aq_store_each_video(store, note_gone_clip, &gone);
    for (size_t k = 0; k < gone.n; k++) {
        if (err == AQ_OK)
            err = aq_store_forget_video(store, gone.name[k]);
        aq_free(gone.name[k]);
    }
    aq_free(gone.name);
    return err;
}

/* ---- the stage ---- */

static AqErr make_clip_features(FeatureJob *j, AqStore *store)
{
    const AqDeskModel *m = &j->s->o->models->at[j->model];
    const AqAskedClipPlan plan = {.store = store,
                                  .tools = &m->tools,
                                  .sha256 = aq_clip_sha256(j->clip),
                                  .jobs = j->s->o->jobs,
                                  .max_seconds = j->s->o->max_seconds,
                                  .stop = is_job_to_stop,
                                  .progress = tell_progress,
                                  .ctx = j};
    AqAskedClip asked = {.notes = NULL};
    AqErr err =
        aq_clip_look(j->s->clips, j->clip, j->s->o->max_seconds, is_job_to_stop, j);

    if (err != AQ_OK)
        return err;
    set_totals(j);
    err = aq_asked_clip_find(&asked, aq_clip_path(j->clip));
    if (err == AQ_OK)
        err = aq_asked_clip_load(&asked, m->model, &plan);
    aq_asked_clip_release(&asked);
    if (err == AQ_OK)
        fill_stages(j);
    return err;
}

static AqErr features_open(void *ctx, void **state)
{
    AqServe *s = ctx;
    AqStore *store = NULL;
    const AqErr err = aq_store_open_again(&store, s->o->store, AQ_STORE_WRITE);

    *state = store;
    return err;
}

static void features_close(void *ctx, void *state)
{
    AqStore *store = state;

    (void)ctx;
    aq_store_close(&store);
}

static void end_feature_job(const FeatureJob *j, AqErr err)
{
    if (err == AQ_ERR_CANCELLED) {
        aq_log(AQ_LOG_INFO, "clip %s: left unread, as the server ends",
               aq_clip_id(j->clip));
        aq_clip_give_up(j->s->clips, j->clip, j->model);
        return;
    }
    if (err != AQ_OK)
        aq_log(AQ_LOG_INFO, "clip %s: %s", aq_clip_id(j->clip), aq_err_text());
    aq_clip_end(j->s->clips, j->clip, j->model, err == AQ_OK ? NULL : aq_err_text());
}

static AqErr features_run(void *ctx, void *state, void *item)
{
    AqServe *s = ctx;
    FeatureJob *j = item;

    end_feature_job(j, is_job_to_stop(j) ? AQ_ERR_CANCELLED
                                         : make_clip_features(j, state));
    if (aq_serve_phase(s) == AQ_SERVE_OPEN &&
        forget_gone_clips(state, s->o->clips_folder) != AQ_OK)
        aq_log(AQ_LOG_WARN, "%s", aq_err_text());
    free_feature_job(j);
    return AQ_OK;
}

AqStageDef aq_serve_features_stage(AqServe *s)
{
    return (AqStageDef){.name = "features",
                        .n_workers = 1,
                        .n_queued = JOBS_QUEUED,
                        .ctx = s,
                        .open = features_open,
                        .close = features_close,
                        .run = features_run,
                        .drop = drop_feature_job};
}

/* ---- asking for them ---- */

AqErr aq_serve_want_features(AqServe *s, AqServedClip *clip, int model, int again)
{
    if (!aq_clip_begin(s->clips, clip, model, again))
        return AQ_OK;
    FeatureJob *j = aq_alloc(1, sizeof *j);
    AqErr err = j ? AQ_OK : AQ_ERR_NOMEM;

    if (atomic_fetch_add(&s->n_jobs, 1) >= JOBS_QUEUED && err == AQ_OK)
        err = aq_fail(AQ_ERR_CANCELLED, "%d clips are waiting to be read already",
                      JOBS_QUEUED);
    if (err == AQ_OK) {
        *j = (FeatureJob){.s = s, .clip = clip, .model = model};
        aq_clips_hold(s->clips, clip);
        err = aq_stage_put(s->features, j);
        if (err == AQ_OK)
            return AQ_OK;
        aq_clips_let_go(s->clips, clip);
    }
    (void)atomic_fetch_sub(&s->n_jobs, 1);
    aq_free(j);
    aq_clip_give_up(s->clips, clip, model);
    return err;
}

AqErr aq_serve_await_features(AqServe *s, AqServedClip *clip, int model)
{
    const int64_t until_us = aq_clock_us() + MOST_WAIT_S * INT64_C(1000000);
    AqClipNews news = {.state = AQ_CLIP_WORKING};
    unsigned seen = 0;
    AqErr err = aq_serve_want_features(s, clip, model, 0);

    while (err == AQ_OK && news.state != AQ_CLIP_READY) {
        aq_clip_news(s->clips, clip, model, &seen, WAIT_MS, &news);
        if (news.state == AQ_CLIP_FAILED)
            err = aq_fail(AQ_ERR_MEDIA, "%s", news.error);
        else if (news.state == AQ_CLIP_NEW ||
                 (news.state != AQ_CLIP_READY && aq_serve_is_over(s)))
            err =
                aq_fail(AQ_ERR_CANCELLED, "the server ended before the clip was read");
        else if (news.state != AQ_CLIP_READY && aq_clock_us() > until_us)
            err = aq_fail(AQ_ERR_CANCELLED, "the clip is still being read");
    }
    return err;
}
