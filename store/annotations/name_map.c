/* SPDX-License-Identifier: MIT */
/*
 * MSVD's youtube_mapping.txt: a line for each clip, its file's name, a space, and what
 * MSVD-QA calls it: "AbCdEfGhIjK_10_25 vid12".
 */
#include "store/annotations/annotations_priv.h"

#include <string.h>

#define DIGITS "0123456789"

typedef struct NamePair {
    const char *name, *called;
    size_t name_bytes, called_bytes;
} NamePair;

/* The pair of a line of n bytes; 0: it is none. */
static int split_pair(const char *line, size_t n, NamePair *p)
{
    while (n > 0 && strchr(" \t\r", line[n - 1]) && line[n - 1])
        n--;
    const char *gap = memchr(line, ' ', n);
    if (!gap || gap == line)
        return 0;
    *p = (NamePair){line, gap + 1, (size_t)(gap - line), n - (size_t)(gap - line) - 1};
    if (p->called_bytes < 4 || p->called_bytes > 20 || memcmp(p->called, "vid", 3) != 0)
        return 0;
    for (size_t k = 3; k < p->called_bytes; k++)
        if (!strchr(DIGITS, p->called[k]) || !p->called[k])
            return 0;
    return 1;
}

static size_t line_bytes(const char *text, size_t bytes)
{
    const char *end = memchr(text, '\n', bytes);

    return end ? (size_t)(end - text) : bytes;
}

int aq_is_name_map(const char *text, size_t bytes)
{
    NamePair p;

    return split_pair(text, line_bytes(text, bytes), &p);
}

static AqErr note_bad_line(AqRecordReader *r, size_t line, const char *reason)
{
    const AqAnnotationFault f = {.file = r->file->path,
                                 .index = line - 1,
                                 .line = line,
                                 .id = "",
                                 .video = "",
                                 .reason = reason};

    r->list->n_skipped++;
    r->file->n_skipped++;
    return aq_record_note_fault(r, &f);
}

static const char *keep_bytes(AqRecordReader *r, const char *text, size_t n)
{
    char *to = aq_arena_alloc(r->list->arena, n + 1, 1);

    if (!to)
        return NULL;
    memcpy(to, text, n);
    to[n] = '\0';
    return to;
}

static AqErr note_pair(AqRecordReader *r, const NamePair *p, size_t line)
{
    const AqRecordNote n = {.key = keep_bytes(r, p->called, p->called_bytes),
                            .value = keep_bytes(r, p->name, p->name_bytes),
                            .kind = "",
                            .file = r->file->path,
                            .index = line - 1,
                            .line = line};

    if (!n.key || !n.value)
        return AQ_ERR_NOMEM;
    if (aq_store_check_name(n.value, strlen(n.value)) != AQ_OK)
        return note_bad_line(r, line, "its name cannot be a file's");
    return aq_record_notes_add(&r->names, &n);
}

AqErr aq_records_from_name_map(AqRecordReader *r, const char *text, size_t bytes)
{
    AqErr err = AQ_OK;
    size_t line = 0;

    r->file->layout = "msvd-names";
    for (size_t at = 0, n; err == AQ_OK && at < bytes; at += n + 1) {
        NamePair p;

        n = line_bytes(text + at, bytes - at);
        line++;
        if (n == 0 || (n == 1 && text[at] == '\r'))
            continue;
        if (!split_pair(text + at, n, &p))
            err = note_bad_line(r, line, "it is no name and \"vid\" with a number");
        else
            err = note_pair(r, &p, line);
    }
    return err;
}
