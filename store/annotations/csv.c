/* SPDX-License-Identifier: MIT */
/*
 * CSV (RFC 4180, through libcsv) with a first row that names the columns: each further
 * row becomes an object with these keys, which the plain layout turns into a question.
 * A misplaced quote is an error for the whole file, since nothing after it can be
 * trusted.
 */
#include "base/alloc.h"
#include "store/annotations/annotations_priv.h"

#include <csv.h>
#include <jansson.h>
#include <string.h>

enum { MOST_COLUMNS = 256, MOST_NAME = 64 };

typedef struct CsvTable {
    AqRecordReader *r;
    char names[MOST_COLUMNS][MOST_NAME];
    size_t n_columns, column;
    int have_names;
    json_t *row;
    AqRecordFault fault;
    size_t line, row_line; /* the current one; where the row begins */
    AqErr err;
} CsvTable;

/* "Question ID " means question_id. */
static void take_name(char *to, const char *text, size_t n)
{
    size_t k = 0;

    for (; k < n && k < MOST_NAME - 1; k++) {
        const char c = text[k];

        to[k] = (char)(c == ' ' || c == '-' ? '_' : c);
        if (c >= 'A' && c <= 'Z')
            to[k] = (char)(c - 'A' + 'a');
    }
    to[k] = '\0';
}

static void on_field(void *field, size_t n, void *arg)
{
    CsvTable *t = arg;
    const size_t k = t->column++;

    if (t->err != AQ_OK || k >= MOST_COLUMNS)
        return;
    if (!t->have_names) {
        take_name(t->names[k], field, n);
        t->n_columns = k + 1;
    } else if (k < t->n_columns) {
        json_t *text = json_stringn(field, n);

        if (!text && !t->fault)
            t->fault = "one of its fields is not UTF-8";
        if (text && json_object_set_new(t->row, t->names[k], text) != 0)
            t->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    }
}

static void check_names(CsvTable *t)
{
    static const char *const wanted[] = {"question", "answer", "type"};
    const char *missing = NULL;
    int has_video = 0;

    for (size_t w = 0; w < sizeof wanted / sizeof *wanted && !missing; w++) {
        missing = wanted[w];
        for (size_t k = 0; k < t->n_columns && missing; k++)
            if (strcmp(t->names[k], wanted[w]) == 0)
                missing = NULL;
    }
    for (size_t k = 0; k < t->n_columns; k++)
        if (!strcmp(t->names[k], "video") || !strcmp(t->names[k], "video_id"))
            has_video = 1;
    if (!has_video)
        missing = "video";
    if (missing)
        t->err =
            aq_fail(AQ_ERR_FORMAT,
                    "%s: is neither JSON nor CSV with a first row that names the "
                    "columns video, question, answer and type, with commas between "
                    "them (%s is missing)",
                    t->r->file->path, missing);
    t->r->layout = &aq_layout_plain;
    t->have_names = 1;
}

static void on_row(int end, void *arg)
{
    CsvTable *t = arg;

    (void)end;
    if (t->err != AQ_OK)
        return;
    if (!t->have_names) {
        check_names(t);
    } else {
        if (!t->fault && t->column != t->n_columns)
            t->fault = "it has more or fewer fields than the first row has names";
        t->err = aq_record_take(t->r, t->row, t->row_line, t->fault);
    }
    json_object_clear(t->row);
    t->fault = NULL;
    t->column = 0;
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

static void note_csv_error(CsvTable *t, struct csv_parser *p)
{
    if (t->err != AQ_OK)
        return;
    if (csv_error(p) == CSV_EPARSE)
        t->err = aq_fail(AQ_ERR_FORMAT,
                         "%s: line %zu: a quote is out of place or never closed: write "
                         "\"\" for a quote inside of quotes",
                         t->r->file->path, t->row_line);
    else
        t->err = AQ_ERR_NOMEM;
}

static void parse_csv_rows(CsvTable *t, const char *text, size_t bytes)
{
    struct csv_parser p;
    int inside = 0;

    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0) {
        t->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
        return;
    }
    csv_set_realloc_func(&p, realloc_csv_buffer);
    csv_set_free_func(&p, aq_free);
    for (size_t at = 0, n; t->err == AQ_OK && at < bytes; at += n) {
        const char *end = memchr(text + at, '\n', bytes - at);

        n = end ? (size_t)(end - text) + 1 - at : bytes - at;
        t->line++;
        if (csv_parse(&p, text + at, n, on_field, on_row, t) != n)
            note_csv_error(t, &p);
        inside = ends_in_quotes(inside, text + at, n);
        if (t->column == 0 && !inside) /* an empty line, or a row is done */
            t->row_line = t->line + 1;
    }
    if (t->err == AQ_OK && csv_fini(&p, on_field, on_row, t) != 0)
        note_csv_error(t, &p);
    csv_free(&p);
}

AqErr aq_records_from_csv(AqRecordReader *r, const char *text, size_t bytes)
{
    CsvTable *t = aq_alloc(1, sizeof *t);

    if (!t)
        return AQ_ERR_NOMEM;
    t->r = r;
    t->row_line = 1;
    t->row = json_object();
    if (t->row)
        parse_csv_rows(t, text, bytes);
    else
        t->err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (t->err == AQ_OK && !t->have_names)
        check_names(t); /* an empty file has no column names */
    const AqErr err = t->err;
    json_decref(t->row);
    aq_free(t);
    return err;
}
