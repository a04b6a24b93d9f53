/* SPDX-License-Identifier: MIT */
/* HDF5 in the program: libhdf5 and the libraries that it needs are loaded with
 * avqa-hdf5.so (h5_file.c, h5_read.c), once a file of that kind is read or written. */
#include "pipeline/exchange/formats/h5_module.h"

#include "base/alloc.h"

static const AqHdf5Calls *calls; /* NULL: not loaded yet */

static AqErr load_hdf5(void)
{
    const AqModule *m = NULL;

    if (calls)
        return AQ_OK;
    const AqErr err = aq_module_open(&m, AQ_HDF5_MODULE, AQ_HDF5_TABLE);
    if (err != AQ_OK)
        return aq_fail(err,
                       "HDF5 is not supported here (%s); install what avqa-pipe's "
                       "HDF5 part needs, or use npz or safetensors",
                       aq_err_text());
    calls = (const AqHdf5Calls *)(const void *)m;
    return AQ_OK;
}

static AqErr hand_over_hdf5(AqErr err)
{
    return aq_module_err(&calls->module, err);
}

int aq_hdf5_is_built(void)
{
    return load_hdf5() == AQ_OK;
}

AqErr aq_hdf5_create(AqHdf5 **out, const char *path)
{
    const AqErr err = load_hdf5();

    *out = NULL;
    return err == AQ_OK ? hand_over_hdf5(calls->create(out, path)) : err;
}

AqErr aq_hdf5_open(AqHdf5 **out, const char *path)
{
    const AqErr err = load_hdf5();

    *out = NULL;
    return err == AQ_OK ? hand_over_hdf5(calls->open(out, path)) : err;
}

/* ---- of a file that was made or opened, so that calls are there ---- */

AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims, const int64_t *dims,
                  const void *data, AqDtype as)
{
    return hand_over_hdf5(calls->put(h, name, n_dims, dims, data, as));
}

AqErr aq_hdf5_put_row(AqHdf5 *h, const char *name, int64_t row, const void *data)
{
    return hand_over_hdf5(calls->put_row(h, name, row, data));
}

AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key, const char *text)
{
    return hand_over_hdf5(calls->put_text(h, name, key, text));
}

AqErr aq_hdf5_finish(AqHdf5 **h)
{
    return hand_over_hdf5(calls->finish(h));
}

size_t aq_hdf5_n(const AqHdf5 *h)
{
    return calls->n(h);
}

const AqWeight *aq_hdf5_at(const AqHdf5 *h, size_t k)
{
    return calls->at(h, k);
}

AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out)
{
    return hand_over_hdf5(calls->floats(h, k, out));
}

AqErr aq_hdf5_row_floats(AqHdf5 *h, size_t k, int64_t row, float *out)
{
    return hand_over_hdf5(calls->row_floats(h, k, row, out));
}

AqErr aq_hdf5_integers(AqHdf5 *h, size_t k, int64_t *out)
{
    return hand_over_hdf5(calls->integers(h, k, out));
}

/* The part's memory is the part's to count. */
AqErr aq_hdf5_text(AqHdf5 *h, size_t k, const char *key, char **text)
{
    char *own = NULL;
    AqErr err = hand_over_hdf5(calls->text(h, k, key, &own));

    *text = own ? aq_strdup(own) : NULL;
    if (own && !*text)
        err = AQ_ERR_NOMEM;
    calls->free_text(own);
    return err;
}

void aq_hdf5_close(AqHdf5 **h)
{
    if (*h)
        calls->close(h);
}
