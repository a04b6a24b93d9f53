/*
 * HDF5 files of named arrays, through libhdf5 where the program was built with it:
 * float arrays at any depth of groups, each with text of its own (an attribute).
 * Written in one order, without times, so that equal arrays give equal files.
 *
 * libhdf5 has one lock and one error stack for the process: one thread at a time.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_H5_FILE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_H5_FILE_H
#include "base/err.h"
#include "model/weights/weights.h"

typedef struct AqHdf5 AqHdf5;

/* 0: every function below that can fail is AQ_ERR_UNSUPPORTED and says so. */
int aq_hdf5_is_built(void);
#define AQ_HDF5_MAGIC "\x89HDF\r\n\x1a\n" /* how a file begins */

/* Makes the file, or empties it. */
AQ_MUST_CHECK AqErr aq_hdf5_create(AqHdf5 **out, const char *path);
/* `data` is of the type `as` (AQ_F32, AQ_F16), as it is stored. `name` may have groups
 * in front ("audio/x"), which are made. */
AQ_MUST_CHECK AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims,
                                const int64_t *dims, const void *data, AqDtype as);
/* Text beside the array; `key` is ASCII. */
AQ_MUST_CHECK AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key,
                                     const char *text);
/* Everything is in the file; *h is freed either way. */
AQ_MUST_CHECK AqErr aq_hdf5_finish(AqHdf5 **h);

/* AQ_ERR_FORMAT for what is damaged or no HDF5; links to other files are not followed.
 */
AQ_MUST_CHECK AqErr aq_hdf5_open(AqHdf5 **out, const char *path);
/* Its arrays, by name, without their data (data NULL). Borrowed. */
size_t aq_hdf5_n(const AqHdf5 *h);
const AqWeight *aq_hdf5_at(const AqHdf5 *h, size_t k);
/* All values of array k as float; `out` has room for count. Integers are
 * AQ_ERR_UNSUPPORTED. */
AQ_MUST_CHECK AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out);
/* Text of array k, NULL where there is none. Gives. */
AQ_MUST_CHECK AqErr aq_hdf5_text(AqHdf5 *h, size_t k, const char *key, char **text);
void aq_hdf5_close(AqHdf5 **h);

#endif
