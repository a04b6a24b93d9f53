/*
 * Lets a process confine itself before it parses untrusted bytes: from then on it can
 * only compute, read the descriptors it has, and use one socket. The kernel (seccomp,
 * and Landlock if available) refuses opening files, starting processes, connecting and
 * sending signals; memory and descriptors are limited. This cannot be undone.
 */
#ifndef AQ_PIPELINE_DECODER_CONFINE_H
#define AQ_PIPELINE_DECODER_CONFINE_H
#include "base/err.h"

#include <stdint.h>

/* A sanitizer needs a few more system calls, and its own maps. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AQ_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||             \
    __has_feature(memory_sanitizer)
#define AQ_SANITIZED 1
#endif
#endif
#ifndef AQ_SANITIZED
#define AQ_SANITIZED 0
#endif

/* The values of AVQA_CONFINE: as much as possible, nothing, or refuse to decode unless
 * confined. */
typedef enum AqConfineMode {
    AQ_CONFINE_AUTO,
    AQ_CONFINE_OFF,
    AQ_CONFINE_REQUIRE
} AqConfineMode;

/* Reads AVQA_CONFINE. AQ_ERR_USAGE if it has another value. */
AQ_MUST_CHECK AqErr aq_confine_mode(AqConfineMode *out);
const char *aq_confine_mode_name(AqConfineMode mode);

typedef struct AqConfineWish {
    AqConfineMode mode;
    int fd;               /* the socket */
    int64_t memory_bytes; /* above current use; 0: no limit */
    /* Called in a signal handler with the number of a forbidden system call; the
     * process ends afterwards. */
    void (*tried)(int number);
} AqConfineWish;

/* What is in force. */
typedef struct AqConfined {
    int32_t seccomp;      /* the system call filter is active */
    int32_t landlock_abi; /* of the rules for files, sockets and signals; 0: none */
} AqConfined;

/* Sets the limits, and the rest unless `mode` is AQ_CONFINE_OFF. AQ_ERR_UNSUPPORTED if
 * it is required but there is no filter. Call in a single-threaded process. */
AQ_MUST_CHECK AqErr aq_confine(AqConfined *out, const AqConfineWish *wish);

enum { AQ_CONFINE_STATUS = 66 }; /* exit status after a forbidden call */

/* The call's name, such as "socket", or "". Not thread-safe. */
void aq_confine_call_name(int number, char *name, int room);

#endif
