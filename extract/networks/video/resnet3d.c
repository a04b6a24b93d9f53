/* SPDX-License-Identifier: MIT */
/*
 * ResNets over clips (resnet3d_geometry.h says which), up to the last stage's mean, or
 * its grid averaged over time. ResNeXt-101 with the pictures as HCRN shows them (Le et
 * al., CVPR 2020, preprocess/preprocess_features.py): 112x112, 0 to 255 as they are.
 * Batch norms are folded (extract/networks/parts/folded.h). A clip has any number of
 * pictures: 16 of each second, or those of a row of KxM.
 */
#include "extract/input/frames.h"
#include "extract/networks/parts/clip_rows.h"
#include "extract/networks/parts/declare.h"
#include "extract/networks/parts/folded.h"
#include "extract/networks/video/resnet3d_geometry.h"
#include "extract/networks/video/video.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/nn.h"

#include <stdio.h>
#include <string.h>

enum { IMAGE = 112, PICTURES = 16, MOST_CONVS = 4, STEM_CONVS = 2 };

typedef enum Resnet3dOut { OUT_POOLED, OUT_GRID } Resnet3dOut;
static const char *const out_names[] = {"pooled", "grid", NULL};

typedef struct Resnet3dConv {
    AqTensor *w, *b; /* (O,KT,KH,KW,I / groups), (O) */
    AqConv3d how;
} Resnet3dConv;

typedef struct Resnet3dBlock {
    Resnet3dConv conv[MOST_CONVS]; /* w NULL: one fewer */
    Resnet3dConv shortcut;         /* w NULL: the input itself */
} Resnet3dBlock;

typedef struct Resnet3d {
    AqResnet3dGeometry g;
    Resnet3dOut out;
    AqParams *params;
    Resnet3dConv stem[STEM_CONVS];
    Resnet3dBlock *stage[AQ_RESNET3D_STAGES];
} Resnet3d;

/* What a convolution is called, and the batch norm behind it: in blocks by kind, and in
 * the stem. */
typedef struct ConvName {
    const char *conv, *norm;
} ConvName;
static const ConvName block_names[][MOST_CONVS] = {
    [AQ_RESNEXT3D] = {{"conv1", "bn1"}, {"conv2", "bn2"}, {"conv3", "bn3"}},
    [AQ_R2PLUS1D] = {{"conv1.0.0", "conv1.0.1"},
                     {"conv1.0.3", "conv1.1"},
                     {"conv2.0.0", "conv2.0.1"},
                     {"conv2.0.3", "conv2.1"}}};
static const ConvName stem_names[][STEM_CONVS] = {
    [AQ_RESNEXT3D] = {{"conv1", "bn1"}},
    [AQ_R2PLUS1D] = {{"stem.0", "stem.1"}, {"stem.3", "stem.4"}}};

/* ---- parameters ---- */

typedef struct ConvPlan {
    int dims[5]; /* of its filters */
    AqConv3d how;
} ConvPlan;

static void declare_plan(AqNetDeclare *d, Resnet3dConv *c, const char *name,
                         float scale, const ConvPlan *p)
{
    char leaf[48];

    c->how = p->how;
    (void)snprintf(leaf, sizeof leaf, "%s.weight", name);
    c->w = aq_net_declare(d, leaf, AQ_INIT_HE, scale, 5, p->dims);
    (void)snprintf(leaf, sizeof leaf, "%s.bias", name);
    c->b = ZEROS(leaf, p->dims[0]);
}

/* A block's convolutions; returns their number. `by` is the first one's stride. */
static int plan_block(const AqResnet3dGeometry *g, int s, int k, int by,
                      ConvPlan plan[MOST_CONVS])
{
    const int in = aq_resnet3d_into(g, s, k), inner = g->inner[s], out = g->outer[s];
    const int mid = aq_resnet3d_between(aq_resnet3d_into(g, s, k), out);
    const ConvPlan resnext[] = {
        {{inner, 1, 1, 1, in}, {{1, 1, 1}, {0, 0, 0}, 1}},
        {{inner, 3, 3, 3, inner / g->groups}, {{by, by, by}, {1, 1, 1}, g->groups}},
        {{out, 1, 1, 1, inner}, {{1, 1, 1}, {0, 0, 0}, 1}}};
    const ConvPlan halves[] = {{{mid, 1, 3, 3, in}, {{1, by, by}, {0, 1, 1}, 1}},
                               {{out, 3, 1, 1, mid}, {{by, 1, 1}, {1, 0, 0}, 1}},
                               {{mid, 1, 3, 3, out}, {{1, 1, 1}, {0, 1, 1}, 1}},
                               {{out, 3, 1, 1, mid}, {{1, 1, 1}, {1, 0, 0}, 1}}};

    if (g->kind == AQ_RESNEXT3D)
        memcpy(plan, resnext, sizeof resnext);
    else
        memcpy(plan, halves, sizeof halves);
    return g->kind == AQ_RESNEXT3D ? 3 : 4;
}

static void declare_block3d(AqNetDeclare *d, Resnet3dBlock *b,
                            const AqResnet3dGeometry *g, int s, int k)
{
    const int in = aq_resnet3d_into(g, s, k), out = g->outer[s];
    const int by = s > 0 && k == 0 ? 2 : 1;
    const ConvPlan past = {{out, 1, 1, 1, in}, {{by, by, by}, {0, 0, 0}, 1}};
    ConvPlan plan[MOST_CONVS];
    const int n = plan_block(g, s, k, by, plan);

    (void)snprintf(d->prefix, sizeof d->prefix, "layer%d.%d.", s + 1, k);
    for (int c = 0; c < n; c++) /* the last ends a residual branch: small at first */
        declare_plan(d, &b->conv[c], block_names[g->kind][c].conv,
                     c + 1 < n ? 1.0F : 0.3F, &plan[c]);
    if (by != 1 || in != out)
        declare_plan(d, &b->shortcut, "downsample", 1, &past);
}

static void declare_stem3d(AqNetDeclare *d, Resnet3d *net)
{
    const AqResnet3dGeometry *g = &net->g;
    const ConvPlan whole = {{g->stem, 7, 7, 7, 3}, {{1, 2, 2}, {3, 3, 3}, 1}};
    const ConvPlan halves[] = {
        {{g->stem_mid, 1, 7, 7, 3}, {{1, 2, 2}, {0, 3, 3}, 1}},
        {{g->stem, 3, 1, 1, g->stem_mid}, {{1, 1, 1}, {1, 0, 0}, 1}}};

    for (int c = 0; c < STEM_CONVS && stem_names[g->kind][c].conv; c++)
        declare_plan(d, &net->stem[c], stem_names[g->kind][c].conv, 1,
                     g->kind == AQ_RESNEXT3D ? &whole : &halves[c]);
}

static AqErr declare_resnet3d(Resnet3d *net)
{
    AqNetDeclare d = {.params = net->params};

    declare_stem3d(&d, net);
    for (int s = 0; s < AQ_RESNET3D_STAGES; s++) {
        net->stage[s] = aq_alloc((size_t)net->g.depths[s], sizeof *net->stage[s]);
        if (!net->stage[s])
            return AQ_ERR_NOMEM;
        for (int k = 0; k < net->g.depths[s]; k++)
            declare_block3d(&d, &net->stage[s][k], &net->g, s, k);
    }
    return d.err;
}

/* ---- a file's values ---- */

/* A list of convolutions behind a prefix. */
static AqErr read_convs(const Resnet3dConv *c, int most, AqWeights *w,
                        const char *prefix, const ConvName *of)
{
    static const char *const leaves[] = {"weight", "bias", "running_mean",
                                         "running_var"};
    AqFoldedNames names = {.n = AQ_FOLDED_PARTS};
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < most && c[k].w; k++) {
        (void)snprintf(names.filters, AQ_FOLDED_NAME, "%s%s.weight", prefix,
                       of[k].conv);
        for (int j = 0; j < AQ_FOLDED_PARTS; j++)
            (void)snprintf(names.part[j], AQ_FOLDED_NAME, "%s%s.%s", prefix, of[k].norm,
                           leaves[j]);
        err = aq_folded_read(c[k].w, c[k].b, w, &names);
    }
    return err;
}

static AqErr read_block3d(const Resnet3d *net, AqWeights *w, const char *prefix, int s,
                          int k)
{
    static const ConvName past = {"downsample.0", "downsample.1"};
    const Resnet3dBlock *b = &net->stage[s][k];
    char at[AQ_PREFIX_BYTES + 32];

    (void)snprintf(at, sizeof at, "%slayer%d.%d.", prefix, s + 1, k);
    const AqErr err = read_convs(b->conv, MOST_CONVS, w, at, block_names[net->g.kind]);
    return err == AQ_OK ? read_convs(&b->shortcut, 1, w, at, &past) : err;
}

/* Our own names behind the file's prefix; none of a file with batch norms. */
static int name_own_tensor(void *ctx, const char *name, AqParamSource from[3])
{
    const AqResnet3dNaming *as = ctx;

    (void)snprintf(from->name, sizeof from->name, "%s%s", as->prefix, name);
    return as->folded;
}

static AqErr load_resnet3d(const Resnet3d *net, AqWeights *w, AqResnet3dNaming *as)
{
    AqErr err = aq_params_load(net->params, w, name_own_tensor, as);

    if (err != AQ_OK || as->folded)
        return err;
    err = read_convs(net->stem, STEM_CONVS, w, as->prefix, stem_names[net->g.kind]);
    for (int s = 0; err == AQ_OK && s < AQ_RESNET3D_STAGES; s++)
        for (int k = 0; err == AQ_OK && k < net->g.depths[s]; k++)
            err = read_block3d(net, w, as->prefix, s, k);
    aq_weights_drop_pages(w);
    return err;
}

/* ---- forward ---- */

static AqTensor *run_conv3d(AqNn *nn, AqTensor *x, const Resnet3dConv *c, AqAct act)
{
    return aq_conv3d(nn, x, c->w, c->b, &c->how, act);
}

/* relu(branch(x) + shortcut(x)) */
static AqTensor *run_block3d(AqNn *nn, const Resnet3dBlock *b, AqTensor *x)
{
    AqTensor *y = x,
             *past = b->shortcut.w ? run_conv3d(nn, x, &b->shortcut, AQ_ACT_NONE) : x;

    for (int k = 0; k < MOST_CONVS && b->conv[k].w; k++) {
        const int is_last = k + 1 == MOST_CONVS || !b->conv[k + 1].w;

        y = run_conv3d(nn, y, &b->conv[k], is_last ? AQ_ACT_NONE : AQ_ACT_RELU);
    }
    return aq_act(nn, aq_add(nn, y, past), AQ_ACT_RELU);
}

/* (N,T,h,w,C) -> (N,1,1,C) or (N,h,w,C) */
static AqTensor *average_clip(const Resnet3d *net, AqNn *nn, AqTensor *x)
{
    if (!x || net->out == OUT_GRID)
        return aq_mean(nn, x, 1);
    const int N = x->dims[0], C = x->dims[4];
    x = aq_mean(nn, aq_reshape(nn, x, AQ_DIMS(N, -1, C)), 1);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, 1, 1, C)) : NULL;
}

static AqTensor *resnet3d_forward(const void *self, AqNn *nn, AqTensor *in,
                                  const AqExtractorTap *tap)
{
    const Resnet3d *net = self;
    const AqArenaMark mark = aq_nn_mark(nn);

    if (!in)
        return NULL;
    const int *d = in->dims;
    AqTensor *x = aq_reshape(nn, in, AQ_DIMS(d[0], d[1] / 3, 3, d[2], d[3]));
    x = x ? aq_permute(nn, x, (const int[]){0, 1, 3, 4, 2}) : NULL;
    for (int k = 0; k < STEM_CONVS && net->stem[k].w; k++)
        x = aq_nn_keep(nn, mark, run_conv3d(nn, x, &net->stem[k], AQ_ACT_RELU));
    if (net->g.kind == AQ_RESNEXT3D)
        x = aq_nn_keep(nn, mark, aq_maxpool3d(nn, x, 3, 2, 1));
    for (int s = 0; s < AQ_RESNET3D_STAGES; s++) {
        for (int k = 0; k < net->g.depths[s]; k++)
            x = aq_nn_keep(nn, mark, run_block3d(nn, &net->stage[s][k], x));
        x = aq_network_show(tap, "stage", s + 1, x);
    }
    return average_clip(net, nn, x);
}

/* What a convolution makes of a clip's extent in time, height and width; returns its
 * multiply-adds. */
static double conv_extent(const Resnet3dConv *c, int extent[3])
{
    double madds = (double)aq_tensor_count(c->w);

    for (int d = 0; d < 3; d++) {
        extent[d] =
            (extent[d] + 2 * c->how.pad[d] - c->w->dims[1 + d]) / c->how.stride[d] + 1;
        madds *= extent[d];
    }
    return madds;
}

/* Multiply-adds of a clip of `extent`, which becomes the last stage's. */
static double resnet3d_extent(const Resnet3d *net, int extent[3])
{
    double madds = 0;

    for (int k = 0; k < STEM_CONVS && net->stem[k].w; k++)
        madds += conv_extent(&net->stem[k], extent);
    for (int d = 0; d < 3 && net->g.kind == AQ_RESNEXT3D; d++)
        extent[d] = (extent[d] - 1) / 2 + 1;
    for (int s = 0; s < AQ_RESNET3D_STAGES; s++)
        for (int k = 0; k < net->g.depths[s]; k++) {
            const Resnet3dBlock *b = &net->stage[s][k];
            int past[3] = {extent[0], extent[1], extent[2]};

            for (int c = 0; c < MOST_CONVS && b->conv[c].w; c++)
                madds += conv_extent(&b->conv[c], extent);
            madds += b->shortcut.w ? conv_extent(&b->shortcut, past) : 0;
        }
    return madds;
}

/* ---- opening ---- */

typedef struct Resnet3dSwitches {
    AqFramesSwitches frames;
    AqClipRowsSwitch rows;
    int out;
} Resnet3dSwitches;

static const AqOption resnet3d_options[] = {
    AQ_ROWS_AT(aq_frames_options, offsetof(Resnet3dSwitches, frames)),
    AQ_ROWS_AT(aq_clip_rows_options, offsetof(Resnet3dSwitches, rows)),
    AQ_ROW_CHOICE("out", Resnet3dSwitches, out, out_names,
                  "the last stage's mean, or its grid averaged over time", NULL),
    {0}};

/* HCRN's of ResNeXt; R(2+1)D's with Kinetics' means and deviations (torchvision's
 * VideoClassification), not cropped, as questions are about the edges too. */
static AqFramesConfig usual_pictures(AqResnet3dKind kind)
{
    const double raw = 1.0 / 255;
    AqFramesConfig c = {.size = IMAGE, .deviation = {raw, raw, raw}};

    if (kind == AQ_R2PLUS1D)
        c = (AqFramesConfig){.size = IMAGE,
                             .filter = AQ_FILTER_BILINEAR,
                             .mean = {0.43216, 0.394666, 0.37645},
                             .deviation = {0.22803, 0.22145, 0.216989}};
    return c;
}

static AqErr take_resnet3d_switches(Resnet3d *net, const char *switches,
                                    AqFramesConfig *frames, AqRowPlan *rows)
{
    Resnet3dSwitches s = {.frames = AQ_FRAMES_AS_USUAL};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(resnet3d_options, "resnet3d", &s, switches, copy,
                                       sizeof copy);

    net->out = (Resnet3dOut)s.out;
    if (err == AQ_OK)
        err = aq_clip_rows_take(rows, &s.rows);
    return err == AQ_OK ? aq_frames_take(frames, &s.frames) : err;
}

static void resnet3d_close(void **np)
{
    Resnet3d *net = *np;

    if (!net)
        return;
    for (int s = 0; s < AQ_RESNET3D_STAGES; s++)
        aq_free(net->stage[s]);
    aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

/* "ResNeXt over clips of depths 3,4,23,3, 32 groups, 2048 channels at the end" */
static void describe_resnet3d(const AqResnet3dGeometry *g, char *text, size_t bytes)
{
    char groups[32] = "";

    if (g->kind == AQ_RESNEXT3D)
        (void)snprintf(groups, sizeof groups, ", %d groups", g->groups);
    (void)snprintf(text, bytes, "%s of depths %d,%d,%d,%d%s, %d channels at the end",
                   g->kind == AQ_RESNEXT3D ? "ResNeXt over clips" : "R(2+1)D",
                   g->depths[0], g->depths[1], g->depths[2], g->depths[3], groups,
                   g->outer[AQ_RESNET3D_STAGES - 1]);
}

static AqErr check_named_clips(const AqResnet3dGeometry *g, const char *name,
                               const AqWeights *w)
{
    AqResnet3dGeometry want;
    char about[128];

    if (strcmp(name, "resnet3d") == 0)
        return AQ_OK;
    const AqErr err = aq_resnet3d_named(&want, name);
    if (err != AQ_OK)
        return err;
    if (memcmp(&want, g, sizeof want) == 0)
        return AQ_OK;
    describe_resnet3d(g, about, sizeof about);
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: is a %s, which is not %s; `resnet3d` accepts any",
                   aq_weights_path(w), about, name);
}

static AqErr open_resnet3d_params(Resnet3d *net, AqWeights *w, AqResnet3dNaming *naming,
                                  uint64_t seed)
{
    AqErr err = aq_params_new(&net->params);

    if (err == AQ_OK)
        err = declare_resnet3d(net);
    if (err != AQ_OK)
        return err;
    return w ? load_resnet3d(net, w, naming) : aq_params_init(net->params, seed);
}

static void fill_facts(const Resnet3d *net, const AqFramesConfig *frames,
                       AqRowPlan rows, AqNetworkFacts *facts)
{
    const AqFramesConfig usual = usual_pictures(net->g.kind);
    int extent[] = {aq_rows_pictures(rows), IMAGE, IMAGE};
    const double madds = resnet3d_extent(net, extent);
    const int is_grid = net->out == OUT_GRID;

    *facts =
        (AqNetworkFacts){.input = aq_frames_input(frames, rows),
                         .out_dims = {is_grid ? extent[1] : 1, is_grid ? extent[2] : 1,
                                      net->g.outer[AQ_RESNET3D_STAGES - 1]},
                         .batch = net->g.kind == AQ_RESNEXT3D ? 4 : 2,
                         .gflop = 2e-9 * madds};
    describe_resnet3d(&net->g, facts->options, sizeof facts->options);
    const size_t at = strlen(facts->options);
    (void)snprintf(facts->options + at, sizeof facts->options - at, ", out %s",
                   out_names[net->out]);
    aq_frames_switches(frames, &usual, facts->switches, sizeof facts->switches);
    if (net->out != OUT_POOLED)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "out",
                            out_names[net->out]);
    aq_clip_rows_record(facts, rows);
}

static AqErr resnet3d_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                           const char *switches, AqNetworkFacts *facts)
{
    AqRowPlan rows = {.per_second = 1, .frames = PICTURES};
    AqResnet3dNaming naming = {0};
    AqFramesConfig frames = {0};
    Resnet3d *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err =
        w ? aq_resnet3d_read(&net->g, &naming, w) : aq_resnet3d_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_named_clips(&net->g, name, w);
    if (err == AQ_OK) {
        frames = usual_pictures(net->g.kind);
        err = take_resnet3d_switches(net, switches, &frames, &rows);
    }
    if (err == AQ_OK)
        err = open_resnet3d_params(net, w, &naming, seed);
    if (err == AQ_OK)
        fill_facts(net, &frames, rows, facts);
    else
        resnet3d_close(out);
    return err;
}

static AqErr resnet3d_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqResnet3dGeometry g;
    AqResnet3dNaming naming;

    if (!aq_resnet3d_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_resnet3d_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = aq_resnet3d_name(&g);
    describe_resnet3d(&g, out->about, sizeof out->about);
    const size_t at = strlen(out->about);
    (void)snprintf(out->about + at, sizeof out->about - at, "; names: %s",
                   naming.folded            ? "this program's"
                   : g.kind == AQ_RESNEXT3D ? "3D-ResNets-PyTorch"
                                            : "torchvision");
    return AQ_OK;
}

static AqParams *resnet3d_params(const void *self)
{
    const Resnet3d *net = self;

    return net->params;
}

const AqNetworkDef aq_network_resnet3d = {
    .names = {"resnext101_3d", "r2plus1d_18", "resnet3d"},
    .title = "ResNeXt and R(2+1)D over clips",
    .input = &aq_input_frames,
    .switches = resnet3d_options,
    .version = 1,
    .identify = resnet3d_identify,
    .open = resnet3d_open,
    .forward = resnet3d_forward,
    .params = resnet3d_params,
    .close = resnet3d_close};
