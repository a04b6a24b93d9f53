/* SPDX-License-Identifier: MIT */
/*
 * The registry of extractors. To add one: its file, its lines in extract/meson.build
 * and in its room's header, and its row below. Names, the lists in help and errors,
 * front ends and the recognition of weight files come from the networks' descriptions.
 */
#include "extract/networks/extractor.h"
#include "extract/networks/image/image.h"
#include "extract/networks/sound/sound.h"
#include "extract/networks/video/video.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/option.h"
#include "base/text/choice.h"
#include "base/text/nearest.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ADDED = 8 };
static const AqNetworkDef *const own_rows[] = {
    &aq_network_vggish,       &aq_network_yamnet,   &aq_network_hearing,
    &aq_network_swin,         &aq_network_clip_vit, &aq_network_resnet,
    &aq_network_internvideo2, &aq_network_resnet3d, &aq_network_sight,
};
#define N_OWN (sizeof own_rows / sizeof *own_rows)
static const AqNetworkDef *added_rows[MAX_ADDED]; /* added by tests */
static size_t n_added;

struct AqExtractor {
    const AqNetworkDef *def;
    const char *name;
    void *net;
    AqNetworkFacts facts;
    char *weights;
    int seeded;
    char sha256[AQ_SHA256_HEX];
    AqPrecision precision;
};

/* ---- the rows ---- */

void aq_network_add(const AqNetworkDef *def)
{
    if (n_added < MAX_ADDED)
        added_rows[n_added++] = def;
}

/* NULL past the last. */
static const AqNetworkDef *network_row_at(size_t k)
{
    if (k < N_OWN)
        return own_rows[k];
    return k < N_OWN + n_added ? added_rows[k - N_OWN] : NULL;
}

const char *aq_extractor_name(AqModality m, size_t k)
{
    const AqNetworkDef *def;

    for (size_t r = 0; (def = network_row_at(r)); r++)
        for (size_t i = 0; def->input->modality == m && def->names[i]; i++)
            if (k-- == 0)
                return def->names[i];
    return NULL;
}

/* Has a network of the modality before row r a switch of that name? */
static int is_switch_above(AqModality m, size_t r, const char *name)
{
    for (size_t k = 0; k < r; k++) {
        const AqNetworkDef *def = network_row_at(k);

        if (def->input->modality != m || !def->switches)
            continue;
        AqOptionWalk w = aq_options_walk(def->switches);
        while (aq_options_next(&w))
            if (strcmp(w.row->name, name) == 0)
                return 1;
    }
    return 0;
}

/* Is `word` one of those that stand in the text, between bars? */
static int is_word_in(const char *text, const char *word)
{
    const size_t n = strlen(word);

    for (const char *at = text; (at = strstr(at, word)); at += n)
        if ((at == text || at[-1] == '|') && (at[n] == '|' || at[n] == '\0'))
            return 1;
    return 0;
}

/* The choices of all the modality's switches of that name, "grid|pooled|scores". */
static const char *list_all_choices(AqModality m, const char *name, char *text,
                                    size_t bytes)
{
    const AqNetworkDef *def;
    size_t at = 0;

    text[0] = '\0';
    for (size_t r = 0; (def = network_row_at(r)); r++) {
        if (def->input->modality != m || !def->switches)
            continue;
        AqOptionWalk w = aq_options_walk(def->switches);
        while (aq_options_next(&w))
            for (size_t k = 0; strcmp(w.row->name, name) == 0 && w.row->choices &&
                               w.row->choices[k] && at < bytes;
                 k++)
                if (!is_word_in(text, w.row->choices[k]))
                    at += (size_t)snprintf(text + at, bytes - at, "%s%s", at ? "|" : "",
                                           w.row->choices[k]);
    }
    return text;
}

/* The k-th row of network r's switches, without those above, as "fit=squash|crop";
 * takes them off *k. */
static const char *describe_switch(const AqNetworkDef *def, size_t r, size_t *k)
{
    static _Thread_local char text[160];
    AqOptionWalk w = aq_options_walk(def->switches);
    char arg[128];

    while (aq_options_next(&w)) {
        if (is_switch_above(def->input->modality, r, w.row->name) || (*k)-- > 0)
            continue;
        (void)snprintf(text, sizeof text, "%s=%s", w.row->name,
                       w.row->choices ? list_all_choices(def->input->modality,
                                                         w.row->name, arg, sizeof arg)
                                      : aq_option_arg(w.row, arg, sizeof arg));
        return text;
    }
    return NULL;
}

const char *aq_extractor_switches(AqModality m, size_t k)
{
    const AqNetworkDef *def;
    const char *text = NULL;

    for (size_t r = 0; !text && (def = network_row_at(r)); r++)
        if (def->input->modality == m && def->switches)
            text = describe_switch(def, r, &k);
    return text;
}

/* *own: the name as in the row. Returns NULL if there is none of that name. */
static const AqNetworkDef *find_network(const char *name, const char **own)
{
    const AqNetworkDef *def;

    for (size_t r = 0; (def = network_row_at(r)); r++)
        for (size_t i = 0; def->names[i]; i++)
            if (strcmp(def->names[i], name) == 0) {
                *own = def->names[i];
                return def;
            }
    return NULL;
}

const char *aq_extractor_any_name(size_t k)
{
    size_t n = 0;

    while (aq_extractor_name(AQ_AUDIO, n))
        n++;
    return k < n ? aq_extractor_name(AQ_AUDIO, k) : aq_extractor_name(AQ_VISUAL, k - n);
}

static AqErr fail_unknown_extractor(const char *name)
{
    AqNearest near = {.word = name};
    char list[512];
    const char *one;

    for (size_t k = 0; (one = aq_extractor_any_name(k)); k++)
        aq_nearest_try(&near, one);
    return aq_fail(AQ_ERR_NOT_FOUND, "there is no extractor '%s'%s%s%s; there are %s",
                   name, near.best ? "; did you mean " : "", near.best ? near.best : "",
                   near.best ? "?" : "",
                   aq_choice_list(aq_extractor_any_name, list, sizeof list));
}

AqErr aq_extractor_modality(const char *name, AqModality *m)
{
    const char *own;
    const AqNetworkDef *def = find_network(name, &own);

    if (!def)
        return fail_unknown_extractor(name);
    *m = def->input->modality;
    return AQ_OK;
}

/* ---- opening ---- */

/* Parses "seeded:N"; 0 if it is something else. */
static int is_seeded(const char *weights, uint64_t *seed, AqErr *err)
{
    char *end = NULL;

    if (strncmp(weights, "seeded:", 7) != 0)
        return 0;
    errno = 0;
    *seed = strtoull(weights + 7, &end, 10);
    *err = AQ_OK;
    if (weights[7] < '0' || weights[7] > '9' || *end || errno)
        *err = aq_fail(AQ_ERR_USAGE, "%s: a seed is a whole number, as in seeded:1",
                       weights);
    return 1;
}

/* Seeded values depend on this text only. */
static AqErr seeded_digest(AqExtractor *x, uint64_t seed)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "avqa-pipe seeded weights 2; %s; version %d; %s; seed %llu", x->name,
                   x->def->version, x->facts.options, (unsigned long long)seed);
    return aq_sha256_buffer(text, strlen(text), x->sha256);
}

static AqErr new_extractor(AqExtractor **out, const char *name)
{
    const char *own = NULL;
    const AqNetworkDef *def = find_network(name, &own);

    *out = NULL;
    if (!def)
        return fail_unknown_extractor(name);
    *out = aq_alloc(1, sizeof **out);
    if (!*out)
        return AQ_ERR_NOMEM;
    (*out)->def = def;
    (*out)->name = own;
    return AQ_OK;
}

/* Opens from a file or, if w is NULL, seeded. */
static AqErr open_checked_network(AqExtractor *x, AqWeights *w, uint64_t seed,
                                  const char *switches)
{
    assert(x);
    const AqErr err = x->def->open(&x->net, x->name, w, seed, switches, &x->facts);

    return err == AQ_OK ? aq_input_check(&x->facts.input) : err;
}

static AqErr open_seeded(AqExtractor *x, const char *weights, uint64_t seed,
                         const char *switches)
{
    AqErr err = open_checked_network(x, NULL, seed, switches);

    if (err != AQ_OK)
        return err;
    x->seeded = 1;
    x->weights = aq_strdup(weights);
    return x->weights ? seeded_digest(x, seed) : AQ_ERR_NOMEM;
}

/* The digest and name of the file, or of the one that it was imported from. */
static AqErr name_origin(AqExtractor *x, AqWeights *w)
{
    const char *sha = aq_weights_meta(w, "origin_sha256"),
               *file = aq_weights_meta(w, "origin");
    AqErr err = AQ_OK;

    assert(x);
    if (sha && file && strlen(sha) == AQ_SHA256_HEX - 1) {
        memcpy(x->sha256, sha, AQ_SHA256_HEX);
    } else {
        file = aq_fs_base(aq_weights_path(w));
        err = aq_weights_sha256(w, x->sha256);
        aq_weights_drop_pages(w); /* before the network copies them */
    }
    x->weights = aq_strdup(file);
    return x->weights ? err : AQ_ERR_NOMEM;
}

static AqErr open_extractor_file(AqExtractor *x, AqWeights *w, const char *switches)
{
    const AqErr err = name_origin(x, w);

    return err == AQ_OK ? open_checked_network(x, w, 0, switches) : err;
}

AqErr aq_extractor_open_weights(AqExtractor **out, const char *name, AqWeights *w,
                                const char *switches)
{
    AqErr err = new_extractor(out, name);

    if (err == AQ_OK)
        err = open_extractor_file(*out, w, switches);
    if (err != AQ_OK)
        aq_extractor_close(out);
    return err;
}

AqErr aq_extractor_open(AqExtractor **out, const char *name, const char *weights,
                        const char *switches)
{
    AqWeights *w = NULL;
    uint64_t seed = 0;
    AqErr err = new_extractor(out, name), bad_seed = AQ_OK;

    if (err != AQ_OK)
        return err;
    if (is_seeded(weights, &seed, &bad_seed)) {
        err = bad_seed == AQ_OK ? open_seeded(*out, weights, seed, switches) : bad_seed;
    } else {
        err = aq_weights_open(&w, weights);
        if (err == AQ_OK)
            err = open_extractor_file(*out, w, switches);
        aq_weights_unref(&w); /* the network keeps its own reference */
    }
    if (err != AQ_OK)
        aq_extractor_close(out);
    return err;
}

/* ---- recognising weight files ---- */

static AqErr fail_two_networks(const AqWeights *w, const AqExtractorMatch *one,
                               const char *other)
{
    const int sound = one->modality == AQ_AUDIO;

    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: holds a network for pictures (%s) and one for sound (%s); "
                   "choose one by `avqa-pipe weights import FILE --prefix TEXT`, "
                   "where TEXT is how the names of its tensors begin",
                   aq_weights_path(w), sound ? other : one->name,
                   sound ? one->name : other);
}

static AqErr fail_no_network(const AqWeights *w)
{
    const AqNetworkDef *def;
    char list[256] = "";
    size_t at = 0;

    for (size_t r = 0; (def = network_row_at(r)) && at < sizeof list; r++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", at ? ", " : "",
                               def->title);
    return aq_fail(AQ_ERR_NOT_FOUND,
                   "%s: its tensors are not those of any known network (%s)",
                   aq_weights_path(w), list);
}

AqErr aq_extractor_identify(const AqWeights *w, AqExtractorMatch *out)
{
    const AqNetworkDef *def;

    *out = (AqExtractorMatch){0};
    for (size_t r = 0; (def = network_row_at(r)); r++) {
        AqNetworkMatch match = {0};
        const AqErr err = def->identify ? def->identify(w, &match) : AQ_ERR_NOT_FOUND;

        if (err == AQ_ERR_NOT_FOUND)
            continue;
        if (err == AQ_OK && out->name)
            return fail_two_networks(w, out, match.name);
        if (err != AQ_OK)
            return err;
        out->name = match.name;
        out->to_look = match.to_look;
        out->modality = def->input->modality;
        (void)snprintf(out->about, sizeof out->about, "%s", match.about);
    }
    return out->name ? AQ_OK : fail_no_network(w);
}

/* ---- using ---- */

void aq_extractor_close(AqExtractor **xp)
{
    AqExtractor *x = *xp;

    if (!x)
        return;
    if (x->def)
        x->def->close(&x->net);
    aq_free(x->weights);
    aq_free(x);
    *xp = NULL;
}

AqExtractorFacts aq_extractor_facts(const AqExtractor *x)
{
    AqExtractorFacts f = {.name = x->name,
                          .version = x->def->version,
                          .modality = x->def->input->modality,
                          .weights = x->weights,
                          .weights_sha256 = x->sha256,
                          .seeded = x->seeded,
                          .precision = aq_precision_name(x->precision),
                          .options = x->facts.options,
                          .switches = x->facts.switches,
                          .columns = x->facts.columns,
                          .cells = x->facts.cells,
                          .input = x->facts.input,
                          .batch = x->facts.batch,
                          .gflop = x->facts.gflop};

    memcpy(f.out_dims, x->facts.out_dims, sizeof f.out_dims);
    return f;
}

/* What forward takes as a row: one, or one picture of it. */
static int pieces_of_row(const AqExtractor *x)
{
    return x->facts.apart ? x->facts.apart : 1;
}

/* n of these; `out_each` values of each. */
static AqErr run_batch(const AqExtractor *x, AqNn *nn, const float *in, int n,
                       float *out, size_t out_each, const AqExtractorTap *tap)
{
    const int *d = x->facts.input.dims;

    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *t = aq_nn_input(nn, AQ_DIMS(n, d[0] / pieces_of_row(x), d[1], d[2]), in);
    AqTensor *y = x->def->forward(x->net, nn, t, tap);
    if (!y)
        return aq_nn_error(nn);
    for (size_t k = 0; k < (size_t)n * out_each; k++)
        out[k] = (float)y->data[k];
    return AQ_OK;
}

AqErr aq_extractor_run_tapped(const AqExtractor *x, AqNn *nn, const float *in, int n,
                              float *out, const AqExtractorTap *tap)
{
    const int pieces = pieces_of_row(x),
              most = x->facts.apart ? x->facts.at_once : x->facts.batch;
    const size_t in_each = aq_extractor_values(x->facts.input.dims) / (size_t)pieces,
                 out_each = aq_extractor_values(x->facts.out_dims) / (size_t)pieces;
    AqErr err = AQ_OK;

    for (int at = 0; err == AQ_OK && at < n * pieces; at += most) {
        const int some = n * pieces - at < most ? n * pieces - at : most;

        err = run_batch(x, nn, in + (size_t)at * in_each, some,
                        out + (size_t)at * out_each, out_each, tap);
    }
    return err;
}

AqErr aq_extractor_run(const AqExtractor *x, AqNn *nn, const float *in, int n,
                       float *out)
{
    return aq_extractor_run_tapped(x, nn, in, n, out, NULL);
}

AqErr aq_extractor_freeze(AqExtractor *x, AqPrecision precision)
{
    const AqErr err = aq_params_freeze(x->def->params(x->net), precision);

    if (err == AQ_OK)
        x->precision = precision;
    return err == AQ_OK ? AQ_OK : aq_err_prefix(err, "%s", x->name);
}

/* ---- training ---- */

AqErr aq_extractor_make_trainable(AqExtractor *x)
{
    x->precision = AQ_PRECISION_F32;
    return aq_params_make_trainable(x->def->params(x->net));
}

AqParams *aq_extractor_params(const AqExtractor *x)
{
    return x->def->params(x->net);
}

AqTensor *aq_extractor_forward(const AqExtractor *x, AqNn *nn, AqTensor *in)
{
    const int *d = x->facts.input.dims, *o = x->facts.out_dims, M = x->facts.apart;

    if (!in || M == 0)
        return x->def->forward(x->net, nn, in, NULL);
    const int n = in->dims[0];
    AqTensor *y = aq_reshape(nn, in, AQ_DIMS(n * M, d[0] / M, d[1], d[2]));
    y = x->def->forward(x->net, nn, y, NULL);
    return y ? aq_reshape(nn, y, AQ_DIMS(n, o[0], o[1], o[2])) : NULL;
}

AqErr aq_extractor_save(const AqExtractor *x, const char *path, const char *origin)
{
    AqWeightsWriter *w = NULL;
    AqErr err = aq_weights_writer_new(&w);

    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "network", x->name);
    if (err == AQ_OK)
        err = aq_weights_writer_meta(w, "origin", origin);
    if (err == AQ_OK)
        err = aq_params_save(x->def->params(x->net), w, "", AQ_F16);
    if (err == AQ_OK)
        err = aq_weights_writer_commit(w, path);
    aq_weights_writer_free(&w);
    return err;
}
