/* SPDX-License-Identifier: MIT */
/*
 * MUSIC-AVQA's JSON as it was published (and v2.0, -R): an array of records in which
 * "type" and "templ_values" are JSON inside strings and the answer is spelt "anser".
 * Ids may be numbers, floats, missing or null. A record that cannot be used is skipped
 * and told; it never stops the file.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "store/annotations.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_CHUNK = 1 << 18 };

typedef struct Reader {
    AqAnnotations *list;
    size_t room;
    const char *file; /* in the arena */
    AqAnnotationSkipFn skip;
    void *arg;
} Reader;

/* A record's fault: the reason, or NULL where it is fine. "" is out of memory. */
typedef const char *Fault;

static const char *keep(Reader *r, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *p = aq_arena_alloc(r->list->arena, n, 1);

    return p ? memcpy(p, text, n) : NULL;
}

static Fault take_text(Reader *r, json_t *o, const char *key, const char **out)
{
    json_t *v = json_object_get(o, key);

    if (!json_is_string(v))
        return "a text is missing";
    if (json_string_length(v) == 0 || json_string_length(v) > AQ_ANNOTATION_MAX_TEXT ||
        strlen(json_string_value(v)) != json_string_length(v))
        return "a text is empty, too long or holds a zero byte";
    *out = keep(r, json_string_value(v));
    return *out ? NULL : "";
}

static Fault take_video(Reader *r, json_t *o, AqAnnotation *a)
{
    json_t *v = json_object_get(o, "video_id");
    char *number = NULL;
    const char *text = json_string_value(v);

    if (json_is_integer(v))
        text = number = aq_strf("%lld", (long long)json_integer_value(v));
    if (!text)
        return "it has no video_id";
    Fault f = NULL;
    if (aq_store_check_name(text, strlen(text)) != AQ_OK)
        f = "its video_id cannot be a file's name";
    else if (!(a->video = keep(r, text)))
        f = "";
    aq_free(number);
    return f;
}

static int64_t take_id(json_t *o)
{
    json_t *v = json_object_get(o, "question_id");

    if (json_is_integer(v))
        return json_integer_value(v);
    if (json_is_real(v) && fabs(json_real_value(v)) < 9e15 &&
        floor(json_real_value(v)) == json_real_value(v))
        return (int64_t)json_real_value(v);
    return -1;
}

/* JSON inside a string, or the array itself. Gives a reference. */
static json_t *inner_array(json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);

    if (json_is_array(v))
        return json_incref(v);
    json_t *inner =
        json_is_string(v) ? json_loads(json_string_value(v), 0, NULL) : NULL;
    if (json_is_array(inner))
        return inner;
    json_decref(inner);
    return NULL;
}

static Fault take_type(Reader *r, json_t *o, AqAnnotation *a)
{
    json_t *type = inner_array(o, "type");
    const char *modality = json_string_value(json_array_get(type, 0)),
               *kind = json_string_value(json_array_get(type, 1));
    Fault f = NULL;

    if (!modality || !kind || strlen(modality) > 64 || strlen(kind) > 64)
        f = "its type is no pair of modality and kind";
    else if (!(a->modality = keep(r, modality)) || !(a->kind = keep(r, kind)))
        f = "";
    json_decref(type);
    return f;
}

static Fault take_values(Reader *r, json_t *o, AqAnnotation *a)
{
    json_t *values = inner_array(o, "templ_values");
    const size_t n = json_array_size(values);
    Fault f = NULL;

    if (n > AQ_ANNOTATION_MAX_VALUES)
        f = "it has too many templ_values";
    const char **v = f ? NULL : aq_arena_alloc(r->list->arena, n ? n : 1, sizeof *v);
    if (!f && !v)
        f = "";
    for (size_t k = 0; !f && k < n; k++) {
        const char *text = json_string_value(json_array_get(values, k));

        if (!text || strlen(text) > AQ_ANNOTATION_MAX_TEXT)
            f = "one of its templ_values is no text";
        else if (!(v[k] = keep(r, text)))
            f = "";
    }
    a->values = v;
    a->n_values = n;
    json_decref(values);
    return f;
}

/* Each <Slot> of the template becomes the next value. */
static Fault fill_slots(Reader *r, AqAnnotation *a)
{
    size_t bytes = strlen(a->template_) + 1, used = 0;

    for (size_t k = 0; k < a->n_values; k++)
        bytes += strlen(a->values[k]);
    char *to = aq_arena_alloc(r->list->arena, bytes, 1);
    if (!to)
        return "";
    a->question = to;
    for (const char *p = a->template_; *p;) {
        const char *end = *p == '<' ? strchr(p, '>') : NULL;

        if (!end) {
            *to++ = *p++;
            continue;
        }
        if (used == a->n_values)
            return "its question has more slots than templ_values";
        const size_t n = strlen(a->values[used]);
        memcpy(to, a->values[used++], n);
        to += n;
        p = end + 1;
    }
    *to = '\0';
    return NULL;
}

static int is_deleted(json_t *o)
{
    json_t *v = json_object_get(o, "question_deleted");

    return json_is_true(v) || (json_is_integer(v) && json_integer_value(v) != 0);
}

static Fault read_record(Reader *r, json_t *o, AqAnnotation *a)
{
    Fault f = json_is_object(o) ? NULL : "it is no object";

    if (!f)
        f = take_video(r, o, a);
    if (!f)
        f = take_type(r, o, a);
    if (!f)
        f = take_text(r, o, "question_content", &a->template_) ? "it has no question"
                                                               : NULL;
    if (!f)
        f = take_values(r, o, a);
    if (!f)
        f = take_text(r, o, "anser", &a->answer) ? "it has no answer (anser)" : NULL;
    if (!f)
        f = fill_slots(r, a);
    a->question_id = take_id(o);
    return f;
}

static AqErr append(Reader *r, const AqAnnotation *a)
{
    AqAnnotations *l = r->list;

    if (l->n == r->room) {
        const size_t room = r->room ? r->room * 2 : 256;
        AqAnnotation *v = aq_realloc(l->v, room, sizeof *v);
        if (!v)
            return AQ_ERR_NOMEM;
        l->v = v;
        r->room = room;
    }
    l->v[l->n++] = *a;
    return AQ_OK;
}

static AqErr read_array(Reader *r, json_t *root)
{
    size_t k;
    json_t *o;

    json_array_foreach(root, k, o)
    {
        AqAnnotation a = {.file = r->file, .index = k, .question_id = -1};
        const int deleted = is_deleted(o);
        const Fault f = deleted ? "it is marked as deleted" : read_record(r, o, &a);

        if (f && !*f)
            return AQ_ERR_NOMEM;
        if (f) {
            r->list->n_skipped++;
            r->list->n_deleted += (size_t)deleted;
            if (r->skip && !deleted)
                r->skip(r->arg, r->file, k, f);
            continue;
        }
        const AqErr err = append(r, &a);
        if (err != AQ_OK)
            return err;
    }
    return AQ_OK;
}

static AqErr read_text(Reader *r, const char *json, size_t bytes, const char *name)
{
    json_error_t e;
    AqErr err = AQ_OK;

    r->file = keep(r, name);
    if (!r->file)
        return AQ_ERR_NOMEM;
    json_t *root = json_loadb(json, bytes, 0, &e);
    if (!root)
        err =
            aq_fail(AQ_ERR_FORMAT, "%s: line %d: is no JSON: %s", name, e.line, e.text);
    else if (!json_is_array(root))
        err = aq_fail(AQ_ERR_FORMAT,
                      "%s: is no array of questions, as MUSIC-AVQA's files are", name);
    else
        err = read_array(r, root);
    json_decref(root);
    return err;
}

static AqErr begin(Reader *r, AqAnnotationSkipFn skip, void *arg)
{
    *r = (Reader){.skip = skip, .arg = arg};
    r->list = aq_alloc(1, sizeof *r->list);
    if (!r->list)
        return AQ_ERR_NOMEM;
    const AqErr err = aq_arena_new(&r->list->arena, ARENA_CHUNK);
    if (err != AQ_OK)
        aq_annotations_free(&r->list);
    return err;
}

AqErr aq_annotations_parse(const char *json, size_t bytes, const char *name,
                           AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    Reader r;
    AqErr err = begin(&r, skip, arg);

    *out = NULL;
    if (err == AQ_OK)
        err = read_text(&r, json, bytes, name);
    if (err != AQ_OK)
        aq_annotations_free(&r.list);
    *out = r.list;
    return err;
}

AqErr aq_annotations_read(const char *const *paths, size_t n_paths,
                          AqAnnotationSkipFn skip, void *arg, AqAnnotations **out)
{
    Reader r;
    AqErr err = begin(&r, skip, arg);

    *out = NULL;
    for (size_t k = 0; err == AQ_OK && k < n_paths; k++) {
        char *text = NULL;
        size_t bytes = 0;

        err = aq_fs_read(paths[k], AQ_ANNOTATION_MAX_FILE, &text, &bytes);
        if (err == AQ_OK)
            err = read_text(&r, text, bytes, paths[k]);
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
    aq_arena_free(&a->arena);
    aq_free(a);
    *ap = NULL;
}
