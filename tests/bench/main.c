/* SPDX-License-Identifier: MIT */
/* bench [OPTIONS] [SUBJECT...]: the list of subjects and the command line. */
#include "tests/bench/bench.h"

#include "model/tensor/gemm.h"
#include "pipeline/ui/options.h"

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

static void print_help(const AqOption *table)
{
    (void)printf("Usage: bench [OPTIONS] [SUBJECT...]\n"
                 "Measures this machine and what avqa-pipe makes of it.\n\n");
    for (size_t k = 0; k < N_SUBJECTS; k++)
        (void)printf("  %-10s %s\n", subjects[k]->name, subjects[k]->about);
    (void)printf("\n");
    aq_options_print(stdout, table);
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
    AqBenchOptions o = {.weights = "seeded:1", .work = "bench-work"};
    AqTextList names = {0};
    int help = 0;
    const AqOption table[] = {
        {"quick", 0, AQ_OPT_FLAG, NULL, "few runs of small things", &o.quick, 0, 0,
         NULL},
        {"runs", 0, AQ_OPT_INT, "N", "runs of each measurement [9; 3 if quick]",
         &o.runs, 1, 99, NULL},
        {"threads", 't', AQ_OPT_INT, "N", "threads [every core]", &o.threads, 1, 1024,
         NULL},
        {"only", 0, AQ_OPT_TEXT, "TEXT", "what has TEXT in its name", &o.only, 0, 0,
         NULL},
        {"weights", 0, AQ_OPT_TEXT, "FILE", "of the networks [seeded:1]", &o.weights, 0,
         0, NULL},
        {"work", 0, AQ_OPT_TEXT, "DIR", "folder for clips and stores [bench-work]",
         &o.work, 0, 0, NULL},
        {"json", 0, AQ_OPT_TEXT, "FILE", "write the results there", &o.json, 0, 0,
         NULL},
        {"turns", 0, AQ_OPT_FLAG, NULL, "a run for each line read (peers.py)", &o.turns,
         0, 0, NULL},
        {"keep", 0, AQ_OPT_TEXT, "FILE", "write the training step's input there",
         &o.keep, 0, 0, NULL},
        {0}};

    settle_blas(argv);
    (void)unsetenv("OPENBLAS_CORETYPE"); /* has been read; programs run choose anew */
    aq_gemm_setup();
    AqErr err = aq_options_parse_old(table, argc, argv, &names, &help);
    if (err == AQ_OK && help)
        print_help(table);
    else if (err == AQ_OK)
        err = run_all(&o, &names);
    aq_text_list_clear(&names);
    if (err != AQ_OK)
        (void)fprintf(stderr, "bench: %s\n", aq_err_text());
    return err == AQ_OK ? 0 : err == AQ_ERR_USAGE ? 2 : 1;
}
