/*
 * HDF5 files of named arrays, through libhdf5, which is loaded with avqa-hdf5.so at
 * first use, if the program was built with it: float
 * arrays in groups of any depth, each with a text attribute. Written in a fixed order
 * and without timestamps, so that equal arrays give equal files.
 *
 * libhdf5 has one lock and one error stack per process: call from one thread at a time.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_H5_FILE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_H5_FILE_H
#include "base/err.h"
#include "model/weights/weights.h"

typedef struct AqHdf5 AqHdf5;

/* 0: it cannot be loaded; create and open then return AQ_ERR_UNSUPPORTED. */
int aq_hdf5_is_built(void);
#define AQ_HDF5_MAGIC "\x89HDF\r\n\x1a\n" /* first bytes of a file */

/* Creates the file, or truncates it. */
AQ_MUST_CHECK AqErr aq_hdf5_create(AqHdf5 **out, const char *path);
/* `data` has the type `as` (AQ_F32, AQ_F16, AQ_I64) and is stored unchanged; NULL: rows
 * follow one by one, and those that do not are zeros. Groups in `name` ("audio/x") are
 * created. */
AQ_MUST_CHECK AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims,
                                const int64_t *dims, const void *data, AqDtype as);
/* Entry `row` along the first dimension of an array put without data, of its type. */
AQ_MUST_CHECK AqErr aq_hdf5_put_row(AqHdf5 *h, const char *name, int64_t row,
                                    const void *data);
/* Text beside the array; `key` is ASCII. */
AQ_MUST_CHECK AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key,
                                     const char *text);
/* Completes the file. *h is freed even on failure. */
AQ_MUST_CHECK AqErr aq_hdf5_finish(AqHdf5 **h);

/* AQ_ERR_FORMAT if it is damaged or not HDF5. Links to other files are not followed. */
AQ_MUST_CHECK AqErr aq_hdf5_open(AqHdf5 **out, const char *path);
/* Its arrays, sorted by name, without values (data NULL). Borrowed. */
size_t aq_hdf5_n(const AqHdf5 *h);
const AqWeight *aq_hdf5_at(const AqHdf5 *h, size_t k);
/* All values of array k as float; `out` has room for count. AQ_ERR_UNSUPPORTED for
 * integers. */
AQ_MUST_CHECK AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out);
/* The same of entry `row` along the first dimension alone. */
AQ_MUST_CHECK AqErr aq_hdf5_row_floats(AqHdf5 *h, size_t k, int64_t row, float *out);
/* All values of array k of integers, whose dtype is AQ_I64 whatever their size; `out`
 * has room for count. */
AQ_MUST_CHECK AqErr aq_hdf5_integers(AqHdf5 *h, size_t k, int64_t *out);
/* The text attribute `key` of array k, NULL if there is none. Gives. */
AQ_MUST_CHECK AqErr aq_hdf5_text(AqHdf5 *h, size_t k, const char *key, char **text);
void aq_hdf5_close(AqHdf5 **h);

#endif
