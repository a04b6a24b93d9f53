/* SPDX-License-Identifier: MIT */
/*
 * Lets FFmpeg read a clip through a descriptor, not a path: the clip is read twice, and
 * once more by libsndfile.
 */
#include "extract/media/media_priv.h"

#include "base/alloc.h"
#include "extract/media/bytes.h"

#include <errno.h>

enum { BUFFER = 32768 }; /* the same as FFmpeg's file protocol */

typedef struct MediaReader {
    AqBytes bytes;
    const AqMediaOptions *how;
} MediaReader;

int aq_source_stopped(void *ctx)
{
    const AqMediaOptions *how = ctx;

    return how->cancelled && how->cancelled(how->ctx);
}

static int read_bytes(void *ctx, uint8_t *to, int most)
{
    MediaReader *r = ctx;

    if (aq_source_stopped((void *)(uintptr_t)r->how))
        return AVERROR_EXIT;
    const int64_t n = aq_bytes_read(&r->bytes, to, (size_t)most);
    if (n < 0)
        return AVERROR(r->bytes.fault);
    return n > 0 ? (int)n : AVERROR_EOF;
}

static int64_t go_to(void *ctx, int64_t to, int whence)
{
    MediaReader *r = ctx;
    const int64_t at = whence & AVSEEK_SIZE
                           ? aq_bytes_size(&r->bytes)
                           : aq_bytes_seek(&r->bytes, to, whence & ~AVSEEK_FORCE);

    return at < 0 ? AVERROR(r->bytes.fault ? r->bytes.fault : EINVAL) : at;
}

AqErr aq_source_file(AVIOContext **pb, const AqMediaOptions *how)
{
    MediaReader *r = aq_alloc(1, sizeof *r);
    unsigned char *buffer = av_malloc(BUFFER);

    *pb = NULL;
    if (r && buffer) {
        *r = (MediaReader){.bytes = {.fd = how->fd}, .how = how};
        *pb = avio_alloc_context(buffer, BUFFER, 0, r, read_bytes, NULL, go_to);
    }
    if (*pb)
        return AQ_OK;
    av_free(buffer);
    aq_free(r);
    return aq_fail(AQ_ERR_NOMEM, "out of memory");
}

void aq_source_file_close(AVIOContext **pb)
{
    if (!*pb)
        return;
    av_freep(&(*pb)->buffer);
    aq_free((*pb)->opaque);
    avio_context_free(pb);
}
