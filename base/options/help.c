/* SPDX-License-Identifier: MIT */
/* A command's rows as text of 80 columns. */
#include "base/options/print.h"

#include <string.h>

enum { HELP_COLUMNS = 80, OPTION_COLUMN = 29, TERM_COLUMN = 13 };

/* Where the pen is, and where lines begin. */
typedef struct HelpPen {
    FILE *f;
    size_t at, indent;
} HelpPen;

static void end_help_line(HelpPen *p)
{
    (void)putc('\n', p->f);
    p->at = 0;
}

static void write_help_word(HelpPen *p, const char *word, size_t n)
{
    if (p->at > p->indent && p->at + 1 + n > HELP_COLUMNS)
        end_help_line(p);
    if (p->at < p->indent)
        p->at += (size_t)fprintf(p->f, "%*s", (int)(p->indent - p->at), "");
    else if (p->at > p->indent)
        p->at += (size_t)fprintf(p->f, " ");
    p->at += fwrite(word, 1, n, p->f);
}

/* Words of n bytes of text that flow; '\n' counts as a space. */
static void write_help_words_of(HelpPen *p, const char *text, size_t n)
{
    const char *end = text + n;

    while ((text += strspn(text, " \n")) < end) {
        const size_t word = strcspn(text, " \n");

        write_help_word(p, text, word);
        text += word;
    }
}

static void write_help_words(HelpPen *p, const char *text)
{
    write_help_words_of(p, text, strlen(text));
}

/* Paragraphs as AqCommand's `about` has them. */
static void write_help_text(FILE *f, const char *text)
{
    HelpPen p = {.f = f};

    while (*text) {
        const size_t n = strcspn(text, "\n");

        if (p.at > 0 && (n == 0 || *text == ' '))
            end_help_line(&p);
        if (n == 0 || *text == ' ')
            (void)fprintf(f, "%.*s\n", (int)n, text);
        else
            write_help_words_of(&p, text, n);
        text += n + (text[n] != '\0');
    }
    if (p.at > 0)
        end_help_line(&p);
}

/* `left`, and from a column on the text beside it, or below it where it is too long. */
static void write_help_row(FILE *f, const char *left, size_t column, const char *text)
{
    HelpPen p = {.f = f, .indent = column};

    p.at = (size_t)fprintf(f, "  %s", left);
    if (p.at + 2 > column)
        end_help_line(&p);
    write_help_words(&p, text);
    end_help_line(&p);
}

static void write_option_row(FILE *f, const AqOptionWalk *w, const void *defaults)
{
    const AqOption *o = w->row;
    char arg[128], left[192], shown[128], about[512], text[768];
    const char *help = aq_option_help(o, about, sizeof about);
    const char *value = aq_option_arg(o, arg, sizeof arg);

    if (!aq_option_is_named(o))
        (void)snprintf(left, sizeof left, "%s%s", o->name, o->most == 1 ? "" : "...");
    else
        (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", o->letter ? '-' : ' ',
                       o->letter ? o->letter : ' ', o->letter ? ',' : ' ', o->name,
                       value ? " " : "", value ? value : "");
    if (aq_option_default(o, defaults ? (const char *)defaults + w->at : NULL, shown,
                          sizeof shown)[0])
        (void)snprintf(text, sizeof text, "%s [%s]", help, shown);
    else
        (void)snprintf(text, sizeof text, "%s", help);
    write_help_row(f, left, OPTION_COLUMN, text);
}

/* Options that a variant before has alike are named alone. */
static void write_alike_options(FILE *f, char *names)
{
    HelpPen p = {.f = f, .indent = 6};

    if (!*names)
        return;
    write_help_words(&p, "and, as above:");
    write_help_words(&p, names);
    end_help_line(&p);
    *names = '\0';
}

void aq_help_options(FILE *f, const AqCommand *c)
{
    char group[160] = "", alike[1024] = "";
    AqCommandWalk w;

    aq_command_walk(&w, c);
    for (int first = 1; aq_command_next(&w); first = 0) {
        const char *title = w.w.group ? w.w.group : "Options";

        if (first || strcmp(title, group) != 0) {
            write_alike_options(f, alike);
            (void)fprintf(f, "\n%s:\n", title);
        }
        (void)snprintf(group, sizeof group, "%s", title);
        if (w.is_alike)
            aq_command_add_name(alike, sizeof alike, w.w.row->name);
        else
            write_option_row(f, &w.w, w.defaults);
    }
    write_alike_options(f, alike);
}

/* A command line, cut where a shell goes on behind a backslash. */
static void write_example_line(FILE *f, const char *text)
{
    size_t at = 2;

    (void)fprintf(f, "  ");
    while (*text) {
        const size_t n = strcspn(text, " "), more = text[n] ? 2 : 0;

        if (at > 2 && at + 1 + n + more > HELP_COLUMNS) {
            (void)fprintf(f, " \\\n     ");
            at = 5;
        }
        at += (size_t)fprintf(f, "%s%.*s", at > 2 ? " " : "", (int)n, text);
        text += n + strspn(text + n, " ");
    }
    (void)putc('\n', f);
}

static void write_examples(FILE *f, const AqTerm *t)
{
    if (!t)
        return;
    (void)fprintf(f, "\nExamples:\n");
    for (; t->term; t++) {
        HelpPen p = {.f = f, .indent = 6};

        write_example_line(f, t->term);
        write_help_words(&p, t->text);
        end_help_line(&p);
    }
}

static void write_commands(FILE *f, const char *heading, const AqCommand *const *list)
{
    (void)fprintf(f, "\n%s:\n", heading);
    for (; *list; list++)
        write_help_row(f, aq_command_word(*list), TERM_COLUMN, (*list)->summary);
}

static void write_terms(FILE *f, const char *heading, const AqTerm *t)
{
    (void)fprintf(f, "\n%s:\n", heading);
    for (; t->term; t++)
        write_help_row(f, t->term, TERM_COLUMN + 4, t->text);
}

static void write_program_help(FILE *f, const AqProgram *p)
{
    const AqCommand own = {.options = p->options};
    HelpPen pen = {.f = f};

    (void)fprintf(f, "Usage: %s COMMAND [OPTIONS]\n\n", p->name);
    write_help_words(&pen, p->about);
    end_help_line(&pen);
    write_commands(f, "Commands", p->commands);
    aq_help_options(f, &own);
    write_terms(f, "Environment", p->environment);
    write_terms(f, "Exit status", p->statuses);
    (void)fprintf(f, "\n`%s help COMMAND` says more of one.\n", p->name);
}

void aq_help_print(FILE *f, const AqProgram *p, const AqCommand *c)
{
    if (!c) {
        write_program_help(f, p);
        return;
    }
    (void)fprintf(f, "Usage: %s %s %s\n\n", p->name, c->name, c->usage);
    write_help_text(f, c->about);
    if (c->verbs)
        write_commands(f, "Verbs", c->verbs);
    if (c->options)
        aq_help_options(f, c);
    write_examples(f, c->examples);
    if (c->verbs)
        (void)fprintf(f, "\n`%s help %s VERB` says more of one.\n", p->name, c->name);
    else
        write_terms(f, "Exit status", p->statuses);
}
