/* Our own drawings: every instrument in a wide range of proportions and colours. */
#ifndef AQ_TOYBAND_OWN_H
#define AQ_TOYBAND_OWN_H
#include "base/rng.h"

#include <cairo.h>

/* Draws instrument `kind` (of aq_toy_kinds) centred on the origin, about 84 units wide
 * or high. */
void aq_toy_draw_own(cairo_t *c, int kind, AqRng *r);

#endif
