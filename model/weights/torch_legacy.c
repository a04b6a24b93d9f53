/* SPDX-License-Identifier: MIT */
/*
 * torch.save before 1.6 (torch/serialization.py, _legacy_save): a pickled magic number,
 * protocol version and system information; the pickled value; a pickled list of the
 * storages' keys; then for each, in that order, a 64-bit count and its values.
 */
#include "model/weights/torch_priv.h"

#include <string.h>

static const unsigned char magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9,
                                      0x20, 0x6a, 0xa8, 0x50, 0x19};
enum { PROTOCOL = 1001, HEAD_BYTES = 24, FRAME_BYTES = 9, COUNT_BYTES = 8 };

/* PROTO, from protocol 4 on a FRAME, then LONG1 of 10 bytes: the magic number, STOP. */
static int is_legacy(const unsigned char *bytes, size_t n)
{
    size_t at = 2;

    if (n < HEAD_BYTES || bytes[0] != 0x80)
        return 0;
    if (bytes[2] == 0x95)
        at += FRAME_BYTES;
    return n - at > sizeof magic + 2 && bytes[at] == 0x8a &&
           bytes[at + 1] == sizeof magic &&
           memcmp(bytes + at + 2, magic, sizeof magic) == 0;
}

static AqErr fail_torch_legacy(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %s; the file is damaged or cut short", w->path,
                   what);
}

/* The data follow the pickle: storages stay empty for now, views know their root. */
static AqErr note_storage(AqPickle *p, const AqPy *id, AqPyStorage **out)
{
    const AqPy *view = aq_py_item(id, 5), *key = aq_py_item(view, 0),
               *at = aq_py_item(view, 1), *count = aq_py_item(view, 2);
    AqErr err = aq_torch_storage(p, id, out);

    if (err != AQ_OK || !view || view->kind == AQ_PY_NONE)
        return err;
    AqPyStorage *root = *out;
    if (!key || key->kind != AQ_PY_TEXT || !at || at->kind != AQ_PY_INT || !count ||
        count->kind != AQ_PY_INT || at->as.i < 0 || count->as.i < 0 ||
        at->as.i > root->count || count->as.i > root->count - at->as.i)
        return fail_torch_legacy(p->w, "a part of tensor data lies outside of it");
    AqPyStorage *s = aq_arena_alloc(p->w->arena, 1, sizeof *s);
    if (!s)
        return AQ_ERR_NOMEM;
    *s = (AqPyStorage){
        .dtype = root->dtype, .count = count->as.i, .root = root, .root_at = at->as.i};
    *out = s;
    return AQ_OK;
}

static AqErr read_next_pickle(AqPickle *p, size_t *at, AqPy **out)
{
    size_t used = 0;
    const AqErr err =
        aq_pickle_read(p, p->w->file.bytes + *at, p->w->file.n - *at, &used, out);

    *at += used;
    return err;
}

static AqErr read_head(AqPickle *p, size_t *at)
{
    AqPy *number, *version, *system;
    AqErr err = read_next_pickle(p, at, &number);

    if (err == AQ_OK)
        err = read_next_pickle(p, at, &version);
    if (err == AQ_OK)
        err = read_next_pickle(p, at, &system);
    if (err != AQ_OK)
        return err;
    const AqPy *little = aq_py_get(system, "little_endian");
    if (version->kind != AQ_PY_INT || version->as.i != PROTOCOL)
        return fail_torch_legacy(p->w, "its protocol is not 1001");
    if (!little || little->kind != AQ_PY_BOOL || !little->as.i)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: was written on a big-endian machine; save it again on a "
                       "little-endian one",
                       p->w->path);
    return AQ_OK;
}

/* The data of one storage at *at. */
static AqErr place_storage_data(AqPickle *p, const AqPy *key, size_t *at)
{
    const AqWeights *w = p->w;
    AqPyStorage *s = key->kind == AQ_PY_TEXT
                         ? aq_torch_find(p, key->as.text.p, key->as.text.n)
                         : NULL;

    if (!s || s->data)
        return fail_torch_legacy(w,
                                 "its list of tensor data is not that of its tensors");
    if (w->file.n - *at < COUNT_BYTES)
        return fail_torch_legacy(w, "it ends before its tensors do");
    const uint64_t count = aq_little64(w->file.bytes + *at);
    *at += COUNT_BYTES;
    if (count != (uint64_t)s->count)
        return fail_torch_legacy(w, "tensor data have two sizes");
    if (count > (w->file.n - *at) / aq_dtype_bytes(s->dtype))
        return fail_torch_legacy(w, "it ends before its tensors do");
    s->data = w->file.bytes + *at;
    *at += (size_t)count * aq_dtype_bytes(s->dtype);
    return AQ_OK;
}

static AqErr read_legacy(AqWeights *w)
{
    AqPickle p = {.w = w, .storage = note_storage};
    AqPy *value = NULL, *keys = NULL;
    size_t at = 0;
    AqErr err = read_head(&p, &at);

    if (err == AQ_OK)
        err = read_next_pickle(&p, &at, &value);
    if (err == AQ_OK)
        err = read_next_pickle(&p, &at, &keys);
    if (err == AQ_OK && keys->kind != AQ_PY_LIST)
        err = fail_torch_legacy(w, "it has no list of tensor data");
    for (size_t k = 0; err == AQ_OK && k < keys->as.items.n; k++)
        err = place_storage_data(&p, keys->as.items.v[k], &at);
    if (err == AQ_OK && at != w->file.n)
        err = fail_torch_legacy(w, "there is something after its tensors");
    return err == AQ_OK ? aq_torch_add(&p, value) : err;
}

const AqWeightsFormat aq_format_torch_legacy = {
    .name = "torch-legacy", .is = is_legacy, .read = read_legacy};
