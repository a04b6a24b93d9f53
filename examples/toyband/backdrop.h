/* The backdrop behind the instruments: indoors or outdoors. */
#ifndef AQ_TOYBAND_BACKDROP_H
#define AQ_TOYBAND_BACKDROP_H
#include "examples/toyband/scene/band.h"

#include <cairo.h>

/* The scene's backdrop, AQ_TOY_WIDTH x AQ_TOY_HEIGHT: a room or a meadow; for varied
 * scenes in other colours and with other furnishings, with `more` also other kinds of
 * places; for recorded scenes a stage or a shore. Gives. */
cairo_surface_t *aq_toy_backdrop(const AqToyScene *s, int more, AqRng *r);

#endif
