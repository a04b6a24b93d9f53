/* SPDX-License-Identifier: MIT */
/* Text goes into the metadata, rows of numbers into tensors. Everything read is
 * checked. */
#include "model/limits/own_limits.h"

#include "base/alloc.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void aq_limits_clear(AqLimits *l)
{
    aq_kinds_free(&l->kinds);
    aq_temperatures_free(&l->temperatures);
    aq_presence_free(&l->presence);
    for (int k = 0; k < AQ_N_LIKENESS; k++)
        aq_likeness_clear(&l->likeness[k]);
}

int aq_limits_n_kinds(const AqLimits *l)
{
    return l->kinds ? l->kinds->n : 1;
}

/* ---- clips ---- */

int aq_likeness_width(const AqFeatureSizes *sizes, int k)
{
    const AqModality m = aq_likeness_stream(k);
    const int which = aq_likeness_feature(k);

    if (which >= sizes->n[m])
        return 0;
    const AqFeatureShape *s = &sizes->of[m][which];
    return aq_likeness_is_cells(k) ? s->dim
                                   : aq_likeness_region_width(s->h, s->w, s->dim);
}

AqLikenessClip aq_limits_clip(const AqClipFeatures *f, int k,
                              const AqFeatureSizes *sizes)
{
    const AqModality m = aq_likeness_stream(k);
    const int which = aq_likeness_feature(k);
    const float *data = m == AQ_AUDIO ? f->audio : f->visual;

    if (!data || which >= sizes->n[m])
        return (AqLikenessClip){0};
    const AqFeatureShape *s = &sizes->of[m][which];
    return (AqLikenessClip){.data = data + aq_feature_place(sizes, m, which).values,
                            .on = m == AQ_AUDIO ? f->audio_present : f->visual_present,
                            .n_seconds = f->n_seconds,
                            .h = s->h,
                            .w = s->w,
                            .dim = s->dim,
                            .each = aq_feature_total(sizes, m).values};
}

AqErr aq_limits_unlike(const AqLimits *l, const AqClipFeatures *f,
                       const AqFeatureSizes *sizes, double times[AQ_N_MODALITIES])
{
    AqErr err = AQ_OK;

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        times[m] = 0;
    for (int k = 0; k < AQ_N_LIKENESS; k++) {
        const AqModality m = aq_likeness_stream(k);
        const AqLikenessClip c = aq_limits_clip(f, k, sizes);
        double d = 0;

        if (err != AQ_OK || l->likeness[k].n == 0)
            continue;
        err = aq_likeness_distance(&l->likeness[k], &c, &d);
        times[m] = fmax(times[m], d / l->likeness[k].threshold);
    }
    return err;
}

AqErr aq_limits_count_unlike(const AqLimits *l, const AqDataset *d, size_t *n)
{
    AqErr err = AQ_OK;

    *n = 0;
    for (size_t c = 0; err == AQ_OK && c < d->n_clips; c++) {
        double times[AQ_N_MODALITIES];
        AqClipFeatures f = {0};

        if ((err = d->load(d->ctx, c, &f)) != AQ_OK)
            break;
        err = aq_limits_unlike(l, &f, &d->sizes, times);
        *n += times[AQ_AUDIO] > 1 || times[AQ_VISUAL] > 1;
        d->release(d->ctx, c, &f);
    }
    return err;
}

/* ---- writing ---- */

static AqErr put_text(AqWeightsWriter *w, const char *key, AqErr made, char *text)
{
    const AqErr err = made == AQ_OK ? aq_weights_writer_meta(w, key, text) : made;

    aq_free(text);
    return err;
}

static AqErr put_kinds(const AqKinds *k, AqWeightsWriter *w)
{
    const int64_t dims[] = {(int64_t)k->words.n, k->n};
    char *text = NULL;
    const AqErr made = aq_kinds_to_json(k, &text);
    const AqErr err = put_text(w, "kinds", made, text);

    return err == AQ_OK
               ? aq_weights_writer_add(w, "limits.kinds", 2, dims, k->weights, AQ_F32)
               : err;
}

static AqErr write_limits_row(AqWeightsWriter *w, const char *modality,
                              const char *what, int n_rows, int n, const float *data)
{
    const int64_t dims[] = {n_rows, n};
    char name[64];

    (void)snprintf(name, sizeof name, "limits.%s.%s", modality, what);
    return n_rows ? aq_weights_writer_add(w, name, 2, dims, data, AQ_F16) /* many */
                  : aq_weights_writer_add(w, name, 1, dims + 1, data, AQ_F32);
}

/* "audio", "visual", "cells"; of second features "audio2", and so on. */
static const char *name_likeness(int k, char name[16])
{
    static const char *const names[AQ_LIKENESS_EACH] = {"audio", "visual", "cells"};
    const int which = aq_likeness_feature(k);

    (void)snprintf(name, 16, "%s", names[k % AQ_LIKENESS_EACH]);
    if (which > 0)
        (void)snprintf(name, 16, "%s%d", names[k % AQ_LIKENESS_EACH], which + 1);
    return name;
}

static AqErr put_likeness(const AqLikeness *l, AqWeightsWriter *w, const char *modality)
{
    char key[40], *text = aq_strf("{\"n\": %d, \"rest\": %.12g, \"threshold\": %.12g}",
                                  l->n, l->rest, l->threshold);

    (void)snprintf(key, sizeof key, "likeness.%s", modality);
    AqErr err = put_text(w, key, text ? AQ_OK : AQ_ERR_NOMEM, text);
    if (err == AQ_OK)
        err = write_limits_row(w, modality, "mean", 0, l->width, l->mean);
    if (err == AQ_OK)
        err = write_limits_row(w, modality, "scale", 0, l->width, l->scale);
    if (err == AQ_OK)
        err = write_limits_row(w, modality, "basis", l->n, l->width, l->basis);
    return err == AQ_OK
               ? write_limits_row(w, modality, "variance", 0, l->n, l->variance)
               : err;
}

AqErr aq_limits_put(const AqLimits *l, AqWeightsWriter *w)
{
    char *text = NULL, name[16];
    AqErr err = l->kinds ? put_kinds(l->kinds, w) : AQ_OK;

    if (err == AQ_OK && l->temperatures) {
        err = aq_temperatures_to_json(l->temperatures, &text);
        err = put_text(w, "temperatures", err, text);
    }
    if (err == AQ_OK && l->presence) {
        err = aq_presence_to_json(l->presence, &text);
        err = put_text(w, "presence", err, text);
    }
    for (int k = 0; err == AQ_OK && k < AQ_N_LIKENESS; k++)
        if (l->likeness[k].n > 0)
            err = put_likeness(&l->likeness[k], w, name_likeness(k, name));
    return err;
}

/* ---- reading ---- */

static AqErr read_floats(AqWeights *w, const char *name, size_t n, float *to)
{
    const AqWeight *t = aq_weights_find(w, name);

    if (!t || t->count != n)
        return aq_fail(AQ_ERR_MISMATCH, "%s is missing or does not have %zu values",
                       name, n);
    const AqErr err = aq_weight_to_floats(t, 0, n, to);
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        if (!isfinite(to[k]))
            return aq_fail(AQ_ERR_FORMAT, "%s holds a value that is not a number",
                           name);
    return err;
}

static AqErr read_limits_kinds(AqLimits *l, AqWeights *w, size_t n_answers)
{
    const char *text = aq_weights_meta(w, "kinds");

    if (!text)
        return AQ_OK;
    const AqErr err = aq_kinds_from_json(&l->kinds, text, n_answers);
    return err == AQ_OK
               ? read_floats(w, "limits.kinds", l->kinds->words.n * (size_t)l->kinds->n,
                             l->kinds->weights)
               : err;
}

static AqErr read_limits_row(AqWeights *w, const char *modality, const char *what,
                             size_t n, float *to)
{
    char name[64];

    (void)snprintf(name, sizeof name, "limits.%s.%s", modality, what);
    return read_floats(w, name, n, to);
}

static AqErr read_likeness_rows(AqLikeness *l, AqWeights *w, const char *modality)
{
    const size_t width = (size_t)l->width, n = (size_t)l->n;
    AqErr err = read_limits_row(w, modality, "mean", width, l->mean);

    if (err == AQ_OK)
        err = read_limits_row(w, modality, "scale", width, l->scale);
    if (err == AQ_OK)
        err = read_limits_row(w, modality, "basis", n * width, l->basis);
    if (err == AQ_OK)
        err = read_limits_row(w, modality, "variance", n, l->variance);
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        if (!(l->variance[k] > 0))
            err = aq_fail(AQ_ERR_FORMAT, "a variance of %s features is not positive",
                          modality);
    return err;
}

static AqErr read_likeness(AqLikeness *l, AqWeights *w, const char *modality, int width)
{
    char key[40];
    double rest = 0, threshold = 0;
    int n = 0;

    (void)snprintf(key, sizeof key, "likeness.%s", modality);
    const char *text = aq_weights_meta(w, key);
    if (!text)
        return AQ_OK;
    json_t *o = json_loads(text, 0, NULL);
    const int ok = o && json_unpack(o, "{s:i, s:F, s:F}", "n", &n, "rest", &rest,
                                    "threshold", &threshold) == 0;
    json_decref(o);
    if (!ok || n < 1 || n > AQ_LIKENESS_MOST || n > width || !(rest > 0) ||
        !isfinite(rest) || !(threshold > 0) || !isfinite(threshold))
        return aq_fail(AQ_ERR_FORMAT, "the model's %s cannot be read", key);
    AqErr err = aq_likeness_new(l, width, n);
    if (err == AQ_OK)
        err = read_likeness_rows(l, w, modality);
    l->rest = rest;
    l->threshold = threshold;
    return err;
}

AqErr aq_limits_read(AqLimits *l, AqWeights *w, size_t n_answers,
                     const AqFeatureSizes *sizes)
{
    char name[16];
    const char *temperatures = aq_weights_meta(w, "temperatures"),
               *presence = aq_weights_meta(w, "presence");
    AqErr err = read_limits_kinds(l, w, n_answers);

    if (err == AQ_OK && temperatures)
        err = aq_temperatures_from_json(&l->temperatures, temperatures,
                                        aq_limits_n_kinds(l));
    if (err == AQ_OK && presence)
        err = aq_presence_from_json(&l->presence, presence, n_answers,
                                    aq_limits_n_kinds(l));
    for (int k = 0; err == AQ_OK && k < AQ_N_LIKENESS; k++) {
        const int width = aq_likeness_width(sizes, k);

        if (width > 0)
            err = read_likeness(&l->likeness[k], w, name_likeness(k, name), width);
        l->likeness[k].regions = !aq_likeness_is_cells(k);
    }
    return err;
}
