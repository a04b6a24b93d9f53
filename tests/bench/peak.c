/* SPDX-License-Identifier: MIT */
/*
 * What the machine can do at most: multiply-adds in registers, as many independent ones
 * as its pipelines hold, and memory bandwidth. Each level is compiled by itself and
 * chosen by the processor that it runs on.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "base/cpu.h"

#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Chains at once: latency times issue rate is 8 to 10, and 16 registers are there. */
enum { CHAINS = 12, STEPS = 20000, TRIAD_MB = 64, TRIAD_LEAST_MB = 8 };

static volatile float kept; /* so that nothing is computed in vain */

/* ---- multiply-adds ---- */

typedef void (*Steps)(void);

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void fma_avx512(void)
{
    const __m512 a = _mm512_set1_ps(0.999f + kept * 0), b = _mm512_set1_ps(1e-3f);
    __m512 x[CHAINS], sum = b;

    for (int c = 0; c < CHAINS; c++)
        x[c] = _mm512_set1_ps((float)c);
    for (int k = 0; k < STEPS; k++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            x[c] = _mm512_fmadd_ps(x[c], a, b);
    for (int c = 0; c < CHAINS; c++)
        sum = _mm512_add_ps(sum, x[c]);
    kept = _mm512_cvtss_f32(sum);
}

__attribute__((target("avx2,fma"))) static void fma_avx2(void)
{
    const __m256 a = _mm256_set1_ps(0.999f + kept * 0), b = _mm256_set1_ps(1e-3f);
    __m256 x[CHAINS], sum = b;

    for (int c = 0; c < CHAINS; c++)
        x[c] = _mm256_set1_ps((float)c);
    for (int k = 0; k < STEPS; k++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            x[c] = _mm256_fmadd_ps(x[c], a, b);
    for (int c = 0; c < CHAINS; c++)
        sum = _mm256_add_ps(sum, x[c]);
    kept = _mm256_cvtss_f32(sum);
}

__attribute__((target("avx512f,avx512bf16"))) static void bf16_avx512(void)
{
    const __m512bh a = (__m512bh)_mm512_set1_epi32(0x3c003c00), /* pairs of 1/128 */
        b = (__m512bh)_mm512_set1_epi32(0x3c003c00);
    __m512 x[CHAINS], sum = _mm512_set1_ps(kept * 0);

    for (int c = 0; c < CHAINS; c++)
        x[c] = _mm512_set1_ps((float)c);
    for (int k = 0; k < STEPS; k++)
#pragma GCC unroll 12
        for (int c = 0; c < CHAINS; c++)
            x[c] = _mm512_dpbf16_ps(x[c], a, b);
    for (int c = 0; c < CHAINS; c++)
        sum = _mm512_add_ps(sum, x[c]);
    kept = _mm512_cvtss_f32(sum);
}
#endif

/* Plain C, for the compiler to make of it what the base processor has. */
static void fma_portable(void)
{
    const float a = 0.999f + kept * 0, b = 1e-3f;
    float x[4 * CHAINS], sum = 0;

    for (int c = 0; c < 4 * CHAINS; c++)
        x[c] = (float)c;
    for (int k = 0; k < STEPS; k++)
        for (int c = 0; c < 4 * CHAINS; c++)
            x[c] = x[c] * a + b;
    for (int c = 0; c < 4 * CHAINS; c++)
        sum += x[c];
    kept = sum;
}

/* Each level: its loop, and the operations of one step of one chain. */
static const struct {
    Steps steps;
    int flop;
} levels[] = {
    [AQ_CPU_PORTABLE] = {fma_portable, 4 * 2},
#if defined(__x86_64__)
    [AQ_CPU_AVX2] = {fma_avx2, 8 * 2},
    [AQ_CPU_AVX512] = {fma_avx512, 16 * 2},
#endif
};

static AqErr run_steps(void *ctx, int worker)
{
    const Steps *steps = ctx;

    (void)worker;
    (*steps)();
    return AQ_OK;
}

static AqMeasure steps_measure(const Steps *steps, int flop, int threads)
{
    const double g = (double)CHAINS * STEPS * flop / 1e9;

    return (AqMeasure){.subject = "peak",
                       .unit = "GFLOP",
                       .work = g,
                       .gflop = g,
                       .threads = threads,
                       .run = run_steps,
                       .ctx = (void *)(uintptr_t)steps};
}

static AqMeasure fma_measure(AqCpuLevel level, int threads)
{
    AqMeasure m = steps_measure(&levels[level].steps, levels[level].flop, threads);

    (void)snprintf(m.name, sizeof m.name, "fp32 multiply-adds, %s",
                   aq_cpu_level_name(level));
    return m;
}

static AqErr bf16_measure(AqMeasure *m, int threads)
{
#if defined(__x86_64__)
    static const Steps steps = bf16_avx512;

    if (aq_cpu_level() == AQ_CPU_AVX512 && aq_cpu_has_bf16()) {
        *m = steps_measure(&steps, 32 * 2, threads);
        (void)snprintf(m->name, sizeof m->name, "bf16 multiply-adds, vdpbf16ps");
        return AQ_OK;
    }
#endif
    (void)m;
    (void)threads;
    return aq_fail(AQ_ERR_UNSUPPORTED, "this processor has no AVX512-BF16");
}

/* ---- memory ---- */

static struct {
    float *a; /* (threads,3,n) */
    size_t n;
    int threads;
} triad;

static AqErr run_triad(void *ctx, int worker)
{
    const size_t n = triad.n;
    float *a = triad.a + 3 * n * (size_t)worker;
    const float *b = a + n, *c = b + n;

    (void)ctx;
    for (size_t k = 0; k < n; k++)
        a[k] = b[k] + 0.5f * c[k];
    return AQ_OK;
}

/* Counts three arrays' bytes, as STREAM does: what a cache line is fetched for before
 * it is written over is not counted. */
static AqErr triad_measure(AqMeasure *m, const AqBenchOptions *o, int threads)
{
    const int most = o->quick ? TRIAD_LEAST_MB : TRIAD_MB;
    const int mb = most / threads > TRIAD_LEAST_MB ? most / threads : TRIAD_LEAST_MB;

    if (triad.threads != threads) {
        aq_peak_clear();
        triad.n = ((size_t)mb << 20) / sizeof(float);
        triad.a = aq_alloc(3 * triad.n * (size_t)threads, sizeof *triad.a);
        if (!triad.a)
            return AQ_ERR_NOMEM;
        triad.threads = threads;
    }
    const double g = 3.0 * (double)(triad.n * sizeof(float)) / 1e9;
    *m = (AqMeasure){.subject = "peak",
                     .name = "memory, a = b + s c",
                     .unit = "GB",
                     .work = g,
                     .gbytes = g,
                     .threads = threads,
                     .run = run_triad};
    return AQ_OK;
}

void aq_peak_clear(void)
{
    aq_free(triad.a);
    triad.a = NULL;
    triad.threads = 0;
}

/* ---- */

AqErr aq_peak_measure(AqMeasure *m, AqPeak p, const AqBenchOptions *o, int threads)
{
    if (p == AQ_PEAK_BF16)
        return bf16_measure(m, threads);
    if (p == AQ_PEAK_MEMORY)
        return triad_measure(m, o, threads);
    if (p == AQ_PEAK_GEMM)
        return aq_peak_gemm(m, o, threads);
    *m = fma_measure(aq_cpu_level(), threads);
    return AQ_OK;
}

static AqErr run(AqBench *b)
{
    const AqBenchOptions *o = aq_bench_options(b);
    AqErr err = AQ_OK;

    for (int t = 1; err == AQ_OK && t <= o->threads;
         t = t < o->threads ? o->threads : t + 1) {
        AqMeasure m;

        for (int l = 0; err == AQ_OK && l <= (int)aq_cpu_level(); l++) {
            m = fma_measure((AqCpuLevel)l, t);
            err = aq_bench_measure(b, &m, NULL);
        }
        if (err == AQ_OK && bf16_measure(&m, t) == AQ_OK)
            err = aq_bench_measure(b, &m, NULL);
        if (err == AQ_OK)
            err = triad_measure(&m, o, t);
        if (err == AQ_OK)
            err = aq_bench_measure(b, &m, NULL);
    }
    return err;
}

const AqSubject aq_subject_peak = {.name = "peak",
                                   .about =
                                       "multiply-adds in registers, memory bandwidth",
                                   .run = run};
