/* SPDX-License-Identifier: MIT */
/*
 * safetensors (huggingface/safetensors, README "Format"): 8 bytes little-endian N, N
 * bytes of JSON {"name": {"dtype", "shape", "data_offsets": [from, to]}, ...,
 * "__metadata__": {text: text}}, then the data, which the offsets refer to. Everything
 * is checked: the arrays must cover the rest of the file without gaps or overlaps.
 */
#include "model/weights/weights_priv.h"

#include "base/alloc.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 8 };
#define MAX_HEADER (100u << 20)

static int is_safetensors(const unsigned char *bytes, size_t n)
{
    return n > HEAD_BYTES && bytes[HEAD_BYTES] == '{';
}

static AqErr fail_safetensor(const AqWeights *w, const char *name, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: tensor %s %s; the file is damaged", w->path,
                   name, what);
}

static AqErr read_safetensors_meta(AqWeights *w, json_t *o)
{
    const char *key;
    json_t *v;

    if (!json_is_object(o))
        return aq_fail(AQ_ERR_FORMAT, "%s: its __metadata__ is not an object", w->path);
    w->meta = aq_arena_alloc(w->arena, json_object_size(o) + 1, sizeof *w->meta);
    if (!w->meta)
        return AQ_ERR_NOMEM;
    json_object_foreach(o, key, v)
    {
        if (!json_is_string(v))
            return aq_fail(AQ_ERR_FORMAT, "%s: its metadata '%s' is not text", w->path,
                           key);
        AqWeightsMeta *m = &w->meta[w->n_meta++];
        m->key = aq_weights_text(w, key, strlen(key));
        m->text = aq_weights_text(w, json_string_value(v), json_string_length(v));
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
    return name ? aq_fail(AQ_ERR_UNSUPPORTED,
                          "%s: tensor %s is of the unsupported type %s", w->path,
                          t->name, name)
                : fail_safetensor(w, t->name, "has no dtype");
}

static AqErr read_safetensors_shape(const AqWeights *w, AqWeight *t, json_t *o)
{
    json_t *shape = json_object_get(o, "shape");
    const size_t n = json_array_size(shape);

    if (!json_is_array(shape) || n > AQ_WEIGHTS_MAX_DIMS)
        return fail_safetensor(w, t->name, "has no shape of at most 8 dimensions");
    for (size_t k = 0; k < n; k++) {
        json_t *d = json_array_get(shape, k);

        if (!json_is_integer(d) || json_integer_value(d) < 0)
            return fail_safetensor(w, t->name,
                                   "has a dimension that is not a whole number");
        t->dims[t->n_dims++] = json_integer_value(d);
    }
    return aq_weight_set_count(w, t, w->file.n);
}

/* [from, to) in the data after the header. */
static AqErr read_range(const AqWeights *w, AqWeight *t, json_t *o, size_t base)
{
    json_t *range = json_object_get(o, "data_offsets");
    json_t *a = json_array_get(range, 0), *b = json_array_get(range, 1);

    if (json_array_size(range) != 2 || !json_is_integer(a) || !json_is_integer(b))
        return fail_safetensor(w, t->name, "has no data_offsets");
    const json_int_t from = json_integer_value(a), to = json_integer_value(b);
    if (from < 0 || to < from || (uint64_t)to > w->file.n - base)
        return fail_safetensor(w, t->name, "lies outside the file");
    if ((uint64_t)(to - from) != (uint64_t)t->count * aq_dtype_bytes(t->dtype))
        return fail_safetensor(w, t->name,
                               "does not have as many bytes as its shape needs");
    t->data = w->file.bytes + base + (size_t)from;
    return AQ_OK;
}

static AqErr read_tensor(AqWeights *w, const char *name, json_t *o, size_t base)
{
    AqWeight *t;
    AqErr err = aq_weights_add(w, name, strlen(name), &t);

    if (err == AQ_OK)
        err = read_dtype(w, t, o);
    if (err == AQ_OK)
        err = read_safetensors_shape(w, t, o);
    if (err == AQ_OK)
        err = read_range(w, t, o, base);
    return err;
}

static int compare_tensor_places(const void *a, const void *b)
{
    const AqWeight *x = a, *y = b;
    const uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;

    if (p != q)
        return p < q ? -1 : 1;
    return (x->count > y->count) - (x->count < y->count); /* empty ones first */
}

static AqErr check_cover(AqWeights *w, size_t base)
{
    const unsigned char *at = w->file.bytes + base;

    if (w->n > 0)
        qsort(w->v, w->n, sizeof *w->v, compare_tensor_places);
    for (size_t k = 0; k < w->n; k++) {
        const AqWeight *t = &w->v[k];

        if ((const unsigned char *)t->data != at)
            return fail_safetensor(w, t->name, "overlaps another one or leaves a gap");
        at += t->count * aq_dtype_bytes(t->dtype);
    }
    if (at != w->file.bytes + w->file.n)
        return aq_fail(AQ_ERR_FORMAT, "%s: has %zu bytes after its last tensor",
                       w->path, (size_t)(w->file.bytes + w->file.n - at));
    return AQ_OK;
}

static AqErr read_header(AqWeights *w, json_t *root, size_t base)
{
    const char *name;
    json_t *v;
    AqErr err = AQ_OK;

    json_object_foreach(root, name, v)
    {
        if (strcmp(name, "__metadata__") == 0)
            err = read_safetensors_meta(w, v);
        else if (!json_is_object(v))
            err = fail_safetensor(w, name, "has no description");
        else
            err = read_tensor(w, name, v, base);
        if (err != AQ_OK)
            return err;
    }
    return check_cover(w, base);
}

static AqErr read_safetensors(AqWeights *w)
{
    json_error_t e;
    const uint64_t n = aq_little64(w->file.bytes);

    if (n > MAX_HEADER || n > w->file.n - HEAD_BYTES)
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: its header should have %llu bytes, but the file has %zu; it is cut "
            "short or damaged",
            w->path, (unsigned long long)n, w->file.n);
    json_t *root = json_loadb((const char *)w->file.bytes + HEAD_BYTES, (size_t)n,
                              JSON_REJECT_DUPLICATES, &e);
    if (!root || !json_is_object(root)) {
        json_decref(root);
        return aq_fail(AQ_ERR_FORMAT, "%s: its header is not a JSON object: %s",
                       w->path, e.text);
    }
    const AqErr err = read_header(w, root, HEAD_BYTES + (size_t)n);
    json_decref(root);
    return err;
}

const AqWeightsFormat aq_format_safetensors = {
    .name = "safetensors", .is = is_safetensors, .read = read_safetensors};
