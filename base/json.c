/* SPDX-License-Identifier: MIT */
#include "base/json.h"

#include "base/alloc.h"

#include <jansson.h>
#include <string.h>

typedef struct Text {
    char *bytes;
    size_t n, room;
    int failed; /* once: jansson may go on after it was told */
} Text;

static int append(const char *bytes, size_t n, void *ctx)
{
    Text *t = ctx;

    if (!t->failed && t->n + n >= t->room) {
        const size_t room = 2 * t->room + n + 64;
        char *more = aq_realloc(t->bytes, room, 1);

        t->failed = !more;
        if (more) {
            t->bytes = more;
            t->room = room;
        }
    }
    if (t->failed)
        return -1;
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
    t->bytes[t->n] = '\0';
    return 0;
}

char *aq_json_text(const json_t *value, size_t flags)
{
    Text t = {.bytes = NULL};

    if (value && json_dump_callback(value, append, &t, flags) == 0 && !t.failed)
        return t.bytes;
    aq_free(t.bytes);
    (void)aq_fail(AQ_ERR_NOMEM, "out of memory");
    return NULL;
}
