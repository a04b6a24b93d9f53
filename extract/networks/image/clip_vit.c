/* SPDX-License-Identifier: MIT */
/*
 * CLIP's vision transformer (Radford et al., ICML 2021; VisionTransformer in
 * clip/model.py of openai/CLIP; Dosovitskiy et al., ICLR 2021): patches and a class
 * token with position embeddings, pre-norm blocks, a norm, and the projection into the
 * space shared with text. Parameters have OpenAI's names. What it gives is chosen: the
 * grid of patches behind the last norm, the same projected, or the class token
 * projected, which is encode_image() and not normalised.
 */
#include "extract/input/frames.h"
#include "extract/networks/image/clip_geometry.h"
#include "extract/networks/image/image.h"
#include "extract/networks/parts/clip_rows.h"
#include "extract/networks/parts/declare.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/layers.h"
#include "model/nn/rowwise.h"

#include <stdio.h>
#include <string.h>

enum { ROWS_AT_ONCE = 1600 /* tokens in a batch */ };
#define NORM_EPS 1e-5f

typedef enum ClipOut { OUT_GRID, OUT_GRID_PROJ, OUT_POOLED } ClipOut;
static const char *const out_names[] = {"grid", "grid_proj", "pooled", NULL};

static const AqAct acts[] = {AQ_ACT_QUICK_GELU, AQ_ACT_GELU};
static const char *const act_names[] = {"quick_gelu", "gelu", NULL};

typedef struct ClipBlock {
    AqTensor *n1w, *n1b, *qkvw, *qkvb, *outw, *outb;
    AqTensor *n2w, *n2b, *fcw, *fcb, *projw, *projb;
} ClipBlock;

typedef struct ClipVit {
    AqClipGeometry g;
    ClipOut out;
    int act;       /* in acts */
    int act_given; /* by a switch */
    AqParams *params;
    AqTensor *patch, *class_token, *place, *prew, *preb, *postw, *postb;
    AqTensor *proj; /* (W,E); NULL with OUT_GRID */
    ClipBlock *block;
} ClipVit;

/* ---- parameters ---- */

static void declare_clip_block(AqNetDeclare *d, ClipBlock *b, const AqClipGeometry *g)
{
    const int W = g->width;

    b->n1w = ONES("ln_1.weight", W);
    b->n1b = ZEROS("ln_1.bias", W);
    b->qkvw = LINEAR("attn.in_proj_weight", 3 * W, W);
    b->qkvb = ZEROS("attn.in_proj_bias", 3 * W);
    b->outw = BRANCH_LINEAR("attn.out_proj.weight", W, W);
    b->outb = ZEROS("attn.out_proj.bias", W);
    b->n2w = ONES("ln_2.weight", W);
    b->n2b = ZEROS("ln_2.bias", W);
    b->fcw = LINEAR("mlp.c_fc.weight", g->mlp, W);
    b->fcb = ZEROS("mlp.c_fc.bias", g->mlp);
    b->projw = BRANCH_LINEAR("mlp.c_proj.weight", W, g->mlp);
    b->projb = ZEROS("mlp.c_proj.bias", W);
}

static AqErr declare_clip_params(ClipVit *net)
{
    const AqClipGeometry *g = &net->g;
    AqNetDeclare all = {.params = net->params}, *d = &all;

    net->patch = MATRIX("conv1.weight", g->width, g->patch, g->patch, 3);
    net->class_token = PLACES("class_embedding", g->width);
    net->place = PLACES("positional_embedding", 1 + g->grid * g->grid, g->width);
    net->prew = ONES("ln_pre.weight", g->width);
    net->preb = ZEROS("ln_pre.bias", g->width);
    for (int k = 0; k < g->layers; k++) {
        (void)snprintf(d->prefix, sizeof d->prefix, "transformer.resblocks.%d.", k);
        declare_clip_block(d, &net->block[k], g);
    }
    d->prefix[0] = '\0';
    net->postw = ONES("ln_post.weight", g->width);
    net->postb = ZEROS("ln_post.bias", g->width);
    if (net->out != OUT_GRID)
        net->proj = MATRIX("proj", g->width, g->joint);
    return d->err;
}

/* ---- forward ---- */

/* in (N,3,S,S) -> ln_pre of the class token and the patches in their places,
 * (N*tokens,W) */
static AqTensor *embed_clip_patches(const ClipVit *net, AqNn *nn, AqTensor *in, int N)
{
    const int P = net->g.grid * net->g.grid, W = net->g.width;
    AqTensor *x = aq_permute(nn, in, (const int[]){0, 2, 3, 1});

    x = aq_conv2d(nn, x, net->patch, NULL, net->g.patch, 0, AQ_ACT_NONE);
    AqTensor *both[2] = {
        aq_repeat(nn, aq_reshape(nn, net->class_token, AQ_DIMS(1, W)), N),
        x ? aq_reshape(nn, x, AQ_DIMS(N, P, W)) : NULL};
    x = aq_add(nn, aq_concat(nn, both, 2, 1), net->place);
    x = aq_layernorm(nn, x, net->prew, net->preb, NORM_EPS);
    return x ? aq_reshape(nn, x, AQ_DIMS(N * (1 + P), W)) : NULL;
}

/* x + attention(ln_1(x)) */
static AqTensor *attend_to_all(const ClipVit *net, AqNn *nn, const ClipBlock *b,
                               AqTensor *in, int N)
{
    const int W = net->g.width, heads = W / AQ_CLIP_HEAD_SIZE;
    const AqAttention how = {.heads = heads,
                             .scale = AQ_R(1) / aq_sqrt((AqReal)AQ_CLIP_HEAD_SIZE)};
    const AqRowStep before[] = {
        {.kind = AQ_ROW_NORM, .w = b->n1w, .b = b->n1b, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->qkvw, .b = b->qkvb, .act = AQ_ACT_NONE}};
    const AqRowStep after[] = {
        {.kind = AQ_ROW_LINEAR, .w = b->outw, .b = b->outb, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = in}};
    AqTensor *x = aq_rowwise(nn, in, before, 2);

    x = x ? aq_reshape(nn, x, AQ_DIMS(N, -1, 3 * W)) : NULL;
    x = aq_attention_qkv(nn, x, &how);
    x = x ? aq_reshape(nn, x, AQ_DIMS(-1, W)) : NULL;
    return aq_rowwise(nn, x, after, 2);
}

static AqTensor *run_clip_block(const ClipVit *net, AqNn *nn, const ClipBlock *b,
                                AqTensor *x, int N)
{
    const AqArenaMark mark = aq_nn_mark(nn);

    x = aq_nn_keep(nn, mark, attend_to_all(net, nn, b, x, N));
    const AqRowStep mlp[] = {
        {.kind = AQ_ROW_NORM, .w = b->n2w, .b = b->n2b, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->fcw, .b = b->fcb, .act = acts[net->act]},
        {.kind = AQ_ROW_LINEAR, .w = b->projw, .b = b->projb, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = x}};
    return aq_nn_keep(nn, mark, aq_rowwise(nn, x, mlp, 4));
}

/* What is asked for of the last block's tokens (N,tokens,W): (N,h,w,C). */
static AqTensor *finish_tokens(const ClipVit *net, AqNn *nn, AqTensor *x, int N)
{
    const int g = net->out == OUT_POOLED ? 1 : net->g.grid;

    x = net->out == OUT_POOLED ? aq_slice(nn, x, 1, 0, 1)
                               : aq_slice(nn, x, 1, 1, g * g);
    x = aq_layernorm(nn, x, net->postw, net->postb, NORM_EPS);
    if (net->proj && x)
        x = aq_matmul(nn, aq_reshape(nn, x, AQ_DIMS(-1, net->g.width)), net->proj, 0);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, g, g, -1)) : NULL;
}

static AqTensor *clip_vit_forward(const void *self, AqNn *nn, AqTensor *in,
                                  const AqExtractorTap *tap)
{
    const ClipVit *net = self;
    const int N = in ? in->dims[0] : 0;
    const AqArenaMark mark = aq_nn_mark(nn);

    if (!in)
        return NULL;
    AqTensor *x = aq_nn_keep(nn, mark, embed_clip_patches(net, nn, in, N));
    x = aq_network_show(tap, "patches", 0, x);
    for (int k = 0; k < net->g.layers; k++)
        x = aq_network_show(tap, "layer", k + 1,
                            run_clip_block(net, nn, &net->block[k], x, N));
    return x ? finish_tokens(net, nn, aq_reshape(nn, x, AQ_DIMS(N, -1, net->g.width)),
                             N)
             : NULL;
}

/* ---- switches ---- */

typedef struct ClipSwitches {
    AqFramesSwitches frames;
    AqClipRowsSwitch rows;
    int out, act; /* act: -1, as the file's origin says */
} ClipSwitches;

static const AqOption clip_options[] = {
    AQ_ROWS_AT(aq_frames_options, offsetof(ClipSwitches, frames)),
    AQ_ROWS_AT(aq_clip_rows_options, offsetof(ClipSwitches, rows)),
    AQ_ROW_CHOICE("out", ClipSwitches, out, out_names,
                  "the patches' grid, the same projected, or the projected class token",
                  NULL),
    AQ_ROW_CHOICE("act", ClipSwitches, act, act_names,
                  "activation of the MLPs, where the file does not tell", NULL),
    {0}};

/* OpenAI's own archives are TorchScript; others of its kind look like one another, and
 * were trained with either (open_clip/pretrained.py). */
static int tells_act(const AqWeights *w)
{
    const char *format = aq_weights_meta(w, "origin_format");

    return strcmp(format ? format : aq_weights_format(w), "torchscript") == 0;
}

static AqErr settle_act(ClipVit *net, const AqWeights *w, int asked)
{
    net->act = asked < 0 ? 0 : asked;
    net->act_given = asked >= 0;
    if (asked >= 0 || !w || tells_act(w))
        return AQ_OK;
    return aq_fail(
        AQ_ERR_USAGE,
        "%s: nothing in it tells the activation that it was trained with, and the "
        "other one gives wrong features; say act=quick_gelu (all of OpenAI's, LAION-400M "
        "B/32, MetaCLIP, DFN) or act=gelu (LAION-2B, DataComp, LAION-400M B/16 and L/14)",
        aq_weights_path(w));
}

static AqErr take_clip_switches(ClipVit *net, const AqWeights *w, const char *switches,
                                AqFramesConfig *frames, AqRowPlan *rows)
{
    ClipSwitches s = {.frames = AQ_FRAMES_AS_USUAL, .act = -1};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(clip_options, "clip_vit", &s, switches, copy,
                                       sizeof copy);

    if (err == AQ_OK)
        err = aq_frames_take(frames, &s.frames);
    if (err == AQ_OK)
        err = aq_clip_rows_take(rows, &s.rows);
    if (err == AQ_OK)
        err = settle_act(net, w, s.act);
    if (err != AQ_OK)
        return err;
    net->out = (ClipOut)s.out;
    if (net->out != OUT_GRID && net->g.joint == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no projection into the space shared with text, which "
                       "out=%s needs; out=grid does without",
                       aq_weights_path(w), out_names[net->out]);
    return AQ_OK;
}

/* ---- opening ---- */

static void clip_vit_close(void **np)
{
    ClipVit *net = *np;

    if (!net)
        return;
    aq_free(net->block);
    aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

static double clip_gflop(const ClipVit *net)
{
    const AqClipGeometry *g = &net->g;
    const double W = g->width, P = (double)g->grid * g->grid, L = 1 + P;
    const double projected = net->out == OUT_GRID ? 0 : net->out == OUT_POOLED ? 1 : P;

    return 2e-9 * (g->layers * L * (4 * W * W + 2 * W * g->mlp + 2 * L * W) +
                   P * 3 * g->patch * g->patch * W + projected * W * g->joint);
}

static AqErr check_named_geometry(const AqClipGeometry *g, const char *name,
                                  const AqWeights *w)
{
    AqClipGeometry want;

    if (strcmp(name, "clip_vit") == 0)
        return AQ_OK;
    const AqErr err = aq_clip_geometry_named(&want, name);
    if (err != AQ_OK)
        return err;
    if (strcmp(aq_clip_geometry_name(g), name) == 0)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: is a vision transformer of %d channels, %d layers, patches of %d "
        "and pictures of %d pixels, which is not %s; `clip_vit` accepts any",
        aq_weights_path(w), g->width, g->layers, g->patch, g->patch * g->grid, name);
}

static AqErr open_clip_params(ClipVit *net, AqWeights *w, AqClipNaming *naming,
                              uint64_t seed)
{
    net->block = aq_alloc((size_t)net->g.layers, sizeof *net->block);
    AqErr err = net->block ? aq_params_new(&net->params) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = declare_clip_params(net);
    if (err != AQ_OK)
        return err;
    return w ? aq_params_load(net->params, w, aq_clip_file_names, naming)
             : aq_params_init(net->params, seed);
}

static AqErr clip_vit_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqClipGeometry g;
    AqClipNaming naming;

    if (!aq_clip_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_clip_geometry_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    const int tells = tells_act(w);
    out->name = aq_clip_geometry_name(&g);
    out->to_look = tells ? NULL : "act=gelu";
    (void)snprintf(
        out->about, sizeof out->about,
        "CLIP's vision transformer of %d channels, %d layers, patches of %d, "
        "pictures of %dx%d, projected to %d; names: %s%s",
        g.width, g.layers, g.patch, g.patch * g.grid, g.patch * g.grid, g.joint,
        aq_clip_names_text(naming.names),
        tells ? "" : "; use it with act=quick_gelu or act=gelu");
    return AQ_OK;
}

static void describe_clip(const ClipVit *net, const AqFramesConfig *frames,
                          AqNetworkFacts *facts)
{
    const AqClipGeometry *g = &net->g;
    const AqFramesConfig usual = aq_frames_clip(g->patch * g->grid);
    const int side = net->out == OUT_POOLED ? 1 : g->grid;
    const int batch = ROWS_AT_ONCE / (1 + g->grid * g->grid);

    *facts = (AqNetworkFacts){
        .input = aq_frames_input(frames, AQ_ROWS_SECONDS),
        .out_dims = {side, side, net->out == OUT_GRID ? g->width : g->joint},
        .batch = batch < 1 ? 1 : batch,
        .gflop = clip_gflop(net)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "width %d layers %d patch %d grid %d mlp %d act %s out %s", g->width,
                   g->layers, g->patch, g->grid, g->mlp, act_names[net->act],
                   out_names[net->out]);
    aq_frames_switches(frames, &usual, facts->switches, sizeof facts->switches);
    if (net->out != OUT_GRID)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "out",
                            out_names[net->out]);
    if (net->act_given)
        aq_options_add_pair(facts->switches, sizeof facts->switches, "act",
                            act_names[net->act]);
}

static AqErr clip_vit_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                           const char *switches, AqNetworkFacts *facts)
{
    AqClipNaming naming = {0};
    AqRowPlan rows = AQ_ROWS_SECONDS;
    ClipVit *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err = w ? aq_clip_geometry_read(&net->g, &naming, w)
                  : aq_clip_geometry_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_named_geometry(&net->g, name, w);
    AqFramesConfig frames = aq_frames_clip(net->g.patch * net->g.grid);
    if (err == AQ_OK)
        err = take_clip_switches(net, w, switches, &frames, &rows);
    if (err == AQ_OK)
        err = open_clip_params(net, w, &naming, seed);
    if (err != AQ_OK) {
        clip_vit_close(out);
        return err;
    }
    describe_clip(net, &frames, facts);
    aq_clip_rows_apart(facts, rows);
    return AQ_OK;
}

static AqParams *clip_vit_params(const void *self)
{
    const ClipVit *net = self;

    return net->params;
}

const AqNetworkDef aq_network_clip_vit = {.names = {"clip_vit_b32", "clip_vit_b16",
                                                    "clip_vit_l14", "clip_vit_l14_336",
                                                    "clip_vit"},
                                          .title = "CLIP's vision transformer",
                                          .input = &aq_input_frames,
                                          .switches = clip_options,
                                          .version = 1,
                                          .identify = clip_vit_identify,
                                          .open = clip_vit_open,
                                          .forward = clip_vit_forward,
                                          .params = clip_vit_params,
                                          .close = clip_vit_close};
