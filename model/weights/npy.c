/* SPDX-License-Identifier: MIT */
/*
 * .npy: "\x93NUMPY", version, header length, a Python dict as text (descr,
 * fortran_order, shape), padding, data (numpy.lib.format). The dict is read by its
 * three keys, not as Python.
 */
#include "model/weights/npy.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/half.h"
#include "model/weights/npy_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE   ((size_t)1 << 40)
#define MAX_HEADER 65536

static const struct {
    const char *descr;
    AqDtype dtype;
} descrs[] = {{"<f8", AQ_F64}, {"<f4", AQ_F32}, {"<f2", AQ_F16},
              {"<i8", AQ_I64}, {"<i4", AQ_I32}, {"<i2", AQ_I16},
              {"|u1", AQ_U8},  {"|i1", AQ_I8},  {"|b1", AQ_BOOL}};

static AqErr fail_npy(const char *path, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %s", path, what);
}

/* The text after 'key': in the header, or NULL. */
static const char *find_npy_value(const char *header, const char *key)
{
    const char *p = strstr(header, key);

    if (!p)
        return NULL;
    p += strlen(key);
    p += strspn(p, " ");
    if (*p != ':')
        return NULL;
    p++;
    return p + strspn(p, " ");
}

static AqErr read_descr(AqWeight *t, const char *header, const char *path)
{
    const char *v = find_npy_value(header, "'descr'");

    for (size_t k = 0; v && k < sizeof descrs / sizeof *descrs; k++)
        if (v[0] == '\'' && strncmp(v + 2, descrs[k].descr + 1, 2) == 0 &&
            v[4] == '\'' &&
            (v[1] == descrs[k].descr[0] ||
             (v[1] == '>' && descrs[k].descr[0] == '<'))) {
            t->dtype = descrs[k].dtype;
            t->big_endian = v[1] == '>';
            return AQ_OK;
        }
    return aq_fail(AQ_ERR_UNSUPPORTED, "%s: its number type is not supported (%.12s)",
                   path, v ? v : "none");
}

/* Fortran order is C order with the dimensions reversed. */
static void set_strides(AqWeight *t, int fortran)
{
    int64_t step = 1;

    aq_weight_pack(t);
    for (int k = 0; fortran && t->count > 0 && k < t->n_dims; k++) {
        t->strides[k] = step;
        step *= t->dims[k];
    }
}

static AqErr read_npy_shape(AqWeight *t, const char *header, const char *path,
                            size_t bytes)
{
    const char *order = find_npy_value(header, "'fortran_order'");
    const char *p = find_npy_value(header, "'shape'");
    const int fortran = order && strncmp(order, "True", 4) == 0;

    if (!order || (!fortran && strncmp(order, "False", 5) != 0))
        return fail_npy(path, "does not say in which order its values are");
    if (!p || *p++ != '(')
        return fail_npy(path, "has no shape");
    for (;;) {
        char *end = NULL;

        p += strspn(p, " ,");
        if (*p == ')')
            break;
        errno = 0;
        const long long d = strtoll(p, &end, 10);
        if (end == p || d < 0 || errno || t->n_dims == AQ_WEIGHTS_MAX_DIMS)
            return fail_npy(path, "has a shape that is not a list of at most 8 "
                                  "numbers");
        t->dims[t->n_dims++] = d;
        p = end;
    }
    const int64_t n = aq_weights_count(t->dims, t->n_dims, (int64_t)bytes);
    if (n < 0 || (uint64_t)n * aq_dtype_bytes(t->dtype) != bytes)
        return fail_npy(path,
                        "does not have as many bytes as its shape needs; it is cut "
                        "short or damaged");
    t->count = (size_t)n;
    set_strides(t, fortran);
    return AQ_OK;
}

int aq_npy_is(const unsigned char *bytes, size_t n)
{
    return n >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
}

AqErr aq_npy_parse(AqWeight *t, const char *path, const unsigned char *b, size_t n)
{
    char header[MAX_HEADER + 1];

    if (n < 12 || !aq_npy_is(b, n))
        return fail_npy(path, "is not a .npy file");
    if (b[6] < 1 || b[6] > 3)
        return fail_npy(path, "is a .npy file of an unsupported version");
    const size_t at = b[6] == 1 ? 10 : 12;
    const size_t len = b[6] == 1 ? aq_little16(b + 8) : aq_little32(b + 8);
    if (len > MAX_HEADER || len > n - at)
        return fail_npy(path, "has a header longer than the file");
    memcpy(header, b + at, len);
    header[len] = '\0';
    AqErr err = read_descr(t, header, path);
    if (err == AQ_OK)
        err = read_npy_shape(t, header, path, n - at - len);
    t->data = b + at + len;
    return err;
}

AqErr aq_npy_read(AqNpy *out, const char *path)
{
    char *bytes = NULL;
    size_t n = 0;
    AqWeight t = {.name = path};

    *out = (AqNpy){0};
    AqErr err = aq_fs_read(path, MAX_FILE, &bytes, &n);
    if (err == AQ_OK)
        err = aq_npy_parse(&t, path, (const unsigned char *)bytes, n);
    if (err == AQ_OK) {
        out->data = aq_alloc(t.count, aq_dtype_bytes(t.dtype));
        err = out->data ? AQ_OK : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK) {
        out->dtype = t.dtype;
        out->n_dims = t.n_dims;
        out->count = t.count;
        memcpy(out->dims, t.dims, sizeof out->dims);
        aq_weight_to_bytes(&t, 0, t.count, out->data);
    }
    aq_free(bytes);
    return err;
}

/* A weight file of one array, called "array". */
static AqErr read_npy(AqWeights *w)
{
    AqWeight *t;
    const AqErr err = aq_weights_add(w, "array", 5, &t);

    return err == AQ_OK ? aq_npy_parse(t, w->path, w->file.bytes, w->file.n) : err;
}

const AqWeightsFormat aq_format_npy = {
    .name = "npy", .is = aq_npy_is, .read = read_npy};

void aq_npy_clear(AqNpy *a)
{
    aq_free(a->data);
    *a = (AqNpy){0};
}

#define WIDEN(type)                                                                    \
    for (size_t k = 0; k < a->count; k++)                                              \
    out[k] = (float)((const type *)a->data)[k]

void aq_npy_to_floats(const AqNpy *a, float *out)
{
    switch (a->dtype) {
    case AQ_F64:
        WIDEN(double);
        break;
    case AQ_F32:
        memcpy(out, a->data, a->count * sizeof *out);
        break;
    case AQ_F16:
        aq_half_to_floats(out, a->data, a->count);
        break;
    case AQ_BF16:
        aq_bf16_to_floats(out, a->data, a->count);
        break;
    case AQ_I64:
        WIDEN(int64_t);
        break;
    case AQ_I32:
        WIDEN(int32_t);
        break;
    case AQ_I16:
        WIDEN(int16_t);
        break;
    case AQ_I8:
        WIDEN(int8_t);
        break;
    case AQ_U8:
    case AQ_BOOL:
        WIDEN(uint8_t);
        break;
    }
}

const char *aq_npy_descr(AqDtype dtype)
{
    for (size_t k = 0; k < sizeof descrs / sizeof *descrs; k++)
        if (descrs[k].dtype == dtype)
            return descrs[k].descr;
    return NULL;
}
