/* SPDX-License-Identifier: MIT */
/* The extractors there are: the only file to touch when one is added. */
#include "extract/networks/network.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    const AqNetworkDef *def;
} rows[] = {{"vggish", &aq_network_vggish},   {"vggish_nano", &aq_network_vggish},
            {"swin_t", &aq_network_swin},     {"swin_s", &aq_network_swin},
            {"swin_b", &aq_network_swin},     {"swin_l", &aq_network_swin},
            {"swin_b_384", &aq_network_swin}, {"swin_l_384", &aq_network_swin},
            {"swin_nano", &aq_network_swin},  {"swin", &aq_network_swin}};
#define N_ROWS (sizeof rows / sizeof *rows)

struct AqExtractor {
    const AqNetworkDef *def;
    const char *name;
    AqNetwork *net;
    AqNetworkFacts facts;
    char *weights;
    int seeded;
    char sha256[AQ_SHA256_HEX];
    AqPrecision precision;
};

const char *aq_extractor_name(AqModality m, size_t k)
{
    for (size_t r = 0; r < N_ROWS; r++)
        if (rows[r].def->modality == m && k-- == 0)
            return rows[r].name;
    return NULL;
}

/* N_ROWS: there is none of that name. */
static size_t extractor_row_of(const char *name)
{
    size_t r = 0;

    while (r < N_ROWS && strcmp(rows[r].name, name) != 0)
        r++;
    return r;
}

static AqErr fail_unknown_extractor(const char *name)
{
    char list[256] = "";
    size_t at = 0;

    for (size_t r = 0; r < N_ROWS && at < sizeof list; r++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", r ? ", " : "",
                               rows[r].name);
    return aq_fail(AQ_ERR_NOT_FOUND, "there is no extractor '%s'; there are %s", name,
                   list);
}

AqErr aq_extractor_modality(const char *name, AqModality *m)
{
    const size_t r = extractor_row_of(name);

    if (r == N_ROWS)
        return fail_unknown_extractor(name);
    *m = rows[r].def->modality;
    return AQ_OK;
}

/* "seeded:N"; 0 if it is something else. */
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

/* Seeded values follow from this text alone. */
static AqErr seeded_digest(AqExtractor *x, uint64_t seed)
{
    char text[256];

    (void)snprintf(text, sizeof text,
                   "avqa-pipe seeded weights 2; %s; version %d; %s; seed %llu", x->name,
                   x->def->version, x->facts.options, (unsigned long long)seed);
    return aq_sha256_buffer(text, strlen(text), x->sha256);
}

static AqErr open_seeded(AqExtractor *x, const char *weights, uint64_t seed,
                         const char *switches)
{
    AqErr err = x->def->open(&x->net, x->name, NULL, seed, switches, &x->facts);

    if (err != AQ_OK)
        return err;
    x->seeded = 1;
    x->weights = aq_strdup(weights);
    return x->weights ? seeded_digest(x, seed) : AQ_ERR_NOMEM;
}

/* The file's digest and name, or those of the one that it was imported from. */
static AqErr name_origin(AqExtractor *x, AqWeights *w)
{
    const char *sha = aq_weights_meta(w, "origin_sha256"),
               *file = aq_weights_meta(w, "origin");
    AqErr err = AQ_OK;

    if (sha && file && strlen(sha) == AQ_SHA256_HEX - 1) {
        memcpy(x->sha256, sha, AQ_SHA256_HEX);
    } else {
        file = aq_fs_base(aq_weights_path(w));
        err = aq_weights_sha256(w, x->sha256);
        aq_weights_drop_pages(w); /* before the network's copy of them is made */
    }
    x->weights = aq_strdup(file);
    return x->weights ? err : AQ_ERR_NOMEM;
}

static AqErr open_extractor_file(AqExtractor *x, AqWeights *w, const char *switches)
{
    const AqErr err = name_origin(x, w);

    return err == AQ_OK ? x->def->open(&x->net, x->name, w, 0, switches, &x->facts)
                        : err;
}

static AqErr new_extractor(AqExtractor **out, const char *name)
{
    const size_t r = extractor_row_of(name);

    *out = NULL;
    if (r == N_ROWS)
        return fail_unknown_extractor(name);
    *out = aq_alloc(1, sizeof **out);
    if (!*out)
        return AQ_ERR_NOMEM;
    (*out)->def = rows[r].def;
    (*out)->name = rows[r].name;
    return AQ_OK;
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

AqErr aq_extractor_identify(const AqWeights *w, AqExtractorMatch *out)
{
    static const AqNetworkDef *const defs[] = {&aq_network_swin, &aq_network_vggish};
    AqNetworkMatch match;

    *out = (AqExtractorMatch){0};
    for (size_t k = 0; k < sizeof defs / sizeof *defs; k++) {
        const AqErr err = defs[k]->identify(w, &match);

        if (err == AQ_ERR_NOT_FOUND)
            continue;
        if (err == AQ_OK && out->name)
            return aq_fail(AQ_ERR_MISMATCH,
                           "%s: holds a network for pictures (%s) and one for sound "
                           "(%s); choose one by `avqa-pipe weights import FILE "
                           "--prefix TEXT`, what the names of its tensors begin with",
                           aq_weights_path(w), out->name, match.name);
        if (err != AQ_OK)
            return err;
        out->name = match.name;
        out->modality = defs[k]->modality;
        (void)snprintf(out->about, sizeof out->about, "%s", match.about);
    }
    if (out->name)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_NOT_FOUND,
        "%s: its tensors are those of no network that is known here (VGGish, "
        "Swin)",
        aq_weights_path(w));
}

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
                          .modality = x->def->modality,
                          .weights = x->weights,
                          .weights_sha256 = x->sha256,
                          .seeded = x->seeded,
                          .precision = aq_precision_name(x->precision),
                          .options = x->facts.options,
                          .switches = x->facts.switches,
                          .frames = x->facts.frames,
                          .batch = x->facts.batch,
                          .gflop = x->facts.gflop};

    memcpy(f.in_dims, x->facts.in_dims, sizeof f.in_dims);
    memcpy(f.out_dims, x->facts.out_dims, sizeof f.out_dims);
    return f;
}

static AqErr run_batch(const AqExtractor *x, AqNn *nn, const float *in, int n,
                       float *out, const AqExtractorTap *tap)
{
    const int *d = x->facts.in_dims;

    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *t = aq_nn_input(nn, AQ_DIMS(n, d[0], d[1], d[2]), in);
    AqTensor *y = x->def->forward(x->net, nn, t, tap);
    if (!y)
        return aq_nn_error(nn);
    for (size_t k = 0; k < (size_t)n * aq_extractor_values(x->facts.out_dims); k++)
        out[k] = (float)y->data[k];
    return AQ_OK;
}

AqErr aq_extractor_run_tapped(const AqExtractor *x, AqNn *nn, const float *in, int n,
                              float *out, const AqExtractorTap *tap)
{
    const size_t in_each = aq_extractor_values(x->facts.in_dims),
                 out_each = aq_extractor_values(x->facts.out_dims);
    AqErr err = AQ_OK;

    for (int at = 0; err == AQ_OK && at < n; at += x->facts.batch) {
        const int some = n - at < x->facts.batch ? n - at : x->facts.batch;

        err = run_batch(x, nn, in + (size_t)at * in_each, some,
                        out + (size_t)at * out_each, tap);
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
    return x->def->forward(x->net, nn, in, NULL);
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
