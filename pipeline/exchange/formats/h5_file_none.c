/* SPDX-License-Identifier: MIT */
/* Replaces h5_file.c when the program is built without libhdf5. */
#include "pipeline/exchange/formats/h5_file.h"

static AqErr fail_no_hdf5(void)
{
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "HDF5 is not supported: this avqa-pipe was built without libhdf5; "
                   "install libhdf5-dev and rebuild, or use npz or safetensors");
}

int aq_hdf5_is_built(void)
{
    return 0;
}

AqErr aq_hdf5_create(AqHdf5 **out, const char *path)
{
    (void)path;
    *out = NULL;
    return fail_no_hdf5();
}

AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims, const int64_t *dims,
                  const void *data, AqDtype as)
{
    (void)h, (void)name, (void)n_dims, (void)dims, (void)data, (void)as;
    return fail_no_hdf5();
}

AqErr aq_hdf5_put_row(AqHdf5 *h, const char *name, int64_t row, const void *data)
{
    (void)h, (void)name, (void)row, (void)data;
    return fail_no_hdf5();
}

AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key, const char *text)
{
    (void)h, (void)name, (void)key, (void)text;
    return fail_no_hdf5();
}

AqErr aq_hdf5_finish(AqHdf5 **h)
{
    (void)h;
    return fail_no_hdf5();
}

AqErr aq_hdf5_open(AqHdf5 **out, const char *path)
{
    (void)path;
    *out = NULL;
    return fail_no_hdf5();
}

size_t aq_hdf5_n(const AqHdf5 *h)
{
    (void)h;
    return 0;
}

const AqWeight *aq_hdf5_at(const AqHdf5 *h, size_t k)
{
    (void)h, (void)k;
    return NULL;
}

AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out)
{
    (void)h, (void)k, (void)out;
    return fail_no_hdf5();
}

AqErr aq_hdf5_text(AqHdf5 *h, size_t k, const char *key, char **text)
{
    (void)h, (void)k, (void)key;
    *text = NULL;
    return fail_no_hdf5();
}

void aq_hdf5_close(AqHdf5 **h)
{
    *h = NULL;
}

AqErr aq_hdf5_row_floats(AqHdf5 *h, size_t k, int64_t row, float *out)
{
    (void)h, (void)k, (void)row, (void)out;
    return fail_no_hdf5();
}

AqErr aq_hdf5_integers(AqHdf5 *h, size_t k, int64_t *out)
{
    (void)h, (void)k, (void)out;
    return fail_no_hdf5();
}
