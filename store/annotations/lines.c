/* SPDX-License-Identifier: MIT */
/* JSON lines: one object a line; empty lines are ignored. */
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

static int is_blank(const char *line, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!strchr(" \t\r", line[k]) || !line[k])
            return 0;
    return 1;
}

AqErr aq_records_from_lines(AqRecordReader *r, const char *text, size_t bytes)
{
    AqErr err = AQ_OK;
    size_t line = 0;

    for (size_t at = 0, next; err == AQ_OK && at < bytes; at = next) {
        const char *end = memchr(text + at, '\n', bytes - at);
        const size_t n = end ? (size_t)(end - text) - at : bytes - at;

        next = at + n + 1;
        line++;
        if (is_blank(text + at, n))
            continue;
        json_t *o = json_loadb(text + at, n, JSON_ALLOW_NUL, NULL);
        err = aq_record_take(r, o, line, o ? NULL : "its line is no JSON");
        json_decref(o);
    }
    if (err == AQ_OK && !r->layout)
        err = aq_fail(AQ_ERR_FORMAT,
                      "%s: none of its lines is a question: each needs the keys video, "
                      "question, answer and type, or those of MUSIC-AVQA or AVQA",
                      r->file->path);
    return err;
}
