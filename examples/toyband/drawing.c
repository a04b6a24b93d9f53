/* SPDX-License-Identifier: MIT */
/*
 * Sources: Noto Color Emoji; for varied scenes Debian's openclipart-svg, qabcs-data and
 * libjs-emojify and our own drawings (own.c); for recorded scenes gcompris-qt-data and
 * tuxpaint-stamps-default. All are read from where Debian installs them.
 */
#include "examples/toyband/drawing.h"

#include "base/alloc.h"
#include "examples/toyband/own.h"
#include "examples/toyband/resource.h"

#include <librsvg/rsvg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { SIDE = AQ_TOY_GLYPH, FONT_PX = 76, BOX = 84, MOST = 8 };
#define CLIP_ART "/usr/share/openclipart/svg/recreation/music/"
#define ABC      "/usr/share/qabcs/abcs/all/pics/instrument/"
#define EMOJIFY  "/usr/share/javascript/emojify.js/images/emoji/"
#define STAMPS   "/usr/share/tuxpaint/stamps/hobbies/music/"
#define RESOURCE "/usr/share/gcompris-qt/rcc/instruments.rcc"

/* One list per kind, in the order of aq_toy_kinds. */
static const char *const clip_art[AQ_TOY_KINDS][MOST] = {
    {ABC "accordion.png", ABC "squeezebox.png"},
    {CLIP_ART "guitar_ganson.svg", CLIP_ART "guitar_jarno_vasamaa1.svg",
     CLIP_ART "guitar_jarno_vasamaa2.svg", CLIP_ART "guitar_profile_philippe__01.svg",
     ABC "guitar.png", EMOJIFY "guitar.png"},
    {NULL},
    {CLIP_ART "flute_ganson.svg", ABC "flute.png", ABC "western_concert_flute.png"},
    {CLIP_ART "piano_geraint_luff_01.svg", ABC "piano.png", ABC "grand_piano.png",
     CLIP_ART "piano_keys_jonathan_diet_01.svg", EMOJIFY "musical_keyboard.png"},
    {CLIP_ART "saxophone_jarno_vasamaa_.svg", ABC "saxophone.png",
     EMOJIFY "saxophone.png"},
    {CLIP_ART "trumpet_b_flat_colour_ganso.svg", CLIP_ART "trumpet_b_flat__ganson.svg",
     CLIP_ART "trumpet_pocket_colour_ganso.svg", ABC "trumpet.png",
     EMOJIFY "trumpet.png"},
    {CLIP_ART "violin_colour_ganson.svg", CLIP_ART "violin_ganson.svg",
     CLIP_ART "violin_mo_01.svg", ABC "violin.png", EMOJIFY "violin.png"},
    {CLIP_ART "drums_jarno_vasamaa_.svg", CLIP_ART "war_drum_enrique_meza_c_01.svg",
     ABC "drums.png", ABC "bass_drum.png"},
    {CLIP_ART "africandrum_benji_park1.svg", CLIP_ART "africandrum_benji_park2.svg",
     CLIP_ART "djambf_ganson.svg"}};

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

/* Draws the emoji centred; 0 if the font does not have it in colour. */
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
                       "%s: no such drawing; install Debian's openclipart-svg, "
                       "qabcs-data and libjs-emojify (for varied scenes) or "
                       "gcompris-qt-data and tuxpaint-stamps-default "
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
        return draw_svg(out, NULL, path); /* reports that it is missing */
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

static AqErr draw_own(cairo_surface_t **out, int kind, AqRng *r)
{
    *out = square();
    cairo_t *c = cairo_create(*out);

    cairo_translate(c, SIDE / 2.0, SIDE / 2.0);
    aq_toy_draw_own(c, kind, r);
    cairo_destroy(c);
    return AQ_OK;
}

/* ---- colours ---- */

/* Rotates the hue about the grey axis; scales saturation and brightness. */
static void recolour(cairo_surface_t *s, double angle, double saturation, double bright)
{
    const double co = cos(angle), si = sin(angle) / sqrt(3), third = (1 - co) / 3;
    const double m[3] = {co + third, third - si, third + si};
    const int stride = cairo_image_surface_get_stride(s);

    cairo_surface_flush(s);
    for (int y = 0; y < SIDE; y++) {
        unsigned char *row = cairo_image_surface_get_data(s) + (size_t)y * stride;

        for (int x = 0; x < SIDE; x++) {
            unsigned char *p = row + (size_t)4 * x; /* B, G, R, A; premultiplied */
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

static int count_drawings(const char *const names[MOST])
{
    int n = 0;

    while (n < MOST && names[n])
        n++;
    return n;
}

/* Makes it narrower, wider or slanted. */
static void reshape(cairo_surface_t **of, AqRng *r)
{
    cairo_surface_t *out = square();
    cairo_t *c = cairo_create(out);
    const double tall = aq_rng_range(r, 0.82, 1), wide = aq_rng_range(r, 0.82, 1);

    cairo_translate(c, SIDE / 2.0, SIDE / 2.0);
    cairo_scale(c, wide, tall);
    cairo_transform(c, &(cairo_matrix_t){1, 0, aq_rng_range(r, -0.15, 0.15), 1, 0, 0});
    cairo_set_source_surface(c, *of, -SIDE / 2.0, -SIDE / 2.0);
    cairo_paint(c);
    cairo_destroy(c);
    cairo_surface_destroy(*of);
    *of = out;
}

static AqErr varied(cairo_surface_t **out, int kind, AqRng *r)
{
    const int n = count_drawings(clip_art[kind]);
    const double source = aq_rng_uniform(r);
    AqErr err;

    if (source < 0.25)
        err = draw_emoji(out, kind);
    else if (source < 0.6 || n == 0)
        err = draw_own(out, kind, r);
    else
        err = draw_file(out, "", clip_art[kind][aq_rng_below(r, (unsigned)n)]);
    if (err != AQ_OK)
        return err;
    reshape(out, r);
    recolour(*out, aq_rng_range(r, -0.7, 0.7), aq_rng_range(r, 0.3, 1.5),
             aq_rng_range(r, 0.7, 1.3));
    return AQ_OK;
}

AqErr aq_toy_drawing(cairo_surface_t **out, int kind, AqToyWorld world, AqRng *r)
{
    *out = NULL;
    if (world == AQ_TOY_MIDI)
        return draw_emoji(out, kind);
    if (world == AQ_TOY_VARIED)
        return varied(out, kind, r);
    const int n = count_drawings(recorded[kind]),
              which = (int)aq_rng_below(r, (unsigned)n);
    return which == 0 ? draw_resource(out, recorded[kind][0])
                      : draw_file(out, STAMPS, recorded[kind][which]);
}
