/* SPDX-License-Identifier: MIT */
#include "pipeline/decoder/decode.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* One input on its way. */
typedef struct Feed {
    const AqInputDef *def;
    void *state;    /* the front end's */
    AqChunk *chunk; /* being filled */
} Feed;

typedef struct ClipDecode {
    const AqDecodePlan *plan;
    AqMedia *media;
    Feed feed[AQ_DECODE_MAX_INPUTS];
} ClipDecode;

AqErr aq_decode_sampling(const AqInput *in, char **text)
{
    char rows[AQ_ROWS_TEXT], *media = NULL, *recipe = NULL;
    const AqErr err = aq_media_recipe(in->def->modality, &media);

    *text = NULL;
    if (err == AQ_OK)
        recipe = in->def->recipe(in);
    if (recipe && aq_rows_are_seconds(in->plan))
        *text = aq_strf("%s; %s", media, recipe);
    else if (recipe)
        *text =
            aq_strf("%s; %s; rows: %s", media, recipe, aq_rows_text(in->plan, rows));
    aq_free(media);
    aq_free(recipe);
    return err != AQ_OK || *text ? err : AQ_ERR_NOMEM;
}

/* ---- chunks ---- */

void aq_chunk_free(AqChunk **cp)
{
    AqChunk *c = *cp;

    if (!c)
        return;
    aq_free(c->row);
    aq_free(c->span);
    aq_free(c->in);
    aq_free(c->out);
    aq_free(c);
    *cp = NULL;
}

AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, int input)
{
    const AqDecodeInput *i = &plan->inputs[input];
    AqChunk *c = aq_alloc(1, sizeof *c);

    *out = NULL;
    if (!c)
        return AQ_ERR_NOMEM;
    c->input = input;
    c->modality = i->input.def->modality;
    c->room = i->chunk_rows;
    c->in_each = aq_input_values(&i->input);
    c->row = aq_alloc((size_t)c->room, sizeof *c->row);
    c->span = aq_alloc((size_t)c->room, sizeof *c->span);
    c->in = aq_alloc((size_t)c->room * c->in_each, sizeof *c->in);
    if (!c->row || !c->span || !c->in) {
        aq_chunk_free(&c);
        return AQ_ERR_NOMEM;
    }
    *out = c;
    return AQ_OK;
}

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

static AqErr add_second(ClipDecode *d, int input, const AqMediaEvent *e)
{
    Feed *f = &d->feed[input];
    const AqInputShown shown = {.pcm = e->pcm,
                                .rgb = e->rgb,
                                .width = e->width,
                                .height = e->height,
                                .stride = e->stride};
    AqErr err = f->chunk ? AQ_OK : aq_chunk_new(&f->chunk, d->plan, input);

    if (err != AQ_OK)
        return err;
    AqChunk *c = f->chunk;
    err = f->def->prepare(f->state, &shown, c->in + (size_t)c->n * c->in_each);
    if (err != AQ_OK)
        return err;
    c->row[c->n] = e->second;
    c->span[c->n++] = aq_rows_span(AQ_ROWS_SECONDS, e->second);
    return c->n == c->room ? hand_over(d, f) : AQ_OK;
}

static AqErr add_event(ClipDecode *d, const AqMediaEvent *e)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < d->plan->n_inputs; k++)
        if (d->feed[k].def->modality == e->modality)
            err = add_second(d, k, e);
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

static AqErr open_feeds(ClipDecode *d)
{
    const AqDecodePlan *p = d->plan;
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < p->n_inputs; k++) {
        d->feed[k].def = p->inputs[k].input.def;
        err = aq_input_check(&p->inputs[k].input);
        if (err == AQ_OK)
            err = d->feed[k].def->open(&d->feed[k].state, &p->inputs[k].input);
    }
    return err;
}

static AqErr open_decode_media(ClipDecode *d, const char *path)
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
    const AqErr err = aq_media_open(&d->media, path, &how);

    return err == AQ_OK && !p->see ? open_feeds(d) : err;
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
    ClipDecode d = {.plan = plan};

    *out = (AqDecoded){0};
    AqErr err = open_decode_media(&d, path);
    if (err == AQ_OK)
        err = decode_all_events(&d);
    if (err == AQ_OK)
        err = keep_facts(out, d.media);
    for (int k = 0; k < plan->n_inputs; k++) {
        aq_chunk_free(&d.feed[k].chunk);
        if (d.feed[k].def)
            d.feed[k].def->close(&d.feed[k].state);
    }
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
