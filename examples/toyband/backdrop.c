/* SPDX-License-Identifier: MIT */
#include "examples/toyband/backdrop.h"

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

/* ---- varied ---- */

/* Walls of any colour, maybe with wallpaper; a floor; a window, pictures, a shelf. */
static void draw_any_room(cairo_t *c, AqRng *r)
{
    const double light = aq_rng_range(r, 0.35, 0.9), red = aq_rng_range(r, -0.2, 0.2),
                 blue = aq_rng_range(r, -0.25, 0.1), floor_ = aq_rng_range(r, 145, 195);

    aq_toy_box(c, light + red, light, light + blue, 0, 0, W, H);
    if (aq_rng_below(r, 3) == 0) {
        const double step = aq_rng_range(r, 12, 40);

        /* Rounding may add or drop a stripe, which is harmless. */
        /* NOLINTNEXTLINE(clang-analyzer-security.FloatLoopCounter) */
        for (double x = 0; x < W; x += step)
            aq_toy_box(c, light + red - 0.06, light - 0.06, light + blue - 0.04, x, 0,
                       step / 2, floor_);
    }
    aq_toy_box(c, 0.7 * light, 0.45 * light, 0.3 * light, 0, floor_, W, H - floor_);
    aq_toy_box(c, 0.3, 0.2, 0.15, 0, floor_ - 4, W, 4);
    for (int k = 0; k < 3; k++) {
        const double x = aq_rng_range(r, 0, 260), y = aq_rng_range(r, 8, 40),
                     w = aq_rng_range(r, 30, 80), h = aq_rng_range(r, 25, 60);

        if (aq_rng_below(r, 2))
            continue;
        aq_toy_box(c, 0.35, 0.22, 0.15, x - 4, y - 4, w + 8, h + 8);
        aq_toy_box(c, aq_rng_range(r, 0.2, 1), aq_rng_range(r, 0.2, 1),
                   aq_rng_range(r, 0.2, 1), x, y, w, h);
    }
}

/* A day or evening sky over hills; trees; sun and clouds, or neither. */
static void draw_any_field(cairo_t *c, AqRng *r)
{
    const double evening = aq_rng_range(r, 0, 1), ground = aq_rng_range(r, 120, 175);
    const double green = aq_rng_range(r, 0.3, 0.75), dry = aq_rng_range(r, 0, 0.4);
    cairo_pattern_t *sky = cairo_pattern_create_linear(0, 0, 0, ground);

    cairo_pattern_add_color_stop_rgb(sky, 0, 0.2 + 0.3 * evening, 0.45, 0.9);
    cairo_pattern_add_color_stop_rgb(sky, 1, 0.6 + 0.4 * evening, 0.75,
                                     1 - 0.4 * evening);
    cairo_set_source(c, sky);
    cairo_paint(c);
    cairo_pattern_destroy(sky);
    if (aq_rng_below(r, 2))
        aq_toy_disc(c, 1, 0.85, 0.4, aq_rng_range(r, 20, 300), aq_rng_range(r, 15, 60),
                    aq_rng_range(r, 10, 22));
    for (int k = (int)aq_rng_below(r, 5); k > 0; k--)
        aq_toy_disc(c, 0.95, 0.96, 1, aq_rng_range(r, 0, W), aq_rng_range(r, 10, 70),
                    aq_rng_range(r, 8, 20));
    for (int k = (int)aq_rng_below(r, 4); k > 0; k--) /* hills */
        aq_toy_disc(c, 0.25 + dry, green * 0.8, 0.25, aq_rng_range(r, 0, W),
                    ground + 110, aq_rng_range(r, 115, 150));
    aq_toy_box(c, 0.25 + dry, green, 0.2, 0, ground, W, H - ground);
    for (int k = (int)aq_rng_below(r, 4); k > 0; k--) { /* trees */
        const double x = aq_rng_range(r, 0, W), h = aq_rng_range(r, 20, 45);

        aq_toy_box(c, 0.35, 0.22, 0.1, x - 3, ground - h, 6, h + 6);
        aq_toy_disc(c, 0.1, green * 0.7, 0.12, x, ground - h, aq_rng_range(r, 12, 24));
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

cairo_surface_t *aq_toy_backdrop(const AqToyScene *s, AqRng *r)
{
    static void (*const draw[3][2])(cairo_t *,
                                    AqRng *) = {{draw_room, draw_meadow},
                                                {draw_any_room, draw_any_field},
                                                {draw_stage, draw_shore}};
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, W, H);
    cairo_t *c = cairo_create(surface);

    draw[s->world][s->outdoor != 0](c, r);
    cairo_destroy(c);
    return surface;
}
