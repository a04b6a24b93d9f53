/* SPDX-License-Identifier: MIT */
/*
 * InternVideo2's vision encoder (Wang et al., "InternVideo2: scaling foundation models
 * for multimodal video understanding", ECCV 2024; internvideo2.py of
 * OpenGVLab/InternVideo): the patches of several pictures and a class token attend to
 * each other in pre-norm blocks with RMS norms (Zhang and Sennrich, 2019), also of
 * queries and keys over all heads, and learned factors a channel on both branches
 * (LayerScale; Touvron et al., 2021). There is no norm at the end. Given is the vector
 * of the attention pool (clip_projector), or the patches' mean over time as a grid.
 * Parameters have the published names.
 */
#include "extract/input/frames.h"
#include "extract/networks/parts/declare.h"
#include "extract/networks/video/internvideo2_geometry.h"
#include "extract/networks/video/video.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/layers.h"
#include "model/nn/rowwise.h"

#include <stdio.h>
#include <string.h>

enum { TOKENS_AT_ONCE = 1600, /* in a batch */ MOST_GRID = 64 };
#define RMS_EPS  AQ_R(1e-6)
#define POOL_EPS AQ_R(1e-5)
/* Of seeded networks: as CLIP's training begins; what training begins from, 1e-5, would
 * pass the patches on. */
#define SEEDED_FACTOR 0.1f

typedef enum VideoOut { OUT_POOLED, OUT_GRID } VideoOut;
static const char *const out_names[] = {"pooled", "grid", NULL};

static const AqAct acts[] = {AQ_ACT_GELU, AQ_ACT_GELU_TANH};
static const char *const act_names[] = {"gelu", "gelu_tanh", NULL};

typedef struct VideoBlock {
    AqTensor *n1, *qkv, *qn, *kn, *outw, *outb, *by1;
    AqTensor *n2, *fc1w, *fc1b, *fc2w, *fc2b, *by2;
} VideoBlock;

/* What one of the pool's inputs goes through: a norm and a linear layer. */
typedef struct PoolInput {
    AqTensor *nw, *nb, *w, *b;
} PoolInput;

typedef struct VideoNet {
    AqInternvideo2Geometry g; /* its places: those of the file */
    AqPlaces at;              /* those that are used */
    VideoOut out;
    int cells; /* G: of the grid that is given */
    int act;   /* in acts */
    AqParams *params;
    AqTensor *patchw, *patchb, *class_token, *place;
    VideoBlock *block;
    PoolInput q, k, v; /* OUT_POOLED */
    AqTensor *poolw, *poolb;
} VideoNet;

/* ---- parameters ---- */

static void declare_video_block(AqNetDeclare *d, VideoBlock *b,
                                const AqInternvideo2Geometry *g)
{
    const int D = g->width, one[] = {D};

    b->n1 = ONES("norm1.weight", D);
    b->qkv = LINEAR("attn.qkv.weight", 3 * D, D);
    b->qn = ONES("attn.q_norm.weight", D);
    b->kn = ONES("attn.k_norm.weight", D);
    b->outw = LINEAR("attn.proj.weight", D, D);
    b->outb = ZEROS("attn.proj.bias", D);
    b->by1 = aq_net_declare(d, "ls1.gamma", AQ_INIT_CONST, SEEDED_FACTOR, 1, one);
    b->n2 = ONES("norm2.weight", D);
    b->fc1w = LINEAR("mlp.fc1.weight", g->mlp, D);
    b->fc1b = ZEROS("mlp.fc1.bias", g->mlp);
    b->fc2w = LINEAR("mlp.fc2.weight", D, g->mlp);
    b->fc2b = ZEROS("mlp.fc2.bias", D);
    b->by2 = aq_net_declare(d, "ls2.gamma", AQ_INIT_CONST, SEEDED_FACTOR, 1, one);
}

static PoolInput declare_pool_input(AqNetDeclare *d, const char *which, int D)
{
    char leaf[48];
    PoolInput p;

    (void)snprintf(leaf, sizeof leaf, "norm1_%s.weight", which);
    p.nw = ONES(leaf, D);
    (void)snprintf(leaf, sizeof leaf, "norm1_%s.bias", which);
    p.nb = ZEROS(leaf, D);
    (void)snprintf(leaf, sizeof leaf, "cross_attn.%s.weight", which);
    p.w = LINEAR(leaf, D, D);
    (void)snprintf(leaf, sizeof leaf, "cross_attn.%s_bias", which);
    p.b = ZEROS(leaf, D);
    return p;
}

static void declare_pool(VideoNet *net, AqNetDeclare *d)
{
    const int D = net->g.width;

    (void)snprintf(d->prefix, sizeof d->prefix, "clip_projector.");
    net->q = declare_pool_input(d, "q", D);
    net->k = declare_pool_input(d, "k", D);
    net->v = declare_pool_input(d, "v", D);
    net->poolw = LINEAR("cross_attn.proj.weight", net->g.joint, D);
    net->poolb = ZEROS("cross_attn.proj.bias", net->g.joint);
}

static AqErr declare_video_params(VideoNet *net)
{
    const AqInternvideo2Geometry *g = &net->g;
    AqNetDeclare all = {.params = net->params}, *d = &all;

    net->patchw = MATRIX("patch_embed.proj.weight", g->width, g->patch, g->patch, 3);
    net->patchb = ZEROS("patch_embed.proj.bias", g->width);
    net->class_token = PLACES("cls_token", g->width);
    net->place = PLACES("pos_embed", 1 + net->at.T * net->at.g * net->at.g, g->width);
    for (int k = 0; k < g->layers; k++) {
        (void)snprintf(d->prefix, sizeof d->prefix, "blocks.%d.", k);
        declare_video_block(d, &net->block[k], g);
    }
    if (net->out == OUT_POOLED)
        declare_pool(net, d);
    return d->err;
}

/* ---- forward ---- */

/* in (N,3 T,S,S) -> the class token and all pictures' patches in their places,
 * (N*tokens,D) */
static AqTensor *embed_pictures(const VideoNet *net, AqNn *nn, AqTensor *in, int N)
{
    const int D = net->g.width, S = net->g.patch * net->at.g, T = net->at.T,
              P = T * net->at.g * net->at.g;
    AqTensor *x = aq_reshape(nn, in, AQ_DIMS(N * T, 3, S, S));

    x = x ? aq_permute(nn, x, (const int[]){0, 2, 3, 1}) : NULL;
    x = aq_conv2d(nn, x, net->patchw, net->patchb, net->g.patch, 0, AQ_ACT_NONE);
    AqTensor *both[2] = {
        aq_repeat(nn, aq_reshape(nn, net->class_token, AQ_DIMS(1, D)), N),
        x ? aq_reshape(nn, x, AQ_DIMS(N, P, D)) : NULL};
    x = aq_add(nn, aq_concat(nn, both, 2, 1), net->place);
    return x ? aq_reshape(nn, x, AQ_DIMS(N * (1 + P), D)) : NULL;
}

/* x + by1 attention(norm1(x)) */
static AqTensor *attend_in_clip(const VideoNet *net, AqNn *nn, const VideoBlock *b,
                                AqTensor *in, int N)
{
    const int D = net->g.width, heads = net->g.heads;
    const AqAttention how = {.heads = heads,
                             .scale = AQ_R(1) / aq_sqrt((AqReal)D / (AqReal)heads)};
    const AqRowStep before[] = {
        {.kind = AQ_ROW_RMS, .w = b->n1, .eps = RMS_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->qkv, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_RMS, .w = b->qn, .eps = RMS_EPS, .first = 0},
        {.kind = AQ_ROW_RMS, .w = b->kn, .eps = RMS_EPS, .first = D}};
    const AqRowStep after[] = {
        {.kind = AQ_ROW_LINEAR, .w = b->outw, .b = b->outb, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_MUL, .w = b->by1},
        {.kind = AQ_ROW_ADD, .w = in}};
    AqTensor *x = aq_rowwise(nn, in, before, 4);

    x = x ? aq_reshape(nn, x, AQ_DIMS(N, -1, 3 * D)) : NULL;
    x = aq_attention_qkv(nn, x, &how);
    x = x ? aq_reshape(nn, x, AQ_DIMS(-1, D)) : NULL;
    return aq_rowwise(nn, x, after, 3);
}

static AqTensor *run_video_block(const VideoNet *net, AqNn *nn, const VideoBlock *b,
                                 AqTensor *x, int N)
{
    const AqArenaMark mark = aq_nn_mark(nn);

    x = aq_nn_keep(nn, mark, attend_in_clip(net, nn, b, x, N));
    const AqRowStep mlp[] = {
        {.kind = AQ_ROW_RMS, .w = b->n2, .eps = RMS_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->fc1w, .b = b->fc1b, .act = acts[net->act]},
        {.kind = AQ_ROW_LINEAR, .w = b->fc2w, .b = b->fc2b, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_MUL, .w = b->by2},
        {.kind = AQ_ROW_ADD, .w = x}};
    return aq_nn_keep(nn, mark, aq_rowwise(nn, x, mlp, 5));
}

/* Cell k of n along a side of g: patches from .. to-1. They overlap by one where n does
 * not divide g (torch.nn.functional.adaptive_avg_pool2d). */
static void cell_patches(int k, int n, int g, int *from, int *to)
{
    *from = k * g / n;
    *to = ((k + 1) * g + n - 1) / n;
}

/* What each of G x G cells takes of g x g patches, (N,G*G,g*g): the same for each n. */
static AqTensor *shares_of_cells(AqNn *nn, int N, int g, int G)
{
    AqTensor *by = aq_nn_zeros(nn, AQ_DIMS(N, G * G, g * g));

    for (int k = 0; by && k < N * G * G; k++) {
        AqReal *row = by->data + (size_t)k * (size_t)g * (size_t)g;
        int y0, y1, x0, x1;

        cell_patches(k / G % G, G, g, &y0, &y1);
        cell_patches(k % G, G, g, &x0, &x1);
        for (int p = 0; p < g * g; p++)
            if (p / g >= y0 && p / g < y1 && p % g >= x0 && p % g < x1)
                row[p] = AQ_R(1) / (AqReal)((y1 - y0) * (x1 - x0));
    }
    return by;
}

/* x (N,T*g*g,D) -> the mean over time and over each cell, (N,G,G,D) */
static AqTensor *mean_of_cells(const VideoNet *net, AqNn *nn, AqTensor *x)
{
    const int g = net->at.g, G = net->cells, D = net->g.width;

    if (!x)
        return NULL;
    const int N = x->dims[0];
    x = aq_mean(nn, aq_reshape(nn, x, AQ_DIMS(N, net->at.T, g * g, D)), 1);
    if (G < g)
        x = aq_matmul(nn, shares_of_cells(nn, N, g, G), x, 0);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, G, G, D)) : NULL;
}

static AqTensor *pool_input(AqNn *nn, const PoolInput *p, AqTensor *x)
{
    const AqRowStep steps[] = {
        {.kind = AQ_ROW_NORM, .w = p->nw, .b = p->nb, .eps = POOL_EPS},
        {.kind = AQ_ROW_LINEAR, .w = p->w, .b = p->b, .act = AQ_ACT_NONE}};

    return aq_rowwise(nn, x, steps, 2);
}

/* x (N,tokens,D) -> (N,1,1,E): the mean of all tokens attends to them. */
static AqTensor *pool_tokens(const VideoNet *net, AqNn *nn, AqTensor *x)
{
    const int heads = AQ_INTERNVIDEO2_POOL_HEADS;
    const AqAttention how = {.heads = heads,
                             .scale = AQ_R(1) /
                                      aq_sqrt((AqReal)net->g.width / (AqReal)heads)};
    AqTensor *q = aq_mean(nn, x, 1);

    q = q ? aq_reshape(nn, q, AQ_DIMS(-1, 1, net->g.width)) : NULL;
    AqTensor *y =
        aq_attention(nn, pool_input(nn, &net->q, q), pool_input(nn, &net->k, x),
                     pool_input(nn, &net->v, x), &how);
    y = aq_linear(nn, y, net->poolw, net->poolb, AQ_ACT_NONE);
    return y ? aq_reshape(nn, y, AQ_DIMS(-1, 1, 1, net->g.joint)) : NULL;
}

static AqTensor *internvideo2_forward(const void *self, AqNn *nn, AqTensor *in,
                                      const AqExtractorTap *tap)
{
    const VideoNet *net = self;
    const int N = in ? in->dims[0] : 0, D = net->g.width;
    const AqArenaMark mark = aq_nn_mark(nn);

    if (!in)
        return NULL;
    AqTensor *x = aq_nn_keep(nn, mark, embed_pictures(net, nn, in, N));
    x = aq_network_show(tap, "patches", 0, x);
    for (int k = 0; k < net->g.layers; k++)
        x = aq_network_show(tap, "layer", k + 1,
                            run_video_block(net, nn, &net->block[k], x, N));
    x = x ? aq_reshape(nn, x, AQ_DIMS(N, -1, D)) : NULL;
    if (net->out == OUT_POOLED || !x)
        return pool_tokens(net, nn, x);
    return mean_of_cells(net, nn, aq_slice(nn, x, 1, 1, x->dims[1] - 1));
}

/* ---- switches ---- */

typedef struct VideoSwitches {
    AqFramesSwitches frames;
    int pictures, size, out, cells, act; /* 0: as the file has it, or all of them */
} VideoSwitches;

static const AqOption video_options[] = {
    AQ_ROWS_AT(aq_frames_options, offsetof(VideoSwitches, frames)),
    AQ_ROW("pictures", AQ_OPTION_INT, VideoSwitches, pictures,
           "pictures of each second, if not as many as the file has positions for",
           NULL, .arg = "4|8|16", .least = 1, .most = 64),
    AQ_ROW("size", AQ_OPTION_INT, VideoSwitches, size, "their sides", NULL,
           .arg = "PIXELS", .least = 1, .most = 4096),
    AQ_ROW_CHOICE("out", VideoSwitches, out, out_names,
                  "the attention pool's vector, or the patches' mean over time", NULL),
    AQ_ROW("grid", AQ_OPTION_INT, VideoSwitches, cells,
           "with out=grid: averaged down to G x G", NULL, .arg = "G", .least = 1,
           .most = MOST_GRID),
    AQ_ROW_CHOICE("act", VideoSwitches, act, act_names,
                  "GELU itself, or by tanh as in training's fused kernels", NULL),
    {0}};

static AqErr settle_places(VideoNet *net, int pictures, int size)
{
    const int patch = net->g.patch;

    net->at = net->g.places;
    if (pictures == 1)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "pictures=1: a single picture has positions of its own in "
                       "InternVideo2 (img_pos_embed), which this program does not "
                       "compute; give 4, 8 or 16");
    if (pictures != 0 && pictures != 4 && pictures != 8 && pictures != 16)
        return aq_fail(AQ_ERR_USAGE, "pictures=%d: give 4, 8 or 16", pictures);
    if (size % patch != 0 || size > patch * MOST_GRID)
        return aq_fail(AQ_ERR_USAGE,
                       "size=%d: a multiple of the patches' %d pixels, up to %d, is "
                       "needed",
                       size, patch, patch * MOST_GRID);
    if (pictures)
        net->at.T = pictures;
    if (size)
        net->at.g = size / patch;
    return AQ_OK;
}

static AqErr settle_out(VideoNet *net, const AqWeights *w, const VideoSwitches *s)
{
    net->out = (VideoOut)s->out;
    net->act = s->act;
    net->cells = s->cells ? s->cells : net->at.g;
    if (net->out == OUT_POOLED && s->cells)
        return aq_fail(AQ_ERR_USAGE, "grid=%d: belongs to out=grid", s->cells);
    if (net->cells > net->at.g)
        return aq_fail(AQ_ERR_USAGE, "grid=%d: a picture has only %dx%d patches",
                       net->cells, net->at.g, net->at.g);
    if (net->out == OUT_POOLED && net->g.joint == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: has no attention pool (clip_projector), which out=pooled "
                       "needs; out=grid does without",
                       aq_weights_path(w));
    return AQ_OK;
}

static AqErr take_video_switches(VideoNet *net, const AqWeights *w,
                                 const char *switches, AqFramesConfig *frames)
{
    VideoSwitches s = {.frames = AQ_FRAMES_AS_USUAL};
    char copy[AQ_MOST_PAIRS];
    AqErr err = aq_options_parse_pairs(video_options, "internvideo2", &s, switches,
                                       copy, sizeof copy);

    if (err == AQ_OK)
        err = settle_places(net, s.pictures, s.size);
    if (err == AQ_OK)
        err = settle_out(net, w, &s);
    *frames = aq_frames_default(net->g.patch * net->at.g);
    return err == AQ_OK ? aq_frames_take(frames, &s.frames) : err;
}

/* ---- opening ---- */

static void internvideo2_close(void **np)
{
    VideoNet *net = *np;

    if (!net)
        return;
    aq_free(net->block);
    aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

static double video_gflop(const VideoNet *net)
{
    const AqInternvideo2Geometry *g = &net->g;
    const double D = g->width, P = (double)net->at.T * net->at.g * net->at.g, L = 1 + P;
    const double pool = 2 * L * D * D + 2 * D * D + 2 * L * D + D * g->joint;
    const double cells = (double)net->cells * net->cells;
    const double grid = cells * net->at.g * net->at.g * D;

    return 2e-9 *
           (g->layers * L * (4 * D * D + 2 * D * g->mlp + 2 * L * D) +
            P * 3 * g->patch * g->patch * D + (net->out == OUT_POOLED ? pool : grid));
}

static AqErr check_video_size(const AqInternvideo2Geometry *g, const char *name,
                              const AqWeights *w)
{
    AqInternvideo2Geometry want;

    if (strcmp(name, "internvideo2") == 0)
        return AQ_OK;
    const AqErr err = aq_internvideo2_named(&want, name);
    if (err != AQ_OK)
        return err;
    if (strcmp(aq_internvideo2_name(g), name) == 0)
        return AQ_OK;
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: is an InternVideo2 of %d channels, %d layers and patches of "
                   "%d, which is not %s; `internvideo2` accepts any",
                   aq_weights_path(w), g->width, g->layers, g->patch, name);
}

/* The file's positions, resized to those that are used. */
static AqErr resize_places(const VideoNet *net, AqWeights *w,
                           const AqInternvideo2Naming *naming)
{
    char name[160];

    (void)snprintf(name, sizeof name, "%spos_embed", naming->prefix);
    const AqWeight *t = aq_weights_find(w, name);
    if (!t || t->dims[t->n_dims - 1] != net->g.width)
        return aq_fail(AQ_ERR_MISMATCH, "%s: %s has not %d channels",
                       aq_weights_path(w), name, net->g.width);
    float *from = aq_alloc(t->count, sizeof *from);
    AqErr err = from ? aq_weight_check_finite(w, t) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = aq_weight_to_floats(t, 0, t->count, from);
    if (err == AQ_OK)
        err = aq_places_resize(net->place->data, net->at, from, net->g.places,
                               net->g.width);
    if (err == AQ_OK)
        aq_weights_mark_used(w, t);
    aq_free(from);
    return err;
}

static AqErr open_video_params(VideoNet *net, AqWeights *w,
                               AqInternvideo2Naming *naming, uint64_t seed)
{
    net->block = aq_alloc((size_t)net->g.layers, sizeof *net->block);
    AqErr err = net->block ? aq_params_new(&net->params) : AQ_ERR_NOMEM;
    if (err == AQ_OK)
        err = declare_video_params(net);
    if (err != AQ_OK)
        return err;
    if (!w)
        return aq_params_init(net->params, seed);
    naming->sets_places = net->at.T != net->g.places.T || net->at.g != net->g.places.g;
    err = aq_params_load(net->params, w, aq_internvideo2_file_names, naming);
    return err == AQ_OK && naming->sets_places ? resize_places(net, w, naming) : err;
}

static AqErr internvideo2_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqInternvideo2Geometry g;
    AqInternvideo2Naming naming;

    if (!aq_internvideo2_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_internvideo2_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = aq_internvideo2_name(&g);
    (void)snprintf(out->about, sizeof out->about,
                   "InternVideo2 of %d channels, %d layers, patches of %d, %d pictures "
                   "of %dx%d, pooled to %d",
                   g.width, g.layers, g.patch, g.places.T, g.patch * g.places.g,
                   g.patch * g.places.g, g.joint);
    return AQ_OK;
}

/* The switches that are not as usual; each number is written if it differs. */
static void record_video_switches(const VideoNet *net, AqNetworkFacts *facts)
{
    const struct {
        const char *key;
        int is, usual;
    } numbers[] = {{"pictures", net->at.T, net->g.places.T},
                   {"size", net->at.g * net->g.patch, net->g.places.g * net->g.patch},
                   {"grid", net->cells, net->at.g}};
    char *text = facts->switches, number[16];

    if (net->out != OUT_POOLED)
        aq_options_add_pair(text, sizeof facts->switches, "out", out_names[net->out]);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
        (void)snprintf(number, sizeof number, "%d", numbers[k].is);
        if (numbers[k].is != numbers[k].usual)
            aq_options_add_pair(text, sizeof facts->switches, numbers[k].key, number);
    }
    if (net->act != 0)
        aq_options_add_pair(text, sizeof facts->switches, "act", act_names[net->act]);
}

static void describe_video(const VideoNet *net, const AqFramesConfig *frames,
                           AqNetworkFacts *facts)
{
    const AqInternvideo2Geometry *g = &net->g;
    const AqFramesConfig usual = aq_frames_default(g->patch * net->at.g);
    const int side = net->out == OUT_POOLED ? 1 : net->cells;
    const int batch = TOKENS_AT_ONCE / (1 + net->at.T * net->at.g * net->at.g);
    const AqRowPlan plan = {.per_second = 1, .frames = net->at.T};

    *facts = (AqNetworkFacts){
        .input = aq_frames_input(frames, plan),
        .out_dims = {side, side, net->out == OUT_POOLED ? g->joint : g->width},
        .batch = batch < 1 ? 1 : batch,
        .gflop = video_gflop(net)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "width %d layers %d heads %d patch %d mlp %d positions %dx%dx%d "
                   "pictures %d grid %d act %s out %s %d",
                   g->width, g->layers, g->heads, g->patch, g->mlp, g->places.T,
                   g->places.g, g->places.g, net->at.T, net->at.g, act_names[net->act],
                   out_names[net->out], side);
    aq_frames_switches(frames, &usual, facts->switches, sizeof facts->switches);
    record_video_switches(net, facts);
}

static AqErr internvideo2_open(void **out, const char *name, AqWeights *w,
                               uint64_t seed, const char *switches,
                               AqNetworkFacts *facts)
{
    AqInternvideo2Naming naming = {0};
    AqFramesConfig frames;
    VideoNet *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err = w ? aq_internvideo2_read(&net->g, &naming, w)
                  : aq_internvideo2_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_video_size(&net->g, name, w);
    if (err == AQ_OK)
        err = take_video_switches(net, w, switches, &frames);
    if (err == AQ_OK)
        err = open_video_params(net, w, &naming, seed);
    if (err != AQ_OK) {
        internvideo2_close(out);
        return err;
    }
    describe_video(net, &frames, facts);
    return AQ_OK;
}

static AqParams *internvideo2_params(const void *self)
{
    const VideoNet *net = self;

    return net->params;
}

const AqNetworkDef aq_network_internvideo2 = {
    .names = {"internvideo2_s", "internvideo2_b", "internvideo2_l", "internvideo2_1b",
              "internvideo2"},
    .title = "InternVideo2",
    .input = &aq_input_frames,
    .switches = video_options,
    .version = 1,
    .identify = internvideo2_identify,
    .open = internvideo2_open,
    .forward = internvideo2_forward,
    .params = internvideo2_params,
    .close = internvideo2_close};
