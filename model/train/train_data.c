/* SPDX-License-Identifier: MIT */
/* See the header. Statistics are summed in double precision, clip by clip, in the order
 * of the clips, so that they are the same in every run. */
#include "model/train/train_data.h"

#include "base/alloc.h"
#include "base/modality.h"
#include "model/question/tokenise.h"
#include "model/trained/model_tower.h"

#include <math.h>
#include <string.h>

#define TEXT_BYTES 1024

/* ---- questions ---- */

/* Numbers the distinct texts: equal numbers for equal words. */
static AqErr number_texts(AqTrainData *d)
{
    const size_t n = d->set->n_questions;
    const char **texts = aq_alloc(n, sizeof *texts);
    char *normal = aq_alloc(n, TEXT_BYTES);
    AqStrings set = {0};
    AqErr err = AQ_ERR_NOMEM;

    for (size_t k = 0; texts && normal && k < n; k++)
        texts[k] = aq_tokenise_normal(d->set->questions[k].text,
                                      normal + k * TEXT_BYTES, TEXT_BYTES);
    if (texts && normal)
        err = aq_strings_collect(&set, texts, n, 1);
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        d->text[k] = aq_strings_find(&set, texts[k]);
    aq_strings_clear(&set);
    aq_free(normal);
    aq_free(texts);
    return err;
}

/* Counts the rows, and makes room for their words. */
static AqErr plan_rows(AqTrainData *d, const AqModel *m)
{
    const AqDataset *set = d->set;

    d->most_rows = 1;
    for (size_t k = 0; k < set->n_questions; k++) {
        const size_t n = (size_t)aq_model_rows(m, &set->questions[k]);
        const AqErr err = aq_model_takes(m, &set->questions[k]);

        if (err != AQ_OK)
            return err;
        d->first_row[k + 1] = d->first_row[k] + n;
        d->most_rows = n > d->most_rows ? n : d->most_rows;
    }
    const size_t rows = d->first_row[set->n_questions];
    d->ids = aq_alloc(rows * (size_t)d->max_words, sizeof *d->ids);
    d->n_words = aq_alloc(rows, sizeof *d->n_words);
    d->asked = aq_alloc(rows, sizeof *d->asked);
    return d->ids && d->n_words && d->asked ? AQ_OK : AQ_ERR_NOMEM;
}

/* The words of question k's rows. */
static AqErr encode_rows(AqTrainData *d, const AqModel *m, size_t k)
{
    const AqQuestion *q = &d->set->questions[k];
    AqErr err = AQ_OK;

    for (size_t r = d->first_row[k]; err == AQ_OK && r < d->first_row[k + 1]; r++) {
        int *ids = d->ids + r * (size_t)d->max_words;

        err = aq_model_encode_row(m, NULL, q, (int)(r - d->first_row[k]), ids,
                                  &d->n_words[r], &d->asked[r]);
    }
    return err;
}

static AqErr encode_questions(AqTrainData *d, const AqModel *m)
{
    const AqDataset *set = d->set;
    AqErr err = plan_rows(d, m);

    if (err != AQ_OK)
        return err;

    for (size_t k = 0; k < set->n_questions; k++) {
        const AqQuestion *q = &set->questions[k];

        if (q->clip >= set->n_clips)
            return aq_fail(AQ_ERR_USAGE, "question %zu is about clip %zu of %zu", k,
                           q->clip, set->n_clips);
        if ((err = encode_rows(d, m, k)) != AQ_OK)
            return err;
        d->answer[k] = aq_model_truth(m, q);
    }
    return number_texts(d);
}

/* Counting sort of the questions by clip. */
static AqErr group_questions_by_clip(AqTrainData *d)
{
    const AqDataset *set = d->set;
    size_t *first = aq_alloc(set->n_clips + 1, sizeof *first);

    if (!first)
        return AQ_ERR_NOMEM;
    for (size_t k = 0; k < set->n_questions; k++)
        first[set->questions[k].clip + 1]++;
    for (size_t c = 0; c < set->n_clips; c++) {
        const size_t n = first[c + 1];

        first[c + 1] += first[c];
        if (n > 0)
            d->videos[d->n_videos++] =
                (AqTrainVideo){.clip = c, .first = first[c], .n = n, .next = n};
    }
    for (size_t k = 0; k < set->n_questions; k++)
        d->order[first[set->questions[k].clip]++] = k;
    aq_free(first);
    return AQ_OK;
}

AqErr aq_train_data_open(AqTrainData *d, const AqDataset *set, const AqModel *m,
                         size_t cache_bytes)
{
    const size_t n = set->n_questions;

    *d = (AqTrainData){
        .set = set, .max_words = m->net->reads.max_words, .cache_most = cache_bytes};
    d->videos = aq_alloc(set->n_clips, sizeof *d->videos);
    d->order = aq_alloc(n, sizeof *d->order);
    d->first_row = aq_alloc(n + 1, sizeof *d->first_row);
    d->answer = aq_alloc(n, sizeof *d->answer);
    d->text = aq_alloc(n, sizeof *d->text);
    d->cache = aq_alloc(set->n_clips, sizeof *d->cache);
    d->cached = aq_alloc(set->n_clips, 1);
    AqErr err = d->videos && d->order && d->first_row && d->answer && d->text &&
                        d->cache && d->cached
                    ? AQ_OK
                    : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = encode_questions(d, m);
    if (err == AQ_OK)
        err = group_questions_by_clip(d);
    if (err != AQ_OK)
        aq_train_data_close(d);
    return err;
}

void aq_train_data_close(AqTrainData *d)
{
    for (size_t k = 0; d->cache && d->cached && k < d->set->n_clips; k++)
        if (d->cached[k])
            aq_free(d->cache[k].owner); /* one block per clip */
    aq_free(d->videos);
    aq_free(d->order);
    aq_free(d->ids);
    aq_free(d->n_words);
    aq_free(d->asked);
    aq_free(d->first_row);
    aq_free(d->answer);
    aq_free(d->text);
    aq_free(d->cache);
    aq_free(d->cached);
    *d = (AqTrainData){0};
}

int aq_train_data_draw(AqTrainData *d, AqTrainVideo *v, AqRng *rng, int n, size_t *out)
{
    int drawn = 0;

    for (; drawn < n && (size_t)drawn < v->n; drawn++) {
        if (v->next == v->n) {
            if (drawn > 0) /* a set with a repeated question would teach nothing */
                break;
            aq_rng_shuffle(rng, d->order + v->first, v->n);
            v->next = 0;
        }
        out[drawn] = d->order[v->first + v->next++];
    }
    return drawn;
}

/* ---- features ---- */

/* Copies a clip's features into one block; 0 if the cache is full. */
static int cache_clip(AqTrainData *d, size_t clip, const AqClipFeatures *f)
{
    const AqDataset *s = d->set;
    const size_t T = (size_t)f->n_seconds;
    const size_t audio =
        f->audio ? T * (size_t)aq_feature_total(&s->sizes, AQ_AUDIO).values : 0;
    const size_t visual =
        f->visual ? T * (size_t)aq_feature_total(&s->sizes, AQ_VISUAL).values : 0;
    const size_t bytes = (audio + visual) * sizeof(float) + 2 * T;

    if (bytes > d->cache_most - d->cache_bytes)
        return 0;
    float *block = aq_alloc(bytes, 1);
    if (!block)
        return 0;
    unsigned char *on = (unsigned char *)(block + audio + visual);
    AqClipFeatures *c = &d->cache[clip];
    *c = (AqClipFeatures){.n_seconds = f->n_seconds,
                          .audio = f->audio ? block : NULL,
                          .visual = f->visual ? block + audio : NULL,
                          .audio_present = on,
                          .visual_present = on + T,
                          .owner = block};
    if (audio)
        memcpy(block, f->audio, audio * sizeof(float));
    if (visual)
        memcpy(block + audio, f->visual, visual * sizeof(float));
    for (size_t t = 0; t < T; t++) {
        on[t] = f->audio && (!f->audio_present || f->audio_present[t]);
        on[T + t] = f->visual && (!f->visual_present || f->visual_present[t]);
    }
    d->cached[clip] = 1;
    d->cache_bytes += bytes;
    return 1;
}

AqErr aq_train_data_load(AqTrainData *d, size_t clip, AqClipFeatures *out)
{
    if (!d->cached[clip]) {
        *out = (AqClipFeatures){0};
        const AqErr err = d->set->load(d->set->ctx, clip, out);
        if (err != AQ_OK)
            return err;
        if (out->n_seconds < 0)
            out->n_seconds = 0;
        if (!cache_clip(d, clip, out))
            return AQ_OK;
        d->set->release(d->set->ctx, clip, out);
    }
    *out = d->cache[clip];
    return AQ_OK;
}

void aq_train_data_ahead(const AqTrainData *d, const size_t *videos, int n)
{
    for (int k = 0; d->set->ahead && k < n; k++) {
        const size_t clip = d->videos[videos[k]].clip;

        if (!d->cached[clip])
            d->set->ahead(d->set->ctx, clip);
    }
}

void aq_train_data_release(AqTrainData *d, size_t clip, AqClipFeatures *f)
{
    if (!d->cached[clip])
        d->set->release(d->set->ctx, clip, f);
    *f = (AqClipFeatures){0};
}

/* ---- statistics ---- */

/* Of one feature. */
typedef struct Sums {
    double *sum, *square;
    size_t dim, rows, n; /* channels, rows per second, rows counted */
    size_t from, each;   /* where it is in a second's values, and how many these are */
} Sums;

/* Squares are relative to the first row seen, to avoid cancellation. */
static AqErr add_rows_to_sums(Sums *s, const float *x, const float *around)
{
    for (size_t r = 0; r < s->rows; r++)
        for (size_t k = 0; k < s->dim; k++) {
            const double v = (double)x[r * s->dim + k] - (double)around[k];

            if (!isfinite(v))
                return AQ_ERR_NUMERIC;
            s->sum[k] += v;
            s->square[k] += v * v;
        }
    s->n += s->rows;
    return AQ_OK;
}

static AqErr add_clip(Sums *s, AqModality m, const AqClipFeatures *f, float *around)
{
    const float *data = m == AQ_AUDIO ? f->audio : f->visual;
    const unsigned char *on = m == AQ_AUDIO ? f->audio_present : f->visual_present;

    for (int t = 0; data && t < f->n_seconds; t++) {
        const float *x = data + (size_t)t * s->each + s->from;

        if (on && !on[t])
            continue;
        if (s->n == 0)
            memcpy(around, x, s->dim * sizeof *around);
        if (add_rows_to_sums(s, x, around) != AQ_OK)
            return aq_fail(
                AQ_ERR_NUMERIC,
                "the %s feature of second %d is not a finite number: extract "
                "the clip's features again",
                aq_modality_name(m), t);
    }
    return AQ_OK;
}

/* A nearly constant channel (an almost dead unit) is not scaled up to the size of the
 * others: in other clips it may vary, and would drown them. */
#define LEAST_DEVIATION 0.05 /* times the root of the channels' mean variance */

static void finish_statistics(Sums *s, float *mean, float *inv_std)
{
    double all = 0;

    for (size_t k = 0; s->n > 0 && k < s->dim; k++) {
        const double shift = s->sum[k] / (double)s->n;

        s->square[k] = s->square[k] / (double)s->n - shift * shift; /* the variance */
        mean[k] += (float)shift; /* shift was the first row */
        all += fmax(0, s->square[k]) / (double)s->dim;
    }
    for (size_t k = 0; s->n > 0 && k < s->dim; k++) {
        const double centre = (double)mean[k], variance = s->square[k],
                     least = LEAST_DEVIATION * LEAST_DEVIATION * all;

        inv_std[k] = variance > 1e-10 * (1 + centre * centre)
                         ? (float)(1 / sqrt(fmax(variance, least)))
                         : 0;
    }
}

static AqErr open_sums(Sums *s, const AqFeatureSizes *sizes, AqModality m, int k)
{
    const AqFeatureShape *x = &sizes->of[m][k];

    s->dim = (size_t)x->dim;
    s->rows = (size_t)x->h * (size_t)x->w;
    s->from = (size_t)aq_feature_place(sizes, m, k).values;
    s->each = (size_t)aq_feature_total(sizes, m).values;
    s->sum = aq_alloc(s->dim, sizeof(double));
    s->square = aq_alloc(s->dim, sizeof(double));
    return s->sum && s->square ? AQ_OK : AQ_ERR_NOMEM;
}

typedef struct AllSums {
    Sums of[AQ_N_MODALITIES][AQ_MOST_FEATURES];
} AllSums;

/* Adds a clip to all sums. */
static AqErr add_clip_features(AllSums *s, AqModel *m, const AqClipFeatures *f)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;
    AqErr err = AQ_OK;

    for (int j = 0; j < AQ_N_MODALITIES; j++)
        for (int k = 0; err == AQ_OK && k < sizes->n[j]; k++)
            err = add_clip(&s->of[j][k], (AqModality)j, f,
                           m->mean[j] +
                               aq_feature_place(sizes, (AqModality)j, k).channels);
    return err;
}

static void finish_features(AllSums *s, AqModel *m)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;

    for (int j = 0; j < AQ_N_MODALITIES; j++)
        for (int k = 0; k < sizes->n[j]; k++) {
            const int at = aq_feature_place(sizes, (AqModality)j, k).channels;

            finish_statistics(&s->of[j][k], m->mean[j] + at, m->inv_std[j] + at);
        }
}

AqErr aq_train_data_statistics(AqTrainData *d, AqModel *m)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;
    AllSums s = {0};
    AqErr err = AQ_OK;

    for (int j = 0; j < AQ_N_MODALITIES; j++)
        for (int k = 0; err == AQ_OK && k < sizes->n[j]; k++)
            err = open_sums(&s.of[j][k], sizes, (AqModality)j, k);
    for (size_t v = 0; err == AQ_OK && v < d->n_videos; v++) {
        const size_t clip = d->videos[v].clip;
        AqClipFeatures f;

        if ((err = aq_train_data_load(d, clip, &f)) != AQ_OK)
            break;
        err = add_clip_features(&s, m, &f);
        if (err != AQ_OK)
            err = aq_err_prefix(err, "training clip %zu", clip);
        aq_train_data_release(d, clip, &f);
    }
    if (err == AQ_OK)
        finish_features(&s, m);
    for (int j = 0; j < AQ_N_MODALITIES; j++)
        for (int k = 0; k < AQ_MOST_FEATURES; k++) {
            aq_free(s.of[j][k].sum);
            aq_free(s.of[j][k].square);
        }
    return err;
}
