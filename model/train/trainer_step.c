/* SPDX-License-Identifier: MIT */
/*
 * One training step: drawing and preparing videos and questions, forward, losses,
 * backward, Adam. Every process of a group draws the whole batch; features are loaded
 * only by the process that computes with them (trainer_group.c).
 */
#include "model/train/trainer_priv.h"

#include "base/fs/fs.h"
#include "model/trained/model_tower.h"

/* ---- a batch ---- */

/* Loads the clips of videos[0..n) into t->clips. */
static AqErr load_clips(AqTrainer *t, const size_t *videos, int n, int *n_loaded)
{
    const int64_t from_us = aq_clock_us();

    for (*n_loaded = 0; *n_loaded < n; ++*n_loaded) {
        const AqErr err = aq_train_data_load(
            &t->data, t->data.videos[videos[*n_loaded]].clip, &t->clips[*n_loaded]);
        if (err != AQ_OK)
            return err;
    }
    t->waited_us += aq_clock_us() - from_us;
    return AQ_OK;
}

/* Announces what this process needs for the next step of this pass. */
static void announce_next_videos(const AqTrainer *t)
{
    const size_t batch = (size_t)t->how->batch, from = t->next + batch;
    const size_t left = from < t->data.n_videos ? t->data.n_videos - from : 0;
    int first;
    const int n = aq_group_part(t->group, (int)(left < batch ? left : batch), &first);

    aq_train_data_ahead(&t->data, t->walk + from + first, n);
}

/* Replaces some words with <unk>, so that unknown words get a meaning. What a question
 * is about is never dropped: "is the <unk> louder than the violin?" has no answer; nor
 * is a choice. */
static void put_row(AqTrainer *t, size_t row, int n, AqRng *rng)
{
    const int *ids = t->data.ids + row * (size_t)t->data.max_words;

    for (int k = 0; k < t->data.n_words[row]; k++) {
        const int drop = k < n && aq_rng_uniform(rng) < t->how->word_dropout;

        t->ids[k] =
            drop && !aq_model_names_word(t->model, ids[k]) ? AQ_VOCAB_UNK : ids[k];
    }
}

/* Puts question number `of` of the ask into slots from `slot` on, a row each; returns
 * the next slot. The candidates of a question lack the same of its words. */
static int put_question(AqTrainer *t, int ask, int of, int slot, size_t which,
                        AqRng *rng)
{
    const AqTrainData *d = &t->data;
    const int chooses = t->model->shape.task == AQ_TASK_CHOICE;
    const AqRng before = *rng;

    for (size_t r = d->first_row[which]; r < d->first_row[which + 1]; r++, slot++) {
        int answer = d->answer[which];

        *rng = before;
        put_row(t, r, chooses ? d->asked[r] : d->n_words[r], rng);
        if (chooses && answer >= 0)
            answer = r - d->first_row[which] == (size_t)answer;
        else if (t->model->shape.task == AQ_TASK_COUNT && answer >= 0)
            answer += AQ_COUNT_LEAST;
        aq_batch_question(&t->maker, ask, slot, t->ids, d->n_words[r], answer,
                          d->text[which]);
        if (chooses)
            aq_batch_candidate(&t->maker, ask, slot, of, d->asked[r]);
    }
    return slot;
}

/* The rows of video b's drawn questions. */
static int count_drawn_rows(const AqTrainer *t, int b)
{
    const size_t *first = t->data.first_row;
    size_t rows = 0;

    for (int k = 0; k < t->n_drawn[b]; k++) {
        const size_t which = t->drawn[b * t->how->questions + k];

        rows += first[which + 1] - first[which];
    }
    return (int)rows;
}

/* Draws the questions of `n` videos; returns the most rows that any of them has. */
static int draw_video_questions(AqTrainer *t, const size_t *videos, int n, AqRng *rng)
{
    const int most = t->how->questions;
    const int want =
        t->how->vary_questions ? 1 + (int)aq_rng_below(rng, (unsigned)most) : most;
    int slots = 1;

    for (int b = 0; b < n; b++) {
        t->n_drawn[b] =
            aq_sampling_draw(&t->sampling, &t->data, &t->data.videos[videos[b]], rng,
                             want, t->drawn + (size_t)b * most);
        const int rows = count_drawn_rows(t, b);
        slots = rows > slots ? rows : slots;
    }
    return slots;
}

static void put_questions(AqTrainer *t, int n, AqRng *rng)
{
    for (int b = 0; b < n; b++) {
        for (int k = 0, slot = 0; k < t->n_drawn[b]; k++)
            slot =
                put_question(t, b, k, slot, t->drawn[b * t->how->questions + k], rng);
        if (t->how->vary_seen && t->n_drawn[b] > 1)
            aq_batch_see(&t->maker, b,
                         1 + (int)aq_rng_below(rng, (unsigned)t->n_drawn[b]),
                         t->n_drawn[b], rng);
        if (n > 1)
            t->maker.others[b] = (b + 1 + (int)aq_rng_below(rng, (unsigned)n - 1)) % n;
    }
    aq_batch_end(&t->maker);
}

/* Prepares a batch of `n` videos, of which this process holds its part. */
static AqErr make_batch(AqTrainer *t, const size_t *videos, int n, AqRng *rng)
{
    const int slots = draw_video_questions(t, videos, n, rng);
    int first, loaded;
    const int held = aq_group_part(t->group, n, &first);
    AqErr err = load_clips(t, videos + first, held, &loaded);

    t->part = (AqBatchPart){.first = first, .n = held};
    if (t->group)
        err = aq_trainer_tell(t, err, n);
    if (err == AQ_OK)
        err = t->group ? aq_batch_begin_part(&t->maker, t->model, t->clips, n, slots,
                                             &t->part)
                       : aq_batch_begin(&t->maker, t->model, t->clips, n, n, slots);
    if (err == AQ_OK)
        put_questions(t, n, rng);
    for (int k = 0; k < loaded; k++)
        aq_train_data_release(&t->data, t->data.videos[videos[first + k]].clip,
                              &t->clips[k]);
    return err;
}

/* ---- a step ---- */

/* Computes this batch's gradients in this process alone. */
static AqErr compute_own_gradients(AqTrainer *t, AqRng rng)
{
    AqAnswerOutput y;

    aq_nn_begin(t->nn, AQ_NN_TRAIN);
    aq_nn_seed(t->nn, rng);
    aq_answer_forward(t->nn, t->model->net, &t->maker.batch, &y);
    return aq_trainer_learn_losses(t, t->nn, &y);
}

static AqErr update_params(AqTrainer *t, AqRng rng)
{
    const AqTrainConfig *h = t->how;
    const AqAdam adam = {.lr = t->at.lr,
                         .beta1 = h->adam_beta1,
                         .beta2 = h->adam_beta2,
                         .eps = 1e-8,
                         .decay = h->weight_decay};
    double norm;

    aq_params_zero_grad(t->params);
    AqErr err = t->group ? aq_trainer_gradients(t, rng) : compute_own_gradients(t, rng);
    if (err == AQ_OK)
        err = aq_params_clip_grad(t->params, h->clip, &norm);
    if (err != AQ_OK)
        return err;
    aq_params_adam_step(t->params, &adam, t->at.step);
    aq_answer_net_settle(t->model->net);
    return AQ_OK;
}

/* Tells the sampling what the questions of n videos cost. */
static AqErr learn_sampling(AqTrainer *t, int n)
{
    const AqErr err = aq_trainer_share_cost(t);

    for (int b = 0; err == AQ_OK && b < n; b++)
        for (int k = 0; k < t->n_drawn[b]; k++) {
            const size_t at = (size_t)b * (size_t)t->how->questions + (size_t)k;

            if (t->data.answer[t->drawn[at]] >= 0)
                aq_sampling_learn(&t->sampling, t->drawn[at], t->cost[at]);
        }
    return err;
}

AqErr aq_trainer_step(AqTrainer *t, const size_t *videos, int n, AqRng rng)
{
    AqErr err = make_batch(t, videos, n, &rng);

    announce_next_videos(t);
    err = aq_group_agree(t->group, err);
    if (err == AQ_OK)
        err = update_params(t, rng);
    return err == AQ_OK && t->cost ? learn_sampling(t, n) : err;
}
