/*
 * An HTTP server over a table of routes, through libmicrohttpd: what a request asks,
 * as a value, becomes what is replied, as a value. It checks each request against the
 * guard, takes bodies within limits, and streams files that are sent in to the disk.
 *
 * Threads: each connection has its own, and calls the handler there; handlers run
 * beside each other and lock what they share.
 */
#ifndef AQ_PIPELINE_SERVE_HTTP_HTTP_H
#define AQ_PIPELINE_SERVE_HTTP_HTTP_H
#include "base/digest.h"
#include "base/err.h"
#include "pipeline/serve/http/guard.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define AQ_HTTP_MOST_ARGS 2
#define AQ_HTTP_TEXT      (64 << 10) /* most bytes of a body that is no file */

typedef enum AqHttpMethod {
    AQ_HTTP_GET, /* HEAD too */
    AQ_HTTP_POST,
    AQ_HTTP_DELETE,
    AQ_HTTP_OTHER
} AqHttpMethod;

/* A file that came in, in the plan's folder. A handler that takes it frees its path and
 * sets that to NULL; else it is removed after the reply. */
typedef struct AqHttpFile {
    char *path; /* NULL: none came */
    char *name; /* as the sender calls it: any text at all; or NULL */
    int64_t bytes;
    char sha256[AQ_SHA256_HEX];
} AqHttpFile;

/* All borrowed by the handler, until it returns. */
typedef struct AqRequest AqRequest;
struct AqRequest {
    AqHttpMethod method;
    const char *path;
    char arg[AQ_HTTP_MOST_ARGS][128]; /* what stands for the route's stars */
    const char *body;                 /* of JSON; ended by 0; NULL: none */
    size_t body_bytes;
    int is_form;      /* the fields of a form came, not a body */
    AqHttpFile *file; /* never NULL */
    void *app;        /* the plan's */
    /* The value of a header, of a "key=value" behind the path, of a form's field; NULL:
     * there is none. */
    const char *(*header)(const AqRequest *r, const char *name);
    const char *(*query)(const AqRequest *r, const char *name);
    const char *(*field)(const AqRequest *r, const char *name);
    void *own; /* the server's */
};

/* What is sent piece by piece, for as long as there is some. */
typedef struct AqHttpStream {
    /* Writes up to `room` bytes and says how many; it may wait for about a second, and
     * gives 0 then; -1: the end. */
    ssize_t (*next)(void *ctx, char *to, size_t room);
    void *ctx;
} AqHttpStream;

typedef struct AqReply {
    int status;
    const char *type;  /* static */
    char *text;        /* owned; or */
    const char *fixed; /* static; or */
    int fd;            /* owned, if over 0: a file's part from `from` on; or */
    AqHttpStream stream;
    int is_file;             /* parts of it may be asked for */
    int64_t from, bytes;     /* of these but the stream */
    int64_t whole;           /* of a part: the file's size; 0: it is no part */
    char download[160];      /* the name to save it under; "": it is to be shown */
    char location[300];      /* of a redirection */
    char cookie[300];        /* to be set */
    int retry_seconds;       /* when to ask again; 0: nothing is said */
    void (*done)(void *ctx); /* called when all is sent, or given up; may be NULL */
    void *done_ctx;
} AqReply;

/* Fills in *out, which is all 0; status 0 becomes 200. */
typedef void (*AqHttpHandler)(const AqRequest *r, AqReply *out);

typedef enum AqHttpTakes {
    AQ_HTTP_NOTHING,
    AQ_HTTP_JSON,         /* a body of AQ_HTTP_TEXT at most */
    AQ_HTTP_FILE,         /* the body is a file */
    AQ_HTTP_JSON_OR_FORM, /* a body, or a form with a file called "clip" */
} AqHttpTakes;

/* "/api/clips/ * /media": a star stands for one part of the path. */
typedef struct AqHttpRoute {
    AqHttpMethod method;
    const char *path;
    AqHttpHandler handle;
    AqHttpTakes takes;
    int is_stream; /* replies that may last */
} AqHttpRoute;

/* The route for it, with the stars' parts in *r. Else NULL, and *status is 404, or 405
 * where the path is there for another method. */
const AqHttpRoute *aq_http_route(const AqHttpRoute *table, AqRequest *r, int *status);

typedef struct AqHttpPlan {
    AqGuard guard;
    const AqHttpRoute *routes; /* ended by a path of NULL */
    void *app;
    const char *folder; /* for files that come in; must exist */
    int64_t most_bytes; /* of such a file */
    int most_streams;   /* at the same time */
    int most_uploads;   /* the same of files that come in */
    int idle_seconds;   /* a connection without a byte for so long is closed */
    int upload_seconds; /* in which a body has to be there */
} AqHttpPlan;

typedef struct AqHttp AqHttp;

/* Listens, and serves from then on. AQ_ERR_IO if the address cannot be had,
 * AQ_ERR_UNSUPPORTED if the program was built without libmicrohttpd. The plan is
 * copied; what it points to is borrowed. */
AQ_MUST_CHECK AqErr aq_http_start(AqHttp **out, const AqHttpPlan *plan);
int aq_http_port(const AqHttp *h); /* that it listens on */
/* New requests are refused from now on: 503 with Retry-After. Those under way get their
 * replies. Streams end. */
void aq_http_refuse(AqHttp *h);
int aq_http_n_busy(
    const AqHttp *h); /* requests under way: let in, and not replied to */
/* Ends what is left of it. */
void aq_http_stop(AqHttp **h);

/* ---- replies ---- */

struct json_t;

/* Takes `o`; NULL, and what cannot be written, is a reply of status 500. */
void aq_reply_json(AqReply *out, int status, struct json_t *o);
/* {"error": the sentence}. */
void aq_reply_error(AqReply *out, int status, const char *fmt, ...) AQ_PRINTF(3, 4);
/* The last error, with the status that fits it. */
void aq_reply_failure(AqReply *out, AqErr err);
/* That the server is at its limit: 503, to be tried again. */
void aq_reply_busy(AqReply *out, int seconds, const char *what);
/* The file, or the part that `range` (a header; NULL) asks for. AQ_ERR_NOT_FOUND and
 * others if it cannot be opened; nothing is replied then. */
AQ_MUST_CHECK AqErr aq_reply_file(AqReply *out, const char *path, const char *type,
                                  const char *range);
/* Releases what is in it, and calls done. */
void aq_reply_clear(AqReply *r);

#endif
