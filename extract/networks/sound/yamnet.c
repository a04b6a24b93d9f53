/* SPDX-License-Identifier: MIT */
/*
 * YAMNet (tensorflow/models, research/audioset/yamnet): a MobileNet over a second's
 * log-mel, which gives 1,024 values or the scores of AudioSet's 521 classes, or what a
 * linear map of the values says of the concepts of hearing (concept_map.h). A batch
 * norm is folded into the convolution before it when a file is opened (its epsilon is
 * 1e-4); TensorFlow Lite's converter has done so already.
 */
#include "extract/input/logmel.h"
#include "extract/networks/parts/norm.h"
#include "extract/networks/sound/concept_map.h"
#include "extract/networks/sound/sound.h"
#include "extract/networks/sound/yamnet_geometry.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"

#include <stdio.h>
#include <string.h>

enum {
    LAYERS = AQ_YAMNET_LAYERS,
    KERNEL = AQ_YAMNET_KERNEL,
    ROWS = AQ_LOGMEL_ROWS,
    COLS = AQ_LOGMEL_COLS,
    BATCH_SECONDS = 8
};
#define NORM_EPS 1e-4

typedef enum YamnetOut {
    OUT_EMBEDDING,
    OUT_SCORES,
    OUT_BOTH,
    OUT_CONCEPTS,
    OUT_LOGODDS
} YamnetOut;
static const char *const out_names[] = {"embedding", "scores",  "both",
                                        "concepts",  "logodds", NULL};

typedef struct YamnetConv {
    AqTensor *w, *b; /* (O,K,K,I), depthwise (K,K,C), the head (classes,C); (O) */
} YamnetConv;

typedef struct Yamnet {
    AqYamnetGeometry g;
    YamnetOut out;
    AqParams *params;
    YamnetConv depthwise[LAYERS], conv[LAYERS]; /* the first layer is a conv alone */
    YamnetConv head;                            /* w NULL: none */
    AqConceptMap map;                           /* of OUT_CONCEPTS and OUT_LOGODDS */
} Yamnet;

static int has_concepts(const Yamnet *net)
{
    return net->out == OUT_CONCEPTS || net->out == OUT_LOGODDS;
}

/* ---- parameters ---- */

/* "NAME.weight", of n_dims, and "NAME.bias", of `out`. Nothing after an error. */
static void declare_yamnet_conv(AqParams *ps, AqErr *err, YamnetConv *c,
                                const char *name, int out, int n_dims, const int *dims)
{
    char full[64];
    AqParamSpec s = {.name = full,
                     .n_dims = n_dims,
                     .init = AQ_INIT_HE,
                     .scale = 1,
                     .layout = n_dims == 4 ? AQ_LAYOUT_OIHW : AQ_LAYOUT_PLAIN};
    const AqParamSpec bias = {
        .name = full, .n_dims = 1, .dims = {out}, .init = AQ_INIT_ZERO, .no_decay = 1};

    if (*err != AQ_OK)
        return;
    memcpy(s.dims, dims, (size_t)n_dims * sizeof *dims);
    if (n_dims == 3) { /* a channel sees its own nine values alone */
        s.init = AQ_INIT_NORMAL;
        s.scale = AQ_R(0.47); /* sqrt(2 / 9) */
    }
    (void)snprintf(full, sizeof full, "%s.weight", name);
    *err = aq_params_add(ps, &s, &c->w);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    if (*err == AQ_OK)
        *err = aq_params_add(ps, &bias, &c->b);
}

static AqErr declare_yamnet_params(Yamnet *net)
{
    AqParams *ps = net->params;
    AqErr err = AQ_OK;
    const int *width = net->g.width, last = width[LAYERS - 1];
    char name[32];

    declare_yamnet_conv(ps, &err, &net->conv[0], "layer1.conv", width[0],
                        AQ_DIMS(width[0], KERNEL, KERNEL, 1));
    for (int k = 1; k < LAYERS; k++) {
        (void)snprintf(name, sizeof name, "layer%d.depthwise", k + 1);
        declare_yamnet_conv(ps, &err, &net->depthwise[k], name, width[k - 1],
                            AQ_DIMS(KERNEL, KERNEL, width[k - 1]));
        (void)snprintf(name, sizeof name, "layer%d.pointwise", k + 1);
        declare_yamnet_conv(ps, &err, &net->conv[k], name, width[k],
                            AQ_DIMS(width[k], 1, 1, width[k - 1]));
    }
    if (net->g.classes)
        declare_yamnet_conv(ps, &err, &net->head, "head", net->g.classes,
                            AQ_DIMS(net->g.classes, last));
    return err;
}

/* ---- Keras's files ---- */

static void name_keras_norm(const AqWeights *w, const char *conv, AqNormNames *to)
{
    static const char *const leaves[] = {"gamma", "beta", "moving_mean",
                                         "moving_variance"};

    for (int k = 0; k < AQ_NORM_PARTS; k++)
        (void)snprintf(to->part[k], sizeof to->part[k], "%s/bn/%s:0", conv, leaves[k]);
    if (!aq_weights_find(w, to->part[AQ_NORM_SCALE])) /* as published */
        to->part[AQ_NORM_SCALE][0] = '\0';
}

/* A convolution from its kernel, (H,W,in,out) or depthwise (H,W,C,1), and its norm. */
static AqErr fold_keras_conv(AqWeights *w, const AqYamnetNaming *as, const char *ours,
                             const YamnetConv *c)
{
    static const int ohwi[] = {3, 0, 1, 2};
    const int is_depthwise = c->w->n_dims == 3, *d = c->w->dims;
    const int64_t dims[2][4] = {{d[1], d[2], d[3], d[0]}, {d[0], d[1], d[2], 1}};
    const size_t n = aq_tensor_count(c->w), O = aq_tensor_count(c->b);
    char conv[96], kernel[128];
    AqNormNames norm;
    const AqWeight *t;

    aq_yamnet_file_name(as, ours, conv, sizeof conv);
    (void)snprintf(kernel, sizeof kernel, "%s/%skernel:0", conv,
                   is_depthwise ? "depthwise_" : "");
    name_keras_norm(w, conv, &norm);
    AqErr err = aq_params_take(w, kernel, 4, dims[is_depthwise], &t);
    if (err != AQ_OK)
        return err;
    const AqWeight turned = is_depthwise ? *t : aq_weight_permuted(t, ohwi);
    float *v = aq_alloc(n, sizeof *v);
    double *by = aq_alloc(2 * O, sizeof *by), *plus = by ? by + O : NULL;
    err = v && by ? aq_weight_to_floats(&turned, 0, n, v) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_norm_read(w, &norm, (int)O, NORM_EPS, by, plus);
    for (size_t k = 0; err == AQ_OK && k < n; k++)
        c->w->data[k] = (AqReal)((double)v[k] * by[is_depthwise ? k % O : k / (n / O)]);
    for (size_t k = 0; err == AQ_OK && k < O; k++)
        c->b->data[k] = (AqReal)plus[k];
    aq_free(v);
    aq_free(by);
    return err;
}

static AqErr fold_keras_file(const Yamnet *net, AqWeights *w, const AqYamnetNaming *as)
{
    AqErr err = fold_keras_conv(w, as, "layer1.conv", &net->conv[0]);
    char name[32];

    for (int k = 1; err == AQ_OK && k < LAYERS; k++) {
        (void)snprintf(name, sizeof name, "layer%d.depthwise", k + 1);
        err = fold_keras_conv(w, as, name, &net->depthwise[k]);
        (void)snprintf(name, sizeof name, "layer%d.pointwise", k + 1);
        if (err == AQ_OK)
            err = fold_keras_conv(w, as, name, &net->conv[k]);
    }
    aq_weights_drop_pages(w);
    return err;
}

/* ---- forward ---- */

static AqTensor *yamnet_forward(const void *self, AqNn *nn, AqTensor *in,
                                const AqExtractorTap *tap)
{
    const Yamnet *net = self;
    const int N = in ? in->dims[0] : 0;
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = in ? aq_reshape(nn, in, AQ_DIMS(N, ROWS, COLS, 1)) : NULL;

    for (int k = 0; k < LAYERS; k++) {
        const YamnetConv *d = &net->depthwise[k], *c = &net->conv[k];
        const int stride = aq_yamnet_stride(k);

        if (k > 0)
            x = aq_depthwise_conv2d(nn, x, d->w, d->b, stride, AQ_PAD_SAME,
                                    AQ_ACT_RELU);
        x = aq_conv2d(nn, x, c->w, c->b, k > 0 ? 1 : stride, AQ_PAD_SAME, AQ_ACT_RELU);
        x = aq_network_show(tap, "layer", k + 1, aq_nn_keep(nn, mark, x));
    }
    if (x)
        x = aq_mean(nn, aq_reshape(nn, x, AQ_DIMS(N, -1, net->g.width[LAYERS - 1])), 1);
    if (net->out == OUT_EMBEDDING)
        return x;
    if (has_concepts(net))
        return aq_linear(nn, x, net->map.w, net->map.b,
                         net->out == OUT_CONCEPTS ? AQ_ACT_SIGMOID : AQ_ACT_NONE);
    AqTensor *scores = aq_linear(nn, x, net->head.w, net->head.b, AQ_ACT_SIGMOID);
    if (net->out == OUT_SCORES || !x || !scores)
        return scores;
    return aq_concat(nn, (AqTensor *[]){x, scores}, 2, 1);
}

/* ---- opening ---- */

typedef struct YamnetSwitches {
    int out;
    const char *map;
} YamnetSwitches;

static const AqOption yamnet_options[] = {
    AQ_ROW_CHOICE(
        "out", YamnetSwitches, out, out_names,
        "a second's 1,024 values, the scores of its 521 classes, or both, in "
        "this order; or how sure it is of each concept of hearing, 0 to 1, or "
        "their log-odds",
        NULL),
    AQ_ROW_FILE("map", YamnetSwitches, map, "FILE",
                "the map from its values to concepts, as `teach --map` writes it",
                AQ_CONCEPT_MAP_NAME),
    {0}};

/* The layer of classes, or the map, if what is to be given needs it. */
static AqErr find_last_layer(Yamnet *net, const char *map, const char *from)
{
    const int last = net->g.width[LAYERS - 1];

    if (has_concepts(net))
        return map ? aq_concept_map_read(&net->map, map, last)
                   : aq_fail(AQ_ERR_USAGE,
                             "yamnet: out=%s takes map=FILE, a map from "
                             "its values to concepts",
                             out_names[net->out]);
    if (net->out == OUT_EMBEDDING || net->g.classes > 0)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: has no layer of classes over its %d values, or several; "
                   "out=embedding does without",
                   from, last);
}

static AqErr take_yamnet_switches(Yamnet *net, const char *switches, const char *from)
{
    YamnetSwitches s = {0};
    char copy[AQ_MOST_PAIRS];
    const AqErr err = aq_options_parse_pairs(yamnet_options, "yamnet", &s, switches,
                                             copy, sizeof copy);

    net->out = (YamnetOut)s.out;
    return err == AQ_OK ? find_last_layer(net, s.map, from) : err;
}

static double yamnet_gflop(const AqYamnetGeometry *g)
{
    double madds = (double)g->classes * g->width[LAYERS - 1];
    int rows = ROWS, cols = COLS;

    for (int k = 0, in = 1; k < LAYERS; in = g->width[k++]) {
        const int stride = aq_yamnet_stride(k), taps = KERNEL * KERNEL;

        rows = (rows + stride - 1) / stride;
        cols = (cols + stride - 1) / stride;
        madds += (double)rows * cols * in *
                 (k == 0 ? taps * g->width[k] : taps + g->width[k]);
    }
    return 2e-9 * madds;
}

static void describe_yamnet(const Yamnet *net, AqNetworkFacts *f)
{
    const int last = net->g.width[LAYERS - 1], classes = net->g.classes;
    const int sizes[] = {last, classes, last + classes, AQ_N_HEARD, AQ_N_HEARD};
    size_t at = 0;

    *f = (AqNetworkFacts){.input = aq_logmel_input(AQ_LOGMEL_YAMNET),
                          .out_dims = {1, 1, sizes[net->out]},
                          .batch = BATCH_SECONDS,
                          .columns = has_concepts(net) ? aq_heard_names : NULL,
                          .gflop = yamnet_gflop(&net->g)};
    for (int k = 0; k < LAYERS; k++)
        at += (size_t)snprintf(f->options + at, sizeof f->options - at, "%s%d",
                               k ? "," : "channels ", net->g.width[k]);
    (void)snprintf(f->options + at, sizeof f->options - at, "; out %s%s%s",
                   out_names[net->out], has_concepts(net) ? "; map " : "",
                   net->map.sha256);
    if (net->out != OUT_EMBEDDING)
        aq_options_add_pair(f->switches, sizeof f->switches, "out",
                            out_names[net->out]);
}

static void yamnet_close(void **np)
{
    Yamnet *net = *np;

    if (net) {
        aq_params_free(&net->params);
        aq_concept_map_clear(&net->map);
    }
    aq_free(net);
    *np = NULL;
}

static AqErr yamnet_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                         const char *switches, AqNetworkFacts *facts)
{
    AqYamnetNaming naming = {0};
    Yamnet *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    net->g = aq_yamnet_published();
    AqErr err = w ? aq_yamnet_geometry_read(&net->g, &naming, w) : AQ_OK;
    if (err == AQ_OK)
        err = take_yamnet_switches(net, switches, w ? aq_weights_path(w) : name);
    if (err == AQ_OK)
        err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare_yamnet_params(net);
    if (err == AQ_OK)
        err = w ? aq_params_load(net->params, w, aq_yamnet_source, &naming)
                : aq_params_init(net->params, seed);
    if (err == AQ_OK && w && naming.file == AQ_YAMNET_KERAS)
        err = fold_keras_file(net, w, &naming);
    if (err != AQ_OK)
        yamnet_close(out);
    else
        describe_yamnet(net, facts);
    return err;
}

static AqErr yamnet_identify(const AqWeights *w, AqNetworkMatch *out)
{
    const AqYamnetGeometry usual = aq_yamnet_published();
    AqYamnetGeometry g;
    AqYamnetNaming naming;

    if (!aq_yamnet_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_yamnet_geometry_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = "yamnet";
    (void)snprintf(out->about, sizeof out->about,
                   "YAMNet of %d values and %d classes%s; names: %s",
                   g.width[LAYERS - 1], g.classes,
                   memcmp(&g, &usual, sizeof g) == 0 ? " (as published)" : "",
                   aq_yamnet_whose(&naming));
    return AQ_OK;
}

static AqParams *yamnet_params(const void *self)
{
    const Yamnet *net = self;

    return net->params;
}

const AqNetworkDef aq_network_yamnet = {.names = {"yamnet"},
                                        .title = "YAMNet",
                                        .input = &aq_input_logmel,
                                        .switches = yamnet_options,
                                        .version = 1,
                                        .identify = yamnet_identify,
                                        .open = yamnet_open,
                                        .forward = yamnet_forward,
                                        .params = yamnet_params,
                                        .close = yamnet_close};
