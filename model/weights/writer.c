/* SPDX-License-Identifier: MIT */
/*
 * Writing safetensors: the header is padded so that data start at a multiple of 64.
 * Arrays fetched later are described before they are known; if one is left out after
 * all, the data move up and the header, now shorter, is written again.
 */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/half.h"
#include "base/text/json.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16, BASE_ALIGN = 64, INT8_MOST = 127 };

typedef struct WriterEntry {
    char *name;
    int n_dims;
    int64_t dims[AQ_WEIGHTS_MAX_DIMS];
    size_t count;
    const float *data;
    void *owned;
    AqWeight from; /* instead of data: another file's array, unchanged */
    int later;     /* instead of data: to be fetched */
    int left_out;  /* fetch gave no data */
    AqDtype as;
} WriterEntry;

struct AqWeightsWriter {
    WriterEntry *v;
    size_t n;
    json_t *meta;
};

AqErr aq_weights_writer_new(AqWeightsWriter **out)
{
    *out = NULL;
    AqWeightsWriter *w = aq_alloc(1, sizeof *w);
    if (!w)
        return AQ_ERR_NOMEM;
    w->meta = json_object();
    if (!w->meta) {
        aq_free(w);
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    }
    *out = w;
    return AQ_OK;
}

void aq_weights_writer_free(AqWeightsWriter **wp)
{
    AqWeightsWriter *w = *wp;

    if (!w)
        return;
    for (size_t k = 0; k < w->n; k++) {
        aq_free(w->v[k].name);
        aq_free(w->v[k].owned);
    }
    aq_free(w->v);
    json_decref(w->meta);
    aq_free(w);
    *wp = NULL;
}

AqErr aq_weights_writer_meta(AqWeightsWriter *w, const char *key, const char *text)
{
    if (!text)
        (void)json_object_del(w->meta, key); /* absent is fine */
    else if (json_object_set_new(w->meta, key, json_string(text)) != 0)
        return aq_fail(AQ_ERR_USAGE, "metadata '%s' is not UTF-8 text", key);
    return AQ_OK;
}

static AqErr add_entry(AqWeightsWriter *w, const char *name, int n_dims,
                       const int64_t *dims, const float *data, AqDtype as)
{
    if (n_dims < 0 || n_dims > AQ_WEIGHTS_MAX_DIMS)
        return aq_fail(AQ_ERR_USAGE, "%s: %d dimensions", name, n_dims);
    WriterEntry *v = aq_grow(w->v, w->n, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    w->v = v;
    WriterEntry *e = &w->v[w->n];
    *e = (WriterEntry){
        .name = aq_strdup(name), .n_dims = n_dims, .count = 1, .data = data, .as = as};
    if (!e->name)
        return AQ_ERR_NOMEM;
    for (int k = 0; k < n_dims; k++) {
        e->dims[k] = dims[k];
        e->count *= (size_t)dims[k];
    }
    w->n++;
    return AQ_OK;
}

AqErr aq_weights_writer_add(AqWeightsWriter *w, const char *name, int n_dims,
                            const int64_t *dims, const float *data, AqDtype as)
{
    if (as != AQ_F32 && as != AQ_F16)
        return aq_fail(AQ_ERR_USAGE, "%s: %s is not written", name, aq_dtype_name(as));
    return add_entry(w, name, n_dims, dims, data, as);
}

AqErr aq_weights_writer_add_later(AqWeightsWriter *w, const char *name, int n_dims,
                                  const int64_t *dims, AqDtype as)
{
    const AqErr err = aq_weights_writer_add(w, name, n_dims, dims, NULL, as);

    if (err == AQ_OK)
        w->v[w->n - 1].later = 1;
    return err;
}

AqErr aq_weights_writer_add_weight(AqWeightsWriter *w, const char *name,
                                   const AqWeight *t)
{
    const AqErr err = add_entry(w, name, t->n_dims, t->dims, NULL, t->dtype);

    if (err == AQ_OK)
        w->v[w->n - 1].from = *t;
    return err;
}

/* Rows of n values; their scales into `scales`. */
static void quantise_rows(signed char *to, float *scales, const float *x, size_t rows,
                          size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n, to += n) {
        float most = 0;

        for (size_t k = 0; k < n; k++)
            most = fmaxf(most, fabsf(x[k]));
        scales[r] = most / INT8_MOST;
        for (size_t k = 0; k < n; k++)
            to[k] = (signed char)(scales[r] > 0 ? rintf(x[k] / scales[r]) : 0);
    }
}

/* An array whose values the writer owns from here on, success or not. */
static AqErr add_owned(AqWeightsWriter *w, const char *name, const AqWeight *t,
                       void *values)
{
    const AqErr err = aq_weights_writer_add_weight(w, name, t);

    if (err == AQ_OK) {
        WriterEntry *e = &w->v[w->n - 1];

        e->owned = values;
        e->from.data = values;
        aq_weight_pack(&e->from);
    } else
        aq_free(values);
    return err;
}

AqErr aq_weights_writer_add_int8(AqWeightsWriter *w, const char *name,
                                 const AqWeight *t)
{
    const size_t rows = t->n_dims > 0 ? (size_t)t->dims[0] : 1,
                 n = rows ? t->count / rows : 0;
    float *x = aq_alloc(t->count + 1, sizeof *x),
          *scales = aq_alloc(rows + 1, sizeof *scales);
    signed char *v = aq_alloc(t->count + 1, 1);
    char *full = aq_strf("%s" AQ_SCALE_SUFFIX, name);
    AqErr err = x && scales && v && full ? AQ_OK : AQ_ERR_NOMEM;
    AqWeight as = *t, of = {.dtype = AQ_F32, .n_dims = 1, .dims = {(int64_t)rows}};

    if (err == AQ_OK)
        err = aq_weight_to_floats(t, 0, t->count, x);
    if (err == AQ_OK)
        quantise_rows(v, scales, x, rows, n);
    as.dtype = AQ_I8;
    as.scales = NULL;
    as.big_endian = 0;
    of.count = rows;
    if (err == AQ_OK) {
        err = add_owned(w, name, &as, v);
        v = NULL;
    }
    if (err == AQ_OK) {
        err = add_owned(w, full, &of, scales);
        scales = NULL;
    }
    aq_free(x);
    aq_free(v);
    aq_free(scales);
    aq_free(full);
    return err;
}

AqErr aq_weights_writer_add_copy(AqWeightsWriter *w, const char *name, int n_dims,
                                 const int64_t *dims, const float *data, AqDtype as)
{
    size_t count = 1;

    for (int k = 0; k < n_dims; k++)
        count *= (size_t)dims[k];
    float *copy = aq_alloc(count, sizeof *copy);
    if (!copy)
        return AQ_ERR_NOMEM;
    memcpy(copy, data, count * sizeof *copy);
    const AqErr err = aq_weights_writer_add(w, name, n_dims, dims, copy, as);
    if (err == AQ_OK)
        w->v[w->n - 1].owned = copy;
    else
        aq_free(copy);
    return err;
}

static json_t *describe_tensor(const WriterEntry *e, size_t *at)
{
    json_t *shape = json_array();
    const size_t from = *at;

    for (int k = 0; k < e->n_dims; k++)
        (void)json_array_append_new(shape, json_integer(e->dims[k]));
    *at += e->count * aq_dtype_bytes(e->as);
    return json_pack("{s:s, s:o, s:[I,I]}", "dtype", aq_dtype_name(e->as), "shape",
                     shape, "data_offsets", (json_int_t)from, (json_int_t)*at);
}

/* The header's text, padded with blanks to *bytes or, if that is 0, as needed. Gives.
 */
static AqErr build_header_text(const AqWeightsWriter *w, char **out, size_t *bytes)
{
    json_t *root = json_object();
    size_t at = 0;
    int bad = !root;

    if (json_object_size(w->meta) > 0)
        bad |= json_object_set(root, "__metadata__", w->meta) != 0;
    for (size_t k = 0; !bad && k < w->n; k++) {
        if (w->v[k].left_out)
            continue;
        bad = json_object_get(root, w->v[k].name) != NULL;
        if (bad) {
            json_decref(root);
            return aq_fail(AQ_ERR_USAGE, "two tensors are called %s", w->v[k].name);
        }
        bad = json_object_set_new(root, w->v[k].name, describe_tensor(&w->v[k], &at)) !=
              0;
    }
    char *text = bad ? NULL : aq_json_text(root, JSON_COMPACT);
    json_decref(root);
    const size_t n = text ? strlen(text) : 0;
    if (*bytes == 0)
        *bytes = (n + 8 + BASE_ALIGN - 1) / BASE_ALIGN * BASE_ALIGN - 8;
    const int fits = n <= *bytes;
    *out = text && fits ? aq_alloc(*bytes + 1, 1) : NULL;
    if (*out) {
        memset(*out, ' ', *bytes);
        memcpy(*out, text, n);
    }
    aq_free(text);
    if (!fits)
        return aq_fail(AQ_ERR_USAGE, "metadata got longer while the data were written");
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "out of memory");
}

static AqErr write_from(AqFsWriter *f, const AqWeight *t)
{
    unsigned char raw[PIECE];
    const size_t size = aq_dtype_bytes(t->dtype), piece = sizeof raw / size;
    AqErr err = AQ_OK;

    for (size_t at = 0; err == AQ_OK && at < t->count; at += piece) {
        const size_t n = t->count - at < piece ? t->count - at : piece;

        aq_weight_to_bytes(t, at, n, raw);
        err = aq_fs_write(f, raw, n * size);
    }
    return err;
}

static AqErr write_data(AqFsWriter *f, const WriterEntry *e)
{
    uint16_t half[PIECE / sizeof(uint16_t)];
    const size_t piece = sizeof half / sizeof *half;
    AqErr err = AQ_OK;

    if (!e->data)
        return write_from(f, &e->from);
    if (e->as == AQ_F32)
        return aq_fs_write(f, e->data, e->count * sizeof *e->data);
    for (size_t at = 0; err == AQ_OK && at < e->count; at += piece) {
        const size_t n = e->count - at < piece ? e->count - at : piece;

        aq_half_from_floats(half, e->data + at, n);
        err = aq_fs_write(f, half, n * sizeof *half);
    }
    return err;
}

static AqErr write_header(const AqWeightsWriter *w, AqFsWriter *f, size_t *bytes)
{
    char *text = NULL;
    unsigned char head[8];
    AqErr err = build_header_text(w, &text, bytes);

    if (err != AQ_OK)
        return err;
    for (int k = 0; k < 8; k++)
        head[k] = (unsigned char)((uint64_t)*bytes >> (8 * k));
    err = aq_fs_write(f, head, sizeof head);
    if (err == AQ_OK)
        err = aq_fs_write(f, text, *bytes);
    aq_free(text);
    return err;
}

AqErr aq_weights_writer_write(AqWeightsWriter *w, AqFsWriter *f, AqWeightsFetch fetch,
                              void *ctx)
{
    size_t bytes = 0;
    int any_later = 0;
    AqErr err = write_header(w, f, &bytes);

    for (size_t k = 0; err == AQ_OK && k < w->n; k++) {
        WriterEntry *e = &w->v[k];

        assert(fetch || !e->later);
        if (e->later)
            err = fetch(ctx, w, e->name, &e->data);
        any_later |= e->later;
        e->left_out = e->later && !e->data;
        if (err == AQ_OK && !e->left_out)
            err = write_data(f, e);
        if (e->later)
            e->data = NULL;
    }
    if (err != AQ_OK || !any_later)
        return err;
    if (fseek(f->f, 0, SEEK_SET) != 0)
        return aq_fail_errno(f->path);
    return write_header(w, f, &bytes);
}

AqErr aq_weights_writer_commit(AqWeightsWriter *w, const char *path)
{
    AqFsWriter f;
    AqErr err = aq_fs_write_begin(&f, path);

    if (err != AQ_OK)
        return err;
    err = aq_weights_writer_write(w, &f, NULL, NULL);
    if (err == AQ_OK)
        return aq_fs_write_commit(&f);
    aq_fs_write_abort(&f);
    return err;
}
