/* SPDX-License-Identifier: MIT */
/* What a page shows of a clip before anything is asked: its tracks and its waveform. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/serve/clips/clips_priv.h"

#include <jansson.h>
#include <string.h>

_Static_assert(AQ_GLIMPSE_PEAKS % AQ_CLIP_PEAKS == 0, "a peak is that of whole parts");

typedef struct ClipLook {
    AqClips *clips;
    AqServedClip *clip;
    int (*stop)(void *ctx);
    void *stop_ctx;
    float *peaks; /* (max_seconds, AQ_CLIP_PEAKS) */
    int max_seconds, furthest;
} ClipLook;

/* The largest of the parts that each peak stands for. */
static void join_peaks(float *to, const float *from)
{
    const int each = AQ_GLIMPSE_PEAKS / AQ_CLIP_PEAKS;

    for (int k = 0; k < AQ_GLIMPSE_PEAKS; k++)
        if (from[k] > to[k / each])
            to[k / each] = from[k];
}

static AqErr see_clip_second(void *ctx, const AqGlimpse *g)
{
    ClipLook *l = ctx;

    if (g->second < 0 || g->second >= l->max_seconds)
        return AQ_OK;
    if (g->modality == AQ_AUDIO)
        join_peaks(l->peaks + (size_t)g->second * AQ_CLIP_PEAKS, g->peaks);
    if (g->second + 1 > l->furthest) {
        l->furthest = g->second + 1;
        aq_clip_set_stage(l->clips, l->clip, AQ_CLIP_DECODE, l->furthest, 0);
    }
    return AQ_OK;
}

static int is_look_stopped(void *ctx)
{
    const ClipLook *l = ctx;

    return l->stop(l->stop_ctx);
}

/* The track that is read, as /api/clips has it; null: there is none. */
static json_t *taken_track_json(const AqMediaFacts *f, AqModality m)
{
    const AqMediaTrack *t = NULL;

    for (int k = 0; k < f->n_tracks; k++)
        if (f->tracks[k].modality == (int32_t)m && f->tracks[k].is_taken)
            t = &f->tracks[k];
    if (!t)
        return json_null();
    if (m == AQ_AUDIO)
        return aq_json_pack("{s:s, s:i, s:i}", "codec", t->codec, "rate", (int)t->rate,
                            "channels", (int)t->channels);
    return aq_json_pack("{s:s, s:i, s:i, s:o}", "codec", t->codec, "width", f->width,
                        "height", f->height, "fps",
                        t->per > 0 ? json_real((double)t->frames / t->per)
                                   : json_null());
}

static json_t *peaks_json(const ClipLook *l, const AqMediaFacts *f)
{
    const int n = f->n_seconds < l->max_seconds ? f->n_seconds : l->max_seconds;
    json_t *a = json_array();

    for (int k = 0; f->has_audio && k < n * AQ_CLIP_PEAKS; k++)
        (void)json_array_append_new(
            a, json_real(l->peaks[k] > 1 ? 1.0 : (double)l->peaks[k]));
    return a;
}

static AqErr keep_look(const ClipLook *l, const AqMediaFacts *f)
{
    AqClipFacts *to = &l->clip->facts;
    AqErr err = AQ_OK;

    (void)pthread_mutex_lock(&l->clips->lock);
    if (!to->is_known)
        *to = (AqClipFacts){.is_known = 1,
                            .seconds = f->n_seconds,
                            .video = taken_track_json(f, AQ_VISUAL),
                            .audio = taken_track_json(f, AQ_AUDIO),
                            .peaks = peaks_json(l, f)};
    if (!l->clip->is_removed)
        err = aq_clip_save(l->clips, l->clip);
    (void)pthread_mutex_unlock(&l->clips->lock);
    return err;
}

AqErr aq_clip_look(AqClips *c, AqServedClip *clip, int max_seconds,
                   int (*stop)(void *ctx), void *ctx)
{
    ClipLook l = {.clips = c,
                  .clip = clip,
                  .stop = stop,
                  .stop_ctx = ctx,
                  .max_seconds = max_seconds};
    const AqDecodePlan plan = {.max_seconds = max_seconds,
                               .cancelled = is_look_stopped,
                               .see = see_clip_second,
                               .ctx = &l};
    AqDecoded d = {0};

    if (aq_clip_seconds(c, clip) > 0)
        return AQ_OK;
    l.peaks = aq_alloc((size_t)max_seconds * AQ_CLIP_PEAKS, sizeof *l.peaks);
    if (!l.peaks)
        return AQ_ERR_NOMEM;
    AqErr err = aq_decoder_one_clip(&d, clip->path, &plan);
    if (err == AQ_OK)
        err = keep_look(&l, &d.facts);
    aq_decoded_clear(&d);
    aq_free(l.peaks);
    return err;
}
