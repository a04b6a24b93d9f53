/* SPDX-License-Identifier: MIT */
/*
 * Every identifier of libhdf5 lives inside one function; it closes them at its end,
 * valid or not. The library's own messages are silenced: a sentence of ours says what
 * was being done, and the library's innermost reason is added to it.
 */
#include "model/weights/h5_file.h"

#include "base/alloc.h"

#include <hdf5.h> /* the library's */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 64, MOST_TEXT = 1 << 24, MOST_ARRAYS = 1 << 22 };

struct AqHdf5 {
    char *path;
    hid_t file;
    AqWeight *v; /* reading; names owned */
    size_t n, room;
    AqErr err; /* of the walk */
};

/* ---- faults ---- */

static herr_t keep_reason(unsigned n, const H5E_error2_t *e, void *to)
{
    (void)n;
    if (e->desc)
        (void)snprintf(to, 160, "%s", e->desc);
    return 0;
}

static AqErr fault(const AqHdf5 *h, AqErr code, const char *what)
{
    char why[160] = "no reason given";

    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, why);
    return aq_fail(code, "%s: %s (HDF5: %s)", h->path, what, why);
}

static AqErr bad(const AqHdf5 *h, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: dataset %s %s", h->path, name, what);
}

/* ---- types ---- */

/* Half precision is no type that libhdf5 knows by name: it is told its fields. */
static hid_t half_type(void)
{
    const hid_t t = H5Tcopy(H5T_IEEE_F32LE);

    if (t < 0 || H5Tset_fields(t, 15, 10, 5, 0, 10) < 0 || H5Tset_size(t, 2) < 0 ||
        H5Tset_ebias(t, 15) < 0) {
        (void)H5Tclose(t);
        return H5I_INVALID_HID;
    }
    return t;
}

static hid_t text_type(size_t bytes)
{
    const hid_t t = H5Tcopy(H5T_C_S1);

    if (t < 0 || H5Tset_size(t, bytes) < 0 || H5Tset_cset(t, H5T_CSET_UTF8) < 0) {
        (void)H5Tclose(t);
        return H5I_INVALID_HID;
    }
    return t;
}

/* ---- opening and closing ---- */

static AqErr new_file(AqHdf5 **out, const char *path)
{
    *out = NULL;
    AqHdf5 *h = aq_alloc(1, sizeof *h);
    if (!h)
        return AQ_ERR_NOMEM;
    h->file = H5I_INVALID_HID;
    h->path = aq_strdup(path);
    if (!h->path) {
        aq_free(h);
        return AQ_ERR_NOMEM;
    }
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *out = h;
    return AQ_OK;
}

void aq_hdf5_close(AqHdf5 **hp)
{
    AqHdf5 *h = *hp;

    *hp = NULL;
    if (!h)
        return;
    if (h->file >= 0)
        (void)H5Fclose(h->file);
    for (size_t k = 0; k < h->n; k++)
        aq_free((char *)(uintptr_t)h->v[k].name);
    aq_free(h->v);
    aq_free(h->path);
    aq_free(h);
}

int aq_hdf5_is_built(void)
{
    return 1;
}

/* ---- writing ---- */

AqErr aq_hdf5_create(AqHdf5 **out, const char *path)
{
    AqHdf5 *h = NULL;
    AqErr err = new_file(&h, path);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    /* 1.8's layout: attributes of any size, groups of many members in trees. */
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), how = H5Pcreate(H5P_FILE_CREATE);
    if (access < 0 || how < 0 || H5Pset_obj_track_times(how, 0) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST) < 0 ||
        (h->file = H5Fcreate(path, H5F_ACC_TRUNC, how, access)) < 0)
        err = fault(h, AQ_ERR_IO, "cannot be made");
    (void)H5Pclose(how);
    (void)H5Pclose(access);
    if (err != AQ_OK)
        aq_hdf5_close(&h);
    *out = h;
    return err;
}

/* A group's object header has times too unless it is told. */
static AqErr make_groups(AqHdf5 *h, const char *name)
{
    const hid_t how = H5Pcreate(H5P_GROUP_CREATE);
    AqErr err = how < 0 || H5Pset_obj_track_times(how, 0) < 0
                    ? fault(h, AQ_ERR_IO, "a group cannot be made")
                    : AQ_OK;

    for (const char *slash = strchr(name, '/'); err == AQ_OK && slash;
         slash = strchr(slash + 1, '/')) {
        char *group = aq_strf("%.*s", (int)(slash - name), name);
        hid_t g = H5I_INVALID_HID;

        if (!group)
            err = AQ_ERR_NOMEM;
        else if (H5Lexists(h->file, group, H5P_DEFAULT) <= 0 &&
                 (g = H5Gcreate2(h->file, group, H5P_DEFAULT, how, H5P_DEFAULT)) < 0)
            err = fault(h, AQ_ERR_IO, "a group cannot be made");
        (void)H5Gclose(g);
        aq_free(group);
    }
    (void)H5Pclose(how);
    return err;
}

AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims, const int64_t *dims,
                  const float *data, AqDtype as)
{
    hsize_t sizes[AQ_WEIGHTS_MAX_DIMS];
    AqErr err = make_groups(h, name);

    if (err != AQ_OK)
        return err;
    for (int k = 0; k < n_dims; k++)
        sizes[k] = (hsize_t)dims[k];
    const hid_t link = H5Pcreate(H5P_LINK_CREATE), how = H5Pcreate(H5P_DATASET_CREATE),
                space = H5Screate_simple(n_dims, sizes, NULL),
                type = as == AQ_F16 ? half_type() : H5Tcopy(H5T_IEEE_F32LE);
    hid_t set = H5I_INVALID_HID;

    if (link < 0 || how < 0 || space < 0 || type < 0 ||
        H5Pset_char_encoding(link, H5T_CSET_UTF8) < 0 ||
        H5Pset_obj_track_times(how, 0) < 0 ||
        (set = H5Dcreate2(h->file, name, type, space, link, how, H5P_DEFAULT)) < 0 ||
        H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
        err = fault(h, AQ_ERR_IO, "a dataset cannot be written");
        err = aq_err_prefix(err, "%s", name);
    }
    (void)H5Dclose(set);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    (void)H5Pclose(how);
    (void)H5Pclose(link);
    return err;
}

AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key, const char *text)
{
    AqErr err = AQ_OK;
    const hid_t space = H5Screate(H5S_SCALAR), type = text_type(strlen(text) + 1);
    hid_t at = H5I_INVALID_HID;

    if (space < 0 || type < 0 ||
        (at = H5Acreate_by_name(h->file, name, key, type, space, H5P_DEFAULT,
                                H5P_DEFAULT, H5P_DEFAULT)) < 0 ||
        H5Awrite(at, type, text) < 0)
        err = fault(h, AQ_ERR_IO, "an attribute cannot be written");
    (void)H5Aclose(at);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    return err;
}

AqErr aq_hdf5_finish(AqHdf5 **hp)
{
    AqHdf5 *h = *hp;
    AqErr err = AQ_OK;

    if (H5Fclose(h->file) < 0)
        err = fault(h, AQ_ERR_IO, "cannot be written to its end");
    h->file = H5I_INVALID_HID;
    aq_hdf5_close(hp);
    return err;
}

/* ---- reading ---- */

/* AQ_BOOL stands for everything that is no array of floats. */
static AqDtype dtype_of(hid_t type)
{
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

/* A dataset may name other files that its values are in: none but this one is read.
 * Nor may it claim more than the file's size allows; deflate packs at most 1,032 to
 * one. */
static AqErr check_storage(const AqHdf5 *h, const AqWeight *t, hid_t set, size_t size)
{
    hsize_t bytes = 0;
    AqErr err = AQ_OK;
    const hid_t how = H5Dget_create_plist(set);

    if (how < 0 || H5Fget_filesize(h->file, &bytes) < 0)
        err = fault(h, AQ_ERR_FORMAT, "a dataset does not say how it is stored");
    else if (H5Pget_layout(how) == H5D_VIRTUAL || H5Pget_external_count(how) != 0)
        err = bad(h, t->name, "has its values in other files, which are not opened");
    else if (size &&
             t->count > (uint64_t)bytes * (H5Pget_nfilters(how) > 0 ? 1032 : 1) / size)
        err = bad(h, t->name, "has more values than the file can hold; it is damaged");
    (void)H5Pclose(how);
    return err;
}

static AqErr read_shape(AqHdf5 *h, AqWeight *t, hid_t set)
{
    hsize_t sizes[H5S_MAX_RANK];
    const hid_t space = H5Dget_space(set), type = H5Dget_type(set);
    const int n = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    AqErr err = AQ_OK;

    if (n < 0 || type < 0 || H5Sget_simple_extent_dims(space, sizes, NULL) < 0)
        err = fault(h, AQ_ERR_FORMAT, "a dataset has no shape or type");
    else if (n > AQ_WEIGHTS_MAX_DIMS)
        err = bad(h, t->name, "has more than 8 dimensions");
    t->n_dims = err == AQ_OK ? n : 0;
    t->count = 1;
    for (int k = 0; k < t->n_dims && err == AQ_OK; k++) {
        if (sizes[k] > INT32_MAX || (sizes[k] && t->count > SIZE_MAX / 16 / sizes[k]))
            err = bad(h, t->name, "has a shape that no file holds");
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
    if (h->n == h->room) {
        const size_t room = h->room ? 2 * h->room : FIRST_ROOM;
        AqWeight *v = aq_realloc(h->v, room, sizeof *v);

        if (!v)
            return AQ_ERR_NOMEM;
        h->v = v;
        h->room = room;
    }
    AqWeight *t = &h->v[h->n];
    *t = (AqWeight){.name = aq_strdup(name)};
    if (!t->name)
        return AQ_ERR_NOMEM;
    h->n++;
    const hid_t set = H5Dopen2(h->file, name, H5P_DEFAULT);
    err = set < 0 ? fault(h, AQ_ERR_FORMAT, "a dataset cannot be opened")
                  : read_shape(h, t, set);
    (void)H5Dclose(set);
    return err;
}

/* For every object that hard links reach: no other file is touched. */
static herr_t visit(hid_t root, const char *name, const H5O_info_t *info, void *arg)
{
    AqHdf5 *h = arg;

    (void)root;
    if (info->type == H5O_TYPE_DATASET)
        h->err = add_array(h, name);
    return h->err == AQ_OK ? 0 : 1;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const AqWeight *)a)->name, ((const AqWeight *)b)->name);
}

AqErr aq_hdf5_open(AqHdf5 **out, const char *path)
{
    AqHdf5 *h = NULL;
    AqErr err = new_file(&h, path);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    h->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (h->file < 0)
        err = fault(h, AQ_ERR_FORMAT,
                    "is damaged, cut short, or no HDF5 file that is read here");
    else if (H5Ovisit(h->file, H5_INDEX_NAME, H5_ITER_INC, visit, h) < 0)
        err = fault(h, AQ_ERR_FORMAT, "its datasets cannot be listed; it is damaged");
    else
        err = h->err;
    if (err != AQ_OK) {
        aq_hdf5_close(&h);
        return err;
    }
    if (h->n > 1)
        qsort(h->v, h->n, sizeof *h->v, by_name);
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

AqErr aq_hdf5_floats(AqHdf5 *h, size_t k, float *out)
{
    const AqWeight *t = &h->v[k];
    AqErr err = AQ_OK;

    if (t->dtype == AQ_BOOL)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: dataset %s is no array of floating-point numbers", h->path,
                       t->name);
    const hid_t set = H5Dopen2(h->file, t->name, H5P_DEFAULT);
    /* Storage that is not there would be read as zeros. */
    if (set >= 0 && t->count > 0 && H5Dget_storage_size(set) == 0)
        err = bad(h, t->name, "has a shape and no values");
    else if (set < 0 ||
             H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0)
        err = aq_err_prefix(fault(h, AQ_ERR_FORMAT, "cannot be read; it is damaged"),
                            "dataset %s", t->name);
    (void)H5Dclose(set);
    return err;
}

/* Text of fixed length, and what h5py writes: a pointer to text that is the library's.
 */
static AqErr read_text(const AqHdf5 *h, hid_t at, hid_t type, char **text)
{
    const size_t bytes = H5Tget_size(type);
    char *borrowed = NULL;

    if (H5Tis_variable_str(type) > 0) {
        const hid_t memory = text_type(H5T_VARIABLE);
        AqErr err = AQ_OK;

        if (memory < 0 || H5Aread(at, memory, &borrowed) < 0)
            err = fault(h, AQ_ERR_FORMAT, "an attribute cannot be read");
        else if (!(*text = aq_strdup(borrowed ? borrowed : "")))
            err = AQ_ERR_NOMEM;
        (void)H5free_memory(borrowed);
        (void)H5Tclose(memory);
        return err;
    }
    if (H5Tget_class(type) != H5T_STRING || bytes > MOST_TEXT)
        return aq_fail(AQ_ERR_FORMAT, "%s: an attribute that should be text is none",
                       h->path);
    *text = aq_alloc(bytes + 1, 1);
    if (!*text)
        return AQ_ERR_NOMEM;
    return H5Aread(at, type, *text) < 0
               ? fault(h, AQ_ERR_FORMAT, "an attribute cannot be read")
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
        err = fault(h, AQ_ERR_FORMAT, "an attribute cannot be read");
    else
        err = read_text(h, at, type, text);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Aclose(at);
    if (err != AQ_OK) {
        aq_free(*text);
        *text = NULL;
    }
    return err;
}
