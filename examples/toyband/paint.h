/* Paint and what is filled with it, for backdrops. */
#ifndef AQ_TOYBAND_PAINT_H
#define AQ_TOYBAND_PAINT_H
#include "base/rng.h"
#include "examples/toyband/scene/band.h"
#include "examples/toyband/shapes.h"

typedef struct Paint { /* 0..1 */
    double red, green, blue;
} Paint;

/* A grey of this lightness, tinted by up to `tint`. */
static inline Paint tinted(AqRng *r, double low, double high, double tint)
{
    Paint p;
    const double light = aq_rng_range(r, low, high);

    p.red = light + aq_rng_range(r, -tint, tint);
    p.green = light + aq_rng_range(r, -tint, tint);
    p.blue = light + aq_rng_range(r, -tint, tint);
    return p;
}

static inline Paint any_wood(AqRng *r)
{
    const double light = aq_rng_range(r, 0.25, 0.7);

    return (Paint){light, light * 0.68, light * 0.45};
}

static inline Paint dimmed(Paint p, double by)
{
    return (Paint){p.red * by, p.green * by, p.blue * by};
}

static inline Paint mix(Paint a, Paint b, double share)
{
    return (Paint){a.red + share * (b.red - a.red),
                   a.green + share * (b.green - a.green),
                   a.blue + share * (b.blue - a.blue)};
}

static inline void use_paint(cairo_t *c, Paint p)
{
    cairo_set_source_rgb(c, p.red, p.green, p.blue);
}

static inline void fill_box(cairo_t *c, Paint p, double x, double y, double w, double h)
{
    aq_toy_box(c, p.red, p.green, p.blue, x, y, w, h);
}

static inline void fill_disc(cairo_t *c, Paint p, double x, double y, double radius)
{
    aq_toy_disc(c, p.red, p.green, p.blue, x, y, radius);
}

static inline void draw_line(cairo_t *c, Paint p, double width, double x0, double y0,
                             double x1, double y1)
{
    use_paint(c, p);
    cairo_set_line_width(c, width);
    cairo_move_to(c, x0, y0);
    cairo_line_to(c, x1, y1);
    cairo_stroke(c);
}

static inline void fill_triangle(cairo_t *c, Paint p, double x, double y, double half,
                                 double h)
{
    use_paint(c, p);
    cairo_move_to(c, x - half, y);
    cairo_line_to(c, x, y - h);
    cairo_line_to(c, x + half, y);
    cairo_fill(c);
}

/* From `top` to `bottom`, over the whole width, and a pixel more: no seam is left above
 * what is drawn next. */
static inline void fill_fade(cairo_t *c, Paint top, Paint bottom, double y, double h)
{
    cairo_pattern_t *p = cairo_pattern_create_linear(0, y, 0, y + h);

    cairo_pattern_add_color_stop_rgb(p, 0, top.red, top.green, top.blue);
    cairo_pattern_add_color_stop_rgb(p, 1, bottom.red, bottom.green, bottom.blue);
    cairo_set_source(c, p);
    cairo_rectangle(c, 0, y, AQ_TOY_WIDTH, h + 1);
    cairo_fill(c);
    cairo_pattern_destroy(p);
}

static inline void add_glow(cairo_t *c, Paint p, double x, double y, double radius,
                            double strength)
{
    cairo_pattern_t *g = cairo_pattern_create_radial(x, y, 0, x, y, radius);

    cairo_pattern_add_color_stop_rgba(g, 0, p.red, p.green, p.blue, strength);
    cairo_pattern_add_color_stop_rgba(g, 1, p.red, p.green, p.blue, 0);
    cairo_set_source(c, g);
    cairo_arc(c, x, y, radius, 0, 6.28318530717958647693);
    cairo_fill(c);
    cairo_pattern_destroy(g);
}

#endif
