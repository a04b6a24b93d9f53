/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/swin_geometry.h"

#include "extract/networks/parts/sizes.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    AqSwinGeometry g;
} named[] = {
    {"swin_nano", {32, {1, 1, 2, 1}, {1, 2, 4, 8}, 5, 160}}, /* ours, for pretrain */
    {"swin_t", {96, {2, 2, 6, 2}, {3, 6, 12, 24}, 7, 224}},
    {"swin_s", {96, {2, 2, 18, 2}, {3, 6, 12, 24}, 7, 224}},
    {"swin_b", {128, {2, 2, 18, 2}, {4, 8, 16, 32}, 7, 224}},
    {"swin_l", {192, {2, 2, 18, 2}, {6, 12, 24, 48}, 7, 224}},
    {"swin_b_384", {128, {2, 2, 18, 2}, {4, 8, 16, 32}, 12, 384}},
    {"swin_l_384", {192, {2, 2, 18, 2}, {6, 12, 24, 48}, 12, 384}},
};
enum { N_NAMED = sizeof named / sizeof *named };

static const char *name_of_swin_size(size_t k)
{
    return k < N_NAMED ? named[k].name : NULL;
}

AqErr aq_swin_geometry_named(AqSwinGeometry *out, const char *name)
{
    size_t k;
    const AqErr err = aq_sizes_find(&k, name_of_swin_size, name);

    if (err == AQ_OK)
        *out = named[k].g;
    return err;
}

const char *aq_swin_geometry_name(const AqSwinGeometry *g)
{
    for (size_t k = 0; k < N_NAMED; k++)
        if (memcmp(&named[k].g, g, sizeof *g) == 0)
            return named[k].name;
    return "swin";
}

/* ---- names ---- */

/* timm's patches are called as the official ones. */
static const AqPrefixMark marks[] = {
    [AQ_SWIN_TORCHVISION] = {"features.0.0.weight", NULL, 4},
    [AQ_SWIN_OFFICIAL] = {"patch_embed.proj.weight", NULL, 4},
    [AQ_SWIN_HF] = {"embeddings.patch_embeddings.projection.weight", NULL, 4}};
#define N_MARKS ((int)(sizeof marks / sizeof *marks))

const char *aq_swin_names_text(AqSwinNames names)
{
    static const char *const texts[] = {[AQ_SWIN_TORCHVISION] = "torchvision",
                                        [AQ_SWIN_OFFICIAL] =
                                            "official (or timm before 0.9)",
                                        [AQ_SWIN_HF] = "Hugging Face transformers",
                                        [AQ_SWIN_TIMM] = "timm"};

    return texts[names];
}

/* The numbers in "features.A.B", or -1; *rest is what follows. */
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

/* The parts of a block's names that differ in other namings. */
static const struct {
    const char *ours, *official, *hf;
} leaves[] = {
    {"norm1.", "norm1.", "layernorm_before."},
    {"norm2.", "norm2.", "layernorm_after."},
    {"attn.relative", "attn.relative", "attention.self.relative"},
    {"attn.proj.", "attn.proj.", "attention.output.dense."},
    {"attn.qkv.", "attn.qkv.", "attention.self.%s."},
    {"mlp.0.", "mlp.fc1.", "intermediate.dense."},
    {"mlp.3.", "mlp.fc2.", "output.dense."},
};

static void leaf_name(AqSwinNames as, const char *rest, char *text, size_t bytes)
{
    for (size_t k = 0; k < sizeof leaves / sizeof *leaves; k++) {
        const size_t n = strlen(leaves[k].ours);

        if (strncmp(rest, leaves[k].ours, n) == 0) {
            (void)snprintf(text, bytes, "%s%s",
                           as == AQ_SWIN_HF ? leaves[k].hf : leaves[k].official,
                           rest + n);
            return;
        }
    }
    (void)snprintf(text, bytes, "%s", rest);
}

/* A %s in the name marks where Hugging Face has three tensors for our one. */
static int three_of(const char *name, AqParamSource from[3], const char *prefix)
{
    static const char *const which[] = {"query", "key", "value"};
    const char *hole = strstr(name, "%s");

    if (!hole) {
        aq_prefixes_join(from, prefix, name, (int)strlen(name), "", "");
        return 1;
    }
    for (int k = 0; k < 3; k++)
        aq_prefixes_join(&from[k], prefix, name, (int)(hole - name), which[k],
                         hole + 2);
    return 3;
}

int aq_swin_file_names(void *ctx, const char *name, AqParamSource from[3])
{
    const AqSwinNaming *as = ctx;
    const int hf = as->names == AQ_SWIN_HF;
    const char *rest, *top = hf ? "encoder." : "";
    char text[160], tail[96];
    int a, b;

    if (as->names == AQ_SWIN_TORCHVISION)
        (void)snprintf(text, sizeof text, "%s", name);
    else if (!block_of(name, &a, &b, &rest)) /* the final norm */
        (void)snprintf(text, sizeof text, "%s%s", hf ? "layer" : "", name);
    else if (a == 0 && hf)
        (void)snprintf(text, sizeof text, "embeddings.%s.%s",
                       b == 0 ? "patch_embeddings.projection" : "norm", rest);
    else if (a == 0)
        (void)snprintf(text, sizeof text, "patch_embed.%s.%s", b == 0 ? "proj" : "norm",
                       rest);
    else if (a % 2 == 1) {
        leaf_name(as->names, rest, tail, sizeof tail);
        (void)snprintf(text, sizeof text, "%slayers.%d.blocks.%d.%s", top, a / 2, b,
                       tail);
    } else
        (void)snprintf(text, sizeof text, "%slayers.%d.downsample.%s", top,
                       a / 2 - (as->names != AQ_SWIN_TIMM), rest);
    return three_of(text, from, as->prefix);
}

/* Other transformers have patches too; only Swin has these tables. */
int aq_swin_is(const AqWeights *w)
{
    AqPrefixes found;

    if (aq_prefixes_find(&found, w, marks, N_MARKS) < 0)
        return 0;
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const char *name = aq_weights_at(w, k)->name;

        if (strstr(name, "relative_position") || strstr(name, "cpb_mlp") ||
            strstr(name, "continuous_position"))
            return 1;
    }
    return 0;
}

static AqErr detect_swin_naming(AqSwinNaming *out, const AqWeight **patch,
                                const AqWeights *w)
{
    AqPrefixes found;
    char key[128];

    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const char *name = aq_weights_at(w, k)->name;

        if (strstr(name, "logit_scale") || strstr(name, "cpb_mlp") ||
            strstr(name, "continuous_position_bias_mlp"))
            return aq_fail(AQ_ERR_UNSUPPORTED,
                           "%s: is a Swin V2 (it has %s), but this program computes "
                           "Swin V1; use a swin_... file, not swinv2_...",
                           aq_weights_path(w), name);
    }
    const int names = aq_prefixes_find(&found, w, marks, N_MARKS);
    *patch = found.first;
    if (names < 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not a known kind of Swin: it has none of %s "
                       "(torchvision), %s (official, timm) and %s (transformers)",
                       aq_weights_path(w), marks[AQ_SWIN_TORCHVISION].leaf,
                       marks[AQ_SWIN_OFFICIAL].leaf, marks[AQ_SWIN_HF].leaf);
    out->names = (AqSwinNames)names;
    const AqErr err = aq_prefixes_take(out->prefix, &found, w);
    if (err != AQ_OK)
        return err;
    (void)snprintf(key, sizeof key, "%slayers.0.downsample.norm.weight", out->prefix);
    if (out->names == AQ_SWIN_OFFICIAL && !aq_weights_find(w, key))
        out->names = AQ_SWIN_TIMM;
    return AQ_OK;
}

/* ---- sizes ---- */

static const AqWeight *block_tensor(const AqWeights *w, const AqSwinNaming *naming,
                                    int stage, int block, const char *rest)
{
    AqSwinNaming ctx = *naming;
    AqParamSource from[3];
    char ours[160];

    (void)snprintf(ours, sizeof ours, "features.%d.%d.%s", 2 * stage + 1, block, rest);
    (void)aq_swin_file_names(&ctx, ours, from);
    return aq_weights_find(w, from[0].name);
}

static int side_of_table(int64_t rows)
{
    int side = 1;

    while ((int64_t)(2 * side - 1) * (2 * side - 1) < rows && side < 128)
        side++;
    return (int64_t)(2 * side - 1) * (2 * side - 1) == rows ? side : 0;
}

static AqErr read_stage(AqSwinGeometry *g, const AqWeights *w,
                        const AqSwinNaming *names, int s)
{
    const AqWeight *t =
        block_tensor(w, names, s, 0, "attn.relative_position_bias_table");
    const int window = t && t->n_dims == 2 ? side_of_table(t->dims[0]) : 0;

    if (window < 1 || t->dims[1] < 1 || t->dims[1] > 1024)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: stage %d has no relative_position_bias_table of [(2 "
                       "window - 1)^2, heads]; is the file truncated, or another "
                       "network?",
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

/* Files do not give the image size; for the published networks it follows from the
 * window. */
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

AqErr aq_swin_geometry_read(AqSwinGeometry *out, AqSwinNaming *naming,
                            const AqWeights *w)
{
    const AqWeight *t = NULL;

    *out = (AqSwinGeometry){0};
    AqErr err = detect_swin_naming(naming, &t, w);
    if (err != AQ_OK)
        return err;
    if (t->dims[0] < 1 || t->dims[0] > 4096)
        return aq_fail(AQ_ERR_MISMATCH, "%s: %s should be (embed, 3, 4, 4)",
                       aq_weights_path(w), t->name);
    out->embed = (int)t->dims[0];
    for (int s = 0; err == AQ_OK && s < AQ_SWIN_STAGES; s++)
        err = read_stage(out, w, naming, s);
    return err == AQ_OK ? read_image(out, w) : err;
}
