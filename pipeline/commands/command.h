/*
 * What every subcommand is made of, and what they share. A command's file holds its
 * options, its help text and its run().
 */
#ifndef AQ_PIPELINE_COMMANDS_COMMAND_H
#define AQ_PIPELINE_COMMANDS_COMMAND_H
#include "base/err.h"
#include "base/options/command.h"
#include "base/options/rows.h"
#include "pipeline/inputs/toolset.h"
#include "pipeline/ui/options.h"
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
    aq_command_pretrain, aq_command_weights, aq_command_runs, aq_command_data,
    aq_command_calibrate, aq_command_help;

/* Values of options that several commands have; each takes those it needs. The
 * structure that a command's options set begins with it. */
typedef struct AqCommon {
    const AqProgram *program; /* that the command is of; set before it runs */
    const char *store, *dataset, *model;
    int json, quiet, verbose, jobs;
    AqToolChoice tools;
} AqCommon;

/* Rows of AqCommon, for the tables of commands: AQ_ROWS(aq_rows_store). */
extern const AqOptionRow aq_rows_store[], aq_rows_dataset_read[],
    aq_rows_dataset_fill[], aq_rows_dataset_only[], aq_rows_model[], aq_rows_tools[],
    aq_rows_precision[], aq_rows_audio_track[], aq_rows_jobs[];
/* The last rows of a command: how it talks, and --help; with --json or without. */
extern const AqOptionRow aq_rows_output[], aq_rows_output_text[];

#define AQ_OPTION_STORE(c)                                                             \
    {                                                                                  \
        .name = "store", .kind = AQ_OPT_TEXT, .arg = "FILE", .to = &(c).store,         \
        .help = "feature store [AVQA_STORE, or the data folder's store.db]"            \
    }
#define AQ_OPTION_DATASET(c, text)                                                     \
    {                                                                                  \
        .name = "dataset", .kind = AQ_OPT_TEXT, .arg = "NAME", .to = &(c).dataset,     \
        .help = (text)                                                                 \
    }
/* Of a command that reads a data set's features. */
#define AQ_OPTION_DATASET_READ(c)                                                      \
    AQ_OPTION_DATASET(                                                                 \
        c, "the data set of the store [the default one, or the only other]")
#define AQ_OPTION_MODEL(c)                                                             \
    {                                                                                  \
        .name = "model", .kind = AQ_OPT_TEXT, .arg = "FILE", .to = &(c).model,         \
        .help = "trained model, or `default` [AVQA_MODEL, or the data folder's "       \
                "model.safetensors]"                                                   \
    }
#define AQ_OPTION_JOBS(c)                                                              \
    {                                                                                  \
        .name = "jobs", .letter = 'j', .kind = AQ_OPT_INT, .arg = "N",                 \
        .to = &(c).jobs, .lo = 1, .hi = 256, .help = "worker threads [every core]"     \
    }
#define AQ_OPTION_JSON(c)                                                              \
    {                                                                                  \
        .name = "json", .kind = AQ_OPT_FLAG, .to = &(c).json,                          \
        .help = "results as JSON"                                                      \
    }
#define AQ_OPTION_QUIET(c)                                                             \
    {                                                                                  \
        .name = "quiet", .letter = 'q', .kind = AQ_OPT_FLAG, .to = &(c).quiet,         \
        .help = "no progress, warnings and errors only"                                \
    }
#define AQ_OPTION_VERBOSE(c)                                                           \
    {                                                                                  \
        .name = "verbose", .letter = 'v', .kind = AQ_OPT_FLAG, .to = &(c).verbose,     \
        .help = "more messages"                                                        \
    }
#define AQ_OPTION_MAX_SECONDS(at, text)                                                \
    {                                                                                  \
        .name = "max-seconds", .kind = AQ_OPT_INT, .arg = "N", .to = &(at), .lo = 1,   \
        .hi = 36000, .help = text                                                      \
    }
#define AQ_OPTION_PRECISION(c)                                                         \
    {                                                                                  \
        .name = "precision", .kind = AQ_OPT_TEXT, .arg = "P",                          \
        .to = &(c).tools.precision,                                                    \
        .help = "of the networks' products: f32, or bf16 where the processor has it "  \
                "[f32]"                                                                \
    }
#define AQ_OPTION_AUDIO_TRACK(c)                                                       \
    {                                                                                  \
        .name = "audio-track", .kind = AQ_OPT_INT, .arg = "N",                         \
        .to = &(c).tools.audio_track, .lo = 1, .hi = 1000,                             \
        .help = "the clip's N-th sound track, ffmpeg's 0:a:(N-1) [the first marked "   \
                "default, else the first]"                                             \
    }
#define AQ_OPTIONS_TOOLS(c)                                                            \
    {.name = "audio",                                                                  \
     .kind = AQ_OPT_TEXT,                                                              \
     .arg = "NAME",                                                                    \
     .to = &(c).tools.name[AQ_AUDIO],                                                  \
     .help = "audio network, or a weight file [vggish_nano]"},                         \
        {.name = "visual",                                                             \
         .kind = AQ_OPT_TEXT,                                                          \
         .arg = "NAME",                                                                \
         .to = &(c).tools.name[AQ_VISUAL],                                             \
         .help = "visual network, or a weight file [swin_nano]"},                      \
        {.name = "audio-weights",                                                      \
         .kind = AQ_OPT_TEXT,                                                          \
         .arg = "FILE",                                                                \
         .to = &(c).tools.weights[AQ_AUDIO],                                           \
         .help =                                                                       \
             "its weights: a file, an imported name, or seeded:N for random ones"},    \
        {.name = "audio-options",                                                      \
         .kind = AQ_OPT_TEXT,                                                          \
         .arg = "K=V,...",                                                             \
         .to = &(c).tools.options[AQ_AUDIO],                                           \
         .help = "its switches: relu=on|off, pca=off|on|FILE"},                        \
        {.name = "visual-weights",                                                     \
         .kind = AQ_OPT_TEXT,                                                          \
         .arg = "FILE",                                                                \
         .to = &(c).tools.weights[AQ_VISUAL],                                          \
         .help = "the same for the visual network"},                                   \
        AQ_OPTION_PRECISION(c),                                                        \
    {                                                                                  \
        .name = "visual-options", .kind = AQ_OPT_TEXT, .arg = "K=V,...",               \
        .to = &(c).tools.options[AQ_VISUAL],                                           \
        .help = "how its pictures are prepared: fit=squash|crop, short=PIXELS, "       \
                "filter=bicubic|bilinear|bilinear_plain, mean=R/G/B, std=R/G/B"        \
    }

/* Parses; prints help or misuse; has signals taken. 1: go on; 0: leave with *status.
 * `rest` is cleared where it says 0. Applies quiet and verbose of `c` (may be NULL). */
int aq_command_begin(const AqCommand *self, const AqOption *table, int argc,
                     char **argv, AqTextList *rest, const AqCommon *c, int *status);

/* Misuse: a word that is no verb of `c`, or, where `c` is NULL, no command. Tells what
 * was probably meant. */
int aq_command_unknown(const AqProgram *p, const AqCommand *c, const char *word);

/* Runs what the words ask for, of the program's commands and their verbs. Gives the
 * exit status. */
int aq_command_dispatch(const AqProgram *p, int argc, char **argv);

/* The store that --store, the environment or the data folder names. */
AQ_MUST_CHECK AqErr aq_command_open_store(AqStore **out, const char *store,
                                          AqStoreMode mode);

/* aq_command_begin() of a command that takes options alone: the rest is misuse. */
int aq_command_begin_alone(const AqCommand *self, const AqOption *table, int argc,
                           char **argv, const AqCommon *c, int *status);

/* One line on stdout; takes the value. Where there is none, or it cannot be written,
 * the program ends with status 1. Text from outside: see aq_json_pack(). */
struct json_t;
void aq_command_print_json(struct json_t *o);
/* An array of the text's lines. Gives. */
struct json_t *aq_command_lines(const char *text);

/* A sentence, and where to read more, on stderr; AQ_EXIT_MISUSE. `self` NULL: of the
 * program. */
int aq_command_misuse(const AqCommand *self, const char *fmt, ...) AQ_PRINTF(2, 3);

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
