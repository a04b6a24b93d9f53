/* Inside weights: what a format's reader fills in, and what readers share. */
#ifndef AQ_MODEL_WEIGHTS_WEIGHTS_PRIV_H
#define AQ_MODEL_WEIGHTS_WEIGHTS_PRIV_H
#include "base/arena.h"
#include "model/weights/weights.h"

#include <stdatomic.h>

typedef struct AqWeightsMeta {
    const char *key, *text;
} AqWeightsMeta;

/* "NAME" of 8-bit integers has its scales in "NAME_scale". */
#define AQ_SCALE_SUFFIX     "_scale"
#define AQ_SCALE_NAME_BYTES 512 /* longer names have none */

/* A file in memory. */
typedef struct AqMap {
    const unsigned char *bytes;
    size_t n;
    int is_mapped; /* else the caller owns it */
} AqMap;

struct AqWeights {
    atomic_int refs;
    char *path;
    const char *format;
    AqMap file;
    AqMap data; /* TF V2's data file; empty for the others */
    /* Opens a file that an index names: one that is no index itself. NULL: there is no
     * file, only bytes. */
    AqErr (*open_part)(AqWeights **out, const char *path);
    AqWeights **parts; /* (n_parts) the files of an index; NULL for the others */
    size_t n_parts;
    AqWeight *v; /* sorted by name once opened */
    size_t n;
    unsigned char *used; /* (n) */
    AqWeightsMeta *meta;
    size_t n_meta;
    char *note;
    AqArena *arena;                     /* owns names, meta and inflated data */
    AqErr (*check)(const AqWeights *w); /* the format's checksums, or NULL */
    void *reader;                       /* what check needs; in the arena */
    char sha256[AQ_SHA256_HEX];
};

/* One format. A reader parses w->file and adds arrays; its errors name w->path. */
typedef struct AqWeightsFormat {
    const char *name;
    int (*is)(const unsigned char *bytes, size_t n);
    AqErr (*read)(AqWeights *w);
} AqWeightsFormat;
extern const AqWeightsFormat aq_format_safetensors, aq_format_torch_zip,
    aq_format_torch_legacy, aq_format_npy, aq_format_npz, aq_format_tf_v1,
    aq_format_tf_v2, aq_format_hdf5, aq_format_tflite, aq_format_dlib,
    aq_format_sharded;

/*
 * Opens bytes instead of a file, read as `format` (NULL: detected). `data` is TF V2's
 * second file, or empty. Borrows both until the last unref. For tests and fuzzing.
 */
AQ_MUST_CHECK AqErr aq_weights_open_bytes(AqWeights **out, const char *name,
                                          const AqWeightsFormat *format, AqMap file,
                                          AqMap data);

/* Without a file or arrays. Gives; drop it with aq_weights_unref(). */
AQ_MUST_CHECK AqErr aq_weights_new(AqWeights **out, const char *path);

/* Adds a packed array and copies its name into the arena; checks only for memory. The
 * pointer is valid until the next one is added. */
AQ_MUST_CHECK AqErr aq_weights_add(AqWeights *w, const char *name, size_t name_bytes,
                                   AqWeight **out);

/* Row-major strides of t->dims, whose product is t->count. */
void aq_weight_pack(AqWeight *t);

/* Puts the product of t->dims into t->count, and packs it. AQ_ERR_FORMAT, named, if a
 * dimension is negative or the values need more than `most_bytes`. */
AQ_MUST_CHECK AqErr aq_weight_set_count(const AqWeights *w, AqWeight *t,
                                        uint64_t most_bytes);

/* Product of dims, at most `most`; -1 if it is more or a dim is negative. */
int64_t aq_weights_count(const int64_t *dims, int n_dims, int64_t most);

/* A zero-terminated copy in the arena; NULL when out of memory. */
char *aq_weights_text(AqWeights *w, const char *text, size_t bytes);

/* Sorts by name, for aq_weights_find(); duplicate names are AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_weights_sort(AqWeights *w);

/* Gives each array of 8-bit integers the scales beside it. Once sorted. AQ_ERR_FORMAT
 * if they do not fit, AQ_ERR_UNSUPPORTED if there are zero points. */
AQ_MUST_CHECK AqErr aq_weights_take_scales(AqWeights *w);

/* Appends to the note. */
AQ_MUST_CHECK AqErr aq_weights_add_note(AqWeights *w, const char *fmt, ...)
    AQ_PRINTF(2, 3);

uint16_t aq_little16(const unsigned char *p);
uint32_t aq_little32(const unsigned char *p);
uint64_t aq_little64(const unsigned char *p);

#endif
