/* Drawings of our own: every instrument in proportions and colours of a wide range. */
#ifndef AQ_TOYBAND_OWN_H
#define AQ_TOYBAND_OWN_H
#include "base/rng.h"

#include <cairo.h>

/* Draws instrument `kind` (of aq_toy_kinds) about the origin, some 84 units wide or
 * high. */
void aq_toy_draw_own(cairo_t *c, int kind, AqRng *r);

#endif
