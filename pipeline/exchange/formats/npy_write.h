/* Writes NumPy .npy files: version 1.0, little-endian, C order. */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_NPY_WRITE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_NPY_WRITE_H
#include "base/err.h"
#include "model/weights/weights.h"

#define AQ_NPY_HEAD 512

/* The header that precedes an array's values. `dtype` must be one that .npy has.
 * Returns the header's size in bytes, a multiple of 64. */
size_t aq_npy_head(unsigned char head[AQ_NPY_HEAD], AqDtype dtype, int n_dims,
                   const int64_t *dims);

/* Writes a float32 array. The file appears whole or not at all. */
AQ_MUST_CHECK AqErr aq_npy_write(const char *path, int n_dims, const int64_t *dims,
                                 const float *data);

#endif
