/*
 * Weight files: named arrays and a little text, in the formats of several tools.
 *
 *   safetensors   huggingface/safetensors, "Format" in its README
 *   torch-zip     torch.save since 1.6: a pickle and raw storages in a ZIP archive
 *   torchscript   torch.jit.save: the same, with a tree of modules
 *   torch-legacy  torch.save before that: pickles, then the storages
 *   sharded       an index (*.index.json) of several files beside it
 *   npy, npz      numpy.lib.format; arrays stored or deflated
 *   tf-v1, tf-v2  TensorFlow checkpoints: one table, or index and data
 *   hdf5          Keras's .h5: a group of arrays for each layer
 *   tflite        TensorFlow Lite: a graph with its constants, quantised or not
 *   dlib          a network of dlib, with or without its loss and names of classes
 *
 * In all of them "NAME" may be 8-bit integers with "NAME_scale" beside it, as the
 * package compressed-tensors has them: one scale for the array, or one for each entry
 * of its first dimension (a filter). They are read as the real numbers they stand for.
 *
 * The format is detected from the content, never from the file's name. A file is
 * mapped, not copied, and arrays are used in place: opening reads only the header.
 * Every size and offset is checked against the file; a pickle is read by an interpreter
 * with an allow-list of names, which builds plain values (pickle_priv.h): nothing in a
 * file is run.
 */
#ifndef AQ_MODEL_WEIGHTS_WEIGHTS_H
#define AQ_MODEL_WEIGHTS_WEIGHTS_H
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

/* One array of a file; everything is borrowed from the AqWeights. The values may be
 * unaligned and in any order: value (i, j, ...) is at data + (i * strides[0] + ...)
 * times the dtype's size. The functions below handle this. */
typedef struct AqWeight {
    const char *name;
    AqDtype dtype;
    int n_dims; /* 0 is a single number */
    int64_t dims[AQ_WEIGHTS_MAX_DIMS];
    int64_t strides[AQ_WEIGHTS_MAX_DIMS]; /* in values, not negative */
    size_t count;
    int big_endian; /* byte order of data; the functions below return little-endian
                       values */
    const void *data;
    /* Of 8-bit integers that stand for real numbers: that at place p of the file's
     * order is multiplied by scales[p / scale_each]. NULL: they are integers. */
    const float *scales;
    size_t scale_each;
} AqWeight;

typedef struct AqWeights AqWeights; /* counted; threads may share it */

/*
 * AQ_ERR_NOT_FOUND, AQ_ERR_FORMAT (damaged, or not a weight file) or AQ_ERR_UNSUPPORTED
 * (recognised, but not supported; the message says what to do). A TensorFlow V2
 * checkpoint is opened by its prefix, its .index or its .data file.
 */
AQ_MUST_CHECK AqErr aq_weights_open(AqWeights **out, const char *path);
AqWeights *aq_weights_ref(AqWeights *w);
void aq_weights_unref(AqWeights **w);

const char *aq_weights_path(const AqWeights *w);
const char *aq_weights_format(const AqWeights *w); /* "safetensors", ... as above */
size_t aq_weights_file_bytes(const AqWeights *w);
size_t aq_weights_n(const AqWeights *w);
const AqWeight *aq_weights_at(const AqWeights *w, size_t k); /* sorted by name */
const AqWeight *aq_weights_find(const AqWeights *w, const char *name); /* or NULL */

/* Text stored with the arrays (safetensors' __metadata__; how TensorFlow Lite's layers
 * are computed, by name); NULL if absent. */
const char *aq_weights_meta(const AqWeights *w, const char *key);

/* Remarks from opening: "tensors are those in 'model'; left out: epoch, optimizer"; ""
 * if there are none. */
const char *aq_weights_note(const AqWeights *w);

/* Are they real numbers: of the F and BF types, or 8-bit integers with scales? */
int aq_weight_is_real(const AqWeight *t);

/* Converts `count` values from value `first` on (row-major) to float. Only for real
 * numbers; others are AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_weight_to_floats(const AqWeight *t, size_t first, size_t count,
                                        float *out);

/* The same values unconverted, packed: count * aq_dtype_bytes() bytes. */
void aq_weight_to_bytes(const AqWeight *t, size_t first, size_t count, void *out);

/* The values in place if they are packed, aligned float32; else NULL. */
const float *aq_weight_in_place(const AqWeight *t);

/* AQ_ERR_FORMAT, with the array's name and the index, if a value is NaN or not finite
 * as float32. Integers always pass. */
AQ_MUST_CHECK AqErr aq_weight_check_finite(const AqWeights *w, const AqWeight *t);

/* True if the file's metadata has "values": "finite": it was checked when it was
 * imported, and its digest tells whether it has changed since. */
int aq_weights_is_checked(const AqWeights *w);

/* The same array with its dimensions in another order: dimension k of the result is
 * dimension order[k] of t. */
AqWeight aq_weight_permuted(const AqWeight *t, const int *order);

/* Keeps only the arrays whose names begin with `prefix` (whole parts: "encoder" is not
 * a prefix of "encoder_q.x"). Call before the file is shared. AQ_ERR_NOT_FOUND: there
 * are none. *n_left_out: how many others were dropped. */
AQ_MUST_CHECK AqErr aq_weights_choose(AqWeights *w, const char *prefix,
                                      size_t *n_left_out);

/* Networks mark the arrays they use, so that a file's unused ones can be listed. */
void aq_weights_mark_used(AqWeights *w, const AqWeight *t);
int aq_weights_is_used(const AqWeights *w, const AqWeight *t);

/* SHA-256 of the file (TF V2: of the index, then the data; sharded: of the index, then
 * its files, as it first names them). Computed once and kept. */
AQ_MUST_CHECK AqErr aq_weights_sha256(AqWeights *w, char hex[AQ_SHA256_HEX]);

/* SHA-256 over every array's name, dtype, shape and values, whatever the format. */
AQ_MUST_CHECK AqErr aq_weights_content_sha256(const AqWeights *w,
                                              char hex[AQ_SHA256_HEX]);

/* Reads everything and verifies the format's checksums (CRC-32 in ZIP archives, CRC-32C
 * in TensorFlow's tables and tensors). */
AQ_MUST_CHECK AqErr aq_weights_check(const AqWeights *w);

/* Drops the file's pages from this process's memory, after copying; touching them
 * brings them back. */
void aq_weights_drop_pages(const AqWeights *w);

/* Writing safetensors. Arrays are written in the order added; the data must live until
 * commit. The file appears whole or not at all. */
typedef struct AqWeightsWriter AqWeightsWriter;
AQ_MUST_CHECK AqErr aq_weights_writer_new(AqWeightsWriter **out);
AQ_MUST_CHECK AqErr aq_weights_writer_meta(AqWeightsWriter *w, const char *key,
                                           const char *text); /* NULL: removes it */
/* `data` is float32 and is stored as `as` (AQ_F32 or AQ_F16). Borrows data. */
AQ_MUST_CHECK AqErr aq_weights_writer_add(AqWeightsWriter *w, const char *name,
                                          int n_dims, const int64_t *dims,
                                          const float *data, AqDtype as);
/* The same, but takes a copy (for temporary data). */
AQ_MUST_CHECK AqErr aq_weights_writer_add_copy(AqWeightsWriter *w, const char *name,
                                               int n_dims, const int64_t *dims,
                                               const float *data, AqDtype as);
/* The same, but the values are fetched while writing (aq_weights_writer_write). */
AQ_MUST_CHECK AqErr aq_weights_writer_add_later(AqWeightsWriter *w, const char *name,
                                                int n_dims, const int64_t *dims,
                                                AqDtype as);
/* An array of another file unchanged, with its dtype. Borrows what t points to. */
AQ_MUST_CHECK AqErr aq_weights_writer_add_weight(AqWeightsWriter *w, const char *name,
                                                 const AqWeight *t);
/* Real numbers of another file as 8-bit integers and "NAME_scale": each entry of the
 * first dimension over the largest of its values / 127, to the nearest integer (halves
 * to even). */
AQ_MUST_CHECK AqErr aq_weights_writer_add_int8(AqWeightsWriter *w, const char *name,
                                               const AqWeight *t);
AQ_MUST_CHECK AqErr aq_weights_writer_commit(AqWeightsWriter *w, const char *path);
/* Writes into a file that the caller has begun and will commit. `fetch` (NULL if there
 * are no such arrays) is called for the values of the arrays added "later", in order:
 * borrowed until its next call; *data NULL leaves the array out. It may change
 * metadata, but not to longer text. */
typedef AqErr (*AqWeightsFetch)(void *ctx, AqWeightsWriter *w, const char *name,
                                const float **data);
struct AqFsWriter;
AQ_MUST_CHECK AqErr aq_weights_writer_write(AqWeightsWriter *w, struct AqFsWriter *f,
                                            AqWeightsFetch fetch, void *ctx);
void aq_weights_writer_free(AqWeightsWriter **w);

#endif
