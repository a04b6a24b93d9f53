/* .npy data in memory: for files and for members of .npz. */
#ifndef AQ_MODEL_WEIGHTS_NPY_PRIV_H
#define AQ_MODEL_WEIGHTS_NPY_PRIV_H
#include "model/weights/weights_priv.h"

int aq_npy_is(const unsigned char *bytes, size_t n);

/* Fills all of t but its name. `bytes` (n) is the whole file; t points into it. */
AQ_MUST_CHECK AqErr aq_npy_parse(AqWeight *t, const char *path,
                                 const unsigned char *bytes, size_t n);

#endif
