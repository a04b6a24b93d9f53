/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/features/clip.h"

#include "base/alloc.h"
#include "model/data/hide.h"

#include <string.h>

/* What a clip's features point into. */
typedef struct Loaded {
    int n;
    AqStoredFeatures f[AQ_N_MODALITIES * AQ_MOST_FEATURES];
    float *data[AQ_N_MODALITIES];       /* of several features: their rows joined */
    uint8_t *presence[AQ_N_MODALITIES]; /* of the stream; own where data is */
} Loaded;

static void free_loaded(Loaded *l)
{
    for (int m = 0; l && m < AQ_N_MODALITIES; m++)
        if (l->data[m]) {
            aq_free(l->data[m]);
            aq_free(l->presence[m]);
        }
    for (int k = 0; l && k < l->n; k++)
        aq_stored_features_clear(&l->f[k]);
    aq_free(l);
}

static const char *name_of_pick(const AqProvenance *p)
{
    return aq_modality_name((AqModality)p->kind);
}

/* All have the rows of the first. */
static AqErr check_equal_seconds(const Loaded *l, const char *name,
                                 const AqFeatureChoice *choice)
{
    const AqProvenance *p = choice->pick;

    for (int k = 1; k < l->n; k++)
        if (l->f[k].n_rows != l->f[0].n_rows)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s: the store has %d seconds of its %s by %s but %d of its "
                           "%s by %s; run `avqa-pipe store verify`, or make one of "
                           "them again",
                           name, l->f[0].n_rows, name_of_pick(&p[0]), p[0].extractor,
                           l->f[k].n_rows, name_of_pick(&p[k]), p[k].extractor);
    return AQ_OK;
}

static AqErr sizes_of_loaded(const Loaded *l, const AqFeatureChoice *choice,
                             AqFeatureSizes *out)
{
    AqErr err = AQ_OK;

    *out = (AqFeatureSizes){0};
    for (int k = 0; err == AQ_OK && k < l->n; k++)
        err = aq_feature_add(out, (AqModality)choice->pick[k].kind,
                             (const int[]){l->f[k].h, l->f[k].w, l->f[k].c});
    return err;
}

static AqErr check_wanted_sizes(const char *name, const AqFeatureSizes *have,
                                const AqFeatureSizes *want)
{
    char text[2 * AQ_N_MODALITIES][AQ_FEATURE_TEXT];

    if (!want || aq_feature_sizes_same(have, want))
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: its features have %s (audio) and %s (visual) values a second, "
                   "but %s and %s are wanted, as the first clips have; make them again",
                   name, aq_feature_text(have, AQ_AUDIO, text[0]),
                   aq_feature_text(have, AQ_VISUAL, text[1]),
                   aq_feature_text(want, AQ_AUDIO, text[2]),
                   aq_feature_text(want, AQ_VISUAL, text[3]));
}

/* Feature k's values into the rows of its stream, from value `at` of each row on. */
static void join_rows(Loaded *l, int m, int k, const AqFeatureSizes *sizes, int at)
{
    const AqStoredFeatures *f = &l->f[k];
    const size_t row = (size_t)aq_feature_total(sizes, (AqModality)m).values,
                 n = (size_t)f->h * (size_t)f->w * (size_t)f->c;

    for (int t = 0; t < f->n_rows; t++) {
        memcpy(l->data[m] + (size_t)t * row + at, f->data + (size_t)t * n,
               n * sizeof(float));
        l->presence[m][t] = l->presence[m][t] && f->presence[t];
    }
}

/* The rows of stream m: those of its only feature, or all joined. */
static AqErr join_stream(Loaded *l, int m, const AqFeatureChoice *choice,
                         const AqFeatureSizes *sizes, const float **data)
{
    const size_t row = (size_t)aq_feature_total(sizes, (AqModality)m).values;
    int j = 0;

    for (int k = 0; k < l->n; k++) {
        if ((int)choice->pick[k].kind != m)
            continue;
        if (sizes->n[m] == 1) {
            *data = l->f[k].data;
            l->presence[m] = l->f[k].presence;
            return AQ_OK;
        }
        const size_t rows = (size_t)l->f[k].n_rows;
        if (j == 0) {
            uint8_t *on = aq_alloc(rows + 1, 1);

            l->data[m] = aq_alloc(rows * row + 1, sizeof(float));
            if (!l->data[m] || !on) {
                aq_free(l->data[m]);
                aq_free(on);
                l->data[m] = NULL;
                return AQ_ERR_NOMEM;
            }
            memset(on, 1, rows);
            l->presence[m] = on;
        }
        join_rows(l, m, k, sizes, aq_feature_place(sizes, (AqModality)m, j++).values);
    }
    *data = l->data[m];
    return AQ_OK;
}

static AqErr read_picks(Loaded **out, AqStore *s, const char *name,
                        const AqFeatureChoice *choice)
{
    Loaded *l = aq_alloc(1, sizeof *l);
    AqErr err = l ? AQ_OK : AQ_ERR_NOMEM;

    for (int k = 0; err == AQ_OK && k < choice->n; k++) {
        const AqProvenance *p = &choice->pick[k];

        err = aq_store_get_features(s, name, (AqModality)p->kind, p->id, &l->f[k]);
        l->n += err == AQ_OK;
    }
    *out = l;
    return err;
}

/* Takes l, which may be NULL after a failure. */
static AqErr give_loaded(AqClipFeatures *out, Loaded *l, AqErr err, const char *name,
                         const AqFeatureChoice *choice, const AqFeatureSizes *want)
{
    AqFeatureSizes sizes;

    *out = (AqClipFeatures){0};
    if (err == AQ_OK)
        err = check_equal_seconds(l, name, choice);
    if (err == AQ_OK)
        err = sizes_of_loaded(l, choice, &sizes);
    if (err == AQ_OK)
        err = check_wanted_sizes(name, &sizes, want);
    if (err == AQ_OK)
        err = join_stream(l, AQ_AUDIO, choice, &sizes, &out->audio);
    if (err == AQ_OK)
        err = join_stream(l, AQ_VISUAL, choice, &sizes, &out->visual);
    if (err != AQ_OK) {
        free_loaded(l);
        *out = (AqClipFeatures){0};
        return err;
    }
    out->owner = l;
    out->n_seconds = l->f[0].n_rows;
    out->audio_present = l->presence[AQ_AUDIO];
    out->visual_present = l->presence[AQ_VISUAL];
    return AQ_OK;
}

AqErr aq_clip_features_load(AqClipFeatures *out, AqStore *s, const char *name,
                            const AqFeatureChoice *choice, const AqFeatureSizes *want)
{
    Loaded *l = NULL;
    const AqErr err = read_picks(&l, s, name, choice);

    return give_loaded(out, l, err, name, choice, want);
}

AqErr aq_clip_features_join(AqClipFeatures *out, const char *name, AqStoredFeatures *f,
                            int n, const AqFeatureChoice *choice,
                            const AqFeatureSizes *want)
{
    Loaded *l = aq_alloc(1, sizeof *l);

    for (int k = 0; k < n; k++) {
        if (l)
            l->f[l->n++] = f[k];
        else
            aq_stored_features_clear(&f[k]);
    }
    return give_loaded(out, l, l ? AQ_OK : AQ_ERR_NOMEM, name, choice, want);
}

void aq_clip_features_release(AqClipFeatures *f)
{
    free_loaded(f->owner);
    *f = (AqClipFeatures){0};
}

AqErr aq_clip_features_sizes(AqFeatureSizes *out, AqStore *s, const char *name,
                             const AqFeatureChoice *choice)
{
    Loaded *l = NULL;
    AqErr err = read_picks(&l, s, name, choice);

    if (err == AQ_OK)
        err = sizes_of_loaded(l, choice, out);
    free_loaded(l);
    return err;
}

void aq_clip_features_hide(AqClipFeatures *f, double share, uint64_t seed)
{
    Loaded *l = f->owner;

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_hide_seconds(l->presence[m], f->n_seconds, share, aq_rng(seed, (uint64_t)m));
}
