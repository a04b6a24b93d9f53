/*
 * Weight files: named arrays and a little text. Readers tell the format by its content;
 * this version reads safetensors (huggingface/safetensors, format description in its
 * README). A file is mapped, not copied; every size and offset is checked against it.
 */
#ifndef AQ_WEIGHTS_WEIGHTS_H
#define AQ_WEIGHTS_WEIGHTS_H
#include "base/digest.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_WEIGHTS_MAX_DIMS 8

typedef enum AqDtype {
    AQ_F64,
    AQ_F32,
    AQ_F16,
    AQ_BF16,
    AQ_I64,
    AQ_I32,
    AQ_I16,
    AQ_I8,
    AQ_U8,
    AQ_BOOL
} AqDtype;
size_t aq_dtype_bytes(AqDtype t);
const char *aq_dtype_name(AqDtype t); /* "F32" */

/* One array of a file; everything is borrowed from the AqWeights. */
typedef struct AqWeight {
    const char *name;
    AqDtype dtype;
    int n_dims; /* 0 is a single number */
    int64_t dims[AQ_WEIGHTS_MAX_DIMS];
    size_t count;
    const void *data; /* little-endian, row-major; aligned to its dtype's size */
} AqWeight;

typedef struct AqWeights AqWeights; /* counted; threads may share it */

AQ_MUST_CHECK AqErr aq_weights_open(AqWeights **out, const char *path);
AqWeights *aq_weights_ref(AqWeights *w);
void aq_weights_unref(AqWeights **w);

const char *aq_weights_path(const AqWeights *w);
const char *aq_weights_format(const AqWeights *w); /* "safetensors" */
size_t aq_weights_n(const AqWeights *w);
const AqWeight *aq_weights_at(const AqWeights *w, size_t k);
const AqWeight *aq_weights_find(const AqWeights *w, const char *name); /* or NULL */

/* Text kept with the arrays (safetensors' __metadata__); NULL if absent. */
const char *aq_weights_meta(const AqWeights *w, const char *key);

/* Converts `count` values from value `first` on to float. Only for the F and BF types:
 * others are AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_weight_to_floats(const AqWeight *t, size_t first, size_t count,
                                        float *out);

/* SHA-256 of the file. Computed once and kept. */
AQ_MUST_CHECK AqErr aq_weights_sha256(AqWeights *w, char hex[AQ_SHA256_HEX]);

/* Writing safetensors. Arrays are written in the order added; the data must live until
 * commit. The file appears whole or not at all. */
typedef struct AqWeightsWriter AqWeightsWriter;
AQ_MUST_CHECK AqErr aq_weights_writer_new(AqWeightsWriter **out);
AQ_MUST_CHECK AqErr aq_weights_writer_meta(AqWeightsWriter *w, const char *key,
                                           const char *text);
/* `data` is float32 and is stored as `as` (AQ_F32 or AQ_F16). Borrows data. */
AQ_MUST_CHECK AqErr aq_weights_writer_add(AqWeightsWriter *w, const char *name,
                                          int n_dims, const int64_t *dims,
                                          const float *data, AqDtype as);
/* The same, but takes a copy (for data that is made on the way). */
AQ_MUST_CHECK AqErr aq_weights_writer_add_copy(AqWeightsWriter *w, const char *name,
                                               int n_dims, const int64_t *dims,
                                               const float *data, AqDtype as);
AQ_MUST_CHECK AqErr aq_weights_writer_commit(AqWeightsWriter *w, const char *path);
void aq_weights_writer_free(AqWeightsWriter **w);

#endif
