/* SPDX-License-Identifier: MIT */
/* A command's rows as a manual page, in the macros of man(7). */
#include "base/options/print.h"

#include <ctype.h>
#include <string.h>

/* roff takes a dash for a hyphen, a backslash for an escape, and a line that begins
 * with a dot or an apostrophe for a request. What is in backquotes is bold. */
static void write_roff(FILE *f, const char *text, size_t n)
{
    int bold = 0, begins = 1;

    for (size_t k = 0; k < n; k++) {
        if (begins && (text[k] == '.' || text[k] == '\''))
            (void)fputs("\\&", f);
        begins = text[k] == '\n';
        if (text[k] == '`')
            (void)fputs((bold = !bold) ? "\\fB" : "\\fR", f);
        else if (text[k] == '-')
            (void)fputs("\\-", f);
        else if (text[k] == '\\')
            (void)fputs("\\e", f);
        else
            (void)putc(text[k], f);
    }
}

static void write_roff_line(FILE *f, const char *text)
{
    write_roff(f, text, strlen(text));
    (void)putc('\n', f);
}

/* Paragraphs as AqCommand's `about` has them. */
static void write_man_text(FILE *f, const char *text)
{
    int kept = 0; /* the last line stays as it is */

    while (*text) {
        const size_t n = strcspn(text, "\n");
        const int keeps = *text == ' ';

        if (keeps != kept)
            (void)fputs(keeps ? ".nf\n" : ".fi\n", f);
        kept = keeps;
        if (n == 0) {
            (void)fputs(".PP\n", f);
        } else {
            write_roff(f, text, n);
            (void)putc('\n', f);
        }
        text += n + (text[n] != '\0');
    }
    if (kept)
        (void)fputs(".fi\n", f);
}

static void write_man_option(FILE *f, const AqOptionWalk *w, const void *defaults)
{
    const AqOption *o = w->row;
    char arg[128], shown[128], about[512];
    const char *value = aq_option_arg(o, arg, sizeof arg),
               *help = aq_option_help(o, about, sizeof about);

    (void)fputs(".TP\n", f);
    if (o->letter)
        (void)fprintf(f, "\\fB\\-%c\\fR, ", o->letter);
    (void)fputs(aq_option_is_named(o) ? "\\fB\\-\\-" : "\\fI", f);
    write_roff(f, o->name, strlen(o->name));
    (void)fputs(aq_option_is_named(o) || o->most == 1 ? "\\fR" : "...\\fR", f);
    if (aq_option_is_named(o) && value) {
        (void)fputs(" \\fI", f);
        write_roff(f, value, strlen(value));
        (void)fputs("\\fR", f);
    }
    (void)putc('\n', f);
    write_roff(f, help, strlen(help));
    if (aq_option_default(o, defaults ? (const char *)defaults + w->at : NULL, shown,
                          sizeof shown)[0]) {
        (void)fputs(" [", f);
        write_roff(f, shown, strlen(shown));
        (void)putc(']', f);
    }
    (void)putc('\n', f);
}

/* Options that a variant before has alike are named alone, in a paragraph. */
static void write_man_alike(FILE *f, char *names, int n_others)
{
    if (!*names)
        return;
    (void)fputs(n_others ? ".PP\nand, as above: " : "As above: ", f);
    write_roff_line(f, names);
    *names = '\0';
}

static void write_man_options(FILE *f, const AqCommand *c)
{
    char group[160] = "", alike[1024] = "";
    int n_others = 0;
    AqCommandWalk w;

    aq_command_walk(&w, c);
    for (int first = 1; aq_command_next(&w); first = 0) {
        const char *title = w.w.group ? w.w.group : "Options";

        if (first || strcmp(title, group) != 0) {
            write_man_alike(f, alike, n_others);
            (void)fprintf(f, ".SS %s\n", title);
            n_others = 0;
        }
        (void)snprintf(group, sizeof group, "%s", title);
        n_others += !w.is_alike;
        if (w.is_alike)
            aq_command_add_name(alike, sizeof alike, w.w.row->name);
        else
            write_man_option(f, &w.w, w.defaults);
    }
    write_man_alike(f, alike, n_others);
}

static void write_man_terms(FILE *f, const AqTerm *t)
{
    for (; t->term; t++) {
        (void)fputs(".TP\n.B ", f);
        write_roff_line(f, t->term);
        write_roff_line(f, t->text);
    }
}

static void write_man_examples(FILE *f, const AqTerm *t)
{
    for (int first = 1; t && t->term; t++, first = 0) {
        if (!first)
            (void)fputs(".PP\n", f);
        write_roff_line(f, t->text);
        (void)fputs(".PP\n.RS 4\n.nf\n", f);
        write_roff_line(f, t->term);
        (void)fputs(".fi\n.RE\n", f);
    }
}

/* "avqa-pipe store merge STORE... [OPTIONS]" */
static void write_synopsis(FILE *f, const AqProgram *p, const char *name,
                           const char *usage)
{
    (void)fputs(".B ", f);
    write_roff(f, p->name, strlen(p->name));
    (void)putc(' ', f);
    write_roff_line(f, name);
    write_roff_line(f, usage);
}

static void write_man_verb(FILE *f, const AqProgram *p, const AqCommand *verb)
{
    (void)fputs(".SH \"", f);
    for (const char *c = verb->name; *c; c++)
        (void)putc(toupper((unsigned char)*c), f);
    (void)fputs("\"\n", f);
    write_synopsis(f, p, verb->name, verb->usage);
    (void)fputs(".PP\n", f);
    write_man_text(f, verb->about);
    write_man_options(f, verb);
    (void)fputs(".SS Examples\n", f);
    write_man_examples(f, verb->examples);
}

static void write_man_head(FILE *f, const AqProgram *p, const char *command,
                           const char *summary)
{
    (void)fputs(".TH \"", f);
    for (const char *c = p->name; *c; c++)
        (void)putc(toupper((unsigned char)*c), f);
    for (const char *c = command; *c; c++)
        (void)putc(toupper((unsigned char)*c), f);
    (void)fprintf(f, "\" 1 \"\" \"%s %s\" \"User Commands\"\n.SH NAME\n", p->name,
                  p->version);
    write_roff(f, p->name, strlen(p->name));
    write_roff(f, command, strlen(command));
    (void)fputs(" \\- ", f);
    write_roff_line(f, summary);
}

static void write_man_program(FILE *f, const AqProgram *p)
{
    const AqCommand own = {.options = p->options};

    write_man_head(f, p, "", p->summary);
    (void)fputs(".SH SYNOPSIS\n", f);
    write_synopsis(f, p, "", "COMMAND [OPTIONS]");
    (void)fputs(".SH DESCRIPTION\n", f);
    write_man_text(f, p->about);
    (void)fputs(".SH COMMANDS\n", f);
    for (const AqCommand *const *c = p->commands; *c; c++) {
        (void)fprintf(f, ".TP\n.BR %s\\-%s (1)\n", p->name, (*c)->name);
        write_roff_line(f, (*c)->summary);
    }
    (void)fputs(".SH OPTIONS\n", f);
    write_man_options(f, &own);
}

static void write_man_command(FILE *f, const AqProgram *p, const AqCommand *c)
{
    char name[64];

    (void)snprintf(name, sizeof name, "-%s", c->name);
    write_man_head(f, p, name, c->summary);
    (void)fputs(".SH SYNOPSIS\n", f);
    if (!c->verbs)
        write_synopsis(f, p, c->name, c->usage);
    for (const AqCommand *const *v = c->verbs; v && *v; v++) {
        if (v != c->verbs)
            (void)fputs(".br\n", f);
        write_synopsis(f, p, (*v)->name, (*v)->usage);
    }
    (void)fputs(".SH DESCRIPTION\n", f);
    write_man_text(f, c->about);
    for (const AqCommand *const *v = c->verbs; v && *v; v++)
        write_man_verb(f, p, *v);
    if (c->verbs)
        return;
    (void)fputs(".SH OPTIONS\n", f);
    write_man_options(f, c);
    (void)fputs(".SH EXAMPLES\n", f);
    write_man_examples(f, c->examples);
}

void aq_man_print(FILE *f, const AqProgram *p, const AqCommand *c)
{
    if (c)
        write_man_command(f, p, c);
    else
        write_man_program(f, p);
    (void)fputs(".SH EXIT STATUS\n", f);
    write_man_terms(f, p->statuses);
    (void)fputs(".SH ENVIRONMENT\n", f);
    write_man_terms(f, p->environment);
    if (c) {
        (void)fputs(".SH SEE ALSO\n.BR ", f);
        write_roff(f, p->name, strlen(p->name));
        (void)fputs(" (1)\n", f);
    }
}
