/* SPDX-License-Identifier: MIT */
#include "extract/swin_geometry.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    AqSwinGeometry g;
} named[] = {
    {"swin_nano", {32, {1, 1, 2, 1}, {1, 2, 4, 8}, 7, 224}}, /* ours, for pretrain */
    {"swin_t", {96, {2, 2, 6, 2}, {3, 6, 12, 24}, 7, 224}},
    {"swin_s", {96, {2, 2, 18, 2}, {3, 6, 12, 24}, 7, 224}},
    {"swin_b", {128, {2, 2, 18, 2}, {4, 8, 16, 32}, 7, 224}},
    {"swin_l", {192, {2, 2, 18, 2}, {6, 12, 24, 48}, 7, 224}},
    {"swin_b_384", {128, {2, 2, 18, 2}, {4, 8, 16, 32}, 12, 384}},
    {"swin_l_384", {192, {2, 2, 18, 2}, {6, 12, 24, 48}, 12, 384}},
};

AqErr aq_swin_geometry_named(AqSwinGeometry *out, const char *name)
{
    for (size_t k = 0; k < sizeof named / sizeof *named; k++)
        if (strcmp(named[k].name, name) == 0) {
            *out = named[k].g;
            return AQ_OK;
        }
    return aq_fail(
        AQ_ERR_NOT_FOUND,
        "%s: which size is meant? give a weight file, or name one of swin_nano, "
        "swin_t, swin_s, swin_b, swin_l, swin_b_384, swin_l_384",
        name);
}

/* ---- names ---- */

static const char *patch_key(AqSwinNames names)
{
    return names == AQ_SWIN_TORCHVISION ? "features.0.0.weight"
                                        : "patch_embed.proj.weight";
}

/* The numbers in "features.A.B" or -1; *rest is what follows them. */
static int block_of(const char *name, int *a, int *b, const char **rest)
{
    int used = 0;

    *b = -1;
    if (sscanf(name, "features.%d.%d.%n", a, b, &used) == 2 && used > 0) {
        *rest = name + used;
        return 1;
    }
    if (sscanf(name, "features.%d.%n", a, &used) == 1 && used > 0) {
        *rest = name + used;
        return 1;
    }
    return 0;
}

static const char *mlp_name(const char *rest, char *text, size_t bytes)
{
    if (strncmp(rest, "mlp.0.", 6) == 0)
        (void)snprintf(text, bytes, "mlp.fc1.%s", rest + 6);
    else if (strncmp(rest, "mlp.3.", 6) == 0)
        (void)snprintf(text, bytes, "mlp.fc2.%s", rest + 6);
    else
        (void)snprintf(text, bytes, "%s", rest);
    return text;
}

int aq_swin_file_name(void *ctx, const char *name, char names[3][160])
{
    const AqSwinNames as = *(const AqSwinNames *)ctx;
    const char *rest;
    char tail[96];
    int a, b;

    if (as == AQ_SWIN_TORCHVISION || !block_of(name, &a, &b, &rest))
        (void)snprintf(names[0], 160, "%s", name);
    else if (a == 0)
        (void)snprintf(names[0], 160, "patch_embed.%s.%s", b == 0 ? "proj" : "norm",
                       rest);
    else if (a % 2 == 1)
        (void)snprintf(names[0], 160, "layers.%d.blocks.%d.%s", a / 2, b,
                       mlp_name(rest, tail, sizeof tail));
    else
        (void)snprintf(names[0], 160, "layers.%d.downsample.%s",
                       a / 2 - (as == AQ_SWIN_OFFICIAL), rest);
    return 1;
}

static AqErr tell_names(AqSwinNames *out, const AqWeights *w)
{
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const char *name = aq_weights_at(w, k)->name;

        if (strstr(name, "logit_scale") || strstr(name, "cpb_mlp"))
            return aq_fail(
                AQ_ERR_UNSUPPORTED,
                "%s: is a Swin V2 (it has %s); this program computes Swin V1",
                aq_weights_path(w), name);
    }
    if (aq_weights_find(w, patch_key(AQ_SWIN_TORCHVISION)))
        *out = AQ_SWIN_TORCHVISION;
    else if (!aq_weights_find(w, patch_key(AQ_SWIN_OFFICIAL)))
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is no Swin that is known here: it has neither "
                       "features.0.0.weight (torchvision) nor patch_embed.proj.weight "
                       "(official, timm)",
                       aq_weights_path(w));
    else
        *out = aq_weights_find(w, "layers.0.downsample.norm.weight") ? AQ_SWIN_OFFICIAL
                                                                     : AQ_SWIN_TIMM;
    return AQ_OK;
}

/* ---- sizes ---- */

static const AqWeight *block_tensor(const AqWeights *w, AqSwinNames names, int stage,
                                    int block, const char *rest)
{
    AqSwinNames ctx = names;
    char ours[160], theirs[3][160];

    (void)snprintf(ours, sizeof ours, "features.%d.%d.%s", 2 * stage + 1, block, rest);
    (void)aq_swin_file_name(&ctx, ours, theirs);
    return aq_weights_find(w, theirs[0]);
}

static int side_of_table(int64_t rows)
{
    int side = 1;

    while ((int64_t)(2 * side - 1) * (2 * side - 1) < rows && side < 128)
        side++;
    return (int64_t)(2 * side - 1) * (2 * side - 1) == rows ? side : 0;
}

static AqErr read_stage(AqSwinGeometry *g, const AqWeights *w, AqSwinNames names, int s)
{
    const AqWeight *t =
        block_tensor(w, names, s, 0, "attn.relative_position_bias_table");
    const int window = t && t->n_dims == 2 ? side_of_table(t->dims[0]) : 0;

    if (window < 1 || t->dims[1] < 1 || t->dims[1] > 1024)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: stage %d has no relative position bias table of "
                       "((2w-1)^2, heads)",
                       aq_weights_path(w), s + 1);
    if (s > 0 && window != g->window)
        return aq_fail(AQ_ERR_MISMATCH, "%s: windows of %d and of %d in one network",
                       aq_weights_path(w), g->window, window);
    g->window = window;
    g->heads[s] = (int)t->dims[1];
    while (g->depths[s] < AQ_SWIN_MAX_DEPTH &&
           block_tensor(w, names, s, g->depths[s], "norm1.weight"))
        g->depths[s]++;
    return (g->embed << s) % g->heads[s] == 0
               ? AQ_OK
               : aq_fail(AQ_ERR_MISMATCH, "%s: %d heads do not divide %d channels",
                         aq_weights_path(w), g->heads[s], g->embed << s);
}

/* Files do not say their image size; the window does, for the published networks. */
static AqErr read_image(AqSwinGeometry *g, const AqWeights *w)
{
    const char *said = aq_weights_meta(w, "image_size");

    g->image = 32 * g->window;
    if (said && sscanf(said, "%d", &g->image) != 1)
        g->image = 0;
    if (g->image < 32 || g->image > 4096 || g->image % (32 * g->window) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: image size %s does not divide into windows of %d",
                       aq_weights_path(w), said ? said : "?", g->window);
    return AQ_OK;
}

AqErr aq_swin_geometry_read(AqSwinGeometry *out, AqSwinNames *names, const AqWeights *w)
{
    *out = (AqSwinGeometry){0};
    AqErr err = tell_names(names, w);
    if (err != AQ_OK)
        return err;
    const AqWeight *t = aq_weights_find(w, patch_key(*names));
    if (t->n_dims != 4 || t->dims[0] < 1 || t->dims[0] > 4096)
        return aq_fail(AQ_ERR_MISMATCH, "%s: %s should be (embed, 3, 4, 4)",
                       aq_weights_path(w), t->name);
    out->embed = (int)t->dims[0];
    for (int s = 0; err == AQ_OK && s < AQ_SWIN_STAGES; s++)
        err = read_stage(out, w, *names, s);
    return err == AQ_OK ? read_image(out, w) : err;
}
