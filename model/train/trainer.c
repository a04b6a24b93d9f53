/* SPDX-License-Identifier: MIT */
/*
 * The training loop. A step takes B videos with N of their questions each; N is drawn
 * for the whole step, so that the single-question case of inference is trained too.
 * Every random choice depends only on the seed and the step's number.
 */
#include "model/train/trainer_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/option_json.h"
#include "model/train/limits_fit.h"
#include "model/trained/model_from.h"
#include "model/trained/predictor.h"

#include <math.h>

#define PI 3.14159265358979

/* Streams of random numbers. */
enum { STREAM_SHUFFLE = 1, STREAM_STEP = 2 };

#define SECONDS_BETWEEN_SAVES 30

/* mean = d mean + (1 - d) now; d starts small and grows, so that the start is
 * forgotten. */
static void update_mean(const AqTrainer *t)
{
    const double rising = (1 + (double)t->at.step) / (10 + (double)t->at.step);
    const AqReal d = (AqReal)(t->how->average < rising ? t->how->average : rising);
    AqReal *mean = t->mean;

    for (size_t k = 0; k < aq_params_n(t->params); k++) {
        const AqTensor *p = aq_params_tensor(t->params, k);
        const size_t n = aq_tensor_count(p);

        for (size_t j = 0; j < n; j++)
            mean[j] = d * mean[j] + (1 - d) * p->data[j];
        mean += n;
    }
}

/* ---- the learning rate ---- */

static double scheduled_rate(const AqTrainer *t)
{
    const AqTrainConfig *h = t->how;
    const double warm =
        h->warmup > 0 ? fmin(1, (double)t->at.step / (double)h->warmup) : 1;
    double done = (double)(t->at.step - 1) / (double)t->at.steps;

    if (h->max_minutes > 0)
        done = fmax(done, aq_trainer_elapsed(t) / (60 * h->max_minutes));
    if (h->cosine)
        return warm * h->lr * 0.5 * (1 + cos(PI * fmin(1, done)));
    const int decays = h->decay_every > 0 ? (t->at.epoch - 1) / h->decay_every : 0;
    return warm * h->lr * pow(h->decay, decays);
}

/* ---- a step ---- */

static void report_train_progress(AqTrainer *t, long steps_of_epoch, int epoch_done)
{
    AqTrainProgress *p = &t->at;
    const double n = steps_of_epoch > 0 ? (double)steps_of_epoch : 1;

    p->seconds = aq_trainer_elapsed(t);
    p->losses.total = t->sums.total / n;
    for (int k = 0; k < AQ_MOST_LOSSES; k++)
        p->losses.part[k] = t->sums.part[k] / n;
    p->train_accuracy = t->n_asked ? (double)t->n_right / (double)t->n_asked : 0;
    p->epoch_done = epoch_done;
    if (t->job->progress)
        t->job->progress(t->job->ctx, p);
}

static AqErr run_train_step(AqTrainer *t, const size_t *videos, int n)
{
    AqRng rng = aq_rng(t->how->seed, aq_mix64((uint64_t)++t->at.step) + STREAM_STEP);

    t->at.lr = scheduled_rate(t);
    AqErr err = AQ_OK;
    if (t->group && t->how->max_minutes > 0) /* clocks differ */
        err = t->group->broadcast(t->group, 0, &t->at.lr, sizeof t->at.lr);
    if (err == AQ_OK)
        err = aq_trainer_step(t, videos, n, rng);
    if (err != AQ_OK)
        return aq_err_prefix(err, "training step %ld", t->at.step);
    if (t->mean)
        update_mean(t);
    return AQ_OK;
}

/* Decides whether to end now (*end). The last validation has to fit in the time limit.
 */
static AqErr look_at_the_clock(AqTrainer *t, int *end)
{
    if (t->job->stop && t->job->stop(t->job->ctx))
        t->stopped = 1;
    if (t->how->max_minutes > 0 &&
        aq_trainer_elapsed(t) + t->val_seconds >= 60 * t->how->max_minutes)
        t->out_of_time = 1;
    AqErr err = aq_group_any(t->group, &t->stopped);
    if (err == AQ_OK)
        err = aq_group_any(t->group, &t->out_of_time);
    *end = t->stopped || t->out_of_time;
    return err;
}

/* ---- validation and the best state ---- */

static AqErr describe_training(AqTrainer *t)
{
    char *options, *text;
    AqTrainOptions table;

    aq_train_options(&table, t->job->network);
    const AqErr err = aq_options_to_json(table.rows, "training", t->how, &options);
    if (err != AQ_OK)
        return err;
    text = aq_strf("{\"options\": %s, \"epochs\": %d, \"steps\": %ld, "
                   "\"best_epoch\": %d, \"val_accuracy\": %.9g, \"val_floor\": %.9g}",
                   options, t->at.epoch - (t->steps_of_epoch == 0), t->at.step,
                   t->best_epoch, t->best_epoch ? t->at.best_accuracy : 0,
                   t->best_epoch ? t->at.val_floor : 0);
    aq_free(options);
    if (!text)
        return AQ_ERR_NOMEM;
    aq_free(t->model->training);
    t->model->training = text;
    return AQ_OK;
}

/* Writes the model file; the leader only. */
static AqErr save_trained_model(AqTrainer *t)
{
    AqErr err = describe_training(t);

    if (err == AQ_OK && t->job->out_path && aq_group_leads(t->group))
        err = aq_model_save(t->model, t->job->out_path);
    return aq_group_agree(t->group, err);
}

/* By accuracy, and at equal accuracy by loss; counts by loss. */
static int is_best_state(const AqTrainer *t)
{
    const AqTrainProgress *p = &t->at;
    const int counts = t->model->shape.task == AQ_TASK_COUNT;

    return t->best_epoch == 0 || (!counts && p->val_accuracy > p->best_accuracy) ||
           ((counts || p->val_accuracy >= p->best_accuracy) &&
            p->val_loss < t->best_loss);
}

/* Evaluates the validation split with the current parameters. */
static AqErr evaluate_validation(AqTrainer *t)
{
    const double before = aq_trainer_elapsed(t);
    AqMetrics metrics;
    AqErr err = aq_predictor_evaluate(t->predictor, &t->val, &metrics, NULL,
                                      &t->at.val_loss, t->job->stop, t->job->ctx);

    if (t->group)
        err = aq_trainer_add_up(t, err, &metrics);
    if (err != AQ_OK)
        return err;
    t->val_seconds = aq_trainer_elapsed(t) - before;
    t->at.val_accuracy = aq_count_accuracy(&metrics.overall);
    t->at.val_floor = aq_count_floor(&metrics.overall);
    t->at.is_best = is_best_state(t);
    t->since_best = t->at.is_best ? 0 : t->since_best + 1;
    if (!t->at.is_best)
        return AQ_OK;
    t->best_epoch = t->at.epoch;
    t->at.best_accuracy = t->at.val_accuracy;
    t->best_loss = t->at.val_loss;
    aq_trainer_copy_out(t, t->best);
    return save_trained_model(t);
}

static AqErr validate_epoch(AqTrainer *t)
{
    if (!t->job->val)
        return AQ_OK;
    if (t->mean)
        aq_trainer_swap(t, t->mean);
    AqErr err = evaluate_validation(t);
    if (t->mean)
        aq_trainer_swap(t, t->mean);
    if (err == AQ_ERR_CANCELLED) {
        t->stopped = 1;
        err = AQ_OK;
    }
    return err;
}

/* ---- epochs ---- */

static AqErr order_videos(AqTrainer *t, int pass)
{
    const uint64_t which = (uint64_t)t->at.epoch << 16 | (uint64_t)pass;
    AqRng rng = aq_rng(t->how->seed, aq_mix64(which) + STREAM_SHUFFLE);

    for (size_t k = 0; k < t->data.n_videos; k++)
        t->walk[k] = k;
    aq_rng_shuffle(&rng, t->walk, t->data.n_videos);
    return t->alike.print ? aq_alike_arrange(&t->alike, t->walk) : AQ_OK;
}

/* The rest of this epoch's passes, from t->pass and t->next on. */
static AqErr run_epoch_passes(AqTrainer *t)
{
    const size_t n = t->data.n_videos, batch = (size_t)t->how->batch;
    AqErr err = AQ_OK;

    for (; t->pass < t->how->passes; t->pass++, t->next = 0) {
        if ((err = order_videos(t, t->pass)) != AQ_OK)
            return err;
        while (t->next < n) {
            const size_t left = n - t->next;
            int end;

            err = run_train_step(t, t->walk + t->next,
                                 (int)(left < batch ? left : batch));
            if (err != AQ_OK)
                return err;
            t->next += batch;
            report_train_progress(t, ++t->steps_of_epoch, 0);
            if ((err = look_at_the_clock(t, &end)) != AQ_OK || end)
                return err;
        }
    }
    return AQ_OK;
}

static AqErr run_train_epoch(AqTrainer *t)
{
    t->at.is_best = 0;
    AqErr err = aq_trainer_spread(t);
    if (err == AQ_OK)
        err = run_epoch_passes(t);
    if (err == AQ_OK && !t->stopped)
        err = validate_epoch(t);
    if (err == AQ_OK && !t->stopped)
        report_train_progress(t, t->steps_of_epoch, 1);
    return err;
}

static void start_train_epoch(AqTrainer *t, int number)
{
    t->at.epoch = number;
    t->sums = (AqTrainLosses){0};
    t->n_asked = t->n_right = 0;
    t->pass = 0;
    t->next = 0;
    t->steps_of_epoch = 0;
}

static int out_of_patience(const AqTrainer *t)
{
    return t->how->patience > 0 && t->since_best >= t->how->patience;
}

static AqErr all_epochs(AqTrainer *t)
{
    AqErr err = AQ_OK;

    while (err == AQ_OK && t->at.epoch <= t->how->epochs && !out_of_patience(t)) {
        err = run_train_epoch(t);
        if (err != AQ_OK || t->stopped || t->out_of_time)
            break; /* in the middle of it */
        start_train_epoch(t, t->at.epoch + 1);
        err = aq_trainer_save(t, SECONDS_BETWEEN_SAVES);
    }
    return err == AQ_OK ? aq_trainer_save(t, 0) : err;
}

/* ---- putting it together ---- */

static AqErr cached_load(void *ctx, size_t clip, AqClipFeatures *out)
{
    return aq_train_data_load(ctx, clip, out);
}

static void cached_release(void *ctx, size_t clip, AqClipFeatures *f)
{
    aq_train_data_release(ctx, clip, f);
}

static AqErr open_data(AqTrainer *t)
{
    const AqTrainJob *job = t->job;
    const size_t most = (size_t)t->how->cache_mb << 20;
    AqErr err = aq_train_data_open(&t->data, job->train, t->model, most);

    if (err == AQ_OK)
        err = aq_train_data_statistics(&t->data, t->model);
    if (err == AQ_OK)
        err = aq_sampling_open(&t->sampling, &t->data, (AqSampleBy)t->how->sample,
                               t->how->sample_mix);
    if (err == AQ_OK && t->how->negatives == AQ_NEGATIVES_HARD)
        err = aq_alike_open(&t->alike, &t->data, t->model);
    if (err != AQ_OK || !job->val)
        return err;
    err = aq_model_fits(t->model, &job->val->sizes);
    if (err == AQ_OK)
        err = aq_train_data_open(&t->val_data, job->val, t->model,
                                 most - t->data.cache_bytes);
    if (err != AQ_OK)
        return err;
    t->val = *job->val;
    t->val.ctx = &t->val_data;
    t->val.load = cached_load;
    t->val.release = cached_release;
    return t->group ? aq_trainer_share_val(t) : AQ_OK;
}

static AqErr make_buffers(AqTrainer *t)
{
    const size_t batch = (size_t)t->how->batch, questions = (size_t)t->how->questions;
    const size_t n = aq_params_count(t->params);

    t->clips = aq_alloc(batch, sizeof *t->clips);
    t->walk = aq_alloc(t->data.n_videos, sizeof *t->walk);
    t->drawn = aq_alloc(batch * questions, sizeof *t->drawn);
    t->n_drawn = aq_alloc(batch, sizeof *t->n_drawn);
    t->ids = aq_alloc((size_t)t->model->net->reads.max_words, sizeof *t->ids);
    t->logits = aq_alloc((size_t)aq_model_most_answers(t->model), sizeof *t->logits);
    if (t->sampling.n > 0 && !(t->cost = aq_alloc(batch * questions, sizeof *t->cost)))
        return AQ_ERR_NOMEM;
    if (t->job->val && !(t->best = aq_alloc(n, sizeof *t->best)))
        return AQ_ERR_NOMEM;
    if (t->how->average > 0 && !(t->mean = aq_alloc(n, sizeof *t->mean)))
        return AQ_ERR_NOMEM;
    if (!t->clips || !t->walk || !t->drawn || !t->n_drawn || !t->ids || !t->logits)
        return AQ_ERR_NOMEM;
    if (t->mean)
        aq_trainer_copy_out(t, t->mean);
    return AQ_OK;
}

static AqErr begin_from(AqTrainer *t)
{
    AqModel *from = NULL;
    AqErr err = aq_model_load(&from, t->job->from_path);

    if (err == AQ_OK && (err = aq_model_take(t->model, from)) != AQ_OK)
        err = aq_err_prefix(err, "%s", t->job->from_path);
    aq_model_free(&from);
    return err;
}

static AqErr trainer_open(AqTrainer *t)
{
    const AqTrainJob *job = t->job;
    AqErr err = aq_model_new_reading(&t->model, job->network, job->options, job->train,
                                     t->how->seed, job->tower);

    if (err != AQ_OK)
        return err;
    t->model->half = t->how->half;
    if (job->extractors) {
        aq_free(t->model->extractors);
        if (!(t->model->extractors = aq_strdup(job->extractors)))
            return AQ_ERR_NOMEM;
    }
    t->params = t->model->net->params;
    if ((err = aq_params_make_trainable(t->params)) != AQ_OK ||
        (err = aq_nn_new(&t->nn, job->exec)) != AQ_OK ||
        (err = aq_predictor_new(&t->predictor, t->model, job->exec)) != AQ_OK ||
        (err = open_data(t)) != AQ_OK ||
        (job->from_path && (err = begin_from(t)) != AQ_OK) ||
        (err = make_buffers(t)) != AQ_OK)
        return err;
    const size_t batch = (size_t)t->how->batch;
    const long a_pass = (long)((t->data.n_videos + batch - 1) / batch);
    t->at = (AqTrainProgress){.epochs = t->how->epochs,
                              .steps = a_pass * t->how->passes * t->how->epochs,
                              .val_accuracy = (double)NAN,
                              .val_loss = (double)NAN,
                              .val_floor = (double)NAN};
    start_train_epoch(t, 1);
    err = aq_trainer_set_settings(t);
    if (err == AQ_OK && job->resume)
        err = aq_trainer_go_on(t);
    return err == AQ_OK && t->group ? aq_trainer_open_group(t) : err;
}

static void trainer_close(AqTrainer *t)
{
    aq_predictor_free(&t->predictor);
    aq_nn_free(&t->nn);
    aq_model_free(&t->model);
    if (t->data.set)
        aq_train_data_close(&t->data);
    if (t->val_data.set)
        aq_train_data_close(&t->val_data);
    aq_sampling_close(&t->sampling);
    aq_alike_close(&t->alike);
    aq_batch_clear(&t->maker);
    aq_free(t->clips);
    aq_free(t->walk);
    aq_free(t->drawn);
    aq_free(t->n_drawn);
    aq_free(t->logits);
    aq_free(t->cost);
    aq_free(t->ids);
    aq_free(t->best);
    aq_free(t->mean);
    aq_free(t->settings);
    aq_trainer_close_group(t);
}

/* Fits the final model's limits; the leader only. Skipped if training was stopped: it
 * should end at once, and may be resumed. */
static AqErr fit_limits(AqTrainer *t)
{
    const AqTrainJob *job = t->job;
    const AqLimitsJob limits = {.train = job->train,
                                .held_out = job->val,
                                .exec = job->exec,
                                .stop = job->stop,
                                .ctx = job->ctx};
    AqErr err = AQ_OK;

    if (t->stopped)
        return AQ_OK;
    if (aq_group_leads(t->group))
        err = aq_limits_fit(t->model, &limits);
    if (err == AQ_ERR_CANCELLED) {
        t->stopped = 1;
        err = AQ_OK;
    }
    err = aq_group_agree(t->group, err);
    return err == AQ_OK ? aq_group_any(t->group, &t->stopped) : err;
}

/* Copies the best state into the model, or the last (its running mean) if none was
 * validated. */
static AqErr settle_best_state(AqTrainer *t)
{
    if (t->best_epoch > 0)
        aq_trainer_copy_in(t, t->best);
    else if (t->mean)
        aq_trainer_copy_in(t, t->mean);
    const AqErr err = fit_limits(t);
    return err == AQ_OK ? save_trained_model(t) : err;
}

static void summarise_training(const AqTrainer *t, AqTrainSummary *s)
{
    const int begun = t->steps_of_epoch > 0; /* else `epoch` is the next one's number */

    *s = (AqTrainSummary){.epochs = t->at.epoch - !begun,
                          .steps = t->at.step,
                          .best_epoch = t->best_epoch,
                          .best_accuracy = t->at.best_accuracy,
                          .best_loss = t->best_loss,
                          .val_floor = t->at.val_floor,
                          .seconds = aq_trainer_elapsed(t),
                          .waited = (double)t->waited_us / 1e6,
                          .losses = t->at.losses,
                          .stopped = t->stopped,
                          .out_of_time = t->out_of_time};
}

AqErr aq_train(AqModel **out, AqTrainSummary *summary, const AqTrainJob *job)
{
    AqTrainer t = {.job = job, .how = job->how, .start_us = aq_clock_us()};

    *out = NULL;
    *summary = (AqTrainSummary){0};
    if (job->group && job->group->n > 1)
        t.group = job->group;
    AqErr err = aq_group_agree(t.group, trainer_open(&t));
    if (err == AQ_OK)
        err = aq_trainer_match(&t);
    if (err == AQ_OK)
        err = all_epochs(&t);
    if (err == AQ_OK)
        err = settle_best_state(&t);
    if (err == AQ_OK) {
        summarise_training(&t, summary);
        *out = t.model;
        t.model = NULL;
    }
    trainer_close(&t);
    return err;
}
