/* SPDX-License-Identifier: MIT */
/*
 * The vector kernels of each level that this processor has, on rows that stay in the
 * first cache. Held against memory: over 100 % memory would be the limit outside of the
 * caches, and a faster kernel would not help there. And one head of attention, as
 * networks have it, held against multiply-adds.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "model/tensor/kernels.h"

#include <stdio.h>

enum { N = 2048 };

typedef struct Rows {
    const AqKernels *k;
    _Alignas(64) float x[N], y[N], z[N], more[N];
    float mean, rstd;
} Rows;

#define MAP(name)                                                                      \
    static void run_##name(Rows *r)                                                    \
    {                                                                                  \
        r->k->name(r->y, r->x, N);                                                     \
    }
MAP(gelu)
MAP(quick_gelu)
MAP(tanh)
MAP(sigmoid)
MAP(exp)
MAP(softmax)

static void run_gelu_back(Rows *r)
{
    r->k->gelu_back(r->y, r->x, r->z, N);
}

static void run_layernorm(Rows *r)
{
    r->k->layernorm(r->y, r->x, r->z, r->more, 1e-5f, N, &r->mean, &r->rstd);
}

static void run_add(Rows *r)
{
    r->k->add(r->y, r->z, N);
}

static void run_add_relu(Rows *r)
{
    r->k->add_relu(r->y, r->z, N);
}

static void run_axpy(Rows *r)
{
    r->k->axpy(r->y, 1e-6f, r->x, N);
}

static void run_dot(Rows *r)
{
    r->mean += r->k->dot(r->x, r->z, N);
}

static const struct {
    const char *name;
    void (*run)(Rows *r);
    int arrays; /* read or written */
} kernels[] = {{"gelu", run_gelu, 2},
               {"gelu_back", run_gelu_back, 4},
               {"quick_gelu", run_quick_gelu, 2},
               {"tanh", run_tanh, 2},
               {"sigmoid", run_sigmoid, 2},
               {"exp", run_exp, 2},
               {"softmax", run_softmax, 2},
               {"layernorm", run_layernorm, 4},
               {"add", run_add, 3},
               {"add_relu", run_add_relu, 3},
               {"axpy", run_axpy, 3},
               {"dot", run_dot, 2}};

typedef struct Call {
    Rows *rows;
    void (*run)(Rows *r);
} Call;

static AqErr run_call(void *ctx, int worker)
{
    const Call *c = ctx;

    (void)worker;
    c->run(c->rows);
    return AQ_OK;
}

/* *base: values a second of the portable one, once it is known. */
static AqErr measure(AqBench *b, size_t at, AqCpuLevel level, Rows *rows, double *base)
{
    Call call = {rows, kernels[at].run};
    AqMeasure m = {.subject = "kernels",
                   .unit = "Gvalue",
                   .work = N / 1e9,
                   .gbytes = (double)kernels[at].arrays * N * sizeof(float) / 1e9,
                   .against = AQ_PEAK_MEMORY,
                   .threads = 1,
                   .run = run_call,
                   .ctx = &call,
                   .base = *base,
                   .base_name = "portable"};
    AqResult x;

    rows->k = aq_kernels_of(level);
    if (!rows->k)
        return AQ_OK;
    (void)snprintf(m.name, sizeof m.name, "%s, %s", kernels[at].name,
                   aq_cpu_level_name(level));
    const AqErr err = aq_bench_measure(b, &m, &x);
    if (level == AQ_CPU_PORTABLE)
        *base = x.rate.median;
    return err;
}

/* ---- a head ---- */

static const struct {
    const char *of;
    int n, hs, D;
} heads[] = {{"Swin-B's third stage", 49, 32, 512},
             {"CLIP B/32", 50, 64, 768},
             {"CLIP L/14", 257, 64, 1024},
             {"InternVideo2-1B, 4 pictures", 1025, 88, 1408},
             {"InternVideo2-S, 8 pictures", 2049, 64, 384}};
enum { N_HEADS = sizeof heads / sizeof *heads };

typedef struct HeadCall {
    const AqKernels *k;
    AqHeadJob job;
    float *memory; /* qkv, y, scratch */
    int *rows;
} HeadCall;

static AqErr run_head(void *ctx, int worker)
{
    const HeadCall *c = ctx;

    (void)worker;
    c->k->head(&c->job);
    return AQ_OK;
}

static AqErr head_begin(HeadCall *c, size_t at)
{
    const size_t n = (size_t)heads[at].n, D = (size_t)heads[at].D,
                 hs = (size_t)heads[at].hs;

    c->memory = aq_alloc(n * 4 * D + aq_head_scratch((int)n, (int)hs), sizeof(float));
    c->rows = aq_alloc(n, sizeof *c->rows);
    if (!c->memory || !c->rows)
        return AQ_ERR_NOMEM;
    aq_material_fill(c->memory, n * 3 * D, 1);
    for (size_t k = 0; k < n; k++)
        c->rows[k] = (int)k;
    c->job = (AqHeadJob){.qkv = c->memory,
                         .y = c->memory + n * 3 * D,
                         .scratch = c->memory + n * 4 * D,
                         .rows = c->rows,
                         .n = (int)n,
                         .D = (int)D,
                         .hs = (int)hs,
                         .scale = 0.125f};
    return AQ_OK;
}

static AqErr measure_head(AqBench *b, size_t at, AqCpuLevel level)
{
    HeadCall c = {.k = aq_kernels_of(level)};
    AqErr err = c.k ? head_begin(&c, at) : AQ_OK;
    const double g = 4e-9 * heads[at].n * heads[at].n * heads[at].hs;
    AqMeasure m = {.subject = "kernels",
                   .unit = "GFLOP",
                   .work = g,
                   .gflop = g,
                   .against = AQ_PEAK_FMA,
                   .threads = 1,
                   .run = run_head,
                   .ctx = &c};

    (void)snprintf(m.name, sizeof m.name, "head, %s, %s", heads[at].of,
                   aq_cpu_level_name(level));
    if (err == AQ_OK && c.k)
        err = aq_bench_measure(b, &m, NULL);
    aq_free(c.memory);
    aq_free(c.rows);
    return err;
}

/* ---- */

static AqErr run(AqBench *b)
{
    static Rows rows;
    AqErr err = AQ_OK;

    aq_material_fill(rows.x, N, 1);
    aq_material_fill(rows.z, N, 2);
    aq_material_fill(rows.more, N, 3);
    for (size_t k = 0; err == AQ_OK && k < sizeof kernels / sizeof *kernels; k++) {
        double base = 0;

        for (int l = 0; err == AQ_OK && l <= (int)aq_cpu_level(); l++)
            err = measure(b, k, (AqCpuLevel)l, &rows, &base);
    }
    for (size_t k = 0; err == AQ_OK && k < N_HEADS; k++)
        for (int l = 0; err == AQ_OK && l <= (int)aq_cpu_level(); l++)
            err = measure_head(b, k, (AqCpuLevel)l);
    return err;
}

const AqSubject aq_subject_kernels = {
    .name = "kernels", .about = "vector kernels of each level", .run = run};
