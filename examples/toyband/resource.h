/*
 * Qt resource files (*.rcc, Qt 5's binary resource format, versions 1 to 3): a header
 * "qres", a tree of names and the data, big-endian, each file plain or compressed with
 * zlib.
 */
#ifndef AQ_TOYBAND_RESOURCE_H
#define AQ_TOYBAND_RESOURCE_H
#include "base/err.h"

#include <stddef.h>

typedef struct AqToyResource {
    char *path;
    unsigned char *bytes;
    size_t n;
} AqToyResource;

/* Reads the file. AQ_ERR_NOT_FOUND, AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_toy_resource_open(AqToyResource *out, const char *path);
void aq_toy_resource_close(AqToyResource *r);

/* A copy of the first file of this name, anywhere in the tree. Gives. */
AQ_MUST_CHECK AqErr aq_toy_resource_file(const AqToyResource *r, const char *name,
                                         unsigned char **out, size_t *n);

#endif
