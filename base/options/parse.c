/* SPDX-License-Identifier: MIT */
/* getopt_long over a table; it reports a fault by a letter, so that the sentence about
 * it is found here. */
#define _GNU_SOURCE /* getopt_long */
#include "base/options/parse.h"

#include "base/alloc.h"
#include "base/text/nearest.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { FIRST_LONG = 256 };

/* The table in getopt's forms. */
typedef struct OptionLine {
    const AqOption *table;
    char *args;
    AqOptionWalk *rows; /* n, those with a name */
    int n;
    AqOptionWalk words; /* of the words that are no option; row NULL: none are taken */
    struct option *longs;
    char *shorts;
} OptionLine;

static void free_option_line(OptionLine *l)
{
    aq_free(l->rows);
    aq_free(l->longs);
    aq_free(l->shorts);
}

static void add_getopt_row(OptionLine *l, const AqOptionWalk *w)
{
    const AqOption *o = w->row;
    const int has = aq_option_takes_value(o);
    char *s = l->shorts + strlen(l->shorts);

    l->rows[l->n] = *w;
    l->longs[l->n] = (struct option){.name = o->name,
                                     .has_arg = has ? required_argument : no_argument,
                                     .val = FIRST_LONG + l->n};
    l->n++;
    if (!o->letter)
        return;
    *s++ = o->letter;
    if (has)
        *s = ':';
}

static AqErr make_option_line(OptionLine *l, const AqOption *table, void *args)
{
    AqOptionWalk w = aq_options_walk(table);
    size_t n = 0;

    *l = (OptionLine){.table = table, .args = args};
    while (aq_options_next(&w))
        n++;
    l->rows = aq_alloc(n + 1, sizeof *l->rows);
    l->longs = aq_alloc(n + 1, sizeof *l->longs);
    l->shorts = aq_alloc(2 * n + 3, 1);
    if (!l->rows || !l->longs || !l->shorts)
        return AQ_ERR_NOMEM;
    /* '-': hand over what is no option, in its place; ':': tell a missing value from an
     * unknown option. */
    memcpy(l->shorts, "-:", 3);
    for (w = aq_options_walk(table); aq_options_next(&w);)
        if (w.row->type == AQ_OPTION_WORDS)
            l->words = w;
        else
            add_getopt_row(l, &w);
    return AQ_OK;
}

static const AqOptionWalk *row_of_letter(const OptionLine *l, int c)
{
    if (c >= FIRST_LONG)
        return &l->rows[c - FIRST_LONG];
    for (int k = 0; k < l->n; k++)
        if (l->rows[k].row->letter && l->rows[k].row->letter == c)
            return &l->rows[k];
    return NULL;
}

static AqErr add_plain_word(OptionLine *l, const char *word)
{
    AqTextList *list = (AqTextList *)(void *)(l->args + l->words.at);

    if (!l->words.row)
        return aq_fail(AQ_ERR_USAGE, "'%s' means nothing here", word);
    if (l->words.row->most > 0 && list->n >= (int)l->words.row->most)
        return aq_fail(AQ_ERR_USAGE, "'%s' is one word too many", word);
    return aq_text_list_add(list, word);
}

/* ---- misuse ---- */

/* Rows are there wherever a line was begun. */
/* NOLINTBEGIN(clang-analyzer-core.NullDereference) */

/* "--a and --b" of those that begin so; how many there are. */
static int list_beginning_so(const OptionLine *l, const char *name, size_t n,
                             char *text, size_t bytes)
{
    size_t at = 0;
    int found = 0;

    text[0] = '\0';
    for (int k = 0; k < l->n; k++) {
        if (strncmp(l->rows[k].row->name, name, n) != 0 || at >= bytes)
            continue;
        at += (size_t)snprintf(text + at, bytes - at, "%s--%s", found ? ", " : "",
                               l->rows[k].row->name);
        found++;
    }
    return found;
}

static AqErr fail_unknown_long(const OptionLine *l, const char *word)
{
    const size_t n = strcspn(word + 2, "=");
    char name[64], list[160];
    AqNearest near = {.word = name};

    (void)snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), word + 2);
    if (n > 0 && list_beginning_so(l, name, n, list, sizeof list) > 1)
        return aq_fail(AQ_ERR_USAGE, "--%s could be any of %s", name, list);
    for (int k = 0; k < l->n; k++)
        aq_nearest_try(&near, l->rows[k].row->name);
    if (near.best)
        return aq_fail(AQ_ERR_USAGE, "there is no option --%s; did you mean --%s?",
                       name, near.best);
    return aq_fail(AQ_ERR_USAGE, "there is no option --%s", name);
}

static AqErr fail_option_misuse(const OptionLine *l, int c, char **argv)
{
    const char *word = argv[optind > 1 ? optind - 1 : 1];

    if (c == ':')
        return aq_fail(AQ_ERR_USAGE, "%s needs a value", word);
    if (optopt >= FIRST_LONG)
        return aq_fail(AQ_ERR_USAGE, "--%s takes no value",
                       l->rows[optopt - FIRST_LONG].row->name);
    if (optopt)
        return aq_fail(AQ_ERR_USAGE, "there is no option -%c", optopt);
    return fail_unknown_long(l, word);
}
/* NOLINTEND(clang-analyzer-core.NullDereference) */

/* ---- the words one by one ---- */

static AqErr take_option(OptionLine *l, const AqOptionWalk *w)
{
    char what[80];

    (void)snprintf(what, sizeof what, "--%s", w->row->name);
    return aq_option_set(w->row, what, l->args + w->at, optarg);
}

static AqErr parse_option_line(OptionLine *l, int argc, char **argv, int *help)
{
    AqErr err = AQ_OK;
    AqTextList *open_list = NULL; /* words go here until the next option */
    int c;

    optind = 0; /* glibc: start anew */
    opterr = 0;
    while (err == AQ_OK && !*help &&
           (c = getopt_long(argc, argv, l->shorts, l->longs, NULL)) != -1) {
        if (c == 1) {
            err = open_list ? aq_text_list_add(open_list, optarg)
                            : add_plain_word(l, optarg);
            continue;
        }
        const AqOptionWalk *w = row_of_letter(l, c);
        open_list = NULL;
        if (!w)
            err = fail_option_misuse(l, c, argv);
        else if (w->row->type == AQ_OPTION_HELP)
            *help = 1;
        else
            err = take_option(l, w);
        if (w && w->row->type == AQ_OPTION_LIST)
            open_list = (AqTextList *)(void *)(l->args + w->at);
    }
    for (; err == AQ_OK && !*help && optind < argc; optind++) /* behind "--" */
        err = add_plain_word(l, argv[optind]);
    return err;
}

AqErr aq_options_parse(const AqOption *table, void *args, int argc, char **argv,
                       int *help)
{
    OptionLine l;
    AqErr err = make_option_line(&l, table, args);

    *help = 0;
    if (err == AQ_OK)
        err = parse_option_line(&l, argc, argv, help);
    free_option_line(&l);
    return err;
}

/* "--network" and what it may be cut to, before its end or a '='. */
static int is_option_word(const char *word, const char *name)
{
    const size_t n = strcspn(word, "=");

    return n > 2 && strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, n - 2) == 0;
}

const char *aq_options_peek(int argc, char **argv, const char *name)
{
    const char *value = NULL;

    for (int k = 1; k < argc && strcmp(argv[k], "--") != 0; k++) {
        const size_t n = strcspn(argv[k], "=");

        if (!is_option_word(argv[k], name))
            continue;
        if (argv[k][n] == '=')
            value = argv[k] + n + 1;
        else if (k + 1 < argc)
            value = argv[++k];
    }
    return value;
}

void aq_options_clear(const AqOption *table, void *args)
{
    AqOptionWalk w = aq_options_walk(table);

    while (aq_options_next(&w))
        if (w.row->type == AQ_OPTION_TEXTS || w.row->type == AQ_OPTION_LIST ||
            w.row->type == AQ_OPTION_WORDS)
            aq_text_list_clear((AqTextList *)(void *)((char *)args + w.at));
}
