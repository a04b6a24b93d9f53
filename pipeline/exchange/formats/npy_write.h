/* NumPy's .npy written: version 1.0, little-endian, in C order. */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_NPY_WRITE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_NPY_WRITE_H
#include "base/err.h"
#include "model/weights/weights.h"

#define AQ_NPY_HEAD 512

/* The header of an array, which its values follow. `dtype` is one that .npy has.
 * Returns the header's bytes, a multiple of 64. */
size_t aq_npy_head(unsigned char head[AQ_NPY_HEAD], AqDtype dtype, int n_dims,
                   const int64_t *dims);

/* A float32 array. The file appears whole or not at all. */
AQ_MUST_CHECK AqErr aq_npy_write(const char *path, int n_dims, const int64_t *dims,
                                 const float *data);

#endif
