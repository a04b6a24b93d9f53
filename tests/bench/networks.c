/* SPDX-License-Identifier: MIT */
/*
 * Each network as `ingest` runs it: so many workers, each with a batch of its own and
 * one thread inside. Held against aq_gemm on as many threads, measured in between.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "extract/networks/extractor.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    "vggish",         "yamnet",         "swin_nano",
    "swin_b",         "swin_l",         "swin_b_384",
    "clip_vit_b32",   "clip_vit_l14",   "clip_vit_l14_336",
    "resnet18",       "resnet34",       "resnet50",
    "internvideo2_s", "internvideo2_b", "resnext101_3d",
    "r2plus1d_18",    "sight"};
static const char *const small[] = {"vggish_nano", "swin_nano"};

typedef struct Net {
    const AqExtractor *x;
    AqExtractorFacts facts;
    int workers;
    AqNn **nn;       /* (workers) */
    float *in, *out; /* (workers, batch, dims) */
} Net;

/* As ingest opens it. */
static AqErr open_network(AqExtractor **x, const char *name, const AqBenchOptions *o,
                          AqPrecision precision)
{
    AqErr err = aq_extractor_open(x, name, o->weights, NULL);

    return err == AQ_OK ? aq_extractor_freeze(*x, precision) : err;
}

static AqErr run_batch(void *ctx, int worker)
{
    const Net *n = ctx;
    const size_t batch = (size_t)n->facts.batch * (size_t)worker;

    return aq_extractor_run(
        n->x, n->nn[worker], n->in + batch * aq_extractor_values(n->facts.input.dims),
        n->facts.batch, n->out + batch * aq_extractor_values(n->facts.out_dims));
}

static AqErr net_begin(Net *n, const AqExtractor *x, int workers)
{
    *n = (Net){.x = x, .facts = aq_extractor_facts(x), .workers = workers};
    const size_t seconds = (size_t)workers * (size_t)n->facts.batch;
    const size_t n_in = seconds * aq_extractor_values(n->facts.input.dims);
    AqErr err = AQ_OK;

    n->nn = aq_alloc((size_t)workers, sizeof(AqNn *));
    n->in = aq_alloc(n_in, sizeof *n->in);
    n->out = aq_alloc(seconds * aq_extractor_values(n->facts.out_dims), sizeof *n->out);
    if (!n->nn || !n->in || !n->out)
        return AQ_ERR_NOMEM;
    aq_material_fill(n->in, n_in, 1);
    for (int k = 0; err == AQ_OK && k < workers; k++)
        err = aq_nn_new(&n->nn[k], NULL);
    return err;
}

static void net_clear(Net *n)
{
    for (int k = 0; n->nn && k < n->workers; k++)
        aq_nn_free(&n->nn[k]);
    aq_free(n->nn);
    aq_free(n->in);
    aq_free(n->out);
}

static AqErr measure(AqBench *b, const AqExtractor *x)
{
    Net n;
    AqErr err = net_begin(&n, x, aq_bench_options(b)->threads);
    AqMeasure m = {.subject = "networks",
                   .unit = n.facts.modality == AQ_AUDIO ||
                                   aq_rows_pictures(n.facts.input.plan) > 1
                               ? "second"
                               : "frame",
                   .work = n.facts.batch,
                   .gflop = n.facts.gflop * n.facts.batch,
                   .against = AQ_PEAK_GEMM,
                   .threads = n.workers,
                   .run = run_batch,
                   .ctx = &n};

    (void)snprintf(m.name, sizeof m.name, "%s, %s, batches of %d", n.facts.name,
                   n.facts.precision, n.facts.batch);
    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    net_clear(&n);
    return err;
}

static AqErr measure_named(AqBench *b, const char *name, AqPrecision precision)
{
    AqExtractor *x = NULL;
    char full[64]; /* as measure() begins to write it */

    (void)snprintf(full, sizeof full, "%s, %s, batches of", name,
                   aq_precision_name(precision));
    if (!aq_bench_wants(b, full))
        return AQ_OK;
    AqErr err = open_network(&x, name, aq_bench_options(b), precision);
    if (err == AQ_OK)
        err = measure(b, x);
    aq_extractor_close(&x);
    return err;
}

/* In every precision that this machine has. */
static AqErr run(AqBench *b)
{
    const int quick = aq_bench_options(b)->quick;
    const char *const *list = quick ? small : names;
    const size_t n =
        quick ? sizeof small / sizeof *small : sizeof names / sizeof *names;
    const int has_bf16 = aq_precision_check(AQ_PRECISION_BF16) == AQ_OK;
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < n; k++) {
        err = measure_named(b, list[k], AQ_PRECISION_F32);
        if (err == AQ_OK && has_bf16)
            err = measure_named(b, list[k], AQ_PRECISION_BF16);
    }
    return err;
}

const AqSubject aq_subject_networks = {
    .name = "networks", .about = "the extractors, batches on all threads", .run = run};
