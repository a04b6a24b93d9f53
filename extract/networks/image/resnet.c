/* SPDX-License-Identifier: MIT */
/*
 * ResNet (He et al., CVPR 2016; torchvision.models.resnet), up to the last stage's grid
 * or its mean. A batch norm is folded into the convolution before it when a file is
 * opened: w' = w g / sqrt(v + 1e-5), b' = b - m g / sqrt(v + 1e-5). So a network
 * trained here has convolutions with biases and no batch norms.
 */
#include "extract/input/frames.h"
#include "extract/networks/image/image.h"
#include "extract/networks/image/resnet_geometry.h"
#include "extract/networks/parts/clip_rows.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGE = 224, BATCH_FRAMES = 8, MOST_CONVS = 3 };
#define NORM_EPS 1e-5

typedef enum ResnetOut { OUT_GRID, OUT_POOLED } ResnetOut;
static const char *const out_names[] = {"grid", "pooled", NULL};

typedef struct ResConv {
    AqTensor *w, *b; /* (O,K,K,I), (O) */
    int stride;
} ResConv;

typedef struct ResBlock {
    ResConv conv[MOST_CONVS], shortcut; /* shortcut.w NULL: the input itself */
} ResBlock;

typedef struct Resnet {
    AqResnetGeometry g;
    ResnetOut out;
    AqParams *params;
    ResConv stem;
    ResBlock *stage[AQ_RESNET_STAGES];
} Resnet;

/* ---- parameters ---- */

typedef struct ResDeclare {
    AqParams *params;
    int blank; /* to be filled from a file */
    AqErr err;
} ResDeclare;

/* "NAME.weight" and "NAME.bias". */
static void declare_conv(ResDeclare *d, ResConv *c, const char *name, int out, int side,
                         int in, int stride)
{
    char full[96];
    AqParamSpec s = {.name = full,
                     .n_dims = 4,
                     .dims = {out, side, side, in},
                     .init = d->blank ? AQ_INIT_ZERO : AQ_INIT_HE,
                     .scale = 1,
                     .layout = AQ_LAYOUT_OIHW};
    const AqParamSpec bias = {
        .name = full, .n_dims = 1, .dims = {out}, .init = AQ_INIT_ZERO, .no_decay = 1};

    c->stride = stride;
    if (d->err != AQ_OK)
        return;
    (void)snprintf(full, sizeof full, "%s.weight", name);
    /* Ends a residual branch: small at first. */
    if (strstr(name, ".conv3") || strstr(name, ".conv2"))
        s.scale = AQ_R(0.3);
    d->err = aq_params_add(d->params, &s, &c->w);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    if (d->err == AQ_OK)
        d->err = aq_params_add(d->params, &bias, &c->b);
}

static void declare_res_block(ResDeclare *d, ResBlock *b, const AqResnetGeometry *g,
                              int s, int k)
{
    const int inner = g->inner[s], outer = g->outer[s];
    const int in = k > 0 ? outer : s > 0 ? g->outer[s - 1] : g->stem;
    const int stride = s > 0 && k == 0 ? 2 : 1;
    char name[64];
    const int at = snprintf(name, sizeof name, "layer%d.%d.", s + 1, k);

#define IN_BLOCK(leaf)                                                                 \
    ((void)snprintf(name + at, sizeof name - (size_t)at, "%s", leaf), name)
    if (g->bottleneck) {
        declare_conv(d, &b->conv[0], IN_BLOCK("conv1"), inner, 1, in, 1);
        declare_conv(d, &b->conv[1], IN_BLOCK("conv2"), inner, 3, inner, stride);
        declare_conv(d, &b->conv[2], IN_BLOCK("conv3"), outer, 1, inner, 1);
    } else {
        declare_conv(d, &b->conv[0], IN_BLOCK("conv1"), inner, 3, in, stride);
        declare_conv(d, &b->conv[1], IN_BLOCK("conv2"), outer, 3, inner, 1);
    }
    if (stride != 1 || in != outer)
        declare_conv(d, &b->shortcut, IN_BLOCK("downsample"), outer, 1, in, stride);
}

static AqErr declare_resnet_params(Resnet *net, int blank)
{
    ResDeclare d = {.params = net->params, .blank = blank};

    declare_conv(&d, &net->stem, "conv1", net->g.stem, 7, 3, 2);
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        net->stage[s] = aq_alloc((size_t)net->g.depths[s], sizeof *net->stage[s]);
        if (!net->stage[s])
            return AQ_ERR_NOMEM;
        for (int k = 0; k < net->g.depths[s]; k++)
            declare_res_block(&d, &net->stage[s][k], &net->g, s, k);
    }
    return d.err;
}

/* ---- folding ---- */

/* A convolution's tensors in a file with batch norms. */
typedef struct Folded {
    const AqWeight *w, *scale, *shift, *mean, *variance;
} Folded;

static AqErr take_tensor(AqWeights *w, const char *name, int n_dims,
                         const int64_t *dims, const AqWeight **out)
{
    const AqWeight *t = aq_weights_find(w, name);

    if (!t)
        return aq_fail(AQ_ERR_MISMATCH, "%s: has no tensor %s", aq_weights_path(w),
                       name);
    if (t->n_dims != n_dims ||
        memcmp(t->dims, dims, (size_t)n_dims * sizeof *dims) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: tensor %s has another shape than a ResNet's",
                       aq_weights_path(w), name);
    aq_weights_mark_used(w, t);
    *out = t;
    return aq_weights_is_checked(w) ? AQ_OK : aq_weight_check_finite(w, t);
}

/* "layer1.0.conv2" has its norm in "layer1.0.bn2", "x.downsample" its own in
 * "x.downsample.0" and the norm in "x.downsample.1". */
static AqErr find_folded(AqWeights *w, const char *prefix, const char *name,
                         const AqTensor *t, Folded *f)
{
    const char *last = strrchr(name, '.') ? strrchr(name, '.') + 1 : name;
    const int is_down = strcmp(last, "downsample") == 0, head = (int)(last - name);
    const int64_t dims[] = {t->dims[0], t->dims[3], t->dims[1], t->dims[2]};
    const AqWeight **const parts[] = {&f->scale, &f->shift, &f->mean, &f->variance};
    static const char *const leaves[] = {"weight", "bias", "running_mean",
                                         "running_var"};
    char full[160];

    (void)snprintf(full, sizeof full, "%s%s%s.weight", prefix, name,
                   is_down ? ".0" : "");
    AqErr err = take_tensor(w, full, 4, dims, &f->w);
    for (int k = 0; err == AQ_OK && k < 4; k++) {
        if (is_down)
            (void)snprintf(full, sizeof full, "%s%s.1.%s", prefix, name, leaves[k]);
        else
            (void)snprintf(full, sizeof full, "%s%.*sbn%s.%s", prefix, head, name,
                           last + 4, leaves[k]);
        err = take_tensor(w, full, 1, dims, parts[k]);
    }
    return err;
}

/* w (O,K,K,I) and b (O) from the file's, o outputs of n values each in v. */
static void fold_values(const ResConv *c, const float *v, const float *norm)
{
    const size_t O = (size_t)c->w->dims[0],
                 P = (size_t)c->w->dims[1] * (size_t)c->w->dims[2],
                 I = (size_t)c->w->dims[3];

    for (size_t o = 0; o < O; o++) {
        const double by = (double)norm[o] / sqrt((double)norm[3 * O + o] + NORM_EPS);

        c->b->data[o] = (AqReal)((double)norm[O + o] - (double)norm[2 * O + o] * by);
        for (size_t p = 0; p < P; p++)
            for (size_t i = 0; i < I; i++)
                c->w->data[(o * P + p) * I + i] =
                    (AqReal)((double)v[(o * I + i) * P + p] * by);
    }
}

static AqErr fold_conv(AqWeights *w, const char *prefix, const char *name, ResConv *c)
{
    const size_t O = (size_t)c->w->dims[0], n = aq_tensor_count(c->w);
    Folded f = {0};
    AqErr err = find_folded(w, prefix, name, c->w, &f);

    if (err != AQ_OK)
        return err;
    const AqWeight *const norms[] = {f.scale, f.shift, f.mean, f.variance};
    float *v = aq_alloc(n + 4 * O, sizeof *v);
    if (!v)
        return AQ_ERR_NOMEM;
    err = aq_weight_to_floats(f.w, 0, n, v);
    for (size_t k = 0; err == AQ_OK && k < 4; k++)
        err = aq_weight_to_floats(norms[k], 0, O, v + n + k * O);
    for (size_t o = 0; err == AQ_OK && o < O; o++)
        if (v[n + 3 * O + o] < 0)
            err = aq_fail(AQ_ERR_FORMAT, "%s: a variance in %s is negative",
                          aq_weights_path(w), f.variance->name);
    if (err == AQ_OK)
        fold_values(c, v, v + n);
    aq_free(v);
    return err;
}

static AqErr fold_block(AqWeights *w, const char *prefix, ResBlock *b, int s, int k)
{
    AqErr err = AQ_OK;
    char name[64];

    for (int c = 0; err == AQ_OK && c < MOST_CONVS && b->conv[c].w; c++) {
        (void)snprintf(name, sizeof name, "layer%d.%d.conv%d", s + 1, k, c + 1);
        err = fold_conv(w, prefix, name, &b->conv[c]);
    }
    (void)snprintf(name, sizeof name, "layer%d.%d.downsample", s + 1, k);
    return err == AQ_OK && b->shortcut.w ? fold_conv(w, prefix, name, &b->shortcut)
                                         : err;
}

static AqErr fold_file(Resnet *net, AqWeights *w, const char *prefix)
{
    AqErr err = aq_params_init(net->params, 0);

    if (err == AQ_OK)
        err = fold_conv(w, prefix, "conv1", &net->stem);
    for (int s = 0; err == AQ_OK && s < AQ_RESNET_STAGES; s++)
        for (int k = 0; err == AQ_OK && k < net->g.depths[s]; k++)
            err = fold_block(w, prefix, &net->stage[s][k], s, k);
    aq_weights_drop_pages(w);
    return err;
}

/* Our own names behind the file's prefix. */
static int name_folded(void *ctx, const char *name, AqParamSource from[3])
{
    const AqResnetNaming *as = ctx;

    (void)snprintf(from->name, sizeof from->name, "%s%s", as->prefix, name);
    return 1;
}

/* ---- forward ---- */

static AqTensor *run_conv(AqNn *nn, AqTensor *x, const ResConv *c, AqAct act)
{
    return aq_conv2d(nn, x, c->w, c->b, c->stride, c->w->dims[1] / 2, act);
}

/* relu(branch(x) + shortcut(x)) */
static AqTensor *run_res_block(AqNn *nn, const ResBlock *b, AqTensor *x)
{
    AqTensor *y = x,
             *past = b->shortcut.w ? run_conv(nn, x, &b->shortcut, AQ_ACT_NONE) : x;

    for (int k = 0; k < MOST_CONVS && b->conv[k].w; k++) {
        const int is_last = k + 1 == MOST_CONVS || !b->conv[k + 1].w;

        y = run_conv(nn, y, &b->conv[k], is_last ? AQ_ACT_NONE : AQ_ACT_RELU);
    }
    return aq_act(nn, aq_add(nn, y, past), AQ_ACT_RELU);
}

/* The mean over the cells, (N,h,w,C) -> (N,1,1,C). */
static AqTensor *average_cells(AqNn *nn, AqTensor *x)
{
    if (!x)
        return NULL;
    const int N = x->dims[0], S = x->dims[1] * x->dims[2], C = x->dims[3];
    AqTensor *by = aq_nn_zeros(nn, AQ_DIMS(N, 1, S));

    for (int k = 0; by && k < N * S; k++)
        by->data[k] = AQ_R(1) / (AqReal)S;
    x = aq_matmul(nn, by, aq_reshape(nn, x, AQ_DIMS(N, S, C)), 0);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, 1, 1, C)) : NULL;
}

static AqTensor *resnet_forward(const void *self, AqNn *nn, AqTensor *in,
                                const AqExtractorTap *tap)
{
    const Resnet *net = self;
    AqArenaMark mark = aq_nn_mark(nn);

    if (!in)
        return NULL;
    AqTensor *x = aq_permute(nn, in, (const int[]){0, 2, 3, 1});
    x = run_conv(nn, x, &net->stem, AQ_ACT_RELU);
    x = aq_nn_keep(nn, mark, aq_maxpool(nn, x, 3, 2, 1));
    for (int s = 0; s < AQ_RESNET_STAGES; s++) {
        for (int k = 0; k < net->g.depths[s]; k++)
            x = aq_nn_keep(nn, mark, run_res_block(nn, &net->stage[s][k], x));
        (void)aq_network_show(tap, "stage", s + 1, x);
    }
    return net->out == OUT_POOLED ? average_cells(nn, x) : x;
}

/* ---- opening ---- */

typedef struct ResnetSwitches {
    AqFramesSwitches frames;
    AqClipRowsSwitch rows;
    int out;
} ResnetSwitches;

static const AqOption resnet_options[] = {
    AQ_ROWS_AT(aq_frames_options, offsetof(ResnetSwitches, frames)),
    AQ_ROWS_AT(aq_clip_rows_options, offsetof(ResnetSwitches, rows)),
    AQ_ROW_CHOICE("out", ResnetSwitches, out, out_names,
                  "the last stage's grid, or its mean", NULL),
    {0}};

/* As torchvision's and most extraction scripts' pictures: Pillow's bilinear. */
static AqFramesConfig usual_frames(void)
{
    AqFramesConfig c = aq_frames_default(IMAGE);

    c.filter = AQ_FILTER_BILINEAR;
    return c;
}

static AqErr take_resnet_switches(Resnet *net, const char *switches,
                                  AqFramesConfig *frames, AqRowPlan *rows)
{
    ResnetSwitches s = {.frames = AQ_FRAMES_AS_USUAL};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(resnet_options, "resnet", &s, switches, copy,
                                       sizeof copy);

    net->out = (ResnetOut)s.out;
    if (err == AQ_OK)
        err = aq_clip_rows_take(rows, &s.rows);
    return err == AQ_OK ? aq_frames_take(frames, &s.frames) : err;
}

static void resnet_close(void **np)
{
    Resnet *net = *np;

    if (!net)
        return;
    for (int s = 0; s < AQ_RESNET_STAGES; s++)
        aq_free(net->stage[s]);
    aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

/* Multiply-adds of a convolution whose output has that side. */
static double conv_madds(const ResConv *c, int side)
{
    return c->w ? (double)aq_tensor_count(c->w) * side * side : 0;
}

static double resnet_gflop(const Resnet *net)
{
    double madds = conv_madds(&net->stem, IMAGE / 2);

    for (int s = 0; s < AQ_RESNET_STAGES; s++)
        for (int k = 0; k < net->g.depths[s]; k++) {
            const ResBlock *b = &net->stage[s][k];
            const int side = IMAGE / 4 >> s;
            /* Before the stride: a bottleneck's first. */
            const int wide = s > 0 && k == 0 && net->g.bottleneck ? 2 * side : side;

            madds += conv_madds(&b->conv[0], wide) + conv_madds(&b->conv[1], side) +
                     conv_madds(&b->conv[2], side) + conv_madds(&b->shortcut, side);
        }
    return 2e-9 * madds;
}

static AqErr check_depth(const AqResnetGeometry *g, const char *name,
                         const AqWeights *w)
{
    AqResnetGeometry want;

    if (strcmp(name, "resnet") == 0)
        return AQ_OK;
    const AqErr err = aq_resnet_geometry_named(&want, name);
    if (err != AQ_OK)
        return err;
    if (memcmp(&want, g, sizeof want) == 0)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: is a ResNet of depths %d,%d,%d,%d with %s blocks and %d channels "
        "at the end, which is not %s; `resnet` accepts any",
        aq_weights_path(w), g->depths[0], g->depths[1], g->depths[2], g->depths[3],
        g->bottleneck ? "bottleneck" : "basic", g->outer[AQ_RESNET_STAGES - 1], name);
}

static AqErr open_resnet_params(Resnet *net, AqWeights *w, AqResnetNaming *naming,
                                uint64_t seed)
{
    AqErr err = aq_params_new(&net->params);

    if (err == AQ_OK)
        err = declare_resnet_params(net, w != NULL);
    if (err != AQ_OK)
        return err;
    if (!w)
        return aq_params_init(net->params, seed);
    return naming->folded ? aq_params_load(net->params, w, name_folded, naming)
                          : fold_file(net, w, naming->prefix);
}

static AqErr resnet_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqResnetGeometry g;
    AqResnetNaming naming;

    if (!aq_resnet_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_resnet_geometry_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = aq_resnet_geometry_name(&g);
    (void)snprintf(out->about, sizeof out->about,
                   "ResNet of depths %d,%d,%d,%d, %s blocks, %d channels at the end; "
                   "names: %s",
                   g.depths[0], g.depths[1], g.depths[2], g.depths[3],
                   g.bottleneck ? "bottleneck" : "basic", g.outer[AQ_RESNET_STAGES - 1],
                   naming.folded ? "this program's" : "torchvision");
    return AQ_OK;
}

static AqErr resnet_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                         const char *switches, AqNetworkFacts *facts)
{
    AqResnetNaming naming = {0};
    AqFramesConfig frames = usual_frames();
    const AqFramesConfig usual = frames;
    AqRowPlan rows = AQ_ROWS_SECONDS;
    Resnet *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err = w ? aq_resnet_geometry_read(&net->g, &naming, w)
                  : aq_resnet_geometry_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_depth(&net->g, name, w);
    if (err == AQ_OK)
        err = take_resnet_switches(net, switches, &frames, &rows);
    if (err == AQ_OK)
        err = open_resnet_params(net, w, &naming, seed);
    if (err != AQ_OK) {
        resnet_close(out);
        return err;
    }
    const int side = net->out == OUT_POOLED ? 1 : IMAGE / 32;
    *facts =
        (AqNetworkFacts){.input = aq_frames_input(&frames, AQ_ROWS_SECONDS),
                         .out_dims = {side, side, net->g.outer[AQ_RESNET_STAGES - 1]},
                         .batch = BATCH_FRAMES,
                         .gflop = resnet_gflop(net)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "%s depths %d,%d,%d,%d channels %d,%d,%d,%d out %s",
                   net->g.bottleneck ? "bottleneck" : "basic", net->g.depths[0],
                   net->g.depths[1], net->g.depths[2], net->g.depths[3],
                   net->g.outer[0], net->g.outer[1], net->g.outer[2], net->g.outer[3],
                   out_names[net->out]);
    aq_frames_switches(&frames, &usual, facts->switches, sizeof facts->switches);
    if (net->out != OUT_GRID)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "out",
                            out_names[net->out]);
    aq_clip_rows_apart(facts, rows);
    return AQ_OK;
}

static AqParams *resnet_params(const void *self)
{
    const Resnet *net = self;

    return net->params;
}

const AqNetworkDef aq_network_resnet = {
    .names = {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnet"},
    .title = "ResNet",
    .input = &aq_input_frames,
    .switches = resnet_options,
    .version = 1,
    .identify = resnet_identify,
    .open = resnet_open,
    .forward = resnet_forward,
    .params = resnet_params,
    .close = resnet_close};
