/* SPDX-License-Identifier: MIT */
/*
 * avqa-pipe runs compare: what runs differ in, side by side. Where the terminal is too
 * narrow for all of them, the columns go on in a further block.
 */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/text.h"
#include "pipeline/commands/runs/runs_priv.h"
#include "pipeline/ui/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MARGIN = 2, CELL_LEAST = 6, CELL_USUAL = 14, CELL_MOST = 26 };
enum { DIGEST = 12, CONTEXT = 4, CELL_ROOM = 4 * CELL_MOST + 8 };

/* ---- what differs: {"about": {KEY: [VALUE of each run]}, ...} ---- */

static const struct {
    const char *name, *title;
} parts[] = {{"run", ""},
             {"about", "made from"},
             {"arguments", "asked"},
             {"config", "settings that differ"},
             {"metrics", "outcome"}};
enum { N_PARTS = sizeof parts / sizeof *parts };

/* What every run has of its own says nothing. */
static json_t *about_of(const json_t *run)
{
    json_t *about = json_copy(json_object_get(run, "about"));

    (void)json_object_del(about, "process");
    return about;
}

/* One part of a run as "key": value. Gives. */
static json_t *flat_part(const json_t *run, const char *part)
{
    json_t *flat = json_object(), *about = about_of(run);

    if (strcmp(part, "run") == 0) {
        (void)json_object_set(flat, "kind", json_object_get(run, "kind"));
        (void)json_object_set(flat, "status", json_object_get(run, "status"));
        (void)json_object_set(flat, "program", json_object_get(run, "program"));
    } else if (strcmp(part, "about") == 0) {
        aq_runs_flatten(flat, about, "");
    } else if (strcmp(part, "arguments") == 0) {
        aq_runs_options(flat, json_object_get(about, "arguments"));
    } else {
        aq_runs_flatten(flat, json_object_get(run, part), "");
    }
    json_decref(about);
    return flat;
}

/* The values of `key` in all rows, if they are not alike. Gives, or NULL. */
static json_t *difference_row_of(const json_t *rows, const char *key)
{
    json_t *values = json_array();
    const json_t *first = json_object_get(json_array_get(rows, 0), key);
    int differs = 0;

    for (size_t k = 0; k < json_array_size(rows); k++) {
        json_t *v = json_object_get(json_array_get(rows, k), key);

        differs |= (v == NULL) != (first == NULL) || (v && !json_equal(v, first));
        (void)json_array_append_new(values, v ? json_incref(v) : json_null());
    }
    if (differs)
        return values;
    json_decref(values);
    return NULL;
}

static json_t *differences_of(const json_t *picked, const char *part)
{
    json_t *rows = json_array(), *all = json_object(), *found = json_object(), *v;
    const char *key;

    for (size_t k = 0; k < json_array_size(picked); k++) {
        json_t *flat = flat_part(json_array_get(picked, k), part);

        (void)json_object_update(all, flat);
        (void)json_array_append_new(rows, flat);
    }
    json_object_foreach(all, key, v)
    {
        json_t *row = difference_row_of(rows, key);

        if (row)
            (void)json_object_set_new(found, key, row);
    }
    json_decref(all);
    json_decref(rows);
    return found;
}

static json_t *all_differences(const json_t *picked)
{
    json_t *all = json_object();

    for (size_t p = 0; p < N_PARTS; p++)
        (void)json_object_set_new(all, parts[p].name,
                                  differences_of(picked, parts[p].name));
    return all;
}

/* ---- the table ---- */

typedef struct CompareTable {
    size_t label, cell, in_a_block; /* columns; runs */
    size_t first, end;              /* runs of this block */
} CompareTable;

/* "-" where a run has no such thing. Gives. */
static char *compared_value_text(const json_t *v)
{
    if (json_is_string(v))
        return aq_strdup(aq_text_shown(json_string_value(v)));
    return json_is_null(v) ? aq_strdup("-")
                           : aq_json_text(v, JSON_ENCODE_ANY | JSON_COMPACT |
                                                 JSON_REAL_PRECISION(6));
}

/* A digest says as much with its beginning. */
static void cut_digest(const char *key, char *text)
{
    const size_t n = strlen(key), six = strlen("sha256");

    if (n >= six && strcmp(key + n - six, "sha256") == 0 && strlen(text) > DIGEST)
        text[DIGEST] = '\0';
}

/* Bytes with which all of the texts begin but those of nothing. */
static size_t common_start(char *const *text, size_t n)
{
    const char *first = NULL;
    size_t same = 0;

    for (size_t k = 0; k < n; k++) {
        if (strcmp(text[k], "-") == 0)
            continue;
        same = first ? same : strlen(text[k]);
        first = first ? first : text[k];
        for (size_t i = 0; i < same; i++)
            if (text[k][i] != first[i])
                same = i;
    }
    while (same > 0 && ((unsigned char)first[same] & 0xC0) == 0x80)
        same--; /* not inside of a character */
    return same;
}

/* A path's end says what it is, another text's place of difference, if all are alike up
 * to there, in what it differs. Cuts the text to fit in the columns, `same` bytes being
 * those with which all begin. */
static void cut_text(char **text, size_t same, size_t columns)
{
    const char *at = *text;
    size_t n = aq_text_columns(at);
    char cell[CELL_ROOM];

    if (n <= columns)
        return;
    if (at[0] == '/') {
        at = aq_text_skip(at, n - (columns - 3));
        (void)snprintf(cell, sizeof cell, "...%s", at);
    } else if (same > CONTEXT && strlen(at) > same) {
        at = aq_text_skip(at,
                          aq_text_columns(at) - aq_text_columns(at + same) - CONTEXT);
        const char *end = aq_text_skip(at, columns - 6);

        (void)snprintf(cell, sizeof cell, "...%.*s%s", (int)(end - at), at,
                       aq_text_columns(end) > 3 ? "..." : end);
    } else {
        (void)aq_text_shorten(cell, sizeof cell, at, columns);
    }
    (void)snprintf(*text, n + 1, "%s", cell); /* no longer than it was */
}

/* The texts of a row, as they stand in the table. Gives; NULL when memory is out. */
static char **row_texts(const char *key, const json_t *row, size_t columns)
{
    const size_t n = json_array_size(row);
    char **text = aq_alloc(n + 1, sizeof *text);
    int bad = !text;

    for (size_t k = 0; !bad && k < n; k++)
        bad = !(text[k] = compared_value_text(json_array_get(row, k)));
    for (size_t k = 0; !bad && k < n; k++)
        cut_digest(key, text[k]);
    const size_t same = bad ? 0 : common_start(text, n);
    for (size_t k = 0; !bad && k < n; k++)
        cut_text(&text[k], same, columns);
    return bad ? NULL : text;
}

static void free_texts(char **text, size_t n)
{
    for (size_t k = 0; text && k < n; k++)
        aq_free(text[k]);
    aq_free(text);
}

static void print_label(const CompareTable *t, const char *key)
{
    char label[256];

    (void)aq_text_shorten(label, sizeof label, aq_text_shown(key), t->label);
    (void)printf("%*s%s%*s", MARGIN, "", label,
                 (int)(t->label - aq_text_columns(label)), "");
}

static void print_cell(const CompareTable *t, const char *text)
{
    (void)printf("%*s%s", (int)(MARGIN + t->cell - aq_text_columns(text)), "", text);
}

static void print_difference_row(const CompareTable *t, const char *key,
                                 const json_t *row)
{
    const size_t n = json_array_size(row);
    char **text = row_texts(key, row, t->cell);

    print_label(t, key);
    for (size_t k = t->first; text && k < t->end; k++)
        print_cell(t, text[k]);
    (void)putchar('\n');
    free_texts(text, n);
}

static void print_block(const CompareTable *t, const json_t *picked, const json_t *all)
{
    const char *key;
    json_t *row;
    char number[32];

    print_label(t, "run");
    for (size_t k = t->first; k < t->end; k++) {
        (void)snprintf(number, sizeof number, "%.0f",
                       aq_runs_number(json_array_get(picked, k), "id"));
        print_cell(t, number);
    }
    (void)putchar('\n');
    for (size_t p = 0; p < N_PARTS; p++) {
        json_t *part = json_object_get(all, parts[p].name);

        if (*parts[p].title && json_object_size(part) > 0)
            (void)puts(parts[p].title);
        json_object_foreach(part, key, row) print_difference_row(t, key, row);
    }
}

static size_t larger_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* The widest label and cell that there would be, were there room. */
static void measure_widest_cells(const json_t *all, CompareTable *t)
{
    const char *key;
    json_t *row;

    *t = (CompareTable){.label = strlen("run"), .cell = CELL_LEAST};
    for (size_t p = 0; p < N_PARTS; p++)
        json_object_foreach(json_object_get(all, parts[p].name), key, row)
        {
            const size_t n = json_array_size(row);
            char **text = row_texts(key, row, CELL_MOST);

            t->label = larger_size(t->label, aq_text_columns(key));
            for (size_t k = 0; text && k < n; k++)
                t->cell = larger_size(t->cell, aq_text_columns(text[k]));
            free_texts(text, n);
        }
}

/* All runs in one block if cells of the usual width do; else as many as fit. */
static CompareTable lay_out_runs_table(const json_t *all, size_t n, size_t columns)
{
    CompareTable t;

    measure_widest_cells(all, &t);
    if (t.label > 2 * columns / 5)
        t.label = 2 * columns / 5;
    if (t.cell > CELL_MOST)
        t.cell = CELL_MOST;
    const size_t room = columns - MARGIN - t.label, each = room / n;
    if (each < MARGIN + t.cell && t.cell > CELL_USUAL)
        t.cell = each >= MARGIN + CELL_USUAL ? each - MARGIN : CELL_USUAL;
    t.in_a_block = larger_size(1, room / (MARGIN + t.cell));
    return t;
}

static void print_compare_text(const json_t *picked, const json_t *all)
{
    const size_t n = json_array_size(picked);
    CompareTable t =
        lay_out_runs_table(all, n, (size_t)aq_terminal_columns(STDOUT_FILENO));
    int differs = 0;

    for (size_t p = 0; p < N_PARTS; p++)
        differs |= json_object_size(json_object_get(all, parts[p].name)) > 0;
    for (t.first = 0; t.first < n; t.first = t.end) {
        t.end = t.first + t.in_a_block < n ? t.first + t.in_a_block : n;
        if (t.first > 0)
            (void)putchar('\n');
        print_block(&t, picked, all);
    }
    if (!differs)
        (void)puts("nothing differs");
}

static AqErr compare_runs(const AqRunsArgs *a)
{
    json_t *picked = NULL;
    const AqErr err = aq_runs_pick(&picked, a, AQ_RUNS_LAST_FIVE);

    if (err != AQ_OK)
        return err;
    json_t *all = all_differences(picked);
    if (a->c.json)
        aq_command_print_json(
            aq_json_pack("{s:O, s:O}", "runs", picked, "differences", all));
    else if (json_array_size(picked) == 0)
        (void)puts("no runs yet");
    else
        print_compare_text(picked, all);
    json_decref(all);
    json_decref(picked);
    return AQ_OK;
}

static int run_runs_compare(const AqCommand *self, void *args)
{
    return aq_runs_status(self, compare_runs(args));
}

static const AqOption options[] = {
    AQ_ROWS(aq_runs_rows_pick), AQ_ROWS(aq_rows_output), {0}};

static const AqTerm examples[] = {
    {"avqa-pipe runs compare", "The last five trainings."},
    {"avqa-pipe runs compare 3 7", "Two runs."},
    {0}};

const AqCommand aq_runs_compare_command = {
    .name = "runs compare",
    .summary = "what runs differ in, side by side",
    .usage = "[ID...] [OPTIONS]",
    .about = "What they were made from (program, machine, files, features' makes), how "
             "they were asked, settings and outcome: what is alike in all is left out. "
             "Without numbers, the last five trainings, or the last five of --kind.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqRunsArgs, c),
    .run = run_runs_compare};
