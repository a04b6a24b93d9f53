/*
 * NumPy's .npy (numpy.lib.format, versions 1.0 to 3.0). Reads float16, float32,
 * float64, int8 to int64, uint8 and bool, of either byte order, in C or Fortran order.
 */
#ifndef AQ_MODEL_WEIGHTS_NPY_H
#define AQ_MODEL_WEIGHTS_NPY_H
#include "base/err.h"
#include "model/weights/weights.h"

typedef struct AqNpy {
    AqDtype dtype;
    int n_dims;
    int64_t dims[AQ_WEIGHTS_MAX_DIMS];
    size_t count;
    void *data; /* owned; little-endian, C order */
} AqNpy;

AQ_MUST_CHECK AqErr aq_npy_read(AqNpy *out, const char *path);
void aq_npy_clear(AqNpy *a);

/* Converts all values to float, whatever the dtype; out holds a->count values. */
void aq_npy_to_floats(const AqNpy *a, float *out);

/* The format's descr for little-endian values of that type, such as "<f4", or NULL. */
const char *aq_npy_descr(AqDtype dtype);

#endif
