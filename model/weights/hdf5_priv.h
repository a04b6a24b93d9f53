/*
 * HDF5 as h5py and Keras write it by default (The HDF Group, "HDF5 File Format
 * Specification", version 3.0): superblock 0 or 1, object headers of version 1, groups
 * as symbol tables, values in one piece. Read in place, without libhdf5: it would have
 * to copy, takes one caller at a time, and is not made for files that lie.
 */
#ifndef AQ_MODEL_WEIGHTS_HDF5_PRIV_H
#define AQ_MODEL_WEIGHTS_HDF5_PRIV_H
#include "model/weights/weights_priv.h"

typedef struct AqH5Reader {
    AqWeights *w;
    size_t steps_left; /* of what an honest file can hold; ends circles */
} AqH5Reader;

typedef enum AqH5Kind {
    AQ_H5_OTHER,   /* a type by itself, or nothing known */
    AQ_H5_GROUP,   /* of the objects that its symbol table lists */
    AQ_H5_DATASET, /* numbers */
    AQ_H5_NO_NUMBERS
} AqH5Kind;

/* What the header of an object says. */
typedef struct AqH5Object {
    AqH5Kind kind;
    uint64_t tree, heap; /* AQ_H5_GROUP: addresses of its symbols and their names */
    AqWeight array; /* AQ_H5_DATASET: complete but for its name; data in the file */
    int is_layer;   /* has an attribute weight_names (Keras), of that many names */
    uint64_t n_weights;
} AqH5Object;

/* Reads the header at an address. `path` is the object's, for messages. */
AQ_MUST_CHECK AqErr aq_h5_object_read(AqH5Reader *r, uint64_t at, const char *path,
                                      AqH5Object *out);

/* The n bytes at an address of the file, or NULL if they are not all in it. */
const unsigned char *aq_h5_bytes(const AqH5Reader *r, uint64_t at, uint64_t n);

/* A path as messages show it. */
const char *aq_h5_shown(const char *path);

/* "FILE: PATH WHAT; the file is damaged" */
AqErr aq_h5_fault(const AqH5Reader *r, const char *path, const char *what);

/* Counts a step; AQ_ERR_FORMAT if there were more than the file has room for. */
AQ_MUST_CHECK AqErr aq_h5_step(AqH5Reader *r, const char *path);

#endif
