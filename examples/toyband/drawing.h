/* Pictures of instruments from several sources, each on a transparent square. */
#ifndef AQ_TOYBAND_DRAWING_H
#define AQ_TOYBAND_DRAWING_H
#include "examples/toyband/shelf.h"

/* A picture of the kind in this world: the emoji; one of several drawings in other
 * colours, with `more` (NULL: none) often one of those; or one that the other worlds
 * never use. The message of AQ_ERR_NOT_FOUND says
 * which package has it. Gives. */
AQ_MUST_CHECK AqErr aq_toy_drawing(cairo_surface_t **out, int kind, AqToyWorld world,
                                   const AqToyShelf *more, AqRng *r);

#endif
