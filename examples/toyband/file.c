/* SPDX-License-Identifier: MIT */
#include "examples/toyband/file.h"

#include <librsvg/rsvg.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = AQ_TOY_GLYPH, BOX = 84 };

cairo_surface_t *aq_toy_square(void)
{
    return cairo_image_surface_create(CAIRO_FORMAT_ARGB32, SIDE, SIDE);
}

/* Takes svg, which is NULL if it could not be read, and why. */
static AqErr draw_svg(cairo_surface_t **out, const char *name, RsvgHandle *svg,
                      GError *why)
{
    const RsvgRectangle box = {(SIDE - BOX) / 2.0, (SIDE - BOX) / 2.0, BOX, BOX};
    int ok = svg != NULL;

    if (ok) {
        *out = aq_toy_square();
        cairo_t *c = cairo_create(*out);
        ok = rsvg_handle_render_document(svg, c, &box, &why);
        cairo_destroy(c);
        g_object_unref(svg);
    }
    if (ok)
        return AQ_OK;
    if (why)
        (void)g_strdelimit(why->message, "\n", ' '); /* libxml2's end in one */
    const AqErr err = aq_fail(AQ_ERR_FORMAT, "%s: this SVG cannot be drawn: %s", name,
                              why ? g_strstrip(why->message) : "no reason given");
    g_clear_error(&why);
    return err;
}

AqErr aq_toy_svg_draw(cairo_surface_t **out, const char *name,
                      const unsigned char *bytes, size_t n)
{
    GError *why = NULL;
    RsvgHandle *svg = rsvg_handle_new_from_data(bytes, n, &why);

    *out = NULL;
    return draw_svg(out, name, svg, why);
}

static AqErr draw_png(cairo_surface_t **out, const char *path)
{
    cairo_surface_t *png = cairo_image_surface_create_from_png(path);
    const cairo_status_t status = cairo_surface_status(png);
    const int w = cairo_image_surface_get_width(png),
              h = cairo_image_surface_get_height(png);
    const double scale = (double)BOX / (w > h ? w : h > 0 ? h : 1);

    if (status != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(png);
        return aq_fail(AQ_ERR_FORMAT, "%s: this PNG cannot be drawn: %s", path,
                       cairo_status_to_string(status));
    }
    *out = aq_toy_square();
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

AqErr aq_toy_file_draw(cairo_surface_t **out, const char *path)
{
    const size_t n = strlen(path);
    GError *why = NULL;

    *out = NULL;
    if (access(path, R_OK) != 0)
        return aq_fail_errno(path);
    if (n > 4 && strcmp(path + n - 4, ".png") == 0)
        return draw_png(out, path);
    RsvgHandle *svg = rsvg_handle_new_from_file(path, &why);
    return draw_svg(out, path, svg, why);
}
