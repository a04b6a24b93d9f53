/* SPDX-License-Identifier: MIT */
/* What is replied, as values. */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/serve/http/http.h"
#include "pipeline/serve/http/range.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JSON_TYPE "application/json"
enum { RETRY_SECONDS = 5 };

void aq_reply_json(AqReply *out, int status, json_t *o)
{
    char *text = aq_json_text(o, JSON_COMPACT | JSON_REAL_PRECISION(6));

    json_decref(o);
    out->status = text ? status : 500;
    out->type = JSON_TYPE;
    out->text = text;
    out->fixed = text ? NULL : "{\"error\":\"out of memory\"}";
    out->bytes = (int64_t)strlen(text ? text : out->fixed);
}

void aq_reply_error(AqReply *out, int status, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    aq_reply_json(out, status, aq_json_pack("{s:s}", "error", aq_text_shown(text)));
}

void aq_reply_busy(AqReply *out, int seconds, const char *what)
{
    aq_reply_error(out, 503, "%s; try again in %d s", what, seconds);
    out->retry_seconds = seconds;
}

static int status_of_error(AqErr err)
{
    switch (err) {
    case AQ_ERR_USAGE:
    case AQ_ERR_FORMAT:
        return 400;
    case AQ_ERR_NOT_FOUND:
        return 404;
    case AQ_ERR_MISMATCH:
        return 409;
    case AQ_ERR_MEDIA:
    case AQ_ERR_UNSUPPORTED:
        return 422;
    case AQ_ERR_CANCELLED:
    case AQ_ERR_NOMEM:
        return 503;
    default:
        return 500;
    }
}

void aq_reply_failure(AqReply *out, AqErr err)
{
    const int status = status_of_error(err);

    aq_reply_error(out, status, "%s", aq_err_text());
    if (status == 503)
        out->retry_seconds = RETRY_SECONDS;
}

AqErr aq_reply_file(AqReply *out, const char *path, const char *type, const char *range)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return aq_fail_errno(path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(fd);
        return aq_fail(AQ_ERR_NOT_FOUND, "%s is not a file any more", path);
    }
    const AqRange part = aq_range_parse(range, st.st_size);
    if (part.kind == AQ_RANGE_NONE) {
        (void)close(fd);
        aq_reply_error(out, 416, "the file has %lld bytes, and the range none of them",
                       (long long)st.st_size);
        out->whole = st.st_size;
        out->is_file = 1;
        return AQ_OK;
    }
    out->status = part.kind == AQ_RANGE_PART ? 206 : 200;
    out->type = type;
    out->fd = fd;
    out->is_file = 1;
    out->from = part.from;
    out->bytes = part.bytes;
    out->whole = part.kind == AQ_RANGE_PART ? st.st_size : 0;
    return AQ_OK;
}

void aq_reply_clear(AqReply *r)
{
    aq_free(r->text);
    if (r->fd > 0)
        (void)close(r->fd);
    if (r->done)
        r->done(r->done_ctx);
    *r = (AqReply){.status = 0};
}
