/* SPDX-License-Identifier: MIT */
/*
 * TensorFlow's second checkpoints (tensorflow/core/protobuf/tensor_bundle.proto): the
 * .index is a table from names to type, shape, offset and checksum; the values are in
 * .data-00000-of-00001. Bundles of several data files, and variables split into slices,
 * are refused.
 */
#include "model/weights/tf_priv.h"

#include <string.h>

enum { LITTLE = 0 };

static int is_v2(const unsigned char *bytes, size_t n)
{
    AqTfBytes first;
    AqTfField f;

    return aq_tf_first(bytes, n, &first) && aq_tf_field(&first, &f) == 1 && f.wire == 0;
}

typedef struct TfHeader {
    uint64_t shards, order;
} TfHeader;

static AqErr see_header(void *ctx, const AqTfField *f)
{
    TfHeader *h = ctx;

    if (aq_tf_is_varint(f, 1))
        h->shards = f->value;
    else if (aq_tf_is_varint(f, 2))
        h->order = f->value;
    return AQ_OK;
}

static AqErr check_header(const AqWeights *w, AqTfBytes m)
{
    TfHeader h = {.shards = 1, .order = LITTLE};
    const AqErr err = aq_tf_each(w, m, "its header", see_header, &h);

    if (err != AQ_OK)
        return err;
    if (h.shards != 1 || h.order != LITTLE)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: is a TensorFlow checkpoint of %llu data files%s; only one "
                       "little-endian file is supported",
                       w->path, (unsigned long long)h.shards,
                       h.order == LITTLE ? "" : " in big-endian order");
    if (!w->data.n)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: its .data-00000-of-00001 is needed beside it", w->path);
    return AQ_OK;
}

/* BundleEntryProto. */
typedef struct TfEntry {
    const AqWeights *w;
    uint64_t type, shard, at, size;
    uint32_t crc;
    int is_sliced;
    AqWeight shape;
} TfEntry;

static AqErr see_tf_v2_entry(void *ctx, const AqTfField *f)
{
    TfEntry *e = ctx;

    if (aq_tf_is_bytes(f, 2))
        return aq_tf_shape(e->w, f->bytes, &e->shape);
    if (f->number == 1)
        e->type = f->value;
    else if (f->number == 3)
        e->shard = f->value;
    else if (f->number == 4)
        e->at = f->value;
    else if (f->number == 5)
        e->size = f->value;
    else if (f->number == 6)
        e->crc = (uint32_t)f->value;
    else if (f->number == 7)
        e->is_sliced = 1;
    return AQ_OK;
}

static AqErr read_entry(const AqWeights *w, AqTfBytes m, TfEntry *e)
{
    *e = (TfEntry){.w = w, .shape.name = ""};
    return aq_tf_each(w, m, "an entry of its index", see_tf_v2_entry, e);
}

static int shown_key_bytes(size_t n)
{
    return n < 200 ? (int)n : 200;
}

static AqErr place_tf_v2_data(const AqWeights *w, AqWeight *t, const TfEntry *e)
{
    t->n_dims = e->shape.n_dims;
    memcpy(t->dims, e->shape.dims, sizeof t->dims);
    const AqErr err = aq_weight_set_count(w, t, w->data.n);
    if (err != AQ_OK)
        return err;
    if (e->shard != 0 || e->at > w->data.n || e->size > w->data.n - e->at ||
        e->size != (uint64_t)t->count * aq_dtype_bytes(t->dtype))
        return aq_fail(
            AQ_ERR_FORMAT,
            "%s: tensor %s lies outside the data file, or does not have as many bytes "
            "as its shape needs; one of the two files is damaged",
            w->path, t->name);
    t->data = w->data.bytes + e->at;
    return AQ_OK;
}

static AqErr add_tf_v2_tensor(void *ctx, const char *key, size_t key_bytes,
                              AqTfBytes value)
{
    AqWeights *w = ctx;
    AqDtype dtype;
    AqWeight *t;
    TfEntry e;

    if (key_bytes == 0)
        return check_header(w, value);
    AqErr err = read_entry(w, value, &e);
    if (err != AQ_OK)
        return err;
    if (!aq_tf_dtype(e.type, &dtype)) /* text: the graph of objects, names */
        return aq_weights_add_note(w, "left out: %.*s, which holds no numbers",
                                   shown_key_bytes(key_bytes), key);
    if (e.is_sliced)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: tensor %.*s is split into slices; write the checkpoint "
                       "without a partitioner",
                       w->path, shown_key_bytes(key_bytes), key);
    err = aq_weights_add(w, key, key_bytes, &t);
    if (err != AQ_OK)
        return err;
    t->dtype = dtype;
    return place_tf_v2_data(w, t, &e);
}

static AqErr check_one(void *ctx, const char *key, size_t key_bytes, AqTfBytes value)
{
    const AqWeights *w = ctx;
    TfEntry e;

    if (key_bytes == 0)
        return AQ_OK;
    const AqErr err = read_entry(w, value, &e);
    if (err != AQ_OK)
        return err;
    if (e.shard == 0 && e.at <= w->data.n && e.size <= w->data.n - e.at &&
        aq_crc32c_masked(w->data.bytes + e.at, (size_t)e.size) == e.crc)
        return AQ_OK;
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: tensor %.*s does not match its checksum; the data file is "
                   "damaged",
                   w->path, shown_key_bytes(key_bytes), key);
}

static AqErr check_v2(const AqWeights *w)
{
    return aq_tf_table_walk(w, 1, check_one, (void *)(uintptr_t)w);
}

static AqErr read_v2(AqWeights *w)
{
    w->check = check_v2;
    return aq_tf_table_walk(w, 0, add_tf_v2_tensor, w);
}

const AqWeightsFormat aq_format_tf_v2 = {.name = "tf-v2", .is = is_v2, .read = read_v2};
