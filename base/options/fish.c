/* SPDX-License-Identifier: MIT */
/* Completions for fish: a line for each command, verb and option. */
#include "base/options/print.h"

static void write_fish_text(FILE *f, const char *text)
{
    (void)putc('\'', f);
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            (void)putc('\\', f);
        (void)putc(*text, f);
    }
    (void)putc('\'', f);
}

/* The condition under which the rows of a command, or of a verb, are for. */
static void begin_fish_line(FILE *f, const AqProgram *p, const AqCommand *command,
                            const AqCommand *verb)
{
    (void)fprintf(f, "complete -c %s -n '", p->name);
    if (!command)
        (void)fputs("__fish_use_subcommand", f);
    else
        (void)fprintf(f, "__fish_seen_subcommand_from %s", command->name);
    if (verb)
        (void)fprintf(f, "; and __fish_seen_subcommand_from %s", aq_command_word(verb));
    (void)putc('\'', f);
}

static void write_fish_values(FILE *f, const AqProgram *p, const AqOption *o)
{
    char names[512];

    if (o->choices) {
        for (int k = 0; o->choices[k]; k++)
            (void)fprintf(f, "%s%s", k ? " " : " -x -a '", o->choices[k]);
        (void)putc('\'', f);
    } else if (o->type == AQ_OPTION_SWITCH) {
        (void)fputs(" -x -a 'on off'", f);
    } else if (o->hint == AQ_HINT_COMMAND) {
        for (int k = 0; p->commands[k]; k++)
            (void)fprintf(f, "%s%s", k ? " " : " -a '", p->commands[k]->name);
        (void)putc('\'', f);
    } else if (o->hint == AQ_HINT_FOLDER) {
        (void)fputs(" -x -a '(__fish_complete_directories)'", f);
    } else if (o->hint == AQ_HINT_FILE) {
        (void)fputs(aq_option_is_named(o) ? " -r -F" : " -F", f);
    } else if (aq_option_is_named(o)) {
        (void)fputs(" -x", f);
    }
    if (*aq_option_names(o, " ", names, sizeof names))
        (void)fprintf(f, " -a '%s'", names);
}

/* Of the verb, the command, or the program. */
static void write_fish_options(FILE *f, const AqProgram *p, const AqCommand *command,
                               const AqCommand *verb)
{
    const AqCommand own = {.options = p->options};
    AqCommandWalk w;

    aq_command_walk(&w, verb ? verb : command ? command : &own);
    while (aq_command_next(&w)) {
        const AqOption *o = w.w.row;
        char about[512];

        if (w.is_repeated)
            continue;
        begin_fish_line(f, p, command, verb);
        if (o->letter)
            (void)fprintf(f, " -s %c", o->letter);
        if (aq_option_is_named(o))
            (void)fprintf(f, " -l %s", o->name);
        if (aq_option_takes_value(o))
            write_fish_values(f, p, o);
        if (aq_option_is_named(o)) {
            (void)fputs(" -d ", f);
            write_fish_text(f, aq_option_help(o, about, sizeof about));
        }
        (void)putc('\n', f);
    }
}

static void write_fish_verbs(FILE *f, const AqProgram *p, const AqCommand *c)
{
    for (const AqCommand *const *v = c->verbs; *v; v++) {
        (void)fprintf(f,
                      "complete -c %s -n '__fish_seen_subcommand_from %s; and not "
                      "__fish_seen_subcommand_from",
                      p->name, c->name);
        for (const AqCommand *const *k = c->verbs; *k; k++)
            (void)fprintf(f, " %s", aq_command_word(*k));
        (void)fprintf(f, "' -a %s -d ", aq_command_word(*v));
        write_fish_text(f, (*v)->summary);
        (void)putc('\n', f);
        write_fish_options(f, p, c, *v);
    }
}

void aq_fish_print(FILE *f, const AqProgram *p)
{
    (void)fprintf(f,
                  "# fish completion for %s %s; `%s help --as fish` wrote it.\n"
                  "complete -c %s -f\n",
                  p->name, p->version, p->name, p->name);
    write_fish_options(f, p, NULL, NULL);
    for (const AqCommand *const *c = p->commands; *c; c++) {
        begin_fish_line(f, p, NULL, NULL);
        (void)fprintf(f, " -a %s -d ", (*c)->name);
        write_fish_text(f, (*c)->summary);
        (void)putc('\n', f);
        if ((*c)->verbs)
            write_fish_verbs(f, p, *c);
        else
            write_fish_options(f, p, *c, NULL);
    }
}
