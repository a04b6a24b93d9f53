/* SPDX-License-Identifier: MIT */
#include "pipeline/decoder/decode.h"

#include "base/alloc.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"

#include <math.h>
#include <string.h>

typedef struct Decoder {
    const AqDecodePlan *plan;
    AqMedia *media;
    AqLogmel *logmel;
    AqFrames *frames;
    AqChunk *open[AQ_N_MODALITIES]; /* being filled */
} Decoder;

void aq_chunk_free(AqChunk **cp)
{
    AqChunk *c = *cp;

    if (!c)
        return;
    aq_free(c->second);
    aq_free(c->in);
    aq_free(c->out);
    aq_free(c);
    *cp = NULL;
}

AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, AqModality m)
{
    const size_t S = (size_t)plan->frames.size;
    AqChunk *c = aq_alloc(1, sizeof *c);

    *out = NULL;
    if (!c)
        return AQ_ERR_NOMEM;
    c->modality = m;
    c->room = plan->chunk_seconds[m];
    c->in_each = m == AQ_AUDIO ? (size_t)AQ_LOGMEL_ROWS * AQ_LOGMEL_COLS : 3 * S * S;
    c->second = aq_alloc((size_t)c->room, sizeof *c->second);
    c->in = aq_alloc((size_t)c->room * c->in_each, sizeof *c->in);
    if (!c->second || !c->in) {
        aq_chunk_free(&c);
        return AQ_ERR_NOMEM;
    }
    *out = c;
    return AQ_OK;
}

static AqErr hand_over(Decoder *d, AqModality m)
{
    AqChunk *c = d->open[m];

    if (!c || c->n == 0)
        return AQ_OK;
    const AqErr err = d->plan->give(d->plan->ctx, c);
    if (err == AQ_OK)
        d->open[m] = NULL;
    return err;
}

static AqErr add_decoded_second(Decoder *d, const AqMediaEvent *e)
{
    const AqModality m = e->modality;
    AqErr err = AQ_OK;

    if (!d->open[m])
        err = aq_chunk_new(&d->open[m], d->plan, m);
    if (err != AQ_OK)
        return err;
    AqChunk *c = d->open[m];
    float *in = c->in + (size_t)c->n * c->in_each;
    if (m == AQ_AUDIO)
        err = aq_logmel_second(d->logmel, e->pcm, in);
    else
        err = aq_frames_prepare(d->frames, e->rgb, e->width, e->height, e->stride, in);
    if (err != AQ_OK)
        return err;
    c->second[c->n++] = e->second;
    return c->n == c->room ? hand_over(d, m) : AQ_OK;
}

static void find_peaks(float peaks[AQ_GLIMPSE_PEAKS], const int16_t *pcm)
{
    const int each = AQ_MEDIA_RATE / AQ_GLIMPSE_PEAKS;

    for (int k = 0; k < AQ_MEDIA_RATE; k++) {
        const float x = fabsf((float)pcm[k]) / 32768;

        if (x > peaks[k / each])
            peaks[k / each] = x;
    }
}

static AqErr see_second(const Decoder *d, const AqMediaEvent *e)
{
    AqGlimpse g = {.modality = e->modality, .second = e->second};
    AqErr err = AQ_OK;

    if (e->modality == AQ_AUDIO)
        find_peaks(g.peaks, e->pcm);
    else
        err = aq_thumb_make(&g.thumb, e->rgb, e->width, e->height, e->stride,
                            AQ_GLIMPSE_SIDE);
    if (err == AQ_OK)
        err = d->plan->see(d->plan->ctx, &g);
    aq_thumb_clear(&g.thumb);
    return err;
}

static AqErr decode_all_seconds(Decoder *d)
{
    AqMediaEvent e;
    AqErr err;

    while ((err = aq_media_next(d->media, &e)) == AQ_OK) {
        if (d->plan->cancelled && d->plan->cancelled(d->plan->ctx))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        if (!d->plan->want[e.modality])
            continue;
        err = d->plan->see ? see_second(d, &e) : add_decoded_second(d, &e);
        if (err != AQ_OK)
            return err;
    }
    if (err != AQ_EOF)
        return err;
    err = hand_over(d, AQ_AUDIO);
    return err == AQ_OK ? hand_over(d, AQ_VISUAL) : err;
}

static AqErr open_decode_media(Decoder *d, const char *path)
{
    const AqDecodePlan *p = d->plan;
    /* Both streams, whichever is wanted: together they make the clip's seconds. */
    const AqMediaOptions how = {.max_seconds = p->max_seconds,
                                .audio_track = p->audio_track,
                                .limits = p->limits,
                                .fd = p->fd,
                                .want_audio = 1,
                                .want_frames = 1,
                                .cancelled = p->cancelled,
                                .ctx = p->ctx};
    AqErr err = aq_media_open(&d->media, path, &how);

    if (err == AQ_OK && p->want[AQ_AUDIO] && !p->see)
        err = aq_logmel_new(&d->logmel);
    if (err == AQ_OK && p->want[AQ_VISUAL] && !p->see)
        err = aq_frames_new(&d->frames, &p->frames);
    return err;
}

static AqErr keep_facts(AqDecoded *out, const AqMedia *media)
{
    const AqMediaFacts f = aq_media_facts(media);
    const size_t n = (size_t)f.n_seconds;

    out->facts = f;
    out->facts.notes = aq_strdup(f.notes ? f.notes : "");
    if (!out->facts.notes)
        return AQ_ERR_NOMEM;
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        out->presence[m] = aq_alloc(n, 1);
        if (!out->presence[m])
            return AQ_ERR_NOMEM;
        if (f.presence[m])
            memcpy(out->presence[m], f.presence[m], n);
        out->facts.presence[m] = out->presence[m];
    }
    return AQ_OK;
}

AqErr aq_decode_clip(AqDecoded *out, const char *path, const AqDecodePlan *plan)
{
    Decoder d = {.plan = plan};

    *out = (AqDecoded){0};
    AqErr err = open_decode_media(&d, path);
    if (err == AQ_OK)
        err = decode_all_seconds(&d);
    if (err == AQ_OK)
        err = keep_facts(out, d.media);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_chunk_free(&d.open[m]);
    aq_frames_free(&d.frames);
    aq_logmel_free(&d.logmel);
    aq_media_close(&d.media);
    if (err != AQ_OK)
        aq_decoded_clear(out);
    /* FFmpeg gives up in the middle of an open, and whatever it says of the clip then
     * is not the clip's. */
    if (err != AQ_OK && plan->cancelled && plan->cancelled(plan->ctx))
        return aq_fail(AQ_ERR_CANCELLED, "stopped");
    return err;
}

void aq_decoded_clear(AqDecoded *d)
{
    char *notes = (char *)(uintptr_t)d->facts.notes;

    aq_free(notes);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free(d->presence[m]);
    *d = (AqDecoded){0};
}
