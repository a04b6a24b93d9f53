/* SPDX-License-Identifier: MIT */
/* The training's state: all parameters, contiguous, and the file to resume from. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/option_json.h"
#include "model/train/checkpoint.h"
#include "model/train/trainer_priv.h"

#include <string.h>

/* May differ when a training is resumed: they do not affect a step. */
static const char *const free_options[] = {"epochs", "max_minutes", "patience",
                                           "cache_mb", NULL};
/* Not even these do if questions are drawn evenly. They come last, and only where they
 * do, so that states without them resume. */
static const char *const sampling_options[] = {"sample", "sample_mix", NULL};

double aq_trainer_elapsed(const AqTrainer *t)
{
    return (double)(aq_clock_us() - t->start_us) * 1e-6;
}

/* ---- all parameters' values, contiguous ---- */

void aq_trainer_copy_out(const AqTrainer *t, AqReal *to)
{
    for (size_t k = 0; k < aq_params_n(t->params); k++) {
        const AqTensor *p = aq_params_tensor(t->params, k);
        const size_t n = aq_tensor_count(p);

        memcpy(to, p->data, n * sizeof *to);
        to += n;
    }
}

void aq_trainer_copy_in(const AqTrainer *t, const AqReal *from)
{
    for (size_t k = 0; k < aq_params_n(t->params); k++) {
        AqTensor *p = aq_params_tensor(t->params, k);
        const size_t n = aq_tensor_count(p);

        memcpy(p->data, from, n * sizeof *from);
        from += n;
    }
}

void aq_trainer_swap(const AqTrainer *t, AqReal *with)
{
    for (size_t k = 0; k < aq_params_n(t->params); k++) {
        AqTensor *p = aq_params_tensor(t->params, k);

        for (size_t j = 0; j < aq_tensor_count(p); j++) {
            const AqReal x = p->data[j];

            p->data[j] = *with;
            *with++ = x;
        }
    }
}

/* ---- resuming ---- */

static int is_among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return 1;
    return 0;
}

static int affects_a_step(const char *name)
{
    return !is_among(free_options, name) && !is_among(sampling_options, name);
}

static int affects_sampling(const char *name)
{
    return is_among(sampling_options, name);
}

/* "name=value" lines for the options that are wanted. */
static AqErr add_settings(AqTrainer *t, const AqOption *table, const void *config,
                          int (*wanted)(const char *name))
{
    AqOptionWalk w = aq_options_walk(table);
    char key[48], value[48];

    while (aq_options_next(&w)) {
        if (!wanted(aq_option_key(w.row, key, sizeof key)))
            continue;
        (void)aq_option_text(w.row, (const char *)config + w.at, value, sizeof value);
        char *more = aq_strf("%s%s=%s\n", t->settings ? t->settings : "", key, value);
        if (!more)
            return AQ_ERR_NOMEM;
        aq_free(t->settings);
        t->settings = more;
    }
    return AQ_OK;
}

/* The text tower, where one reads the questions. */
static AqErr add_tower(AqTrainer *t)
{
    AqClipTextWanted tower;
    const AqErr err = aq_clip_text_wanted(&tower, t->model->question);

    if (err != AQ_OK)
        return err;
    char *more = aq_strf("%squestion=%s\nquestion_weights=%s\n"
                         "question_vocabulary=%s\nquestion_options=%s\n",
                         t->settings ? t->settings : "", tower.encoder,
                         tower.weights_sha256, tower.vocabulary_sha256, tower.switches);
    if (!more)
        return AQ_ERR_NOMEM;
    aq_free(t->settings);
    t->settings = more;
    return AQ_OK;
}

AqErr aq_trainer_set_settings(AqTrainer *t)
{
    AqTrainOptions training;
    AqErr err =
        add_settings(t, t->job->network->options, t->job->options, affects_a_step);

    aq_train_options(&training, t->job->network);
    if (err == AQ_OK)
        err = add_settings(t, training.rows, t->how, affects_a_step);
    if (err == AQ_OK && t->how->sample != AQ_SAMPLE_EVEN)
        err = add_settings(t, training.rows, t->how, affects_sampling);
    return err == AQ_OK && t->model->question ? add_tower(t) : err;
}

static AqCheckpoint checkpoint_of(AqTrainer *t)
{
    return (AqCheckpoint){.params = t->params,
                          .best = t->best,
                          .mean = t->mean,
                          .data = &t->data,
                          .sampling = &t->sampling,
                          .n_parts = t->job->network->n_losses,
                          .settings = t->settings};
}

static AqErr write_state(AqTrainer *t)
{
    AqCheckpoint c = checkpoint_of(t);

    c.place = (AqTrainPlace){.epoch = t->at.epoch,
                             .pass = t->pass,
                             .next = (int64_t)t->next,
                             .step = t->at.step,
                             .steps_of_epoch = t->steps_of_epoch,
                             .n_asked = (int64_t)t->n_asked,
                             .n_right = (int64_t)t->n_right,
                             .best_epoch = t->best_epoch,
                             .since_best = t->since_best};
    c.scores = (AqTrainScores){.total = t->sums.total,
                               .best_accuracy = t->at.best_accuracy,
                               .best_loss = t->best_loss,
                               .val_floor = t->at.val_floor,
                               .seconds = aq_trainer_elapsed(t)};
    memcpy(c.scores.part, t->sums.part, sizeof c.scores.part);
    t->saved_at = c.scores.seconds;
    return aq_checkpoint_save(&c, t->job->last_path);
}

AqErr aq_trainer_save(AqTrainer *t, double seconds)
{
    AqErr err = AQ_OK;

    if (!t->job->last_path)
        return AQ_OK;
    if (aq_group_leads(t->group) && aq_trainer_elapsed(t) - t->saved_at >= seconds)
        err = write_state(t);
    return aq_group_agree(t->group, err);
}

AqErr aq_trainer_go_on(AqTrainer *t)
{
    AqCheckpoint c = checkpoint_of(t);
    const AqErr err = aq_checkpoint_load(&c, t->job->last_path);

    if (err != AQ_OK)
        return err;
    t->at.epoch = (int)c.place.epoch;
    t->pass = (int)c.place.pass;
    t->next = (size_t)c.place.next;
    t->at.step = (long)c.place.step;
    t->steps_of_epoch = (long)c.place.steps_of_epoch;
    t->n_asked = (size_t)c.place.n_asked;
    t->n_right = (size_t)c.place.n_right;
    t->best_epoch = (int)c.place.best_epoch;
    t->since_best = (int)c.place.since_best;
    t->sums.total = c.scores.total;
    memcpy(t->sums.part, c.scores.part, sizeof t->sums.part);
    t->at.best_accuracy = c.scores.best_accuracy;
    t->best_loss = c.scores.best_loss;
    t->at.val_floor = c.scores.val_floor;
    t->start_us -= (int64_t)(c.scores.seconds * 1e6);
    t->saved_at = c.scores.seconds;
    return AQ_OK;
}
