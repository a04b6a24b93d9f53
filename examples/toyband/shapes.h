/* Boxes and discs, filled. Colours are 0..1. */
#ifndef AQ_TOYBAND_SHAPES_H
#define AQ_TOYBAND_SHAPES_H
#include <cairo.h>

static inline void aq_toy_box(cairo_t *c, double red, double green, double blue,
                              double x, double y, double w, double h)
{
    cairo_set_source_rgb(c, red, green, blue);
    cairo_rectangle(c, x, y, w, h);
    cairo_fill(c);
}

static inline void aq_toy_disc(cairo_t *c, double red, double green, double blue,
                               double x, double y, double radius)
{
    cairo_set_source_rgb(c, red, green, blue);
    cairo_arc(c, x, y, radius, 0, 6.28318530717958647693);
    cairo_fill(c);
}

#endif
