/* Picture files, each drawn into the middle of a transparent square. */
#ifndef AQ_TOYBAND_FILE_H
#define AQ_TOYBAND_FILE_H
#include "base/err.h"

#include <cairo.h>
#include <stddef.h>

#define AQ_TOY_GLYPH 96 /* pixels, width and height */

/* A new empty square. Gives. */
cairo_surface_t *aq_toy_square(void);

/* Draws a PNG (by its name's end) or SVG file. AQ_ERR_NOT_FOUND, AQ_ERR_FORMAT. Gives.
 */
AQ_MUST_CHECK AqErr aq_toy_file_draw(cairo_surface_t **out, const char *path);

/* The same of an SVG file in memory; `name` is for messages. */
AQ_MUST_CHECK AqErr aq_toy_svg_draw(cairo_surface_t **out, const char *name,
                                    const unsigned char *bytes, size_t n);

#endif
