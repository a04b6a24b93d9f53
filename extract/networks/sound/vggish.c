/* SPDX-License-Identifier: MIT */
/*
 * VGGish (Hershey et al., "CNN architectures for large-scale audio classification",
 * 2017; tensorflow/models research/audioset/vggish, ported to torch as torchvggish).
 * Convolutions 3x3 with ReLU, 2x2 pooling, then three fully connected layers over the
 * flattened (time, frequency, channel) grid. Widths are read from the file's tensors.
 */
#include "extract/input/logmel.h"
#include "extract/networks/parts/prefixes.h"
#include "extract/networks/sound/postprocess.h"
#include "extract/networks/sound/sound.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = 96,
    COLS = 64,
    N_CONV = 6,
    N_FULL = 3,
    MAX_WIDTH = 1 << 16,
    BATCH_SECONDS = 20
};

/* torchvggish's indices in `features`, where pooling and ReLU count as layers. */
static const int conv_at[N_CONV] = {0, 3, 6, 8, 11, 13};
static const int pooled[N_CONV] = {1, 1, 0, 1, 0, 1};
static const int full_at[N_FULL] = {0, 2, 4};

typedef struct VggishWidths {
    int conv[N_CONV], full[N_FULL];
} VggishWidths;

static const VggishWidths published = {{64, 128, 256, 256, 512, 512},
                                       {4096, 4096, 128}};
/* Ours, for `pretrain`: 1/17 of the work, 1/60 of the weights. */
static const VggishWidths nano = {{16, 32, 64, 64, 128, 128}, {256, 256, 128}};

typedef struct Vggish {
    AqParams *params;
    VggishWidths width;
    int last_relu;
    AqPostprocess *postprocess; /* or NULL */
    AqTensor *cw[N_CONV], *cb[N_CONV], *fw[N_FULL], *fb[N_FULL];
} Vggish;

static int flat_values(const VggishWidths *w)
{
    return ROWS / 16 * (COLS / 16) * w->conv[N_CONV - 1];
}

static AqErr add_layer(AqParams *ps, const char *group, int at, int n_dims,
                       const int *dims, AqTensor **w, AqTensor **b)
{
    char name[64];
    AqParamSpec spec = {.name = name,
                        .n_dims = n_dims,
                        .init = AQ_INIT_HE_CENTRED,
                        .scale = 1,
                        .layout = n_dims == 4 ? AQ_LAYOUT_OIHW : AQ_LAYOUT_PLAIN};

    memcpy(spec.dims, dims, (size_t)n_dims * sizeof *dims);
    (void)snprintf(name, sizeof name, "%s.%d.weight", group, at);
    AqErr err = aq_params_add(ps, &spec, w);
    if (err != AQ_OK)
        return err;
    const AqParamSpec bias = {.name = name,
                              .n_dims = 1,
                              .dims = {dims[0]},
                              .init = AQ_INIT_ZERO,
                              .no_decay = 1};
    (void)snprintf(name, sizeof name, "%s.%d.bias", group, at);
    return aq_params_add(ps, &bias, b);
}

static AqErr declare_vggish_params(Vggish *net)
{
    const VggishWidths *w = &net->width;
    AqErr err = AQ_OK;

    for (int k = 0, in = 1; err == AQ_OK && k < N_CONV; in = w->conv[k++]) {
        const int dims[] = {w->conv[k], 3, 3, in};
        err = add_layer(net->params, "features", conv_at[k], 4, dims, &net->cw[k],
                        &net->cb[k]);
    }
    for (int k = 0, in = flat_values(w); err == AQ_OK && k < N_FULL;
         in = w->full[k++]) {
        const int dims[] = {w->full[k], in};
        err = add_layer(net->params, "embeddings", full_at[k], 2, dims, &net->fw[k],
                        &net->fb[k]);
    }
    return err;
}

/* ---- names ---- */

/* TensorFlow's layer names: tf.slim's scopes in vggish_slim.py. */
static const char *const tf_conv[N_CONV] = {"conv1",         "conv2",
                                            "conv3/conv3_1", "conv3/conv3_2",
                                            "conv4/conv4_1", "conv4/conv4_2"};
static const char *const tf_full[N_FULL] = {"fc1/fc1_1", "fc1/fc1_2", "fc2"};

/* A file's naming; a prefix such as "module." precedes all names. */
typedef struct VggishNaming {
    int is_tf;
    char prefix[AQ_PREFIX_BYTES];
} VggishNaming;

static const AqPrefixMark marks[] = {/* by is_tf */
                                     {"features.0.weight", NULL, 4},
                                     {"vggish/conv1/weights", NULL, 4}};

/* Our names are torchvggish's: group.number.weight or .bias. */
static int file_names(void *ctx, const char *name, AqParamSource from[3])
{
    const VggishNaming *as = ctx;
    const int conv = strncmp(name, "features.", 9) == 0,
              bias = strstr(name, ".bias") != NULL;
    const int number = atoi(name + (conv ? 9 : 11));
    int k = 0;

    if (!as->is_tf) {
        (void)snprintf(from[0].name, sizeof from[0].name, "%s%s", as->prefix, name);
        return 1;
    }
    /* The name is one of those in build_network(), so one matches. */
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    while ((conv ? conv_at[k] : full_at[k]) != number)
        k++;
    (void)snprintf(from[0].name, sizeof from[0].name, "%svggish/%s/%s", as->prefix,
                   conv ? tf_conv[k] : tf_full[k], bias ? "biases" : "weights");
    if (!bias && conv) /* theirs (H,W,in,out), torch's (out,in,H,W) */
        memcpy(from[0].order, (const int[]){3, 2, 0, 1}, sizeof from[0].order);
    else if (!bias) /* theirs (in,out) */
        memcpy(from[0].order, (const int[]){1, 0, 0, 0}, sizeof from[0].order);
    return 1;
}

/* Reads each layer's width from its bias. */
static AqErr read_layer_width(const AqWeights *w, const VggishNaming *as,
                              const char *group, int at, int *out)
{
    char name[64];
    AqParamSource from[3] = {0};

    (void)snprintf(name, sizeof name, "%s.%d.bias", group, at);
    (void)file_names((void *)(uintptr_t)as, name, from);
    const AqWeight *t = aq_weights_find(w, from[0].name);
    if (!t)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no tensor %s; VGGish needs torchvggish's names "
                       "(features.0.weight ... embeddings.4.bias) or TensorFlow's "
                       "(vggish/conv1/weights ... vggish/fc2/biases)",
                       aq_weights_path(w), from[0].name);
    if (t->n_dims != 1 || t->dims[0] < 1 || t->dims[0] > MAX_WIDTH)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tensor %s should be one row of 1 to %d values",
                       aq_weights_path(w), t->name, MAX_WIDTH);
    *out = (int)t->dims[0];
    return AQ_OK;
}

static AqErr read_widths(VggishWidths *out, VggishNaming *naming, const AqWeights *w)
{
    AqPrefixes found;

    /* Neither: the error names the first missing tensor. */
    naming->is_tf = aq_prefixes_find(&found, w, marks, 2) == 1;
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    for (int k = 0; err == AQ_OK && k < N_CONV; k++)
        err = read_layer_width(w, naming, "features", conv_at[k], &out->conv[k]);
    for (int k = 0; err == AQ_OK && k < N_FULL; k++)
        err = read_layer_width(w, naming, "embeddings", full_at[k], &out->full[k]);
    return err;
}

static AqErr vggish_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqPrefixes found;
    VggishNaming naming;
    VggishWidths width;

    if (aq_prefixes_find(&found, w, marks, 2) < 0)
        return AQ_ERR_NOT_FOUND;
    const AqErr err = read_widths(&width, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = memcmp(&width, &nano, sizeof nano) == 0 ? "vggish_nano" : "vggish";
    (void)snprintf(
        out->about, sizeof out->about,
        "VGGish of %d,%d,%d,%d,%d,%d channels and %d,%d,%d values%s; names: "
        "%s",
        width.conv[0], width.conv[1], width.conv[2], width.conv[3], width.conv[4],
        width.conv[5], width.full[0], width.full[1], width.full[2],
        memcmp(&width, &published, sizeof width) == 0 ? " (the published one)" : "",
        naming.is_tf ? "TensorFlow" : "torchvggish");
    return AQ_OK;
}

/* ---- switches ---- */

typedef struct VggishSwitches {
    int relu;
    const char *pca;
} VggishSwitches;

static const AqOption vggish_options[] = {
    AQ_ROW_SWITCH("relu", VggishSwitches, relu, "ReLU behind the last layer"),
    AQ_ROW_FILE("pca", VggishSwitches, pca, "off|on|FILE",
                "torchvggish's postprocessing, by the parameters in FILE", "off"),
    {0}};

static AqErr set_switches(Vggish *net, const char *switches)
{
    VggishSwitches s = {.relu = 1};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(vggish_options, "vggish", &s, switches, copy,
                                       sizeof copy);

    net->last_relu = s.relu;
    if (err == AQ_OK && s.pca && strcmp(s.pca, "off") != 0)
        err = aq_postprocess_read(&net->postprocess, s.pca);
    if (err != AQ_OK || !net->postprocess ||
        net->width.full[N_FULL - 1] == AQ_PCA_WIDTH)
        return err;
    return aq_fail(AQ_ERR_MISMATCH,
                   "pca: this network gives %d values a second, and the PCA is of %d",
                   net->width.full[N_FULL - 1], AQ_PCA_WIDTH);
}

static void describe_switches(const Vggish *net, AqNetworkFacts *f)
{
    const AqPostprocess *p = net->postprocess;

    (void)snprintf(f->options, sizeof f->options, "last relu %s; %s%s",
                   net->last_relu ? "on" : "off",
                   p ? "PCA, clipped to 2, in 8 bits, parameters "
                     : "no postprocessing",
                   p ? p->sha256 : "");
    if (!net->last_relu)
        aq_options_add_pair(f->switches, sizeof f->switches, "relu", "off");
    if (p)
        aq_options_add_pair(f->switches, sizeof f->switches, "pca", "on");
}

static double vggish_gflop(const VggishWidths *w)
{
    double madds = 0;
    int rows = ROWS, cols = COLS;

    for (int k = 0, in = 1; k < N_CONV; in = w->conv[k++]) {
        madds += (double)rows * cols * 9 * in * w->conv[k];
        rows >>= pooled[k];
        cols >>= pooled[k];
    }
    for (int k = 0, in = flat_values(w); k < N_FULL; in = w->full[k++])
        madds += (double)in * w->full[k];
    return 2e-9 * madds;
}

static void vggish_close(void **np)
{
    Vggish *net = *np;

    if (net) {
        aq_params_free(&net->params);
        aq_free(net->postprocess);
    }
    aq_free(net);
    *np = NULL;
}

static AqErr vggish_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                         const char *switches, AqNetworkFacts *facts)
{
    VggishNaming naming = {0};
    Vggish *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    net->width = strcmp(name, "vggish_nano") == 0 ? nano : published;
    AqErr err = w ? read_widths(&net->width, &naming, w) : AQ_OK;
    if (err == AQ_OK)
        err = set_switches(net, switches);
    if (err == AQ_OK)
        err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare_vggish_params(net);
    if (err == AQ_OK)
        err = w ? aq_params_load(net->params, w, file_names, &naming)
                : aq_params_init(net->params, seed);
    if (err != AQ_OK) {
        vggish_close(out);
        return err;
    }
    *facts = (AqNetworkFacts){.input = aq_logmel_input(AQ_LOGMEL_VGGISH),
                              .out_dims = {1, 1, net->width.full[N_FULL - 1]},
                              .batch = BATCH_SECONDS,
                              .gflop = vggish_gflop(&net->width)};
    describe_switches(net, facts);
    return AQ_OK;
}

static AqTensor *vggish_forward(const void *self, AqNn *nn, AqTensor *in,
                                const AqExtractorTap *tap)
{
    const Vggish *net = self;
    const int N = in ? in->dims[0] : 0;
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = in ? aq_reshape(nn, in, AQ_DIMS(N, ROWS, COLS, 1)) : NULL;

    for (int k = 0; k < N_CONV; k++) {
        x = aq_conv2d(nn, x, net->cw[k], net->cb[k], 1, 1, AQ_ACT_RELU);
        if (pooled[k])
            x = aq_maxpool(nn, x, 2, 2, 0);
        x = aq_network_show(tap, "layer", k + 1, aq_nn_keep(nn, mark, x));
    }
    if (x)
        x = aq_reshape(nn, x, AQ_DIMS(N, -1));
    for (int k = 0; k < N_FULL; k++)
        x = aq_linear(nn, x, net->fw[k], net->fb[k],
                      k + 1 < N_FULL || net->last_relu ? AQ_ACT_RELU : AQ_ACT_NONE);
    if (x && net->postprocess && !aq_nn_recording(nn))
        aq_postprocess_run(net->postprocess, x->data, N);
    return x;
}

static AqParams *vggish_params(const void *self)
{
    const Vggish *net = self;

    return net->params;
}

const AqNetworkDef aq_network_vggish = {.names = {"vggish", "vggish_nano"},
                                        .title = "VGGish",
                                        .input = &aq_input_logmel,
                                        .switches = vggish_options,
                                        .version = 1,
                                        .identify = vggish_identify,
                                        .open = vggish_open,
                                        .forward = vggish_forward,
                                        .params = vggish_params,
                                        .close = vggish_close};
