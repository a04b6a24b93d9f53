/* SPDX-License-Identifier: MIT */
/*
 * aq_gemm at the shapes that Swin-B at 224 has, with as many frames as an extractor
 * takes at once: the linear layers of each stage (y = x w^T), the patch merging between
 * them, and the small products of attention, which lie in rows of 3 C.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "model/tensor/gemm.h"

#include <stdio.h>

enum { FRAMES = 8, AREA = 49, HEAD = 32, EMBED = 128, GRID = 56 };

typedef struct Shape {
    char what[40];
    int M, N, K; /* a product */
    int lda, ldb;
    AqTrans tb;
    int times;      /* products a call, one behind the other in memory */
    size_t a, b, c; /* values of all */
} Shape;

typedef struct Work {
    Shape s;
    int workers;
    float *memory; /* (workers, a + b + c) */
} Work;

static AqErr run_products(void *ctx, int worker)
{
    const Work *w = ctx;
    const Shape *s = &w->s;
    float *a = w->memory + (s->a + s->b + s->c) * (size_t)worker, *b = a + s->a,
          *c = b + s->b;

    for (int k = 0; k < s->times; k++) {
        const size_t at = (size_t)k * (size_t)(s->M * s->lda);

        aq_gemm(c + (size_t)k * (size_t)(s->M * s->N), s->N, a + at, s->lda, AQ_N,
                s->times > 1 ? b + at : b, s->ldb, s->tb, s->M, s->N, s->K, 1, 0);
    }
    return AQ_OK;
}

static AqErr work_begin(Work *w, const Shape *s, int workers)
{
    const size_t each = s->a + s->b + s->c;

    *w = (Work){.s = *s, .workers = workers};
    w->memory = aq_alloc(each * (size_t)workers, sizeof *w->memory);
    for (int k = 0; w->memory && k < workers; k++)
        aq_material_fill(w->memory + each * (size_t)k, s->a + s->b, (uint64_t)k + 1);
    return w->memory ? AQ_OK : AQ_ERR_NOMEM;
}

static AqMeasure measure_of(Work *w)
{
    const Shape *s = &w->s;
    const double g = 2e-9 * s->times * s->M * s->N * s->K;
    AqMeasure m = {.subject = "gemm",
                   .unit = "GFLOP",
                   .work = g,
                   .gflop = g,
                   .against = AQ_PEAK_FMA,
                   .threads = w->workers,
                   .run = run_products,
                   .ctx = w};

    (void)snprintf(m.name, sizeof m.name, "%s, %dx%dx%d%s", s->what, s->M, s->N, s->K,
                   s->times > 1 ? " each" : "");
    return m;
}

/* y (M,N) = x (M,K) w (N,K)^T */
static Shape linear(const char *what, int stage, int M, int N, int K)
{
    Shape s = {.M = M, .N = N, .K = K, .lda = K, .ldb = K, .tb = AQ_T, .times = 1};

    (void)snprintf(s.what, sizeof s.what, "%s, stage %d", what, stage);
    s.a = (size_t)M * (size_t)K;
    s.b = (size_t)N * (size_t)K;
    s.c = (size_t)M * (size_t)N;
    return s;
}

/* Of one head and window: logits = q k^T, or y = weights v. */
static Shape attention(int logits, int stage, int frames)
{
    const int C = EMBED << (stage - 1), side = GRID >> (stage - 1);
    Shape s = {.M = AREA,
               .N = logits ? AREA : HEAD,
               .K = logits ? HEAD : AREA,
               .lda = logits ? 3 * C : AREA,
               .ldb = 3 * C,
               .tb = logits ? AQ_T : AQ_N,
               .times = frames * side * side / AREA};

    (void)snprintf(s.what, sizeof s.what, "attention %s, stage %d",
                   logits ? "q k^T" : "w v", stage);
    s.a = s.b = (size_t)s.times * AREA * 3 * (size_t)C;
    s.c = (size_t)s.times * AREA * AREA;
    return s;
}

static AqErr measure_shape(AqBench *b, const Shape *s)
{
    const int n = aq_bench_options(b)->threads;
    AqErr err = AQ_OK;

    for (int t = 1; err == AQ_OK && t <= n; t = t < n ? n : t + 1) {
        Work w;

        err = work_begin(&w, s, t);
        const AqMeasure m = measure_of(&w);
        if (err == AQ_OK)
            err = aq_bench_measure(b, &m, NULL);
        aq_free(w.memory);
    }
    return err;
}

static AqErr measure_stage(AqBench *b, int stage, int frames)
{
    const int C = EMBED << (stage - 1), side = GRID >> (stage - 1);
    const int M = frames * side * side;
    const Shape shapes[] = {
        linear("qkv", stage, M, 3 * C, C),
        linear("proj", stage, M, C, C),
        linear("fc1", stage, M, 4 * C, C),
        linear("fc2", stage, M, C, 4 * C),
        attention(1, stage, frames),
        attention(0, stage, frames),
        linear("merging", stage, M / 4, 2 * C, 4 * C),
    };
    const size_t n = sizeof shapes / sizeof *shapes - (stage == 4); /* nothing merged */
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n; k++)
        err = measure_shape(b, &shapes[k]);
    return err;
}

static AqErr run(AqBench *b)
{
    const int quick = aq_bench_options(b)->quick, frames = quick ? 1 : FRAMES;
    const Shape patches = linear("patches", 0, frames * GRID * GRID, EMBED, 48);
    AqErr err = measure_shape(b, &patches);

    for (int stage = quick ? 4 : 1; err == AQ_OK && stage <= 4; stage++)
        err = measure_stage(b, stage, frames);
    return err;
}

/* ---- what networks are held against: fc1 of the stage with most of the blocks ---- */

static Work peak;

AqErr aq_peak_gemm(AqMeasure *m, const AqBenchOptions *o, int threads)
{
    const Shape s =
        linear("fc1", 3, (o->quick ? 1 : FRAMES) * 14 * 14, 16 * EMBED, 4 * EMBED);

    if (peak.workers != threads) {
        aq_peak_gemm_clear();
        const AqErr err = work_begin(&peak, &s, threads);
        if (err != AQ_OK)
            return err;
    }
    *m = measure_of(&peak);
    return AQ_OK;
}

void aq_peak_gemm_clear(void)
{
    aq_free(peak.memory);
    peak = (Work){.memory = NULL};
}

const AqSubject aq_subject_gemm = {
    .name = "gemm", .about = "matrix products at Swin-B's shapes", .run = run};
