/* SPDX-License-Identifier: MIT */
/*
 * The vector kernels of each level that this processor has, on rows that stay in the
 * first cache. Held against memory: over 100 % memory would be the limit outside of the
 * caches, and a faster kernel would not help there.
 */
#include "tests/bench/bench.h"

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
    return err;
}

const AqSubject aq_subject_kernels = {
    .name = "kernels", .about = "vector kernels of each level", .run = run};
