/* SPDX-License-Identifier: MIT */
/* Completions for bash: a table of the commands' options, and the same few functions
 * for any program. */
#include "base/options/print.h"

#include <string.h>

/* Names with what follows them: --name of a flag, --name=KIND of another, where KIND is
 * f: a file, f|a|b: a file or one of these, d: a folder, t: any text, a|b: one of
 * these, behind a
 * + if several may follow. %s is the program's name with '_' in place of '-'. */
static const char script[] =
    "# Sets `kind` to what follows the option $1; empty where nothing does.\n"
    "_%s_kind()\n"
    "{\n"
    "    local row\n"
    "    kind=\n"
    "    for row in $options; do\n"
    "        [[ $row == \"$1\"=* ]] && kind=${row#*=}\n"
    "    done\n"
    "}\n"
    "\n"
    "# What the kind $1 may be, of that which begins with $2.\n"
    "_%s_values()\n"
    "{\n"
    "    local IFS=$' \\n'\n"
    "    case ${1#+} in\n"
    "    f) compopt -o filenames 2>/dev/null; IFS=$'\\n'; COMPREPLY=($(compgen -f -- "
    "\"$2\")) ;;\n"
    "    f\\|*) COMPREPLY=($(compgen -W \"${kind//|/ }\" -- \"$2\") $(compgen -f -- "
    "\"$2\")) ;;\n"
    "    d) compopt -o filenames 2>/dev/null; IFS=$'\\n'; COMPREPLY=($(compgen -d -- "
    "\"$2\")) ;;\n"
    "    t | '') ;;\n"
    "    *) kind=${1#+}; COMPREPLY=($(compgen -W \"${kind//|/ }\" -- \"$2\")) ;;\n"
    "    esac\n"
    "}\n"
    "\n"
    "_%s()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} path='' open='' verbs options words kind "
    "word i\n"
    "    COMPREPLY=()\n"
    "    _%s_table ''\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ $word == -* ]]; then\n"
    "            _%s_kind \"$word\"\n"
    "            open=$kind\n"
    "        elif [[ $word != = ]]; then # --name=value comes as three words\n"
    "            if [[ -z $open && \" $verbs \" == *\" $word \"* ]]; then\n"
    "                path=${path:+$path }$word\n"
    "                _%s_table \"$path\"\n"
    "            fi\n"
    "            [[ $open == +* ]] || open=\n"
    "        fi\n"
    "    done\n"
    "    [[ $cur == = ]] && cur=\n"
    "    if [[ $cur == -* ]]; then\n"
    "        word=\n"
    "        for i in $options; do word+=\" ${i%%%%=*}\"; done\n"
    "        COMPREPLY=($(compgen -W \"$word\" -- \"$cur\"))\n"
    "    elif [[ -n $open ]]; then\n"
    "        _%s_values \"$open\" \"$cur\"\n"
    "    elif [[ -n $verbs ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$verbs\" -- \"$cur\"))\n"
    "    else\n"
    "        _%s_values \"$words\" \"$cur\"\n"
    "    fi\n"
    "}\n"
    "complete -F _%s %s\n";

static void write_bash_kind(FILE *f, const AqProgram *p, const AqOption *o)
{
    char names[512];

    if (o->type == AQ_OPTION_LIST)
        (void)putc('+', f);
    if (o->choices)
        for (int k = 0; o->choices[k]; k++)
            (void)fprintf(f, "%s%s", k ? "|" : "", o->choices[k]);
    else if (o->type == AQ_OPTION_SWITCH)
        (void)fputs("on|off", f);
    else if (o->hint == AQ_HINT_COMMAND)
        /* A program of commands has them. */
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        for (int k = 0; p->commands[k]; k++)
            (void)fprintf(f, "%s%s", k ? "|" : "", p->commands[k]->name);
    else if (*aq_option_names(o, "|", names, sizeof names))
        (void)fprintf(f, "%s%s", o->hint == AQ_HINT_FILE ? "f|" : "", names);
    else
        (void)putc(o->hint == AQ_HINT_FILE     ? 'f'
                   : o->hint == AQ_HINT_FOLDER ? 'd'
                                               : 't',
                   f);
}

static void write_bash_option(FILE *f, const AqProgram *p, const AqOption *o,
                              const char *dashes, const char *name)
{
    (void)fprintf(f, " %s%s", dashes, name);
    if (!aq_option_takes_value(o))
        return;
    (void)putc('=', f);
    write_bash_kind(f, p, o);
}

static void write_bash_row(FILE *f, const AqProgram *p, const char *path,
                           const AqCommand *c, const AqCommand *const *verbs)
{
    const AqOption *words = NULL;
    AqCommandWalk w;

    (void)fprintf(f, "    '%s')\n        verbs='", path);
    for (int k = 0; verbs && verbs[k]; k++)
        (void)fprintf(f, "%s%s", k ? " " : "", aq_command_word(verbs[k]));
    (void)fprintf(f, "'\n        options='");
    aq_command_walk(&w, c);
    while (aq_command_next(&w)) {
        const AqOption *o = w.w.row;
        const char letter[2] = {o->letter, '\0'};

        if (!aq_option_is_named(o))
            words = o;
        if (!aq_option_is_named(o) || w.is_repeated)
            continue;
        if (o->letter)
            write_bash_option(f, p, o, "-", letter);
        write_bash_option(f, p, o, "--", o->name);
    }
    (void)fprintf(f, "'\n        words='");
    if (words)
        write_bash_kind(f, p, words);
    (void)fprintf(f, "' ;;\n");
}

void aq_bash_print(FILE *f, const AqProgram *p)
{
    static const AqOption of_verbs[] = {
        {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP}, {0}};
    const AqCommand own = {.options = p->options}, parent = {.options = of_verbs};
    char id[64];

    (void)snprintf(id, sizeof id, "%s", p->name);
    for (char *c = id; *c; c++)
        *c = (char)(*c == '-' ? '_' : *c);
    (void)fprintf(f,
                  "# bash completion for %s %s; `%s help --as bash` wrote it.\n\n"
                  "# Sets what may follow the command, or the command and verb, $1.\n"
                  "_%s_table()\n{\n    case $1 in\n",
                  p->name, p->version, p->name, id);
    write_bash_row(f, p, "", &own, p->commands);
    for (const AqCommand *const *c = p->commands; *c; c++) {
        write_bash_row(f, p, (*c)->name, (*c)->verbs ? &parent : *c, (*c)->verbs);
        for (const AqCommand *const *v = (*c)->verbs; v && *v; v++)
            write_bash_row(f, p, (*v)->name, *v, NULL);
    }
    (void)fprintf(f, "    esac\n}\n\n");
    (void)fprintf(f, script, id, id, id, id, id, id, id, id, id, p->name);
}
