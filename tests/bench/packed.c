/* SPDX-License-Identifier: MIT */
/*
 * Packed products as extraction makes them: tiles of 196 rows against the weights of a
 * linear layer of Swin-B, in each precision there is.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "model/tensor/packed.h"

#include <stdio.h>
#include <string.h>

enum { ROWS = 196 };

typedef struct Layer {
    const char *what;
    int M, K;
} Layer;

typedef struct Work {
    const Layer *layer;
    AqPacked *packed;
    size_t each, scratch_bytes;
    float *memory; /* (workers, x and y) */
    unsigned char *scratch;
} Work;

static AqErr product(void *ctx, int worker)
{
    const Work *w = ctx;
    float *x = w->memory + w->each * (size_t)worker;

    return aq_packed_product(w->packed, x + (size_t)ROWS * (size_t)w->layer->K, x, ROWS,
                             NULL, w->scratch + w->scratch_bytes * (size_t)worker);
}

static AqErr begin(Work *w, const Layer *l, AqPrecision p, int workers)
{
    const size_t n = (size_t)l->M * (size_t)l->K;
    float *weights = aq_alloc(n, sizeof *weights);

    *w = (Work){.layer = l, .each = (size_t)ROWS * (size_t)(l->K + l->M)};
    w->memory = aq_alloc(w->each * (size_t)workers, sizeof *w->memory);
    if (!weights || !w->memory) {
        aq_free(weights);
        return AQ_ERR_NOMEM;
    }
    aq_material_fill(weights, n, 1);
    aq_material_fill(w->memory, w->each * (size_t)workers, 2);
    AqErr err = aq_packed_new(&w->packed, weights, l->M, l->K, p);
    if (err == AQ_OK) {
        w->scratch_bytes = aq_packed_scratch(w->packed, ROWS);
        w->scratch = aq_alloc(w->scratch_bytes * (size_t)workers, 1);
    }
    if (err == AQ_OK && !w->scratch)
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK && !aq_packed_copies(w->packed))
        err = aq_fail(AQ_ERR_UNSUPPORTED, "nothing is packed here"); /* weights go */
    aq_free(weights);
    return err;
}

static AqErr measure(AqBench *b, const Layer *l, AqPrecision p)
{
    const int threads = aq_bench_options(b)->threads;
    const double g = 2e-9 * ROWS * l->M * l->K;
    Work w = {0};
    AqMeasure m = {.subject = "packed",
                   .unit = "GFLOP",
                   .work = g,
                   .gflop = g,
                   .against = p == AQ_PRECISION_BF16 ? AQ_PEAK_BF16 : AQ_PEAK_FMA,
                   .threads = threads,
                   .run = product,
                   .ctx = &w};

    (void)snprintf(m.name, sizeof m.name, "%s, %s, %dx%dx%d", l->what,
                   aq_precision_name(p), ROWS, l->M, l->K);
    if (!aq_bench_wants(b, m.name))
        return AQ_OK;
    AqErr err = begin(&w, l, p, threads);
    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    aq_packed_free(&w.packed);
    aq_free(w.memory);
    aq_free(w.scratch);
    return err;
}

static AqErr run(AqBench *b)
{
    static const Layer layers[] = {
        {"fc1, stage 1", 512, 128},  {"fc2, stage 1", 128, 512},
        {"qkv, stage 3", 1536, 512}, {"fc1, stage 3", 2048, 512},
        {"fc2, stage 3", 512, 2048}, {"fc1, stage 4", 4096, 1024}};
    const size_t n = aq_bench_options(b)->quick ? 1 : sizeof layers / sizeof *layers;
    AqErr err = AQ_OK;

    if (strstr(aq_packed_backend(), "OpenBLAS")) {
        aq_bench_skip(b, "packed", "OpenBLAS multiplies with weights as they lie");
        return AQ_OK;
    }
    for (int p = AQ_PRECISION_F32; p <= AQ_PRECISION_BF16; p++)
        for (size_t k = 0; err == AQ_OK && k < n; k++)
            if (aq_precision_check((AqPrecision)p) == AQ_OK)
                err = measure(b, &layers[k], (AqPrecision)p);
    return err;
}

const AqSubject aq_subject_packed = {
    .name = "packed", .about = "products with packed weights", .run = run};
