/*
 * Benchmarks: measurements are warmed up, repeated, and reported as medians with their
 * spread, compared with a peak of the same machine that is measured again between any
 * two runs. On a shared machine wall time is still unreliable: ratios are also reported
 * by processor time, and a peak that did not get its threads' whole time marks the
 * measurement as disturbed. No figure decides pass or fail.
 *
 * A subject (gemm, networks, ...) is one file with one function that makes its
 * measurements one after another; main.c lists them.
 */
#ifndef AQ_TESTS_BENCH_BENCH_H
#define AQ_TESTS_BENCH_BENCH_H
#include "base/err.h"
#include "base/executor.h"

#include <stddef.h>
#include <stdint.h>

typedef struct AqBenchOptions {
    int quick;           /* few, small runs: does it work at all? */
    int turns;           /* run once per input line, print the time: for peers.py */
    int runs;            /* 0: 9, or 3 if quick */
    int threads;         /* for multithreaded measurements; 0: all cores */
    const char *only;    /* measurements whose name contains this; NULL: all */
    const char *weights; /* for the networks: a file, or "seeded:1" */
    const char *work;    /* folder for clips and stores, kept between runs */
    const char *json;    /* file for the results, or NULL */
    const char *keep;    /* file for the training step's input, or NULL */
} AqBenchOptions;

typedef struct AqBench AqBench; /* defined in bench.c */

/* The peak that a measurement is compared with. */
typedef enum AqPeak {
    AQ_PEAK_NONE,
    AQ_PEAK_FMA,    /* float32 multiply-adds in registers */
    AQ_PEAK_BF16,   /* the same with vdpbf16ps; not on every processor */
    AQ_PEAK_MEMORY, /* a = b + s c over arrays far larger than the caches */
    AQ_PEAK_GEMM,   /* aq_gemm on a middle layer of Swin-B */
    AQ_N_PEAKS
} AqPeak;

/* `run` is called by `threads` workers at the same time, or if `alone` by one that uses
 * the threads itself. work, gflop and gbytes are per call. */
typedef struct AqMeasure {
    const char *subject;
    char name[80];
    const char *unit; /* of `work`; NULL: the result is the time itself */
    double work;
    double gflop, gbytes; /* 0: not counted */
    AqPeak against;
    int threads, alone;
    const char *base_name; /* an alternative to compare with, and its rate; or NULL */
    double base;
    AqErr (*before)(void *ctx); /* before each run, not timed; or NULL */
    AqErr (*run)(void *ctx, int worker);
    void *ctx;
} AqMeasure;

typedef struct AqSpread {
    double median, least, quartile1, quartile3, most;
} AqSpread;

typedef struct AqResult {
    int n_runs;
    long calls;         /* per run and worker */
    AqSpread seconds;   /* per call */
    AqSpread rate;      /* units per second of all workers; 0: no unit */
    AqSpread ratio;     /* to the peak; 0: no peak */
    AqSpread ratio_cpu; /* the same by processor time: hardly affected by other
                           processes or our idle threads */
    double peak_cpu;    /* the peak's share of its threads' time; it never waits, so the
                           rest went to other processes */
    double gflops, gbytes_s, peak; /* at the median */
    double cpu;                    /* our share of the threads' time */
} AqResult;

typedef struct AqSubject {
    const char *name, *about;
    AqErr (*run)(AqBench *b);
} AqSubject;

extern const AqSubject aq_subject_peak, aq_subject_gemm, aq_subject_packed,
    aq_subject_kernels, aq_subject_networks, aq_subject_decode, aq_subject_store,
    aq_subject_train, aq_subject_program;

/* ---- bench.c ---- */
AQ_MUST_CHECK AqErr aq_bench_new(AqBench **out, const AqBenchOptions *o);
void aq_bench_free(AqBench **b);
const AqBenchOptions *aq_bench_options(const AqBench *b);
AqExecutor *aq_bench_executor(const AqBench *b); /* with the options' threads */
/* Is anything of that name requested? Ask before costly preparations. */
int aq_bench_wants(const AqBench *b, const char *name);
/* Measures and reports; *out (may be NULL) gets the figures. Does nothing if it is not
 * requested (n_runs 0). */
AQ_MUST_CHECK AqErr aq_bench_measure(AqBench *b, const AqMeasure *m, AqResult *out);
/* Reports why a measurement was left out. */
void aq_bench_skip(AqBench *b, const char *subject, const char *why);
/* Writes the results so far, if a file was named. */
AQ_MUST_CHECK AqErr aq_bench_finish(AqBench *b);

/* ---- report.c ---- */
typedef struct AqReport AqReport;
AQ_MUST_CHECK AqErr aq_report_new(AqReport **out, const AqBenchOptions *o);
void aq_report_free(AqReport **r);
void aq_report_add(AqReport *r, const AqMeasure *m, const AqResult *x);
void aq_report_skip(AqReport *r, const char *subject, const char *why);
AQ_MUST_CHECK AqErr aq_report_write(AqReport *r, const char *path);
const char *aq_peak_name(AqPeak p);

/* ---- peak.c, gemm.c: the peaks ---- */
/* Fills *m for `threads` threads. AQ_ERR_UNSUPPORTED: not on this processor. */
AQ_MUST_CHECK AqErr aq_peak_measure(AqMeasure *m, AqPeak p, const AqBenchOptions *o,
                                    int threads);
AQ_MUST_CHECK AqErr aq_peak_gemm(AqMeasure *m, const AqBenchOptions *o, int threads);
void aq_peak_clear(void); /* frees the peaks' memory */
void aq_peak_gemm_clear(void);

/* ---- material.c: data to measure with ---- */
/* The path of a file in the work folder. Gives; aq_free(). NULL when out of memory. */
char *aq_material_path(const AqBench *b, const char *name);
/* Runs a program (found on PATH), discarding its output; an exit status other than 0 is
 * an error that names the command. */
AQ_MUST_CHECK AqErr aq_material_run(const char *const *argv);
/* A clip of `seconds` seconds, made by ffmpeg if it does not exist. Gives *path. */
AQ_MUST_CHECK AqErr aq_material_clip(const AqBench *b, int seconds, int height,
                                     char **path);
/* A toyband data set of n clips of 10 s, likewise. Gives *folder. AQ_ERR_NOT_FOUND:
 * there is no toyband program. */
AQ_MUST_CHECK AqErr aq_material_band(const AqBench *b, int n, char **folder);
/* Fills x with pseudorandom numbers of mean 0. */
void aq_material_fill(float *x, size_t n, uint64_t seed);

#endif
