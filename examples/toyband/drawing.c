/* SPDX-License-Identifier: MIT */
/*
 * Sources: Noto Color Emoji; Debian's openclipart-svg (public domain) and two drawings
 * of our own for varied scenes; gcompris-qt-data's and tuxpaint-stamps-default's for
 * recorded ones. All are read where Debian installs them.
 */
#include "examples/toyband/drawing.h"

#include "base/alloc.h"
#include "examples/toyband/resource.h"
#include "examples/toyband/shapes.h"

#include <librsvg/rsvg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { SIDE = AQ_TOY_GLYPH, FONT_PX = 76, BOX = 84, MOST = 4 };
#define CLIP_ART "/usr/share/openclipart/svg/recreation/music/"
#define STAMPS   "/usr/share/tuxpaint/stamps/hobbies/music/"
#define RESOURCE "/usr/share/gcompris-qt/rcc/instruments.rcc"

/* Of each kind, in the order of aq_toy_kinds. */
static const char *const clip_art[AQ_TOY_KINDS][MOST] = {
    {NULL},
    {"guitar_ganson.svg", "guitar_jarno_vasamaa1.svg", "guitar_jarno_vasamaa2.svg"},
    {NULL},
    {"flute_ganson.svg"},
    {"piano_geraint_luff_01.svg"},
    {"saxophone_jarno_vasamaa_.svg"},
    {"trumpet_b_flat_colour_ganso.svg", "trumpet_b_flat__ganson.svg",
     "trumpet_pocket_colour_ganso.svg"},
    {"violin_colour_ganson.svg", "violin_ganson.svg", "violin_mo_01.svg"},
    {"drums_jarno_vasamaa_.svg", "war_drum_enrique_meza_c_01.svg"},
    {"africandrum_benji_park1.svg", "africandrum_benji_park2.svg"}};

/* The first is in gcompris' resource file, the others are stamps. */
static const char *const recorded[AQ_TOY_KINDS][MOST] = {
    {"accordion.svg"},
    {"guitar.svg", "string/guitar_classical.png", "string/guitar2.png"},
    {"banjo.svg"},
    {"flute_traversiere.svg"},
    {"piano.svg"},
    {"saxophone.svg"},
    {"trumpet.svg", "brass/trumpet.png"},
    {"violin.svg", "string/violin.png", "string/violin2.svg"},
    {"snare_drum.svg", "percussion/drum_tomtom_floor.png"},
    {"bongo.svg"}};

static cairo_surface_t *square(void)
{
    return cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SIDE, SIDE);
}

/* The emoji in the middle; 0 if the font does not have it in colour. */
static AqErr draw_emoji(cairo_surface_t **out, int kind)
{
    *out = square();
    cairo_t *c = cairo_create(*out);
    PangoLayout *layout = pango_cairo_create_layout(c);
    PangoFontDescription *font = pango_font_description_from_string("Noto Color Emoji");
    int w = 0, h = 0;

    pango_font_description_set_absolute_size(font, FONT_PX * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, aq_toy_kinds[kind].glyph, -1);
    pango_layout_get_pixel_size(layout, &w, &h);
    cairo_move_to(c, (SIDE - w) / 2.0, (SIDE - h) / 2.0);
    pango_cairo_show_layout(c, layout);
    const int there = pango_layout_get_unknown_glyphs_count(layout) == 0 && w > 0;
    pango_font_description_free(font);
    g_object_unref(layout);
    cairo_destroy(c);
    return there ? AQ_OK
                 : aq_fail(AQ_ERR_NOT_FOUND,
                           "the font Noto Color Emoji lacks the %s; install Debian's "
                           "fonts-noto-color-emoji",
                           aq_toy_kinds[kind].name);
}

/* ---- files ---- */

static AqErr draw_svg(cairo_surface_t **out, RsvgHandle *svg, const char *name)
{
    const RsvgRectangle box = {(SIDE - BOX) / 2.0, (SIDE - BOX) / 2.0, BOX, BOX};

    if (!svg)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: no such drawing; install Debian's openclipart-svg (for "
                       "varied scenes) or gcompris-qt-data and tuxpaint-stamps-default "
                       "(for recorded ones)",
                       name);
    *out = square();
    cairo_t *c = cairo_create(*out);
    const int ok = rsvg_handle_render_document(svg, c, &box, NULL);
    cairo_destroy(c);
    g_object_unref(svg);
    return ok ? AQ_OK : aq_fail(AQ_ERR_FORMAT, "%s: cannot be drawn", name);
}

static AqErr draw_png(cairo_surface_t **out, const char *path)
{
    cairo_surface_t *png = cairo_image_surface_create_from_png(path);
    const int w = cairo_image_surface_get_width(png),
              h = cairo_image_surface_get_height(png);
    const double scale = (double)BOX / (w > h ? w : h > 0 ? h : 1);

    *out = square();
    if (w == 0) {
        cairo_surface_destroy(png);
        return draw_svg(out, NULL, path); /* says that it is not there */
    }
    cairo_t *c = cairo_create(*out);
    cairo_translate(c, (SIDE - w * scale) / 2, (SIDE - h * scale) / 2);
    cairo_scale(c, scale, scale);
    cairo_set_source_surface(c, png, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(c), CAIRO_FILTER_BEST);
    cairo_paint(c);
    cairo_destroy(c);
    cairo_surface_destroy(png);
    return AQ_OK;
}

static AqErr draw_file(cairo_surface_t **out, const char *folder, const char *name)
{
    char *path = aq_strf("%s%s", folder, name);
    const size_t n = strlen(name);

    if (!path)
        return AQ_ERR_NOMEM;
    const AqErr err = strcmp(name + n - 4, ".png") == 0
                          ? draw_png(out, path)
                          : draw_svg(out, rsvg_handle_new_from_file(path, NULL), path);
    aq_free(path);
    return err;
}

static AqErr draw_resource(cairo_surface_t **out, const char *name)
{
    AqToyResource res;
    unsigned char *bytes = NULL;
    size_t n = 0;
    AqErr err = aq_toy_resource_open(&res, RESOURCE);

    if (err == AQ_ERR_NOT_FOUND)
        return draw_svg(out, NULL, RESOURCE);
    if (err == AQ_OK)
        err = aq_toy_resource_file(&res, name, &bytes, &n);
    if (err == AQ_OK)
        err = draw_svg(out, rsvg_handle_new_from_data(bytes, n, NULL), name);
    aq_free(bytes);
    aq_toy_resource_close(&res);
    return err;
}

/* ---- our own, of what the clip art lacks ---- */

/* Two boxes, bellows between them, keys at one side and buttons at the other. */
static void draw_accordion(cairo_t *c, AqRng *r)
{
    const double red = aq_rng_range(r, 0.5, 0.9), open = aq_rng_range(r, 4, 6);

    aq_toy_box(c, red, 0.12, 0.12, 8, 20, 24, 56);
    aq_toy_box(c, red, 0.12, 0.12, 32 + 7 * open, 22, 20, 52);
    for (int k = 0; k < 7; k++) {
        aq_toy_box(c, 0.15, 0.15, 0.17, 32 + k * open, 18 + (k % 2) * 3, open / 2, 58);
        aq_toy_box(c, 0.75, 0.72, 0.68, 32 + (k + 0.5) * open, 20, open / 2, 55);
    }
    for (int k = 0; k < 9; k++) {
        aq_toy_box(c, 0.97, 0.97, 0.95, 3, 21 + 6 * k, 13, 5);
        aq_toy_disc(c, 0.97, 0.97, 0.95, 42 + 7 * open, 26 + 5.5 * k, 1.8);
    }
}

/* A drum with a skin, a long neck with frets, four pegs. */
static void draw_banjo(cairo_t *c, AqRng *r)
{
    const double brown = aq_rng_range(r, 0.3, 0.55);

    cairo_translate(c, SIDE / 2.0, SIDE / 2.0);
    cairo_rotate(c, aq_rng_range(r, 0.4, 1.1));
    aq_toy_box(c, brown, brown * 0.6, 0.12, -3, -46, 6, 52);
    for (int k = 0; k < 7; k++)
        aq_toy_box(c, 0.9, 0.88, 0.8, -3, -38 + 6 * k, 6, 1);
    for (int k = 0; k < 4; k++)
        aq_toy_disc(c, 0.85, 0.85, 0.8, k % 2 ? -6 : 6, -44 + 4 * (k / 2), 2);
    aq_toy_disc(c, brown, brown * 0.55, 0.1, 0, 22, 23);
    aq_toy_disc(c, 0.95, 0.93, 0.86, 0, 22, 19);
    aq_toy_box(c, 0.35, 0.2, 0.1, -8, 30, 16, 2);
    for (int k = 0; k < 4; k++)
        aq_toy_box(c, 0.7, 0.7, 0.7, -2.4 + 1.5 * k, -40, 0.5, 72);
}

static AqErr draw_own(cairo_surface_t **out, int kind, AqRng *r)
{
    *out = square();
    cairo_t *c = cairo_create(*out);

    if (strcmp(aq_toy_kinds[kind].name, "accordion") == 0)
        draw_accordion(c, r);
    else
        draw_banjo(c, r);
    cairo_destroy(c);
    return AQ_OK;
}

/* ---- colours ---- */

/* Turns the hue by an angle about the grey axis, scales saturation and brightness. */
static void recolour(cairo_surface_t *s, double angle, double saturation, double bright)
{
    const double co = cos(angle), si = sin(angle) / sqrt(3), third = (1 - co) / 3;
    const double m[3] = {co + third, third - si, third + si};
    const int stride = cairo_image_surface_get_stride(s);

    cairo_surface_flush(s);
    for (int y = 0; y < SIDE; y++) {
        unsigned char *row = cairo_image_surface_get_data(s) + y * stride;

        for (int x = 0; x < SIDE; x++) {
            unsigned char *p = row + 4 * x; /* B, G, R, A; premultiplied */
            const double in[3] = {p[2], p[1], p[0]}, grey = (in[0] + in[1] + in[2]) / 3;

            for (int k = 0; k < 3; k++) {
                const double v =
                    m[0] * in[k] + m[1] * in[(k + 1) % 3] + m[2] * in[(k + 2) % 3];
                const double to = bright * (grey + saturation * (v - grey));
                p[2 - k] = (unsigned char)fmax(0, fmin(p[3], to));
            }
        }
    }
    cairo_surface_mark_dirty(s);
}

static int count(const char *const names[MOST])
{
    int n = 0;

    while (n < MOST && names[n])
        n++;
    return n;
}

static AqErr varied(cairo_surface_t **out, int kind, AqRng *r)
{
    const int n = count(clip_art[kind]), emoji = aq_rng_uniform(r) < 0.45;
    AqErr err;

    if (emoji)
        err = draw_emoji(out, kind);
    else if (n == 0)
        err = draw_own(out, kind, r);
    else
        err = draw_file(out, CLIP_ART, clip_art[kind][aq_rng_below(r, (unsigned)n)]);
    if (err == AQ_OK)
        recolour(*out, aq_rng_range(r, -0.7, 0.7), aq_rng_range(r, 0.3, 1.5),
                 aq_rng_range(r, 0.7, 1.3));
    return err;
}

AqErr aq_toy_drawing(cairo_surface_t **out, int kind, AqToyWorld world, AqRng *r)
{
    *out = NULL;
    if (world == AQ_TOY_MIDI)
        return draw_emoji(out, kind);
    if (world == AQ_TOY_VARIED)
        return varied(out, kind, r);
    const int n = count(recorded[kind]), which = (int)aq_rng_below(r, (unsigned)n);
    return which == 0 ? draw_resource(out, recorded[kind][0])
                      : draw_file(out, STAMPS, recorded[kind][which]);
}
