/* SPDX-License-Identifier: MIT */
/*
 * Glyphs of Noto Color Emoji stand at left, middle and right before a room or a meadow;
 * whoever plays sways and hops, whoever rests stands still.
 */
#include "examples/toyband/picture.h"

#include "base/alloc.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { GLYPH = 96, FONT_PX = 76 };
#define PI 3.14159265358979323846

struct AqToyStage {
    const AqToyScene *scene;
    cairo_surface_t *picture, *background, *glyph[AQ_TOY_PLAYERS];
    double x[AQ_TOY_PLAYERS], y[AQ_TOY_PLAYERS], phase[AQ_TOY_PLAYERS];
};

static void fill(cairo_t *c, double r, double g, double b, double x, double y, double w,
                 double h)
{
    cairo_set_source_rgb(c, r, g, b);
    cairo_rectangle(c, x, y, w, h);
    cairo_fill(c);
}

static void draw_room(cairo_t *c, AqRng *r)
{
    const double hue = aq_rng_range(r, -0.08, 0.08), at = aq_rng_range(r, 20, 220);

    fill(c, 0.72 + hue, 0.58, 0.45 - hue, 0, 0, AQ_TOY_WIDTH, 170);
    fill(c, 0.42 + hue, 0.27, 0.16, 0, 170, AQ_TOY_WIDTH, 70);
    fill(c, 0.30, 0.20, 0.12, 0, 166, AQ_TOY_WIDTH, 5);
    fill(c, 0.92, 0.90, 0.82, at, 18, 76, 56); /* a framed picture */
    fill(c, 0.55, 0.40 + hue, 0.50, at + 6, 24, 64, 44);
}

static void draw_meadow(cairo_t *c, AqRng *r)
{
    const double hue = aq_rng_range(r, -0.08, 0.08), sun = aq_rng_range(r, 30, 290);

    fill(c, 0.45 + hue, 0.72, 0.95, 0, 0, AQ_TOY_WIDTH, 150);
    fill(c, 0.30, 0.62 + hue, 0.25, 0, 150, AQ_TOY_WIDTH, 90);
    cairo_set_source_rgb(c, 1, 0.9, 0.35);
    cairo_arc(c, sun, 30, 17, 0, 2 * PI);
    cairo_fill(c);
    for (int k = 0; k < 3; k++) { /* clouds */
        const double x = aq_rng_range(r, 0, AQ_TOY_WIDTH), y = aq_rng_range(r, 15, 60);

        cairo_set_source_rgb(c, 0.96, 0.97, 1);
        cairo_arc(c, x, y, 12, 0, 2 * PI);
        cairo_arc(c, x + 14, y + 3, 10, 0, 2 * PI);
        cairo_fill(c);
    }
}

static cairo_surface_t *draw_background(const AqToyScene *s, AqRng *r)
{
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, AQ_TOY_WIDTH, AQ_TOY_HEIGHT);
    cairo_t *c = cairo_create(surface);

    if (s->outdoor)
        draw_meadow(c, r);
    else
        draw_room(c, r);
    cairo_destroy(c);
    return surface;
}

/* The glyph in the middle of a square; 0 if the font does not have it in colour. */
static int draw_glyph(cairo_surface_t **out, const char *text)
{
    *out = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, GLYPH, GLYPH);
    cairo_t *c = cairo_create(*out);
    PangoLayout *layout = pango_cairo_create_layout(c);
    PangoFontDescription *font = pango_font_description_from_string("Noto Color Emoji");
    int w = 0, h = 0;

    pango_font_description_set_absolute_size(font, FONT_PX * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_pixel_size(layout, &w, &h);
    cairo_move_to(c, (GLYPH - w) / 2.0, (GLYPH - h) / 2.0);
    pango_cairo_show_layout(c, layout);
    const int there = pango_layout_get_unknown_glyphs_count(layout) == 0 && w > 0;
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(c);
    return there;
}

static AqErr add_players(AqToyStage *st, AqRng *r)
{
    for (int k = 0; k < st->scene->n_seen; k++) {
        const AqToyPlayer *p = &st->scene->player[k];

        if (!draw_glyph(&st->glyph[k], aq_toy_kinds[p->kind].glyph))
            return aq_fail(AQ_ERR_NOT_FOUND,
                           "the font Noto Color Emoji lacks the %s; install Debian's "
                           "fonts-noto-color-emoji",
                           aq_toy_kinds[p->kind].name);
        st->x[k] = 56 + 104 * (int)p->place + aq_rng_range(r, -8, 8);
        st->y[k] = 150 + aq_rng_range(r, -12, 12);
        st->phase[k] = aq_rng_range(r, 0, 2 * PI);
    }
    return AQ_OK;
}

AqErr aq_toy_stage_new(AqToyStage **out, const AqToyScene *s, uint64_t seed)
{
    AqRng r = aq_toy_rng(seed, s->index, AQ_TOY_STREAM_PICTURE);

    *out = NULL;
    AqToyStage *st = aq_alloc(1, sizeof *st);
    if (!st)
        return AQ_ERR_NOMEM;
    st->scene = s;
    st->picture =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, AQ_TOY_WIDTH, AQ_TOY_HEIGHT);
    st->background = draw_background(s, &r);
    const AqErr err = add_players(st, &r);
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
        cairo_rotate(c, sway);
        cairo_set_source_surface(c, st->glyph[k], -GLYPH / 2.0, -GLYPH / 2.0);
        cairo_paint(c);
        cairo_restore(c);
    }
    cairo_destroy(c);
    cairo_surface_flush(st->picture);
    *stride = cairo_image_surface_get_stride(st->picture);
    return cairo_image_surface_get_data(st->picture);
}
