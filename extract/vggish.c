/* SPDX-License-Identifier: MIT */
/*
 * VGGish (Hershey et al., "CNN architectures for large-scale audio classification",
 * 2017; tensorflow/models research/audioset/vggish, ported to torch as torchvggish).
 * Convolutions 3x3 with ReLU, 2x2 pooling, then three full layers over the flattened
 * (time, frequency, channel) grid. Widths are read from the file's tensors.
 */
#include "extract/network.h"

#include "base/alloc.h"

#include <stdio.h>
#include <string.h>

enum {
    ROWS = 96,
    COLS = 64,
    N_CONV = 6,
    N_FULL = 3,
    MAX_WIDTH = 1 << 16,
    BATCH_SECONDS = 20
};

/* torchvggish's numbers in `features`: pooling and ReLU count as layers there. */
static const int conv_at[N_CONV] = {0, 3, 6, 8, 11, 13};
static const int pooled[N_CONV] = {1, 1, 0, 1, 0, 1};
static const int full_at[N_FULL] = {0, 2, 4};

typedef struct Widths {
    int conv[N_CONV], full[N_FULL];
} Widths;

static const Widths published = {{64, 128, 256, 256, 512, 512}, {4096, 4096, 128}};
/* Ours, for `pretrain`: 1/17 of the work, 1/60 of the weights. */
static const Widths nano = {{16, 32, 64, 64, 128, 128}, {256, 256, 128}};

struct AqNetwork {
    AqParams *params;
    Widths width;
    AqTensor *cw[N_CONV], *cb[N_CONV], *fw[N_FULL], *fb[N_FULL];
};

static int flat_values(const Widths *w)
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

static AqErr declare(AqNetwork *net)
{
    const Widths *w = &net->width;
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

/* The first dimension of each layer's bias is its width. */
static AqErr width_of(const AqWeights *w, const char *group, int at, int *out)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%s.%d.bias", group, at);
    const AqWeight *t = aq_weights_find(w, name);
    if (!t)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no tensor %s; VGGish is read by torchvggish's names "
                       "(features.0.weight ... embeddings.4.bias)",
                       aq_weights_path(w), name);
    if (t->n_dims != 1 || t->dims[0] < 1 || t->dims[0] > MAX_WIDTH)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tensor %s should be one row of 1 to %d values",
                       aq_weights_path(w), name, MAX_WIDTH);
    *out = (int)t->dims[0];
    return AQ_OK;
}

static AqErr read_widths(Widths *out, const AqWeights *w)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < N_CONV; k++)
        err = width_of(w, "features", conv_at[k], &out->conv[k]);
    for (int k = 0; err == AQ_OK && k < N_FULL; k++)
        err = width_of(w, "embeddings", full_at[k], &out->full[k]);
    return err;
}

static double gflop(const Widths *w)
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

static void vggish_close(AqNetwork **np)
{
    if (*np)
        aq_params_free(&(*np)->params);
    aq_free(*np);
    *np = NULL;
}

static AqErr vggish_open(AqNetwork **out, const char *name, AqWeights *w, uint64_t seed,
                         AqNetworkFacts *facts)
{
    *out = NULL;
    AqNetwork *net = aq_alloc(1, sizeof *net);
    if (!net)
        return AQ_ERR_NOMEM;
    net->width = strcmp(name, "vggish_nano") == 0 ? nano : published;
    AqErr err = w ? read_widths(&net->width, w) : AQ_OK;
    if (err == AQ_OK)
        err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare(net);
    if (err == AQ_OK)
        err = w ? aq_params_load(net->params, w, NULL, NULL)
                : aq_params_init(net->params, seed);
    if (err != AQ_OK) {
        vggish_close(&net);
        return err;
    }
    *facts = (AqNetworkFacts){.in_dims = {ROWS, COLS, 1},
                              .out_dims = {1, 1, net->width.full[N_FULL - 1]},
                              .batch = BATCH_SECONDS,
                              .gflop = gflop(&net->width),
                              .options = "last relu on; no postprocessing"};
    *out = net;
    return AQ_OK;
}

static AqTensor *vggish_forward(const AqNetwork *net, AqNn *nn, AqTensor *in)
{
    const int N = in ? in->dims[0] : 0;
    const AqArenaMark mark = aq_nn_mark(nn);
    AqTensor *x = in ? aq_reshape(nn, in, AQ_DIMS(N, ROWS, COLS, 1)) : NULL;

    for (int k = 0; k < N_CONV; k++) {
        x = aq_conv2d(nn, x, net->cw[k], net->cb[k], 1, 1, AQ_ACT_RELU);
        if (pooled[k])
            x = aq_maxpool2(nn, x);
        x = aq_nn_keep(nn, mark, x);
    }
    if (x)
        x = aq_reshape(nn, x, AQ_DIMS(N, -1));
    for (int k = 0; k < N_FULL; k++)
        x = aq_linear(nn, x, net->fw[k], net->fb[k], AQ_ACT_RELU);
    return x;
}

static AqParams *vggish_params(const AqNetwork *net)
{
    return net->params;
}

const AqNetworkDef aq_network_vggish = {.modality = AQ_AUDIO,
                                        .version = 1,
                                        .open = vggish_open,
                                        .forward = vggish_forward,
                                        .params = vggish_params,
                                        .close = vggish_close};
