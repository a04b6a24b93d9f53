/* SPDX-License-Identifier: MIT */
/* Completions for zsh: a specification for _arguments from each row. */
#include "base/options/print.h"

#include <string.h>

/* Inside '...', and where a colon or a bracket would end the text. */
static void write_zsh_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'')
            (void)fputs("'\\'", f);
        else if (strchr(":[]\\", *text))
            (void)putc('\\', f);
        (void)putc(*text, f);
    }
}

static void write_zsh_action(FILE *f, const AqProgram *p, const AqOption *o)
{
    char names[512];

    if (o->choices) {
        for (int k = 0; o->choices[k]; k++)
            (void)fprintf(f, "%s%s", k ? " " : "(", o->choices[k]);
        (void)putc(')', f);
    } else if (o->type == AQ_OPTION_SWITCH) {
        (void)fputs("(on off)", f);
    } else if (o->hint == AQ_HINT_COMMAND) {
        for (int k = 0; p->commands[k]; k++)
            (void)fprintf(f, "%s%s", k ? " " : "(", p->commands[k]->name);
        (void)putc(')', f);
    } else if (*aq_option_names(o, " ", names, sizeof names)) {
        (void)fprintf(f, "{compadd -- %s%s}", names,
                      o->hint == AQ_HINT_FILE ? "; _files" : "");
    } else {
        (void)fputs(o->hint == AQ_HINT_FILE     ? "_files"
                    : o->hint == AQ_HINT_FOLDER ? "_files -/"
                                                : "",
                    f);
    }
}

static void write_zsh_option(FILE *f, const AqProgram *p, const AqOption *o)
{
    char arg[128], about[512];
    const char *value = aq_option_arg(o, arg, sizeof arg);
    const int repeats = o->type == AQ_OPTION_LIST || o->type == AQ_OPTION_TEXTS;

    (void)fputs(" \\\n        ", f);
    if (!aq_option_is_named(o)) {
        (void)fprintf(f, "'*:%s:", o->name);
        write_zsh_action(f, p, o);
        (void)putc('\'', f);
        return;
    }
    if (o->letter)
        (void)fprintf(f, "'(-%c --%s)'{-%c,--%s}'[", o->letter, o->name, o->letter,
                      o->name);
    else
        (void)fprintf(f, "'%s--%s[", repeats ? "*" : "", o->name);
    write_zsh_text(f, aq_option_help(o, about, sizeof about));
    (void)putc(']', f);
    if (value) {
        (void)fputs(o->type == AQ_OPTION_LIST ? ":*-*:" : ":", f);
        write_zsh_text(f, value);
        (void)putc(':', f);
        write_zsh_action(f, p, o);
    }
    (void)putc('\'', f);
}

static void write_zsh_options(FILE *f, const AqProgram *p, const AqCommand *c)
{
    AqCommandWalk w;

    aq_command_walk(&w, c);
    while (aq_command_next(&w))
        if (!w.is_repeated)
            write_zsh_option(f, p, w.w.row);
}

/* `what`: "command", "verb" */
static void write_zsh_list(FILE *f, const char *what, const AqCommand *const *list)
{
    (void)fprintf(f, "    local -a list=(\n");
    for (; *list; list++) {
        (void)fprintf(f, "        '%s:", aq_command_word(*list));
        write_zsh_text(f, (*list)->summary);
        (void)fputs("'\n", f);
    }
    (void)fprintf(f, "    )\n    _describe -t %ss %s list\n", what, what);
}

/* A function for a command, or for a command and verb: _avqa_pipe_store_merge */
static void write_zsh_name(FILE *f, const AqProgram *p, const char *name)
{
    (void)putc('_', f);
    for (const char *c = p->name; *c; c++)
        (void)putc(*c == '-' ? '_' : *c, f);
    if (*name)
        (void)putc('_', f);
    for (const char *c = name; *c; c++)
        (void)putc(*c == ' ' || *c == '-' ? '_' : *c, f);
}

static void write_zsh_function(FILE *f, const AqProgram *p, const AqCommand *c)
{
    write_zsh_name(f, p, c->name);
    (void)fputs("() {\n    _arguments -s", f);
    write_zsh_options(f, p, c);
    (void)fputs("\n}\n\n", f);
}

/* One word of the list, and then what that word has. */
static void write_zsh_chooser(FILE *f, const AqProgram *p, const char *name,
                              const char *what, const AqOption *table,
                              const AqCommand *const *list)
{
    const AqCommand own = {.options = table};

    write_zsh_name(f, p, name);
    (void)fputs("() {\n    local context state state_descr line\n"
                "    typeset -A opt_args\n    _arguments -C",
                f);
    write_zsh_options(f, p, &own);
    (void)fprintf(f,
                  " \\\n        '1:%s:->word' '*::argument:->rest' && return\n"
                  "    if [[ $state == word ]]; then\n",
                  what);
    write_zsh_list(f, what, list);
    (void)fputs("    else\n    case $words[1] in\n", f);
    for (; *list; list++) {
        (void)fprintf(f, "    %s) ", aq_command_word(*list));
        write_zsh_name(f, p, (*list)->name);
        (void)fputs(" ;;\n", f);
    }
    (void)fputs("    esac\n    fi\n}\n\n", f);
}

void aq_zsh_print(FILE *f, const AqProgram *p)
{
    static const AqOption of_verbs[] = {{.name = "help",
                                         .letter = 'h',
                                         .type = AQ_OPTION_HELP,
                                         .help = "show this help"},
                                        {0}};

    (void)fprintf(f, "#compdef %s\n# %s %s; `%s help --as zsh` wrote it.\n\n", p->name,
                  p->name, p->version, p->name);
    for (const AqCommand *const *c = p->commands; *c; c++) {
        for (const AqCommand *const *v = (*c)->verbs; v && *v; v++)
            write_zsh_function(f, p, *v);
        if ((*c)->verbs)
            write_zsh_chooser(f, p, (*c)->name, "verb", of_verbs, (*c)->verbs);
        else
            write_zsh_function(f, p, *c);
    }
    write_zsh_chooser(f, p, "", "command", p->options, p->commands);
    write_zsh_name(f, p, "");
    (void)fputs(" \"$@\"\n", f);
}
