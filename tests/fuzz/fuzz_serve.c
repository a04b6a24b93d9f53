/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over what a request brings: the first byte says which part takes the rest.
 * Bodies of forms are libmicrohttpd's to read.
 */
#include "base/alloc.h"
#include "pipeline/serve/http/http.h"
#include "pipeline/serve/http/range.h"
#include "pipeline/serve/serve_priv.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void promise(int kept)
{
    if (!kept)
        abort();
}

static void check_range(const char *text, int64_t size)
{
    const AqRange r = aq_range_parse(text, size);

    if (r.kind == AQ_RANGE_PART)
        promise(r.from >= 0 && r.bytes > 0 && r.from <= size - r.bytes);
    else
        promise(r.from == 0 && r.bytes == (r.kind == AQ_RANGE_WHOLE ? size : 0));
}

/* Only these names are ours. */
static void check_guard(const char *text)
{
    AqGuard g = {.port = 0}, any = {.port = 0};

    promise(aq_guard_listen(&g, "127.0.0.1:8642") == AQ_OK);
    if (aq_guard_host(&g, text))
        promise(strstr(text, "8642") && strlen(text) < 80);
    if (aq_guard_origin(&g, text))
        promise(strncasecmp(text, "http", 4) == 0);
    if (aq_guard_listen(&any, text) == AQ_OK)
        promise(any.port >= 0 && any.port < 65536 &&
                strlen(any.address) < sizeof any.address);
}

static void check_route(const char *text)
{
    AqRequest r = {.path = text};
    int status = 0;
    const AqHttpRoute *row = aq_http_route(aq_serve_routes, &r, &status);

    promise(row ? row->handle != NULL : status == 404 || status == 405);
    for (int k = 0; k < AQ_HTTP_MOST_ARGS; k++)
        promise(strnlen(r.arg[k], sizeof r.arg[k]) < sizeof r.arg[k]);
}

static void check_body(const char *text, size_t n)
{
    const AqRequest r = {.body = text, .body_bytes = n};
    AqReply reply = {.status = 0};
    json_t *body;
    const int is_taken = aq_serve_body(&r, &reply, &body);

    promise(is_taken == (body != NULL) && is_taken == (reply.status == 0));
    json_decref(body);
    aq_reply_clear(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n == 0)
        return 0;
    char *text = aq_alloc(n, 1);
    if (!text)
        return 0;
    memcpy(text, bytes + 1, n - 1);
    switch (bytes[0] & 3) {
    case 0:
        check_range(text, (int64_t)(bytes[0] >> 2) * 7);
        break;
    case 1:
        check_guard(text);
        break;
    case 2:
        check_route(text);
        break;
    default:
        check_body(text, n - 1);
    }
    aq_free(text);
    return 0;
}
