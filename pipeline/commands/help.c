/* SPDX-License-Identifier: MIT */
/* avqa-pipe help: what --help says, of the program, a command or a verb. */
#include "base/options/print.h"
#include "pipeline/commands/command.h"

#include <stdio.h>

enum { AS_TEXT, AS_MAN, AS_BASH, AS_ZSH, AS_FISH };
static const char *const forms[] = {
    [AS_TEXT] = "text", [AS_MAN] = "man",   [AS_BASH] = "bash",
    [AS_ZSH] = "zsh",   [AS_FISH] = "fish", NULL};

typedef struct HelpArgs {
    AqCommon c;
    AqTextList words; /* a command, a verb */
    int as;           /* of `forms` */
} HelpArgs;

/* The command that the words name; NULL, and *status, where there is none. */
static const AqCommand *find_helped_command(const HelpArgs *a, int *status)
{
    const AqCommand *c = NULL;
    const AqCommand *const *list = a->c.program->commands;

    for (int k = 0; k < a->words.n; k++) {
        const AqCommand *next = list ? aq_command_find(list, a->words.v[k]) : NULL;

        if (!next) {
            *status = aq_command_unknown(a->c.program, c, a->words.v[k]);
            return NULL;
        }
        c = next;
        list = c->verbs;
    }
    return c;
}

static void print_help_as(const HelpArgs *a, const AqCommand *c)
{
    const AqProgram *p = a->c.program;

    switch (a->as) {
    case AS_MAN:
        aq_man_print(stdout, p, c);
        break;
    case AS_BASH:
        aq_bash_print(stdout, p);
        break;
    case AS_ZSH:
        aq_zsh_print(stdout, p);
        break;
    case AS_FISH:
        aq_fish_print(stdout, p);
        break;
    default:
        aq_help_print(stdout, p, c);
    }
}

static int run_help(const AqCommand *self, void *args)
{
    const HelpArgs *a = args;
    int status = AQ_EXIT_DONE;
    const AqCommand *c = find_helped_command(a, &status);

    if (status != AQ_EXIT_DONE)
        return status;
    if (a->words.n > 0 && a->as > AS_MAN)
        return aq_command_misuse(self, "a shell's completions are of all commands");
    if (a->words.n > 1 && a->as == AS_MAN)
        return aq_command_misuse(self, "a manual page is of a command and all its "
                                       "verbs");
    print_help_as(a, c);
    return AQ_EXIT_DONE;
}

static const AqOption options[] = {
    AQ_GROUP("Of what"),
    AQ_ROW_WORDS("COMMAND", HelpArgs, words, 2, AQ_HINT_COMMAND,
                 "a command, or a command and its verb", "the program"),
    AQ_ROW_CHOICE("as", HelpArgs, as, forms,
                  "help for people, a manual page, or the completions of a shell",
                  NULL),
    AQ_ROWS(aq_rows_output_text),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe help ingest", "What `avqa-pipe ingest --help` says too."},
    {"avqa-pipe help store merge", "Of a verb."},
    {"source <(avqa-pipe help --as bash)",
     "Completions for this shell, where the program is not installed."},
    {0}};

const AqCommand aq_command_help = {
    .name = "help",
    .summary = "what a command does, and its options",
    .usage = "[COMMAND [VERB]] [OPTIONS]",
    .about =
        "Prints what --help prints; with --as, the same as a manual page, or as a script by which a shell completes command lines.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(HelpArgs, c),
    .run = run_help};
