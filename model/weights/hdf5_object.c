/* SPDX-License-Identifier: MIT */
/*
 * Object headers of HDF5, version 1: a list of messages, which may go on elsewhere.
 * Used are dataspace (shape), datatype, layout (where the values are), symbol table and
 * attribute.
 */
#include "model/weights/hdf5_priv.h"

#include <string.h>

enum {
    PREFIX_BYTES = 16,
    MESSAGE_BYTES = 8,
    MOST_CONTINUED = 64,
    HAS_TYPE = 1,
    HAS_SPACE = 2,
    HAS_LAYOUT = 4
};

/* Messages' types. */
enum {
    MSG_SPACE = 0x01,
    MSG_TYPE = 0x03,
    MSG_EXTERNAL = 0x07,
    MSG_LAYOUT = 0x08,
    MSG_ATTRIBUTE = 0x0C,
    MSG_CONTINUED = 0x10,
    MSG_SYMBOLS = 0x11
};
enum { FLAG_SHARED = 2, LAYOUT_COMPACT = 0, LAYOUT_WHOLE = 1, LAYOUT_CHUNKS = 2 };

/* ---- bytes ---- */

const unsigned char *aq_h5_bytes(const AqH5Reader *r, uint64_t at, uint64_t n)
{
    const AqMap *f = &r->w->file;

    return at <= f->n && n <= f->n - at ? f->bytes + at : NULL;
}

const char *aq_h5_shown(const char *path)
{
    return *path ? path : "its first group";
}

AqErr aq_h5_fault(const AqH5Reader *r, const char *path, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: %.100s %s; the file is damaged", r->w->path,
                   aq_h5_shown(path), what);
}

AqErr aq_h5_step(AqH5Reader *r, const char *path)
{
    if (r->steps_left == 0)
        return aq_h5_fault(r, path, "leads back to where it came from");
    r->steps_left--;
    return AQ_OK;
}

typedef struct HeaderRead {
    AqH5Reader *r;
    const char *path;
    AqH5Object *o;
    int has;
    uint64_t data_bytes;
} HeaderRead;

typedef struct H5Message {
    unsigned type, flags;
    const unsigned char *p;
    size_t n;
} H5Message;

static AqErr fail_unsupported(const HeaderRead *h, const char *what)
{
    return aq_fail(AQ_ERR_UNSUPPORTED,
                   "%s: %.100s %s, which is not supported; save it again with the "
                   "defaults of Keras or h5py, or use `h5repack -l CONTI -f NONE`",
                   h->r->w->path, aq_h5_shown(h->path), what);
}

/* ---- shapes ---- */

/* Sizes of a dataspace message; their number, or -1 if it makes no sense. */
static int read_sizes(const unsigned char *p, size_t n,
                      int64_t sizes[AQ_WEIGHTS_MAX_DIMS])
{
    if (n < 4 || (p[0] != 1 && p[0] != 2))
        return -1;
    const size_t head = p[0] == 1 ? 8 : 4, rank = p[1];
    const int is_empty = p[0] == 2 && p[3] == 2; /* "null": no values */

    if (rank > AQ_WEIGHTS_MAX_DIMS || n < head + 8 * rank)
        return -1;
    for (size_t k = 0; k < rank; k++) {
        const uint64_t size = aq_little64(p + head + 8 * k);

        if (size > INT64_MAX)
            return -1;
        sizes[k] = (int64_t)size;
    }
    if (is_empty)
        sizes[0] = 0;
    return is_empty ? 1 : (int)rank;
}

static AqErr take_space(HeaderRead *h, const H5Message *m)
{
    const int n = read_sizes(m->p, m->n, h->o->array.dims);

    if (n < 0)
        return aq_h5_fault(h->r, h->path,
                           "has no shape of at most 8 dimensions that makes sense");
    h->o->array.n_dims = n;
    h->has |= HAS_SPACE;
    return AQ_OK;
}

/* ---- types ---- */

/* IEEE's: bytes; where the exponent begins, its bits; the mantissa's bits; bias. */
static const struct {
    AqDtype type;
    unsigned bytes, exponent_at, exponent_bits, bias;
} floats[] = {{AQ_F64, 8, 52, 11, 1023},
              {AQ_F32, 4, 23, 8, 127},
              {AQ_F16, 2, 10, 5, 15},
              {AQ_BF16, 2, 7, 8, 127}};

static int read_float_type(AqWeight *t, const unsigned char *p, size_t n)
{
    if (n < 20 || (p[1] & 0x40) || aq_little16(p + 8) != 0)
        return 0; /* 0x40: VAX's byte order */
    for (size_t k = 0; k < sizeof floats / sizeof *floats; k++)
        if (aq_little32(p + 4) == floats[k].bytes &&
            aq_little16(p + 10) == 8 * floats[k].bytes &&
            p[12] == floats[k].exponent_at && p[13] == floats[k].exponent_bits &&
            p[14] == 0 && p[15] == floats[k].exponent_at &&
            aq_little32(p + 16) == floats[k].bias) {
            t->dtype = floats[k].type;
            return 1;
        }
    return 0;
}

static int read_integer_type(AqWeight *t, const unsigned char *p, size_t n)
{
    const int is_signed = (p[1] & 8) != 0;

    if (n < 12 || aq_little16(p + 8) != 0 ||
        aq_little16(p + 10) != 8 * aq_little32(p + 4))
        return 0;
    switch (aq_little32(p + 4)) {
    case 1:
        t->dtype = is_signed ? AQ_I8 : AQ_U8;
        return 1;
    case 2:
        t->dtype = AQ_I16;
        return is_signed;
    case 4:
        t->dtype = AQ_I32;
        return is_signed;
    case 8:
        t->dtype = AQ_I64;
        return is_signed;
    default:
        return 0;
    }
}

static AqErr take_h5_type(HeaderRead *h, const H5Message *m)
{
    AqWeight *t = &h->o->array;
    const int class = m->n >= 8 ? m->p[0] & 15 : 15;
    int known = 0;

    if (m->n < 8)
        return aq_h5_fault(h->r, h->path, "has no type");
    if (m->flags & FLAG_SHARED)
        return fail_unsupported(h, "shares its type with other datasets");
    if (class == 0)
        known = read_integer_type(t, m->p, m->n);
    else if (class == 1)
        known = read_float_type(t, m->p, m->n);
    t->big_endian = m->p[1] & 1;
    h->o->kind = known ? AQ_H5_DATASET : AQ_H5_NO_NUMBERS;
    h->has |= HAS_TYPE;
    return AQ_OK;
}

/* ---- where the values are ---- */

static AqErr take_layout(HeaderRead *h, const H5Message *m)
{
    AqWeight *t = &h->o->array;
    const int class = m->n >= 2 ? m->p[1] : -1;

    if (m->n < 2)
        return aq_h5_fault(h->r, h->path, "does not say where its values are");
    if (m->p[0] != 3 && m->p[0] != 4)
        return fail_unsupported(h, "says where its values are in an old way");
    if (class == LAYOUT_COMPACT && m->n >= 4) {
        h->data_bytes = aq_little16(m->p + 2);
        t->data = h->data_bytes <= m->n - 4 ? m->p + 4 : NULL;
    } else if (class == LAYOUT_WHOLE && m->n >= 18) {
        h->data_bytes = aq_little64(m->p + 10);
        t->data = aq_h5_bytes(h->r, aq_little64(m->p + 2), h->data_bytes);
    } else if (class >= LAYOUT_CHUNKS) {
        return fail_unsupported(h, "has its values in pieces, or compressed");
    }
    h->has |= HAS_LAYOUT;
    return AQ_OK;
}

static AqErr finish_dataset(HeaderRead *h)
{
    AqWeight *t = &h->o->array;
    AqErr err = AQ_OK;

    if (h->has != (HAS_TYPE | HAS_SPACE | HAS_LAYOUT))
        return aq_h5_fault(h->r, h->path, "has no type, shape or place");
    if (h->o->kind != AQ_H5_DATASET)
        return AQ_OK;
    t->name = h->path; /* for messages */
    err = aq_weight_set_count(h->r->w, t, h->r->w->file.n);
    if (err == AQ_OK && t->count > 0 && !t->data)
        err = aq_h5_fault(h->r, h->path, "has values outside the file, or none");
    if (err == AQ_OK && t->count * aq_dtype_bytes(t->dtype) != h->data_bytes &&
        t->count > 0)
        err = aq_h5_fault(h->r, h->path,
                          "does not have as many bytes as its shape needs");
    if (t->count == 0)
        t->data = h->r->w->file.bytes;
    return err;
}

/* ---- attributes ---- */

static size_t padded_to_8(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* Of weight_names, how many there are; of others, nothing. */
static AqErr take_attribute(HeaderRead *h, const H5Message *m)
{
    static const char wanted[] = "weight_names";
    int64_t sizes[AQ_WEIGHTS_MAX_DIMS] = {0};
    const size_t head = m->n >= 8 && m->p[0] == 3 ? 9 : 8;

    if (m->n < head || m->p[0] < 1 || m->p[0] > 3)
        return aq_h5_fault(h->r, h->path, "has an attribute that makes no sense");
    size_t name = aq_little16(m->p + 2), type = aq_little16(m->p + 4),
           space = aq_little16(m->p + 6);
    if (m->p[0] == 1) {
        name = padded_to_8(name);
        type = padded_to_8(type);
        space = padded_to_8(space);
    }
    if (name + type + space > m->n - head)
        return aq_h5_fault(h->r, h->path, "has an attribute that is cut short");
    if (name < sizeof wanted || memcmp(m->p + head, wanted, sizeof wanted) != 0)
        return AQ_OK;
    const int n = read_sizes(m->p + head + name + type, space, sizes);
    const int64_t count = n < 0 ? -1 : aq_weights_count(sizes, n, INT32_MAX);
    if (count < 0)
        return aq_h5_fault(h->r, h->path, "has weight_names that make no sense");
    h->o->is_layer = 1;
    h->o->n_weights = (uint64_t)count;
    return AQ_OK;
}

/* ---- the list ---- */

static AqErr take_symbols(HeaderRead *h, const H5Message *m)
{
    if (m->n < 16)
        return aq_h5_fault(h->r, h->path, "has no table of its members");
    h->o->kind = AQ_H5_GROUP;
    h->o->tree = aq_little64(m->p);
    h->o->heap = aq_little64(m->p + 8);
    return AQ_OK;
}

static AqErr take_message(HeaderRead *h, const H5Message *m)
{
    switch (m->type) {
    case MSG_SPACE:
        return take_space(h, m);
    case MSG_TYPE:
        return take_h5_type(h, m);
    case MSG_LAYOUT:
        return take_layout(h, m);
    case MSG_ATTRIBUTE:
        return take_attribute(h, m);
    case MSG_SYMBOLS:
        return take_symbols(h, m);
    case MSG_EXTERNAL:
        return fail_unsupported(h, "has its values in other files");
    default:
        return AQ_OK; /* times, fill values, comments */
    }
}

/* The messages of one block; others that it is continued in go into `more` (address and
 * bytes each). */
static AqErr read_messages(HeaderRead *h, const unsigned char *p, uint64_t n,
                           uint64_t more[][2], int *n_more)
{
    AqErr err = AQ_OK;

    while (err == AQ_OK && n >= MESSAGE_BYTES) {
        const H5Message m = {aq_little16(p), p[4], p + MESSAGE_BYTES,
                             aq_little16(p + 2)};

        if (m.n > n - MESSAGE_BYTES)
            return aq_h5_fault(h->r, h->path, "has a header that is cut short");
        err = aq_h5_step(h->r, h->path);
        if (err == AQ_OK && m.type == MSG_CONTINUED) {
            if (m.n < 16 || *n_more == MOST_CONTINUED)
                return aq_h5_fault(h->r, h->path, "has a header that goes nowhere");
            more[*n_more][0] = aq_little64(m.p);
            more[(*n_more)++][1] = aq_little64(m.p + 8);
        } else if (err == AQ_OK) {
            err = take_message(h, &m);
        }
        p += MESSAGE_BYTES + m.n;
        n -= MESSAGE_BYTES + m.n;
    }
    return err;
}

AqErr aq_h5_object_read(AqH5Reader *r, uint64_t at, const char *path, AqH5Object *out)
{
    HeaderRead h = {.r = r, .path = path, .o = out};
    uint64_t more[MOST_CONTINUED][2];
    int n_more = 0;
    const unsigned char *p = aq_h5_bytes(r, at, PREFIX_BYTES);

    *out = (AqH5Object){0};
    if (p && memcmp(p, "OHDR", 4) == 0)
        return fail_unsupported(&h, "is stored as by libver='latest'");
    if (!p || p[0] != 1)
        return aq_h5_fault(r, path, "has no header");
    const uint64_t bytes = aq_little32(p + 8);
    p = aq_h5_bytes(r, at + PREFIX_BYTES, bytes);
    if (!p)
        return aq_h5_fault(r, path, "has a header outside the file");
    AqErr err = read_messages(&h, p, bytes, more, &n_more);
    for (int k = 0; err == AQ_OK && k < n_more; k++) {
        p = aq_h5_bytes(r, more[k][0], more[k][1]);
        err = p ? read_messages(&h, p, more[k][1], more, &n_more)
                : aq_h5_fault(r, path, "has a header outside the file");
    }
    if (err != AQ_OK || out->kind == AQ_H5_GROUP || !(h.has & HAS_LAYOUT))
        return err;
    return finish_dataset(&h);
}
