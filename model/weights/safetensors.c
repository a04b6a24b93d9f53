/* SPDX-License-Identifier: MIT */
/*
 * safetensors (huggingface/safetensors, README "Format"): 8 bytes little-endian N, N
 * bytes of JSON {"name": {"dtype", "shape", "data_offsets": [from, to]}, ...,
 * "__metadata__": {text: text}}, then the data that offsets count in. Everything is
 * checked: the data must cover the rest of the file without gaps or overlaps.
 */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 8 };
#define MAX_HEADER (100u << 20)

static uint64_t little64(const unsigned char *p)
{
    uint64_t v = 0;

    for (int k = 7; k >= 0; k--)
        v = v << 8 | p[k];
    return v;
}

int aq_safetensors_is(const unsigned char *bytes, size_t n)
{
    return n > HEAD_BYTES && bytes[HEAD_BYTES] == '{';
}

static const char *keep_text(AqWeights *w, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *p = aq_arena_alloc(w->arena, n, 1);

    if (p)
        memcpy(p, text, n);
    return p;
}

static AqErr bad(const AqWeights *w, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: tensor %s %s; the file is damaged", w->path,
                   name, what);
}

static AqErr read_meta(AqWeights *w, json_t *o)
{
    const char *key;
    json_t *v;

    if (!json_is_object(o))
        return aq_fail(AQ_ERR_FORMAT, "%s: its __metadata__ is no object", w->path);
    w->meta = aq_arena_alloc(w->arena, json_object_size(o) + 1, sizeof *w->meta);
    if (!w->meta)
        return AQ_ERR_NOMEM;
    json_object_foreach(o, key, v)
    {
        if (!json_is_string(v))
            return aq_fail(AQ_ERR_FORMAT, "%s: its metadata '%s' is no text", w->path,
                           key);
        AqWeightsMeta *m = &w->meta[w->n_meta++];
        m->key = keep_text(w, key);
        m->text = keep_text(w, json_string_value(v));
        if (!m->key || !m->text)
            return AQ_ERR_NOMEM;
    }
    return AQ_OK;
}

static AqErr read_dtype(const AqWeights *w, AqWeight *t, json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "dtype"));

    for (int k = AQ_F64; name && k <= AQ_BOOL; k++)
        if (strcmp(name, aq_dtype_name((AqDtype)k)) == 0) {
            t->dtype = (AqDtype)k;
            return AQ_OK;
        }
    return name ? aq_fail(AQ_ERR_UNSUPPORTED, "%s: tensor %s is of the type %s",
                          w->path, t->name, name)
                : bad(w, t->name, "has no dtype");
}

static AqErr read_shape(const AqWeights *w, AqWeight *t, json_t *o)
{
    json_t *shape = json_object_get(o, "shape");
    const size_t n = json_array_size(shape);

    if (!json_is_array(shape) || n > AQ_WEIGHTS_MAX_DIMS)
        return bad(w, t->name, "has no shape of at most 8 dimensions");
    for (size_t k = 0; k < n; k++) {
        json_t *d = json_array_get(shape, k);

        if (!json_is_integer(d) || json_integer_value(d) < 0)
            return bad(w, t->name, "has a dimension that is no whole number");
        t->dims[t->n_dims++] = json_integer_value(d);
    }
    const int64_t count = aq_weights_count(t->dims, t->n_dims, (int64_t)w->n_bytes);
    if (count < 0)
        return bad(w, t->name, "is larger than its file");
    t->count = (size_t)count;
    return AQ_OK;
}

/* [from, to) in the data behind the header. */
static AqErr read_range(const AqWeights *w, AqWeight *t, json_t *o, size_t base)
{
    json_t *range = json_object_get(o, "data_offsets");
    json_t *a = json_array_get(range, 0), *b = json_array_get(range, 1);

    if (json_array_size(range) != 2 || !json_is_integer(a) || !json_is_integer(b))
        return bad(w, t->name, "has no data_offsets");
    const json_int_t from = json_integer_value(a), to = json_integer_value(b);
    if (from < 0 || to < from || (uint64_t)to > w->n_bytes - base)
        return bad(w, t->name, "lies outside the file");
    if ((uint64_t)(to - from) != (uint64_t)t->count * aq_dtype_bytes(t->dtype))
        return bad(w, t->name, "has not as many bytes as its shape needs");
    t->data = w->bytes + base + (size_t)from;
    return AQ_OK;
}

/* Arrays that a writer put at odd places are moved to an aligned copy. */
static AqErr align(AqWeights *w, AqWeight *t)
{
    const size_t size = aq_dtype_bytes(t->dtype);

    if ((uintptr_t)t->data % size == 0 || t->count == 0)
        return AQ_OK;
    void *copy = aq_arena_alloc(w->arena, t->count, size);
    if (!copy)
        return AQ_ERR_NOMEM;
    memcpy(copy, t->data, t->count * size);
    t->data = copy;
    return AQ_OK;
}

static AqErr read_tensor(AqWeights *w, const char *name, json_t *o, size_t base)
{
    AqWeight *t = &w->v[w->n];

    *t = (AqWeight){.name = keep_text(w, name)};
    if (!t->name)
        return AQ_ERR_NOMEM;
    AqErr err = read_dtype(w, t, o);
    if (err == AQ_OK)
        err = read_shape(w, t, o);
    if (err == AQ_OK)
        err = read_range(w, t, o, base);
    w->n += err == AQ_OK;
    return err;
}

static int by_place(const void *a, const void *b)
{
    const AqWeight *x = a, *y = b;
    const uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;

    if (p != q)
        return p < q ? -1 : 1;
    return (x->count > y->count) - (x->count < y->count); /* empty ones first */
}

static AqErr check_cover(AqWeights *w, size_t base)
{
    const unsigned char *at = w->bytes + base;
    AqErr err = AQ_OK;

    if (w->n > 0)
        qsort(w->v, w->n, sizeof *w->v, by_place);
    for (size_t k = 0; k < w->n; k++) {
        const AqWeight *t = &w->v[k];

        if ((const unsigned char *)t->data != at)
            return bad(w, t->name, "overlaps another one or leaves a gap");
        at += t->count * aq_dtype_bytes(t->dtype);
    }
    if (at != w->bytes + w->n_bytes)
        return aq_fail(AQ_ERR_FORMAT, "%s: has %zu bytes behind its last tensor",
                       w->path, (size_t)(w->bytes + w->n_bytes - at));
    for (size_t k = 0; err == AQ_OK && k < w->n; k++)
        err = align(w, &w->v[k]);
    return err;
}

static AqErr read_header(AqWeights *w, json_t *root, size_t base)
{
    const char *name;
    json_t *v;
    AqErr err = AQ_OK;

    w->v = aq_arena_alloc(w->arena, json_object_size(root) + 1, sizeof *w->v);
    if (!w->v)
        return AQ_ERR_NOMEM;
    json_object_foreach(root, name, v)
    {
        if (strcmp(name, "__metadata__") == 0)
            err = read_meta(w, v);
        else if (!json_is_object(v))
            err = bad(w, name, "has no description");
        else
            err = read_tensor(w, name, v, base);
        if (err != AQ_OK)
            return err;
    }
    return check_cover(w, base);
}

AqErr aq_safetensors_read(AqWeights *w)
{
    json_error_t e;
    const uint64_t n = little64(w->bytes);

    if (n > MAX_HEADER || n > w->n_bytes - HEAD_BYTES)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: its header is said to have %llu bytes, and the file has %zu; "
            "it is cut short or damaged",
            w->path, (unsigned long long)n, w->n_bytes);
    json_t *root = json_loadb((const char *)w->bytes + HEAD_BYTES, (size_t)n,
                              JSON_REJECT_DUPLICATES, &e);
    if (!root || !json_is_object(root)) {
        json_decref(root);
        return aq_fail(AQ_ERR_FORMAT, "%s: its header is no JSON object: %s", w->path,
                       e.text);
    }
    const AqErr err = read_header(w, root, HEAD_BYTES + (size_t)n);
    json_decref(root);
    return err;
}
