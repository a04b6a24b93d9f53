/* SPDX-License-Identifier: MIT */
/* What an option's field may hold: from text, and as text. */
#include "base/alloc.h"
#include "base/options/option.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void aq_text_list_clear(AqTextList *l)
{
    aq_free(l->v);
    *l = (AqTextList){0};
}

AqErr aq_text_list_add(AqTextList *l, const char *text)
{
    const char **v = aq_grow(l->v, (size_t)l->n, sizeof *v);

    if (!v)
        return AQ_ERR_NOMEM;
    l->v = v;
    l->v[l->n++] = text;
    return AQ_OK;
}

/* ---- numbers ---- */

static AqErr fail_number(const char *what, const char *text, const char *kind,
                         double lo, double hi)
{
    if (lo == 0.0 && hi == 0.0)
        return aq_fail(AQ_ERR_USAGE, "%s: '%s' is not %s", what, text, kind);
    return aq_fail(AQ_ERR_USAGE, "%s: '%s' is not %s from %.10g to %.10g", what, text,
                   kind, lo, hi);
}

AqErr aq_parse_double(const char *what, const char *text, double lo, double hi,
                      double *out)
{
    char *end = NULL;

    errno = 0;
    const double x = strtod(text, &end);
    if (end == text || *end || !isfinite(x) || (errno == ERANGE && fabs(x) > 1) ||
        ((lo != 0.0 || hi != 0.0) && (x < lo || x > hi)))
        return fail_number(what, text, "a number", lo, hi);
    *out = x;
    return AQ_OK;
}

AqErr aq_parse_int(const char *what, const char *text, double lo, double hi, int *out)
{
    char *end = NULL;

    errno = 0;
    const long x = strtol(text, &end, 10);
    if (end == text || *end || errno || x > INT_MAX || x < INT_MIN ||
        ((lo != 0.0 || hi != 0.0) && ((double)x < lo || (double)x > hi)))
        return fail_number(what, text, "a whole number", lo, hi);
    *out = (int)x;
    return AQ_OK;
}

static AqErr parse_seed(const char *what, const char *text, uint64_t *out)
{
    char *end = NULL;

    errno = 0;
    const unsigned long long x = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno)
        return aq_fail(AQ_ERR_USAGE, "%s: '%s' is not a whole number from 0 to 2^64-1",
                       what, text);
    *out = x;
    return AQ_OK;
}

/* ---- words ---- */

static AqErr parse_switch(const char *what, const char *text, int *out)
{
    static const char *const words[][2] = {
        {"off", "on"}, {"no", "yes"}, {"false", "true"}, {"0", "1"}};

    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        for (int on = 0; on < 2; on++)
            if (strcmp(text, words[k][on]) == 0) {
                *out = on;
                return AQ_OK;
            }
    return aq_fail(AQ_ERR_USAGE, "%s: '%s' is neither on nor off", what, text);
}

/* "npy, npz or h5" */
static void list_choices(const AqOption *o, char *text, size_t bytes)
{
    size_t at = 0;

    for (int k = 0; o->choices[k] && at < bytes; k++)
        at += (size_t)snprintf(text + at, bytes - at, "%s%s",
                               k == 0              ? ""
                               : o->choices[k + 1] ? ", "
                                                   : " or ",
                               o->choices[k]);
}

static AqErr parse_choice(const AqOption *o, const char *what, const char *text,
                          int *out)
{
    char list[256];

    for (int k = 0; o->choices[k]; k++)
        if (strcmp(o->choices[k], text) == 0) {
            *out = k;
            return AQ_OK;
        }
    list_choices(o, list, sizeof list);
    return aq_fail(AQ_ERR_USAGE, "%s: '%s' is not %s", what, text, list);
}

const char *aq_option_help(const AqOption *o, char *text, size_t bytes)
{
    const char *one;

    if (!o->listed)
        return o->help;
    int at = snprintf(text, bytes, "%s", o->help);
    for (size_t k = 0; at >= 0 && (size_t)at < bytes && (one = o->listed(k)); k++)
        at += snprintf(text + at, bytes - (size_t)at, "%s%s", k ? ", " : ": ", one);
    return text;
}

char *aq_option_names(const AqOption *o, const char *between, char *text, size_t bytes)
{
    const char *one;
    size_t at = 0;

    text[0] = '\0';
    for (size_t k = 0; o->listed && at < bytes && (one = o->listed(k)); k++)
        if (!one[strcspn(one, " ,=|")])
            at +=
                (size_t)snprintf(text + at, bytes - at, "%s%s", at ? between : "", one);
    return text;
}

AqErr aq_option_set(const AqOption *o, const char *what, void *field, const char *value)
{
    switch (o->type) {
    case AQ_OPTION_FLAG:
        *(int *)field = 1;
        return AQ_OK;
    case AQ_OPTION_SWITCH:
        return parse_switch(what, value, field);
    case AQ_OPTION_INT:
        return aq_parse_int(what, value, o->least, o->most, field);
    case AQ_OPTION_SEED:
        return parse_seed(what, value, field);
    case AQ_OPTION_REAL:
        return aq_parse_double(what, value, o->least, o->most, field);
    case AQ_OPTION_TEXT:
        *(const char **)field = value;
        return AQ_OK;
    case AQ_OPTION_CHOICE:
        return parse_choice(o, what, value, field);
    case AQ_OPTION_TEXTS:
    case AQ_OPTION_LIST:
    case AQ_OPTION_WORDS:
        return aq_text_list_add(field, value);
    case AQ_OPTION_END:
    case AQ_OPTION_HELP:
    case AQ_OPTION_GROUP:
    case AQ_OPTION_TABLE:
        break;
    }
    return AQ_OK;
}

/* ---- as text ---- */

static int count_choices(const AqOption *o)
{
    int n = 0;

    while (o->choices[n])
        n++;
    return n;
}

char *aq_option_text(const AqOption *o, const void *field, char *text, size_t bytes)
{
    const int *i = field;
    const char *const *t = field;

    text[0] = '\0';
    switch (o->type) {
    case AQ_OPTION_FLAG:
    case AQ_OPTION_SWITCH:
        (void)snprintf(text, bytes, "%s", *i ? "on" : "off");
        break;
    case AQ_OPTION_INT:
        (void)snprintf(text, bytes, "%d", *i);
        break;
    case AQ_OPTION_SEED:
        (void)snprintf(text, bytes, "%" PRIu64, *(const uint64_t *)field);
        break;
    case AQ_OPTION_REAL:
        (void)snprintf(text, bytes, "%.10g", *(const double *)field);
        break;
    case AQ_OPTION_TEXT:
        (void)snprintf(text, bytes, "%s", *t ? *t : "");
        break;
    case AQ_OPTION_CHOICE:
        if (*i >= 0 && *i < count_choices(o))
            (void)snprintf(text, bytes, "%s", o->choices[*i]);
        break;
    default:
        break;
    }
    return text;
}

static int is_in_range(const AqOption *o, double x)
{
    return (o->least == 0.0 && o->most == 0.0) || (x >= o->least && x <= o->most);
}

char *aq_option_default(const AqOption *o, const void *field, char *text, size_t bytes)
{
    text[0] = '\0';
    if (o->otherwise)
        (void)snprintf(text, bytes, "%s", o->otherwise);
    else if (field && o->type != AQ_OPTION_FLAG &&
             (o->type != AQ_OPTION_INT || is_in_range(o, *(const int *)field)) &&
             (o->type != AQ_OPTION_REAL || is_in_range(o, *(const double *)field)))
        (void)aq_option_text(o, field, text, bytes);
    return text;
}

/* ---- kinds of rows ---- */

int aq_option_is_named(const AqOption *o)
{
    return o->type != AQ_OPTION_WORDS;
}

int aq_option_takes_value(const AqOption *o)
{
    return o->type != AQ_OPTION_FLAG && o->type != AQ_OPTION_HELP;
}

static void join_choices(const AqOption *o, char *text, size_t bytes)
{
    size_t at = 0;

    for (int k = 0; o->choices[k] && at < bytes; k++)
        at += (size_t)snprintf(text + at, bytes - at, "%s%s", k ? "|" : "",
                               o->choices[k]);
}

const char *aq_option_arg(const AqOption *o, char *text, size_t bytes)
{
    if (!aq_option_takes_value(o))
        return NULL;
    if (o->arg)
        return o->arg;
    if (o->type == AQ_OPTION_CHOICE)
        join_choices(o, text, bytes);
    else
        (void)snprintf(text, bytes, "%s",
                       o->type == AQ_OPTION_SWITCH ? "on|off"
                       : o->type == AQ_OPTION_REAL ? "X"
                       : o->type == AQ_OPTION_INT  ? "N"
                       : o->type == AQ_OPTION_SEED ? "N"
                                                   : "TEXT");
    return text;
}
