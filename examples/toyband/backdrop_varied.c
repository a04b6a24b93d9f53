/* SPDX-License-Identifier: MIT */
/*
 * Whether a place is indoors shows by walls, ceilings and furniture or by sky and
 * ground, not by one colour: each kind has its own furnishings, and colours, light and
 * positions are drawn from wide ranges. The stage and the shore of recorded scenes are
 * not among them: those are for tests.
 */
#include "examples/toyband/backdrop_varied.h"

#include "examples/toyband/paint.h"

#include <math.h>

#define W  AQ_TOY_WIDTH
#define H  AQ_TOY_HEIGHT
#define PI 3.14159265358979323846

/* ---- the room and the field ---- */

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

/* ---- more indoors ---- */

/* Tiles of a floor in perspective, in two colours. */
static void draw_tiles(cairo_t *c, Paint a, Paint b, double floor_, AqRng *r)
{
    enum { ROWS = 5 };
    const double middle = aq_rng_range(r, 120, 200), wide = aq_rng_range(r, 16, 34);

    for (int row = 0; row < ROWS; row++) {
        const double far_ = row / (double)ROWS, near_ = (row + 1) / (double)ROWS;
        const double y0 = floor_ + (H - floor_) * far_ * far_,
                     y1 = floor_ + (H - floor_) * near_ * near_;
        const double s0 = 1 + 1.2 * far_ * far_, s1 = 1 + 1.2 * near_ * near_;

        for (int k = -14; k < 14; k++) {
            use_paint(c, (k + row) & 1 ? a : b);
            cairo_move_to(c, middle + k * wide * s0, y0);
            cairo_line_to(c, middle + (k + 1) * wide * s0, y0);
            cairo_line_to(c, middle + (k + 1) * wide * s1, y1);
            cairo_line_to(c, middle + k * wide * s1, y1);
            cairo_fill(c);
        }
    }
}

static void draw_arch(cairo_t *c, Paint p, double x, double y, double half, double h)
{
    use_paint(c, p);
    cairo_arc(c, x, y - h + half, half, PI, 2 * PI);
    cairo_line_to(c, x + half, y);
    cairo_line_to(c, x - half, y);
    cairo_fill(c);
}

static void draw_bricks(cairo_t *c, Paint brick, double floor_, AqRng *r)
{
    const int high = 8 + (int)aq_rng_below(r, 7), wide = 2 * high + 4;

    for (int row = 0; row * high < floor_; row++)
        for (int k = -1; k * wide < W; k++)
            fill_box(c, dimmed(brick, aq_rng_range(r, 0.82, 1.12)),
                     k * wide + (row & 1) * wide / 2.0, row * high, wide - 1.5,
                     high - 1.5);
}

/* A cellar of brick: niches, a pipe, a bulb. */
static void draw_cellar(cairo_t *c, AqRng *r)
{
    static const Paint bricks[] = {
        {0.6, 0.3, 0.22}, {0.7, 0.45, 0.3}, {0.55, 0.53, 0.5}, {0.85, 0.82, 0.78}};
    const double floor_ = aq_rng_range(r, 165, 200), light = aq_rng_range(r, 0.55, 1);
    const Paint brick = dimmed(bricks[aq_rng_below(r, 4)], light);
    const Paint stone = dimmed(tinted(r, 0.3, 0.55, 0.04), light);

    fill_box(c, dimmed(brick, aq_rng_below(r, 2) ? 0.65 : 1.25), 0, 0, W, H);
    draw_bricks(c, brick, floor_, r);
    for (int k = (int)aq_rng_below(r, 3); k > 0; k--)
        draw_arch(c, dimmed(brick, 0.3), aq_rng_range(r, 20, 300), floor_,
                  aq_rng_range(r, 22, 36), aq_rng_range(r, 75, 120));
    fill_box(c, stone, 0, floor_, W, H - floor_);
    if (aq_rng_below(r, 2))
        draw_tiles(c, stone, dimmed(stone, 0.9), floor_, r);
    if (aq_rng_below(r, 2))
        fill_box(c, dimmed(tinted(r, 0.3, 0.7, 0.1), light), 0, aq_rng_range(r, 12, 30),
                 W, aq_rng_range(r, 4, 8));
    for (int k = (int)aq_rng_below(r, 3); k > 0; k--) {
        const double x = aq_rng_range(r, 20, 300), y = aq_rng_range(r, 25, 60);

        draw_line(c, (Paint){0.1, 0.1, 0.1}, 1.5, x, 0, x, y);
        add_glow(c, (Paint){1, 0.9, 0.6}, x, y, aq_rng_range(r, 40, 90), 0.7);
        fill_disc(c, (Paint){1, 0.97, 0.8}, x, y, 5);
    }
}

/* Cupboards with handles from x to the end, w wide each. */
static void draw_cupboards(cairo_t *c, Paint front, double x, double y, double h,
                           AqRng *r)
{
    const double w = aq_rng_range(r, 36, 60);

    for (int k = 0; x + k * w < W; k++) {
        fill_box(c, dimmed(front, 0.7), x + k * w, y, w, h);
        fill_box(c, front, x + k * w + 1.5, y + 1.5, w - 3, h - 3);
        fill_box(c, dimmed(front, 0.45), x + k * w + w - 9, y + h / 2 - 5, 2.5, 10);
    }
}

/* A kitchen: tiles, cupboards above and below a worktop, a cooker's hood. */
static void draw_kitchen(cairo_t *c, AqRng *r)
{
    const double top = aq_rng_range(r, 95, 120), floor_ = aq_rng_range(r, 170, 195);
    const int tile = 11 + (int)aq_rng_below(r, 12);
    const Paint tiles = tinted(r, 0.5, 0.9, 0.2), front = tinted(r, 0.3, 0.85, 0.25),
                ground = tinted(r, 0.3, 0.8, 0.12);
    const double hood = aq_rng_range(r, 40, 280);

    fill_box(c, dimmed(tiles, 0.75), 0, 0, W, H);
    for (int y = 0; y < top; y += tile)
        for (int x = 0; x < W; x += tile)
            fill_box(c, dimmed(tiles, aq_rng_range(r, 0.95, 1.06)), x, y, tile - 1.2,
                     tile - 1.2);
    draw_cupboards(c, front, aq_rng_below(r, 2) ? 0 : aq_rng_range(r, 60, 200), 0,
                   aq_rng_range(r, 40, 62), r);
    draw_cupboards(c, front, 0, top, floor_ - top, r);
    fill_box(c, tinted(r, 0.2, 0.8, 0.05), 0, top - 6, W, 8); /* worktop */
    if (aq_rng_below(r, 2)) {
        fill_triangle(c, tinted(r, 0.4, 0.8, 0.03), hood, 62, 34, 60);
        fill_box(c, (Paint){0.2, 0.2, 0.22}, hood - 24, top - 9, 48, 4);
    }
    draw_tiles(c, ground, dimmed(ground, aq_rng_range(r, 0.6, 0.9)), floor_, r);
}

/* A row of books standing on y, from x to `end`; dull, as they are behind. */
static void draw_books(cairo_t *c, Paint shelf, double x, double end, double y,
                       double most, AqRng *r)
{
    while (x < end - 10) {
        const double w = aq_rng_range(r, 5, 13), h = most * aq_rng_range(r, 0.7, 0.95);
        const Paint cover = mix(tinted(r, 0.2, 0.6, 0.2), dimmed(shelf, 0.7), 0.55);

        if (aq_rng_below(r, 12) != 0) { /* or a gap */
            fill_box(c, cover, x, y - h, w - 0.7, h);
            fill_box(c, dimmed(cover, 1.2), x, y - h * 0.8, w - 0.7, 2);
        }
        x += w;
    }
}

/* A library: shelves full of books, a carpet. */
static void draw_library(cairo_t *c, AqRng *r)
{
    const double floor_ = aq_rng_range(r, 165, 200), step = aq_rng_range(r, 32, 50),
                 wide = aq_rng_range(r, 70, 150), first = aq_rng_range(r, -60, 0);
    const Paint shelf = any_wood(r), carpet = tinted(r, 0.25, 0.6, 0.2);

    fill_box(c, dimmed(shelf, 0.4), 0, 0, W, H);
    for (int row = 0; floor_ - row * step > 0; row++) {
        for (int k = 0; first + k * wide < W; k++)
            draw_books(c, shelf, first + k * wide + 6, first + (k + 1) * wide,
                       floor_ - row * step - 5, step - 6, r);
        fill_box(c, shelf, 0, floor_ - row * step - 5, W, 5);
    }
    for (int k = 0; first + k * wide < W; k++)
        fill_box(c, dimmed(shelf, 1.1), first + k * wide - 3, 0, 7, floor_);
    fill_box(c, carpet, 0, floor_, W, H - floor_);
    fill_box(c, dimmed(carpet, 0.7), 0, floor_, W, 4);
    fill_box(c, mix(carpet, (Paint){0.9, 0.8, 0.5}, 0.5), 0, floor_ + 10, W, 3);
}

static void draw_column(cairo_t *c, Paint stone, double x, double half, double floor_)
{
    enum { STRIPS = 12 };

    for (int k = 0; k < STRIPS; k++) {
        const double at = (k + 0.5) / STRIPS;

        fill_box(c, dimmed(stone, 0.6 + 0.5 * sin(PI * (0.15 + 0.75 * at))),
                 x - half + 2 * half * k / STRIPS, 12, 2 * half / STRIPS + 0.5,
                 floor_ - 12);
    }
    fill_box(c, dimmed(stone, 1.05), x - half - 5, 12, 2 * half + 10, 10);
    fill_box(c, dimmed(stone, 0.9), x - half - 5, floor_ - 9, 2 * half + 10, 10);
}

/* A hall: columns, hanging lamps, a floor of tiles. */
static void draw_hall(cairo_t *c, AqRng *r)
{
    const double floor_ = aq_rng_range(r, 150, 185), gap = aq_rng_range(r, 65, 120),
                 first = aq_rng_range(r, 0, 50), half = aq_rng_range(r, 8, 16);
    const Paint wall = tinted(r, 0.25, 0.85, 0.15), stone = tinted(r, 0.45, 0.9, 0.08),
                ground = tinted(r, 0.25, 0.8, 0.12);
    const int arches = (int)aq_rng_below(r, 2), n_lamps = (int)aq_rng_below(r, 4);

    fill_box(c, ground, 0, 0, W, H);
    fill_fade(c, dimmed(wall, 0.75), wall, 0, floor_);
    for (int k = 0; arches && first + k * gap < W + gap; k++)
        draw_arch(c, dimmed(wall, 0.6), first + (k - 0.5) * gap, floor_, gap * 0.3,
                  floor_ * 0.75);
    draw_tiles(c, ground, dimmed(ground, aq_rng_range(r, 0.55, 0.9)), floor_, r);
    for (int k = 0; first + k * gap < W + 20; k++)
        draw_column(c, stone, first + k * gap, half, floor_ + 6);
    fill_box(c, dimmed(stone, 0.8), 0, 0, W, 14); /* cornice */
    fill_box(c, dimmed(stone, 0.55), 0, 12, W, 2);
    for (int k = 0; k < n_lamps; k++) {
        const double x = (k + 0.5) * W / n_lamps + aq_rng_range(r, -15, 15),
                     y = aq_rng_range(r, 35, 65);

        draw_line(c, (Paint){0.2, 0.17, 0.1}, 1.5, x, 0, x, y);
        add_glow(c, (Paint){1, 0.92, 0.7}, x, y, 45, 0.6);
        fill_triangle(c, tinted(r, 0.2, 0.7, 0.2), x, y, 13, 12);
        fill_disc(c, (Paint){1, 0.97, 0.85}, x, y + 2, 5);
    }
}

/* An attic: the roof slants from both sides, beams, a small window, a rug. */
static void draw_attic(cairo_t *c, AqRng *r)
{
    const double floor_ = aq_rng_range(r, 165, 195), top = aq_rng_range(r, 70, 130),
                 middle = aq_rng_range(r, 130, 190), cross = aq_rng_range(r, 30, 60);
    const Paint beam = any_wood(r), wall = mix(tinted(r, 0.4, 0.9, 0.1), beam, 0.3),
                roof = dimmed(mix(wall, beam, aq_rng_range(r, 0.3, 0.9)), 0.8),
                rug = tinted(r, 0.25, 0.7, 0.3);

    fill_box(c, wall, 0, 0, W, H);
    for (int side = -1; side <= 1; side += 2) {
        const double edge = side < 0 ? -1 : W + 1;

        use_paint(c, dimmed(roof, side < 0 ? 0.85 : 1));
        cairo_move_to(c, edge, -1);
        cairo_line_to(c, middle + side * top, -1);
        cairo_line_to(c, edge, floor_ - 20);
        cairo_fill(c);
        for (int k = 0; k < 4; k++)
            draw_line(c, beam, 6, middle + side * (top + 50 * k), -2, edge,
                      floor_ - 20 - 55 * k);
    }
    fill_box(c, dimmed(beam, 0.9), 0, cross, W, 9);
    fill_box(c, dimmed(beam, 0.8), middle - 5, 0, 10, floor_);
    for (int k = (int)aq_rng_below(r, 3); k > 0; k--) { /* windows */
        const double x = aq_rng_range(r, 110, 200), y = cross + aq_rng_range(r, 20, 45);

        fill_box(c, beam, x - 17, y - 17, 34, 34);
        fill_box(c, tinted(r, 0.3, 0.95, 0.08), x - 13, y - 13, 26, 26);
        draw_line(c, beam, 3, x, y - 14, x, y + 14);
        draw_line(c, beam, 3, x - 14, y, x + 14, y);
    }
    fill_box(c, dimmed(beam, 0.75), 0, floor_, W, H - floor_);
    cairo_save(c);
    cairo_translate(c, aq_rng_range(r, 80, 240), (floor_ + H) / 2);
    cairo_scale(c, 1, 0.22);
    fill_disc(c, rug, 0, 0, 90);
    fill_disc(c, dimmed(rug, 1.4), 0, 0, 70);
    fill_disc(c, rug, 0, 0, 60);
    cairo_restore(c);
}

/* ---- more outdoors ---- */

/* By day, in the evening or grey, down to the horizon; maybe a sun, clouds. */
static void draw_sky(cairo_t *c, double horizon, AqRng *r)
{
    static const Paint tops[] = {{0.2, 0.45, 0.9},
                                 {0.35, 0.3, 0.6},
                                 {0.6, 0.65, 0.7},
                                 {0.35, 0.65, 0.95}},
                       ends[] = {{0.7, 0.85, 1},
                                 {1, 0.65, 0.4},
                                 {0.82, 0.84, 0.86},
                                 {0.85, 0.9, 0.85}};
    const unsigned which = aq_rng_below(r, 4);
    const double light = aq_rng_range(r, 0.75, 1.05);

    fill_fade(c, dimmed(tops[which], light), dimmed(ends[which], light), 0, horizon);
    if (which != 2 && aq_rng_below(r, 2))
        fill_disc(c, (Paint){1, aq_rng_range(r, 0.7, 0.95), 0.5},
                  aq_rng_range(r, 20, 300), aq_rng_range(r, 15, 70),
                  aq_rng_range(r, 9, 20));
    for (int k = (int)aq_rng_below(r, 4); k > 0; k--) {
        const double x = aq_rng_range(r, 0, W), y = aq_rng_range(r, 12, 65),
                     size = aq_rng_range(r, 7, 15);
        const Paint cloud = dimmed((Paint){0.97, 0.97, 0.99}, light);

        fill_disc(c, cloud, x, y, size);
        fill_disc(c, cloud, x + size * 1.2, y + 2, size * 0.8);
        fill_disc(c, cloud, x - size * 1.1, y + 3, size * 0.7);
    }
}

static void draw_house(cairo_t *c, double x, double w, double h, double base, AqRng *r)
{
    const Paint front = tinted(r, 0.45, 0.9, 0.2), roof = tinted(r, 0.2, 0.5, 0.12),
                pane = tinted(r, 0.25, 0.8, 0.12);
    const int across = 2 + (int)aq_rng_below(r, 2), lit = (int)aq_rng_below(r, 4) == 0;
    const double step = w / across;

    fill_box(c, front, x, base - h, w, h);
    if (aq_rng_below(r, 3))
        fill_triangle(c, roof, x + w / 2, base - h, w / 2 + 4, aq_rng_range(r, 14, 34));
    else
        fill_box(c, roof, x - 2, base - h - 4, w + 4, 6);
    for (int row = 0; 10 + row * 28 + 18 < h - 26; row++)
        for (int k = 0; k < across; k++) {
            const double wx = x + (k + 0.25) * step, wy = base - h + 10 + row * 28;

            fill_box(c, dimmed(front, 1.2), wx - 1.5, wy - 1.5, step / 2 + 3, 20);
            fill_box(c, lit && aq_rng_below(r, 2) ? (Paint){1, 0.85, 0.45} : pane, wx,
                     wy, step / 2, 17);
        }
    fill_box(c, dimmed(roof, 0.8), x + (across - 0.75) * step, base - 24, step / 2, 24);
}

/* A street: house fronts under a sky, a pavement, a road. */
static void draw_street(cairo_t *c, AqRng *r)
{
    const double base = aq_rng_range(r, 150, 180),
                 kerb = base + aq_rng_range(r, 10, 24);
    const Paint stone = tinted(r, 0.5, 0.75, 0.04), road = tinted(r, 0.2, 0.45, 0.03);
    double x = aq_rng_range(r, -40, 10);

    fill_box(c, stone, 0, 0, W, H);
    draw_sky(c, base, r);
    while (x < W) {
        const double w = aq_rng_range(r, 48, 92);

        if (aq_rng_below(r, 7) != 0) /* or a gap */
            draw_house(c, x, w - aq_rng_range(r, 0, 6), aq_rng_range(r, 60, 115), base,
                       r);
        x += w;
    }
    fill_box(c, stone, 0, base, W, kerb - base);
    fill_box(c, road, 0, kerb, W, H - kerb);
    fill_box(c, dimmed(stone, 0.75), 0, kerb - 3, W, 3);
    for (int k = 0; k < 6; k++)
        fill_box(c, (Paint){0.85, 0.85, 0.8}, k * 60 - 10, (kerb + H) / 2, 32, 3);
}

/* A ridge of peaks on the line y, maybe with snow on them. */
static void draw_peaks(cairo_t *c, Paint rock, double y, double most, AqRng *r)
{
    const int snowy = (int)aq_rng_below(r, 2);

    for (int k = 4 + (int)aq_rng_below(r, 4); k > 0; k--) {
        const double x = aq_rng_range(r, -20, W + 20),
                     h = most * aq_rng_range(r, 0.5, 1),
                     half = h * aq_rng_range(r, 0.7, 1.2);

        fill_triangle(c, dimmed(rock, aq_rng_range(r, 0.85, 1.1)), x, y, half, h);
        if (snowy)
            fill_triangle(c, (Paint){0.93, 0.95, 0.98}, x, y - h * 0.68, half * 0.32,
                          h * 0.32);
    }
}

/* A lake before mountains; grass and reeds on this side. */
static void draw_lake(cairo_t *c, AqRng *r)
{
    const double far_ = aq_rng_range(r, 95, 130),
                 near_ = far_ + aq_rng_range(r, 25, 60);
    const Paint rock = tinted(r, 0.35, 0.65, 0.1);
    const double green = aq_rng_range(r, 0.35, 0.65), dry = aq_rng_range(r, 0.15, 0.5);
    const Paint water = {aq_rng_range(r, 0.15, 0.4), 0.5, aq_rng_range(r, 0.5, 0.75)},
                grass = {dry, green, 0.18};

    draw_sky(c, far_, r);
    draw_peaks(c, rock, far_, aq_rng_range(r, 50, 95), r);
    fill_box(c, dimmed(grass, 0.55), 0, far_ - 4, W, 8); /* woods on the other side */
    fill_fade(c, mix(water, rock, 0.4), water, far_ + 2, near_ - far_);
    fill_box(c, grass, 0, near_, W, H - near_);
    for (int k = 0; k < 9; k++)
        fill_disc(c, grass, k * 40 + aq_rng_range(r, -10, 10), near_ + 8,
                  aq_rng_range(r, 9, 17));
    for (int k = (int)aq_rng_below(r, 24); k > 0; k--) {
        const double x = aq_rng_range(r, 0, W), y = near_ + aq_rng_range(r, 5, 30);

        draw_line(c, dimmed(grass, 0.6), 1.5, x, y, x + aq_rng_range(r, -4, 4),
                  y - aq_rng_range(r, 12, 30));
    }
}

/* Waves of ground from height y down. */
static void draw_waves(cairo_t *c, Paint p, double y, double high, AqRng *r)
{
    const double length = aq_rng_range(r, 90, 220), at = aq_rng_range(r, 0, 2 * PI);

    use_paint(c, p);
    cairo_move_to(c, 0, H);
    for (int x = 0; x <= W; x += 4)
        cairo_line_to(c, x, y - high * fabs(sin(x * PI / length + at)));
    cairo_line_to(c, W, H);
    cairo_fill(c);
}

/* A desert: dunes one behind the other, cacti or none. */
static void draw_desert(cairo_t *c, AqRng *r)
{
    const double horizon = aq_rng_range(r, 100, 140), light = aq_rng_range(r, 0.7, 1);
    const Paint sand = dimmed(
        (Paint){0.95, aq_rng_range(r, 0.6, 0.8), aq_rng_range(r, 0.35, 0.5)}, light);
    const Paint green = {0.15, aq_rng_range(r, 0.35, 0.55), 0.2};

    draw_sky(c, horizon + 10, r); /* seen between the dunes */
    for (int k = 0; k < 4; k++)
        draw_waves(c, dimmed(sand, 0.8 + 0.07 * k), horizon + 8 + 32 * k,
                   aq_rng_range(r, 14, 38), r);
    for (int k = (int)aq_rng_below(r, 4); k > 0; k--) {
        const double x = aq_rng_range(r, 10, 310),
                     y = horizon + aq_rng_range(r, 15, 50), h = aq_rng_range(r, 30, 60);

        cairo_set_line_cap(c, CAIRO_LINE_CAP_ROUND);
        draw_line(c, green, 8, x, y, x, y - h);
        draw_line(c, green, 5, x, y - h * 0.4, x + 13, y - h * 0.4);
        draw_line(c, green, 5, x + 13, y - h * 0.4, x + 13, y - h * 0.75);
        draw_line(c, green, 5, x, y - h * 0.55, x - 12, y - h * 0.55);
        draw_line(c, green, 5, x - 12, y - h * 0.55, x - 12, y - h * 0.85);
        cairo_set_line_cap(c, CAIRO_LINE_CAP_BUTT);
    }
}

static void draw_fir(cairo_t *c, Paint green, int snowy, double x, double y, double h)
{
    fill_box(c, (Paint){0.3, 0.2, 0.12}, x - 2.5, y - h * 0.15, 5, h * 0.15);
    for (int k = 0; k < 3; k++) {
        const double low = y - h * (0.1 + 0.25 * k), half = h * (0.3 - 0.07 * k);

        fill_triangle(c, green, x, low, half, h * 0.38);
        if (snowy)
            fill_triangle(c, (Paint){0.94, 0.96, 1}, x, low - h * 0.24, half * 0.4,
                          h * 0.15);
    }
}

/* Snow: hills, firs, maybe flakes. */
static void draw_snow(cairo_t *c, AqRng *r)
{
    const double ground = aq_rng_range(r, 110, 150), light = aq_rng_range(r, 0.75, 1);
    const Paint snow = dimmed((Paint){0.92, 0.94, 1}, light),
                green = {0.08, aq_rng_range(r, 0.2, 0.42), 0.2};
    const int snowy = (int)aq_rng_below(r, 2), falling = (int)aq_rng_below(r, 2);

    draw_sky(c, ground, r);
    draw_waves(c, dimmed(snow, 0.85), ground, aq_rng_range(r, 10, 40), r);
    for (int k = 3 + (int)aq_rng_below(r, 8); k > 0; k--)
        draw_fir(c, dimmed(green, aq_rng_range(r, 0.8, 1.2)), snowy,
                 aq_rng_range(r, 0, W), ground + aq_rng_range(r, 4, 18),
                 aq_rng_range(r, 45, 105));
    draw_waves(c, snow, ground + 25, aq_rng_range(r, 5, 18), r);
    for (int k = falling ? 70 : 0; k > 0; k--)
        fill_disc(c, (Paint){1, 1, 1}, aq_rng_range(r, 0, W), aq_rng_range(r, 0, H),
                  aq_rng_range(r, 0.7, 2));
}

static void draw_night_sky(cairo_t *c, double ground, AqRng *r)
{
    const double light = aq_rng_range(r, 0.08, 0.25), x = aq_rng_range(r, 20, 300),
                 y = aq_rng_range(r, 18, 55), size = aq_rng_range(r, 9, 18);
    const Paint top = {light * 0.4, light * 0.5, light * 1.4},
                moon = {0.95, 0.93, aq_rng_range(r, 0.7, 0.95)};

    fill_fade(c, top, mix(top, (Paint){0.3, 0.3, 0.5}, 0.6), 0, ground);
    for (int k = 10 + (int)aq_rng_below(r, 40); k > 0; k--)
        fill_disc(c, (Paint){0.9, 0.9, 1}, aq_rng_range(r, 0, W),
                  aq_rng_range(r, 0, ground - 20), aq_rng_range(r, 0.5, 1.4));
    add_glow(c, moon, x, y, size * 3, 0.35);
    fill_disc(c, moon, x, y, size);
    if (aq_rng_below(r, 2)) /* a crescent */
        fill_disc(c, top, x + size * 0.55, y - size * 0.2, size * 0.9);
}

/* A park at night: moon, trees, lamps beside a path. */
static void draw_night(cairo_t *c, AqRng *r)
{
    const double ground = aq_rng_range(r, 125, 160), path = aq_rng_range(r, 60, 260);
    const Paint grass = {0.07, aq_rng_range(r, 0.16, 0.3), aq_rng_range(r, 0.08, 0.18)},
                gravel = tinted(r, 0.25, 0.4, 0.03), crown = dimmed(grass, 0.55);

    draw_night_sky(c, ground, r);
    for (int k = 4 + (int)aq_rng_below(r, 6); k > 0; k--) {
        const double x = aq_rng_range(r, 0, W), h = aq_rng_range(r, 25, 60);

        fill_box(c, dimmed(crown, 0.6), x - 3, ground - h, 6, h + 4);
        fill_disc(c, crown, x, ground - h, aq_rng_range(r, 14, 28));
    }
    fill_box(c, grass, 0, ground, W, H - ground);
    use_paint(c, gravel);
    cairo_move_to(c, path - 10, ground);
    cairo_line_to(c, path + 10, ground);
    cairo_line_to(c, path + aq_rng_range(r, 40, 120), H);
    cairo_line_to(c, path - aq_rng_range(r, 40, 120), H);
    cairo_fill(c);
    for (int k = (int)aq_rng_below(r, 4); k > 0; k--) {
        const double x = aq_rng_range(r, 15, 305), y = ground + aq_rng_range(r, 2, 20),
                     h = aq_rng_range(r, 60, 95);

        draw_line(c, (Paint){0.04, 0.04, 0.05}, 3, x, y, x, y - h);
        add_glow(c, (Paint){1, 0.85, 0.5}, x, y - h, 38, 0.7);
        fill_disc(c, (Paint){1, 0.95, 0.75}, x, y - h, 6);
    }
}

void aq_toy_backdrop_varied(cairo_t *c, int outdoor, int kind, AqRng *r)
{
    static void (*const draw[2][AQ_TOY_BACKDROPS])(cairo_t *, AqRng *) = {
        {draw_any_room, draw_cellar, draw_kitchen, draw_library, draw_hall, draw_attic},
        {draw_any_field, draw_street, draw_lake, draw_desert, draw_snow, draw_night}};

    draw[outdoor][kind](c, r);
}

void aq_toy_backdrop_light(cairo_t *c, AqRng *r)
{
    const Paint p = tinted(r, 0.1, 0.9, 0.25);

    cairo_set_source_rgba(c, p.red, p.green, p.blue, aq_rng_range(r, 0, 0.2));
    cairo_paint(c);
}
