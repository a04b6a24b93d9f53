/* SPDX-License-Identifier: MIT */
#include "pipeline/exchange/formats/zip_write.h"

#include "base/alloc.h"

#include <string.h>
#include <zlib.h>

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    EXTRA_BYTES = 12, /* ZIP64: an offset */
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    VERSION = 20,   /* 2.0: what a stored member needs */
    VERSION64 = 45, /* 4.5: ZIP64 */
    IS_UTF8 = 1 << 11,
    FIRST_DAY = (1 << 5) + 1, /* 1 January 1980 */
    FIRST_ROOM = 4096,
    SHORT_MOST = 0xFFFF
};
#define LONG_MOST 0xFFFFFFFFu

static void put_little16(unsigned char **p, unsigned v)
{
    *(*p)++ = (unsigned char)v;
    *(*p)++ = (unsigned char)(v >> 8);
}

static void put_little32(unsigned char **p, uint32_t v)
{
    put_little16(p, v & SHORT_MOST);
    put_little16(p, v >> 16);
}

static void put_little64(unsigned char **p, uint64_t v)
{
    put_little32(p, (uint32_t)v);
    put_little32(p, (uint32_t)(v >> 32));
}

static AqErr write_zip_bytes(AqZipWriter *z, const void *data, size_t bytes)
{
    z->at += bytes;
    return z->put(z->ctx, data, bytes);
}

/* The fields that a member's local header and its directory entry share. */
static void put_common(unsigned char **p, uint32_t crc, uint32_t bytes, size_t name)
{
    put_little16(p, IS_UTF8);
    put_little16(p, 0); /* stored */
    put_little16(p, 0); /* time */
    put_little16(p, FIRST_DAY);
    put_little32(p, crc);
    put_little32(p, bytes);
    put_little32(p, bytes);
    put_little16(p, (unsigned)name);
}

static AqErr add_directory_entry(AqZipWriter *z, const char *name, uint32_t crc,
                                 uint32_t bytes)
{
    const size_t n = strlen(name), need = CENTRAL_BYTES + n + EXTRA_BYTES;
    const int far = z->at >= LONG_MOST;

    if (z->room - z->used < need) {
        const size_t room = 2 * (z->room + need) + FIRST_ROOM;
        unsigned char *more = aq_realloc(z->directory, room, 1);

        if (!more)
            return AQ_ERR_NOMEM;
        z->directory = more;
        z->room = room;
    }
    unsigned char *p = z->directory + z->used;
    put_little32(&p, 0x02014b50u);
    put_little16(&p, far ? VERSION64 : VERSION);
    put_little16(&p, far ? VERSION64 : VERSION);
    put_common(&p, crc, bytes, n);
    put_little16(&p, far ? EXTRA_BYTES : 0);
    put_little16(&p, 0); /* no comment */
    put_little16(&p, 0); /* on the first disk */
    put_little16(&p, 0);
    put_little32(&p, 0);
    put_little32(&p, far ? LONG_MOST : (uint32_t)z->at);
    /* A name has its length before it. */
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(p, name, n);
    p += n;
    if (far) {
        put_little16(&p, 1);
        put_little16(&p, 8);
        put_little64(&p, z->at);
    }
    z->used = (size_t)(p - z->directory);
    z->n++;
    return AQ_OK;
}

AqErr aq_zip_put(AqZipWriter *z, const char *name, const void *head, size_t head_bytes,
                 const void *data, size_t data_bytes)
{
    unsigned char local[LOCAL_BYTES], *p = local;
    const size_t n = strlen(name), bytes = head_bytes + data_bytes;

    if (n > SHORT_MOST || bytes >= LONG_MOST)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%.80s: cannot be a ZIP member: its name is too long, or its "
                       "%zu bytes exceed 4 GB",
                       name, bytes);
    uint32_t crc = (uint32_t)crc32_z(0, head, head_bytes);
    if (data_bytes) /* without data crc32_z() would restart */
        crc = (uint32_t)crc32_z(crc, data, data_bytes);
    AqErr err = add_directory_entry(z, name, crc, (uint32_t)bytes);
    put_little32(&p, 0x04034b50u);
    put_little16(&p, VERSION);
    put_common(&p, crc, (uint32_t)bytes, n);
    put_little16(&p, 0); /* no extra field */
    if (err == AQ_OK)
        err = write_zip_bytes(z, local, sizeof local);
    if (err == AQ_OK)
        err = write_zip_bytes(z, name, n);
    if (err == AQ_OK)
        err = write_zip_bytes(z, head, head_bytes);
    return err == AQ_OK ? write_zip_bytes(z, data, data_bytes) : err;
}

AqErr aq_zip_put_end(AqZipWriter *z)
{
    unsigned char end[END64_BYTES + LOCATOR_BYTES + END_BYTES], *p = end;
    const uint64_t at = z->at;
    const int large = at >= LONG_MOST || z->used >= LONG_MOST || z->n >= SHORT_MOST;
    AqErr err = write_zip_bytes(z, z->directory, z->used);

    if (large) {
        put_little32(&p, 0x06064b50u);
        put_little64(&p, END64_BYTES - 12);
        put_little16(&p, VERSION64);
        put_little16(&p, VERSION64);
        put_little32(&p, 0);
        put_little32(&p, 0);
        put_little64(&p, z->n);
        put_little64(&p, z->n);
        put_little64(&p, z->used);
        put_little64(&p, at);
        put_little32(&p, 0x07064b50u);
        put_little32(&p, 0);
        put_little64(&p, at + z->used);
        put_little32(&p, 1);
    }
    put_little32(&p, 0x06054b50u);
    put_little16(&p, 0);
    put_little16(&p, 0);
    put_little16(&p, large ? SHORT_MOST : (unsigned)z->n);
    put_little16(&p, large ? SHORT_MOST : (unsigned)z->n);
    put_little32(&p, large ? LONG_MOST : (uint32_t)z->used);
    put_little32(&p, large ? LONG_MOST : (uint32_t)at);
    put_little16(&p, 0);
    return err == AQ_OK ? write_zip_bytes(z, end, (size_t)(p - end)) : err;
}

void aq_zip_writer_clear(AqZipWriter *z)
{
    aq_free(z->directory);
    *z = (AqZipWriter){0};
}
