/* SPDX-License-Identifier: MIT */
/*
 * CSV (RFC 4180, through libcsv). A misplaced quote is an error for the whole file,
 * since nothing after it can be trusted.
 */
#include "base/alloc.h"
#include "store/annotations/annotations_priv.h"

#include <csv.h>
#include <string.h>

typedef struct CsvRows {
    AqRecordTable *t;
    const char *path;
    size_t line, row_line; /* the current one; where the row begins */
    AqErr err;
} CsvRows;

static void on_field(void *field, size_t n, void *arg)
{
    CsvRows *c = arg;

    if (c->err == AQ_OK)
        c->err = aq_record_table_field(c->t, field, n);
}

static void on_row(int end, void *arg)
{
    CsvRows *c = arg;

    (void)end;
    if (c->err == AQ_OK)
        c->err = aq_record_table_row(c->t, c->row_line);
}

/* Does a line end inside quotes? Call for each line in turn. */
static int ends_in_quotes(int inside, const char *line, size_t n)
{
    for (size_t k = 0; k < n; k++)
        inside ^= line[k] == '"';
    return inside;
}

/* Our allocator, as libcsv calls it. */
static void *realloc_csv_buffer(void *p, size_t n)
{
    return aq_realloc(p, n, 1);
}

static void note_csv_error(CsvRows *c, struct csv_parser *p)
{
    if (c->err != AQ_OK)
        return;
    if (csv_error(p) == CSV_EPARSE)
        c->err = aq_fail(AQ_ERR_FORMAT,
                         "%s: line %zu: a quote is out of place or never closed: write "
                         "\"\" for a quote inside of quotes",
                         c->path, c->row_line);
    else
        c->err = AQ_ERR_NOMEM;
}

static void parse_csv_rows(CsvRows *c, const char *text, size_t bytes)
{
    struct csv_parser p;
    int inside = 0;

    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        c->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
        return;
    }
    csv_set_realloc_func(&p, realloc_csv_buffer);
    csv_set_free_func(&p, aq_free);
    for (size_t at = 0, n; c->err == AQ_OK && at < bytes; at += n) {
        const char *end = memchr(text + at, '\n', bytes - at);

        n = end ? (size_t)(end - text) + 1 - at : bytes - at;
        c->line++;
        if (csv_parse(&p, text + at, n, on_field, on_row, c) != n)
            note_csv_error(c, &p);
        inside = ends_in_quotes(inside, text + at, n);
        if (aq_record_table_fields(c->t) == 0 && !inside) /* empty, or a row is done */
            c->row_line = c->line + 1;
    }
    if (c->err == AQ_OK && csv_fini(&p, on_field, on_row, c) != 0)
        note_csv_error(c, &p);
    csv_free(&p);
}

AqErr aq_records_from_csv(AqRecordReader *r, const char *text, size_t bytes)
{
    CsvRows c = {.path = r->file->path, .row_line = 1};

    c.err = aq_record_table_new(&c.t, r);
    if (c.err == AQ_OK)
        parse_csv_rows(&c, text, bytes);
    if (c.err == AQ_OK)
        c.err = aq_record_table_end(c.t);
    aq_record_table_free(&c.t);
    return c.err;
}
