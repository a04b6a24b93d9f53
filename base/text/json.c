/* SPDX-License-Identifier: MIT */
#include "base/text/json.h"

#include "base/alloc.h"
#include "base/text/text.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

typedef struct JsonText {
    char *bytes;
    size_t n, room;
    int failed; /* sticky: jansson may continue after a failed write */
} JsonText;

static int append_json_text(const char *bytes, size_t n, void *ctx)
{
    JsonText *t = ctx;

    if (!t->failed && t->n + n >= t->room) {
        const size_t room = 2 * t->room + n + 64;
        char *more = aq_realloc(t->bytes, room, 1);

        t->failed = !more;
        if (more) {
            t->bytes = more;
            t->room = room;
        }
    }
    if (t->failed)
        return -1;
    memcpy(t->bytes + t->n, bytes, n);
    t->n += n;
    t->bytes[t->n] = '\0';
    return 0;
}

char *aq_json_text(const json_t *value, size_t flags)
{
    JsonText t = {.bytes = NULL};

    if (value && json_dump_callback(value, append_json_text, &t, flags) == 0 &&
        !t.failed)
        return t.bytes;
    aq_free(t.bytes);
    (void)aq_fail(AQ_ERR_NOMEM, "out of memory");
    return NULL;
}

json_t *aq_json_string(const char *text, size_t n)
{
    if (aq_text_is_utf8(text, n))
        return json_stringn_nocheck(text, n);
    char *escaped = aq_text_utf8(text, n);
    json_t *v = escaped ? json_string(escaped) : NULL;

    aq_free(escaped);
    return v;
}

/* ---- packing ---- */

typedef struct Pack {
    const char *at; /* in the format */
    va_list args;
    int bad; /* stays: the format is read to its end, for what `o` names */
} Pack;

static char next_of(Pack *p)
{
    p->at += strspn(p->at, " ,:\n\t");
    return (char)(*p->at ? *p->at++ : '\0');
}

/* Adds the bytes of a text that is not valid UTF-8 as KEY_bytes. */
static int set_bytes(json_t *object, const char *key, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    const size_t n = strlen(text);
    char *name = aq_strf("%s_bytes", key), *hex = aq_alloc(2 * n + 1, 1);

    for (size_t k = 0; hex && k < n; k++) {
        hex[2 * k] = digits[(unsigned char)text[k] >> 4];
        hex[2 * k + 1] = digits[(unsigned char)text[k] & 15];
    }
    const int bad =
        !name || !hex || json_object_set_new(object, name, json_string(hex));
    aq_free(name);
    aq_free(hex);
    return bad;
}

json_t *aq_json_number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

const char *aq_json_member_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* `object` and `key`: where the text goes, or NULL. */
static json_t *pack_text(Pack *p, json_t *object, const char *key)
{
    const char *text = va_arg(p->args, const char *);
    const int may_be_null = *p->at == '?';

    p->at += may_be_null;
    if (!text && may_be_null)
        return json_null();
    if (!text)
        return NULL;
    const size_t n = strlen(text);
    if (object && !aq_text_is_utf8(text, n))
        p->bad |= set_bytes(object, key, text);
    return aq_json_string(text, n);
}

static json_t *pack_value(Pack *p, json_t *object, const char *key, char what);

static json_t *pack_list(Pack *p)
{
    json_t *list = json_array();

    for (char c; (c = next_of(p)) != ']' && c;)
        p->bad |= json_array_append_new(list, pack_value(p, NULL, NULL, c)) != 0;
    return list;
}

static json_t *pack_object(Pack *p)
{
    json_t *o = json_object();

    while (next_of(p) == 's') {
        const char *key = va_arg(p->args, const char *);
        json_t *v = pack_value(p, o, key, next_of(p));

        p->bad |= json_object_set_new(o, key, v) != 0;
    }
    return o;
}

static json_t *pack_value(Pack *p, json_t *object, const char *key, char what)
{
    switch (what) {
    case '{':
        return pack_object(p);
    case '[':
        return pack_list(p);
    case 's':
        return pack_text(p, object, key);
    case 'i':
        return json_integer(va_arg(p->args, int));
    case 'I':
        return json_integer(va_arg(p->args, json_int_t));
    case 'f':
        return aq_json_number(va_arg(p->args, double));
    case 'b':
        return json_boolean(va_arg(p->args, int));
    case 'n':
        return json_null();
    case 'o':
        return va_arg(p->args, json_t *);
    case 'O':
        return json_incref(va_arg(p->args, json_t *));
    default:
        return NULL; /* an unknown format: the value is reported as missing */
    }
}

json_t *aq_json_pack(const char *format, ...)
{
    Pack p = {.at = format};

    va_start(p.args, format);
    json_t *v = pack_value(&p, NULL, NULL, next_of(&p));
    va_end(p.args);
    if (v && !p.bad)
        return v;
    json_decref(v);
    (void)aq_fail(AQ_ERR_NOMEM, "out of memory");
    return NULL;
}
