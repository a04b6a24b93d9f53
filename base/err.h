/*
 * Errors as values. A function that can fail returns an AqErr; the message for the user
 * (what failed, on which file, why, what to do) is kept per thread and read with
 * aq_err_text(). It is recorded where the fault is found and passed up unchanged.
 */
#ifndef AQ_BASE_ERR_H
#define AQ_BASE_ERR_H

#define AQ_MUST_CHECK    __attribute__((warn_unused_result))
#define AQ_PRINTF(f, va) __attribute__((format(printf, f, va)))

typedef enum AqErr {
    AQ_OK = 0,
    AQ_EOF,             /* a state, not a fault: no more input */
    AQ_ERR_USAGE,       /* the caller asked for something that makes no sense */
    AQ_ERR_NOMEM,       /* allocation failed */
    AQ_ERR_IO,          /* a system call failed */
    AQ_ERR_FORMAT,      /* malformed data */
    AQ_ERR_MEDIA,       /* this clip cannot be used; others may */
    AQ_ERR_NOT_FOUND,   /* no such file, row, name */
    AQ_ERR_MISMATCH,    /* two things that should agree do not */
    AQ_ERR_UNSUPPORTED, /* recognised, but not supported */
    AQ_ERR_STORE,       /* SQLite reported an error */
    AQ_ERR_CANCELLED,   /* stopped on request, or because another part failed */
    AQ_ERR_NUMERIC      /* NaN or infinity where a number was needed */
} AqErr;

/* Records the message and returns `code`, so that `return aq_fail(...)` works. */
AqErr aq_fail(AqErr code, const char *fmt, ...) AQ_PRINTF(2, 3);

/* The same from errno: "<what>: No such file or directory"; ENOENT gives NOT_FOUND. */
AqErr aq_fail_errno(const char *what);

/* Prefixes the recorded message with context: "context: message". Returns `code`. */
AqErr aq_err_prefix(AqErr code, const char *fmt, ...) AQ_PRINTF(2, 3);

/* This thread's last message; never NULL, valid until the thread's next failure. */
const char *aq_err_text(void);

/* "format error" and the like, for logs. */
const char *aq_err_name(AqErr code);

/* True if the fault concerns only one item (a bad clip), so the job can continue. */
int aq_err_is_item(AqErr code);

#endif
