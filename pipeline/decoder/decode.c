/* SPDX-License-Identifier: MIT */
#include "pipeline/decoder/decode.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* One input in progress. */
typedef struct Feed {
    const AqInput *input;
    void *state;    /* the front end's */
    AqChunk *chunk; /* being filled */
    int plan;       /* index of media's pictures */
    int n_open;     /* rows of several pictures that may be incomplete at once */
    float **open;   /* (n_open) those */
} Feed;

typedef struct ClipDecode {
    const AqDecodePlan *plan;
    AqMedia *media;
    AqMediaOptions how;
    Feed feed[AQ_DECODE_MAX_INPUTS];
} ClipDecode;

static AqErr hand_over(ClipDecode *d, Feed *f)
{
    AqChunk *c = f->chunk;

    if (!c || c->n == 0)
        return AQ_OK;
    const AqErr err = d->plan->give(d->plan->ctx, c);
    if (err == AQ_OK)
        f->chunk = NULL;
    return err;
}

/* ---- rows ---- */

/* Where the next row of the chunk is written; *at NULL on failure. */
static AqErr chunk_room(ClipDecode *d, Feed *f, float **at)
{
    const int input = (int)(f - d->feed);
    const AqErr err = f->chunk ? AQ_OK : aq_chunk_new(&f->chunk, d->plan, input);

    *at = err == AQ_OK ? f->chunk->in + (size_t)f->chunk->n * f->chunk->in_each : NULL;
    return err;
}

static AqErr end_row(ClipDecode *d, Feed *f, int row, AqRowSpan span)
{
    AqChunk *c = f->chunk;

    c->row[c->n] = row;
    c->span[c->n++] = span;
    return c->n == c->room ? hand_over(d, f) : AQ_OK;
}

static AqErr prepare_row(Feed *f, const AqMediaEvent *e, float *row)
{
    const AqInputShown shown = {.pcm = e->pcm,
                                .rgb = e->rgb,
                                .width = e->width,
                                .height = e->height,
                                .stride = e->stride,
                                .frame = e->frame};

    return f->input->def->prepare(f->state, &shown, row);
}

/* The rows that a second of sound is cut into. */
static AqErr add_sound(ClipDecode *d, Feed *f, const AqMediaEvent *e)
{
    const int n = f->input->plan.per_second;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < n; k++) {
        AqMediaEvent part = *e;
        float *row = NULL;

        part.pcm = e->pcm + (size_t)k * AQ_MEDIA_RATE / (size_t)n;
        err = chunk_room(d, f, &row);
        if (err == AQ_OK)
            err = prepare_row(f, &part, row);
        if (err == AQ_OK)
            err = end_row(d, f, e->row * n + k,
                          aq_rows_span(f->input->plan, e->row * n + k));
    }
    return err;
}

static AqErr add_picture(ClipDecode *d, Feed *f, const AqMediaEvent *e)
{
    float *row = NULL;
    AqErr err = chunk_room(d, f, &row);

    if (err == AQ_OK)
        err = prepare_row(f, e, row);
    return err == AQ_OK ? end_row(d, f, e->row, e->span) : err;
}

/* Frames of several clips are interleaved, parts of a second follow each other; a row
 * is handed on once complete. */
static AqErr add_frame(ClipDecode *d, Feed *f, const AqMediaEvent *e)
{
    const size_t n = aq_input_values(f->input);
    float *row = NULL, **open = &f->open[e->row % f->n_open];

    if (e->frame == 0) /* what is left there never got all its frames */
        aq_free(*open);
    if (e->frame == 0 && !(*open = aq_alloc(n, sizeof **open)))
        return AQ_ERR_NOMEM;
    AqErr err = prepare_row(f, e, *open);
    if (err != AQ_OK || e->frame + 1 < aq_rows_pictures(f->input->plan))
        return err;
    err = chunk_room(d, f, &row);
    if (err != AQ_OK)
        return err;
    memcpy(row, *open, n * sizeof *row);
    aq_free(*open);
    *open = NULL;
    return end_row(d, f, e->row, e->span);
}

static AqErr add_event(ClipDecode *d, const AqMediaEvent *e)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < d->plan->n_inputs; k++) {
        Feed *f = &d->feed[k];

        if (f->input->def->modality != e->modality ||
            (e->modality == AQ_VISUAL && f->plan != e->plan))
            continue;
        err = e->modality == AQ_AUDIO ? add_sound(d, f, e)
              : f->open               ? add_frame(d, f, e)
                                      : add_picture(d, f, e);
    }
    return err;
}

/* ---- glimpses ---- */

static void find_peaks(float peaks[AQ_GLIMPSE_PEAKS], const int16_t *pcm)
{
    const int each = AQ_MEDIA_RATE / AQ_GLIMPSE_PEAKS;

    for (int k = 0; k < AQ_MEDIA_RATE; k++) {
        const float x = fabsf((float)pcm[k]) / 32768;

        if (x > peaks[k / each])
            peaks[k / each] = x;
    }
}

static AqErr see_second(const ClipDecode *d, const AqMediaEvent *e)
{
    AqGlimpse g = {.modality = e->modality, .second = e->row};
    AqErr err = AQ_OK;

    if (d->plan->whole_rate) {
        g.pcm = e->pcm;
        g.rgb = e->rgb;
        g.width = e->width;
        g.height = e->height;
        g.stride = e->stride;
        return d->plan->see(d->plan->ctx, &g);
    }
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

/* ---- the clip ---- */

static AqErr decode_all_events(ClipDecode *d)
{
    AqMediaEvent e;
    AqErr err;

    while ((err = aq_media_next(d->media, &e)) == AQ_OK) {
        if (d->plan->cancelled && d->plan->cancelled(d->plan->ctx))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        err = d->plan->see ? see_second(d, &e) : add_event(d, &e);
        if (err != AQ_OK)
            return err;
    }
    if (err != AQ_EOF)
        return err;
    err = AQ_OK;
    for (int k = 0; err == AQ_OK && k < d->plan->n_inputs; k++)
        err = hand_over(d, &d->feed[k]);
    return err;
}

/* Requests each plan's pictures once, however many inputs use it. */
static int plan_index(AqMediaOptions *how, AqRowPlan plan)
{
    for (int k = 0; k < how->n_pictures; k++)
        if (aq_rows_are_same(how->pictures[k], plan))
            return k;
    how->pictures[how->n_pictures] = plan;
    return how->n_pictures++;
}

static AqErr open_feed(ClipDecode *d, Feed *f, const AqInput *in)
{
    AqErr err = aq_input_check(in);

    f->input = in;
    if (err == AQ_OK && in->def->modality == AQ_VISUAL)
        f->plan = plan_index(&d->how, in->plan);
    if (err == AQ_OK && aq_rows_pictures(in->plan) > 1) {
        f->n_open = aq_rows_are_clips(in->plan) ? in->plan.clips : 1;
        f->open = aq_alloc((size_t)f->n_open, sizeof *f->open);
        err = f->open ? AQ_OK : AQ_ERR_NOMEM;
    }
    return err == AQ_OK ? in->def->open(&f->state, in) : err;
}

static void close_feed(Feed *f)
{
    aq_chunk_free(&f->chunk);
    for (int k = 0; f->open && k < f->n_open; k++)
        aq_free(f->open[k]);
    aq_free(f->open);
    if (f->state)
        f->input->def->close(&f->state);
}

_Static_assert(AQ_DECODE_MAX_INPUTS <= AQ_MEDIA_MAX_PLANS,
               "each may have its own plan");

static AqErr open_decode_media(ClipDecode *d, const char *path)
{
    const AqDecodePlan *p = d->plan;
    AqErr err = AQ_OK;

    /* Always both streams: together they determine the clip's seconds. */
    d->how = (AqMediaOptions){.max_seconds = p->max_seconds,
                              .audio_track = p->audio_track,
                              .limits = p->limits,
                              .fd = p->fd,
                              .want_audio = 1,
                              .cancelled = p->cancelled,
                              .ctx = p->ctx};
    if (p->see)
        d->how.pictures[d->how.n_pictures++] =
            (AqRowPlan){.per_second = p->whole_rate ? p->whole_rate : 1};
    for (int k = 0; err == AQ_OK && !p->see && k < p->n_inputs; k++)
        err = open_feed(d, &d->feed[k], &p->inputs[k].input);
    return err == AQ_OK ? aq_media_open(&d->media, path, &d->how) : err;
}

static AqErr keep_facts(AqDecoded *out, const AqMedia *media)
{
    const AqMediaFacts f = aq_media_facts(media);
    const size_t n = (size_t)f.n_seconds;

    out->facts = f;
    out->facts.notes = aq_strdup(f.notes ? f.notes : "");
    out->facts.tracks = out->tracks = aq_alloc((size_t)f.n_tracks, sizeof *out->tracks);
    if (!out->facts.notes || !out->tracks)
        return AQ_ERR_NOMEM;
    memcpy(out->tracks, f.tracks, (size_t)f.n_tracks * sizeof *out->tracks);
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
    ClipDecode d = {.plan = plan};

    *out = (AqDecoded){0};
    AqErr err = open_decode_media(&d, path);
    if (err == AQ_OK)
        err = decode_all_events(&d);
    if (err == AQ_OK)
        err = keep_facts(out, d.media);
    for (int k = 0; k < AQ_DECODE_MAX_INPUTS; k++)
        close_feed(&d.feed[k]);
    aq_media_close(&d.media);
    if (err != AQ_OK)
        aq_decoded_clear(out);
    /* If cancelled while opening, FFmpeg may report a fault that is not the clip's. */
    if (err != AQ_OK && plan->cancelled && plan->cancelled(plan->ctx))
        return aq_fail(AQ_ERR_CANCELLED, "stopped");
    return err;
}
