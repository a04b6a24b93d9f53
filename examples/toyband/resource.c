/* SPDX-License-Identifier: MIT */
#include "examples/toyband/resource.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { COMPRESSED = 1, FOLDER = 2, ZSTD = 4 };
#define MOST_BYTES  ((size_t)64 << 20)
#define MOST_DEPTH  16
#define MOST_VISITS 100000 /* entries visited: ends even if the tree has loops */

typedef struct Reader {
    const AqToyResource *r;
    size_t tree, data, names, entry; /* offsets, and size of a tree entry */
    const char *wanted;
    size_t found; /* the entry's offset, 0 for none */
    long visits;
} Reader;

/* n bytes at `at` as a big-endian number; 0 outside the file. */
static size_t read_big_endian(const AqToyResource *r, size_t at, size_t n)
{
    size_t x = 0;

    if (at > r->n || n > r->n - at)
        return 0;
    for (size_t k = 0; k < n; k++)
        x = x << 8 | r->bytes[at + k];
    return x;
}

static AqErr slurp(AqToyResource *r)
{
    FILE *f = fopen(r->path, "rbe");

    if (!f)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: cannot be opened", r->path);
    (void)fseek(f, 0, SEEK_END);
    const long n = ftell(f);
    rewind(f);
    r->n = n > 0 && (size_t)n <= MOST_BYTES ? (size_t)n : 0;
    r->bytes = aq_alloc(r->n ? r->n : 1, 1);
    const int whole = r->bytes && r->n && fread(r->bytes, 1, r->n, f) == r->n;
    (void)fclose(f);
    return whole ? AQ_OK : aq_fail(AQ_ERR_IO, "%s: cannot be read", r->path);
}

AqErr aq_toy_resource_open(AqToyResource *out, const char *path)
{
    *out = (AqToyResource){.path = aq_strdup(path)};
    AqErr err = out->path ? slurp(out) : AQ_ERR_NOMEM;

    if (err == AQ_OK && (out->n < 20 || memcmp(out->bytes, "qres", 4) != 0))
        err = aq_fail(AQ_ERR_FORMAT, "%s: not a Qt resource file", path);
    if (err != AQ_OK)
        aq_toy_resource_close(out);
    return err;
}

void aq_toy_resource_close(AqToyResource *r)
{
    aq_free(r->path);
    aq_free(r->bytes);
    *r = (AqToyResource){0};
}

/* Names are UTF-16; the names searched for are ASCII. */
static int has_name(const Reader *rd, size_t entry)
{
    const size_t at = rd->names + read_big_endian(rd->r, entry, 4),
                 n = read_big_endian(rd->r, at, 2);

    if (n != strlen(rd->wanted))
        return 0;
    for (size_t k = 0; k < n; k++)
        if (read_big_endian(rd->r, at + 6 + 2 * k, 2) != (unsigned char)rd->wanted[k])
            return 0;
    return 1;
}

static void walk(Reader *rd, size_t which, int depth)
{
    const size_t entry = rd->tree + which * rd->entry;

    if (rd->found || depth > MOST_DEPTH || entry > rd->r->n ||
        ++rd->visits > MOST_VISITS)
        return;
    if (read_big_endian(rd->r, entry + 4, 2) & FOLDER) {
        const size_t count = read_big_endian(rd->r, entry + 6, 4),
                     first = read_big_endian(rd->r, entry + 10, 4);

        for (size_t k = 0; k < count && k < rd->r->n / rd->entry; k++)
            walk(rd, first + k, depth + 1);
    } else if (has_name(rd, entry)) {
        rd->found = entry;
    }
}

/* Data compressed by zlib, preceded by its size. */
static AqErr inflate_file(const AqToyResource *r, size_t at, size_t n,
                          unsigned char **out, size_t *out_n)
{
    const size_t size = read_big_endian(r, at, 4);
    uLongf got = size;

    if (n < 4 || size == 0 || size > MOST_BYTES)
        return aq_fail(AQ_ERR_FORMAT, "%s: contains a file of an impossible size",
                       r->path);
    *out = aq_alloc(size + 1, 1);
    if (!*out)
        return AQ_ERR_NOMEM;
    if (uncompress(*out, &got, r->bytes + at + 4, n - 4) != Z_OK || got != size) {
        aq_free(*out);
        *out = NULL;
        return aq_fail(AQ_ERR_FORMAT, "%s: contains a damaged file", r->path);
    }
    *out_n = size;
    return AQ_OK;
}

AqErr aq_toy_resource_file(const AqToyResource *r, const char *name,
                           unsigned char **out, size_t *n)
{
    Reader rd = {.r = r,
                 .tree = read_big_endian(r, 8, 4),
                 .data = read_big_endian(r, 12, 4),
                 .names = read_big_endian(r, 16, 4),
                 .entry = read_big_endian(r, 4, 4) >= 2 ? 22 : 14,
                 .wanted = name};

    *out = NULL;
    walk(&rd, 0, 0);
    if (!rd.found)
        return aq_fail(AQ_ERR_NOT_FOUND, "%s: has no %s", r->path, name);
    const size_t flags = read_big_endian(r, rd.found + 4, 2);
    const size_t at = rd.data + read_big_endian(r, rd.found + 10, 4),
                 size = read_big_endian(r, at, 4);
    if ((flags & ZSTD) || at > r->n - 4 || size > r->n - at - 4)
        return aq_fail(AQ_ERR_FORMAT, "%s: %s cannot be read", r->path, name);
    if (flags & COMPRESSED)
        return inflate_file(r, at + 4, size, out, n);
    *out = aq_alloc(size + 1, 1);
    if (!*out)
        return AQ_ERR_NOMEM;
    memcpy(*out, r->bytes + at + 4, size);
    *n = size;
    return AQ_OK;
}
