/* SPDX-License-Identifier: MIT */
#include "extract/pretrain/pretrain.h"

#include "base/alloc.h"
#include "extract/input/logmel.h"
#include "extract/pretrain/augment.h"
#include "extract/pretrain/rate.h"
#include "extract/pretrain/state.h"

#include <math.h>
#include <string.h>

#define CLIP_NORM 1.0
#define WARM_UP   40 /* steps */

typedef struct Pretrainer {
    const AqPretrainJob *job;
    const AqPretrainSet *set;
    AqExtractor *x;
    AqExtractorFacts facts;
    AqParams *head;
    AqTensor *w, *b; /* (targets,C), (targets) */
    AqNn *nn;
    float *in;               /* (batch, input.dims) */
    AqReal *target, *weight; /* (batch, bands, targets) */
    AqReal *bands;           /* (bands, cells): each row takes a mean */
    size_t *train, *val;     /* inputs */
    size_t n_train, n_val, each, labels;
    long steps_each, steps_done; /* of an epoch; of this one */
    double sum;                  /* sum of its losses */
    AqPretrainProgress at;
    AqPretrainState state;
} Pretrainer;

static AqErr declare_head(Pretrainer *p)
{
    const int C = p->facts.out_dims[2];
    const AqParamSpec w = {.name = "head.weight",
                           .n_dims = 2,
                           .dims = {p->set->targets, C},
                           .init = AQ_INIT_XAVIER,
                           .scale = 1};
    const AqParamSpec b = {.name = "head.bias",
                           .n_dims = 1,
                           .dims = {p->set->targets},
                           .init = AQ_INIT_ZERO,
                           .no_decay = 1};
    AqErr err = aq_params_new(&p->head);

    if (err == AQ_OK)
        err = aq_params_add(p->head, &w, &p->w);
    if (err == AQ_OK)
        err = aq_params_add(p->head, &b, &p->b);
    if (err == AQ_OK)
        err = aq_params_init(p->head, p->job->how->seed);
    return err == AQ_OK ? aq_params_make_trainable(p->head) : err;
}

/* Each cell belongs to the band that contains its middle. */
static void fill_bands(Pretrainer *p)
{
    const int h = p->facts.out_dims[0], w = p->facts.out_dims[1], n = p->set->bands;

    for (int band = 0; band < n; band++) {
        AqReal *row = p->bands + (size_t)band * (size_t)(h * w);
        int cells = 0;

        for (int k = 0; k < h * w; k++) {
            row[k] = (2 * (k % w) + 1) * n / (2 * w) == band;
            cells += row[k] > 0;
        }
        for (int k = 0; k < h * w; k++)
            row[k] /= (AqReal)(cells > 0 ? cells : 1);
    }
}

static void split_train_val(Pretrainer *p)
{
    for (size_t k = 0; k < p->set->n; k++)
        if (p->set->val[k])
            p->val[p->n_val++] = k;
        else
            p->train[p->n_train++] = k;
}

static AqErr open_all(Pretrainer *p)
{
    const size_t batch = (size_t)p->job->how->batch;
    const int *out = p->facts.out_dims;

    p->each = aq_extractor_values(p->facts.input.dims);
    p->labels = (size_t)p->set->bands * (size_t)p->set->targets;
    p->in = aq_alloc(batch * p->each, sizeof *p->in);
    p->target = aq_alloc(batch * p->labels, sizeof *p->target);
    p->weight = aq_alloc(batch * p->labels, sizeof *p->weight);
    p->bands = aq_alloc((size_t)p->set->bands * (size_t)out[0] * (size_t)out[1],
                        sizeof *p->bands);
    p->train = aq_alloc(p->set->n, sizeof *p->train);
    p->val = aq_alloc(p->set->n, sizeof *p->val);
    if (!p->in || !p->target || !p->weight || !p->bands || !p->train || !p->val)
        return AQ_ERR_NOMEM;
    fill_bands(p);
    split_train_val(p);
    if (p->n_train == 0)
        return aq_fail(AQ_ERR_USAGE, "there is nothing to train %s on", p->facts.name);
    AqErr err = aq_extractor_make_trainable(p->x);
    if (err == AQ_OK)
        err = declare_head(p);
    return err == AQ_OK ? aq_nn_new(&p->nn, p->job->exec) : err;
}

/* Copies n inputs, their targets and weights together. */
static void gather_inputs(Pretrainer *p, const size_t *which, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const size_t from = which[k] * p->labels, to = k * p->labels;

        memcpy(p->in + k * p->each, p->set->in[which[k]], p->each * sizeof *p->in);
        for (size_t j = 0; j < p->labels; j++) {
            p->target[to + j] = (AqReal)p->set->target[from + j];
            p->weight[to + j] = (AqReal)p->set->weight[from + j];
        }
    }
}

/* Adds part of another input and its targets to input k: a sound mixed in, or one
 * vertical band. */
static void mix_other_input(Pretrainer *p, size_t k, AqRng *rng)
{
    const size_t other = p->train[aq_rng_below(rng, (unsigned)p->n_train)];
    const int size = p->facts.input.dims[1], bands = p->set->bands, n = p->set->targets;
    const float *in = p->set->in[other], *target = p->set->target + other * p->labels,
                *weight = p->set->weight + other * p->labels;
    float *x = p->in + k * p->each;
    AqReal *t = p->target + k * p->labels, *w = p->weight + k * p->labels;

    if (p->facts.modality == AQ_AUDIO) {
        aq_augment_mix_sound(x, in, (int)p->each, aq_logmel_offset(&p->facts.input));
        aq_augment_mix_truth(t, w, target, weight, n / p->set->group, p->set->group);
        return;
    }
    const int band = (int)aq_rng_below(rng, (unsigned)bands);
    aq_augment_paste_band(x, in, size, band, bands);
    memcpy(t + (size_t)band * n, target + (size_t)band * n, (size_t)n * sizeof *t);
    memcpy(w + (size_t)band * n, weight + (size_t)band * n, (size_t)n * sizeof *w);
}

/* Augments the batch, drawing from the seed and the step. */
static void augment_batch(Pretrainer *p, size_t n)
{
    const double strength = p->job->how->augment;
    const int *in = p->facts.input.dims;
    AqRng rng = aq_rng(p->job->how->seed, aq_mix64((uint64_t)p->at.step) + 1);

    for (size_t k = 0; strength > 0 && k < n; k++) {
        float *x = p->in + k * p->each;

        if (aq_rng_uniform(&rng) < 0.5 * strength)
            mix_other_input(p, k, &rng);
        if (p->facts.modality == AQ_AUDIO) {
            aq_augment_sound(x, in[0], in[1], aq_logmel_offset(&p->facts.input), &rng,
                             strength);
            continue;
        }
        aq_augment_picture(x, in[1], &rng, strength);
        if (aq_rng_below(&rng, 2) == 0)
            continue;
        aq_augment_flip_picture(x, in[1]);
        aq_augment_flip_bands(p->target + k * p->labels, p->set->bands,
                              p->set->targets);
        aq_augment_flip_bands(p->weight + k * p->labels, p->set->bands,
                              p->set->targets);
    }
}

/* The logits of n gathered inputs, (n, bands, targets). */
static AqTensor *forward_batch(Pretrainer *p, int n)
{
    const int *in = p->facts.input.dims, *out = p->facts.out_dims;
    const int cells = out[0] * out[1], B = p->set->bands;
    AqTensor *x = aq_nn_input(p->nn, AQ_DIMS(n, in[0], in[1], in[2]), p->in);
    AqTensor *means = aq_nn_tensor(p->nn, AQ_DIMS(n, B, cells));

    x = aq_extractor_forward(p->x, p->nn, x);
    if (!x || !means)
        return NULL;
    for (int k = 0; k < n; k++)
        memcpy(means->data + (size_t)k * (size_t)(B * cells), p->bands,
               (size_t)(B * cells) * sizeof *p->bands);
    x = aq_matmul(p->nn, means, aq_reshape(p->nn, x, AQ_DIMS(n, cells, out[2])), 0);
    return aq_linear(p->nn, x, p->w, p->b, AQ_ACT_NONE);
}

static AqTensor *pretrain_loss(Pretrainer *p, AqTensor *logits, int n)
{
    if (!logits)
        return NULL;
    AqTensor *flat = aq_reshape(p->nn, logits, AQ_DIMS(n * (int)p->labels));
    return aq_bce(p->nn, flat, p->target, p->weight);
}

static AqErr clip_and_update(Pretrainer *p, AqParams *ps)
{
    const AqAdam adam = {.lr =
                             aq_pretrain_rate(p->job->how->lr, WARM_UP,
                                              (double)p->at.step, (double)p->at.steps),
                         .beta1 = 0.9,
                         .beta2 = 0.999,
                         .eps = 1e-8,
                         .decay = p->job->how->weight_decay};
    double norm;
    const AqErr err = aq_params_clip_grad(ps, CLIP_NORM, &norm);

    if (err == AQ_OK)
        aq_params_adam_step(ps, &adam, p->at.step);
    return err;
}

static AqErr take_pretrain_step(Pretrainer *p, const size_t *which, size_t n,
                                double *loss)
{
    p->at.step++;
    gather_inputs(p, which, n);
    augment_batch(p, n);
    aq_nn_begin(p->nn, AQ_NN_TRAIN);
    aq_params_zero_grad(p->head);
    aq_params_zero_grad(aq_extractor_params(p->x));
    AqTensor *l = pretrain_loss(p, forward_batch(p, (int)n), (int)n);
    AqErr err = aq_nn_error(p->nn);
    if (err == AQ_OK)
        err = aq_nn_backward(p->nn, l);
    if (err == AQ_OK)
        err = clip_and_update(p, p->head);
    if (err == AQ_OK)
        err = clip_and_update(p, aq_extractor_params(p->x));
    if (err != AQ_OK)
        return aq_err_prefix(err, "pretraining %s, step %ld", p->facts.name,
                             p->at.step);
    *loss = (double)l->data[0];
    return AQ_OK;
}

/* ---- validation ---- */

typedef struct Tally {
    double loss, known;
    double right, total;
    double *ones, *all; /* (labels) for the floor */
} Tally;

static void tally_predictions(const Pretrainer *p, Tally *t, const AqTensor *logits,
                              size_t n)
{
    for (size_t k = 0; k < n * p->labels; k++) {
        const int yes = p->target[k] > AQ_R(0.5);

        if (p->weight[k] <= 0)
            continue;
        t->right += (logits->data[k] > 0) == yes;
        t->total += 1;
        t->ones[k % p->labels] += yes;
        t->all[k % p->labels] += 1;
    }
}

static int has_to_stop(const Pretrainer *p)
{
    return p->job->stop && p->job->stop(p->job->ctx);
}

static AqErr score_validation_set(Pretrainer *p, Tally *t)
{
    const size_t batch = (size_t)p->job->how->batch;

    for (size_t k = 0; k < p->n_val; k += batch) {
        const size_t n = p->n_val - k < batch ? p->n_val - k : batch;

        if (has_to_stop(p))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
        gather_inputs(p, p->val + k, n);
        aq_nn_begin(p->nn, AQ_NN_EVAL); /* recorded, so nothing kept is reused */
        AqTensor *y = forward_batch(p, (int)n), *l = pretrain_loss(p, y, (int)n);
        if (!l)
            return aq_nn_error(p->nn);
        tally_predictions(p, t, y, n);
        t->loss += (double)l->data[0] * (double)n;
        t->known += (double)n;
    }
    return AQ_OK;
}

static AqErr validate_pretraining(Pretrainer *p)
{
    Tally t = {.ones = aq_alloc(p->labels, sizeof(double)),
               .all = aq_alloc(p->labels, sizeof(double))};
    AqErr err = t.ones && t.all ? score_validation_set(p, &t) : AQ_ERR_NOMEM;
    double floor_ = 0;

    for (size_t k = 0; err == AQ_OK && k < p->labels; k++)
        floor_ += fmax(t.ones[k], t.all[k] - t.ones[k]);
    if (err == AQ_OK && t.total > 0) {
        p->at.val_loss = t.loss / t.known;
        p->at.val_accuracy = t.right / t.total;
        p->at.val_floor = floor_ / t.total;
    }
    aq_free(t.ones);
    aq_free(t.all);
    return err;
}

/* ---- epochs ---- */

static void report_pretraining(Pretrainer *p, int done)
{
    p->at.loss = p->steps_done > 0 ? p->sum / (double)p->steps_done : 0;
    p->at.epoch_done = done;
    if (p->job->progress)
        p->job->progress(p->job->ctx, &p->at);
}

/* Each epoch shuffles the previous epoch's order. */
static void begin_pretrain_epoch(Pretrainer *p, int number)
{
    AqRng rng = aq_rng(p->job->how->seed, aq_mix64((uint64_t)number));

    aq_rng_shuffle(&rng, p->train, p->n_train);
    p->at.epoch = number;
    p->steps_done = 0;
    p->sum = 0;
}

/* Runs the remaining steps of this epoch. */
static AqErr run_epoch_steps(Pretrainer *p)
{
    const size_t batch = (size_t)p->job->how->batch;

    for (size_t k = (size_t)p->steps_done * batch; k < p->n_train; k += batch) {
        const size_t some = p->n_train - k < batch ? p->n_train - k : batch;
        double loss = 0;
        const AqErr err = take_pretrain_step(p, p->train + k, some, &loss);

        if (err != AQ_OK)
            return err;
        p->sum += loss;
        p->steps_done++;
        report_pretraining(p, 0);
        if (has_to_stop(p))
            return aq_fail(AQ_ERR_CANCELLED, "stopped");
    }
    return AQ_OK;
}

static AqErr run_pretrain_epoch(Pretrainer *p)
{
    AqErr err = run_epoch_steps(p);

    if (p->job->last_path && (err == AQ_OK || err == AQ_ERR_CANCELLED)) {
        p->state.step = p->at.step;
        p->state.sum = p->sum;
        const AqErr kept = aq_pretrain_state_save(&p->state, p->job->last_path);
        err = kept == AQ_OK ? err : kept;
    }
    if (err == AQ_OK)
        err = validate_pretraining(p);
    if (err == AQ_OK)
        report_pretraining(p, 1);
    return err;
}

/* ---- putting it together ---- */

static AqErr resume_pretraining(Pretrainer *p)
{
    const AqErr err = aq_pretrain_state_load(&p->state, p->job->last_path, p->at.steps);

    if (err != AQ_OK)
        return err;
    const long before = ((long)p->state.step - 1) / p->steps_each; /* whole epochs */
    for (int e = 2; e <= before + 1; e++)
        begin_pretrain_epoch(p, e);
    p->at.step = (long)p->state.step;
    p->steps_done = p->at.step - before * p->steps_each;
    p->sum = p->state.sum;
    return AQ_OK;
}

/* Starts at the first step, or where training was left. */
static AqErr begin_pretraining(Pretrainer *p)
{
    const size_t batch = (size_t)p->job->how->batch;
    AqErr err = open_all(p);

    if (err != AQ_OK)
        return err;
    p->at.val_loss = p->at.val_accuracy = p->at.val_floor = (double)NAN;
    p->steps_each = (long)((p->n_train + batch - 1) / batch);
    p->at.steps = p->steps_each * p->job->how->epochs;
    begin_pretrain_epoch(p, 1);
    if (!p->job->last_path)
        return AQ_OK;
    p->state.net = aq_extractor_params(p->x);
    p->state.head = p->head;
    err = aq_pretrain_state_init(&p->state, p->job, &p->facts);
    return err == AQ_OK && p->job->resume ? resume_pretraining(p) : err;
}

AqErr aq_pretrain(AqExtractor *x, const AqPretrainJob *job)
{
    Pretrainer p = {
        .job = job, .set = job->set, .x = x, .facts = aq_extractor_facts(x)};
    AqErr err = begin_pretraining(&p);

    while (err == AQ_OK && p.at.epoch <= job->how->epochs) {
        err = run_pretrain_epoch(&p);
        begin_pretrain_epoch(&p, p.at.epoch + 1);
    }
    aq_pretrain_state_clear(&p.state);
    aq_nn_free(&p.nn);
    aq_params_free(&p.head);
    aq_free(p.in);
    aq_free(p.target);
    aq_free(p.weight);
    aq_free(p.bands);
    aq_free(p.train);
    aq_free(p.val);
    return err;
}
