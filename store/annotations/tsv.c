/* SPDX-License-Identifier: MIT */
/* Fields with tabs between them, a line a row; a quote is a character like others. */
#include "store/annotations/annotations_priv.h"

#include <string.h>

static AqErr take_tsv_line(AqRecordTable *t, const char *line, size_t n, size_t number)
{
    AqErr err = AQ_OK;

    for (size_t at = 0, end; err == AQ_OK && at <= n; at = end + 1) {
        const char *tab = at < n ? memchr(line + at, '\t', n - at) : NULL;

        end = tab ? (size_t)(tab - line) : n;
        err = aq_record_table_field(t, line + at, end - at);
    }
    return err == AQ_OK ? aq_record_table_row(t, number) : err;
}

AqErr aq_records_from_tsv(AqRecordReader *r, const char *text, size_t bytes)
{
    AqRecordTable *t = NULL;
    AqErr err = aq_record_table_new(&t, r);
    size_t line = 0;

    for (size_t at = 0, next; err == AQ_OK && at < bytes; at = next) {
        const char *end = memchr(text + at, '\n', bytes - at);
        size_t n = end ? (size_t)(end - text) - at : bytes - at;

        next = at + n + 1;
        line++;
        if (n > 0 && text[at + n - 1] == '\r')
            n--;
        if (n > 0)
            err = take_tsv_line(t, text + at, n, line);
    }
    if (err == AQ_OK)
        err = aq_record_table_end(t);
    aq_record_table_free(&t);
    return err;
}
