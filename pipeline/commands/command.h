/*
 * What every subcommand is made of, and what they share. A command's file holds its
 * options, its help text and its run().
 */
#ifndef AQ_PIPELINE_COMMANDS_COMMAND_H
#define AQ_PIPELINE_COMMANDS_COMMAND_H
#include "base/err.h"
#include "base/options/command.h"
#include "base/options/rows.h"
#include "pipeline/asking/question_tower.h"
#include "pipeline/inputs/toolset.h"
#include "store/store.h"

/* Exit statuses of the program. */
enum {
    AQ_EXIT_DONE = 0,
    AQ_EXIT_FAILED = 1,
    AQ_EXIT_MISUSE = 2,
    AQ_EXIT_SKIPPED = 3,     /* done, but items were left out */
    AQ_EXIT_INTERRUPTED = 75 /* stopped on request; what was done is kept */
};

extern const AqCommand aq_command_ingest, aq_command_features, aq_command_train,
    aq_command_eval, aq_command_ask, aq_command_store, aq_command_doctor,
    aq_command_pretrain, aq_command_probe, aq_command_weights, aq_command_runs,
    aq_command_data, aq_command_calibrate, aq_command_config, aq_command_teach,
    aq_command_serve, aq_command_help;

/* Values of options that several commands have; each takes those it needs. The
 * structure that a command's options set begins with it. */
typedef struct AqCommon {
    const AqProgram *program; /* that the command is of; set before it runs */
    const char *config;       /* file of further settings */
    const char *store, *dataset, *model;
    int json, quiet, verbose, jobs;
    double hide_seconds; /* share of each clip's seconds taken for missing */
    AqToolChoice tools;
    AqTextTowerChoice question; /* what reads the questions */
} AqCommon;

/* For a command's args_bytes: the size of the structure that its options set, which
 * must begin with its AqCommon `common`. Does not compile where it does not. */
#define AQ_ARGS_BYTES(Args, common)                                                    \
    (sizeof(Args) + 0 * sizeof(char[offsetof(Args, common) == 0 ? 1 : -1]))

/* Rows of AqCommon, for the tables of commands: AQ_ROWS(aq_rows_store). */
extern const AqOption aq_rows_question[], aq_rows_store[], aq_rows_dataset_read[],
    aq_rows_dataset_fill[], aq_rows_dataset_only[], aq_rows_model[], aq_rows_tools[],
    aq_rows_precision[], aq_rows_audio_track[], aq_rows_hide[], aq_rows_jobs[];
/* The last rows of a command: how it talks, and --help; with --json or without. */
extern const AqOption aq_rows_output[], aq_rows_output_text[];

/* Misuse: a word that is no verb of `c`, or, where `c` is NULL, no command. Tells what
 * was probably meant. */
int aq_command_unknown(const AqProgram *p, const AqCommand *c, const char *word);

/* The variant of that name (NULL: the first), and its defaults into `args`; of a
 * command that has variants. AQ_ERR_USAGE where there is none such. */
AQ_MUST_CHECK AqErr aq_command_variant(const AqCommand *self, const char *name,
                                       AqVariant *v, void *args);

/* Runs what the words ask for, of the program's commands and their verbs. Gives the
 * exit status. */
int aq_command_dispatch(const AqProgram *p, int argc, char **argv);

/* The store that --store, the environment or the data folder names. */
AQ_MUST_CHECK AqErr aq_command_open_store(AqStore **out, const char *store,
                                          AqStoreMode mode);

/* One line on stdout; takes the value. Where there is none, or it cannot be written,
 * the program ends with status 1. Text from outside: see aq_json_pack(). */
struct json_t;
void aq_command_print_json(struct json_t *o);
/* An array of the text's lines. Gives. */
struct json_t *aq_command_lines(const char *text);

/* A sentence, and where to read more, on stderr; AQ_EXIT_MISUSE. `self` NULL: of the
 * program. */
int aq_command_misuse(const AqCommand *self, const char *fmt, ...) AQ_PRINTF(2, 3);

/* What a command does with each of several words. */
typedef struct AqEachWord AqEachWord;
struct AqEachWord {
    const AqTextList *words;
    AqErr (*one)(AqEachWord *e, const char *word);
    void *ctx;    /* for `one` */
    int misuse;   /* set by `one` where its fault is the command line's */
    int left_out; /* set by `one`, without a fault: the word was left out */
};

/* Of several words, one with a fault is told and the others are done (AQ_EXIT_SKIPPED,
 * or AQ_EXIT_FAILED if none was); want of memory and a request to stop end it. Gives
 * the exit status. */
int aq_command_each(const AqCommand *self, AqEachWord *e);

/* Prints the fault unless the status is that of success or an interrupt, and gives the
 * exit status for it. */
int aq_command_status(AqErr err);

/* First thing in main(): where OpenBLAS does not know the processor and took kernels
 * for an old one, starts the program anew with the right ones named (it reads that when
 * it is loaded). Returns where there is nothing to mend. */
void aq_command_mend_blas(char **argv);

/* Once before any work: OpenBLAS on one thread; says so where it was told to be slow.
 */
void aq_command_numbers(void);

#endif
