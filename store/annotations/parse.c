/* SPDX-License-Identifier: MIT */
/*
 * An annotation file's form, detected from its beginning: '[' means a JSON array, an
 * object that ends on its own line means JSON lines; of other text a first line with
 * tabs means fields between them, one with a name and a "vid12" names of videos, and
 * anything else must be CSV.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <string.h>

enum { ARENA_CHUNK = 1 << 18 };

typedef enum LayoutForm { ARRAY, LINES, CSV, TSV, NAME_MAP } LayoutForm;

static LayoutForm form_of_table(const char *text, size_t bytes)
{
    const char *end = memchr(text, '\n', bytes);

    if (aq_is_name_map(text, bytes))
        return NAME_MAP;
    return memchr(text, '\t', end ? (size_t)(end - text) : bytes) ? TSV : CSV;
}

static LayoutForm form_of(const char *text, size_t bytes)
{
    size_t at = 0;

    while (at < bytes && text[at] && strchr(" \t\r\n", text[at]))
        at++;
    if (at < bytes && text[at] == '[')
        return ARRAY;
    if (at == bytes || text[at] != '{')
        return form_of_table(text, bytes);
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

static int begins_with_bytes(const char *text, size_t bytes, const char *with, size_t n)
{
    return bytes >= n && memcmp(text, with, n) == 0;
}

/* Files of other programs, which hold the questions that are wanted or look so. */
static AqErr check_form(const char *text, size_t bytes, const char *name)
{
    const int is_pickle =
        bytes >= 2 && (unsigned char)text[0] == 0x80 && text[1] >= 2 && text[1] <= 5;

    if (is_pickle || begins_with_bytes(text, bytes, "PK\3\4", 4))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: is a %s, as HCRN's *_questions.pt are, whose words are "
                       "numbers and which can run programs when it is read: give the "
                       "data set's own files instead (train_qa.json of MSVD-QA and "
                       "MSRVTT-QA, Train_*_question.csv of TGIF-QA)",
                       name, is_pickle ? "Python pickle" : "PyTorch or ZIP file");
    if (begins_with_bytes(text, bytes, "\x1f\x8b", 2))
        return aq_fail(AQ_ERR_FORMAT, "%s: is compressed: unpack it with gunzip", name);
    if (begins_with_bytes(text, bytes, "\x89HDF", 4))
        return aq_fail(AQ_ERR_FORMAT,
                       "%s: is HDF5, which holds features: questions are JSON or CSV; "
                       "features come in by `avqa-pipe store import`",
                       name);
    if (begins_with_bytes(text, bytes, "\xff\xfe", 2) ||
        begins_with_bytes(text, bytes, "\xfe\xff", 2))
        return aq_fail(AQ_ERR_FORMAT, "%s: is UTF-16: save it as UTF-8", name);
    return AQ_OK;
}

static AqErr read_annotation_text(AqRecordReader *r, const char *text, size_t bytes,
                                  const char *name)
{
    static const char *const names[] = {"JSON", "JSON lines", "CSV", "TSV", "names"};
    AqErr err = add_file(r, name);

    if (err == AQ_OK)
        err = check_form(text, bytes, name);
    if (err != AQ_OK)
        return err;
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
    case TSV:
        return aq_records_from_tsv(r, text, bytes);
    case NAME_MAP:
        return aq_records_from_name_map(r, text, bytes);
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

/* Takes what was read, if `err` says that all was. */
static AqErr end_record_reader(AqRecordReader *r, AqErr err, AqAnnotations **out)
{
    if (err == AQ_OK)
        err = aq_records_join(r);
    if (err != AQ_OK)
        aq_annotations_free(&r->list);
    aq_free(r->answers.v);
    aq_free(r->names.v);
    *out = r->list;
    return err;
}

AqErr aq_annotations_parse_texts(const AqAnnotationText *texts, size_t n,
                                 AqAnnotationSkipFn skip, void *arg,
                                 AqAnnotations **out)
{
    AqRecordReader r;
    AqErr err = begin_record_reader(&r, skip, arg);

    for (size_t k = 0; err == AQ_OK && k < n; k++)
        err = read_annotation_text(&r, texts[k].text, texts[k].bytes, texts[k].name);
    return end_record_reader(&r, err, out);
}

AqErr aq_annotations_parse(const char *text, size_t bytes, const char *name,
                           AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    const AqAnnotationText one = {.name = name, .text = text, .bytes = bytes};

    return aq_annotations_parse_texts(&one, 1, skip, arg, out);
}

static AqErr read_annotation_files(AqRecordReader *r, const char *const *paths,
                                   size_t n_paths)
{
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n_paths; k++) {
        char *text = NULL;
        size_t bytes = 0;

        err = aq_fs_read(paths[k], AQ_ANNOTATION_MAX_FILE, &text, &bytes);
        if (err == AQ_OK)
            err = read_annotation_text(r, text, bytes, paths[k]);
        aq_free(text);
    }
    return err;
}

AqErr aq_annotations_read(const char *const *paths, size_t n_paths,
                          AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    AqRecordReader r;
    AqErr err = begin_record_reader(&r, skip, arg);

    if (err == AQ_OK)
        err = read_annotation_files(&r, paths, n_paths);
    return end_record_reader(&r, err, out);
}

AqErr aq_annotations_read_videos(const char *const *paths, size_t n_paths,
                                 AqAnnotationSkipFn skip, void *arg,
                                 AqAnnotations **out)
{
    AqRecordReader r;
    AqErr err = begin_record_reader(&r, skip, arg);

    r.videos_alone = 1;
    if (err == AQ_OK)
        err = read_annotation_files(&r, paths, n_paths);
    return end_record_reader(&r, err, out);
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
