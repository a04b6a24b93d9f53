/* SPDX-License-Identifier: MIT */
#include "model/weights/tf_priv.h"

#include <stdlib.h>
#include <string.h>

enum {
    FOOTER_BYTES = 48,
    TRAILER_BYTES = 5, /* after each block: its compression, its checksum */
    MAX_KEY = 4096
};
#define MAGIC 0xdb4775248b80fb57u

AqErr aq_tf_bad(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: TensorFlow checkpoint: %s; the file is damaged or cut short",
                   w->path, what);
}

/* ---- wire format ---- */

int aq_tf_varint(AqTfBytes *b, uint64_t *out)
{
    *out = 0;
    for (int shift = 0; shift < 64 && b->at < b->end; shift += 7) {
        const unsigned char c = *b->at++;

        *out |= (uint64_t)(c & 127) << shift;
        if (c < 128)
            return 1;
    }
    return 0;
}

static int take_table_bytes(AqTfBytes *b, uint64_t n, AqTfBytes *out)
{
    if (n > (uint64_t)(b->end - b->at))
        return 0;
    *out = (AqTfBytes){b->at, b->at + n};
    b->at += n;
    return 1;
}

int aq_tf_field(AqTfBytes *m, AqTfField *f)
{
    uint64_t tag, n = 0;

    *f = (AqTfField){0};
    if (m->at == m->end)
        return 0;
    if (!aq_tf_varint(m, &tag) || tag >> 3 > UINT32_MAX)
        return -1;
    f->number = (unsigned)(tag >> 3);
    f->wire = (unsigned)(tag & 7);
    switch (f->wire) {
    case 0:
        return aq_tf_varint(m, &f->value) ? 1 : -1;
    case 1:
        if (!take_table_bytes(m, 8, &f->bytes))
            return -1;
        f->value = aq_little64(f->bytes.at);
        return 1;
    case 2:
        return aq_tf_varint(m, &n) && take_table_bytes(m, n, &f->bytes) ? 1 : -1;
    case 5:
        if (!take_table_bytes(m, 4, &f->bytes))
            return -1;
        f->value = aq_little32(f->bytes.at);
        return 1;
    default: /* groups were deprecated before TensorFlow existed */
        return -1;
    }
}

AqErr aq_tf_each(const AqWeights *w, AqTfBytes m, const char *what, AqTfVisit visit,
                 void *ctx)
{
    AqTfField f;
    AqErr err = AQ_OK;
    int more = 0;

    while (err == AQ_OK && (more = aq_tf_field(&m, &f)) > 0)
        err = visit(ctx, &f);
    return err == AQ_OK && more < 0
               ? aq_fail(AQ_ERR_FORMAT,
                         "%s: TensorFlow checkpoint: %s makes no sense; the file is "
                         "damaged or cut short",
                         w->path, what)
               : err;
}

/* ---- shapes ---- */

typedef struct TfShape {
    const AqWeights *w;
    AqWeight *t;
} TfShape;

/* Dim of TensorShapeProto: its size is field 1. */
static AqErr see_size(void *ctx, const AqTfField *f)
{
    if (aq_tf_is_varint(f, 1))
        *(int64_t *)ctx = (int64_t)f->value;
    return AQ_OK;
}

static AqErr see_dim(void *ctx, const AqTfField *f)
{
    const TfShape *s = ctx;
    int64_t size = 0;

    if (!aq_tf_is_bytes(f, 2))
        return AQ_OK;
    const AqErr err = aq_tf_each(s->w, f->bytes, "a shape", see_size, &size);
    if (err != AQ_OK)
        return err;
    if (size < 0 || s->t->n_dims == AQ_WEIGHTS_MAX_DIMS)
        return aq_tf_bad(s->w, "a shape has a negative size, or over 8 dimensions");
    s->t->dims[s->t->n_dims++] = size;
    return AQ_OK;
}

AqErr aq_tf_shape(const AqWeights *w, AqTfBytes message, AqWeight *t)
{
    TfShape s = {.w = w, .t = t};

    t->n_dims = 0;
    return aq_tf_each(w, message, "a shape", see_dim, &s);
}

int aq_tf_dtype(uint64_t type, AqDtype *out)
{
    static const struct {
        uint64_t type;
        AqDtype dtype;
    } types[] = {{1, AQ_F32}, {2, AQ_F64}, {3, AQ_I32},   {4, AQ_U8},    {5, AQ_I16},
                 {6, AQ_I8},  {9, AQ_I64}, {10, AQ_BOOL}, {14, AQ_BF16}, {19, AQ_F16}};

    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (types[k].type == type) {
            *out = types[k].dtype;
            return 1;
        }
    return 0;
}

/* ---- the table ---- */

int aq_tf_table_is(const unsigned char *bytes, size_t n)
{
    return n >= FOOTER_BYTES && aq_little64(bytes + n - 8) == MAGIC;
}

/* A block's location: two varints, checked against the file. */
static int read_handle(AqTfBytes *b, const unsigned char *file, size_t n,
                       AqTfBytes *out)
{
    uint64_t at, size;

    if (!aq_tf_varint(b, &at) || !aq_tf_varint(b, &size) || n < TRAILER_BYTES ||
        at > n - TRAILER_BYTES || size > n - TRAILER_BYTES - at)
        return 0;
    *out = (AqTfBytes){file + at, file + at + size};
    return 1;
}

static int find_index(const unsigned char *file, size_t n, AqTfBytes *index)
{
    AqTfBytes footer = {file + n - FOOTER_BYTES, file + n - 8}, meta;

    return read_handle(&footer, file, n, &meta) && read_handle(&footer, file, n, index);
}

/* A walk along a block, whose keys share prefixes. */
typedef struct Cursor {
    AqTfBytes rest;
    char key[MAX_KEY];
    size_t key_bytes;
    AqTfBytes value;
} Cursor;

/* The entries end where the restart points begin. */
static int begin_table_block(Cursor *c, AqTfBytes block)
{
    const size_t n = (size_t)(block.end - block.at);

    if (n < 4)
        return 0;
    const uint32_t restarts = aq_little32(block.end - 4);
    if (restarts > (n - 4) / 4)
        return 0;
    c->rest = (AqTfBytes){block.at, block.end - 4 - 4 * (size_t)restarts};
    c->key_bytes = 0;
    return 1;
}

/* 1: an entry; 0: the end; -1: malformed. */
static int next_table_entry(Cursor *c)
{
    uint64_t shared, own, size;
    AqTfBytes key;

    if (c->rest.at == c->rest.end)
        return 0;
    if (!aq_tf_varint(&c->rest, &shared) || !aq_tf_varint(&c->rest, &own) ||
        !aq_tf_varint(&c->rest, &size) || shared > c->key_bytes ||
        own > MAX_KEY - shared || !take_table_bytes(&c->rest, own, &key) ||
        !take_table_bytes(&c->rest, size, &c->value))
        return -1;
    memcpy(c->key + shared, key.at, (size_t)own);
    c->key_bytes = (size_t)(shared + own);
    return 1;
}

static AqErr open_block(const AqWeights *w, int check, AqTfBytes block, Cursor *c)
{
    const size_t n = (size_t)(block.end - block.at);

    if (block.end[0] != 0)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: is a compressed TensorFlow table; checkpoints are not "
                       "compressed",
                       w->path);
    if (check && aq_crc32c_masked(block.at, n + 1) != aq_little32(block.end + 1))
        return aq_tf_bad(w, "a block does not match its checksum");
    return begin_table_block(c, block) ? AQ_OK : aq_tf_bad(w, "a block makes no sense");
}

int aq_tf_first(const unsigned char *bytes, size_t n, AqTfBytes *value)
{
    AqTfBytes block;
    Cursor c;

    if (!aq_tf_table_is(bytes, n) || !find_index(bytes, n, &block) ||
        block.end[0] != 0 || !begin_table_block(&c, block) ||
        next_table_entry(&c) != 1 || !read_handle(&c.value, bytes, n, &block) ||
        block.end[0] != 0 || !begin_table_block(&c, block) ||
        next_table_entry(&c) != 1 || c.key_bytes != 0)
        return 0;
    *value = c.value;
    return 1;
}

static AqErr walk_block(const AqWeights *w, int check, AqTfBytes block, AqTfEach each,
                        void *ctx)
{
    Cursor c;
    AqErr err = open_block(w, check, block, &c);
    int more;

    while (err == AQ_OK && (more = next_table_entry(&c)) != 0)
        err = more < 0 ? aq_tf_bad(w, "a block makes no sense")
                       : each(ctx, c.key, c.key_bytes, c.value);
    return err;
}

AqErr aq_tf_table_walk(const AqWeights *w, int check, AqTfEach each, void *ctx)
{
    const unsigned char *last = w->file.bytes; /* blocks follow each other */
    AqTfBytes block;
    Cursor index;
    int more;

    if (!find_index(w->file.bytes, w->file.n, &block))
        return aq_tf_bad(w, "its index is not where it should be");
    AqErr err = open_block(w, check, block, &index);
    while (err == AQ_OK && (more = next_table_entry(&index)) != 0) {
        if (more < 0 || !read_handle(&index.value, w->file.bytes, w->file.n, &block) ||
            block.at < last)
            return aq_tf_bad(w, "its index makes no sense");
        last = block.end;
        err = walk_block(w, check, block, each, ctx);
    }
    return err;
}
