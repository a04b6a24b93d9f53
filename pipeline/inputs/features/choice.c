/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/features/choice.h"

#include "base/alloc.h"
#include "pipeline/inputs/features/wants.h"

#include <stdio.h>
#include <string.h>

/* " --KIND-WHAT VALUE", or nothing where there is no value. Gives. */
static char *option_text(const char *kind, const char *what, const char *value)
{
    return value && *value ? aq_strf(" --%s-%s %s", kind, what, value) : aq_strdup("");
}

char *aq_feature_command(const AqProvenance *p)
{
    const char *kind = aq_modality_name((AqModality)p->kind);

    if (strcmp(p->extractor_version, AQ_STORE_IMPORTED) == 0)
        return aq_strf("avqa-pipe store import FILE... --kind %s --name %s", kind,
                       p->extractor);
    const int usual = strcmp(p->precision, "f32") == 0;
    char *weights = option_text(kind, "weights", p->weights),
         *options = option_text(kind, "options", aq_wants_options(p)), *how = NULL;

    if (weights && options)
        how = aq_strf("avqa-pipe ingest --%s %s%s%s%s%s", kind, p->extractor, weights,
                      options, usual ? "" : " --precision ", usual ? "" : p->precision);
    aq_free(weights);
    aq_free(options);
    return how;
}

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
                         "as squash, fit=crop or the start of a digest), or several "
                         "with --%s TEXT,TEXT:%s",
                         store, aq_modality_name(m), n, aq_modality_name(m),
                         aq_modality_name(m), list ? list : "");
    aq_free(list);
    return err;
}

static int is_meant(const AqProvenance *p, AqModality m, const char *name)
{
    return (AqModality)p->kind == m && (!name || aq_provenance_is_called(p, name));
}

/* A network's whole name: "clip_vit_l14" is not a part of "clip_vit_l14_336". */
static int is_network(const AqFeatureChoice *c, AqModality m, const char *name)
{
    for (size_t k = 0; name && k < c->all.n; k++)
        if ((AqModality)c->all.v[k].kind == m &&
            strcmp(c->all.v[k].extractor, name) == 0)
            return 1;
    return 0;
}

/* Adds the one make that the name means (NULL: any). */
static AqErr pick_one(AqFeatureChoice *c, AqModality m, const char *name,
                      const char *store)
{
    const AqProvenance *found = NULL;
    const int whole = is_network(c, m, name);
    int n = 0, of_kind = 0;

    for (size_t k = 0; k < c->all.n; k++)
        if (is_meant(&c->all.v[k], m, name) &&
            (!whole || strcmp(c->all.v[k].extractor, name) == 0)) {
            found = &c->all.v[k];
            n++;
        }
    if (!found || n != 1)
        return none_or_many(c, m, n, name, store);
    for (int k = 0; k < c->n; k++) {
        of_kind += (AqModality)c->pick[k].kind == m;
        if (c->pick[k].id == found->id)
            return aq_fail(AQ_ERR_USAGE,
                           "--%s names the features of %s twice; name each once",
                           aq_modality_name(m), found->extractor);
    }
    if (of_kind == AQ_MOST_FEATURES)
        return aq_fail(AQ_ERR_USAGE, "--%s takes at most %d features side by side",
                       aq_modality_name(m), AQ_MOST_FEATURES);
    c->pick[c->n++] = *found;
    return AQ_OK;
}

/* Those between commas, one by one. */
static AqErr pick_list(AqFeatureChoice *c, AqModality m, const char *list,
                       const char *store)
{
    AqErr err = AQ_OK;

    for (const char *p = list; err == AQ_OK && p;) {
        const size_t n = strcspn(p, ",");
        char *name = aq_strf("%.*s", (int)n, p);

        if (!name)
            return AQ_ERR_NOMEM;
        err = *name ? pick_one(c, m, name, store)
                    : aq_fail(AQ_ERR_USAGE, "--%s %s: a name is missing beside a comma",
                              aq_modality_name(m), list);
        aq_free(name);
        p = p[n] ? p + n + 1 : NULL;
    }
    return err;
}

static AqErr pick_named(AqFeatureChoice *c, AqModality m, const char *name,
                        const char *store)
{
    if (!name || !strchr(name, ','))
        return pick_one(c, m, name, store);
    for (size_t k = 0; k < c->all.n; k++)
        if (is_meant(&c->all.v[k], m, name))
            return pick_one(c, m, name, store);
    return pick_list(c, m, name, store);
}

/* Another pick of the same kind whose rows are others, or NULL. */
static const AqProvenance *other_rows(const AqFeatureChoice *c, const AqProvenance *p)
{
    for (int k = 0; k < c->n; k++)
        if (c->pick[k].kind == p->kind &&
            !aq_rows_are_same(aq_provenance_rows(&c->pick[k]), aq_provenance_rows(p)))
            return &c->pick[k];
    return NULL;
}

/* Answering networks read one row per second. */
static AqErr check_choice_seconds(const AqFeatureChoice *c, const char *store)
{
    char text[AQ_ROWS_TEXT], beside[AQ_ROWS_TEXT];

    for (int k = 0; k < c->n; k++) {
        const AqProvenance *p = &c->pick[k], *other = other_rows(c, p);
        const char *kind = aq_modality_name((AqModality)p->kind);
        const AqRowPlan rows = aq_provenance_rows(p);

        if (aq_rows_are_seconds(rows))
            continue;
        if (other)
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "%s: its %s features by %s have %s, those by %s %s, but "
                           "models need one row per second of all; choose or ingest "
                           "such features",
                           store, kind, p->extractor, aq_rows_text(rows, text),
                           other->extractor,
                           aq_rows_text(aq_provenance_rows(other), beside));
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: its %s features by %s have %s, but models need one "
                       "row per second; choose or ingest such features",
                       store, kind, p->extractor, aq_rows_text(rows, text));
    }
    return AQ_OK;
}

static AqErr finish_choice(AqFeatureChoice *c, AqStore *s, AqErr err)
{
    if (err == AQ_OK)
        err = check_choice_seconds(c, aq_store_path(s));
    if (err != AQ_OK)
        aq_feature_choice_clear(c);
    return err;
}

AqErr aq_feature_choice(AqFeatureChoice *out, AqStore *s,
                        const char *const name[AQ_N_MODALITIES])
{
    *out = (AqFeatureChoice){0};
    AqErr err = aq_store_list_provenance_used(s, &out->all);

    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err = pick_named(out, (AqModality)m, name[m], aq_store_path(s));
    return finish_choice(out, s, err);
}

/* The model's and the store's, so that what differs can be seen: a network, its
 * weights, or what a row shows. */
static AqErr none_like_the_model(const AqFeatureChoice *c, const AqProvenance *want,
                                 const char *store)
{
    char *list = list_stored_makes(c, (AqModality)want->kind),
         *wanted = aq_wants_line(want), *how = aq_feature_command(want);
    const AqErr err =
        list && wanted && how
            ? aq_fail(AQ_ERR_MISMATCH,
                      "%s: holds no %s features by %s like those that the model was "
                      "trained on; make them with the same weights: `%s`\n  The "
                      "model's:\n  %s\n  The store's:%s",
                      store, aq_modality_name((AqModality)want->kind), want->extractor,
                      how, wanted, *list ? list : " none")
            : AQ_ERR_NOMEM;

    aq_free(list);
    aq_free(wanted);
    aq_free(how);
    return err;
}

static AqErr pick_wanted(AqFeatureChoice *c, const AqProvenance *want,
                         const char *store)
{
    const AqProvenance *found = NULL;
    const char *w, *had;

    for (size_t k = 0; k < c->all.n; k++)
        if (c->all.v[k].kind == want->kind &&
            !aq_wants_differ(want, &c->all.v[k], &w, &had))
            found = &c->all.v[k];
    if (found) {
        c->pick[c->n++] = *found;
        return AQ_OK;
    }
    return none_like_the_model(c, want, store);
}

AqErr aq_feature_choice_for(AqFeatureChoice *out, AqStore *s, const char *json)
{
    AqWants w;

    *out = (AqFeatureChoice){0};
    AqErr err = aq_wants_read(&w, json);
    if (err != AQ_OK)
        return err;
    err = aq_store_list_provenance_used(s, &out->all);
    for (int k = 0; err == AQ_OK && k < w.n_all; k++)
        err = pick_wanted(out, &w.all[k], aq_store_path(s));
    aq_wants_clear(&w);
    return finish_choice(out, s, err);
}

void aq_feature_choice_clear(AqFeatureChoice *c)
{
    aq_provenance_list_clear(&c->all);
    *c = (AqFeatureChoice){0};
}
