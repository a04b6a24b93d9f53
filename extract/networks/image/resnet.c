/* SPDX-License-Identifier: MIT */
/*
 * ResNet (He et al., CVPR 2016; torchvision.models.resnet), up to the last stage's
 * grid, its mean, or the classifier's scores; and dlib's variant of it
 * (resnet_geometry.h). A batch norm is folded into the convolution before it when a
 * file is opened (resnet_file.c). So a network trained here has convolutions with
 * biases and no batch norms.
 */
#include "extract/input/frames.h"
#include "extract/networks/image/image.h"
#include "extract/networks/image/resnet_priv.h"
#include "extract/networks/parts/clip_rows.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"

#include <stdio.h>
#include <string.h>

enum { BATCH_FRAMES = 8 };

typedef enum ResnetOut { OUT_GRID, OUT_POOLED, OUT_SCORES } ResnetOut;
static const char *const out_names[] = {"grid", "pooled", "scores", NULL};

/* ---- forward ---- */

/* The mean over the cells, (N,h,w,C) -> (N,1,1,C). */
static AqTensor *average_cells(AqNn *nn, AqTensor *x)
{
    const int N = x->dims[0], C = x->dims[3];

    x = aq_mean(nn, aq_reshape(nn, x, AQ_DIMS(N, -1, C)), 1);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, 1, 1, C)) : NULL;
}

static AqTensor *resnet_forward(const void *self, AqNn *nn, AqTensor *in,
                                const AqExtractorTap *tap)
{
    const AqResnet *net = self;
    AqTensor *x = aq_resnet_grid(net, nn, in, tap);

    if (net->out == OUT_GRID || !x)
        return x;
    x = average_cells(nn, x);
    return net->out == OUT_SCORES ? aq_linear(nn, x, net->fcw, net->fcb, AQ_ACT_NONE)
                                  : x;
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
                  "the last stage's grid, its mean, or the classifier's scores", NULL),
    {0}};

/* As torchvision's and most extraction scripts' pictures: Pillow's bilinear. dlib's
 * have averages of their own, and are divided by 256. */
static AqFramesConfig usual_frames(const AqResnetGeometry *g)
{
    AqFramesConfig c = aq_frames_default(g->image);

    c.filter = AQ_FILTER_BILINEAR;
    for (int k = 0; g->pooled && k < 3; k++) {
        c.mean[k] = g->average[k] / 255;
        c.deviation[k] = 256.0 / 255;
    }
    return c;
}

static AqErr take_resnet_switches(AqResnet *net, const AqWeights *w,
                                  const char *switches, AqFramesConfig *frames,
                                  AqRowPlan *rows)
{
    ResnetSwitches s = {.frames = AQ_FRAMES_AS_USUAL};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(resnet_options, "resnet", &s, switches, copy,
                                       sizeof copy);

    net->out = s.out;
    if (err == AQ_OK && net->out == OUT_SCORES && net->g.classes == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no classifier, which out=scores needs; out=pooled does "
                       "without",
                       aq_weights_path(w));
    if (err == AQ_OK)
        err = aq_clip_rows_take(rows, &s.rows);
    return err == AQ_OK ? aq_frames_take(frames, &s.frames) : err;
}

static void resnet_close(void **np)
{
    AqResnet *net = *np;

    if (net)
        aq_resnet_clear(net);
    aq_free(net);
    *np = NULL;
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
    if (aq_resnet_is_like(&want, g))
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: is a ResNet of depths %d,%d,%d,%d with %s blocks and %d channels "
        "at the end, which is not %s; `resnet` accepts any",
        aq_weights_path(w), g->depths[0], g->depths[1], g->depths[2], g->depths[3],
        g->bottleneck ? "bottleneck" : "basic", g->outer[AQ_RESNET_STAGES - 1], name);
}

static AqErr open_resnet_params(AqResnet *net, AqWeights *w, AqResnetNaming *naming,
                                uint64_t seed)
{
    AqErr err = aq_params_new(&net->params);

    if (err == AQ_OK)
        err = aq_resnet_declare(net, net->out == OUT_SCORES);
    if (err != AQ_OK)
        return err;
    return w ? aq_resnet_load(net, w, naming) : aq_params_init(net->params, seed);
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
                   "ResNet of depths %d,%d,%d,%d, %s blocks%s, %d channels at the end; "
                   "names: %s",
                   g.depths[0], g.depths[1], g.depths[2], g.depths[3],
                   g.bottleneck ? "bottleneck" : "basic",
                   g.pooled ? " with pooled shortcuts" : "",
                   g.outer[AQ_RESNET_STAGES - 1], aq_resnet_names_text(naming.names));
    return AQ_OK;
}

static void describe_resnet(const AqResnet *net, const AqFramesConfig *frames,
                            AqNetworkFacts *facts)
{
    const AqResnetGeometry *g = &net->g;
    const AqFramesConfig usual = usual_frames(g);
    const int side = net->out == OUT_GRID ? aq_resnet_side(g, AQ_RESNET_STAGES - 1) : 1;

    *facts = (AqNetworkFacts){.input = aq_frames_input(frames, AQ_ROWS_SECONDS),
                              .out_dims = {side, side,
                                           net->out == OUT_SCORES
                                               ? g->classes
                                               : g->outer[AQ_RESNET_STAGES - 1]},
                              .batch = BATCH_FRAMES,
                              .gflop = aq_resnet_gflop(net)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "%s depths %d,%d,%d,%d channels %d,%d,%d,%d%s out %s",
                   g->bottleneck ? "bottleneck" : "basic", g->depths[0], g->depths[1],
                   g->depths[2], g->depths[3], g->outer[0], g->outer[1], g->outer[2],
                   g->outer[3], g->pooled ? " pooled shortcuts" : "",
                   out_names[net->out]);
    aq_frames_switches(frames, &usual, facts->switches, sizeof facts->switches);
    if (net->out != OUT_GRID)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "out",
                            out_names[net->out]);
}

static AqErr resnet_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                         const char *switches, AqNetworkFacts *facts)
{
    AqResnetNaming naming = {0};
    AqRowPlan rows = AQ_ROWS_SECONDS;
    AqResnet *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err = w ? aq_resnet_geometry_read(&net->g, &naming, w)
                  : aq_resnet_geometry_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_depth(&net->g, name, w);
    AqFramesConfig frames = usual_frames(&net->g);
    if (err == AQ_OK)
        err = take_resnet_switches(net, w, switches, &frames, &rows);
    if (err == AQ_OK)
        err = open_resnet_params(net, w, &naming, seed);
    if (err != AQ_OK) {
        resnet_close(out);
        return err;
    }
    describe_resnet(net, &frames, facts);
    aq_clip_rows_apart(facts, rows);
    return AQ_OK;
}

static AqParams *resnet_params(const void *self)
{
    const AqResnet *net = self;

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
