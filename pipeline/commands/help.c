/* SPDX-License-Identifier: MIT */
/* avqa-pipe help: what --help says, of the program, a command or a verb. */
#include "pipeline/commands/command.h"

#include <stdio.h>

typedef struct HelpArgs {
    AqCommon c;
    AqTextList words; /* a command, a verb */
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

static int run_help(const AqCommand *self, void *args)
{
    const HelpArgs *a = args;
    int status = AQ_EXIT_DONE;
    const AqCommand *c = find_helped_command(a, &status);

    (void)self;
    if (status == AQ_EXIT_DONE)
        aq_help_print(stdout, a->c.program, c);
    return status;
}

static const AqOptionRow options[] = {
    AQ_GROUP("Of what"),
    AQ_ROW_WORDS("COMMAND", HelpArgs, words, 2, AQ_HINT_NONE,
                 "a command, or a command and its verb", "the program"),
    AQ_ROWS(aq_rows_output_text),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe help ingest", "What `avqa-pipe ingest --help` says too."},
    {"avqa-pipe help store merge", "Of a verb."},
    {0}};

const AqCommand aq_command_help = {.name = "help",
                                   .summary = "what a command does, and its options",
                                   .usage = "[COMMAND [VERB]]",
                                   .about = "Prints what --help prints.",
                                   .examples = examples,
                                   .options = options,
                                   .args_bytes = sizeof(HelpArgs),
                                   .execute = run_help};
