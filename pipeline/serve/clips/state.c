/* SPDX-License-Identifier: MIT */
/* How clips stand, and what the API says of them. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "pipeline/serve/clips/clips_priv.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const stage_names[AQ_CLIP_STAGES] = {"decode", "sound", "picture"};
static const char *const state_names[] = {"new", "working", "ready", "failed"};

const char *aq_clip_stage_name(AqClipStage stage)
{
    return stage_names[stage];
}

/* Under the lock, as what follows. */
static AqClipState state_for(const AqServedClip *clip, int model)
{
    const unsigned bit = 1U << model;

    return clip->working & bit   ? AQ_CLIP_WORKING
           : clip->error[model]  ? AQ_CLIP_FAILED
           : (clip->ready & bit) ? AQ_CLIP_READY
                                 : AQ_CLIP_NEW;
}

static void tell_change(AqClips *c, AqServedClip *clip)
{
    clip->version++;
    (void)pthread_cond_broadcast(&c->changed);
}

/* ---- as JSON ---- */

static json_t *clip_as_json(const AqServedClip *clip)
{
    const AqClipFacts *f = &clip->facts;
    json_t *o =
        aq_json_pack("{s:s, s:s, s:I, s:I, s:b, s:s, s:i}", "id", clip->id, "name",
                     clip->name, "bytes", (json_int_t)clip->bytes, "added",
                     (json_int_t)clip->added_s, "example", clip->is_example, "state",
                     state_names[state_for(clip, 0)], "n_asks", clip->n_asks);

    (void)json_object_set_new(o, "seconds",
                              f->is_known ? json_integer(f->seconds) : json_null());
    (void)json_object_set_new(o, "video",
                              f->video ? json_incref(f->video) : json_null());
    (void)json_object_set_new(o, "audio",
                              f->audio ? json_incref(f->audio) : json_null());
    if (clip->error[0])
        (void)json_object_set_new(
            o, "error", aq_json_string(clip->error[0], strlen(clip->error[0])));
    return o;
}

json_t *aq_clip_json(AqClips *c, AqServedClip *clip)
{
    (void)pthread_mutex_lock(&c->lock);
    json_t *o = clip_as_json(clip);
    (void)pthread_mutex_unlock(&c->lock);
    return o;
}

json_t *aq_clips_json(AqClips *c)
{
    json_t *list = json_array();

    (void)pthread_mutex_lock(&c->lock);
    for (const AqServedClip *k = c->first; k; k = k->next)
        (void)json_array_append_new(list, clip_as_json(k));
    (void)pthread_mutex_unlock(&c->lock);
    return list;
}

json_t *aq_clips_examples_json(AqClips *c)
{
    json_t *list = json_array();

    (void)pthread_mutex_lock(&c->lock);
    for (const AqServedClip *k = c->first; k; k = k->next)
        if (k->is_example)
            (void)json_array_append_new(
                list, aq_json_pack("{s:s, s:s, s:o}", "id", k->id, "title", k->name,
                                   "seconds",
                                   k->facts.is_known ? json_integer(k->facts.seconds)
                                                     : json_null()));
    (void)pthread_mutex_unlock(&c->lock);
    return list;
}

json_t *aq_clip_sound_json(AqClips *c, AqServedClip *clip)
{
    json_t *o = NULL;

    (void)pthread_mutex_lock(&c->lock);
    if (clip->facts.is_known)
        o = json_pack("{s:i, s:O}", "seconds", clip->facts.seconds, "peaks",
                      clip->facts.peaks);
    (void)pthread_mutex_unlock(&c->lock);
    return o;
}

int aq_clip_seconds(AqClips *c, AqServedClip *clip)
{
    (void)pthread_mutex_lock(&c->lock);
    const int n = clip->facts.is_known ? clip->facts.seconds : 0;
    (void)pthread_mutex_unlock(&c->lock);
    return n;
}

void aq_clip_picture_size(AqClips *c, AqServedClip *clip, int *width, int *height)
{
    (void)pthread_mutex_lock(&c->lock);
    const json_t *video = clip->facts.video;
    *width = (int)json_integer_value(json_object_get(video, "width"));
    *height = (int)json_integer_value(json_object_get(video, "height"));
    (void)pthread_mutex_unlock(&c->lock);
}

/* ---- what becomes of it ---- */

int aq_clip_begin(AqClips *c, AqServedClip *clip, int model, int again)
{
    (void)pthread_mutex_lock(&c->lock);
    const AqClipState now = state_for(clip, model);
    const int begins = now == AQ_CLIP_NEW || (again && now == AQ_CLIP_FAILED);
    if (begins) {
        aq_free(clip->error[model]);
        clip->error[model] = NULL;
        clip->working |= 1U << model;
        memset(clip->stage, 0, sizeof clip->stage);
        tell_change(c, clip);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return begins;
}

/* The sentence with the clip's name where it has its path, which is the server's own
 * affair. Gives. */
static char *name_clip_in(const AqServedClip *clip, const char *sentence)
{
    const char *at = strstr(sentence, clip->path);

    return at ? aq_strf("%.*s%s%s", (int)(at - sentence), sentence, clip->name,
                        at + strlen(clip->path))
              : aq_strdup(sentence);
}

void aq_clip_end(AqClips *c, AqServedClip *clip, int model, const char *error)
{
    const unsigned bit = 1U << model;

    (void)pthread_mutex_lock(&c->lock);
    clip->working &= ~bit;
    clip->ready = error ? clip->ready & ~bit : clip->ready | bit;
    aq_free(clip->error[model]);
    clip->error[model] = error ? name_clip_in(clip, error) : NULL;
    tell_change(c, clip);
    (void)pthread_mutex_unlock(&c->lock);
}

void aq_clip_give_up(AqClips *c, AqServedClip *clip, int model)
{
    (void)pthread_mutex_lock(&c->lock);
    clip->working &= ~(1U << model);
    tell_change(c, clip);
    (void)pthread_mutex_unlock(&c->lock);
}

void aq_clip_set_stage(AqClips *c, AqServedClip *clip, AqClipStage stage, int done,
                       int total)
{
    (void)pthread_mutex_lock(&c->lock);
    clip->stage[stage].done = done;
    clip->stage[stage].total = total;
    tell_change(c, clip);
    (void)pthread_mutex_unlock(&c->lock);
}

void aq_clip_add_stage(AqClips *c, AqServedClip *clip, AqClipStage stage, int done)
{
    (void)pthread_mutex_lock(&c->lock);
    const int sum = clip->stage[stage].done + done, total = clip->stage[stage].total;
    clip->stage[stage].done = total > 0 && sum > total ? total : sum;
    tell_change(c, clip);
    (void)pthread_mutex_unlock(&c->lock);
}

void aq_clip_news(AqClips *c, AqServedClip *clip, int model, unsigned *seen,
                  int wait_ms, AqClipNews *out)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    *out = (AqClipNews){.state = AQ_CLIP_NEW};
    (void)pthread_mutex_lock(&c->lock);
    while (*seen == clip->version + 1 &&
           pthread_cond_timedwait(&c->changed, &c->lock, &until) == 0)
        continue;
    *seen = clip->version + 1;
    out->state = state_for(clip, model);
    if (clip->error[model])
        (void)snprintf(out->error, sizeof out->error, "%s", clip->error[model]);
    for (int k = 0; k < AQ_CLIP_STAGES; k++) {
        out->stage[k].done = clip->stage[k].done;
        out->stage[k].total = clip->stage[k].total;
    }
    (void)pthread_mutex_unlock(&c->lock);
}
