/* SPDX-License-Identifier: MIT */
/*
 * Of avqa-hdf5.so. The HDF5 writer, and what the reader shares with it. Every libhdf5
 * identifier lives in one function, which closes it at its end, valid or not. The
 * library's own messages are silenced; our error says what was being done and quotes
 * its innermost reason.
 */
#include "pipeline/exchange/formats/h5_priv.h"

#include "base/alloc.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- faults ---- */

enum { REASON_BYTES = 160, LARGE_BLOCK = 1 << 18 };

/* The first one visited is the innermost; the others are its consequences. */
static herr_t keep_reason(unsigned n, const H5E_error2_t *e, void *to)
{
    (void)n;
    if (e->desc && !*(char *)to)
        (void)snprintf(to, REASON_BYTES, "%s", e->desc);
    return 0;
}

AqErr aq_hdf5_fault(const AqHdf5 *h, AqErr code, const char *what)
{
    char why[REASON_BYTES] = "";

    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_reason, why);
    return aq_fail(code, "%s: %s (HDF5: %s)", h->path, what,
                   *why ? why : "no reason given");
}

/* ---- types ---- */

/* libhdf5 has no predefined half-precision type, so its fields are set here. */
hid_t aq_hdf5_half_type(void)
{
    const hid_t t = H5Tcopy(H5T_IEEE_F32LE);

    if (t < 0 || H5Tset_fields(t, 15, 10, 5, 0, 10) < 0 || H5Tset_size(t, 2) < 0 ||
        H5Tset_ebias(t, 15) < 0) {
        (void)H5Tclose(t);
        return H5I_INVALID_HID;
    }
    return t;
}

static hid_t type_to_write(AqDtype as)
{
    return as == AQ_F16   ? aq_hdf5_half_type()
           : as == AQ_I64 ? H5Tcopy(H5T_STD_I64LE)
                          : H5Tcopy(H5T_IEEE_F32LE);
}

hid_t aq_hdf5_text_type(size_t bytes)
{
    const hid_t t = H5Tcopy(H5T_C_S1);

    if (t < 0 || H5Tset_size(t, bytes) < 0 || H5Tset_cset(t, H5T_CSET_UTF8) < 0) {
        (void)H5Tclose(t);
        return H5I_INVALID_HID;
    }
    return t;
}

/* ---- opening and closing ---- */

/* The library keeps small blocks as long as a file is open. glibc places them where an
 * array was freed, so the next array no longer fits there: memory would grow by one
 * array each time. With mmap, large blocks are separate and are returned when freed. */
static void keep_large_blocks_apart(void)
{
#ifdef M_MMAP_THRESHOLD
    (void)mallopt(M_MMAP_THRESHOLD,
                  LARGE_BLOCK); /* 0 (refused): uses more memory, nothing else */
#endif
}

AqErr aq_hdf5_new(AqHdf5 **out, const char *path)
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
    keep_large_blocks_apart();
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

/* ---- writing ---- */

AqErr aq_hdf5_create(AqHdf5 **out, const char *path)
{
    AqHdf5 *h = NULL;
    AqErr err = aq_hdf5_new(&h, path);

    *out = NULL;
    if (err != AQ_OK)
        return err;
    /* The 1.8 layout: attributes of any size, large groups stored as trees. */
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), how = H5Pcreate(H5P_FILE_CREATE);
    if (access < 0 || how < 0 || H5Pset_obj_track_times(how, 0) < 0 ||
        H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST) < 0 ||
        (h->file = H5Fcreate(path, H5F_ACC_TRUNC, how, access)) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_IO, "cannot be made");
    (void)H5Pclose(how);
    (void)H5Pclose(access);
    if (err != AQ_OK)
        aq_hdf5_close(&h);
    *out = h;
    return err;
}

/* A group's object header also has timestamps unless disabled. */
static AqErr make_groups(AqHdf5 *h, const char *name)
{
    const hid_t how = H5Pcreate(H5P_GROUP_CREATE);
    AqErr err = how < 0 || H5Pset_obj_track_times(how, 0) < 0
                    ? aq_hdf5_fault(h, AQ_ERR_IO, "a group cannot be made")
                    : AQ_OK;

    for (const char *slash = strchr(name, '/'); err == AQ_OK && slash;
         slash = strchr(slash + 1, '/')) {
        char *group = aq_strf("%.*s", (int)(slash - name), name);
        hid_t g = H5I_INVALID_HID;

        if (!group)
            err = AQ_ERR_NOMEM;
        else if (H5Lexists(h->file, group, H5P_DEFAULT) <= 0 &&
                 (g = H5Gcreate2(h->file, group, H5P_DEFAULT, how, H5P_DEFAULT)) < 0)
            err = aq_hdf5_fault(h, AQ_ERR_IO, "a group cannot be made");
        (void)H5Gclose(g);
        aq_free(group);
    }
    (void)H5Pclose(how);
    return err;
}

AqErr aq_hdf5_put(AqHdf5 *h, const char *name, int n_dims, const int64_t *dims,
                  const void *data, AqDtype as)
{
    hsize_t sizes[AQ_WEIGHTS_MAX_DIMS];
    AqErr err = make_groups(h, name);

    if (err != AQ_OK)
        return err;
    for (int k = 0; k < n_dims; k++)
        sizes[k] = (hsize_t)dims[k];
    const hid_t link = H5Pcreate(H5P_LINK_CREATE), how = H5Pcreate(H5P_DATASET_CREATE),
                space = H5Screate_simple(n_dims, sizes, NULL), type = type_to_write(as);
    hid_t set = H5I_INVALID_HID;

    if (link < 0 || how < 0 || space < 0 || type < 0 ||
        H5Pset_char_encoding(link, H5T_CSET_UTF8) < 0 ||
        H5Pset_obj_track_times(how, 0) < 0 ||
        (set = H5Dcreate2(h->file, name, type, space, link, how, H5P_DEFAULT)) < 0 ||
        (data && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)) {
        err = aq_hdf5_fault(h, AQ_ERR_IO, "a dataset cannot be written");
        err = aq_err_prefix(err, "%s", name);
    }
    (void)H5Dclose(set);
    (void)H5Tclose(type);
    (void)H5Sclose(space);
    (void)H5Pclose(how);
    (void)H5Pclose(link);
    return err;
}

hid_t aq_hdf5_row_of(hid_t set, int64_t row, hid_t *memory)
{
    hsize_t dims[H5S_MAX_RANK] = {0}, from[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(set);
    const int n = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);

    *memory = H5I_INVALID_HID;
    from[0] = (hsize_t)row;
    if (n < 1 || row < 0 || from[0] >= dims[0]) {
        (void)H5Sclose(space);
        return H5I_INVALID_HID;
    }
    dims[0] = 1;
    *memory = H5Screate_simple(n, dims, NULL);
    if (*memory < 0 ||
        H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, dims, NULL) < 0) {
        (void)H5Sclose(*memory);
        (void)H5Sclose(space);
        return *memory = H5I_INVALID_HID;
    }
    return space;
}

AqErr aq_hdf5_put_row(AqHdf5 *h, const char *name, int64_t row, const void *data)
{
    hid_t memory = H5I_INVALID_HID;
    const hid_t set = H5Dopen2(h->file, name, H5P_DEFAULT);
    const hid_t type = set < 0 ? set : H5Dget_type(set);
    const hid_t space = set < 0 ? set : aq_hdf5_row_of(set, row, &memory);
    AqErr err = AQ_OK;

    if (space < 0 || H5Dwrite(set, type, memory, space, H5P_DEFAULT, data) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_IO, "a dataset cannot be written");
    (void)H5Sclose(memory);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
    (void)H5Dclose(set);
    return err;
}

AqErr aq_hdf5_put_text(AqHdf5 *h, const char *name, const char *key, const char *text)
{
    AqErr err = AQ_OK;
    const hid_t space = H5Screate(H5S_SCALAR),
                type = aq_hdf5_text_type(strlen(text) + 1);
    hid_t at = H5I_INVALID_HID;

    if (space < 0 || type < 0 ||
        (at = H5Acreate_by_name(h->file, name, key, type, space, H5P_DEFAULT,
                                H5P_DEFAULT, H5P_DEFAULT)) < 0 ||
        H5Awrite(at, type, text) < 0)
        err = aq_hdf5_fault(h, AQ_ERR_IO, "an attribute cannot be written");
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
        err = aq_hdf5_fault(h, AQ_ERR_IO, "cannot be written to its end");
    h->file = H5I_INVALID_HID;
    aq_hdf5_close(hp);
    return err;
}
