/* SPDX-License-Identifier: MIT */
/*
 * TensorFlow's first checkpoints (tensorflow/core/util/saved_tensor_slice.proto,
 * tensor_slice_writer.cc), such as vggish_model.ckpt: a table whose key "" holds names,
 * shapes and types, and whose other keys hold the values, as packed floats that are
 * used in place; these TensorProtos have values alone, no type and no shape. Variables
 * split into several slices are refused.
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

/* SavedSlice: a name and a TensorProto with its values. */
typedef struct Values {
    AqWeights *w;
    AqTfBytes name;
    AqDtype dtype;
    int has_dtype, is_known;
    AqTfBytes floats, doubles, content;
} Values;

static AqErr see_tensor(void *ctx, const AqTfField *f)
{
    Values *v = ctx;

    if (aq_tf_is_varint(f, 1)) {
        v->has_dtype = 1;
        v->is_known = aq_tf_dtype(f->value, &v->dtype);
    } else if (aq_tf_is_bytes(f, 4))
        v->content = f->bytes;
    else if (aq_tf_is_bytes(f, 5))
        v->floats = f->bytes;
    else if (aq_tf_is_bytes(f, 6))
        v->doubles = f->bytes;
    return AQ_OK;
}

static AqErr see_slice(void *ctx, const AqTfField *f)
{
    Values *v = ctx;

    if (aq_tf_is_bytes(f, 1))
        v->name = f->bytes;
    return aq_tf_is_bytes(f, 3) ? aq_tf_each(v->w, f->bytes, "a tensor", see_tensor, v)
                                : AQ_OK;
}

/* SavedTensorSlices with data. */
static AqErr see_data(void *ctx, const AqTfField *f)
{
    Values *v = ctx;

    return aq_tf_is_bytes(f, 2) ? aq_tf_each(v->w, f->bytes, "a tensor", see_slice, v)
                                : AQ_OK;
}

/* The shape from the key "", and the number of slices. */
static AqErr add_tf_v1_values(AqWeights *w, const Values *v)
{
    const AqTfBytes name = v->name;
    const size_t n = (size_t)(name.end - name.at);
    const char *text = aq_weights_text(w, (const char *)name.at, n);

    if (!text)
        return AQ_ERR_NOMEM;
    AqWeight *t = (AqWeight *)(uintptr_t)aq_weights_find(w, text);
    if (!t && !v->floats.at && !v->doubles.at && !v->content.at)
        return AQ_OK; /* a step counter or the like, left out of the list */
    if (!t)
        return aq_tf_bad(w, "it holds values that its list does not have");
    if (t->data)
        return aq_tf_bad(w, "it holds one tensor's values twice");
    if (v->has_dtype && (!v->is_known || v->dtype != t->dtype))
        return aq_tf_bad(w, "its list and its values are of different types");
    const AqTfBytes raw = v->content.at        ? v->content
                          : t->dtype == AQ_F32 ? v->floats
                                               : v->doubles;
    if (raw.end - raw.at != (int64_t)(t->count * aq_dtype_bytes(t->dtype)))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: tensor %s does not have as many values as its shape needs; "
                       "the file is damaged",
                       w->path, t->name);
    t->data = raw.at ? raw.at : w->file.bytes;
    return AQ_OK;
}

static AqErr fill_tf_v1_tensor(void *ctx, const char *key, size_t key_bytes,
                               AqTfBytes value)
{
    Values v = {.w = ctx};

    (void)key;
    if (key_bytes == 0)
        return AQ_OK;
    const AqErr err = aq_tf_each(ctx, value, "a tensor", see_data, &v);
    if (err != AQ_OK)
        return err;
    if (v.is_known && v.dtype != AQ_F32 && v.dtype != AQ_F64)
        return AQ_OK; /* a step counter or the like, left out of the list */
    return v.name.at ? add_tf_v1_values(ctx, &v)
                     : aq_tf_bad(ctx, "a tensor has no name");
}

/* ---- the list ---- */

/* SavedSliceMeta: name, shape, type, slices. */
typedef struct Description {
    const AqWeights *w;
    AqTfBytes name;
    AqWeight shape;
    AqDtype dtype;
    int is_known, n_slices;
} Description;

static AqErr see_description(void *ctx, const AqTfField *f)
{
    Description *d = ctx;

    if (aq_tf_is_bytes(f, 1))
        d->name = f->bytes;
    else if (aq_tf_is_varint(f, 3))
        d->is_known = aq_tf_dtype(f->value, &d->dtype);
    d->n_slices += f->number == 4;
    return aq_tf_is_bytes(f, 2) ? aq_tf_shape(d->w, f->bytes, &d->shape) : AQ_OK;
}

static AqErr add_described(AqWeights *w, const Description *d)
{
    const char *name = (const char *)d->name.at;
    const size_t n = (size_t)(d->name.end - d->name.at);
    const int shown = n < 200 ? (int)n : 200;
    AqWeight *t;

    if (n == 0)
        return aq_tf_bad(w, "a tensor has no name");
    if (!d->is_known || (d->dtype != AQ_F32 && d->dtype != AQ_F64))
        return aq_weights_add_note(
            w, "left out: %.*s, which is not a floating-point tensor", shown, name);
    if (d->n_slices > 1)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: tensor %.*s is split into %d slices; write the checkpoint "
                       "without a partitioner",
                       w->path, shown, name, d->n_slices);
    const AqErr err = aq_weights_add(w, name, n, &t);
    if (err != AQ_OK)
        return err;
    t->dtype = d->dtype;
    t->n_dims = d->shape.n_dims;
    memcpy(t->dims, d->shape.dims, sizeof t->dims);
    return aq_weight_set_count(w, t, w->file.n);
}

#define LIST "its list of tensors"

static AqErr see_tf_v1_entry(void *ctx, const AqTfField *f)
{
    Description d = {.w = ctx, .shape.name = ""};

    if (!aq_tf_is_bytes(f, 1))
        return AQ_OK;
    const AqErr err = aq_tf_each(ctx, f->bytes, LIST, see_description, &d);
    return err == AQ_OK ? add_described(ctx, &d) : err;
}

/* SavedTensorSlices with a list. */
static AqErr see_list(void *ctx, const AqTfField *f)
{
    return aq_tf_is_bytes(f, 1) ? aq_tf_each(ctx, f->bytes, LIST, see_tf_v1_entry, ctx)
                                : AQ_OK;
}

static AqErr ignore_table_entry(void *ctx, const char *key, size_t key_bytes,
                                AqTfBytes value)
{
    (void)ctx, (void)key, (void)key_bytes, (void)value;
    return AQ_OK;
}

static AqErr check_v1(const AqWeights *w)
{
    return aq_tf_table_walk(w, 1, ignore_table_entry, NULL);
}

static AqErr read_v1(AqWeights *w)
{
    AqTfBytes first;

    w->check = check_v1;
    if (!aq_tf_first(w->file.bytes, w->file.n, &first))
        return aq_tf_bad(w, "it has no list of tensors");
    AqErr err = aq_tf_each(w, first, LIST, see_list, w);
    if (err == AQ_OK)
        err = aq_weights_sort(w);
    if (err == AQ_OK)
        err = aq_tf_table_walk(w, 0, fill_tf_v1_tensor, w);
    for (size_t k = 0; err == AQ_OK && k < w->n; k++)
        if (!w->v[k].data)
            err = aq_fail(AQ_ERR_FORMAT, "%s: the values of tensor %s are missing",
                          w->path, w->v[k].name);
    return err;
}

const AqWeightsFormat aq_format_tf_v1 = {.name = "tf-v1", .is = is_v1, .read = read_v1};
