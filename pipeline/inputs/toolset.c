/* SPDX-License-Identifier: MIT */
#include "pipeline/inputs/toolset.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/decoder/decode.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const default_name[AQ_N_MODALITIES] = {"vggish_nano", "swin_nano"};

/* The parts of a row's provenance that must agree with a model's. The program's version
 * is recorded but does not count: extractors have their own version. */
static const char *const keys[] = {"extractor", "version",   "weights",
                                   "sha256",    "precision", "sampling"};
#define N_KEYS (sizeof keys / sizeof *keys)

/* Precedes the switches, if any, in the sampling text. */
#define OPTIONS_MARK "; options: "

static const char *provenance_value_of(const AqProvenance *p, size_t k)
{
    const char *const v[N_KEYS] = {p->extractor, p->extractor_version,
                                   p->weights,   p->weights_sha256,
                                   p->precision, p->sampling};
    return v[k];
}

/* Precedes the requested sound track, before the switches. */
#define TRACK_MARK "; sound track "

/* The sampling text: how a clip becomes this network's input, and its switches. */
static AqErr describe_tool(AqToolset *t, AqModality m)
{
    const AqExtractorFacts *f = &t->facts[m];
    char *media = NULL, track[32] = "";
    const AqErr err = aq_decode_sampling(&f->input, &media);

    if (err != AQ_OK)
        return err;
    if (t->audio_track)
        (void)snprintf(track, sizeof track, TRACK_MARK "%d", t->audio_track);
    t->sampling[m] = aq_strf("%s%s%s%s%s%s", media, track, *f->options ? "; " : "",
                             f->options, *f->switches ? OPTIONS_MARK : "", f->switches);
    aq_free(media);
    t->version[m] = aq_strf("%d", f->version);
    if (!t->sampling[m] || !t->version[m])
        return AQ_ERR_NOMEM;
    t->provenance[m] = (AqProvenance){.kind = m,
                                      .extractor = f->name,
                                      .extractor_version = t->version[m],
                                      .weights = f->weights,
                                      .weights_sha256 = f->weights_sha256,
                                      .precision = f->precision,
                                      .sampling = t->sampling[m],
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

/* The switches with "pca=on" and "pca=NAME" replaced by the file's path. */
static AqErr find_pca(const char *options, char **out)
{
    const char *at = options ? strstr(options, "pca=") : NULL;
    const int n = at ? (int)strcspn(at + 4, ",") : 0;
    const int is_key = at && (at == options || at[-1] == ',');
    char *path = NULL;

    *out = NULL;
    if (!is_key || n == 0 || (n == 3 && strncmp(at + 4, "off", 3) == 0)) {
        *out = aq_strdup(options ? options : "");
        return *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    char *text = aq_strf("%.*s", n, at + 4);
    AqErr err = text ? AQ_OK : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_config_weights_file(strcmp(text, "on") == 0 ? "vggish_pca" : text,
                                     &path);
    if (err == AQ_OK) {
        *out = aq_strf("%.*spca=%s%s", (int)(at - options), options, path, at + 4 + n);
        err = *out ? AQ_OK : AQ_ERR_NOMEM;
    }
    aq_free(path);
    aq_free(text);
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
    char *path = NULL, *switches = NULL;
    AqModality of = m;
    AqErr err = resolve_network_weights(&name, &of, weights, &path);

    if (err == AQ_OK && of != m)
        err = aq_fail(AQ_ERR_USAGE, "%s is for the %s, not for the %s", name,
                      aq_modality_name(of), aq_modality_name(m));
    if (err == AQ_OK)
        err = find_pca(options, &switches);
    if (err == AQ_OK)
        err = aq_extractor_open(&t->x[m], name, path, switches);
    if (err == AQ_OK)
        err = freeze_extractor(t->x[m], precision);
    aq_free(path);
    aq_free(switches);
    if (err != AQ_OK)
        return err;
    t->facts[m] = aq_extractor_facts(t->x[m]);
    if (t->facts[m].seeded)
        aq_log(AQ_LOG_WARN, "%s runs on random weights (%s), not on pretrained ones",
               name, t->facts[m].weights);
    return describe_tool(t, m);
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

/* The first key in which `p` differs from what is wanted, or NULL. */
static const char *first_differing_key(json_t *want, const AqProvenance *p,
                                       const char **wanted, const char **have)
{
    for (size_t k = 0; k < N_KEYS; k++) {
        *wanted = json_string_value(json_object_get(want, keys[k]));
        *have = provenance_value_of(p, k);
        if (strcmp(keys[k], "weights") ==
            0) /* a file name does not count, its digest does */
            continue;
        if (!*wanted || strcmp(*wanted, *have) != 0)
            return keys[k];
    }
    return NULL;
}

/* The sound track requested when the features were made; 0: none. */
static int track_of(json_t *want)
{
    const char *text = json_string_value(json_object_get(want, "sampling"));
    const char *at = text ? strstr(text, TRACK_MARK) : NULL;

    return at ? (int)strtol(at + strlen(TRACK_MARK), NULL, 10) : 0;
}

static AqErr compare_tool_provenance(const AqToolset *t, AqModality m, json_t *want)
{
    const char *w, *have,
        *key = first_differing_key(want, &t->provenance[m], &w, &have);

    if (!key)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "the model was trained on %s features whose %s is '%s', but here "
                   "it is '%s'; name the same weights, or train again",
                   aq_modality_name(m), key, w ? w : "", have);
}

int aq_toolset_is_wanted(const char *json, const AqProvenance *p)
{
    const char *w, *have;
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    json_t *want = json_object_get(root, aq_modality_name((AqModality)p->kind));
    const int same = want && !first_differing_key(want, p, &w, &have);

    json_decref(root);
    return same;
}

char *aq_toolset_wanted_line(const char *json, AqModality m)
{
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    json_t *want = json_object_get(root, aq_modality_name(m));
    const char *v[N_KEYS];

    for (size_t k = 0; k < N_KEYS; k++) {
        v[k] = json_string_value(json_object_get(want, keys[k]));
        v[k] = v[k] ? v[k] : "";
    }
    char *line = aq_strf("%s %s %s, weights %s %.12s, %s, %s", aq_modality_name(m),
                         v[0], v[1], v[2], v[3], v[4], v[5]);
    json_decref(root);
    return line;
}

/* The switches with which the features were made, from their sampling text. */
static const char *options_of(json_t *want)
{
    const char *text = json_string_value(json_object_get(want, "sampling"));
    const char *at = text ? strstr(text, OPTIONS_MARK) : NULL;

    return at ? at + strlen(OPTIONS_MARK) : NULL;
}

static int is_imported(json_t *want)
{
    const char *version = json_string_value(json_object_get(want, "version"));

    return version && strcmp(version, AQ_STORE_IMPORTED) == 0;
}

/* Uses another sound track than the model's features were made from. */
static AqErr change_track(AqToolset *t, AqModality m, int track)
{
    t->audio_track = track;
    aq_free(t->version[m]);
    aq_free(t->sampling[m]);
    t->version[m] = t->sampling[m] = NULL;
    return describe_tool(t, m);
}

static AqErr open_wanted(AqToolset *t, json_t *root, const AqToolChoice *choice)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        json_t *want = json_object_get(root, aq_modality_name((AqModality)m));
        const char *name = json_string_value(json_object_get(want, "extractor"));
        const char *weights = json_string_value(json_object_get(want, "weights"));

        if (!name || !weights)
            return aq_fail(AQ_ERR_FORMAT,
                           "the model file does not say which %s extractor it needs",
                           aq_modality_name((AqModality)m));
        if (is_imported(want))
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "the model was trained on %s features imported as '%s', "
                           "which this program cannot make from a clip; use "
                           "`avqa-pipe eval` for clips whose features are in the store",
                           aq_modality_name((AqModality)m), name);
        if (choice->weights[m])
            weights = choice->weights[m];
        else if (strncmp(weights, "seeded:", 7) != 0)
            weights = NULL; /* a file: its path here is found by name */
        t->audio_track = track_of(want);
        AqErr err = aq_toolset_open_one(
            t, (AqModality)m, name, weights,
            choice->options[m] ? choice->options[m] : options_of(want),
            json_string_value(json_object_get(want, "precision")));
        if (err == AQ_OK)
            err = compare_tool_provenance(t, (AqModality)m, want);
        if (err == AQ_OK && choice->audio_track)
            err = change_track(t, (AqModality)m, choice->audio_track);
        if (err != AQ_OK)
            return err;
    }
    return AQ_OK;
}

AqErr aq_toolset_open_for(AqToolset *out, const char *json, const AqToolChoice *choice)
{
    *out = (AqToolset){0};
    json_t *root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    if (!root)
        return aq_fail(AQ_ERR_FORMAT,
                       "the model file does not say which extractors it needs");
    const AqErr err = open_wanted(out, root, choice);
    json_decref(root);
    if (err != AQ_OK)
        aq_toolset_close(out);
    return err;
}

void aq_toolset_close(AqToolset *t)
{
    for (int m = 0; m < AQ_N_MODALITIES; m++) {
        aq_extractor_close(&t->x[m]);
        aq_free(t->version[m]);
        aq_free(t->sampling[m]);
    }
    *t = (AqToolset){0};
}

AqErr aq_toolset_json(const AqProvenance *audio, const AqProvenance *visual, char **out)
{
    const AqProvenance *const p[AQ_N_MODALITIES] = {audio, visual};
    json_t *root = json_object();

    *out = NULL;
    for (int m = 0; root && m < AQ_N_MODALITIES; m++) {
        json_t *o = json_object();

        for (size_t k = 0; k < N_KEYS; k++)
            (void)json_object_set_new(
                o, keys[k],
                aq_json_string(provenance_value_of(p[m], k),
                               strlen(provenance_value_of(p[m], k))));
        (void)json_object_set_new(root, aq_modality_name((AqModality)m), o);
    }
    *out = root ? aq_json_text(root, 0) : NULL;
    json_decref(root);
    return *out ? AQ_OK : aq_fail(AQ_ERR_NOMEM, "out of memory");
}
