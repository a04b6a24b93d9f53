/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/clip_features.h"

#include "base/alloc.h"
#include "model/data/hide.h"
#include "pipeline/inputs/toolset.h"

/* ---- choosing ---- */

/* "\n  LINE" for each make of that kind. Gives; NULL when out of memory. */
static char *list_stored_makes(const AqFeatureChoice *c, AqModality m)
{
    char *list = aq_strdup("");

    for (size_t k = 0; list && k < c->all.n; k++) {
        char *line = c->all.v[k].kind == m ? aq_provenance_line(&c->all.v[k]) : NULL;
        char *more = line ? aq_strf("%s\n  %s", list, line) : NULL;

        aq_free(line);
        if (more) {
            aq_free(list);
            list = more;
        }
    }
    return list;
}

static AqErr none_or_many(const AqFeatureChoice *c, AqModality m, int n,
                          const char *name, const char *store)
{
    char *list = list_stored_makes(c, m);
    const AqErr err =
        n == 0 ? aq_fail(AQ_ERR_NOT_FOUND,
                         "%s: holds no %s features%s%s; run `avqa-pipe ingest` first%s",
                         store, aq_modality_name(m), name ? " of " : "",
                         name ? name : "", list && *list ? list : "")
               : aq_fail(AQ_ERR_USAGE,
                         "%s: holds %s features of %d different makes; choose one "
                         "with --%s TEXT, where TEXT occurs in its line only (such "
                         "as squash, fit=crop or the start of a digest):%s",
                         store, aq_modality_name(m), n, aq_modality_name(m),
                         list ? list : "");
    aq_free(list);
    return err;
}

/* The model's and the store's, so that what differs can be seen: a network, its
 * weights, or what a row shows. */
static AqErr none_like_the_model(const AqFeatureChoice *c, AqModality m,
                                 const char *json, const char *store)
{
    char *list = list_stored_makes(c, m), *wanted = aq_toolset_wanted_line(json, m);
    const AqErr err =
        list && wanted
            ? aq_fail(AQ_ERR_MISMATCH,
                      "%s: holds no %s features like those that the model was trained "
                      "on; ingest with the same extractors and weights. The model's:\n"
                      "  %s\nThe store's:%s",
                      store, aq_modality_name(m), wanted, *list ? list : " none")
            : AQ_ERR_NOMEM;

    aq_free(list);
    aq_free(wanted);
    return err;
}

/* Answering networks read one row per second. */
static AqErr check_choice_seconds(const AqFeatureChoice *c, const char *store)
{
    char text[AQ_ROWS_TEXT];

    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        const AqRowPlan rows = aq_provenance_rows(&c->pick[m]);

        if (!aq_rows_are_seconds(rows))
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "%s: its %s features by %s have %s, but models need one "
                           "row per second; choose or ingest such features",
                           store, aq_modality_name((AqModality)m), c->pick[m].extractor,
                           aq_rows_text(rows, text));
    }
    return AQ_OK;
}

AqErr aq_feature_choice(AqFeatureChoice *out, AqStore *s,
                        const char *const name[AQ_N_MODALITIES])
{
    *out = (AqFeatureChoice){0};
    AqErr err = aq_store_list_provenance_used(s, &out->all);

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        int n = 0;

        for (size_t k = 0; k < out->all.n; k++) {
            const AqProvenance *p = &out->all.v[k];

            if ((int)p->kind != m || (name[m] && !aq_provenance_is_called(p, name[m])))
                continue;
            out->pick[m] = *p;
            n++;
        }
        if (n != 1)
            err = none_or_many(out, (AqModality)m, n, name[m], aq_store_path(s));
    }
    if (err == AQ_OK)
        err = check_choice_seconds(out, aq_store_path(s));
    if (err != AQ_OK)
        aq_feature_choice_clear(out);
    return err;
}

AqErr aq_feature_choice_for(AqFeatureChoice *out, AqStore *s, const char *json)
{
    *out = (AqFeatureChoice){0};
    AqErr err = aq_store_list_provenance_used(s, &out->all);

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++) {
        int n = 0;

        for (size_t k = 0; k < out->all.n; k++)
            if ((int)out->all.v[k].kind == m &&
                aq_toolset_is_wanted(json, &out->all.v[k])) {
                out->pick[m] = out->all.v[k];
                n++;
            }
        if (n == 0)
            err = none_like_the_model(out, (AqModality)m, json, aq_store_path(s));
    }
    if (err == AQ_OK)
        err = check_choice_seconds(out, aq_store_path(s));
    if (err != AQ_OK)
        aq_feature_choice_clear(out);
    return err;
}

void aq_feature_choice_clear(AqFeatureChoice *c)
{
    aq_provenance_list_clear(&c->all);
    *c = (AqFeatureChoice){0};
}

/* ---- one clip ---- */

typedef struct Loaded {
    AqStoredFeatures f[AQ_N_MODALITIES];
} Loaded;

AqErr aq_clip_features_load(AqClipFeatures *out, AqStore *s, const char *name,
                            const AqFeatureChoice *choice)
{
    *out = (AqClipFeatures){0};
    Loaded *l = aq_alloc(1, sizeof *l);
    AqErr err = l ? AQ_OK : AQ_ERR_NOMEM;

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err =
            aq_store_get_features(s, name, (AqModality)m, choice->pick[m].id, &l->f[m]);
    if (err == AQ_OK && l->f[AQ_AUDIO].n_rows != l->f[AQ_VISUAL].n_rows)
        err = aq_fail(AQ_ERR_MISMATCH,
                      "%s: the store has %d seconds of its sound but %d of its "
                      "picture; run `avqa-pipe store verify`",
                      name, l->f[AQ_AUDIO].n_rows, l->f[AQ_VISUAL].n_rows);
    *out = (AqClipFeatures){.owner = l};
    if (err != AQ_OK) {
        aq_clip_features_release(out);
        return err;
    }
    out->n_seconds = l->f[AQ_AUDIO].n_rows;
    out->audio = l->f[AQ_AUDIO].data;
    out->audio_present = l->f[AQ_AUDIO].presence;
    out->visual = l->f[AQ_VISUAL].data;
    out->visual_present = l->f[AQ_VISUAL].presence;
    return AQ_OK;
}

void aq_clip_features_release(AqClipFeatures *f)
{
    Loaded *l = f->owner;

    for (int m = 0; l && m < AQ_N_MODALITIES; m++)
        aq_stored_features_clear(&l->f[m]);
    aq_free(l);
    *f = (AqClipFeatures){0};
}

void aq_clip_features_hide(AqClipFeatures *f, double share, uint64_t seed)
{
    Loaded *l = f->owner;

    for (int m = 0; m < AQ_N_MODALITIES; m++)
        aq_hide_seconds(l->f[m].presence, l->f[m].n_rows, share,
                        aq_rng(seed, (uint64_t)m));
}
