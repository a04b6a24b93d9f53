/*
 * Errors as values. A function that can fail returns an AqErr; the sentence a person
 * needs (what, on which file, why, what to do) is kept per thread and read with
 * aq_err_text(). It is filled where the fault is found and passed up unchanged.
 */
#ifndef AQ_BASE_ERR_H
#define AQ_BASE_ERR_H

#define AQ_MUST_CHECK    __attribute__((warn_unused_result))
#define AQ_PRINTF(f, va) __attribute__((format(printf, f, va)))

typedef enum AqErr {
    AQ_OK = 0,
    AQ_EOF,             /* a state, not a fault: the source has no more */
    AQ_ERR_USAGE,       /* the caller asked for something that makes no sense */
    AQ_ERR_NOMEM,       /* allocation failed */
    AQ_ERR_IO,          /* the operating system said no */
    AQ_ERR_FORMAT,      /* bytes that are not what they should be */
    AQ_ERR_MEDIA,       /* this clip cannot be used; others may */
    AQ_ERR_NOT_FOUND,   /* no such file, row, name */
    AQ_ERR_MISMATCH,    /* two things that should agree do not */
    AQ_ERR_UNSUPPORTED, /* recognised, and not handled */
    AQ_ERR_STORE,       /* SQLite said no */
    AQ_ERR_CANCELLED,   /* stopped on request, or because another part failed */
    AQ_ERR_NUMERIC      /* NaN or infinity where a number was needed */
} AqErr;

/* Records the sentence and returns `code`, so that `return aq_fail(...)` reads well. */
AqErr aq_fail(AqErr code, const char *fmt, ...) AQ_PRINTF(2, 3);

/* The same from errno: "<what>: No such file or directory"; ENOENT gives NOT_FOUND. */
AqErr aq_fail_errno(const char *what);

/* Puts context in front of the recorded sentence: "ctx: sentence". Returns `code`. */
AqErr aq_err_prefix(AqErr code, const char *fmt, ...) AQ_PRINTF(2, 3);

/* This thread's last sentence; never NULL, valid until the next failure here. */
const char *aq_err_text(void);

/* "format error" and the like, for logs. */
const char *aq_err_name(AqErr code);

/* True where the fault is the item's (a bad clip), so that the job can go on. */
int aq_err_is_item(AqErr code);

#endif
