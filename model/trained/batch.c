/* SPDX-License-Identifier: MIT */
/* Standardising happens here, once, for training and for questions. */
#include "model/trained/batch.h"

#include "base/alloc.h"
#include "model/data/changes.h"

#include <math.h>
#include <string.h>

/* A standardised value beyond this is a fault in the clip and must not drown the rest.
 */
#define FAR_OUT 8.0f

void aq_batch_clear(AqBatchMaker *b)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        aq_free(b->features[m]);
        aq_free(b->on[m]);
    }
    aq_free(b->changes);
    aq_free(b->scratch);
    aq_free(b->ints);
    *b = (AqBatchMaker){0};
}

/* Makes *p hold n values; its contents are lost. */
static AqErr reserve_batch_array(void **p, size_t *room, size_t n, size_t size)
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

static AqErr standardise_clip_rows(float *to, const float *from, size_t n_rows,
                                   size_t dim, const float *mean, const float *inv_std)
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

/* One feature's part of a clip's rows: where it is in a row, and in a batch. */
typedef struct BatchPlace {
    size_t cells, dim;    /* of a second */
    size_t row;           /* values of a second of all features */
    size_t from, channel; /* where it begins in a row, and in the statistics */
    size_t to;            /* where the clip's first second is in the batch */
} BatchPlace;

/* The k-th clip's feature j of the stream. */
static BatchPlace batch_place(const AqBatchMaker *b, const AqModel *m, AqModality which,
                              int j, int k)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;
    const AqFeatureShape *s = &sizes->of[which][j];
    const AqFeaturePlace before = aq_feature_place(sizes, which, j);
    const size_t T = (size_t)b->batch.n_seconds;
    BatchPlace y = {.cells = (size_t)s->h * (size_t)s->w,
                    .dim = (size_t)s->dim,
                    .row = (size_t)aq_feature_total(sizes, which).values,
                    .from = (size_t)before.values,
                    .channel = (size_t)before.channels};

    y.to = T * ((size_t)b->n_held * y.from + (size_t)k * y.cells * y.dim);
    return y;
}

/* What changes in feature j of a clip's pictures, from the rows `all`, to its place. */
static void lay_feature_changes(AqBatchMaker *b, const AqModel *m, int j, int k,
                                const AqClipFeatures *f, const float *all)
{
    const BatchPlace p = batch_place(b, m, AQ_VISUAL, j, k);
    const float *by = m->inv_std[AQ_VISUAL] + p.channel;
    float *to = b->changes + p.to;

    for (int t = 0; t < aq_batch_seconds(m, f); t++) {
        const float *from = all + (size_t)t * p.row + p.from;
        const int on = !f->visual_present || f->visual_present[t];

        for (size_t i = 0; i < p.cells * p.dim; i++) {
            const float x = on ? from[i] * by[i % p.dim] : 0;

            *to++ = x > FAR_OUT ? FAR_OUT : x;
        }
    }
}

/* What changes in a clip's pictures, to its place. */
static AqErr lay_changes(AqBatchMaker *b, const AqModel *m, int k,
                         const AqClipFeatures *f)
{
    const size_t row = (size_t)aq_feature_total(&m->shape.sizes, AQ_VISUAL).values;
    const int T = aq_batch_seconds(m, f);
    const float *all = f->visual_change;

    if (!all) {
        const AqErr err = reserve_batch_array((void **)&b->scratch, &b->room_scratch,
                                              (size_t)T * row + 1, sizeof *b->scratch);

        if (err != AQ_OK)
            return err;
        aq_clip_changes(b->scratch, f, T, row);
        all = b->scratch;
    }
    for (int j = 0; j < m->shape.sizes.n[AQ_VISUAL]; j++)
        lay_feature_changes(b, m, j, k, f, all);
    return AQ_OK;
}

/* The features of a second, of the stream's rows `data`. */
static AqErr lay_second(AqBatchMaker *b, const AqModel *m, AqModality which, int k,
                        int t, const float *data)
{
    AqErr err = AQ_OK;

    for (int j = 0; err == AQ_OK && j < m->shape.sizes.n[which]; j++) {
        const BatchPlace p = batch_place(b, m, which, j, k);

        err = standardise_clip_rows(
            b->features[which] + p.to + (size_t)t * p.cells * p.dim,
            data + (size_t)t * p.row + p.from, p.cells, p.dim,
            m->mean[which] + p.channel, m->inv_std[which] + p.channel);
    }
    return err;
}

/* Copies one clip's stream to its place, already zeroed: the batch holds features of
 * clips from `first` on, and this is the k-th of them. */
static AqErr lay_clip_stream(AqBatchMaker *b, const AqModel *m, AqModality which,
                             int first, int k, const AqClipFeatures *f)
{
    const float *data = which == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = which == AQ_AUDIO ? f->audio_present : f->visual_present;
    const int T = b->batch.n_seconds;

    for (int t = 0; data && t < T && t < f->n_seconds; t++) {
        const size_t at = (size_t)k * (size_t)T + (size_t)t;

        if (on && !on[t])
            continue;
        if (lay_second(b, m, which, k, t, data) != AQ_OK)
            return aq_fail(
                AQ_ERR_NUMERIC,
                "the %s feature of second %d is not a finite number: extract "
                "the clip's features again",
                aq_modality_name(which), t);
        b->on[which][(size_t)first * (size_t)T + at] = 1;
        b->batch.features[which] = b->features[which];
    }
    return AQ_OK;
}

/* `n_held`: clips whose features are held here. */
static AqErr reserve_batch(AqBatchMaker *b, const AqModel *m, int n_held)
{
    const AqBatch *y = &b->batch;
    const size_t seconds = (size_t)y->n_clips * (size_t)y->n_seconds;
    const size_t held = (size_t)n_held * (size_t)y->n_seconds;
    const size_t slots = (size_t)y->n_asks * (size_t)y->n_slots;
    AqErr err = AQ_OK;

    b->n_held = n_held;
    for (int k = 0; err == AQ_OK && k < AQ_N_MODALITIES; k++) {
        const size_t n =
            held * (size_t)aq_feature_total(&m->shape.sizes, (AqModality)k).values;

        err = reserve_batch_array((void **)&b->features[k], &b->room_features[k], n + 1,
                                  sizeof(float));
        if (err == AQ_OK)
            err = reserve_batch_array((void **)&b->on[k], &b->room_on[k], seconds, 1);
        if (err == AQ_OK)
            memset(b->features[k], 0, n * sizeof(float));
        if (err == AQ_OK)
            memset(b->on[k], 0, seconds);
    }
    if (err == AQ_OK && m->net->reads.changes) {
        const size_t n =
            held * (size_t)aq_feature_total(&m->shape.sizes, AQ_VISUAL).values;

        err = reserve_batch_array((void **)&b->changes, &b->room_changes, n + 1,
                                  sizeof(float));
        if (err == AQ_OK)
            memset(b->changes, 0, n * sizeof(float));
    }
    const size_t n = slots * ((size_t)y->n_words + 6) + 2 * (size_t)y->n_asks;
    if (err == AQ_OK)
        err = reserve_batch_array((void **)&b->ints, &b->room_ints, n, sizeof(int));
    if (err == AQ_OK)
        memset(b->ints, 0, n * sizeof(int));
    return err;
}

int aq_batch_seconds(const AqModel *m, const AqClipFeatures *f)
{
    return f->n_seconds < m->net->reads.max_seconds ? f->n_seconds
                                                    : m->net->reads.max_seconds;
}

int aq_batch_streams(const AqModel *m, const AqClipFeatures *f, AqModality which)
{
    const float *data = which == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = which == AQ_AUDIO ? f->audio_present : f->visual_present;

    for (int t = 0; data && t < aq_batch_seconds(m, f); t++)
        if (!on || on[t])
            return 1;
    return 0;
}

/* Allocates the integers of all asks; none is filled in yet. */
static void set_out(AqBatchMaker *b, const AqModel *m)
{
    AqBatch *y = &b->batch;
    const size_t slots = (size_t)y->n_asks * (size_t)y->n_slots;

    b->words = b->ints;
    b->lengths = b->words + slots * (size_t)y->n_words;
    b->answers = b->lengths + slots;
    b->text_ids = b->answers + slots;
    b->seen = b->text_ids + slots;
    b->candidate_of = b->seen + slots;
    b->asked = b->candidate_of + slots;
    b->clip_of = b->asked + slots;
    b->others = b->clip_of + y->n_asks;
    for (size_t k = 0; k < slots; k++) {
        b->answers[k] = -1;
        b->seen[k] = 1;
    }
    for (int k = 0; k < y->n_asks; k++)
        b->others[k] = -1;
    y->words = b->words;
    y->rows = m->bank ? aq_text_bank_rows(m->bank) : NULL;
    y->lengths = b->lengths;
    y->answers = b->answers;
    y->text_ids = b->text_ids;
    y->others = b->others;
    if (m->shape.task == AQ_TASK_CHOICE) {
        y->candidate_of = b->candidate_of;
        y->asked = b->asked;
    }
    for (int which = 0; which < AQ_N_MODALITIES; which++)
        y->on[which] = b->on[which];
}

/* Clip k of the list becomes clip first + k. */
static AqErr lay_all(AqBatchMaker *b, const AqModel *m, const AqClipFeatures *clips,
                     int first, int n)
{
    AqErr err = AQ_OK;

    for (int k = 0; k < n; k++) {
        for (int which = 0; err == AQ_OK && which < AQ_N_MODALITIES; which++)
            err = lay_clip_stream(b, m, (AqModality)which, first, k, &clips[k]);
        if (err == AQ_OK && m->net->reads.changes && clips[k].visual)
            err = lay_changes(b, m, k, &clips[k]);
    }
    if (m->net->reads.changes && b->batch.features[AQ_VISUAL])
        b->batch.changes = b->changes;
    return err;
}

AqErr aq_batch_begin(AqBatchMaker *b, const AqModel *m, const AqClipFeatures *clips,
                     int n_clips, int n_asks, int n_slots)
{
    int T = 1;

    for (int k = 0; k < n_clips; k++)
        T = aq_batch_seconds(m, &clips[k]) > T ? aq_batch_seconds(m, &clips[k]) : T;
    b->batch = (AqBatch){.n_clips = n_clips,
                         .n_asks = n_asks,
                         .n_slots = n_slots,
                         .n_seconds = T,
                         .n_words = m->net->reads.max_words};
    const AqErr err = reserve_batch(b, m, n_clips);
    if (err != AQ_OK)
        return err;
    set_out(b, m);
    return lay_all(b, m, clips, 0, n_clips);
}

/* For other processes' clips the losses need only know whether a stream is present at
 * all: the first second says so. */
static void mark_others(AqBatchMaker *b, const AqBatchPart *part)
{
    AqBatch *y = &b->batch;

    for (int which = 0; which < AQ_N_MODALITIES; which++)
        for (int c = 0; c < y->n_clips; c++) {
            if (!part->has[which][c])
                continue;
            y->features[which] = b->features[which];
            if (c < part->first || c >= part->first + part->n)
                b->on[which][(size_t)c * (size_t)y->n_seconds] = 1;
        }
}

AqErr aq_batch_begin_part(AqBatchMaker *b, const AqModel *m,
                          const AqClipFeatures *clips, int n_clips, int n_slots,
                          const AqBatchPart *part)
{
    b->batch = (AqBatch){.n_clips = n_clips,
                         .n_asks = n_clips,
                         .n_slots = n_slots,
                         .n_seconds = part->n_seconds > 1 ? part->n_seconds : 1,
                         .n_words = m->net->reads.max_words};
    const AqErr err = reserve_batch(b, m, part->n);
    if (err != AQ_OK)
        return err;
    set_out(b, m);
    mark_others(b, part);
    return lay_all(b, m, clips, part->first, part->n);
}

AqBatch aq_batch_of_part(const AqBatchMaker *b, const AqBatchPart *part)
{
    AqBatch y = b->batch;
    const int slot = part->first * y.n_slots;

    y.n_clips = y.n_asks = part->n;
    y.words += (size_t)slot * (size_t)y.n_words;
    y.lengths += slot;
    y.answers += slot;
    y.text_ids += slot;
    y.seen = y.seen ? y.seen + slot : NULL;
    y.candidate_of = y.candidate_of ? y.candidate_of + slot : NULL;
    y.asked = y.asked ? y.asked + slot : NULL;
    y.others = NULL; /* they may be outside the part */
    for (int which = 0; which < AQ_N_MODALITIES; which++)
        y.on[which] += (size_t)part->first * y.n_seconds;
    return y;
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

void aq_batch_candidate(AqBatchMaker *b, int ask, int slot, int of, int asked)
{
    const int at = ask * b->batch.n_slots + slot;

    b->candidate_of[at] = of;
    b->asked[at] = asked < b->lengths[at] ? asked : b->lengths[at];
}

/* Marks the slots of the ask's question k. */
static void see_question(AqBatchMaker *b, int ask, int k, int is_seen)
{
    const int N = b->batch.n_slots;

    for (int slot = 0; slot < N; slot++) {
        const int at = ask * N + slot;

        if ((b->batch.candidate_of ? b->candidate_of[at] : slot) == k)
            b->seen[at] = is_seen;
    }
}

void aq_batch_see(AqBatchMaker *b, int ask, int n, int of, AqRng *rng)
{
    for (int k = 0, left = n; k < of; k++) { /* each set of n alike (Knuth's S) */
        const int is_seen = (int)aq_rng_below(rng, (unsigned)(of - k)) < left;

        see_question(b, ask, k, is_seen);
        left -= is_seen;
    }
    b->batch.seen = b->seen;
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
