/* SPDX-License-Identifier: MIT */
/* The parts of a record in any layout: texts, names, ids and lists. */
#include "base/alloc.h"
#include "base/text/names.h"
#include "store/annotations/annotations_priv.h"

#include <jansson.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *aq_record_keep(AqRecordReader *r, const char *text)
{
    const size_t n = strlen(text) + 1;
    char *p = aq_arena_alloc(r->list->arena, n, 1);

    return p ? memcpy(p, text, n) : NULL;
}

/* Strings without zero bytes that are short enough to keep. */
static int is_usable(const json_t *v, size_t most)
{
    const size_t n = json_string_length(v);

    return json_is_string(v) && n > 0 && n <= most && strlen(json_string_value(v)) == n;
}

AqRecordFault aq_record_text(AqRecordReader *r, json_t *o, const char *key,
                             const char *fault, const char **out)
{
    json_t *v = json_object_get(o, key);
    char number[24];

    if (json_is_integer(v)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
        *out = aq_record_keep(r, number);
    } else if (is_usable(v, AQ_ANNOTATION_MAX_TEXT)) {
        *out = aq_record_keep(r, json_string_value(v));
    } else {
        return fault;
    }
    return *out ? NULL : "";
}

int aq_record_has(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);

    return v && !json_is_null(v);
}

/* Takes `text`, which may be NULL. */
static const char *keep_given(AqRecordReader *r, char *text)
{
    const char *kept = text ? aq_record_keep(r, text) : NULL;

    aq_free(text);
    return kept;
}

static int is_name(const char *text)
{
    return aq_store_check_name(text, strlen(text)) == AQ_OK;
}

static const char no_name[] =
    "its video's name cannot be a file's: it is empty, too long, '.' or '..', or "
    "holds a control character";

/* a->written as a name. */
static AqRecordFault take_written_name(AqRecordReader *r, AqAnnotation *a)
{
    a->video = keep_given(r, aq_name_as_written(a->written));
    a->clip = keep_given(r, aq_name_of_clip(a->written));
    if (!a->video || !a->clip)
        return "";
    return is_name(a->video) && is_name(a->clip) ? NULL : no_name;
}

AqRecordFault aq_record_video(AqRecordReader *r, json_t *o, const char *key,
                              AqAnnotation *a)
{
    const json_t *v = json_object_get(o, key);

    if (!v || json_is_null(v))
        return "it names no video";
    if (!json_is_string(v) && !json_is_integer(v))
        return "its video's name is no text";
    const AqRecordFault f = aq_record_text(r, o, key, no_name, &a->written);
    return f ? f : take_written_name(r, a);
}

AqRecordFault aq_record_named(AqRecordReader *r, const char *name, const char *also,
                              AqAnnotation *a)
{
    a->written = aq_record_keep(r, name);
    if (!a->written)
        return "";
    if (also && is_name(also) && !(a->also = aq_record_keep(r, also)))
        return "";
    return take_written_name(r, a);
}

AqRecordFault aq_record_question(AqRecordReader *r, json_t *o, const char *key,
                                 AqAnnotation *a)
{
    const AqRecordFault f = aq_record_text(
        r, o, key, "its question is missing, empty or too long", &a->question);

    a->template_ = a->question;
    return f;
}

AqRecordFault aq_record_answer(AqRecordReader *r, json_t *o, const char **out)
{
    return aq_record_text(r, o, "answer", "its answer is missing, empty or too long",
                          out);
}

int64_t aq_record_id(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    const char *text = json_string_value(v);

    if (json_is_integer(v))
        return json_integer_value(v);
    if (json_is_real(v) && fabs(json_real_value(v)) < 9e15 &&
        floor(json_real_value(v)) == json_real_value(v))
        return (int64_t)json_real_value(v);
    if (text && *text && strlen(text) <= 18 &&
        strspn(text, "0123456789") == strlen(text))
        return strtoll(text, NULL, 10);
    return -1;
}

/* ---- lists inside strings ---- */

/* Parses one quoted Python string at *p and moves past it. NULL: there is none. */
static json_t *python_text(const char **p)
{
    const char quote = **p;
    char out[AQ_ANNOTATION_MAX_TEXT];
    size_t n = 0;

    if (quote != '\'' && quote != '"')
        return NULL;
    for (++*p; **p && **p != quote; ++*p) {
        if (**p == '\\' && ((*p)[1] == '\\' || (*p)[1] == '\'' || (*p)[1] == '"'))
            ++*p;
        else if (**p == '\\')
            return NULL; /* other escapes are not supported */
        if (n == sizeof out)
            return NULL;
        out[n++] = **p;
    }
    if (**p != quote)
        return NULL;
    ++*p;
    return json_stringn(out, n);
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* MUSIC-AVQA's own loader reads these strings as Python: ['flute', "violin"]. */
static json_t *python_list(const char *text)
{
    const char *p = skip_blanks(text);
    json_t *list = *p == '[' ? json_array() : NULL;

    for (p = skip_blanks(p + (list != NULL)); list && *p != ']';) {
        const int bad = json_array_append_new(list, python_text(&p));

        p = skip_blanks(p);
        if (bad || (*p != ',' && *p != ']')) {
            json_decref(list);
            return NULL;
        }
        if (*p == ',')
            p = skip_blanks(p + 1);
    }
    if (list && *skip_blanks(p + 1) != '\0') {
        json_decref(list);
        return NULL;
    }
    return list;
}

json_t *aq_record_list(json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    const char *text = is_usable(v, SIZE_MAX) ? json_string_value(v) : NULL;

    if (json_is_array(v))
        return json_incref(v);
    json_t *inner = text ? json_loads(text, 0, NULL) : NULL;
    if (json_is_array(inner))
        return inner;
    json_decref(inner);
    return text ? python_list(text) : NULL;
}

AqRecordFault aq_record_texts(AqRecordReader *r, json_t *list, size_t most,
                              const char *fault, const char *const **out, size_t *n)
{
    const size_t count = json_array_size(list);

    if (count > most)
        return fault;
    const char **v = aq_arena_alloc(r->list->arena, count ? count : 1, sizeof *v);
    if (!v)
        return "";
    for (size_t k = 0; k < count; k++) {
        const json_t *one = json_array_get(list, k);

        if (!is_usable(one, AQ_ANNOTATION_MAX_TEXT))
            return fault;
        v[k] = aq_record_keep(r, json_string_value(one));
        if (!v[k])
            return "";
    }
    *out = v;
    *n = count;
    return NULL;
}

AqRecordFault aq_record_type(AqRecordReader *r, json_t *o, AqAnnotation *a)
{
    json_t *list = aq_record_list(o, "type");
    const char *const *pair = NULL;
    size_t n = 0;
    const AqRecordFault f = aq_record_texts(
        r, list, 2, "its type is no pair of modality and kind", &pair, &n);

    json_decref(list);
    if (f)
        return f;
    if (n != 2)
        return "its type is no pair of modality and kind";
    a->modality = pair[0];
    a->kind = pair[1];
    return NULL;
}
