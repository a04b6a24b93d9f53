/* SPDX-License-Identifier: MIT */
#include "model/weights/zip_priv.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    MAX_COMMENT = 65535,
    STORED = 0,
    DEFLATED = 8,
    EXTRA_ZIP64 = 1,
    PIECE = 1 << 16
};
#define LOCAL_MAGIC   0x04034b50u
#define CENTRAL_MAGIC 0x02014b50u
#define END_MAGIC     0x06054b50u
#define END64_MAGIC   0x06064b50u
#define LOCATOR_MAGIC 0x07064b50u
#define IN_ZIP64      0xFFFFFFFFu

/* Weights hardly compress; anything that inflates beyond this is a memory bomb. */
#define INFLATE_FREE  ((uint64_t)64 << 20)
#define INFLATE_TIMES 16

static AqErr fail_zip(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: ZIP archive: %s; the file is damaged or cut short", w->path,
                   what);
}

int aq_zip_is(const unsigned char *bytes, size_t n)
{
    return n >= END_BYTES && aq_little32(bytes) == LOCAL_MAGIC;
}

/* Where the directory is, and the number of members it declares. */
typedef struct Directory {
    uint64_t at, bytes, n;
} Directory;

static AqErr read_end64(const AqWeights *w, size_t end, Directory *d)
{
    const unsigned char *b = w->file.bytes;

    if (end < LOCATOR_BYTES || aq_little32(b + end - LOCATOR_BYTES) != LOCATOR_MAGIC)
        return fail_zip(w, "the ZIP64 locator is missing");
    const uint64_t at = aq_little64(b + end - LOCATOR_BYTES + 8);
    if (at > end - LOCATOR_BYTES || end - LOCATOR_BYTES - at < END64_BYTES ||
        aq_little32(b + at) != END64_MAGIC)
        return fail_zip(w, "the ZIP64 end of the directory is not where it should be");
    *d = (Directory){.n = aq_little64(b + at + 32),
                     .bytes = aq_little64(b + at + 40),
                     .at = aq_little64(b + at + 48)};
    return AQ_OK;
}

static AqErr find_directory(const AqWeights *w, Directory *d)
{
    const unsigned char *b = w->file.bytes;
    size_t end = w->file.n - END_BYTES;
    const size_t least = end > MAX_COMMENT ? end - MAX_COMMENT : 0;

    while (aq_little32(b + end) != END_MAGIC ||
           aq_little16(b + end + 20) != w->file.n - END_BYTES - end)
        if (end-- == least)
            return fail_zip(w, "it has no directory at its end");
    *d = (Directory){.n = aq_little16(b + end + 10),
                     .bytes = aq_little32(b + end + 12),
                     .at = aq_little32(b + end + 16)};
    if (d->n == 0xFFFF || d->bytes == IN_ZIP64 || d->at == IN_ZIP64) {
        const AqErr err = read_end64(w, end, d);
        if (err != AQ_OK)
            return err;
    }
    if (d->at > end || d->bytes > end - d->at)
        return fail_zip(w, "its directory would lie outside the file");
    if (d->n > d->bytes / CENTRAL_BYTES)
        return fail_zip(w, "its directory is too short for its members");
    return AQ_OK;
}

/* Reads the next 64-bit value of a ZIP64 extra field if `v` says that there is one. */
static int read_zip64_value(uint64_t *v, const unsigned char **p,
                            const unsigned char *end)
{
    if (*v != IN_ZIP64)
        return 1;
    if (end - *p < 8)
        return 0;
    *v = aq_little64(*p);
    *p += 8;
    return 1;
}

typedef struct Sizes {
    uint64_t bytes, packed, at;
} Sizes;

static int read_zip64(Sizes *s, const unsigned char *extra, size_t n)
{
    while (n >= 4) {
        const size_t id = aq_little16(extra), size = aq_little16(extra + 2);
        const unsigned char *p = extra + 4;

        if (size > n - 4)
            return 0;
        if (id == EXTRA_ZIP64)
            return read_zip64_value(&s->bytes, &p, extra + 4 + size) &&
                   read_zip64_value(&s->packed, &p, extra + 4 + size) &&
                   read_zip64_value(&s->at, &p, extra + 4 + size);
        extra += 4 + size;
        n -= 4 + size;
    }
    return s->bytes != IN_ZIP64 && s->packed != IN_ZIP64 && s->at != IN_ZIP64;
}

/* The data after the member's local header, which has its own lengths. */
static AqErr locate_member_data(const AqWeights *w, AqZipMember *m, const Sizes *s,
                                uint64_t limit)
{
    const unsigned char *b = w->file.bytes;

    if (s->at > limit || limit - s->at < LOCAL_BYTES ||
        aq_little32(b + s->at) != LOCAL_MAGIC)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: ZIP member %s is not where the directory says; the file is "
                       "damaged",
                       w->path, m->name);
    const uint64_t data =
        s->at + LOCAL_BYTES + aq_little16(b + s->at + 26) + aq_little16(b + s->at + 28);
    if (data > limit || s->packed > limit - data)
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: ZIP member %s would extend beyond the file's data; the "
                       "file is damaged",
                       w->path, m->name);
    if (!m->deflated && s->packed != s->bytes)
        return aq_fail(AQ_ERR_FORMAT, "%s: ZIP member %s has two sizes", w->path,
                       m->name);
    m->packed = b + data;
    m->packed_bytes = (size_t)s->packed;
    m->bytes = (size_t)s->bytes;
    return AQ_OK;
}

static AqErr read_member(AqZip *z, AqWeights *w, const unsigned char **at,
                         const unsigned char *end, uint64_t limit)
{
    const unsigned char *p = *at;

    if (end - p < CENTRAL_BYTES || aq_little32(p) != CENTRAL_MAGIC)
        return fail_zip(w, "its directory ends too early");
    const size_t name = aq_little16(p + 28), extra = aq_little16(p + 30),
                 comment = aq_little16(p + 32);
    if ((size_t)(end - p) - CENTRAL_BYTES < name + extra + comment)
        return fail_zip(w, "its directory ends too early");
    AqZipMember *m = &z->v[z->n];
    *m = (AqZipMember){.crc = aq_little32(p + 16)};
    m->name = aq_weights_text(w, (const char *)p + CENTRAL_BYTES, name);
    if (!m->name)
        return AQ_ERR_NOMEM;
    const unsigned how = aq_little16(p + 10);
    if ((aq_little16(p + 8) & 1) || (how != STORED && how != DEFLATED))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: ZIP member %s is encrypted or compressed with method %u; "
                       "only stored and deflated members are supported",
                       w->path, m->name, how);
    m->deflated = how == DEFLATED;
    Sizes s = {.packed = aq_little32(p + 20),
               .bytes = aq_little32(p + 24),
               .at = aq_little32(p + 42)};
    if (!read_zip64(&s, p + CENTRAL_BYTES + name, extra))
        return fail_zip(w, "a member's ZIP64 sizes are missing");
    *at = p + CENTRAL_BYTES + name + extra + comment;
    const AqErr err = locate_member_data(w, m, &s, limit);
    z->n += err == AQ_OK;
    return err;
}

static int compare_member_names(const void *a, const void *b)
{
    return strcmp((*(const AqZipMember *const *)a)->name,
                  (*(const AqZipMember *const *)b)->name);
}

static int compare_member_places(const void *a, const void *b)
{
    const AqZipMember *x = *(const AqZipMember *const *)a,
                      *y = *(const AqZipMember *const *)b;

    if (x->packed != y->packed)
        return x->packed < y->packed ? -1 : 1;
    return (x->packed_bytes > y->packed_bytes) - (x->packed_bytes < y->packed_bytes);
}

/* Duplicate names, or members that share bytes (how a small archive claims to be
 * large), are never written by a proper writer. */
static AqErr check_members(AqZip *z, AqWeights *w)
{
    AqZipMember **v = aq_arena_alloc(w->arena, z->n + 1, sizeof *v);

    z->by_name = aq_arena_alloc(w->arena, z->n + 1, sizeof *z->by_name);
    if (!v || !z->by_name)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < z->n; k++)
        v[k] = z->by_name[k] = &z->v[k];
    qsort(z->by_name, z->n, sizeof *v, compare_member_names);
    for (size_t k = 1; k < z->n; k++)
        if (strcmp(z->by_name[k - 1]->name, z->by_name[k]->name) == 0)
            return aq_fail(AQ_ERR_FORMAT, "%s: ZIP archive with two members called %s",
                           w->path, z->by_name[k]->name);
    qsort(v, z->n, sizeof *v, compare_member_places);
    for (size_t k = 1; k < z->n; k++)
        if ((size_t)(v[k]->packed - v[k - 1]->packed) < v[k - 1]->packed_bytes)
            return aq_fail(AQ_ERR_FORMAT, "%s: ZIP members %s and %s overlap", w->path,
                           v[k - 1]->name, v[k]->name);
    return AQ_OK;
}

AqErr aq_zip_open(AqZip *z, AqWeights *w)
{
    Directory d = {0};

    *z = (AqZip){0};
    AqErr err = find_directory(w, &d);
    if (err != AQ_OK)
        return err;
    z->v = aq_arena_alloc(w->arena, (size_t)d.n + 1, sizeof *z->v);
    if (!z->v)
        return AQ_ERR_NOMEM;
    const unsigned char *at = w->file.bytes + d.at, *end = at + d.bytes;
    for (uint64_t k = 0; err == AQ_OK && k < d.n; k++)
        err = read_member(z, w, &at, end, d.at);
    if (err == AQ_OK)
        err = check_members(z, w);
    w->reader = z;
    w->check = aq_zip_check;
    return err;
}

AqZipMember *aq_zip_find(const AqZip *z, const char *name)
{
    const AqZipMember key = {.name = name}, *at = &key;
    AqZipMember **found =
        z->n ? bsearch(&at, z->by_name, z->n, sizeof *z->by_name, compare_member_names)
             : NULL;

    return found ? *found : NULL;
}

static AqErr fail_zip_member(const AqWeights *w, const AqZipMember *m)
{
    return aq_fail(AQ_ERR_FORMAT, "%s: ZIP member %s does not unpack; it is damaged",
                   w->path, m->name);
}

/* Writes m->bytes bytes to `to`. */
static AqErr inflate_member(const AqWeights *w, const AqZipMember *m, unsigned char *to)
{
    z_stream s = {0};
    size_t in = m->packed_bytes, out = m->bytes;
    int rc = Z_OK;

    if (inflateInit2(&s, -MAX_WBITS) != Z_OK) /* raw: ZIP has its own headers */
        return aq_fail(AQ_ERR_NOMEM, "out of memory");
    s.next_in = (Bytef *)(uintptr_t)m->packed;
    s.next_out = to;
    while (rc == Z_OK && (in > 0 || s.avail_in > 0)) { /* avail_* are 32 bits wide */
        const uInt more = in > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)in;

        if (s.avail_in == 0) {
            s.avail_in = more;
            in -= more;
        }
        if (s.avail_out == 0 && out > 0) {
            s.avail_out = out > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)out;
            out -= s.avail_out;
        }
        rc = inflate(&s, Z_NO_FLUSH);
    }
    const int whole = rc == Z_STREAM_END && out == 0 && s.avail_out == 0;
    (void)inflateEnd(&s);
    return whole ? AQ_OK : fail_zip_member(w, m);
}

AqErr aq_zip_data(AqZip *z, AqWeights *w, AqZipMember *m, const unsigned char **data)
{
    *data = NULL;
    if (!m->deflated)
        m->data = m->packed;
    if (!m->data) {
        const uint64_t most = INFLATE_FREE + INFLATE_TIMES * (uint64_t)w->file.n;

        if (m->bytes > most - z->inflated)
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: ZIP member %s claims to unpack to %zu bytes, which no "
                           "weights do from a file of this size",
                           w->path, m->name, m->bytes);
        unsigned char *to = aq_arena_alloc(w->arena, m->bytes + 1, 1);
        if (!to)
            return AQ_ERR_NOMEM;
        z->inflated += m->bytes;
        const AqErr err = inflate_member(w, m, to);
        if (err != AQ_OK)
            return err;
        m->data = to;
    }
    *data = m->data;
    return AQ_OK;
}

AqErr aq_zip_check(const AqWeights *w)
{
    const AqZip *z = w->reader;

    for (size_t k = 0; k < z->n; k++) {
        const AqZipMember *m = &z->v[k];

        if (!m->data && m->deflated) /* it was not asked for */
            continue;
        const unsigned char *p = m->data ? m->data : m->packed;
        if (crc32_z(0, p, m->bytes) != m->crc)
            return aq_fail(AQ_ERR_FORMAT,
                           "%s: ZIP member %s does not match its checksum; the file is "
                           "damaged",
                           w->path, m->name);
    }
    return AQ_OK;
}
