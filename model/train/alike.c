/* SPDX-License-Identifier: MIT */
/* Plain loops: processes of a group on different machines must agree to the bit. */
#include "model/train/alike.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

/* A feature of a clip: (rows, dim), in each second's row of `each` values. */
typedef struct AlikeFeature {
    const float *data, *mean, *inv_std;
    const unsigned char *on;
    size_t rows, dim, each;
} AlikeFeature;

/* The mean over what is there, standardised, at length 1. */
static void print_feature(const AlikeFeature *s, int n_seconds, double *sum, float *out)
{
    double square = 0;

    memset(sum, 0, s->dim * sizeof *sum);
    for (size_t t = 0; s->data && t < (size_t)n_seconds; t++)
        for (size_t r = 0; (!s->on || s->on[t]) && r < s->rows; r++)
            for (size_t k = 0; k < s->dim; k++)
                sum[k] += ((double)s->data[t * s->each + r * s->dim + k] -
                           (double)s->mean[k]) *
                          (double)s->inv_std[k];
    for (size_t k = 0; k < s->dim; k++)
        square += sum[k] * sum[k];
    for (size_t k = 0; k < s->dim; k++)
        out[k] = square > 0 ? (float)(sum[k] / sqrt(square)) : 0;
}

static void print_video(const AqModel *m, const AqClipFeatures *f, double *sum,
                        float *out)
{
    const AqFeatureSizes *sizes = &m->shape.sizes;

    for (int j = 0; j < AQ_N_MODALITIES; j++) {
        const float *data = j == AQ_AUDIO ? f->audio : f->visual;

        for (int k = 0; k < sizes->n[j]; k++) {
            const AqFeatureShape *x = &sizes->of[j][k];
            const AqFeaturePlace at = aq_feature_place(sizes, (AqModality)j, k);
            const AlikeFeature s = {
                .data = data ? data + at.values : NULL,
                .mean = m->mean[j] + at.channels,
                .inv_std = m->inv_std[j] + at.channels,
                .on = j == AQ_AUDIO ? f->audio_present : f->visual_present,
                .rows = (size_t)x->h * (size_t)x->w,
                .dim = (size_t)x->dim,
                .each = (size_t)aq_feature_total(sizes, (AqModality)j).values};

            print_feature(&s, f->n_seconds, sum, out);
            out += x->dim;
        }
    }
}

AqErr aq_alike_open(AqAlike *a, AqTrainData *d, const AqModel *m)
{
    AqErr err = AQ_OK;

    *a =
        (AqAlike){.n = d->n_videos,
                  .dim = (size_t)aq_feature_total(&m->shape.sizes, AQ_AUDIO).channels +
                         (size_t)aq_feature_total(&m->shape.sizes, AQ_VISUAL).channels};
    a->print = aq_alloc(a->n * a->dim, sizeof *a->print);
    double *sum = aq_alloc(a->dim, sizeof *sum);
    if (!a->print || !sum)
        err = AQ_ERR_NOMEM;
    for (size_t v = 0; err == AQ_OK && v < a->n; v++) {
        const size_t clip = d->videos[v].clip;
        AqClipFeatures f;

        if ((err = aq_train_data_load(d, clip, &f)) != AQ_OK)
            break;
        print_video(m, &f, sum, a->print + v * a->dim);
        aq_train_data_release(d, clip, &f);
    }
    aq_free(sum);
    if (err != AQ_OK)
        aq_alike_close(a);
    return err;
}

void aq_alike_close(AqAlike *a)
{
    aq_free(a->print);
    *a = (AqAlike){0};
}

static double likeness_of_videos(const AqAlike *a, size_t v, size_t w)
{
    const float *x = a->print + v * a->dim, *y = a->print + w * a->dim;
    double dot = 0;

    for (size_t k = 0; k < a->dim; k++)
        dot += (double)x[k] * (double)y[k];
    return dot;
}

/* Brings the one most like walk[first] of walk[next..n) to walk[next], the first of
 * equals; the others keep their order. like[k] is that of walk[k]. */
static void bring_likest(size_t *walk, double *like, size_t next, size_t n)
{
    size_t best = next;

    for (size_t k = next + 1; k < n; k++)
        if (like[k] > like[best])
            best = k;
    const size_t video = walk[best];
    memmove(walk + next + 1, walk + next, (best - next) * sizeof *walk);
    memmove(like + next + 1, like + next, (best - next) * sizeof *like);
    walk[next] = video;
}

AqErr aq_alike_arrange(const AqAlike *a, size_t *walk)
{
    double *like = aq_alloc(a->n, sizeof *like);

    if (!like)
        return AQ_ERR_NOMEM;
    for (size_t first = 0; first < a->n; first += AQ_ALIKE) {
        for (size_t k = first + 1; k < a->n; k++)
            like[k] = likeness_of_videos(a, walk[first], walk[k]);
        for (size_t k = 1; k < AQ_ALIKE && first + k < a->n; k++)
            bring_likest(walk, like, first + k, a->n);
    }
    aq_free(like);
    return AQ_OK;
}
