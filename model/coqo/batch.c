/* SPDX-License-Identifier: MIT */
/* Standardising happens here, once, for training and for questions. */
#include "model/coqo/batch.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* A standardised value further out than this is a fault of the clip's; it must not
 * drown the rest. */
#define FAR_OUT 8.0f

void aq_batch_clear(AqBatchMaker *b)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        aq_free(b->features[m]);
        aq_free(b->on[m]);
    }
    aq_free(b->ints);
    *b = (AqBatchMaker){0};
}

/* Makes *p hold n values; what it held is lost. */
static AqErr grow(void **p, size_t *room, size_t n, size_t size)
{
    if (n <= *room)
        return AQ_OK;
    void *more = aq_alloc(n, size);
    if (!more)
        return AQ_ERR_NOMEM;
    aq_free(*p);
    *p = more;
    *room = n;
    return AQ_OK;
}

static AqErr standardise(float *to, const float *from, size_t n_rows, size_t dim,
                         const float *mean, const float *inv_std)
{
    for (size_t r = 0; r < n_rows; r++)
        for (size_t k = 0; k < dim; k++) {
            const float x = (from[r * dim + k] - mean[k]) * inv_std[k];

            if (!isfinite(from[r * dim + k]))
                return AQ_ERR_NUMERIC;
            to[r * dim + k] = x > FAR_OUT ? FAR_OUT : x < -FAR_OUT ? -FAR_OUT : x;
        }
    return AQ_OK;
}

/* One clip's stream into its place of the batch, which is zeroed already. */
static AqErr lay(AqBatchMaker *b, const AqCoqoModel *m, AqModality which, int clip,
                 const AqClipFeatures *f)
{
    const float *data = which == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = which == AQ_AUDIO ? f->audio_present : f->visual_present;
    const size_t dim =
        (size_t)(which == AQ_AUDIO ? m->shape.audio_dim : m->shape.visual_dim);
    const size_t rows =
        which == AQ_AUDIO ? 1 : (size_t)m->shape.grid_h * (size_t)m->shape.grid_w;
    const int T = b->batch.n_seconds;

    for (int t = 0; data && t < T && t < f->n_seconds; t++) {
        const size_t at = (size_t)clip * (size_t)T + (size_t)t;

        if (on && !on[t])
            continue;
        if (standardise(b->features[which] + at * rows * dim,
                        data + (size_t)t * rows * dim, rows, dim, m->mean[which],
                        m->inv_std[which]) != AQ_OK)
            return aq_fail(
                AQ_ERR_NUMERIC,
                "the %s feature of second %d is not a finite number: extract "
                "the clip's features again",
                aq_modality_name(which), t);
        b->on[which][at] = 1;
        b->batch.features[which] = b->features[which];
    }
    return AQ_OK;
}

static AqErr make_room(AqBatchMaker *b, const AqCoqoModel *m)
{
    const AqCoqoBatch *y = &b->batch;
    const size_t seconds = (size_t)y->n_clips * (size_t)y->n_seconds;
    const size_t slots = (size_t)y->n_asks * (size_t)y->n_slots;
    const size_t width[AQ_N_MODALITIES] = {
        (size_t)m->shape.audio_dim, (size_t)m->shape.grid_h * (size_t)m->shape.grid_w *
                                        (size_t)m->shape.visual_dim};
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        err = grow((void **)&b->features[k], &b->room_features[k], seconds * width[k],
                   sizeof(float));
        if (err == AQ_OK)
            err = grow((void **)&b->on[k], &b->room_on[k], seconds, 1);
        if (err == AQ_OK && seconds * width[k] > 0)
            memset(b->features[k], 0, seconds * width[k] * sizeof(float));
        if (err == AQ_OK)
            memset(b->on[k], 0, seconds);
    }
    const size_t n = slots * ((size_t)y->n_words + 3) + 2 * (size_t)y->n_asks;
    if (err == AQ_OK)
        err = grow((void **)&b->ints, &b->room_ints, n, sizeof(int));
    if (err == AQ_OK)
        memset(b->ints, 0, n * sizeof(int));
    return err;
}

AqErr aq_batch_begin(AqBatchMaker *b, const AqCoqoModel *m, const AqClipFeatures *clips,
                     int n_clips, int n_asks, int n_slots)
{
    int T = 1;

    for (int k = 0; k < n_clips; k++)
        T = clips[k].n_seconds > T ? clips[k].n_seconds : T;
    if (T > m->config.max_seconds)
        T = m->config.max_seconds;
    b->batch = (AqCoqoBatch){.n_clips = n_clips,
                             .n_asks = n_asks,
                             .n_slots = n_slots,
                             .n_seconds = T,
                             .n_words = m->config.max_words};
    AqErr err = make_room(b, m);
    if (err != AQ_OK)
        return err;
    const size_t slots = (size_t)n_asks * (size_t)n_slots;
    b->words = b->ints;
    b->lengths = b->words + slots * (size_t)m->config.max_words;
    b->answers = b->lengths + slots;
    b->text_ids = b->answers + slots;
    b->clip_of = b->text_ids + slots;
    b->others = b->clip_of + n_asks;
    for (size_t k = 0; k < slots; k++)
        b->answers[k] = -1;
    for (int k = 0; k < n_asks; k++)
        b->others[k] = -1;
    for (int k = 0; k < n_clips; k++)
        for (int which = 0; which < AQ_N_MODALITIES; which++) {
            err = lay(b, m, (AqModality)which, k, &clips[k]);
            if (err != AQ_OK)
                return err;
        }
    b->batch.words = b->words;
    b->batch.lengths = b->lengths;
    b->batch.answers = b->answers;
    b->batch.text_ids = b->text_ids;
    b->batch.others = b->others;
    for (int which = 0; which < AQ_N_MODALITIES; which++)
        b->batch.on[which] = b->on[which];
    return AQ_OK;
}

void aq_batch_question(AqBatchMaker *b, int ask, int slot, const int *ids, int n_words,
                       int answer, int text_id)
{
    const int at = ask * b->batch.n_slots + slot;
    const int n = n_words < b->batch.n_words ? n_words : b->batch.n_words;

    memcpy(b->words + (size_t)at * (size_t)b->batch.n_words, ids,
           (size_t)n * sizeof *ids);
    b->lengths[at] = n;
    b->answers[at] = answer;
    b->text_ids[at] = text_id;
}

void aq_batch_end(AqBatchMaker *b)
{
    const int slots = b->batch.n_asks * b->batch.n_slots, was = b->batch.n_words;
    int now = 1;

    for (int k = 0; k < slots; k++)
        now = b->lengths[k] > now ? b->lengths[k] : now;
    for (int k = 0; k < slots; k++)
        memmove(b->words + (size_t)k * (size_t)now, b->words + (size_t)k * (size_t)was,
                (size_t)now * sizeof *b->words);
    b->batch.n_words = now;
}

void aq_batch_one_clip(AqBatchMaker *b)
{
    for (int k = 0; k < b->batch.n_asks; k++)
        b->clip_of[k] = 0;
    b->batch.clip_of = b->clip_of;
}
