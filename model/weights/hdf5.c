/* SPDX-License-Identifier: MIT */
/*
 * HDF5 files of weights, as Keras saves them (keras/src/legacy/saving/legacy_h5_format:
 * a group for each layer, whose attribute weight_names lists its arrays; in a whole
 * model below model_weights). An array is named as in its layer ("dense/kernel:0"), and
 * outside of layers by its path.
 */
#include "model/weights/hdf5_priv.h"

#include <stdio.h>
#include <string.h>

enum { SUPERBLOCK_BYTES = 96, MOST_DEPTH = 24, MOST_PATH = 512, SYMBOL_BYTES = 40 };
#define MAGIC     "\x89HDF\r\n\x1a\n"
#define OPTIMIZER "optimizer_weights"

typedef struct H5Walk {
    AqH5Reader r;
    char path[MOST_PATH]; /* of the object being read */
    int has_others;       /* a note says that there are datasets of no numbers */
} H5Walk;

/* A layer whose arrays are being counted. */
typedef struct H5Layer {
    size_t name_at; /* where its arrays' names begin in the path */
    uint64_t n;     /* found so far */
} H5Layer;

/* The names of a group's members, each ended by a zero. */
typedef struct H5Heap {
    const unsigned char *text;
    uint64_t n;
} H5Heap;

static AqErr visit_h5_object(H5Walk *k, uint64_t at, int depth, H5Layer *layer);

/* ---- groups ---- */

static AqErr read_heap(H5Walk *k, uint64_t at, H5Heap *out)
{
    const unsigned char *p = aq_h5_bytes(&k->r, at, 32);

    if (!p || memcmp(p, "HEAP", 4) != 0)
        return aq_h5_fault(&k->r, k->path, "has no names for its members");
    out->n = aq_little64(p + 8);
    out->text = aq_h5_bytes(&k->r, aq_little64(p + 24), out->n);
    return out->text ? AQ_OK
                     : aq_h5_fault(&k->r, k->path, "has names outside the file");
}

/* Appends a member's name to the path; *end is where it was before. */
static AqErr enter_member(H5Walk *k, const H5Heap *heap, uint64_t name_at, size_t *end)
{
    const size_t n = strlen(k->path);
    const char *name = name_at < heap->n ? (const char *)heap->text + name_at : NULL;
    const char *stop = name ? memchr(name, 0, (size_t)(heap->n - name_at)) : NULL;

    *end = n;
    if (!stop || stop == name || memchr(name, '/', (size_t)(stop - name)))
        return aq_h5_fault(&k->r, k->path, "has a member without a name");
    if ((size_t)(stop - name) + 2 > MOST_PATH - n)
        return aq_h5_fault(&k->r, k->path, "has a member with too long a name");
    (void)snprintf(k->path + n, MOST_PATH - n, "%s%s", n ? "/" : "", name);
    return AQ_OK;
}

/* A symbol: where its name is, and the object's header. */
static AqErr visit_symbol(H5Walk *k, const H5Heap *heap, const unsigned char *p,
                          int depth, H5Layer *layer)
{
    size_t end;
    AqErr err = aq_h5_step(&k->r, k->path);

    if (err == AQ_OK && aq_little32(p + 16) == 2) /* a link by name */
        return AQ_OK;
    if (err == AQ_OK)
        err = enter_member(k, heap, aq_little64(p), &end);
    if (err != AQ_OK)
        return err;
    if (strcmp(k->path, OPTIMIZER) == 0)
        err = aq_weights_add_note(k->r.w, "left out: " OPTIMIZER);
    else
        err = visit_h5_object(k, aq_little64(p + 8), depth + 1, layer);
    k->path[end] = '\0';
    return err;
}

static AqErr visit_symbols(H5Walk *k, const H5Heap *heap, uint64_t at, int depth,
                           H5Layer *layer)
{
    const unsigned char *p = aq_h5_bytes(&k->r, at, 8);
    AqErr err = AQ_OK;

    if (!p || memcmp(p, "SNOD", 4) != 0)
        return aq_h5_fault(&k->r, k->path, "has no list of its members");
    const unsigned n = aq_little16(p + 6);
    p = aq_h5_bytes(&k->r, at + 8, (uint64_t)n * SYMBOL_BYTES);
    if (!p)
        return aq_h5_fault(&k->r, k->path, "has members outside the file");
    for (unsigned s = 0; err == AQ_OK && s < n; s++)
        err = visit_symbol(k, heap, p + (size_t)s * SYMBOL_BYTES, depth, layer);
    return err;
}

/* A node of the tree of lists; its children are one level below. */
static AqErr visit_tree(H5Walk *k, const H5Heap *heap, uint64_t at, int level,
                        int depth, H5Layer *layer)
{
    const unsigned char *p = aq_h5_bytes(&k->r, at, 24);
    AqErr err = aq_h5_step(&k->r, k->path);

    if (err != AQ_OK)
        return err;
    if (!p || memcmp(p, "TREE", 4) != 0 || p[4] != 0 || (level >= 0 && p[5] != level) ||
        p[5] > MOST_DEPTH)
        return aq_h5_fault(&k->r, k->path, "has no tree of its members");
    const int own = p[5];
    const unsigned n = aq_little16(p + 6);
    p = aq_h5_bytes(&k->r, at + 24, 8 + (uint64_t)n * 16);
    if (!p)
        return aq_h5_fault(&k->r, k->path, "has members outside the file");
    for (unsigned c = 0; err == AQ_OK && c < n; c++) {
        const uint64_t child = aq_little64(p + 8 + (size_t)c * 16);

        err = own == 0 ? visit_symbols(k, heap, child, depth, layer)
                       : visit_tree(k, heap, child, own - 1, depth, layer);
    }
    return err;
}

/* ---- objects ---- */

static AqErr add_h5_array(H5Walk *k, const AqWeight *found, H5Layer *layer)
{
    const char *name = k->path + (layer ? layer->name_at : 0);
    AqWeight *t;
    const AqErr err = aq_weights_add(k->r.w, name, strlen(name), &t);

    if (err != AQ_OK)
        return err;
    const char *kept = t->name;
    *t = *found;
    t->name = kept;
    if (layer)
        layer->n++;
    return AQ_OK;
}

static AqErr visit_h5_group(H5Walk *k, const AqH5Object *o, int depth, H5Layer *outer)
{
    H5Layer own = {.name_at = *k->path ? strlen(k->path) + 1 : 0};
    H5Heap heap;
    AqErr err = read_heap(k, o->heap, &heap);

    if (err == AQ_OK)
        err = visit_tree(k, &heap, o->tree, -1, depth, o->is_layer ? &own : outer);
    if (err != AQ_OK || !o->is_layer || own.n == o->n_weights)
        return err;
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: layer %s should have %llu arrays by its weight_names, and has "
                   "%llu; the file is damaged",
                   k->r.w->path, k->path, (unsigned long long)o->n_weights,
                   (unsigned long long)own.n);
}

static AqErr visit_h5_object(H5Walk *k, uint64_t at, int depth, H5Layer *layer)
{
    AqH5Object o;

    if (depth > MOST_DEPTH)
        return aq_h5_fault(&k->r, k->path, "lies too deep in groups");
    const AqErr err = aq_h5_object_read(&k->r, at, k->path, &o);
    if (err != AQ_OK)
        return err;
    switch (o.kind) {
    case AQ_H5_GROUP:
        return visit_h5_group(k, &o, depth, layer);
    case AQ_H5_DATASET:
        return add_h5_array(k, &o.array, layer);
    case AQ_H5_NO_NUMBERS:
        if (k->has_others++)
            return AQ_OK;
        return aq_weights_add_note(
            k->r.w, "left out: what is no array of numbers, as %.80s", k->path);
    default:
        return AQ_OK;
    }
}

/* ---- the file ---- */

static int is_hdf5(const unsigned char *bytes, size_t n)
{
    return n >= sizeof MAGIC - 1 && memcmp(bytes, MAGIC, sizeof MAGIC - 1) == 0;
}

static AqErr read_hdf5(AqWeights *w)
{
    H5Walk k = {.r = {w, w->file.n / 8}};
    const unsigned char *p = w->file.bytes;
    const size_t v1 = w->file.n > 8 && p[8] == 1 ? 4 : 0; /* one field more */

    if (w->file.n < SUPERBLOCK_BYTES + v1)
        return aq_fail(AQ_ERR_FORMAT, "%s: is cut short", w->path);
    if (p[8] > 1 || p[13] != 8 || p[14] != 8 || aq_little64(p + 24 + v1) != 0)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: is HDF5 as libver='latest' writes it; save it again with "
                       "the defaults of Keras or h5py",
                       w->path);
    const uint64_t end = aq_little64(p + 40 + v1);
    if (end > w->file.n)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: should have %llu bytes and has %zu; it is cut short",
                       w->path, (unsigned long long)end, w->file.n);
    return visit_h5_object(&k, aq_little64(p + 64 + v1), 0, NULL);
}

const AqWeightsFormat aq_format_hdf5 = {
    .name = "hdf5", .is = is_hdf5, .read = read_hdf5};
