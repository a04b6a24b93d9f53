/* Inside weights: what a reader of one format fills in. */
#ifndef AQ_WEIGHTS_WEIGHTS_PRIV_H
#define AQ_WEIGHTS_WEIGHTS_PRIV_H
#include "base/arena.h"
#include "model/weights/weights.h"

#include <stdatomic.h>

typedef struct AqWeightsMeta {
    const char *key, *text;
} AqWeightsMeta;

struct AqWeights {
    atomic_int refs;
    char *path;
    const char *format;
    const unsigned char *bytes; /* the mapped file */
    size_t n_bytes;
    AqWeight *v; /* sorted by name */
    size_t n;
    AqWeightsMeta *meta;
    size_t n_meta;
    AqArena *arena; /* owns text, v and meta */
    char sha256[AQ_SHA256_HEX];
};

/* A reader looks at w->bytes and fills v and meta; its faults name w->path. */
AQ_MUST_CHECK AqErr aq_safetensors_read(AqWeights *w);
int aq_safetensors_is(const unsigned char *bytes, size_t n);

/* Product of dims, at most `most`; -1 if it is more or a dim is negative. */
int64_t aq_weights_count(const int64_t *dims, int n_dims, int64_t most);

#endif
