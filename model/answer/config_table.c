/* SPDX-License-Identifier: MIT */
/* One table, four uses: setting from text, help, JSON out, JSON in. */
#include "model/answer/config_table.h"

#include "base/alloc.h"
#include "base/text/json.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int same_option_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
            return 0;
    return *a == *b;
}

const AqConfigOption *aq_config_find(const AqConfigTable *t, const char *name)
{
    for (size_t k = 0; k < t->n; k++)
        if (same_option_name(t->options[k].name, name))
            return &t->options[k];
    return NULL;
}

static int *int_field(const AqConfigOption *o, void *config)
{
    return (int *)(void *)((char *)config + o->offset);
}

static double *real_field(const AqConfigOption *o, void *config)
{
    return (double *)(void *)((char *)config + o->offset);
}

static uint64_t *seed_field(const AqConfigOption *o, void *config)
{
    return (uint64_t *)(void *)((char *)config + o->offset);
}

/* The same fields of a configuration that is only read. */
static void read_field(const AqConfigOption *o, const void *config, void *to)
{
    const size_t bytes = o->type == AQ_CONFIG_REAL   ? sizeof(double)
                         : o->type == AQ_CONFIG_SEED ? sizeof(uint64_t)
                                                     : sizeof(int);

    memcpy(to, (const char *)config + o->offset, bytes);
}

static int parse_flag(const char *text, int *out)
{
    static const char *const on[] = {"on", "yes", "true", "1"};
    static const char *const off[] = {"off", "no", "false", "0"};

    for (size_t k = 0; k < sizeof on / sizeof *on; k++) {
        if (!strcmp(text, on[k])) {
            *out = 1;
            return 1;
        }
        if (!strcmp(text, off[k])) {
            *out = 0;
            return 1;
        }
    }
    return 0;
}

static AqErr out_of_range(const AqConfigTable *t, const AqConfigOption *o,
                          const char *value)
{
    return aq_fail(AQ_ERR_USAGE, "%s option %s: \"%s\" is not %s from %g to %g",
                   t->what, o->name, value,
                   o->type == AQ_CONFIG_INT ? "a whole number" : "a number", o->least,
                   o->most);
}

static AqErr set_number(const AqConfigTable *t, const AqConfigOption *o, void *config,
                        const char *value)
{
    char *end;

    errno = 0;
    const double x = strtod(value, &end);
    if (end == value || *end || errno || !(x >= o->least && x <= o->most) ||
        (o->type == AQ_CONFIG_INT && (x != floor(x) || fabs(x) > INT_MAX)))
        return out_of_range(t, o, value);
    if (o->type == AQ_CONFIG_INT)
        *int_field(o, config) = (int)x;
    else
        *real_field(o, config) = x;
    return AQ_OK;
}

static AqErr set_seed(const AqConfigTable *t, const AqConfigOption *o, void *config,
                      const char *value)
{
    char *end;

    errno = 0;
    const unsigned long long x = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno)
        return aq_fail(AQ_ERR_USAGE,
                       "%s option %s: \"%s\" is not a whole number from 0 to 2^64-1",
                       t->what, o->name, value);
    *seed_field(o, config) = x;
    return AQ_OK;
}

AqErr aq_config_set(const AqConfigTable *t, void *config, const char *name,
                    const char *value)
{
    const AqConfigOption *o = aq_config_find(t, name);

    if (!o)
        return aq_fail(AQ_ERR_NOT_FOUND, "there is no %s option \"%s\"", t->what, name);
    if (o->type == AQ_CONFIG_SEED)
        return set_seed(t, o, config, value);
    if (o->type != AQ_CONFIG_FLAG)
        return set_number(t, o, config, value);
    if (!parse_flag(value, int_field(o, config)))
        return aq_fail(AQ_ERR_USAGE, "%s option %s: \"%s\" is neither on nor off",
                       t->what, o->name, value);
    return AQ_OK;
}

char *aq_config_get(const AqConfigOption *o, const void *config, char *text,
                    size_t bytes)
{
    int i = 0;
    double x = 0;
    uint64_t u = 0;

    switch (o->type) {
    case AQ_CONFIG_INT:
        read_field(o, config, &i);
        (void)snprintf(text, bytes, "%d", i);
        break;
    case AQ_CONFIG_FLAG:
        read_field(o, config, &i);
        (void)snprintf(text, bytes, "%s", i ? "on" : "off");
        break;
    case AQ_CONFIG_SEED:
        read_field(o, config, &u);
        (void)snprintf(text, bytes, "%" PRIu64, u);
        break;
    case AQ_CONFIG_REAL:
        read_field(o, config, &x);
        (void)snprintf(text, bytes, "%.10g", x);
        break;
    }
    return text;
}

void aq_config_help(const AqConfigTable *t, const void *config, FILE *to)
{
    static const char *const kinds[] = {"N", "N", "X", "on|off"};

    for (size_t k = 0; k < t->n; k++) {
        const AqConfigOption *o = &t->options[k];
        char flag[64], value[64];
        size_t used = 0;

        for (; o->name[used] && used + 1 < sizeof flag; used++)
            flag[used] = (char)(o->name[used] == '_' ? '-' : o->name[used]);
        flag[used] = 0;
        const int width = fprintf(to, "  --%s %s", flag, kinds[o->type]);
        (void)fprintf(to, "%*s%s [%s]\n", width < 26 ? 26 - width : 1, "", o->help,
                      aq_config_get(o, config, value, sizeof value));
    }
}

static json_t *field_to_json(const AqConfigOption *o, const void *config)
{
    int i = 0;
    double x = 0;
    char text[32];

    switch (o->type) {
    case AQ_CONFIG_INT:
        read_field(o, config, &i);
        return json_integer(i);
    case AQ_CONFIG_FLAG:
        read_field(o, config, &i);
        return json_boolean(i);
    case AQ_CONFIG_SEED: /* as text: JSON numbers lose digits past 2^53 elsewhere */
        return json_string(aq_config_get(o, config, text, sizeof text));
    case AQ_CONFIG_REAL:
        read_field(o, config, &x);
        return json_real(x);
    }
    return NULL;
}

AqErr aq_config_to_json(const AqConfigTable *t, const void *config, char **out)
{
    json_t *object = json_object();
    int ok = object != NULL;

    *out = NULL;
    for (size_t k = 0; ok && k < t->n; k++)
        ok = json_object_set_new(object, t->options[k].name,
                                 field_to_json(&t->options[k], config)) == 0;
    *out = ok ? aq_json_text(object, 0) : NULL;
    json_decref(object);
    return *out ? AQ_OK
                : aq_fail(AQ_ERR_NOMEM, "no memory for the %s options", t->what);
}

/* A JSON value as the text that aq_config_set() reads; 0 if it is of another kind. */
static int option_value_text(const AqConfigOption *o, const json_t *v, char text[64])
{
    if (o->type == AQ_CONFIG_FLAG && json_is_boolean(v))
        (void)snprintf(text, 64, "%s", json_is_true(v) ? "on" : "off");
    else if (o->type == AQ_CONFIG_SEED && json_is_string(v))
        (void)snprintf(text, 64, "%s", json_string_value(v));
    else if (o->type != AQ_CONFIG_FLAG && json_is_integer(v))
        (void)snprintf(text, 64, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    else if (o->type == AQ_CONFIG_REAL && json_is_real(v))
        (void)snprintf(text, 64, "%.17g", json_real_value(v));
    else
        return 0;
    return 1;
}

static AqErr set_from_json(const AqConfigTable *t, void *config, json_t *object)
{
    const char *name;
    json_t *v;
    char text[64];

    json_object_foreach(object, name, v)
    {
        const AqConfigOption *o = aq_config_find(t, name);

        if (!o)
            return aq_fail(AQ_ERR_MISMATCH,
                           "unknown %s option \"%s\": made by a newer program?",
                           t->what, name);
        if (!option_value_text(o, v, text))
            return aq_fail(AQ_ERR_FORMAT, "%s option %s has a value of a wrong kind",
                           t->what, name);
        if (aq_config_set(t, config, name, text) != AQ_OK)
            return AQ_ERR_FORMAT;
    }
    return AQ_OK;
}

AqErr aq_config_from_json(const AqConfigTable *t, void *config, const char *json)
{
    json_error_t why;
    json_t *object = json_loads(json, JSON_REJECT_DUPLICATES, &why);

    if (!object)
        return aq_fail(AQ_ERR_FORMAT, "%s options are not JSON: %s", t->what, why.text);
    const AqErr err = json_is_object(object)
                          ? set_from_json(t, config, object)
                          : aq_fail(AQ_ERR_FORMAT, "%s options are no object", t->what);
    json_decref(object);
    return err;
}
