/* SPDX-License-Identifier: MIT */
/*
 * A training step of CoQo at its usual width on features of Swin-B and VGGish: forward,
 * losses, backward, clipping, AdamW. 8 videos of a minute with 4 questions each,
 * nothing missing. With --keep, the parameters and the batch go into a file, so that
 * another program can do the same step.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "model/coqo/coqo.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 90, ANSWERS = 42, LONGEST = 14 };

typedef struct Sizes {
    int B, N, T, audio, grid, visual, dim;
} Sizes;

typedef struct Step {
    Sizes s;
    AqCoqoConfig config;
    AqAnswerNet *net;
    AqNn *nn;
    AqBatch batch;
    float *features[AQ_N_MODALITIES];
    unsigned char *on;
    int *ints;
    long n;
} Step;

static const Sizes usual = {8, 4, 60, 128, 7, 1024, 512},
                   tiny = {2, 2, 4, 16, 2, 32, 32};

static size_t width(const Sizes *s, int m)
{
    return (size_t)(m == AQ_AUDIO ? s->audio : s->grid * s->grid * s->visual);
}

static AqErr make_features(Step *p)
{
    const size_t seconds = (size_t)p->s.B * (size_t)p->s.T;

    p->on = aq_alloc(seconds, 1);
    if (!p->on)
        return AQ_ERR_NOMEM;
    memset(p->on, 1, seconds);
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const size_t n = seconds * width(&p->s, m);

        p->features[m] = aq_alloc(n, sizeof *p->features[m]);
        if (!p->features[m])
            return AQ_ERR_NOMEM;
        aq_material_fill(p->features[m], n, (uint64_t)m + 1);
        p->batch.features[m] = p->features[m];
        p->batch.on[m] = p->on;
    }
    return AQ_OK;
}

static AqErr make_questions(Step *p)
{
    const int slots = p->s.B * p->s.N;
    AqRng rng = aq_rng(3, 0);
    int *at = p->ints = aq_alloc((size_t)(slots * (LONGEST + 3) + p->s.B), sizeof *at);

    if (!at)
        return AQ_ERR_NOMEM;
    int *words = at, *lengths = words + slots * LONGEST, *answers = lengths + slots,
        *texts = answers + slots, *others = texts + slots;
    for (int k = 0; k < slots; k++) {
        lengths[k] = 5 + (int)aq_rng_below(&rng, LONGEST - 4);
        answers[k] = (int)aq_rng_below(&rng, ANSWERS);
        texts[k] = k;
        for (int j = 0; j < lengths[k]; j++)
            words[k * LONGEST + j] = 2 + (int)aq_rng_below(&rng, WORDS - 2);
    }
    for (int b = 0; b < p->s.B; b++)
        others[b] = (b + 1) % p->s.B;
    p->batch.words = words;
    p->batch.lengths = lengths;
    p->batch.answers = answers;
    p->batch.text_ids = texts;
    p->batch.others = others;
    return AQ_OK;
}

static AqErr step_begin(Step *p, const Sizes *s, double dropout, AqExecutor *exec)
{
    const AqAnswerShape shape = {
        .sizes = aq_feature_sizes(s->audio, s->grid, s->grid, s->visual),
        .n_words = WORDS,
        .n_answers = ANSWERS};

    *p = (Step){.s = *s, .config = aq_coqo_config_default()};
    p->config.dim = s->dim;
    p->config.dropout = dropout;
    p->batch = (AqBatch){.n_clips = s->B,
                         .n_asks = s->B,
                         .n_slots = s->N,
                         .n_seconds = s->T,
                         .n_words = LONGEST};
    AqErr err = make_features(p);
    if (err == AQ_OK)
        err = make_questions(p);
    if (err == AQ_OK)
        err = aq_answer_net_new(&p->net, &aq_coqo, &p->config, &shape);
    if (err == AQ_OK)
        err = aq_answer_net_init(p->net, 1);
    if (err == AQ_OK)
        err = aq_params_make_trainable(p->net->params);
    if (err == AQ_OK)
        err = aq_nn_new(&p->nn, exec);
    return err;
}

static void step_clear(Step *p)
{
    aq_nn_free(&p->nn);
    aq_answer_net_free(&p->net);
    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_free(p->features[m]);
    aq_free(p->on);
    aq_free(p->ints);
}

/* As the trainer does. */
static AqErr run_step(void *ctx, int worker)
{
    const AqAdam adam = {
        .lr = 1e-4, .beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .decay = 0.05};
    Step *p = ctx;
    AqParams *ps = p->net->params;
    AqAnswerOutput y;
    AqAnswerLosses l;
    double norm;

    (void)worker;
    aq_nn_begin(p->nn, AQ_NN_TRAIN);
    aq_nn_seed(p->nn, aq_rng(1, (uint64_t)p->n));
    aq_params_zero_grad(ps);
    aq_answer_forward(p->nn, p->net, &p->batch, &y);
    aq_answer_loss(p->nn, p->net, &p->batch, &y, (const AqReal[]){0.5F, 0.5F}, &l);
    AqErr err = aq_nn_error(p->nn);
    if (err == AQ_OK)
        err = aq_nn_backward(p->nn, l.total);
    if (err == AQ_OK)
        err = aq_params_clip_grad(ps, 1.0, &norm);
    if (err != AQ_OK)
        return err;
    aq_params_adam_step(ps, &adam, ++p->n);
    aq_answer_net_settle(p->net);
    return AQ_OK;
}

/* ---- what a step costs ---- */

/* Multiply-adds of a QGT over `rows` rows in sequences of `length`: four projections,
 * attention inside, two projections and attention to the questions, feed-forward. */
static double qgt(const Step *p, double rows, double length)
{
    const double d = p->s.dim, others = p->s.N + p->config.form.tokens;

    return rows * d * (6 * d + 2 * length + 2 * others + 2 * p->config.form.ffn * d);
}

/* Products of everything that has a row a second or a cell; backward costs twice the
 * forward, but that nobody asks for the features' gradient. */
static double gflop(const Step *p)
{
    const Sizes *s = &p->s;
    const double d = s->dim, S = s->grid * s->grid, seconds = s->B * s->T,
                 cells = seconds * S, asked = seconds * s->N;
    const double in = d * (seconds * s->audio + cells * s->visual);
    const double inside = qgt(p, cells, S) + qgt(p, seconds, s->T) +
                          qgt(p, asked, s->T) + 2 * cells * s->N * d +
                          2 * 2 * asked * d * d; /* pooling; the decoders' keys */

    return 2e-9 * (2 * in + 3 * inside);
}

/* ---- for others ---- */

static AqErr keep_array(AqWeightsWriter *w, const char *name, int n_dims,
                        const int64_t *dims, const int *data)
{
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *copy = aq_alloc(n, sizeof *copy);
    for (size_t k = 0; copy && k < n; k++)
        copy[k] = (float)data[k];
    const AqErr err =
        copy ? aq_weights_writer_add_copy(w, name, n_dims, dims, copy, AQ_F32)
             : AQ_ERR_NOMEM;
    aq_free(copy);
    return err;
}

static AqErr keep_batch(const Step *p, AqWeightsWriter *w)
{
    const int64_t B = p->s.B, N = p->s.N, T = p->s.T, S = p->s.grid * p->s.grid;
    AqErr err =
        aq_weights_writer_add(w, "batch.audio", 3, (const int64_t[]){B, T, p->s.audio},
                              p->features[AQ_AUDIO], AQ_F32);

    if (err == AQ_OK)
        err = aq_weights_writer_add(w, "batch.visual", 4,
                                    (const int64_t[]){B, T, S, p->s.visual},
                                    p->features[AQ_VISUAL], AQ_F32);
    if (err == AQ_OK)
        err = keep_array(w, "batch.words", 3, (const int64_t[]){B, N, LONGEST},
                         p->batch.words);
    const struct {
        const char *name;
        const int *data;
    } rest[] = {{"batch.lengths", p->batch.lengths},
                {"batch.answers", p->batch.answers},
                {"batch.texts", p->batch.text_ids}};
    for (size_t k = 0; err == AQ_OK && k < sizeof rest / sizeof *rest; k++)
        err = keep_array(w, rest[k].name, 2, (const int64_t[]){B, N}, rest[k].data);
    if (err == AQ_OK)
        err = keep_array(w, "batch.others", 1, &B, p->batch.others);
    return err;
}

static AqErr keep(const Step *p, const char *path)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_weights_writer_new(&w);

    if (err == AQ_OK)
        err = keep_batch(p, w);
    if (err == AQ_OK)
        err = aq_params_save(p->net->params, w, "param.", AQ_F32);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    return err;
}

/* ---- */

static AqErr measure(AqBench *b, double dropout)
{
    const AqBenchOptions *o = aq_bench_options(b);
    const Sizes *s = o->quick ? &tiny : &usual;
    AqMeasure m = {.subject = "train",
                   .unit = "step",
                   .work = 1,
                   .against = AQ_PEAK_GEMM,
                   .threads = o->threads,
                   .alone = 1,
                   .run = run_step};
    Step p;

    (void)snprintf(m.name, sizeof m.name, "a step, d=%d B=%d N=%d T=%d, %s", s->dim,
                   s->B, s->N, s->T, dropout > 0 ? "as it comes" : "no dropout");
    if (!aq_bench_wants(b, m.name))
        return AQ_OK;
    AqErr err = step_begin(&p, s, dropout, aq_bench_executor(b));
    m.ctx = &p;
    m.gflop = gflop(&p);
    if (err == AQ_OK && o->keep)
        err = keep(&p, o->keep);
    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    step_clear(&p);
    return err;
}

static AqErr run(AqBench *b)
{
    const AqErr err = measure(b, 0.1);

    return err == AQ_OK ? measure(b, 0) : err;
}

const AqSubject aq_subject_train = {
    .name = "train", .about = "a training step of CoQo", .run = run};
