/*
 * Who may talk to the server. A page of another site can send requests to a server on
 * this machine, and, by a name that it makes mean this machine, read the answers; what
 * browsers say in Host, Origin and Sec-Fetch-Site tells it apart. Where others can
 * reach the server, a token is wanted as well.
 *
 * Threads: a guard is only read.
 */
#ifndef AQ_PIPELINE_SERVE_HTTP_GUARD_H
#define AQ_PIPELINE_SERVE_HTTP_GUARD_H
#include "base/err.h"

#include <stddef.h>

#define AQ_GUARD_MOST_NAMES 8
#define AQ_GUARD_COOKIE     "avqa_token"

typedef struct AqGuard {
    char address[64]; /* that it listens on, as in a URL without brackets */
    int port;         /* that it listens on */
    int is_loopback;  /* nobody else can reach the address */
    int is_any;       /* it listens on all addresses */
    char token[256];  /* "": none is wanted */
    const char *names[AQ_GUARD_MOST_NAMES]; /* further ones that it is reached by */
    int n_names;
} AqGuard;

/* "ADDRESS:PORT", "[ADDRESS]:PORT", "ADDRESS" or "PORT"; the rest is as it is by
 * default, 127.0.0.1 and 8642. The address is a number or localhost. AQ_ERR_USAGE. */
AQ_MUST_CHECK AqErr aq_guard_listen(AqGuard *g, const char *text);

/* The token in the file's first line. AQ_ERR_USAGE for one that is short, that has
 * characters which no URL has, or in a file that others may read. */
AQ_MUST_CHECK AqErr aq_guard_read_token(AqGuard *g, const char *path);

/* Is this Host header one of ours? NULL: there is none, and the request is not. */
int aq_guard_host(const AqGuard *g, const char *host);
/* Is this Origin (NULL: none was sent) one of ours? */
int aq_guard_origin(const AqGuard *g, const char *origin);

/* Headers of a request, NULL for those that it lacks. */
typedef struct AqGuardHeaders {
    const char *authorization;
    const char *cookie; /* the value of AQ_GUARD_COOKIE */
} AqGuardHeaders;
/* Does it have the token, if one is wanted? */
int aq_guard_token(const AqGuard *g, const AqGuardHeaders *h);
/* Is it the token? In a time that does not tell how much of it is right. */
int aq_guard_is_token(const AqGuard *g, const char *text);

#endif
