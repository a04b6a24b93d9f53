/* SPDX-License-Identifier: MIT */
/* bench [OPTIONS] [SUBJECT...]: the list of subjects and the command line. */
#include "tests/bench/bench.h"

#include "base/options/parse.h"
#include "base/options/print.h"
#include "base/options/rows.h"
#include "model/tensor/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const AqSubject *const subjects[] = {
    &aq_subject_peak,    &aq_subject_gemm,     &aq_subject_packed,
    &aq_subject_kernels, &aq_subject_networks, &aq_subject_decode,
    &aq_subject_store,   &aq_subject_train,    &aq_subject_program};
#define N_SUBJECTS (sizeof subjects / sizeof *subjects)

/* OpenBLAS reads its settings as the program starts: those that hide what it does by
 * itself go, and the core that avqa-pipe would name is named. */
static void settle_blas(char **argv)
{
    static const char *const bad[] = {"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"};
    int anew = !getenv("OPENBLAS_NUM_THREADS") || !getenv("AQ_BENCH_SETTLED");

    for (size_t k = 0; anew && k < sizeof bad / sizeof *bad; k++)
        (void)unsetenv(bad[k]);
    if (anew) {
        (void)setenv("OPENBLAS_NUM_THREADS", "1", 1);
        (void)setenv("AQ_BENCH_SETTLED", "1", 1);
        (void)execv("/proc/self/exe", argv);
    }
    const char *core = aq_gemm_better_core();
    if (!core || setenv("OPENBLAS_CORETYPE", core, 0) != 0)
        return;
    (void)execv("/proc/self/exe", argv);
}

static int is_asked_for(const AqSubject *s, const AqTextList *names)
{
    for (int k = 0; k < names->n; k++)
        if (strcmp(names->v[k], s->name) == 0)
            return 1;
    return names->n == 0;
}

static AqErr check_names(const AqTextList *names)
{
    for (int k = 0; k < names->n; k++) {
        size_t s = 0;

        while (s < N_SUBJECTS && strcmp(subjects[s]->name, names->v[k]) != 0)
            s++;
        if (s == N_SUBJECTS)
            return aq_fail(AQ_ERR_USAGE, "there is no subject '%s'; see --help",
                           names->v[k]);
    }
    return AQ_OK;
}

typedef struct BenchArgs {
    AqBenchOptions o;
    AqTextList names;
} BenchArgs;

static const AqOption options[] = {
    AQ_ROW_WORDS("SUBJECT", BenchArgs, names, 0, AQ_HINT_NONE, "what is measured",
                 "all"),
    AQ_ROW_FLAG("quick", BenchArgs, o.quick, "few runs of small things"),
    AQ_ROW_INT("runs", BenchArgs, o.runs, 1, 99, "runs of each measurement",
               "9; 3 if quick"),
    AQ_ROW("threads", AQ_OPTION_INT, BenchArgs, o.threads, "threads", "every core",
           .letter = 't', .least = 1, .most = 1024),
    AQ_ROW_TEXT("only", BenchArgs, o.only, "TEXT", "what has TEXT in its name", NULL),
    AQ_ROW_FILE("weights", BenchArgs, o.weights, "FILE", "of the networks", NULL),
    AQ_ROW_FOLDER("work", BenchArgs, o.work, "DIR", "folder for clips and stores",
                  NULL),
    AQ_ROW_FILE("json", BenchArgs, o.json, "FILE", "write the results there", NULL),
    AQ_ROW_FLAG("turns", BenchArgs, o.turns, "a run for each line read (peers.py)"),
    AQ_ROW_FILE("keep", BenchArgs, o.keep, "FILE",
                "write the training step's input there", NULL),
    {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static void print_bench_help(const BenchArgs *defaults)
{
    (void)printf("Usage: bench [OPTIONS] [SUBJECT...]\n"
                 "Measures this machine and what avqa-pipe makes of it.\n\n");
    for (size_t k = 0; k < N_SUBJECTS; k++)
        (void)printf("  %-10s %s\n", subjects[k]->name, subjects[k]->about);
    aq_help_options(stdout, &(AqCommand){.options = options, .defaults = defaults});
    (void)printf(
        "\nPIPE and TOYBAND in the environment are the programs that `program` "
        "runs.\n");
}

/* A subject that fails leaves the others their turn. What is known is written after
 * each of them, as all take long. */
static AqErr run_one(AqBench *b, const AqSubject *s)
{
    const AqErr err = s->run(b);

    if (err != AQ_OK) {
        (void)fprintf(stderr, "bench: %s\n", aq_err_text());
        aq_bench_skip(b, s->name, aq_err_text());
    }
    const AqErr written = aq_bench_finish(b);
    return err != AQ_OK ? err : written;
}

static AqErr run_all(const AqBenchOptions *o, const AqTextList *names)
{
    AqBench *b = NULL;
    AqErr first = check_names(names);

    if (first == AQ_OK)
        first = aq_bench_new(&b, o);
    for (size_t k = 0; b && k < N_SUBJECTS; k++)
        if (is_asked_for(subjects[k], names)) {
            const AqErr err = run_one(b, subjects[k]);
            first = first == AQ_OK ? err : first;
        }
    aq_bench_free(&b);
    return first;
}

int main(int argc, char **argv)
{
    static const BenchArgs defaults = {
        .o = {.weights = "seeded:1", .work = "bench-work"}};
    BenchArgs a = defaults;
    int help = 0;

    settle_blas(argv);
    (void)unsetenv("OPENBLAS_CORETYPE"); /* has been read; programs run choose anew */
    aq_gemm_setup();
    AqErr err = aq_options_parse(options, &a, argc, argv, &help);
    if (err == AQ_OK && help)
        print_bench_help(&defaults);
    else if (err == AQ_OK)
        err = run_all(&a.o, &a.names);
    aq_options_clear(options, &a);
    if (err != AQ_OK)
        (void)fprintf(stderr, "bench: %s\n", aq_err_text());
    return err == AQ_OK ? 0 : err == AQ_ERR_USAGE ? 2 : 1;
}
