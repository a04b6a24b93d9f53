/* SPDX-License-Identifier: MIT */
#include "examples/toyband/backdrop.h"

#include "examples/toyband/backdrop_varied.h"
#include "examples/toyband/shapes.h"

#include <math.h>

#define W AQ_TOY_WIDTH
#define H AQ_TOY_HEIGHT

/* ---- plain ---- */

static void draw_room(cairo_t *c, AqRng *r)
{
    const double hue = aq_rng_range(r, -0.08, 0.08), at = aq_rng_range(r, 20, 220);

    aq_toy_box(c, 0.72 + hue, 0.58, 0.45 - hue, 0, 0, W, 170);
    aq_toy_box(c, 0.42 + hue, 0.27, 0.16, 0, 170, W, 70);
    aq_toy_box(c, 0.30, 0.20, 0.12, 0, 166, W, 5);
    aq_toy_box(c, 0.92, 0.90, 0.82, at, 18, 76, 56); /* a framed picture */
    aq_toy_box(c, 0.55, 0.40 + hue, 0.50, at + 6, 24, 64, 44);
}

static void draw_meadow(cairo_t *c, AqRng *r)
{
    const double hue = aq_rng_range(r, -0.08, 0.08), sun = aq_rng_range(r, 30, 290);

    aq_toy_box(c, 0.45 + hue, 0.72, 0.95, 0, 0, W, 150);
    aq_toy_box(c, 0.30, 0.62 + hue, 0.25, 0, 150, W, 90);
    aq_toy_disc(c, 1, 0.9, 0.35, sun, 30, 17);
    for (int k = 0; k < 3; k++) { /* clouds */
        const double x = aq_rng_range(r, 0, W), y = aq_rng_range(r, 15, 60);

        aq_toy_disc(c, 0.96, 0.97, 1, x, y, 12);
        aq_toy_disc(c, 0.96, 0.97, 1, x + 14, y + 3, 10);
    }
}

/* ---- for recorded scenes ---- */

/* A stage: folds of a curtain, boards, a spotlight. */
static void draw_stage(cairo_t *c, AqRng *r)
{
    const double tone = aq_rng_range(r, 0.35, 0.6), cold = aq_rng_range(r, 0, 0.35),
                 light = aq_rng_range(r, 60, 260);

    for (int x = 0; x < W; x++) {
        const double fold = 0.75 + 0.25 * sin(x * 0.33);

        aq_toy_box(c, tone * fold, 0.08 * fold + cold / 3, 0.1 * fold + cold, x, 0, 1,
                   180);
    }
    for (int k = 0; k < 8; k++)
        aq_toy_box(c, 0.55 - 0.03 * (k % 3), 0.38, 0.22, k * 42, 180, 40, 60);
    cairo_set_source_rgba(c, 1, 0.95, 0.75, 0.25);
    cairo_move_to(c, light, -10);
    cairo_line_to(c, light - 70, H);
    cairo_line_to(c, light + 70, H);
    cairo_fill(c);
}

/* A shore: sky, sea with waves, sand, a sail. */
static void draw_shore(cairo_t *c, AqRng *r)
{
    const double sand = aq_rng_range(r, 165, 190), sail = aq_rng_range(r, 20, 290);

    aq_toy_box(c, 0.62, aq_rng_range(r, 0.78, 0.9), 0.97, 0, 0, W, 110);
    aq_toy_box(c, 0.1, 0.42, aq_rng_range(r, 0.55, 0.75), 0, 110, W, 90);
    for (int k = 0; k < 9; k++)
        aq_toy_box(c, 0.75, 0.88, 0.95, aq_rng_range(r, 0, W),
                   aq_rng_range(r, 114, 160), 22, 1.5);
    aq_toy_box(c, 0.9, 0.82, 0.58, 0, sand, W, H - sand);
    cairo_set_source_rgb(c, 0.98, 0.96, 0.92);
    cairo_move_to(c, sail, 70);
    cairo_line_to(c, sail, 112);
    cairo_line_to(c, sail + 20, 112);
    cairo_fill(c);
}

cairo_surface_t *aq_toy_backdrop(const AqToyScene *s, int more, AqRng *r)
{
    const int outdoor = s->outdoor != 0;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, W, H);
    cairo_t *c = cairo_create(surface);

    if (s->world == AQ_TOY_MIDI)
        (outdoor ? draw_meadow : draw_room)(c, r);
    else if (s->world == AQ_TOY_RECORDED)
        (outdoor ? draw_shore : draw_stage)(c, r);
    else if (!more)
        aq_toy_backdrop_varied(c, outdoor, 0, r);
    else {
        aq_toy_backdrop_varied(c, outdoor, (int)aq_rng_below(r, AQ_TOY_BACKDROPS), r);
        aq_toy_backdrop_light(c, r);
    }
    cairo_destroy(c);
    return surface;
}
