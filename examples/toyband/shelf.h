/* A folder of further drawings, each read once: the *.svg and *.png of each folder
 * named like an instrument. */
#ifndef AQ_TOYBAND_SHELF_H
#define AQ_TOYBAND_SHELF_H
#include "examples/toyband/file.h"
#include "examples/toyband/scene/band.h"

typedef struct AqToyShelf {
    struct {
        cairo_surface_t **of; /* in the order of their files' names */
        int n;
    } kind[AQ_TOY_KINDS];
} AqToyShelf;

/* Reads every drawing of the folder. An instrument may have none, but not all of them.
 * AQ_ERR_NOT_FOUND, AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_toy_shelf_open(AqToyShelf **out, const char *folder);
void aq_toy_shelf_close(AqToyShelf **s);

/* A copy of the kind's drawing k. Gives. */
cairo_surface_t *aq_toy_shelf_take(const AqToyShelf *s, int kind, int k);

#endif
