/*
 * The bench: measurements that warm up, are repeated, and are told as medians with
 * their spread beside a peak of the same machine. Between any two runs of a measurement
 * its peak is measured anew. Where others use the machine, wall time is a lottery even
 * so: ratios are told by processor time too, and a peak that did not get its threads'
 * whole time marks the measurement as disturbed. No figure is a pass mark.
 *
 * A subject (gemm, networks, ...) is one file with one function, which measures what it
 * has to, one after another; main.c lists them.
 */
#ifndef AQ_TESTS_BENCH_BENCH_H
#define AQ_TESTS_BENCH_BENCH_H
#include "base/err.h"
#include "base/executor.h"

#include <stddef.h>
#include <stdint.h>

typedef struct AqBenchOptions {
    int quick;        /* few runs of small things: does it work at all? */
    int turns;        /* run when a line comes in, say how long it took: for peers.py */
    int runs;         /* 0: 9, or 3 where quick */
    int threads;      /* of measurements that use several; 0: all cores */
    const char *only; /* measurements whose name has this in it; NULL: all */
    const char *weights; /* of the networks: a file, or "seeded:1" */
    const char *work;    /* folder for clips and stores, kept between runs */
    const char *json;    /* where to write, or NULL */
    const char *keep;    /* the training step's input is written there, or NULL */
} AqBenchOptions;

typedef struct AqBench AqBench; /* laid out in bench.c */

/* What a measurement is held against. */
typedef enum AqPeak {
    AQ_PEAK_NONE,
    AQ_PEAK_FMA,    /* float32 multiply-adds in registers */
    AQ_PEAK_BF16,   /* the same in vdpbf16ps; not on every processor */
    AQ_PEAK_MEMORY, /* a = b + s c over arrays far larger than the caches */
    AQ_PEAK_GEMM,   /* aq_gemm on a middle layer of Swin-B */
    AQ_N_PEAKS
} AqPeak;

/* `run` is called by `threads` workers at the same time, or where `alone` by one that
 * uses the threads itself. Work, gflop and gbytes are of one call. */
typedef struct AqMeasure {
    const char *subject;
    char name[80];
    const char *unit; /* of `work`; NULL: the time itself is the figure */
    double work;
    double gflop, gbytes; /* 0: not counted */
    AqPeak against;
    int threads, alone;
    const char *base_name; /* another way to do the same, and its rate; or NULL */
    double base;
    AqErr (*before)(void *ctx); /* not timed, ahead of each run; or NULL */
    AqErr (*run)(void *ctx, int worker);
    void *ctx;
} AqMeasure;

typedef struct AqSpread {
    double median, least, quartile1, quartile3, most;
} AqSpread;

typedef struct AqResult {
    int n_runs;
    long calls;         /* a run and worker */
    AqSpread seconds;   /* of a call */
    AqSpread rate;      /* units a second, of all workers; 0 without a unit */
    AqSpread ratio;     /* to the peak; 0 without */
    AqSpread ratio_cpu; /* the same by processor time: who else runs matters little, and
                           neither do idle threads of ours */
    double peak_cpu; /* the peak's share of its threads' time; it never waits, so what
                        is missing went to others */
    double gflops, gbytes_s, peak; /* at the median */
    double cpu;                    /* share of the threads' time that was ours */
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
AqExecutor *aq_bench_executor(const AqBench *b); /* of options' threads */
/* Whether anything of that name is asked for: ahead of costly preparations. */
int aq_bench_wants(const AqBench *b, const char *name);
/* Measures and reports; *out (or NULL) has the figures. Not asked for: does nothing,
 * n_runs is 0. */
AQ_MUST_CHECK AqErr aq_bench_measure(AqBench *b, const AqMeasure *m, AqResult *out);
/* Says why something that belongs here was left out. */
void aq_bench_skip(AqBench *b, const char *subject, const char *why);
/* Writes what is known so far, if a file was named. */
AQ_MUST_CHECK AqErr aq_bench_finish(AqBench *b);

/* ---- report.c ---- */
typedef struct AqReport AqReport;
AQ_MUST_CHECK AqErr aq_report_new(AqReport **out, const AqBenchOptions *o);
void aq_report_free(AqReport **r);
void aq_report_add(AqReport *r, const AqMeasure *m, const AqResult *x);
void aq_report_skip(AqReport *r, const char *subject, const char *why);
AQ_MUST_CHECK AqErr aq_report_write(AqReport *r, const char *path);
const char *aq_peak_name(AqPeak p);

/* ---- peak.c, gemm.c: what to hold against ---- */
/* Fills *m for so many threads. AQ_ERR_UNSUPPORTED: this processor has none. */
AQ_MUST_CHECK AqErr aq_peak_measure(AqMeasure *m, AqPeak p, const AqBenchOptions *o,
                                    int threads);
AQ_MUST_CHECK AqErr aq_peak_gemm(AqMeasure *m, const AqBenchOptions *o, int threads);
void aq_peak_clear(void); /* frees what the peaks work on */
void aq_peak_gemm_clear(void);

/* ---- material.c: what is measured on ---- */
/* A file of the work folder; gives, aq_free(). NULL when memory is out. */
char *aq_material_path(const AqBench *b, const char *name);
/* Runs a program (found on PATH), what it prints thrown away; a status other than 0
 * is an error, which says the command. */
AQ_MUST_CHECK AqErr aq_material_run(const char *const *argv);
/* A clip of so many seconds made by ffmpeg, if it is not there yet; gives *path. */
AQ_MUST_CHECK AqErr aq_material_clip(const AqBench *b, int seconds, int height,
                                     char **path);
/* A toyband of n clips of 10 s, the same; gives *folder. AQ_ERR_NOT_FOUND: there is no
 * toyband program. */
AQ_MUST_CHECK AqErr aq_material_band(const AqBench *b, int n, char **folder);
/* Numbers of mean 0 from a seed. */
void aq_material_fill(float *x, size_t n, uint64_t seed);

#endif
