/* SPDX-License-Identifier: MIT */
/*
 * Instruments stand left, middle and right in front of a backdrop; those that play sway
 * and hop, those that rest stand still.
 */
#include "examples/toyband/picture.h"

#include "base/alloc.h"
#include "examples/toyband/backdrop.h"
#include "examples/toyband/drawing.h"

#include <math.h>

#define PI 3.14159265358979323846

struct AqToyStage {
    const AqToyScene *scene;
    cairo_surface_t *picture, *background, *glyph[AQ_TOY_PLAYERS];
    double x[AQ_TOY_PLAYERS], y[AQ_TOY_PLAYERS], phase[AQ_TOY_PLAYERS];
    double scale[AQ_TOY_PLAYERS], flip[AQ_TOY_PLAYERS], lean[AQ_TOY_PLAYERS];
};

/* Varies sizes, sides and places. */
static void place_freely(AqToyStage *st, int k, AqRng *r)
{
    const int drawn = st->scene->world == AQ_TOY_RECORDED;

    st->x[k] += aq_rng_range(r, -8, 8);
    st->y[k] += aq_rng_range(r, -14, 14);
    st->scale[k] = aq_rng_range(r, 0.72, 1.15);
    st->flip[k] = aq_rng_below(r, 2) ? -1 : 1;
    st->lean[k] = drawn ? aq_rng_range(r, -0.15, 0.15) : aq_rng_range(r, -0.4, 0.4);
}

static AqErr add_players(AqToyStage *st, const AqToyShelf *more, AqRng *r)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < st->scene->n_seen; k++) {
        const AqToyPlayer *p = &st->scene->player[k];

        err = aq_toy_drawing(&st->glyph[k], p->kind, st->scene->world, more, r);
        st->x[k] = 56 + 104 * (int)p->place + aq_rng_range(r, -8, 8);
        st->y[k] = 150 + aq_rng_range(r, -12, 12);
        st->phase[k] = aq_rng_range(r, 0, 2 * PI);
        st->scale[k] = st->flip[k] = 1;
        if (st->scene->world != AQ_TOY_MIDI)
            place_freely(st, k, r);
    }
    return err;
}

AqErr aq_toy_stage_new(AqToyStage **out, const AqToyScene *s, const AqToyShelf *more,
                       uint64_t seed)
{
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_PICTURE);

    *out = NULL;
    AqToyStage *st = aq_alloc(1, sizeof *st);
    if (!st)
        return AQ_ERR_NOMEM;
    st->scene = s;
    st->picture =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, AQ_TOY_WIDTH, AQ_TOY_HEIGHT);
    st->background = aq_toy_backdrop(s, more != NULL, &r);
    const AqErr err = add_players(st, more, &r);
    if (err != AQ_OK) {
        aq_toy_stage_free(&st);
        return err;
    }
    *out = st;
    return AQ_OK;
}

void aq_toy_stage_free(AqToyStage **sp)
{
    AqToyStage *st = *sp;

    if (!st)
        return;
    for (int k = 0; k < AQ_TOY_PLAYERS; k++)
        if (st->glyph[k])
            cairo_surface_destroy(st->glyph[k]);
    cairo_surface_destroy(st->background);
    cairo_surface_destroy(st->picture);
    aq_free(st);
    *sp = NULL;
}

const uint8_t *aq_toy_stage_draw(AqToyStage *st, double t, int *stride)
{
    cairo_t *c = cairo_create(st->picture);

    cairo_set_source_surface(c, st->background, 0, 0);
    cairo_paint(c);
    for (int k = 0; k < st->scene->n_seen; k++) {
        const AqToyPlayer *p = &st->scene->player[k];
        const int plays = aq_toy_plays_at(p, t);
        const double w = 2 * PI / fmax(0.3, p->note_seconds);
        const double sway = plays ? 0.22 * sin(w * t + st->phase[k]) : 0;
        const double hop = plays ? -9 * fabs(sin(w * t / 2 + st->phase[k])) : 0;

        cairo_save(c);
        cairo_translate(c, st->x[k], st->y[k] + hop);
        cairo_rotate(c, sway + st->lean[k]);
        cairo_scale(c, st->flip[k] * st->scale[k], st->scale[k]);
        cairo_set_source_surface(c, st->glyph[k], -AQ_TOY_GLYPH / 2.0,
                                 -AQ_TOY_GLYPH / 2.0);
        cairo_paint(c);
        cairo_restore(c);
    }
    cairo_destroy(c);
    cairo_surface_flush(st->picture);
    *stride = cairo_image_surface_get_stride(st->picture);
    return cairo_image_surface_get_data(st->picture);
}
