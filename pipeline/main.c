/* SPDX-License-Identifier: MIT */
/* avqa-pipe: the table of commands, and what comes before and after any of them. */
#include "pipeline/commands/command.h"
#include "pipeline/commands/output.h"
#include "pipeline/parallel/interrupt.h"

#include <string.h>

static const AqCommand *const commands[] = {
    &aq_command_ingest,   &aq_command_features,  &aq_command_train,
    &aq_command_eval,     &aq_command_ask,       &aq_command_serve,
    &aq_command_probe,    &aq_command_calibrate, &aq_command_weights,
    &aq_command_pretrain, &aq_command_teach,     &aq_command_store,
    &aq_command_data,     &aq_command_runs,      &aq_command_config,
    &aq_command_doctor,   &aq_command_help,      NULL};

static const AqOption options[] = {
    {.name = "version",
     .letter = 'V',
     .type = AQ_OPTION_HELP,
     .help = "show the version"},
    {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static const AqTerm statuses[] = {{"0", "done"},
                                  {"1", "failed"},
                                  {"2", "misuse"},
                                  {"3", "done, but items were left out"},
                                  {"75", "interrupted; the work so far is saved"},
                                  {0}};

static const AqTerm environment[] = {
    {"AVQA_STORE", "the feature store, where --store does not name one"},
    {"AVQA_MODEL", "the model, where --model or --out does not name one"},
    {"XDG_CONFIG_HOME", "avqa-pipe/avqa.ini in it sets options: see `avqa-pipe help "
                        "config` [~/.config]"},
    {"XDG_DATA_HOME", "its avqa-pipe folder is the data folder: store.db, "
                      "model.safetensors, imported weights [~/.local/share]"},
    {"AVQA_CONFINE", "off: decoders of media are not confined"},
    {"AVQA_DECODER", "the program that reads media, if not the avqa-decoder that comes "
                     "with this one"},
    {0}};

static const AqProgram program = {
    .name = "avqa-pipe",
    .version = AQ_VERSION,
    .summary = "answers questions about the sound and picture of a video",
    .about = "Answers questions about the sound and picture of a video.",
    .commands = commands,
    .options = options,
    .statuses = statuses,
    .environment = environment};

/* The loader runs this before the libraries' own beginnings: OpenBLAS makes threads
 * there. */
__attribute__((section(".preinit_array"),
               used)) static void (*const first)(void) = aq_interrupt_block;

/* What is only told about the program needs no numbers. */
static int only_tells(int argc, char **argv)
{
    return argc < 2 || *argv[1] == '-' || strcmp(argv[1], "help") == 0 ||
           strcmp(argv[argc - 1], "--help") == 0 || strcmp(argv[argc - 1], "-h") == 0;
}

int main(int argc, char **argv)
{
    aq_output_begin();
    if (!only_tells(argc, argv))
        aq_command_mend_blas(argv);
    return aq_output_end(aq_command_dispatch(&program, argc, argv));
}
