/*
 * A process shuts itself in before it takes untrusted bytes apart: from then on it can
 * compute, read what it was handed, and talk on one socket. Nothing can be opened,
 * started, connected to or signalled, by the kernel's word (seccomp, and Landlock
 * where there is one); memory and descriptors have limits. There is no way back.
 */
#ifndef AQ_PIPELINE_DECODER_CONFINE_H
#define AQ_PIPELINE_DECODER_CONFINE_H
#include "base/err.h"

#include <stdint.h>

/* A sanitizer in the program needs a few calls more, and its own maps. */
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

/* What AVQA_CONFINE asks for: as far as it goes, nothing, or all of it or no decoding.
 */
typedef enum AqConfineMode {
    AQ_CONFINE_AUTO,
    AQ_CONFINE_OFF,
    AQ_CONFINE_REQUIRE
} AqConfineMode;

/* AQ_ERR_USAGE: the variable holds something else. */
AQ_MUST_CHECK AqErr aq_confine_mode(AqConfineMode *out);
const char *aq_confine_mode_name(AqConfineMode mode);

typedef struct AqConfineWish {
    AqConfineMode mode;
    int fd;               /* the socket */
    int64_t memory_bytes; /* beyond what the process has now; 0: any */
    /* Told the number of a system call that is not allowed, in a signal's handler; the
     * process ends after it. */
    void (*tried)(int number);
} AqConfineWish;

/* What is in force. */
typedef struct AqConfined {
    int32_t seccomp;      /* the filter of system calls */
    int32_t landlock_abi; /* of the rules on files, sockets and signals; 0: none */
} AqConfined;

/* The limits always; the rest unless `mode` says AQ_CONFINE_OFF. AQ_ERR_UNSUPPORTED:
 * it was required, and there is no filter. For a process of one thread. */
AQ_MUST_CHECK AqErr aq_confine(AqConfined *out, const AqConfineWish *wish);

enum { AQ_CONFINE_STATUS = 66 }; /* with which a process ends that tried more */

/* "socket" and the like, or "". For one thread at a time. */
void aq_confine_call_name(int number, char *name, int room);

#endif
