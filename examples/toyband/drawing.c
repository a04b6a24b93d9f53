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

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

enum { SIDE = AQ_TOY_GLYPH, FONT_PX = 76, MOST = 8 };
#define CLIP_ART "/usr/share/openclipart/svg/recreation/music/"
#define ABC      "/usr/share/qabcs/abcs/all/pics/instrument/"
#define EMOJIFY  "/usr/share/javascript/emojify.js/images/emoji/"
#define STAMPS   "/usr/share/tuxpaint/stamps/hobbies/music/"
#define RESOURCE "/usr/share/gcompris-qt/rcc/instruments.rcc"

#define PI 3.14159265358979323846

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

/* Draws the emoji centred; 0 if the font does not have it in colour. */
static AqErr draw_emoji(cairo_surface_t **out, int kind)
{
    *out = aq_toy_square();
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

/* Adds to what is missing which package has it. */
static AqErr say_package(AqErr err, const char *name)
{
    return err != AQ_ERR_NOT_FOUND
               ? err
               : aq_fail(AQ_ERR_NOT_FOUND,
                         "%s: no such drawing; install Debian's openclipart-svg, "
                         "qabcs-data and libjs-emojify (for varied scenes) or "
                         "gcompris-qt-data and tuxpaint-stamps-default "
                         "(for recorded ones)",
                         name);
}

static AqErr draw_file(cairo_surface_t **out, const char *folder, const char *name)
{
    char *path = aq_strf("%s%s", folder, name);

    if (!path)
        return AQ_ERR_NOMEM;
    const AqErr err = say_package(aq_toy_file_draw(out, path), path);
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
        return say_package(err, RESOURCE);
    if (err == AQ_OK)
        err = aq_toy_resource_file(&res, name, &bytes, &n);
    if (err == AQ_OK)
        err = aq_toy_svg_draw(out, name, bytes, n);
    aq_free(bytes);
    aq_toy_resource_close(&res);
    return err;
}

static AqErr draw_own(cairo_surface_t **out, int kind, AqRng *r)
{
    *out = aq_toy_square();
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
    cairo_surface_t *out = aq_toy_square();
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

/* Light times coverage, 0 .. 2: jumps where a colour or the drawing ends. */
static double tone(const unsigned char *p)
{
    return (0.114 * p[0] + 0.587 * p[1] + 0.299 * p[2] + p[3]) / 255;
}

/* As if drawn by pen on paper: light within, lines where the tone jumps. */
static void draw_lines(cairo_surface_t **of, AqRng *r)
{
    const double paper = aq_rng_range(r, 0.75, 1), ink = aq_rng_range(r, 0, 0.35),
                 keen = aq_rng_range(r, 2, 4);
    cairo_surface_t *out = aq_toy_square();
    const int stride = cairo_image_surface_get_stride(out);

    cairo_surface_flush(*of);
    const unsigned char *in = cairo_image_surface_get_data(*of);
    unsigned char *to = cairo_image_surface_get_data(out);
    for (int y = 0; y + 1 < SIDE; y++)
        for (int x = 0; x + 1 < SIDE; x++) {
            const unsigned char *p = in + (size_t)y * stride + (size_t)4 * x;
            unsigned char *q = to + (size_t)y * stride + (size_t)4 * x;
            const double jump =
                fmax(fabs(tone(p) - tone(p + 4)), fabs(tone(p) - tone(p + stride)));
            const double line = fmin(1, keen * jump), alpha = fmax(line, p[3] / 255.0);
            const double grey = paper + line * (ink - paper);

            q[0] = q[1] = q[2] = (unsigned char)(255 * alpha * grey);
            q[3] = (unsigned char)(255 * alpha);
        }
    cairo_surface_mark_dirty(out);
    cairo_surface_destroy(*of);
    *of = out;
}

/* A border round it, as stickers have, light or dark: thin drawings stand out. */
static void draw_border(cairo_surface_t **of, AqRng *r)
{
    enum { AROUND = 12 };
    const double grey =
        aq_rng_below(r, 2) ? aq_rng_range(r, 0.8, 1) : aq_rng_range(r, 0, 0.25);
    const double wide = aq_rng_range(r, 1, 3);
    cairo_surface_t *out = aq_toy_square();
    cairo_t *c = cairo_create(out);

    cairo_set_source_rgb(c, grey, grey, grey);
    for (int k = 0; k < AROUND; k++)
        cairo_mask_surface(c, *of, wide * cos(k * 2 * PI / AROUND),
                           wide * sin(k * 2 * PI / AROUND));
    cairo_set_source_surface(c, *of, 0, 0);
    cairo_paint(c);
    cairo_destroy(c);
    cairo_surface_destroy(*of);
    *of = out;
}

/* The built-in drawings alone. Seeds are known by their clips: the order and number of
 * random draws stay as they are. */
static AqErr draw_built_in(cairo_surface_t **out, int kind, AqRng *r)
{
    const int n = count_drawings(clip_art[kind]);
    const double source = aq_rng_uniform(r);

    if (source < 0.25)
        return draw_emoji(out, kind);
    if (source < 0.6 || n == 0)
        return draw_own(out, kind, r);
    return draw_file(out, "", clip_art[kind][aq_rng_below(r, (unsigned)n)]);
}

/* What a kind lacks, another source gives. */
static AqErr draw_any(cairo_surface_t **out, int kind, const AqToyShelf *more, AqRng *r)
{
    const int n = count_drawings(clip_art[kind]), n_more = more->kind[kind].n;
    const double source = aq_rng_uniform(r);

    if (source < 0.15)
        return draw_emoji(out, kind);
    if (n_more && (source < 0.5 || (n == 0 && source < 0.75))) {
        *out = aq_toy_shelf_take(more, kind, (int)aq_rng_below(r, (unsigned)n_more));
        return AQ_OK;
    }
    if (n && source < 0.75)
        return draw_file(out, "", clip_art[kind][aq_rng_below(r, (unsigned)n)]);
    return draw_own(out, kind, r);
}

static AqErr varied(cairo_surface_t **out, int kind, const AqToyShelf *more, AqRng *r)
{
    const AqErr err = more ? draw_any(out, kind, more, r) : draw_built_in(out, kind, r);

    if (err != AQ_OK)
        return err;
    const unsigned plain = more ? aq_rng_below(r, 10) : 2; /* 0, 1: one in five */
    const double colour = plain < 2 ? 0 : 1;
    if (plain == 0)
        draw_lines(out, r);
    if (more && aq_rng_below(r, 3) == 0)
        draw_border(out, r);
    reshape(out, r);
    recolour(*out, aq_rng_range(r, -0.7, 0.7), colour * aq_rng_range(r, 0.3, 1.5),
             aq_rng_range(r, 0.7, 1.3));
    return AQ_OK;
}

AqErr aq_toy_drawing(cairo_surface_t **out, int kind, AqToyWorld world,
                     const AqToyShelf *more, AqRng *r)
{
    *out = NULL;
    if (world == AQ_TOY_MIDI)
        return draw_emoji(out, kind);
    if (world == AQ_TOY_VARIED)
        return varied(out, kind, more, r);
    const int n = count_drawings(recorded[kind]),
              which = (int)aq_rng_below(r, (unsigned)n);
    return which == 0 ? draw_resource(out, recorded[kind][0])
                      : draw_file(out, STAMPS, recorded[kind][which]);
}
