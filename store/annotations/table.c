/* SPDX-License-Identifier: MIT */
/*
 * Rows whose columns the first row names: each further row becomes an object with these
 * keys, which the file's layout turns into a question.
 */
#include "base/alloc.h"
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

enum { MOST_COLUMNS = 256, MOST_NAME = 64 };

struct AqRecordTable {
    AqRecordReader *r;
    char names[MOST_COLUMNS][MOST_NAME];
    size_t n_columns, column;
    int have_names;
    json_t *row;
    AqRecordFault fault;
};

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

AqErr aq_record_table_field(AqRecordTable *t, const char *text, size_t n)
{
    const size_t k = t->column++;

    if (k >= MOST_COLUMNS)
        return AQ_OK;
    if (!t->have_names) {
        take_name(t->names[k], text, n);
        t->n_columns = k + 1;
    } else if (k < t->n_columns && *t->names[k]) {
        json_t *value = json_stringn(text, n);

        if (!value && !t->fault)
            t->fault = "one of its fields is not UTF-8";
        if (value && json_object_set_new(t->row, t->names[k], value) != 0)
            return aq_fail(AQ_ERR_NOMEM, "out of memory");
    }
    return AQ_OK;
}

size_t aq_record_table_fields(const AqRecordTable *t)
{
    return t->column;
}

/* What one's own table lacks; NULL: nothing. */
static const char *missing_column(const json_t *names)
{
    static const char *const wanted[] = {"question", "answer", "type"};

    if (!json_object_get(names, "video") && !json_object_get(names, "video_id"))
        return "video";
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++)
        if (!json_object_get(names, wanted[w]))
            return wanted[w];
    return NULL;
}

/* The columns as keys; one whose name is no UTF-8 is read by nobody. */
static AqErr put_names(AqRecordTable *t)
{
    for (size_t k = 0; k < t->n_columns; k++) {
        json_t *name = json_string(t->names[k]);

        if (!name)
            t->names[k][0] = '\0';
        json_decref(name);
        if (*t->names[k] &&
            json_object_set_new(t->row, t->names[k], json_string("0")) != 0)
            return aq_fail(AQ_ERR_NOMEM, "out of memory");
    }
    return AQ_OK;
}

/* Columns of one of the published layouts, or all of one's own. */
static AqErr check_names(AqRecordTable *t)
{
    const AqErr err = put_names(t);
    const AqRecordLayout *layout = aq_record_layout(t->row);
    const char *missing =
        layout && layout != &aq_layout_plain ? NULL : missing_column(t->row);

    json_object_clear(t->row);
    t->have_names = 1;
    if (err != AQ_OK || !missing)
        return err;
    return aq_fail(AQ_ERR_FORMAT,
                   "%s: is neither JSON nor CSV with a first row that names the "
                   "columns video, question, answer and type, with commas between them "
                   "(%s is missing)",
                   t->r->file->path, missing);
}

AqErr aq_record_table_row(AqRecordTable *t, size_t line)
{
    AqErr err = AQ_OK;

    if (!t->have_names) {
        err = check_names(t);
    } else {
        if (!t->fault && t->column != t->n_columns)
            t->fault = "it has more or fewer fields than the first row has names";
        err = aq_record_take(t->r, t->row, line, t->fault);
    }
    json_object_clear(t->row);
    t->fault = NULL;
    t->column = 0;
    return err;
}

AqErr aq_record_table_end(AqRecordTable *t)
{
    return t->have_names ? AQ_OK : check_names(t); /* an empty file has no names */
}

AqErr aq_record_table_new(AqRecordTable **out, AqRecordReader *r)
{
    AqRecordTable *t = *out = aq_alloc(1, sizeof *t);

    if (!t)
        return AQ_ERR_NOMEM;
    t->r = r;
    t->row = json_object();
    if (t->row)
        return AQ_OK;
    aq_record_table_free(out);
    return aq_fail(AQ_ERR_NOMEM, "out of memory");
}

void aq_record_table_free(AqRecordTable **t)
{
    if (!*t)
        return;
    json_decref((*t)->row);
    aq_free(*t);
    *t = NULL;
}
