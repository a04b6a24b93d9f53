/* The backdrops of varied scenes: kinds of rooms and kinds of places outdoors. */
#ifndef AQ_TOYBAND_BACKDROP_VARIED_H
#define AQ_TOYBAND_BACKDROP_VARIED_H
#include "base/rng.h"

#include <cairo.h>

/* Indoors and as many outdoors. Kind 0 is the room or the field, the only ones of
 * scenes without further drawings. */
#define AQ_TOY_BACKDROPS 6

/* Draws AQ_TOY_WIDTH x AQ_TOY_HEIGHT; what varies within the kind is random. */
void aq_toy_backdrop_varied(cairo_t *c, int outdoor, int kind, AqRng *r);

/* Makes what is drawn warmer, colder, darker or brighter at random. */
void aq_toy_backdrop_light(cairo_t *c, AqRng *r);

#endif
