/* SPDX-License-Identifier: MIT */
/* avqa-pipe: the table of subcommands, and what comes before and after any of them. */
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/commands/output.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/config.h"

#include <stdio.h>
#include <string.h>

static const AqCommand *const commands[] = {
    &aq_command_ingest,  &aq_command_features, &aq_command_train,
    &aq_command_eval,    &aq_command_ask,      &aq_command_calibrate,
    &aq_command_weights, &aq_command_pretrain, &aq_command_store,
    &aq_command_data,    &aq_command_runs,     &aq_command_doctor};
#define N_COMMANDS (sizeof commands / sizeof *commands)

/* The loader runs this before the libraries' own beginnings: OpenBLAS makes threads
 * there. */
__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = aq_interrupt_block;

static void print_usage(FILE *f)
{
    (void)fprintf(f, "Usage: avqa-pipe COMMAND [OPTIONS]\n"
                     "Answers questions about the sound and picture of a video.\n\n"
                     "Commands:\n");
    for (size_t k = 0; k < N_COMMANDS; k++)
        (void)fprintf(f, "  %-10s %s\n", commands[k]->name, commands[k]->summary);
    (void)fprintf(f, "\n`avqa-pipe COMMAND --help` says more; `avqa-pipe --version`.\n"
                     "Exit status: 0 done, 1 failed, 2 misuse, 3 done but items were "
                     "skipped, 75 interrupted\nwith the work so far saved.\n");
}

static int dispatch_command(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t k = 0; k < N_COMMANDS; k++)
        if (strcmp(commands[k]->name, name) == 0)
            return commands[k]->run(commands[k], argc - 1, argv + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_usage(stdout);
        return AQ_EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0) {
        (void)puts(AQ_PROGRAM);
        return AQ_EXIT_DONE;
    }
    (void)fprintf(stderr,
                  *name ? "avqa-pipe: there is no command '%s'\n"
                        : "avqa-pipe: say what to do%s\n",
                  aq_text_shown(name));
    print_usage(stderr);
    return AQ_EXIT_MISUSE;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], AQ_DECODER_ARG) == 0)
        return aq_decoder_serve(AQ_DECODER_FD);
    aq_output_begin();
    aq_command_mend_blas(argv);
    return aq_output_end(dispatch_command(argc, argv));
}
