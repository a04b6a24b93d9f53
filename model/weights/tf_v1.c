/* SPDX-License-Identifier: MIT */
/*
 * TensorFlow's first checkpoints (tensorflow/core/util/saved_tensor_slice.proto,
 * tensor_slice_writer.cc), what vggish_model.ckpt is: a table whose key "" holds names,
 * shapes and types, and whose other keys hold the values, as packed floats that are
 * used where they lie. Variables that are cut into several slices are refused.
 */
#include "model/weights/tf_priv.h"

#include <string.h>

static int is_v1(const unsigned char *bytes, size_t n)
{
    AqTfBytes first;
    AqTfField f;

    return aq_tf_first(bytes, n, &first) &&
           (first.at == first.end ||
            (aq_tf_field(&first, &f) == 1 && f.number == 1 && f.wire == 2));
}

/* What TensorProto holds: field numbers of its values, and whether they are packed. */
typedef struct Values {
    AqDtype dtype;
    int is_known;
    AqTfBytes floats, doubles, content;
    AqWeight shape;
} Values;

static AqErr read_tensor(const AqWeights *w, AqTfBytes m, Values *v)
{
    AqTfField f;
    AqErr err = AQ_OK;
    int more;

    while (err == AQ_OK && (more = aq_tf_field(&m, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "a tensor makes no sense");
        if (f.number == 1 && f.wire == 0)
            v->is_known = aq_tf_dtype(f.value, &v->dtype);
        else if (f.number == 2 && f.wire == 2)
            err = aq_tf_shape(w, f.bytes, &v->shape);
        else if (f.number == 4 && f.wire == 2)
            v->content = f.bytes;
        else if (f.number == 5 && f.wire == 2)
            v->floats = f.bytes;
        else if (f.number == 6 && f.wire == 2)
            v->doubles = f.bytes;
    }
    return err;
}

/* SavedSlice: name, slice, data. */
static AqErr read_slice(AqWeights *w, AqTfBytes m, AqTfBytes *name, Values *v)
{
    AqTfField f;
    AqErr err = AQ_OK;
    int more;

    while (err == AQ_OK && (more = aq_tf_field(&m, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "a tensor makes no sense");
        if (f.number == 1 && f.wire == 2)
            *name = f.bytes;
        else if (f.number == 3 && f.wire == 2)
            err = read_tensor(w, f.bytes, v);
    }
    return err;
}

/* The shape that the key "" gave, and the slices beside it. */
static AqErr add_values(AqWeights *w, AqTfBytes name, Values *v)
{
    const size_t n = (size_t)(name.end - name.at);
    const AqTfBytes raw = v->content.at        ? v->content
                          : v->dtype == AQ_F32 ? v->floats
                                               : v->doubles;
    const char *text = aq_weights_text(w, (const char *)name.at, n);

    if (!text)
        return AQ_ERR_NOMEM;
    AqWeight *t = (AqWeight *)(uintptr_t)aq_weights_find(w, text);
    if (!t)
        return aq_tf_bad(w, "it holds values that its list does not have");
    if (t->data)
        return aq_tf_bad(w, "it holds one tensor's values twice");
    if (!v->is_known || v->dtype != t->dtype)
        return aq_tf_bad(w, "its list and its values are of different types");
    if (raw.end - raw.at != (int64_t)(t->count * aq_dtype_bytes(t->dtype)))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: tensor %s has not as many values as its shape needs; the "
                       "file is damaged",
                       w->path, t->name);
    t->data = raw.at ? raw.at : w->file.bytes;
    return AQ_OK;
}

static AqErr fill(void *ctx, const char *key, size_t key_bytes, AqTfBytes value)
{
    AqWeights *w = ctx;
    AqTfBytes name = {0};
    Values v = {0};
    AqTfField f;
    AqErr err = AQ_OK;
    int more;

    (void)key;
    if (key_bytes == 0)
        return AQ_OK;
    while (err == AQ_OK && (more = aq_tf_field(&value, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "a tensor makes no sense");
        if (f.number == 2 && f.wire == 2)
            err = read_slice(w, f.bytes, &name, &v);
    }
    if (err != AQ_OK)
        return err;
    if (v.is_known && v.dtype != AQ_F32 && v.dtype != AQ_F64)
        return AQ_OK; /* a counter of steps and its like; the list has left it out */
    return name.at ? add_values(w, name, &v) : aq_tf_bad(w, "a tensor has no name");
}

/* SavedSliceMeta: name, shape, type, slices. */
static AqErr read_description(AqWeights *w, AqTfBytes m)
{
    AqTfBytes name = {0};
    AqWeight shape = {.name = ""}, *t;
    AqDtype dtype = AQ_F32;
    AqTfField f;
    AqErr err = AQ_OK;
    int more, n_slices = 0, known = 0;

    while (err == AQ_OK && (more = aq_tf_field(&m, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "its list of tensors makes no sense");
        if (f.number == 1 && f.wire == 2)
            name = f.bytes;
        else if (f.number == 2 && f.wire == 2)
            err = aq_tf_shape(w, f.bytes, &shape);
        else if (f.number == 3 && f.wire == 0)
            known = aq_tf_dtype(f.value, &dtype);
        n_slices += f.number == 4;
    }
    if (err != AQ_OK)
        return err;
    const int n = name.end - name.at < 200 ? (int)(name.end - name.at) : 200;
    if (!name.at || n == 0)
        return aq_tf_bad(w, "a tensor has no name");
    if (!known || (dtype != AQ_F32 && dtype != AQ_F64))
        return aq_weights_add_note(w, "left out: %.*s, which is no floating-point one",
                                   n, (const char *)name.at);
    if (n_slices > 1)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: tensor %.*s is cut into %d slices; write the checkpoint "
                       "without a partitioner",
                       w->path, n, (const char *)name.at, n_slices);
    err = aq_weights_add(w, (const char *)name.at, (size_t)(name.end - name.at), &t);
    if (err != AQ_OK)
        return err;
    t->dtype = dtype;
    t->n_dims = shape.n_dims;
    memcpy(t->dims, shape.dims, sizeof t->dims);
    aq_weight_pack(t);
    return aq_weight_set_count(w, t, w->file.n);
}

static AqErr read_list(AqWeights *w, AqTfBytes m)
{
    AqTfField f;
    AqErr err = AQ_OK;
    int more;

    while (err == AQ_OK && (more = aq_tf_field(&m, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "its list of tensors makes no sense");
        if (f.number == 1 && f.wire == 2)
            err = read_description(w, f.bytes);
    }
    return err;
}

static AqErr nothing(void *ctx, const char *key, size_t key_bytes, AqTfBytes value)
{
    (void)ctx, (void)key, (void)key_bytes, (void)value;
    return AQ_OK;
}

static AqErr check_v1(const AqWeights *w)
{
    return aq_tf_table_walk(w, 1, nothing, NULL);
}

static AqErr read_v1(AqWeights *w)
{
    AqTfBytes first;
    AqTfField f;

    w->check = check_v1;
    if (!aq_tf_first(w->file.bytes, w->file.n, &first))
        return aq_tf_bad(w, "it has no list of tensors");
    AqErr err = AQ_OK;
    int more;
    while (err == AQ_OK && (more = aq_tf_field(&first, &f)) != 0) {
        if (more < 0)
            return aq_tf_bad(w, "its list of tensors makes no sense");
        if (f.number == 1 && f.wire == 2)
            err = read_list(w, f.bytes);
    }
    if (err == AQ_OK)
        err = aq_weights_sort(w);
    if (err == AQ_OK)
        err = aq_tf_table_walk(w, 0, fill, w);
    for (size_t k = 0; err == AQ_OK && k < w->n; k++)
        if (!w->v[k].data)
            err = aq_fail(AQ_ERR_FORMAT, "%s: the values of tensor %s are missing",
                          w->path, w->v[k].name);
    return err;
}

const AqWeightsFormat aq_format_tf_v1 = {.name = "tf-v1", .is = is_v1, .read = read_v1};
