/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/toolset.h"

#include "base/alloc.h"
#include "base/concepts/columns.h"
#include "base/text/log.h"
#include "extract/networks/sound/concept_map.h"
#include "pipeline/decoder/decode.h"
#include "pipeline/inputs/features/wants.h"
#include "pipeline/ui/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const default_name[AQ_N_MODALITIES] = {"vggish_nano", "swin_nano"};

/* Precedes the requested sound track, before the switches. */
#define TRACK_MARK "; sound track "

/* The sampling text: how a clip becomes this network's input, what the numbers are
 * called, and its switches. */
static AqErr describe_tool(AqToolset *t, int at)
{
    const AqExtractorFacts *f = &t->facts[at];
    char *media = NULL, track[32] = "";
    const AqErr err = aq_decode_sampling(&f->input, &media);

    if (err != AQ_OK)
        return err;
    if (t->audio_track)
        (void)snprintf(track, sizeof track, TRACK_MARK "%d", t->audio_track);
    char *columns = aq_columns_text(AQ_COLUMNS_MARK, f->columns),
         *cells = aq_columns_text(AQ_CELLS_MARK, f->cells);
    if (columns && cells)
        t->sampling[at] = aq_strf("%s%s%s%s%s%s%s%s", media, track,
                                  *f->options ? "; " : "", f->options, columns, cells,
                                  *f->switches ? AQ_WANTS_OPTIONS : "", f->switches);
    aq_free(columns);
    aq_free(cells);
    aq_free(media);
    t->version[at] = aq_strf("%d", f->version);
    if (!t->sampling[at] || !t->version[at])
        return AQ_ERR_NOMEM;
    t->provenance[at] = (AqProvenance){.kind = f->modality,
                                       .extractor = f->name,
                                       .extractor_version = t->version[at],
                                       .weights = f->weights,
                                       .weights_sha256 = f->weights_sha256,
                                       .precision = f->precision,
                                       .sampling = t->sampling[at],
                                       .program = AQ_PROGRAM};
    return AQ_OK;
}

/* The network of a weight file, if a file was named instead of a network. */
static AqErr network_of(const char *path, const char **name)
{
    AqWeights *w = NULL;
    AqExtractorMatch match;
    AqErr err = aq_weights_open(&w, path);

    if (err == AQ_OK)
        err = aq_extractor_identify(w, &match);
    if (err == AQ_OK)
        *name = match.name;
    aq_weights_unref(&w);
    return err;
}

/* Determines the network and its weights from what was given. */
static AqErr resolve_network_weights(const char **name, AqModality *m,
                                     const char *weights, char **path)
{
    const char *text = *name;

    *path = NULL;
    if (aq_extractor_modality(text, m) == AQ_OK)
        return aq_config_weights(text, weights, path);
    AqErr err = aq_config_weights_file(text, path);
    if (err == AQ_ERR_NOT_FOUND) /* neither: the error lists the networks */
        return aq_err_prefix(aq_extractor_modality(text, m), "no weight file '%s'",
                             text);
    if (err == AQ_OK && weights)
        return aq_fail(AQ_ERR_USAGE,
                       "%s is a weight file, but %s is given too; name the network, "
                       "or leave one of them out",
                       text, weights);
    if (err == AQ_OK)
        err = network_of(*path, name);
    return err == AQ_OK ? aq_extractor_modality(*name, m) : err;
}

AqErr aq_toolset_modality(const char *name, AqModality *m)
{
    char *path = NULL;

    if (aq_extractor_modality(name, m) == AQ_OK)
        return AQ_OK;
    const AqErr err = resolve_network_weights(&name, m, NULL, &path);
    aq_free(path);
    return err;
}

/* A switch that names a file of parameters; "on" means those of the usual name. */
typedef struct FileSwitch {
    const char *key, *usual;
} FileSwitch;
static const FileSwitch pca_switch = {"pca=", "vggish_pca"},
                        map_switch = {"map=", AQ_CONCEPT_MAP_NAME};

/* Where the switch's value begins; NULL: it is not there. */
static const char *find_switch(const char *options, const char *key)
{
    const char *at = options;

    while (at && (at = strstr(at, key)) && at != options && at[-1] != ',')
        at += strlen(key);
    return at ? at + strlen(key) : NULL;
}

/* The switches with "pca=on" and "pca=NAME" replaced by the file's path. Gives. */
static AqErr find_switch_file(const FileSwitch *s, const char *options, char **out)
{
    const char *at = find_switch(options, s->key);
    const int n = at ? (int)strcspn(at, ",") : 0;
    char *path = NULL;

    *out = NULL;
    if (n == 0 || (n == 3 && strncmp(at, "off", 3) == 0)) {
        *out = aq_strdup(options ? options : "");
        return *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    char *text = aq_strf("%.*s", n, at);
    AqErr err = text ? AQ_OK : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_config_weights_file(strcmp(text, "on") == 0 ? s->usual : text, &path);
    if (err == AQ_OK) {
        *out = aq_strf("%.*s%s%s", (int)(at - options), options, path, at + n);
        err = *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    aq_free(path);
    aq_free(text);
    return err;
}

/* Concepts of yamnet's values take a map: if none is named, the usual one. Gives; NULL:
 * out of memory. */
static char *add_usual_map(const char *name, const char *options)
{
    const char *out = find_switch(options, "out=");
    const int is_map =
        strcmp(name, "yamnet") == 0 && out &&
        (strncmp(out, "concepts", 8) == 0 || strncmp(out, "logodds", 7) == 0) &&
        !find_switch(options, map_switch.key);

    return aq_strf("%s%s", options ? options : "", is_map ? ",map=on" : "");
}

/* The switches with the paths of the files that they name. Gives. */
static AqErr find_switch_files(const char *name, const char *options, char **out)
{
    char *all = add_usual_map(name, options), *some = NULL;
    AqErr err = all ? find_switch_file(&pca_switch, all, &some) : AQ_ERR_NOMEM;

    *out = NULL;
    if (err == AQ_OK)
        err = find_switch_file(&map_switch, some, out);
    aq_free(all);
    aq_free(some);
    return err;
}

static AqErr freeze_extractor(AqExtractor *x, const char *precision)
{
    for (int p = AQ_PRECISION_F32; p <= AQ_PRECISION_BF16; p++)
        if (!precision || strcmp(precision, aq_precision_name((AqPrecision)p)) == 0)
            return aq_extractor_freeze(x, (AqPrecision)p);
    return aq_fail(AQ_ERR_USAGE, "--precision %s: unknown precision; use f32 or bf16",
                   precision);
}

AqErr aq_toolset_open_one(AqToolset *t, AqModality m, const char *name,
                          const char *weights, const char *options,
                          const char *precision)
{
    const int at = t->n;
    char *path = NULL, *switches = NULL;
    AqModality of = m;
    AqErr err = resolve_network_weights(&name, &of, weights, &path);

    if (err == AQ_OK && of != m)
        err = aq_fail(AQ_ERR_USAGE, "%s is for the %s, not for the %s", name,
                      aq_modality_name(of), aq_modality_name(m));
    if (err == AQ_OK)
        err = find_switch_files(name, options, &switches);
    if (err == AQ_OK)
        err = aq_extractor_open(&t->x[at], name, path, switches);
    if (err == AQ_OK)
        t->n++;
    if (err == AQ_OK)
        err = freeze_extractor(t->x[at], precision);
    aq_free(path);
    aq_free(switches);
    if (err != AQ_OK)
        return err;
    t->facts[at] = aq_extractor_facts(t->x[at]);
    if (t->facts[at].seeded)
        aq_log(AQ_LOG_WARN, "%s runs on random weights (%s), not on pretrained ones",
               name, t->facts[at].weights);
    return describe_tool(t, at);
}

AqErr aq_toolset_open(AqToolset *out, const AqToolChoice *choice)
{
    AqErr err = AQ_OK;

    *out = (AqToolset){.audio_track = choice->audio_track};
    for (int m = 0; err == AQ_OK && m < AQ_N_MODALITIES; m++)
        err = aq_toolset_open_one(
            out, (AqModality)m, choice->name[m] ? choice->name[m] : default_name[m],
            choice->weights[m], choice->options[m], choice->precision);
    if (err != AQ_OK)
        aq_toolset_close(out);
    return err;
}

/* The sound track requested when the features were made; 0: none. */
static int track_of(const AqProvenance *want)
{
    const char *at = strstr(want->sampling, TRACK_MARK);

    return at ? (int)strtol(at + strlen(TRACK_MARK), NULL, 10) : 0;
}

static AqErr compare_tool_provenance(const AqProvenance *have, const AqProvenance *want)
{
    const char *w, *h, *key = aq_wants_differ(want, have, &w, &h);

    if (!key)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "the model was trained on %s features whose %s is '%s', but here "
                   "it is '%s'; name the same weights, or train again",
                   aq_modality_name(want->kind), key, w, h);
}

/* Uses another sound track than the model's features were made from. */
static AqErr change_track(AqToolset *t, int at, int track)
{
    t->audio_track = track;
    aq_free(t->version[at]);
    aq_free(t->sampling[at]);
    t->version[at] = t->sampling[at] = NULL;
    return describe_tool(t, at);
}

/* Item k of n between commas. Gives; NULL if there are not so many, or no memory. */
static AqErr item_between_commas(char **out, const char *list, int k, int n)
{
    const char *at = list;
    int commas = 0;

    *out = NULL;
    for (const char *p = list; n > 1 && *p; p++)
        if (*p == ',' && ++commas == k)
            at = p + 1;
    if (commas != n - 1)
        return aq_fail(AQ_ERR_USAGE,
                       "%s: the model has %d networks of this kind; give as many "
                       "weight files, between commas and in the model's order",
                       list, n);
    *out = aq_strf("%.*s", n > 1 ? (int)strcspn(at, ",") : (int)strlen(at), at);
    return *out ? AQ_OK : AQ_ERR_NOMEM;
}

/* The k-th of n of its kind. */
static AqErr open_wanted(AqToolset *t, const AqProvenance *want, int k, int n,
                         const AqToolChoice *choice)
{
    const AqModality m = (AqModality)want->kind;
    const char *weights = strncmp(want->weights, "seeded:", 7) == 0
                              ? want->weights
                              : NULL; /* a file: its path here is found by name */
    char *chosen = NULL;
    AqErr err = AQ_OK;

    if (strcmp(want->extractor_version, AQ_STORE_IMPORTED) == 0)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "the model was trained on %s features imported as '%s', "
                       "which this program cannot make from a clip; use "
                       "`avqa-pipe eval` for clips whose features are in the store",
                       aq_modality_name(m), want->extractor);
    if (choice->weights[m])
        err = item_between_commas(&chosen, choice->weights[m], k, n);
    t->audio_track = track_of(want);
    const int at = t->n;
    if (err == AQ_OK)
        err = aq_toolset_open_one(
            t, m, want->extractor, chosen && *chosen ? chosen : weights,
            choice->options[m] ? choice->options[m] : aq_wants_options(want),
            want->precision);
    aq_free(chosen);
    if (err == AQ_OK)
        err = compare_tool_provenance(&t->provenance[at], want);
    return err == AQ_OK && choice->audio_track
               ? change_track(t, at, choice->audio_track)
               : err;
}

AqErr aq_toolset_open_for(AqToolset *out, const char *json, const AqToolChoice *choice)
{
    AqWants w;
    AqErr err = aq_wants_read(&w, json);
    int done[AQ_N_MODALITIES] = {0};

    *out = (AqToolset){0};
    for (int k = 0; err == AQ_OK && k < w.n_all; k++) {
        const int m = w.all[k].kind;

        err = open_wanted(out, &w.all[k], done[m]++, w.n[m], choice);
    }
    aq_wants_clear(&w);
    if (err != AQ_OK)
        aq_toolset_close(out);
    return err;
}

AqErr aq_toolset_sizes(const AqToolset *t, AqFeatureSizes *out)
{
    *out = (AqFeatureSizes){0};
    for (int k = 0; k < t->n; k++) {
        const AqErr err =
            aq_feature_add(out, t->facts[k].modality, t->facts[k].out_dims);

        if (err != AQ_OK)
            return err;
    }
    return AQ_OK;
}

void aq_toolset_close(AqToolset *t)
{
    for (int k = 0; k < AQ_MOST_TOOLS; k++) {
        aq_extractor_close(&t->x[k]);
        aq_free(t->version[k]);
        aq_free(t->sampling[k]);
    }
    *t = (AqToolset){0};
}
