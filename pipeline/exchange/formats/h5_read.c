/* SPDX-License-Identifier: MIT */
/* Reads untrusted HDF5: every size is checked against the file before allocation. */
#include "pipeline/exchange/formats/h5_priv.h"

#include "base/alloc.h"
#include "base/half.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 1 << 24, MOST_ARRAYS = 1 << 22 };

static AqErr fail_h5_dataset(const AqHdf5 *h, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: dataset %s %s", h->path, name, what);
}

/* AQ_BOOL stands for everything that is not an array of floats or integers. */
static AqDtype dtype_of(hid_t type)
{
    if (H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) <= 8)
        return AQ_I64;
    if (H5Tget_class(type) != H5T_FLOAT)
        return AQ_BOOL;
    switch (H5Tget_size(type)) {
    case 2:
        return AQ_F16;
    case 4:
        return AQ_F32;
    case 8:
        return AQ_F64;
    default:
        return AQ_BOOL;
    }
}

/* A dataset may keep its values in other files; only this file is read. Nor may it
 * claim more values than the file's size allows (deflate compresses at most 1,032:1).
 */
static AqErr check_storage(const AqHdf5 *h, const AqWeight *t, hid_t set, size_t size)
{
    hsize_t bytes = 0;
    AqErr err = AQ_OK;
    const hid_t how = H5Dget_create_plist(set);

    if (how < 0 || H5Fget_filesize(h->file, &bytes) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_FORMAT,
                            "a dataset's storage properties cannot "
                            "be read");
    else if (H5Pget_layout(how) == H5D_VIRTUAL || H5Pget_external_count(how) != 0)
        err = fail_h5_dataset(h, t->name,
                              "has its values in other files, which are not opened");
    else if (size &&
             t->count > (uint64_t)bytes * (H5Pget_nfilters(how) > 0 ? 1032 : 1) / size)
        err = fail_h5_dataset(h, t->name,
                              "has more values than the file can hold; it is damaged");
    (void)H5Pclose(how);
    return err;
}

static AqErr read_h5_shape(AqHdf5 *h, AqWeight *t, hid_t set)
{
    hsize_t sizes[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(set), type = H5Dget_type(set);
    const int n = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    AqErr err = AQ_OK;

    if (n < 0 || type < 0 || H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_FORMAT, "a dataset has no shape or type");
    else if (n > AQ_WEIGHTS_MAX_DIMS)
        err = fail_h5_dataset(h, t->name, "has more than 8 dimensions");
    t->n_dims = err == AQ_OK ? n : 0;
    t->count = 1;
    for (int k = 0; k < t->n_dims && err == AQ_OK; k++) {
        if (sizes[k] > INT32_MAX || (sizes[k] && t->count > SIZE_MAX / 16 / sizes[k]))
            err = fail_h5_dataset(h, t->name, "has an impossible shape");
        t->dims[k] = (int64_t)sizes[k];
        t->count *= (size_t)sizes[k];
    }
    if (err == AQ_OK)
        t->dtype = dtype_of(type);
    if (err == AQ_OK)
        err = check_storage(h, t, set, H5Tget_size(type));
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    return err;
}

static AqErr add_array(AqHdf5 *h, const char *name)
{
    AqErr err = AQ_OK;

    if (h->n == MOST_ARRAYS)
        return aq_fail(AQ_ERR_FORMAT, "%s: holds more than %d datasets", h->path,
                       MOST_ARRAYS);
    AqWeight *v = aq_grow(h->v, h->n, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    h->v = v;
    AqWeight *t = &h->v[h->n];
    *t = (AqWeight){.name = aq_strdup(name)};
    if (!t->name)
        return AQ_ERR_NOMEM;
    h->n++;
    const hid_t set = H5Dopen2(h->file, name, H5P_DEFAULT);
    err = set < 0 ? aq_hdf5_fault(h, AQ_ERR_FORMAT, "a dataset cannot be opened")
                  : read_h5_shape(h, t, set);
    (void)H5Dclose(set);
    return err;
}

/* Called for every object reached by hard links; no other file is opened. */
static herr_t visit_file_object(hid_t root, const char *name, const H5O_info_t *info,
                                void *arg)
{
    AqHdf5 *h = arg;

    (void)root;
    if (info->type == H5O_TYPE_DATASET)
        h->err = add_array(h, name);
    return h->err == AQ_OK ? 0 : 1;
}

static int compare_h5_names(const void *a, const void *b)
{
    return strcmp(((const AqWeight *)a)->name, ((const AqWeight *)b)->name);
}

AqErr aq_hdf5_open(AqHdf5 **out, const char *path)
{
    AqHdf5 *h = NULL;
    AqErr err = aq_hdf5_new(&h, path);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    h->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (h->file < 0)
        err = aq_hdf5_fault(h, AQ_ERR_FORMAT,
                            "is damaged, truncated, or not a supported HDF5 file");
    else if (H5Ovisit(h->file, H5_INDEX_NAME, H5_ITER_INC, visit_file_object, h) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_FORMAT,
                            "its datasets cannot be listed; the file is damaged");
    else
        err = h->err;
    if (err != AQ_OK) {
        aq_hdf5_close(&h);
        return err;
    }
    if (h->n > 1)
        qsort(h->v, h->n, sizeof *h->v, compare_h5_names);
    *out = h;
    return AQ_OK;
}

size_t aq_hdf5_n(const AqHdf5 *h)
{
    return h->n;
}

const AqWeight *aq_hdf5_at(const AqHdf5 *h, size_t k)
{
    return &h->v[k];
}

static AqErr fail_h5_read(const AqHdf5 *h, const AqWeight *t)
{
    return aq_err_prefix(
        aq_hdf5_fault(h, AQ_ERR_FORMAT, "cannot be read; the file is damaged"),
        "dataset %s", t->name);
}

/* Which values of a dataset are read. */
typedef struct H5Part {
    hid_t set, memory, space; /* H5S_ALL: all */
    size_t count;
} H5Part;

/* Half precision is read raw and converted here: the library's conversion is far slower
 * and takes much memory. Other types are left to it. */
static AqErr read_h5_values(const AqHdf5 *h, const AqWeight *t, const H5Part *p,
                            float *out)
{
    if (t->dtype != AQ_F16)
        return H5Dread(p->set, H5T_NATIVE_FLOAT, p->memory, p->space, H5P_DEFAULT,
                       out) < 0
                   ? fail_h5_read(h, t)
                   : AQ_OK;
    uint16_t *raw = aq_alloc(p->count, sizeof *raw);
    if (!raw)
        return AQ_ERR_NOMEM;
    AqErr err = AQ_OK;
    const hid_t half = aq_hdf5_half_type();
    if (H5Dread(p->set, half, p->memory, p->space, H5P_DEFAULT, raw) < 0)
        err = fail_h5_read(h, t);
    else
        aq_half_to_floats(out, raw, p->count);
    (void)H5Tclose(half);
    aq_free(raw);
    return err;
}

/* Opens a dataset that has values. The caller closes *set, even on failure. */
static AqErr open_h5_values(const AqHdf5 *h, const AqWeight *t, hid_t *set)
{
    *set = H5Dopen2(h->file, t->name, H5P_DEFAULT);
    if (*set < 0)
        return fail_h5_read(h, t);
    if (t->count > 0 && H5Dget_storage_size(*set) == 0) /* read as zeros */
        return fail_h5_dataset(h, t->name, "has a shape but no values");
    return AQ_OK;
}

/* row: -1 for all. */
static AqErr read_h5_floats(const AqHdf5 *h, const AqWeight *t, int64_t row, float *out)
{
    H5Part p = {.memory = H5S_ALL, .space = H5S_ALL, .count = t->count};

    if (t->dtype == AQ_BOOL || t->dtype == AQ_I64)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: dataset %s is not an array of floating-point numbers",
                       h->path, t->name);
    AqErr err = open_h5_values(h, t, &p.set);
    if (err == AQ_OK && row >= 0) {
        p.space = aq_hdf5_row_of(p.set, row, &p.memory);
        p.count = t->count / (size_t)t->dims[0];
        err = p.space < 0 ? fail_h5_read(h, t) : AQ_OK;
    }
    if (err == AQ_OK)
        err = read_h5_values(h, t, &p, out);
    if (row >= 0) {
        (void)H5Sclose(p.memory);
        (void)H5Sclose(p.space);
    }
    (void)H5Dclose(p.set);
    return err;
}

AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out)
{
    return read_h5_floats(h, &h->v[k], -1, out);
}

AqErr aq_hdf5_row_floats(AqHdf5 *h, size_t k, int64_t row, float *out)
{
    return read_h5_floats(h, &h->v[k], row, out);
}

AqErr aq_hdf5_integers(AqHdf5 *h, size_t k, int64_t *out)
{
    const AqWeight *t = &h->v[k];
    hid_t set;
    AqErr err = open_h5_values(h, t, &set);

    if (err == AQ_OK && t->dtype != AQ_I64)
        err = fail_h5_dataset(h, t->name, "is not an array of integers");
    if (err == AQ_OK &&
        H5Dread(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        err = fail_h5_read(h, t);
    (void)H5Dclose(set);
    return err;
}

/* Text of fixed length, or of variable length as h5py writes it: a pointer to text that
 * the library owns. */
static AqErr read_h5_text(const AqHdf5 *h, hid_t at, hid_t type, char **text)
{
    const size_t bytes = H5Tget_size(type);
    char *borrowed = NULL;

    if (H5Tis_variable_str(type) > 0) {
        const hid_t memory = aq_hdf5_text_type(H5T_VARIABLE);
        AqErr err = AQ_OK;

        if (memory < 0 || H5Aread(at, memory, &borrowed) < 0)
            err = aq_hdf5_fault(h, AQ_ERR_FORMAT, "an attribute cannot be read");
        else if (!(*text = aq_strdup(borrowed ? borrowed : "")))
            err = AQ_ERR_NOMEM;
        (void)H5free_memory(borrowed);
        (void)H5Tclose(memory);
        return err;
    }
    if (H5Tget_class(type) != H5T_STRING || bytes > MOST_TEXT)
        return aq_fail(AQ_ERR_FORMAT, "%s: an attribute that should be text is not",
                       h->path);
    *text = aq_alloc(bytes + 1, 1);
    if (!*text)
        return AQ_ERR_NOMEM;
    return H5Aread(at, type, *text) < 0
               ? aq_hdf5_fault(h, AQ_ERR_FORMAT, "an attribute cannot be read")
               : AQ_OK;
}

AqErr aq_hdf5_text(AqHdf5 *h, size_t k, const char *key, char **text)
{
    const char *name = h->v[k].name;
    AqErr err;

    *text = NULL;
    if (H5Aexists_by_name(h->file, name, key, H5P_DEFAULT) <= 0)
        return AQ_OK;
    const hid_t at = H5Aopen_by_name(h->file, name, key, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = at < 0 ? at : H5Aget_type(at);
    const hid_t space = at < 0 ? at : H5Aget_space(at);
    if (type < 0 || space < 0 || H5Sget_simple_extent_npoints(space) != 1)
        err = aq_hdf5_fault(h, AQ_ERR_FORMAT, "an attribute cannot be read");
    else
        err = read_h5_text(h, at, type, text);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(at);
    if (err != AQ_OK) {
        aq_free(*text);
        *text = NULL;
    }
    return err;
}
