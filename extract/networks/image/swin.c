/* SPDX-License-Identifier: MIT */
/*
 * Swin Transformer (Liu et al., ICCV 2021), up to the last stage's normalised grid.
 * Parameters have torchvision's names (torchvision.models.swin_transformer). Windows,
 * the cyclic shift and patch merging are all row look-ups with indices made when
 * opening.
 */
#include "extract/input/frames.h"
#include "extract/networks/image/image.h"
#include "extract/networks/image/swin_geometry.h"
#include "extract/networks/parts/clip_rows.h"
#include "extract/networks/parts/declare.h"

#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/options/rows.h"
#include "model/nn/rowwise.h"

#include <stdio.h>
#include <string.h>

enum { PATCH = 4, MLP = 4, BATCH_FRAMES = 8, SHALLOW = 2 };
#define NORM_EPS 1e-5f

typedef struct Block {
    AqTensor *n1w, *n1b, *qkvw, *qkvb, *projw, *projb, *table;
    AqTensor *n2w, *n2b, *fc1w, *fc1b, *fc2w, *fc2b;
    AqTensor bias; /* (heads,w*w,w*w) from `table`, for inference; data owned */
} Block;

typedef struct Stage {
    int side, dim, heads, depth; /* grid of side x side tokens of dim channels */
    int shift;                   /* of odd blocks; 0 if the grid is one window */
    Block *block;
    int *into[2]; /* (side*side) rows, window after window, by shift */
    AqReal *mask; /* (windows,w*w,w*w) of shifted blocks, or NULL */
    int *merge;   /* (side*side) rows in merging order, or NULL */
    AqTensor *mw, *mb, *redw;
} Stage;

typedef struct Swin {
    AqSwinGeometry g;
    AqParams *params;
    AqTensor *patchw, *patchb, *pnw, *pnb, *normw, *normb;
    int *relative; /* (w*w * w*w) rows of the bias table */
    Stage stage[AQ_SWIN_STAGES];
} Swin;

/* ---- parameters ---- */

static void declare_block(AqNetDeclare *d, Block *b, int C, int heads, int window)
{
    const int rows = (2 * window - 1) * (2 * window - 1);

    b->n1w = ONES("norm1.weight", C);
    b->n1b = ZEROS("norm1.bias", C);
    b->qkvw = MATRIX("attn.qkv.weight", 3 * C, C);
    b->qkvb = ZEROS("attn.qkv.bias", 3 * C);
    b->projw = BRANCH("attn.proj.weight", C, C);
    b->projb = ZEROS("attn.proj.bias", C);
    b->table = PLACES("attn.relative_position_bias_table", rows, heads);
    b->n2w = ONES("norm2.weight", C);
    b->n2b = ZEROS("norm2.bias", C);
    b->fc1w = MATRIX("mlp.0.weight", MLP * C, C);
    b->fc1b = ZEROS("mlp.0.bias", MLP * C);
    b->fc2w = BRANCH("mlp.3.weight", C, MLP * C);
    b->fc2b = ZEROS("mlp.3.bias", C);
}

static void declare_stage(AqNetDeclare *d, Stage *s, int at, int window)
{
    for (int k = 0; k < s->depth; k++) {
        (void)snprintf(d->prefix, sizeof d->prefix, "features.%d.%d.", 2 * at + 1, k);
        declare_block(d, &s->block[k], s->dim, s->heads, window);
    }
    if (at + 1 == AQ_SWIN_STAGES)
        return;
    (void)snprintf(d->prefix, sizeof d->prefix, "features.%d.", 2 * at + 2);
    s->mw = ONES("norm.weight", 4 * s->dim);
    s->mb = ZEROS("norm.bias", 4 * s->dim);
    s->redw = MATRIX("reduction.weight", 2 * s->dim, 4 * s->dim);
}

static AqErr declare_swin_params(Swin *net)
{
    AqNetDeclare all = {.params = net->params}, *d = &all;
    const int E = net->g.embed, last = E << (AQ_SWIN_STAGES - 1);

    net->patchw = MATRIX("features.0.0.weight", E, PATCH, PATCH, 3);
    net->patchb = ZEROS("features.0.0.bias", E);
    net->pnw = ONES("features.0.2.weight", E);
    net->pnb = ZEROS("features.0.2.bias", E);
    for (int s = 0; s < AQ_SWIN_STAGES; s++)
        declare_stage(d, &net->stage[s], s, net->g.window);
    d->prefix[0] = '\0';
    net->normw = ONES("norm.weight", last);
    net->normb = ZEROS("norm.bias", last);
    return d->err;
}

/* ---- indices ---- */

/* The grid row at position p of window w, with the grid rolled by -shift. */
static int window_row(int side, int window, int shift, int w, int p)
{
    const int per_side = side / window;
    const int y = (w / per_side * window + p / window + shift) % side;
    const int x = (w % per_side * window + p % window + shift) % side;

    return y * side + x;
}

/* Which of three bands a rolled coordinate lies in: windows at the seam contain tokens
 * that are not neighbours. */
static int seam_band_of(int at, int side, int window, int shift)
{
    return at < side - window ? 0 : at < side - shift ? 1 : 2;
}

static int window_region_of(int side, int window, int shift, int w, int p)
{
    const int per_side = side / window;

    return 3 * seam_band_of(w / per_side * window + p / window, side, window, shift) +
           seam_band_of(w % per_side * window + p % window, side, window, shift);
}

static AqErr make_mask(Stage *s, int window)
{
    const int area = window * window, n = s->side * s->side / area;
    AqReal *m = aq_alloc((size_t)n * (size_t)area * (size_t)area, sizeof *m);

    s->mask = m;
    for (int w = 0; m && w < n; w++)
        for (int p = 0; p < area; p++)
            for (int q = 0; q < area; q++)
                *m++ = window_region_of(s->side, window, s->shift, w, p) ==
                               window_region_of(s->side, window, s->shift, w, q)
                           ? AQ_R(0)
                           : AQ_R(-100);
    return s->mask ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr make_stage_indices(Stage *s, int window, int merges)
{
    const int n = s->side * s->side, area = window * window;

    for (int k = 0; k < 2; k++) {
        const int shift = k ? s->shift : 0;

        s->into[k] = aq_alloc((size_t)n, sizeof(int));
        if (!s->into[k])
            return AQ_ERR_NOMEM;
        for (int r = 0; r < n; r++)
            s->into[k][r] = window_row(s->side, window, shift, r / area, r % area);
    }
    if (merges) {
        const int half = s->side / 2;

        s->merge = aq_alloc((size_t)n, sizeof(int));
        for (int r = 0; s->merge && r < n; r++) {
            const int cell = r / 4, dy = r & 1, dx = r >> 1 & 1;
            s->merge[r] = (cell / half * 2 + dy) * s->side + cell % half * 2 + dx;
        }
        if (!s->merge)
            return AQ_ERR_NOMEM;
    }
    return s->shift ? make_mask(s, window) : AQ_OK;
}

static AqErr make_relative(Swin *net)
{
    const int w = net->g.window, area = w * w;

    net->relative = aq_alloc((size_t)area * (size_t)area, sizeof(int));
    for (int p = 0; net->relative && p < area; p++)
        for (int q = 0; q < area; q++)
            net->relative[p * area + q] =
                (p / w - q / w + w - 1) * (2 * w - 1) + (p % w - q % w + w - 1);
    return net->relative ? AQ_OK : AQ_ERR_NOMEM;
}

static AqErr make_stages(Swin *net)
{
    const AqSwinGeometry *g = &net->g;
    AqErr err = make_relative(net);

    for (int k = 0; err == AQ_OK && k < AQ_SWIN_STAGES; k++) {
        Stage *s = &net->stage[k];

        s->side = g->image / PATCH >> k;
        s->dim = g->embed << k;
        s->heads = g->heads[k];
        s->depth = g->depths[k];
        s->shift = s->side > g->window ? g->window / 2 : 0;
        s->block = aq_alloc((size_t)s->depth, sizeof *s->block);
        err = s->block ? make_stage_indices(s, g->window, k + 1 < AQ_SWIN_STAGES)
                       : AQ_ERR_NOMEM;
    }
    return err;
}

/* ---- forward ---- */

/* The stage's index repeated for N frames. */
static AqTensor *gather_frame_rows(AqNn *nn, AqTensor *x, const int *index, int n,
                                   int N)
{
    int *all = aq_arena_alloc(aq_nn_arena(nn), (size_t)n * (size_t)N, sizeof *all);

    if (!all)
        return NULL;
    for (int f = 0; f < N; f++)
        for (int r = 0; r < n; r++)
            all[f * n + r] = f * n + index[r];
    return aq_gather_rows(nn, x, all, n * N);
}

static AqTensor *bias_of(const Swin *net, AqNn *nn, AqTensor *table)
{
    const int area = net->g.window * net->g.window;
    AqTensor *b = aq_gather_rows(nn, table, net->relative, area * area);

    b = aq_reshape(nn, b, AQ_DIMS(area, area, -1));
    return aq_permute(nn, b, (const int[]){2, 0, 1});
}

/* x + attention(norm(x)), in the grid's order. */
static AqTensor *attend_in_windows(const Swin *net, AqNn *nn, const Stage *s, Block *b,
                                   AqTensor *in, int shifted, int N)
{
    const int area = net->g.window * net->g.window, n = s->side * s->side;
    const int k = shifted && s->shift;
    const AqAttention how = {
        .heads = s->heads,
        .scale = AQ_R(1) / aq_sqrt((AqReal)s->dim / (AqReal)s->heads),
        .bias = aq_nn_recording(nn) ? bias_of(net, nn, b->table) : &b->bias,
        .mask = k ? s->mask : NULL,
        .n_masks = n / area,
        .rows = s->into[k],
        .n_rows = n};

    const AqRowStep before[] = {
        {.kind = AQ_ROW_NORM, .w = b->n1w, .b = b->n1b, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->qkvw, .b = b->qkvb, .act = AQ_ACT_NONE}};
    const AqRowStep after[] = {
        {.kind = AQ_ROW_LINEAR, .w = b->projw, .b = b->projb, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = in}};

    AqTensor *x = aq_rowwise(nn, in, before, 2);
    x = x ? aq_reshape(nn, x, AQ_DIMS(N * n / area, area, 3 * s->dim)) : NULL;
    x = aq_attention_qkv(nn, x, &how);
    x = x ? aq_reshape(nn, x, AQ_DIMS(N * n, s->dim)) : NULL;
    return aq_rowwise(nn, x, after, 2);
}

/* x (N*side*side, dim) */
static AqTensor *run_block(const Swin *net, AqNn *nn, const Stage *s, Block *b,
                           AqTensor *x, int shifted, int N)
{
    const AqArenaMark mark = aq_nn_mark(nn);

    x = aq_nn_keep(nn, mark, attend_in_windows(net, nn, s, b, x, shifted, N));
    const AqRowStep mlp[] = {
        {.kind = AQ_ROW_NORM, .w = b->n2w, .b = b->n2b, .eps = NORM_EPS},
        {.kind = AQ_ROW_LINEAR, .w = b->fc1w, .b = b->fc1b, .act = AQ_ACT_GELU},
        {.kind = AQ_ROW_LINEAR, .w = b->fc2w, .b = b->fc2b, .act = AQ_ACT_NONE},
        {.kind = AQ_ROW_ADD, .w = x}};
    return aq_nn_keep(nn, mark, aq_rowwise(nn, x, mlp, 4));
}

static AqTensor *merge_patches(AqNn *nn, const Stage *s, AqTensor *x, int N)
{
    x = gather_frame_rows(nn, x, s->merge, s->side * s->side, N);
    x = x ? aq_reshape(nn, x, AQ_DIMS(-1, 4 * s->dim)) : NULL;
    x = aq_layernorm(nn, x, s->mw, s->mb, NORM_EPS);
    return aq_linear(nn, x, s->redw, NULL, AQ_ACT_NONE);
}

/* in (N,3,S,S) -> (N * cells, embed) */
static AqTensor *embed_patches(const Swin *net, AqNn *nn, AqTensor *in,
                               const AqExtractorTap *tap)
{
    const AqArenaMark start = aq_nn_mark(nn);
    AqTensor *x = aq_permute(nn, in, (const int[]){0, 2, 3, 1});

    x = aq_conv2d(nn, x, net->patchw, net->patchb, PATCH, 0, AQ_ACT_NONE);
    x = x ? aq_reshape(nn, x, AQ_DIMS(-1, net->g.embed)) : NULL;
    x = aq_layernorm(nn, x, net->pnw, net->pnb, NORM_EPS);
    return aq_network_show(tap, "patches", 0, aq_nn_keep(nn, start, x));
}

/* Runs stages from .. to-1 on N frames. */
static AqTensor *run_swin_stages(const Swin *net, AqNn *nn, AqTensor *x, int from,
                                 int to, int N, const AqExtractorTap *tap)
{
    for (int k = from; k < to; k++) {
        const Stage *s = &net->stage[k];
        const AqArenaMark mark = aq_nn_mark(nn);

        for (int b = 0; b < s->depth; b++)
            x = run_block(net, nn, s, &s->block[b], x, b & 1, N);
        (void)aq_network_show(tap, "stage", k + 1, x);
        if (s->merge)
            x = aq_nn_keep(nn, mark, merge_patches(nn, s, x, N));
    }
    return x;
}

/* Runs patches and the first stages frame by frame: they have many rows and few
 * weights, so values between layers stay in the cache. */
static AqTensor *frame_by_frame(const Swin *net, AqNn *nn, AqTensor *in, int N)
{
    const int S = net->g.image, side = S / PATCH >> SHALLOW,
              dim = net->g.embed << SHALLOW;
    AqTensor *all = aq_nn_tensor(nn, AQ_DIMS(N * side * side, dim));

    for (int f = 0; all && f < N; f++) {
        const AqArenaMark mark = aq_nn_mark(nn);
        AqTensor *x = embed_patches(net, nn, aq_slice(nn, in, 0, f, 1), NULL);

        x = run_swin_stages(net, nn, x, 0, SHALLOW, 1, NULL);
        if (!x)
            return NULL;
        memcpy(all->data + (size_t)f * aq_tensor_count(x), x->data,
               aq_tensor_count(x) * sizeof *x->data);
        aq_arena_rewind(aq_nn_arena(nn), mark);
    }
    return all;
}

static AqTensor *swin_forward(const void *self, AqNn *nn, AqTensor *in,
                              const AqExtractorTap *tap)
{
    const Swin *net = self;
    const int N = in ? in->dims[0] : 0, last = net->g.image / PATCH >> 3;
    AqTensor *x;

    if (!in)
        return NULL;
    if (aq_nn_recording(nn) || tap)
        x = run_swin_stages(net, nn, embed_patches(net, nn, in, tap), 0, SHALLOW, N,
                            tap);
    else
        x = frame_by_frame(net, nn, in, N);
    x = run_swin_stages(net, nn, x, SHALLOW, AQ_SWIN_STAGES, N, tap);
    x = aq_layernorm(nn, x, net->normw, net->normb, NORM_EPS);
    return x ? aq_reshape(nn, x, AQ_DIMS(N, last, last, -1)) : NULL;
}

/* ---- opening ---- */

typedef struct SwinSwitches {
    AqFramesSwitches frames;
    AqClipRowsSwitch rows;
} SwinSwitches;

static const AqOption swin_options[] = {
    AQ_ROWS_AT(aq_frames_options, offsetof(SwinSwitches, frames)),
    AQ_ROWS_AT(aq_clip_rows_options, offsetof(SwinSwitches, rows)),
    {0}};

static AqErr take_swin_switches(const char *switches, AqFramesConfig *frames,
                                AqRowPlan *rows)
{
    SwinSwitches s = {.frames = AQ_FRAMES_AS_USUAL};
    char copy[AQ_MOST_PAIRS];
    AqErr err =
        aq_options_parse_pairs(swin_options, "swin", &s, switches, copy, sizeof copy);

    if (err == AQ_OK)
        err = aq_clip_rows_take(rows, &s.rows);
    return err == AQ_OK ? aq_frames_take(frames, &s.frames) : err;
}

static void swin_close(void **np)
{
    Swin *net = *np;

    if (!net)
        return;
    for (int k = 0; k < AQ_SWIN_STAGES; k++) {
        Stage *s = &net->stage[k];

        for (int b = 0; s->block && b < s->depth; b++)
            aq_free(s->block[b].bias.data);
        aq_free(s->into[0]);
        aq_free(s->into[1]);
        aq_free(s->block);
        aq_free(s->mask);
        aq_free(s->merge);
    }
    aq_free(net->relative);
    aq_params_free(&net->params);
    aq_free(net);
    *np = NULL;
}

/* Expands the bias tables once into the form that attention adds. */
static AqErr make_biases(Swin *net)
{
    AqNn *nn = NULL;
    AqErr err = aq_nn_new(&nn, NULL);

    for (int k = 0; k < AQ_SWIN_STAGES; k++)
        for (int b = 0; err == AQ_OK && b < net->stage[k].depth; b++) {
            Block *block = &net->stage[k].block[b];

            aq_nn_begin(nn, AQ_NN_INFER);
            AqTensor *t = bias_of(net, nn, block->table);
            err = aq_nn_error(nn);
            if (err != AQ_OK)
                break;
            block->bias = *t;
            const size_t n = aq_tensor_count(t);
            block->bias.data = aq_alloc(n, sizeof *t->data);
            if (block->bias.data)
                memcpy(block->bias.data, t->data, n * sizeof *t->data);
            else
                err = AQ_ERR_NOMEM;
        }
    aq_nn_free(&nn);
    return err;
}

static double swin_gflop(const AqSwinGeometry *g)
{
    double madds = 0;

    for (int k = 0; k < AQ_SWIN_STAGES; k++) {
        const double side = g->image / PATCH >> k, L = side * side, C = g->embed << k,
                     area = (double)g->window * g->window;

        madds += g->depths[k] * (12 * C * C * L + 2 * L * area * C);
        madds += k ? L * 2 * C * C : L * 48 * C; /* merging: 4(C/2) to C; patches */
    }
    return 2e-9 * madds;
}

static AqErr check_swin_name(const AqSwinGeometry *g, const char *name,
                             const AqWeights *w)
{
    AqSwinGeometry want;

    if (strcmp(name, "swin") == 0)
        return AQ_OK;
    const AqErr err = aq_swin_geometry_named(&want, name);
    if (err != AQ_OK)
        return err;
    want.image = g->image; /* a file may give another multiple of its window */
    if (memcmp(&want, g, sizeof want) == 0)
        return AQ_OK;
    return aq_fail(
        AQ_ERR_MISMATCH,
        "%s: is a Swin of %d channels, depths %d,%d,%d,%d and windows of %d, which "
        "is not %s; `swin` accepts any",
        aq_weights_path(w), g->embed, g->depths[0], g->depths[1], g->depths[2],
        g->depths[3], g->window, name);
}

static AqErr open_params(Swin *net, AqWeights *w, AqSwinNaming *naming, uint64_t seed)
{
    AqErr err = make_stages(net);

    if (err == AQ_OK)
        err = aq_params_new(&net->params);
    if (err == AQ_OK)
        err = declare_swin_params(net);
    if (err == AQ_OK)
        err = w ? aq_params_load(net->params, w, aq_swin_file_names, naming)
                : aq_params_init(net->params, seed);
    return err == AQ_OK ? make_biases(net) : err;
}

static AqErr swin_identify(const AqWeights *w, AqNetworkMatch *out)
{
    AqSwinGeometry g;
    AqSwinNaming naming;

    if (!aq_swin_is(w))
        return AQ_ERR_NOT_FOUND;
    const AqErr err = aq_swin_geometry_read(&g, &naming, w);
    if (err != AQ_OK)
        return err;
    out->name = aq_swin_geometry_name(&g);
    (void)snprintf(
        out->about, sizeof out->about,
        "Swin of %d channels, depths %d,%d,%d,%d, heads %d,%d,%d,%d, windows "
        "of %d, pictures of %dx%d; names: %s",
        g.embed, g.depths[0], g.depths[1], g.depths[2], g.depths[3], g.heads[0],
        g.heads[1], g.heads[2], g.heads[3], g.window, g.image, g.image,
        aq_swin_names_text(naming.names));
    return AQ_OK;
}

static AqErr swin_open(void **out, const char *name, AqWeights *w, uint64_t seed,
                       const char *switches, AqNetworkFacts *facts)
{
    AqSwinNaming naming = {.names = AQ_SWIN_TORCHVISION};
    AqRowPlan rows = AQ_ROWS_SECONDS;
    Swin *net = *out = aq_alloc(1, sizeof *net);

    if (!net)
        return AQ_ERR_NOMEM;
    AqErr err = w ? aq_swin_geometry_read(&net->g, &naming, w)
                  : aq_swin_geometry_named(&net->g, name);
    if (err == AQ_OK && w)
        err = check_swin_name(&net->g, name, w);
    AqFramesConfig frames = aq_frames_default(net->g.image);
    if (err == AQ_OK)
        err = take_swin_switches(switches, &frames, &rows);
    if (err == AQ_OK)
        err = open_params(net, w, &naming, seed);
    if (err != AQ_OK) {
        swin_close(out);
        return err;
    }
    const int side = net->g.image / PATCH >> 3, C = net->g.embed << 3;
    *facts = (AqNetworkFacts){.input = aq_frames_input(&frames, AQ_ROWS_SECONDS),
                              .out_dims = {side, side, C},
                              .batch = BATCH_FRAMES,
                              .gflop = swin_gflop(&net->g)};
    (void)snprintf(facts->options, sizeof facts->options,
                   "embed %d depths %d,%d,%d,%d window %d", net->g.embed,
                   net->g.depths[0], net->g.depths[1], net->g.depths[2],
                   net->g.depths[3], net->g.window);
    const AqFramesConfig usual = aq_frames_default(net->g.image);
    aq_frames_switches(&frames, &usual, facts->switches, sizeof facts->switches);
    aq_clip_rows_apart(facts, rows);
    return AQ_OK;
}

static AqParams *swin_params(const void *self)
{
    const Swin *net = self;

    return net->params;
}

const AqNetworkDef aq_network_swin = {.names = {"swin_t", "swin_s", "swin_b", "swin_l",
                                                "swin_b_384", "swin_l_384", "swin_nano",
                                                "swin"},
                                      .title = "Swin",
                                      .input = &aq_input_frames,
                                      .switches = swin_options,
                                      .version = 1,
                                      .identify = swin_identify,
                                      .open = swin_open,
                                      .forward = swin_forward,
                                      .params = swin_params,
                                      .close = swin_close};
