/* SPDX-License-Identifier: MIT */
/* The thread-local message that goes with an AqErr. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 2048

static _Thread_local char text[TEXT_BYTES];

AqErr aq_fail(AqErr code, const char *fmt, ...)
{
    char fresh[TEXT_BYTES]; /* the arguments may point into `text` */
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(fresh, sizeof fresh, fmt, ap);
    va_end(ap);
    memcpy(text, fresh, sizeof text);
    return code;
}

AqErr aq_fail_errno(const char *what)
{
    const int e = errno;
    const AqErr code = e == ENOENT   ? AQ_ERR_NOT_FOUND
                       : e == ENOMEM ? AQ_ERR_NOMEM
                                     : AQ_ERR_IO;
    char reason[256];

    if (strerror_r(e, reason, sizeof reason) != 0)
        (void)snprintf(reason, sizeof reason, "system error %d", e);
    return aq_fail(code, "%s: %s", what, reason);
}

AqErr aq_err_prefix(AqErr code, const char *fmt, ...)
{
    char context[TEXT_BYTES], joined[TEXT_BYTES * 2 + 2];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(context, sizeof context, fmt, ap);
    va_end(ap);
    (void)snprintf(joined, sizeof joined, "%s: %s", context, text);
    joined[TEXT_BYTES - 1] = '\0';
    memcpy(text, joined, sizeof text);
    return code;
}

const char *aq_err_text(void)
{
    return text;
}

const char *aq_err_name(AqErr code)
{
    static const char *const names[] = {
        [AQ_OK] = "no error",
        [AQ_EOF] = "end of data",
        [AQ_ERR_USAGE] = "misuse",
        [AQ_ERR_NOMEM] = "out of memory",
        [AQ_ERR_IO] = "input/output error",
        [AQ_ERR_FORMAT] = "format error",
        [AQ_ERR_MEDIA] = "unusable media",
        [AQ_ERR_NOT_FOUND] = "not found",
        [AQ_ERR_MISMATCH] = "mismatch",
        [AQ_ERR_UNSUPPORTED] = "unsupported",
        [AQ_ERR_STORE] = "store error",
        [AQ_ERR_CANCELLED] = "cancelled",
        [AQ_ERR_NUMERIC] = "not a number",
    };
    const size_t n = sizeof names / sizeof names[0];

    return (size_t)code < n ? names[code] : "unknown error";
}

int aq_err_is_item(AqErr code)
{
    return code == AQ_ERR_MEDIA;
}
