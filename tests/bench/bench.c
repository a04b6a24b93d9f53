/* SPDX-License-Identifier: MIT */
/* Warming up, repeating, and what is made of the times. */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "base/fs/fs.h"
#include "pipeline/parallel/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { RUNS = 9, RUNS_QUICK = 3, MOST_RUNS = 99, TEXT = 256 };
/* A run lasts so long at least: the clock counts microseconds, and whoever else is on
 * the machine comes in slices of a few milliseconds. */
#define RUN_S       0.04
#define RUN_S_QUICK 0.002
/* A peak between two runs may be shorter. */
#define PEAK_S 0.02
#define LONG_S 1.0

struct AqBench {
    AqBenchOptions o;
    AqThreadExecutor *executor;
    AqReport *report;
};

AqErr aq_bench_new(AqBench **out, const AqBenchOptions *o)
{
    AqBench *b = aq_alloc(1, sizeof *b);

    *out = NULL;
    if (!b)
        return AQ_ERR_NOMEM;
    b->o = *o;
    if (b->o.threads == 0)
        b->o.threads = aq_cpu_count();
    if (b->o.runs == 0)
        b->o.runs = o->quick ? RUNS_QUICK : RUNS;
    b->o.runs = b->o.runs > MOST_RUNS ? MOST_RUNS : b->o.runs;
    AqErr err = aq_thread_executor_new(&b->executor, b->o.threads);
    if (err == AQ_OK)
        err = aq_report_new(&b->report, &b->o);
    if (err != AQ_OK) {
        aq_bench_free(&b);
        return err;
    }
    *out = b;
    return AQ_OK;
}

void aq_bench_free(AqBench **bp)
{
    AqBench *b = *bp;

    if (!b)
        return;
    aq_peak_clear();
    aq_peak_gemm_clear();
    aq_thread_executor_free(&b->executor);
    aq_report_free(&b->report);
    aq_free(b);
    *bp = NULL;
}

const AqBenchOptions *aq_bench_options(const AqBench *b)
{
    return &b->o;
}

AqExecutor *aq_bench_executor(const AqBench *b)
{
    return aq_thread_executor_as(b->executor);
}

int aq_bench_wants(const AqBench *b, const char *name)
{
    return !b->o.only || strstr(name, b->o.only) != NULL;
}

void aq_bench_skip(AqBench *b, const char *subject, const char *why)
{
    aq_report_skip(b->report, subject, why);
}

/* ---- one run ---- */

typedef struct Sample {
    double wall, cpu; /* seconds */
} Sample;

static double seconds_of(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

/* Programs that were run and waited for count too. */
static Sample now(void)
{
    struct rusage self, children;

    (void)getrusage(RUSAGE_SELF, &self);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    return (Sample){.wall = (double)aq_clock_us() / 1e6,
                    .cpu = seconds_of(&self) + seconds_of(&children)};
}

typedef struct Job {
    const AqMeasure *m;
    long calls;
    AqErr *err;        /* of each worker */
    char (*why)[TEXT]; /* their sentences: those are kept by thread */
} Job;

static void work(void *arg, int worker)
{
    const Job *j = arg;

    for (long k = 0; k < j->calls && j->err[worker] == AQ_OK; k++)
        j->err[worker] = j->m->run(j->m->ctx, worker);
    if (j->err[worker] != AQ_OK)
        (void)snprintf(j->why[worker], TEXT, "%s", aq_err_text());
}

static int workers_of(const AqMeasure *m)
{
    return m->alone ? 1 : m->threads;
}

static AqErr run_job(AqBench *b, Job *j, Sample *out)
{
    const int n = workers_of(j->m);
    const Sample from = now();

    aq_executor_run(n > 1 ? aq_bench_executor(b) : NULL, work, j, n);
    const Sample to = now();
    *out = (Sample){to.wall - from.wall, to.cpu - from.cpu};
    for (int k = 0; k < n; k++)
        if (j->err[k] != AQ_OK)
            return aq_fail(j->err[k], "%s", j->why[k]);
    return AQ_OK;
}

static AqErr sample(AqBench *b, const AqMeasure *m, long calls, Sample *out)
{
    const size_t n = (size_t)workers_of(m);
    Job j = {.m = m,
             .calls = calls,
             .err = aq_alloc(n, sizeof *j.err),
             .why = aq_alloc(n, sizeof *j.why)};
    AqErr err = j.err && j.why ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK && m->before)
        err = m->before(m->ctx);
    if (err == AQ_OK)
        err = run_job(b, &j, out);
    aq_free(j.err);
    aq_free(j.why);
    return err;
}

/* Warms up, and finds how many calls make a run long enough: by processor time, as a
 * call that others interrupted only looks long. What waits (for a disk, a program) is
 * done when its wall time is long in any case. */
static AqErr warm_up(AqBench *b, const AqMeasure *m, double least, long *calls)
{
    const int n = workers_of(m);
    Sample s;
    AqErr err = sample(b, m, *calls = 1, &s);

    while (err == AQ_OK && !m->before && s.cpu / n < least / 2 && s.wall < LONG_S &&
           *calls < 1L << 28) {
        const double grow = s.cpu > 0 ? least * n / s.cpu : 8;

        *calls = (long)((double)*calls * (grow < 1.5 ? 1.5 : grow > 8 ? 8 : grow)) + 1;
        err = sample(b, m, *calls, &s);
    }
    return err;
}

/* ---- many ---- */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(const double *sorted, int n, double q)
{
    const double at = q * (n - 1);
    const int k = (int)at;

    return k + 1 < n ? sorted[k] + (at - k) * (sorted[k + 1] - sorted[k]) : sorted[k];
}

/* Sorts v. */
static AqSpread spread_of(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, by_size);
    return (AqSpread){quantile(v, n, 0.5), v[0], quantile(v, n, 0.25),
                      quantile(v, n, 0.75), v[n - 1]};
}

typedef struct Times {
    double seconds[MOST_RUNS], rate[MOST_RUNS], cpu[MOST_RUNS];
    double ratio[MOST_RUNS], ratio_cpu[MOST_RUNS], peak[MOST_RUNS], peak_cpu[MOST_RUNS];
} Times;

/* What the peak counts of a measurement: bytes or operations, in G a call. */
static double counted(const AqMeasure *m, AqPeak p)
{
    return p == AQ_PEAK_MEMORY ? m->gbytes : m->gflop;
}

static void note_run(Times *t, int k, const AqMeasure *m, long calls, const Sample *s)
{
    const double all = (double)calls * workers_of(m);

    t->seconds[k] = s->wall / (double)calls;
    t->rate[k] = m->unit ? m->work * all / s->wall : 0;
    t->cpu[k] = s->cpu / (s->wall * m->threads);
}

/* Run k's rates by those of the peak just before it. */
static void note_ratio(Times *t, int k, const AqMeasure *m, long calls, const Sample *s,
                       const AqMeasure *peak, long peak_calls, const Sample *p)
{
    const double done = counted(m, m->against) * (double)calls * workers_of(m);
    const double most =
        counted(peak, m->against) * (double)peak_calls * workers_of(peak);

    t->peak[k] = most / p->wall;
    t->peak_cpu[k] = p->cpu / (p->wall * peak->threads);
    t->ratio[k] = done / s->wall / t->peak[k];
    t->ratio_cpu[k] = s->cpu > 0 && p->cpu > 0 ? done / s->cpu / (most / p->cpu) : 0;
}

static void summarise(AqResult *x, Times *t, const AqMeasure *m, long calls, int n)
{
    const int w = workers_of(m);

    *x = (AqResult){.n_runs = n, .calls = calls};
    x->seconds = spread_of(t->seconds, n);
    x->rate = spread_of(t->rate, n);
    x->ratio = spread_of(t->ratio, n);
    x->ratio_cpu = spread_of(t->ratio_cpu, n);
    x->peak_cpu = spread_of(t->peak_cpu, n).median;
    x->peak = spread_of(t->peak, n).median;
    x->cpu = spread_of(t->cpu, n).median;
    x->gflops = m->gflop * w / x->seconds.median;
    x->gbytes_s = m->gbytes * w / x->seconds.median;
}

static AqErr repeat(AqBench *b, const AqMeasure *m, const AqMeasure *peak,
                    AqResult *out)
{
    long calls, peak_calls = 0;
    Times t;
    Sample s, p;
    AqErr err = warm_up(b, m, b->o.quick ? RUN_S_QUICK : RUN_S, &calls);

    memset(&t, 0, sizeof t);
    if (err == AQ_OK && peak)
        err = warm_up(b, peak, b->o.quick ? RUN_S_QUICK : PEAK_S, &peak_calls);
    for (int k = 0; err == AQ_OK && k < b->o.runs; k++) {
        if (peak)
            err = sample(b, peak, peak_calls, &p);
        if (err == AQ_OK)
            err = sample(b, m, calls, &s);
        if (err != AQ_OK)
            break;
        note_run(&t, k, m, calls, &s);
        if (peak)
            note_ratio(&t, k, m, calls, &s, peak, peak_calls, &p);
    }
    if (err == AQ_OK)
        summarise(out, &t, m, calls, b->o.runs);
    return err;
}

/* A line in, a run, its seconds and work out: whoever sends the lines lets several
 * programs take turns. */
static AqErr take_turns(AqBench *b, const AqMeasure *m)
{
    char line[64];
    long calls;
    Sample s;
    AqErr err = warm_up(b, m, RUN_S, &calls);

    if (err == AQ_OK)
        (void)printf("ready %s %s\n", m->subject, m->name);
    (void)fflush(stdout);
    while (err == AQ_OK && fgets(line, sizeof line, stdin)) {
        err = sample(b, m, calls, &s);
        if (err == AQ_OK)
            (void)printf("%.6f %.6f %.6f\n", s.wall,
                         m->work * (double)calls * workers_of(m), s.cpu);
        (void)fflush(stdout);
    }
    return err;
}

AqErr aq_bench_measure(AqBench *b, const AqMeasure *m, AqResult *out)
{
    AqMeasure peak;
    AqResult x = {0};
    AqErr err = AQ_ERR_UNSUPPORTED;

    if (out)
        *out = x;
    if (!aq_bench_wants(b, m->name))
        return AQ_OK;
    if (b->o.turns)
        return take_turns(b, m);
    if (m->against != AQ_PEAK_NONE)
        err = aq_peak_measure(&peak, m->against, &b->o, m->threads);
    if (err != AQ_OK && err != AQ_ERR_UNSUPPORTED)
        return err;
    err = repeat(b, m, err == AQ_OK ? &peak : NULL, &x);
    if (err != AQ_OK)
        return aq_err_prefix(err, "%s, %s", m->subject, m->name);
    aq_report_add(b->report, m, &x);
    if (out)
        *out = x;
    return AQ_OK;
}

AqErr aq_bench_finish(AqBench *b)
{
    return b->o.json ? aq_report_write(b->report, b->o.json) : AQ_OK;
}
