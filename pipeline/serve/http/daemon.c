/* SPDX-License-Identifier: MIT */
/* The server as libmicrohttpd runs it: a thread for each connection. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/serve/http/http_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MOST_CONNECTIONS = 128,
    CONNECTION_MEMORY = 32 << 10, /* for a request's line and headers */
    FORM_BUFFER = 16 << 10,
    STREAM_BLOCK = 4 << 10,
    BUSY_SECONDS = 5
};

/* From a request's first line to the last byte of its reply. */
typedef struct Exchange {
    AqHttp *h;
    struct MHD_Connection *connection;
    const AqHttpRoute *route;
    AqRequest request;
    AqIntake intake;
    AqReply reply;
    int is_busy, is_stream, is_upload; /* it counts as one */
} Exchange;

/* ---- what the handler may look up ---- */

static const char *look_up_header(const AqRequest *r, const char *name)
{
    const Exchange *x = r->own;

    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

static const char *look_up_query(const AqRequest *r, const char *name)
{
    const Exchange *x = r->own;

    return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

static const char *look_up_field(const AqRequest *r, const char *name)
{
    const Exchange *x = r->own;

    for (int k = 0; k < x->intake.n_fields; k++)
        if (strcmp(x->intake.field[k].name, name) == 0)
            return x->intake.field[k].text;
    return NULL;
}

/* ---- replies ---- */

static ssize_t read_stream(void *ctx, uint64_t pos, char *to, size_t room)
{
    Exchange *x = ctx;

    (void)pos;
    if (atomic_load(&x->h->refuses))
        return MHD_CONTENT_READER_END_OF_STREAM;
    const ssize_t n = x->reply.stream.next(x->reply.stream.ctx, to, room);
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static struct MHD_Response *make_response(Exchange *x)
{
    AqReply *r = &x->reply;

    if (r->stream.next)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
                                                 read_stream, x, NULL);
    if (r->fd > 0) {
        struct MHD_Response *y = MHD_create_response_from_fd_at_offset64(
            (uint64_t)r->bytes, r->fd, (uint64_t)r->from);

        if (y)
            r->fd = 0; /* it closes it */
        return y;
    }
    /* The text outlives the response: both go when the exchange does. */
    const char *text = r->text ? r->text : r->fixed ? r->fixed : "";
    return MHD_create_response_from_buffer((size_t)r->bytes, (void *)(uintptr_t)text,
                                           MHD_RESPMEM_PERSISTENT);
}

static void add_usual_headers(struct MHD_Response *y)
{
    static const char *const usual[][2] = {
        {"Content-Security-Policy",
         "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:; "
         "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"}};

    for (size_t k = 0; k < sizeof usual / sizeof *usual; k++)
        (void)MHD_add_response_header(y, usual[k][0], usual[k][1]);
}

static void add_reply_headers(struct MHD_Response *y, const AqReply *r)
{
    char text[400];

    if (r->type)
        (void)MHD_add_response_header(y, "Content-Type", r->type);
    if (r->is_file)
        (void)MHD_add_response_header(y, "Accept-Ranges", "bytes");
    if (r->status == 206)
        (void)snprintf(text, sizeof text, "bytes %lld-%lld/%lld", (long long)r->from,
                       (long long)(r->from + r->bytes - 1), (long long)r->whole);
    else
        (void)snprintf(text, sizeof text, "bytes */%lld", (long long)r->whole);
    if (r->status == 206 || r->status == 416)
        (void)MHD_add_response_header(y, "Content-Range", text);
    (void)snprintf(text, sizeof text, "attachment; filename=\"%s\"", r->download);
    if (*r->download)
        (void)MHD_add_response_header(y, "Content-Disposition", text);
    if (*r->location)
        (void)MHD_add_response_header(y, "Location", r->location);
    if (*r->cookie)
        (void)MHD_add_response_header(y, "Set-Cookie", r->cookie);
    (void)snprintf(text, sizeof text, "%d", r->retry_seconds);
    if (r->retry_seconds > 0)
        (void)MHD_add_response_header(y, "Retry-After", text);
    if (r->status == 401)
        (void)MHD_add_response_header(y, "WWW-Authenticate", "Bearer");
}

static enum MHD_Result send_reply(Exchange *x)
{
    struct MHD_Response *y = make_response(x);

    if (!y)
        return MHD_NO;
    if (x->reply.status == 0)
        x->reply.status = 200;
    add_usual_headers(y);
    add_reply_headers(y, &x->reply);
    if (atomic_load(&x->h->refuses))
        (void)MHD_add_response_header(y, "Connection", "close");
    const enum MHD_Result sent =
        MHD_queue_response(x->connection, (unsigned)x->reply.status, y);
    MHD_destroy_response(y); /* its own reference stays until it is sent */
    return sent;
}

/* ---- whether a request is let in ---- */

/* A page of another site asks, by what the browser says; a link that is followed is
 * fine. */
static int is_foreign_fetch(const AqRequest *r)
{
    const char *site = r->header(r, "Sec-Fetch-Site"),
               *mode = r->header(r, "Sec-Fetch-Mode");

    if (!site || (strcmp(site, "cross-site") != 0 && strcmp(site, "same-site") != 0))
        return 0;
    return r->method != AQ_HTTP_GET || !mode || strcmp(mode, "navigate") != 0;
}

/* With the token behind the address: it becomes a cookie, and leaves the address. */
static int take_token_from_query(Exchange *x)
{
    const AqGuard *g = &x->h->plan.guard;
    const char *token = look_up_query(&x->request, "token");

    if (!*g->token || x->request.method != AQ_HTTP_GET || !token ||
        !aq_guard_is_token(g, token))
        return 0;
    aq_reply_error(&x->reply, 303, "go on at /");
    (void)snprintf(x->reply.location, sizeof x->reply.location, "/");
    (void)snprintf(x->reply.cookie, sizeof x->reply.cookie,
                   AQ_GUARD_COOKIE "=%.200s; Path=/; HttpOnly; SameSite=Strict", token);
    return 1;
}

static int is_let_in(Exchange *x)
{
    const AqGuard *g = &x->h->plan.guard;
    AqRequest *r = &x->request;
    const AqGuardHeaders h = {.authorization = r->header(r, "Authorization"),
                              .cookie = MHD_lookup_connection_value(
                                  x->connection, MHD_COOKIE_KIND, AQ_GUARD_COOKIE)};

    if (!aq_guard_host(g, r->header(r, "Host")))
        aq_reply_error(&x->reply, 403,
                       "this server is not called so: open it by its own address");
    else if (!aq_guard_origin(g, r->header(r, "Origin")) || is_foreign_fetch(r))
        aq_reply_error(&x->reply, 403, "pages of other sites may not ask here");
    else if (take_token_from_query(x))
        return 0;
    else if (!aq_guard_token(g, &h))
        aq_reply_error(&x->reply, 401,
                       "this server wants its token: open /?token=TOKEN, or send it as "
                       "\"Authorization: Bearer TOKEN\"");
    return x->reply.status == 0;
}

static int is_too_large(Exchange *x)
{
    const char *length = look_up_header(&x->request, "Content-Length");
    const int64_t most =
        AQ_HTTP_TEXT + (x->route->takes == AQ_HTTP_FILE || x->request.is_form
                            ? x->h->plan.most_bytes
                            : 0);

    if (!length || (strlen(length) < 18 && strtoll(length, NULL, 10) <= most))
        return 0;
    aq_reply_error(&x->reply, 413, "that is too large: %lld bytes at most",
                   (long long)most);
    return 1;
}

/* Counts it among those that last, if there is room. */
static int has_room(Exchange *x)
{
    AqHttp *h = x->h;

    x->is_stream = x->route->is_stream;
    x->is_upload = x->route->takes == AQ_HTTP_FILE || x->request.is_form;
    const int streams = x->is_stream ? atomic_fetch_add(&h->n_streams, 1) : 0,
              uploads = x->is_upload ? atomic_fetch_add(&h->n_uploads, 1) : 0;
    if (streams < h->plan.most_streams && uploads < h->plan.most_uploads)
        return 1;
    aq_reply_busy(&x->reply, BUSY_SECONDS,
                  x->is_stream ? "the server already tells as many as it can of its "
                                 "events"
                               : "the server already takes in as many clips as it can");
    return 0;
}

static enum MHD_Result add_form_field(void *ctx, enum MHD_ValueKind kind,
                                      const char *key, const char *filename,
                                      const char *type, const char *encoding,
                                      const char *data, uint64_t off, size_t size)
{
    (void)kind;
    (void)type;
    (void)encoding;
    (void)off;
    aq_intake_field(ctx, key, filename, data, size);
    return MHD_YES;
}

static int begin_form(Exchange *x)
{
    const char *type = look_up_header(&x->request, "Content-Type");

    x->request.is_form = x->route->takes == AQ_HTTP_JSON_OR_FORM && type &&
                         strncasecmp(type, "multipart/form-data", 19) == 0;
    if (!x->request.is_form)
        return 1;
    x->intake.form = MHD_create_post_processor(x->connection, FORM_BUFFER,
                                               add_form_field, &x->intake);
    if (!x->intake.form)
        aq_reply_error(&x->reply, 400,
                       "the form cannot be read: its boundary is missing");
    return x->intake.form != NULL;
}

static AqHttpMethod read_method(const char *method)
{
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return AQ_HTTP_GET;
    if (strcmp(method, "POST") == 0)
        return AQ_HTTP_POST;
    return strcmp(method, "DELETE") == 0 ? AQ_HTTP_DELETE : AQ_HTTP_OTHER;
}

/* From then on the server waits for its reply before it ends. */
static int is_in_time(Exchange *x)
{
    (void)atomic_fetch_add(&x->h->n_busy,
                           1); /* before the look: nobody falls between */
    x->is_busy = !atomic_load(&x->h->refuses);
    if (!x->is_busy) {
        (void)atomic_fetch_sub(&x->h->n_busy, 1);
        aq_reply_busy(&x->reply, BUSY_SECONDS, "the server is about to end");
    }
    return x->is_busy;
}

/* What can be known before the body; a reply is there if it is not let in. */
static void begin_exchange(Exchange *x)
{
    int status = 0;

    if (!is_in_time(x) || !is_let_in(x))
        return;
    x->route = aq_http_route(x->h->plan.routes, &x->request, &status);
    if (!x->route) {
        aq_reply_error(&x->reply, status,
                       status == 404
                           ? "there is nothing here: /api/openapi.json says "
                             "what there is"
                           : "this cannot be done here: /api/openapi.json says "
                             "what can");
        return;
    }
    x->intake.takes = x->route->takes;
    if (begin_form(x) && !is_too_large(x))
        (void)has_room(x);
}

/* ---- libmicrohttpd's calls ---- */

static Exchange *new_exchange(AqHttp *h, struct MHD_Connection *c, const char *path,
                              const char *method)
{
    Exchange *x = aq_alloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->h = h;
    x->connection = c;
    x->request = (AqRequest){.method = read_method(method),
                             .path = path,
                             .app = h->plan.app,
                             .header = look_up_header,
                             .query = look_up_query,
                             .field = look_up_field,
                             .file = &x->intake.file,
                             .own = x};
    x->intake.plan = &h->plan;
    x->intake.began_us = aq_clock_us();
    return x;
}

/* All of it is in, or nothing more of it comes. */
static void end_upload(Exchange *x)
{
    if (x->is_upload)
        (void)atomic_fetch_sub(&x->h->n_uploads, 1);
    x->is_upload = 0;
}

static void finish_request(Exchange *x)
{
    AqIntake *in = &x->intake;

    if (in->form) { /* before the fields are looked at: it may hold the last */
        (void)MHD_destroy_post_processor(in->form);
        in->form = NULL;
    }
    aq_intake_end(in);
    end_upload(x);
    if (in->status) {
        aq_reply_error(&x->reply, in->status, "%s", in->why);
        return;
    }
    x->request.body = in->text;
    x->request.body_bytes = in->bytes;
    x->route->handle(&x->request, &x->reply);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version,
                                  const char *data, size_t *n_data, void **state)
{
    Exchange *x = *state;

    (void)version;
    if (!x) {
        x = new_exchange(ctx, c, url, method);
        if (!x)
            return MHD_NO;
        *state = x;
        begin_exchange(x);
        return x->reply.status ? send_reply(x) : MHD_YES;
    }
    if (*n_data == 0) {
        finish_request(x);
        return send_reply(x);
    }
    int goes_on = 1;
    if (!x->intake.form)
        goes_on = aq_intake_add(&x->intake, data, *n_data);
    else if (MHD_post_process(x->intake.form, data, *n_data) != MHD_YES &&
             x->intake.status == 0)
        goes_on = 0; /* it is no form */
    *n_data = 0;
    return goes_on ? MHD_YES : MHD_NO;
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode how)
{
    AqHttp *h = ctx;
    Exchange *x = *state;

    (void)c;
    (void)how;
    if (!x)
        return;
    if (x->intake.form)
        (void)MHD_destroy_post_processor(x->intake.form);
    aq_intake_clear(&x->intake);
    aq_reply_clear(&x->reply);
    if (x->is_stream)
        (void)atomic_fetch_sub(&h->n_streams, 1);
    end_upload(x);
    if (x->is_busy)
        (void)atomic_fetch_sub(&h->n_busy, 1);
    aq_free(x);
    *state = NULL;
}

static void log_of_daemon(void *ctx, const char *fmt, va_list ap)
{
    char text[512];

    (void)ctx;
    (void)vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\r\n")] = 0;
    aq_log(AQ_LOG_DEBUG, "http: %s", text);
}

/* ---- beginning and end ---- */

/* A socket that listens there, and its port; -1, and errno, if it cannot be had. */
static int listen_at(const AqGuard *g, int *port)
{
    struct sockaddr_in four = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)g->port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6,
                               .sin6_port = htons((uint16_t)g->port)};
    const int is_four = inet_pton(AF_INET, g->address, &four.sin_addr) == 1, on = 1;
    struct sockaddr *at = is_four ? (void *)&four : (void *)&six;
    socklen_t bytes = is_four ? sizeof four : sizeof six;

    if (!is_four)
        (void)inet_pton(AF_INET6, g->address, &six.sin6_addr);
    const int s = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return -1;
    (void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, at, bytes) != 0 || listen(s, MOST_CONNECTIONS) != 0 ||
        getsockname(s, at, &bytes) != 0) {
        const int why = errno;

        (void)close(s);
        errno = why;
        return -1;
    }
    *port = ntohs(is_four ? four.sin_port : six.sin6_port);
    return s;
}

static struct MHD_Daemon *start_daemon(AqHttp *h, int listening)
{
    return MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_ITC | MHD_USE_ERROR_LOG,
        0, NULL, NULL, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, log_of_daemon, NULL,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        h, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)h->plan.idle_seconds,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
}

AqErr aq_http_start(AqHttp **out, const AqHttpPlan *plan)
{
    *out = NULL;
    AqHttp *h = aq_alloc(1, sizeof *h);
    if (!h)
        return AQ_ERR_NOMEM;
    h->plan = *plan;
    const int listening = listen_at(&h->plan.guard, &h->plan.guard.port);
    h->port = h->plan.guard.port;
    AqErr err = AQ_OK;
    if (listening < 0)
        err = aq_fail(AQ_ERR_IO,
                      "cannot listen on %s port %d: %s; name another address or port "
                      "with --listen",
                      plan->guard.address, plan->guard.port, strerror(errno));
    else if (!(h->daemon = start_daemon(h, listening)))
        err =
            aq_fail(AQ_ERR_IO, "cannot start the server's threads; check `ulimit -u`");
    if (err != AQ_OK) {
        if (listening >= 0)
            (void)close(listening);
        aq_free(h);
        return err;
    }
    *out = h;
    return AQ_OK;
}

int aq_http_port(const AqHttp *h)
{
    return h->port;
}

void aq_http_refuse(AqHttp *h)
{
    atomic_store(&h->refuses, 1);
}

int aq_http_n_busy(const AqHttp *h)
{
    return atomic_load(&h->n_busy);
}

void aq_http_stop(AqHttp **ph)
{
    AqHttp *h = *ph;

    if (!h)
        return;
    aq_http_refuse(h);
    MHD_stop_daemon(h->daemon); /* closes the socket */
    aq_free(h);
    *ph = NULL;
}
