/* SPDX-License-Identifier: MIT */
#include "pipeline/serve/http/sse.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"

#include <jansson.h>
#include <string.h>

enum { COMMENT_EVERY_US = 15000000 };

void aq_sse_add(AqSse *s, const char *name, json_t *data)
{
    char *line = aq_json_text(data, JSON_COMPACT | JSON_REAL_PRECISION(6));
    char *more =
        line ? aq_strf("%sevent: %s\ndata: %s\n\n", s->text ? s->text : "", name, line)
             : NULL;

    json_decref(data);
    aq_free(line);
    if (!more)
        return;
    aq_free(s->text);
    s->text = more;
}

ssize_t aq_sse_send(AqSse *s, char *to, size_t room)
{
    const int64_t now = aq_clock_us();

    if (s->sent_us == 0)
        s->sent_us = now;
    if (!s->text && s->is_over)
        return -1;
    if (!s->text && now - s->sent_us > COMMENT_EVERY_US)
        s->text = aq_strdup(":\n\n");
    if (!s->text)
        return 0;
    const size_t left = strlen(s->text) - s->at, n = left < room ? left : room;
    memcpy(to, s->text + s->at, n);
    s->at += n;
    s->sent_us = now;
    if (n == left)
        aq_sse_clear(s);
    return (ssize_t)n;
}

void aq_sse_clear(AqSse *s)
{
    aq_free(s->text);
    s->text = NULL;
    s->at = 0;
}
