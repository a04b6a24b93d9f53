/* SPDX-License-Identifier: MIT */
#include "tests/unit/small_nets.h"

#include "base/rng.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

enum { W = 64, MLP = 6, JOINT = 3, GRID = 2, D = 128, PICTURES = 4, CLASSES = 3 };
enum { IMAGENET = 1000 };

typedef struct SmallArray {
    const char *leaf;
    int n_dims;
    int64_t dims[5];
} SmallArray;

/* What each block has, and what there is besides. */
static const SmallArray in_blocks[] = {{"ln_1.weight", 1, {W}},
                                       {"ln_1.bias", 1, {W}},
                                       {"attn.in_proj_weight", 2, {3 * W, W}},
                                       {"attn.in_proj_bias", 1, {3 * W}},
                                       {"attn.out_proj.weight", 2, {W, W}},
                                       {"attn.out_proj.bias", 1, {W}},
                                       {"ln_2.weight", 1, {W}},
                                       {"ln_2.bias", 1, {W}},
                                       {"mlp.c_fc.weight", 2, {MLP, W}},
                                       {"mlp.c_fc.bias", 1, {MLP}},
                                       {"mlp.c_proj.weight", 2, {W, MLP}},
                                       {"mlp.c_proj.bias", 1, {W}}},
                        around[] = {{"conv1.weight", 4, {W, 3, 2, 2}},
                                    {"class_embedding", 1, {W}},
                                    {"positional_embedding", 2, {1 + GRID * GRID, W}},
                                    {"ln_pre.weight", 1, {W}},
                                    {"ln_pre.bias", 1, {W}},
                                    {"ln_post.weight", 1, {W}},
                                    {"ln_post.bias", 1, {W}},
                                    {"proj", 2, {W, JOINT}}};

static const SmallArray in_video_blocks[] = {{"norm1.weight", 1, {D}},
                                             {"attn.qkv.weight", 2, {3 * D, D}},
                                             {"attn.q_norm.weight", 1, {D}},
                                             {"attn.k_norm.weight", 1, {D}},
                                             {"attn.proj.weight", 2, {D, D}},
                                             {"attn.proj.bias", 1, {D}},
                                             {"ls1.gamma", 1, {D}},
                                             {"norm2.weight", 1, {D}},
                                             {"mlp.fc1.weight", 2, {MLP, D}},
                                             {"mlp.fc1.bias", 1, {MLP}},
                                             {"mlp.fc2.weight", 2, {D, MLP}},
                                             {"mlp.fc2.bias", 1, {D}},
                                             {"ls2.gamma", 1, {D}}},
                        around_video[] = {
                            {"cls_token", 3, {1, 1, D}},
                            {"pos_embed", 3, {1, 1 + PICTURES *GRID *GRID, D}},
                            {"patch_embed.proj.weight", 5, {D, 3, 1, 2, 2}},
                            {"patch_embed.proj.bias", 1, {D}},
                            {"clip_projector.norm1_q.weight", 1, {D}},
                            {"clip_projector.norm1_q.bias", 1, {D}},
                            {"clip_projector.norm1_k.weight", 1, {D}},
                            {"clip_projector.norm1_k.bias", 1, {D}},
                            {"clip_projector.norm1_v.weight", 1, {D}},
                            {"clip_projector.norm1_v.bias", 1, {D}},
                            {"clip_projector.cross_attn.q.weight", 2, {D, D}},
                            {"clip_projector.cross_attn.k.weight", 2, {D, D}},
                            {"clip_projector.cross_attn.v.weight", 2, {D, D}},
                            {"clip_projector.cross_attn.q_bias", 1, {D}},
                            {"clip_projector.cross_attn.k_bias", 1, {D}},
                            {"clip_projector.cross_attn.v_bias", 1, {D}},
                            {"clip_projector.cross_attn.proj.weight", 2, {JOINT, D}},
                            {"clip_projector.cross_attn.proj.bias", 1, {JOINT}}};

static void put_array(AqWeightsWriter *w, const char *name, int n_dims,
                      const int64_t *dims)
{
    const int is_norm = n_dims == 1 && strstr(name, "weight");
    const int is_variance = strstr(name, "running_var") != NULL;
    AqRng rng = aq_rng(strlen(name), (uint64_t)name[strlen(name) - 1]);
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *v = calloc(n, sizeof *v);
    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = is_variance ? (float)aq_rng_range(&rng, 0.5, 2)
                           : (float)(is_norm + 0.3 * aq_rng_normal(&rng));
    CHECK_OK(aq_weights_writer_add_copy(w, name, n_dims, dims, v, AQ_F32));
    free(v);
}

/* The arrays behind `prefix`, and two blocks of others behind `blocks`. */
static void write_blocks(const char *path, const char *prefix, const SmallArray *a,
                         size_t n, const char *blocks, const SmallArray *b, size_t n_b)
{
    AqWeightsWriter *w = NULL;
    char name[128];

    CHECK_OK(aq_weights_writer_new(&w));
    for (size_t k = 0; k < n; k++) {
        (void)snprintf(name, sizeof name, "%s%s", prefix, a[k].leaf);
        put_array(w, name, a[k].n_dims, a[k].dims);
    }
    for (size_t k = 0; k < 2 * n_b; k++) {
        (void)snprintf(name, sizeof name, "%s%s.%zu.%s", prefix, blocks, k % 2,
                       b[k / 2].leaf);
        put_array(w, name, b[k / 2].n_dims, b[k / 2].dims);
    }
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

void aq_small_clip_write(const char *path)
{
    write_blocks(path, "visual.", around, COUNT_OF(around), "transformer.resblocks",
                 in_blocks, COUNT_OF(in_blocks));
}

void aq_small_internvideo2_write(const char *path)
{
    write_blocks(path, "", around_video, COUNT_OF(around_video), "blocks",
                 in_video_blocks, COUNT_OF(in_video_blocks));
}

/* `name`, `bn` its norm: a convolution (O,I,..) and either. */
static void put_filters(AqWeightsWriter *w, const char *name, const char *bn,
                        int n_dims, const int64_t *dims, int folded)
{
    static const char *const leaves[] = {"weight", "bias", "running_mean",
                                         "running_var"};
    char full[96];

    (void)snprintf(full, sizeof full, "%s.weight", name);
    put_array(w, full, n_dims, dims);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    if (folded)
        put_array(w, full, 1, dims);
    for (int k = 0; !folded && k < 4; k++) {
        (void)snprintf(full, sizeof full, "%s.%s", bn, leaves[k]);
        put_array(w, full, 1, dims);
    }
}

static void put_conv(AqWeightsWriter *w, const char *name, const char *bn,
                     const int64_t dims[4], int folded)
{
    put_filters(w, name, bn, 4, dims, folded);
}

static void put_stage(AqWeightsWriter *w, int stage, int in, int out,
                      AqSmallResnet kind)
{
    const int folded = kind != AQ_SMALL_NORMED;
    char name[2][64];

    for (int k = 1; k <= 2; k++) {
        (void)snprintf(name[0], sizeof name[0], "layer%d.0.conv%d", stage, k);
        (void)snprintf(name[1], sizeof name[1], "layer%d.0.bn%d", stage, k);
        put_conv(w, name[0], name[1], (const int64_t[]){out, k > 1 ? out : in, 3, 3},
                 folded);
    }
    (void)snprintf(name[0], sizeof name[0], "layer%d.0.downsample%s", stage,
                   folded ? "" : ".0");
    (void)snprintf(name[1], sizeof name[1], "layer%d.0.downsample.1", stage);
    if (stage > 1 && kind < AQ_SMALL_POOLED)
        put_conv(w, name[0], name[1], (const int64_t[]){out, in, 1, 1}, folded);
}

void aq_small_resnet_write(const char *path, AqSmallResnet kind)
{
    static const int same[] = {2, 2, 2, 2}, growing[] = {1, 2, 3, 4};
    const int *width = kind >= AQ_SMALL_POOLED ? growing : same;
    const int64_t classes = kind == AQ_SMALL_SIGHT ? IMAGENET : CLASSES;
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    put_conv(w, "conv1", "bn1", (const int64_t[]){width[0], 3, 7, 7},
             kind != AQ_SMALL_NORMED);
    for (int s = 0; s < 4; s++)
        put_stage(w, s + 1, width[s > 0 ? s - 1 : 0], width[s], kind);
    put_array(w, "fc.weight", 2, (const int64_t[]){classes, width[3]});
    put_array(w, "fc.bias", 1, &classes);
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

/* A convolution of stage s's only block, or of none: the stem's. */
typedef struct ClipConv {
    const char *conv, *norm;
    int64_t dims[5];
} ClipConv;

static void put_clip_conv(AqWeightsWriter *w, int s, const ClipConv *c, int folded)
{
    char name[2][64], at[16] = "";

    if (s > 0)
        (void)snprintf(at, sizeof at, "layer%d.0.", s);
    (void)snprintf(name[0], sizeof name[0], "%s%s", at, c->conv);
    (void)snprintf(name[1], sizeof name[1], "%s%s", at, c->norm);
    if (folded && strstr(name[0], "downsample"))
        name[0][strlen(name[0]) - 2] = '\0'; /* .0 */
    put_filters(w, name[0], name[1], 5, c->dims, folded);
}

static void write_clip_net(const char *path, const ClipConv *stem, size_t n_stem,
                           const ClipConv *block, size_t n_block,
                           const ClipConv *shortcuts, int folded)
{
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    for (size_t k = 0; k < n_stem; k++)
        put_clip_conv(w, 0, &stem[k], folded);
    for (int s = 1; s <= 4; s++) {
        for (size_t k = 0; k < n_block; k++) {
            ClipConv c = block[k];

            /* The first one's input is the stem's. */
            c.dims[1] = s == 1 && k == 0 ? stem[n_stem - 1].dims[0] : c.dims[1];
            put_clip_conv(w, s, &c, folded);
        }
        if (shortcuts[s - 1].conv)
            put_clip_conv(w, s, &shortcuts[s - 1], folded);
    }
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

void aq_small_resnext3d_write(const char *path, int folded)
{
    static const ClipConv stem[] = {{"conv1", "bn1", {2, 3, 7, 7, 7}}};
    static const ClipConv block[] = {{"conv1", "bn1", {4, 6, 1, 1, 1}},
                                     {"conv2", "bn2", {4, 2, 3, 3, 3}},
                                     {"conv3", "bn3", {6, 4, 1, 1, 1}}};
    static const ClipConv shortcuts[] = {
        {"downsample.0", "downsample.1", {6, 2, 1, 1, 1}},
        {"downsample.0", "downsample.1", {6, 6, 1, 1, 1}},
        {"downsample.0", "downsample.1", {6, 6, 1, 1, 1}},
        {"downsample.0", "downsample.1", {6, 6, 1, 1, 1}}};

    write_clip_net(path, stem, 1, block, 3, shortcuts, folded);
}

void aq_small_r2plus1d_write(const char *path, int folded)
{
    static const ClipConv stem[] = {{"stem.0", "stem.1", {3, 3, 1, 7, 7}},
                                    {"stem.3", "stem.4", {4, 3, 3, 1, 1}}};
    static const ClipConv block[] = {{"conv1.0.0", "conv1.0.1", {9, 4, 1, 3, 3}},
                                     {"conv1.0.3", "conv1.1", {4, 9, 3, 1, 1}},
                                     {"conv2.0.0", "conv2.0.1", {9, 4, 1, 3, 3}},
                                     {"conv2.0.3", "conv2.1", {4, 9, 3, 1, 1}}};
    static const ClipConv shortcuts[] = {
        {NULL, NULL, {0}},
        {"downsample.0", "downsample.1", {4, 4, 1, 1, 1}},
        {"downsample.0", "downsample.1", {4, 4, 1, 1, 1}},
        {"downsample.0", "downsample.1", {4, 4, 1, 1, 1}}};

    write_clip_net(path, stem, 2, block, 4, shortcuts, folded);
}
