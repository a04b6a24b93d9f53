/* SPDX-License-Identifier: MIT */
#include "base/options/option_json.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <jansson.h>
#include <stdio.h>

char *aq_option_key(const AqOption *o, char *key, size_t bytes)
{
    (void)snprintf(key, bytes, "%s", o->name);
    for (char *p = key; *p; p++)
        *p = (char)(*p == '-' ? '_' : *p);
    return key;
}

static json_t *option_field_json(const AqOption *o, const void *field)
{
    char text[64];

    switch (o->type) {
    case AQ_OPTION_INT:
        return json_integer(*(const int *)field);
    case AQ_OPTION_FLAG:
    case AQ_OPTION_SWITCH:
        return json_boolean(*(const int *)field);
    case AQ_OPTION_REAL:
        return json_real(*(const double *)field);
    default: /* a seed too: JSON numbers lose digits past 2^53 elsewhere */
        return json_string(aq_option_text(o, field, text, sizeof text));
    }
}

AqErr aq_options_to_json(const AqOption *table, const char *what, const void *config,
                         char **out)
{
    AqOptionWalk w = aq_options_walk(table);
    json_t *object = json_object();
    int ok = object != NULL;
    char key[64];

    *out = NULL;
    while (ok && aq_options_next(&w))
        ok = json_object_set_new(
                 object, aq_option_key(w.row, key, sizeof key),
                 option_field_json(w.row, (const char *)config + w.at)) == 0;
    *out = ok ? aq_json_text(object, 0) : NULL;
    json_decref(object);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "no memory for the %s options", what);
}

/* A JSON value as the text that aq_option_set() reads; 0 if it is of another kind. */
static int option_json_text(const AqOption *o, const json_t *v, char text[64])
{
    const int is_switch = o->type == AQ_OPTION_SWITCH || o->type == AQ_OPTION_FLAG;
    const int is_text = o->type == AQ_OPTION_SEED || o->type == AQ_OPTION_CHOICE;
    const int is_number = !is_switch && o->type != AQ_OPTION_CHOICE;

    if (is_switch && json_is_boolean(v))
        (void)snprintf(text, 64, "%s", json_is_true(v) ? "on" : "off");
    else if (is_text && json_is_string(v))
        (void)snprintf(text, 64, "%s", json_string_value(v));
    else if (is_number && json_is_integer(v))
        (void)snprintf(text, 64, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (o->type == AQ_OPTION_REAL && json_is_real(v))
        (void)snprintf(text, 64, "%.17g", json_real_value(v));
    else
        return 0;
    return 1;
}

static AqErr set_from_object(const AqOption *table, const char *what, void *config,
                             json_t *object)
{
    const char *name;
    json_t *v;
    char text[64];

    json_object_foreach(object, name, v)
    {
        AqOptionWalk w;

        if (!aq_options_find(&w, table, name))
            return aq_fail(AQ_ERR_MISMATCH,
                           "unknown %s option \"%s\": made by a newer program?", what,
                           name);
        if (!option_json_text(w.row, v, text))
            return aq_fail(AQ_ERR_FORMAT, "%s option %s has a value of a wrong kind",
                           what, name);
        if (aq_options_set(table, what, config, name, text) != AQ_OK)
            return AQ_ERR_FORMAT;
    }
    return AQ_OK;
}

AqErr aq_options_from_json(const AqOption *table, const char *what, void *config,
                           const char *json)
{
    json_error_t why;
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, &why);

    if (!object)
        return aq_fail(AQ_ERR_FORMAT, "%s options are not JSON: %s", what, why.text);
    const AqErr err = json_is_object(object)
                          ? set_from_object(table, what, config, object)
                          : aq_fail(AQ_ERR_FORMAT, "%s options are no object", what);
    json_decref(object);
    return err;
}
