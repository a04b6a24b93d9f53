/* The functions of h5_file.h as a table: they are loaded when one of them is called. */
#ifndef AQ_PIPELINE_EXCHANGE_FORMATS_H5_MODULE_H
#define AQ_PIPELINE_EXCHANGE_FORMATS_H5_MODULE_H
#include "base/fs/module.h"
#include "pipeline/exchange/formats/h5_file.h"

#define AQ_HDF5_MODULE "avqa-hdf5.so"
#define AQ_HDF5_TABLE  "aq_hdf5_calls"

typedef struct AqHdf5Calls {
    AqModule module; /* first */
    AqErr (*create)(AqHdf5 **out, const char *path);
    AqErr (*put)(AqHdf5 *h, const char *name, int n_dims, const int64_t *dims,
                 const void *data, AqDtype as);
    AqErr (*put_row)(AqHdf5 *h, const char *name, int64_t row, const void *data);
    AqErr (*put_text)(AqHdf5 *h, const char *name, const char *key, const char *text);
    AqErr (*finish)(AqHdf5 **h);
    AqErr (*open)(AqHdf5 **out, const char *path);
    size_t (*n)(const AqHdf5 *h);
    const AqWeight *(*at)(const AqHdf5 *h, size_t k);
    AqErr (*floats)(AqHdf5 *h, size_t k, float *out);
    AqErr (*row_floats)(AqHdf5 *h, size_t k, int64_t row, float *out);
    AqErr (*integers)(AqHdf5 *h, size_t k, int64_t *out);
    AqErr (*text)(AqHdf5 *h, size_t k, const char *key, char **text);
    void (*free_text)(void *text);
    void (*close)(AqHdf5 **h);
} AqHdf5Calls;

extern const AqHdf5Calls aq_hdf5_calls;

#endif
