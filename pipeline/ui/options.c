/* SPDX-License-Identifier: MIT */
/* getopt_long over a table. Options may stand before, between and behind the rest. */
#define _GNU_SOURCE /* getopt_long */
#include "pipeline/ui/options.h"

#include "base/alloc.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_LONG = 256 };

static AqErr store_value(const AqOption *o, const char *value)
{
    char what[80];

    (void)snprintf(what, sizeof what, "--%s", o->name);
    switch (o->kind) {
    case AQ_OPT_FLAG:
        *(int *)o->to = 1;
        return AQ_OK;
    case AQ_OPT_INT:
        return aq_parse_int(what, value, o->lo, o->hi, o->to);
    case AQ_OPT_DOUBLE:
        return aq_parse_double(what, value, o->lo, o->hi, o->to);
    case AQ_OPT_TEXT:
        *(const char **)o->to = value;
        return AQ_OK;
    case AQ_OPT_LIST:
        return aq_text_list_add(o->to, value);
    case AQ_OPT_CALL:
        return o->fn(o->to, o->name, value);
    }
    return AQ_OK;
}

static int count_options(const AqOption *table)
{
    int n = 0;

    while (table[n].name)
        n++;
    return n;
}

/* The table in getopt's two forms; `shorts` has room for 2 a row and 4 more. */
static void to_getopt(const AqOption *table, int n, struct option *longs, char *shorts)
{
    *shorts++ = '-'; /* hand over what is no option, in its place */
    *shorts++ = ':'; /* tell a missing value from an unknown option */
    *shorts++ = 'h';
    for (int k = 0; k < n; k++) {
        const int has = table[k].kind != AQ_OPT_FLAG;

        longs[k] = (struct option){.name = table[k].name,
                                   .has_arg = has ? required_argument : no_argument,
                                   .val = FIRST_LONG + k};
        if (!table[k].letter)
            continue;
        *shorts++ = table[k].letter;
        if (has)
            *shorts++ = ':';
    }
    longs[n] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    *shorts = '\0';
}

static const AqOption *option_of(const AqOption *table, int n, int c)
{
    if (c >= FIRST_LONG)
        return &table[c - FIRST_LONG];
    for (int k = 0; k < n; k++)
        if (table[k].letter && table[k].letter == c)
            return &table[k];
    return NULL;
}

static AqErr fail_old_misuse(int c, char **argv)
{
    const char *word = argv[optind > 1 ? optind - 1 : 1];

    if (c == ':')
        return aq_fail(AQ_ERR_USAGE, "%s needs a value", word);
    if (optopt && optopt < FIRST_LONG)
        return aq_fail(AQ_ERR_USAGE, "there is no option -%c", optopt);
    return aq_fail(AQ_ERR_USAGE, "there is no option %s, or it takes no value", word);
}

static AqErr parse_all(const AqOption *table, int n, int argc, char **argv,
                       const struct option *longs, const char *shorts, AqTextList *rest,
                       int *help)
{
    AqErr err = AQ_OK;
    AqTextList *open_list = NULL; /* words go here until the next option */
    int c;

    optind = 0; /* glibc: start anew */
    opterr = 0;
    while (err == AQ_OK && !*help &&
           (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        const AqOption *o = option_of(table, n, c);

        if (c == 1) {
            err = aq_text_list_add(open_list ? open_list : rest, optarg);
            continue;
        }
        open_list = NULL;
        if (c == 'h')
            *help = 1;
        else if (!o)
            err = fail_old_misuse(c, argv);
        else
            err = store_value(o, optarg);
        if (o && o->kind == AQ_OPT_LIST)
            open_list = o->to;
    }
    for (; err == AQ_OK && !*help && optind < argc; optind++) /* behind "--" */
        err = aq_text_list_add(rest, argv[optind]);
    return err;
}

AqErr aq_options_parse_old(const AqOption *table, int argc, char **argv,
                           AqTextList *rest, int *help)
{
    const int n = count_options(table);
    struct option *longs = aq_alloc((size_t)n + 2, sizeof *longs);
    char *shorts = aq_alloc((size_t)n * 2 + 4, 1);
    AqErr err = AQ_ERR_NOMEM;

    *help = 0;
    if (longs && shorts) {
        to_getopt(table, n, longs, shorts);
        err = parse_all(table, n, argc, argv, longs, shorts, rest, help);
    }
    aq_free(longs);
    aq_free(shorts);
    return err;
}

void aq_options_print(FILE *f, const AqOption *table)
{
    for (const AqOption *o = table; o->name; o++) {
        char left[64];

        (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
                       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
                       o->arg ? " " : "", o->arg ? o->arg : "");
        (void)fprintf(f, "  %-26s %s\n", left, o->help);
    }
    (void)fprintf(f, "  %-26s %s\n", "-h, --help", "show this help");
}
