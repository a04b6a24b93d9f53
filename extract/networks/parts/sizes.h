/*
 * The sizes that a network is published in: rows of a table by their names.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_SIZES_H
#define AQ_EXTRACT_NETWORKS_PARTS_SIZES_H
#include "base/text/choice.h"

/* The row of that name. AQ_ERR_NOT_FOUND, with all names, for another: one that stands
 * for any size and needs a file. */
AQ_MUST_CHECK AqErr aq_sizes_find(size_t *k, AqChoiceName name_at, const char *name);

#endif
