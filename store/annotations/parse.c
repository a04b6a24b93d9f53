/* SPDX-License-Identifier: MIT */
/*
 * An annotation file's form, detected from its beginning: '[' means a JSON array, an
 * object that ends on its own line means JSON lines, and anything else must be CSV.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

enum { ARENA_CHUNK = 1 << 18 };

typedef enum LayoutForm { ARRAY, LINES, CSV } LayoutForm;

static LayoutForm form_of(const char *text, size_t bytes)
{
    size_t at = 0;

    while (at < bytes && text[at] && strchr(" \t\r\n", text[at]))
        at++;
    if (at < bytes && text[at] == '[')
        return ARRAY;
    if (at == bytes || text[at] != '{')
        return CSV;
    const char *end = memchr(text + at, '\n', bytes - at);
    const size_t n = end ? (size_t)(end - text) : bytes;
    json_t *line = json_loadb(text + at, n - at, JSON_ALLOW_NUL, NULL);
    const int whole = json_is_object(line);

    json_decref(line);
    return whole ? LINES : ARRAY; /* parsing it as an array fails and says why */
}

static AqErr read_json_records(AqRecordReader *r, const char *text, size_t bytes)
{
    json_error_t e;
    AqErr err = AQ_OK;
    size_t k;
    json_t *o, *root = json_loadb(text, bytes, JSON_ALLOW_NUL, &e);

    if (!root)
        return aq_fail(AQ_ERR_FORMAT, "%s: line %d: is not valid JSON: %s",
                       r->file->path, e.line, e.text);
    if (!json_is_array(root))
        err = aq_fail(AQ_ERR_FORMAT,
                      "%s: is a JSON object, not an array of questions: put [ ] around "
                      "them, or each on its own line",
                      r->file->path);
    json_array_foreach(root, k, o)
    {
        if (err == AQ_OK)
            err = aq_record_take(r, o, 0, NULL);
    }
    json_decref(root);
    return err;
}

static AqErr add_file(AqRecordReader *r, const char *name)
{
    AqAnnotations *l = r->list;
    AqAnnotationFile *v = aq_grow(l->files, l->n_files, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    l->files = v;
    r->file = &v[l->n_files];
    *r->file = (AqAnnotationFile){.path = aq_record_keep(r, name), .layout = ""};
    r->layout = NULL;
    r->n_records = 0;
    if (!r->file->path)
        return AQ_ERR_NOMEM;
    l->n_files++;
    return AQ_OK;
}

static AqErr read_annotation_text(AqRecordReader *r, const char *text, size_t bytes,
                                  const char *name)
{
    static const char *const names[] = {"JSON", "JSON lines", "CSV"};
    AqErr err = add_file(r, name);

    if (err != AQ_OK)
        return err;
    if (bytes >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return aq_fail(AQ_ERR_FORMAT, "%s: is UTF-16: save it as UTF-8", name);
    if (bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
        text += 3;
        bytes -= 3;
    }
    const LayoutForm form = form_of(text, bytes);
    r->file->form = names[form];
    switch (form) {
    case ARRAY:
        return read_json_records(r, text, bytes);
    case LINES:
        return aq_records_from_lines(r, text, bytes);
    default:
        return aq_records_from_csv(r, text, bytes);
    }
}

static AqErr begin_record_reader(AqRecordReader *r, AqAnnotationSkipFn skip, void *arg)
{
    *r = (AqRecordReader){.skip = skip, .arg = arg};
    r->list = aq_alloc(1, sizeof *r->list);
    if (!r->list)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_arena_new(&r->list->arena, ARENA_CHUNK);
    if (err != AQ_OK)
        aq_annotations_free(&r->list);
    return err;
}

AqErr aq_annotations_parse(const char *text, size_t bytes, const char *name,
                           AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    AqRecordReader r;
    AqErr err = begin_record_reader(&r, skip, arg);

    *out = NULL;
    if (err == AQ_OK)
        err = read_annotation_text(&r, text, bytes, name);
    if (err != AQ_OK)
        aq_annotations_free(&r.list);
    *out = r.list;
    return err;
}

AqErr aq_annotations_read(const char *const *paths, size_t n_paths,
                          AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    AqRecordReader r;
    AqErr err = begin_record_reader(&r, skip, arg);

    *out = NULL;
    for (size_t k = 0; err == AQ_OK && k < n_paths; k++) {
        char *text = NULL;
        size_t bytes = 0;

        err = aq_fs_read(paths[k], AQ_ANNOTATION_MAX_FILE, &text, &bytes);
        if (err == AQ_OK)
            err = read_annotation_text(&r, text, bytes, paths[k]);
        aq_free(text);
    }
    if (err != AQ_OK)
        aq_annotations_free(&r.list);
    *out = r.list;
    return err;
}

void aq_annotations_free(AqAnnotations **ap)
{
    AqAnnotations *a = *ap;

    if (!a)
        return;
    aq_free(a->v);
    aq_free(a->faults);
    aq_free(a->files);
    aq_arena_free(&a->arena);
    aq_free(a);
    *ap = NULL;
}
