/* SPDX-License-Identifier: MIT */
#include "extract/networks/image/clip_geometry.h"

#include "extract/networks/parts/sizes.h"

#include <stdio.h>
#include <string.h>

enum { MAX_LAYERS = 64, MAX_WIDTH = 8192, MAX_PATCH = 64, MAX_GRID = 64 };

static const struct {
    const char *name;
    AqClipGeometry g;
} named[] = {{"clip_vit_b32", {768, 12, 32, 7, 3072, 512}},
             {"clip_vit_b16", {768, 12, 16, 14, 3072, 512}},
             {"clip_vit_l14", {1024, 24, 14, 16, 4096, 768}},
             {"clip_vit_l14_336", {1024, 24, 14, 24, 4096, 768}}};
enum { N_NAMED = sizeof named / sizeof *named };

static const char *name_of_clip_size(size_t k)
{
    return k < N_NAMED ? named[k].name : NULL;
}

AqErr aq_clip_geometry_named(AqClipGeometry *out, const char *name)
{
    size_t k;
    const AqErr err = aq_sizes_find(&k, name_of_clip_size, name);

    if (err == AQ_OK)
        *out = named[k].g;
    return err;
}

const char *aq_clip_geometry_name(const AqClipGeometry *g)
{
    for (size_t k = 0; k < N_NAMED; k++) {
        AqClipGeometry of = named[k].g;

        of.joint = g->joint;
        if (memcmp(&of, g, sizeof of) == 0)
            return named[k].name;
    }
    return "clip_vit";
}

/* ---- names ---- */

static const AqPrefixMark marks[] = {
    [AQ_CLIP_OPENAI] = {"conv1.weight", "class_embedding", 4},
    [AQ_CLIP_HF] = {"embeddings.patch_embedding.weight", "embeddings.class_embedding",
                    4},
    [AQ_CLIP_TIMM] = {"patch_embed.proj.weight", "norm_pre.weight", 4}};
#define N_MARKS ((int)(sizeof marks / sizeof *marks))

const char *aq_clip_names_text(AqClipNames names)
{
    static const char *const texts[] = {[AQ_CLIP_OPENAI] = "OpenAI, open_clip",
                                        [AQ_CLIP_HF] = "Hugging Face transformers",
                                        [AQ_CLIP_TIMM] = "timm"};

    return texts[names];
}

/* What names begin with, outside of blocks and in them. A %s is where Hugging Face has
 * three tensors for our one. */
typedef struct NameRow {
    const char *ours, *hf, *timm;
} NameRow;

static const NameRow top_rows[] = {
    {"conv1.weight", "embeddings.patch_embedding.weight", "patch_embed.proj.weight"},
    {"class_embedding", "embeddings.class_embedding", "cls_token"},
    {"positional_embedding", "embeddings.position_embedding.weight", "pos_embed"},
    {"ln_pre.", "pre_layrnorm.", "norm_pre."}, /* theirs, as they spell it */
    {"ln_post.", "post_layernorm.", "norm."}};

static const NameRow block_rows[] = {
    {"ln_1.", "layer_norm1.", "norm1."},
    {"ln_2.", "layer_norm2.", "norm2."},
    {"attn.in_proj_weight", "self_attn.%s_proj.weight", "attn.qkv.weight"},
    {"attn.in_proj_bias", "self_attn.%s_proj.bias", "attn.qkv.bias"},
    {"attn.out_proj.", "self_attn.out_proj.", "attn.proj."},
    {"mlp.c_fc.", "mlp.fc1.", "mlp.fc1."},
    {"mlp.c_proj.", "mlp.fc2.", "mlp.fc2."}};

#define BLOCKS "transformer.resblocks."
static const char *const blocks[] = {[AQ_CLIP_OPENAI] = BLOCKS,
                                     [AQ_CLIP_HF] = "encoder.layers.",
                                     [AQ_CLIP_TIMM] = "blocks."};

static void rename_start(AqClipNames as, const NameRow *rows, size_t n,
                         const char *name, char *text, size_t bytes)
{
    for (size_t k = 0; k < n; k++) {
        const size_t same = strlen(rows[k].ours);

        if (strncmp(name, rows[k].ours, same) != 0)
            continue;
        (void)snprintf(text, bytes, "%s%s",
                       as == AQ_CLIP_HF ? rows[k].hf : rows[k].timm, name + same);
        return;
    }
    (void)snprintf(text, bytes, "%s", name);
}

/* Splits "transformer.resblocks.N.rest"; 0 if it is another name. */
static int is_block_name(const char *name, int *number, const char **rest)
{
    int used = 0;

    if (sscanf(name, BLOCKS "%d.%n", number, &used) != 1 || used == 0)
        return 0;
    *rest = name + used;
    return 1;
}

static int name_projection(const AqClipNaming *as, AqParamSource *from)
{
    static const char inner[] = "vision_model.";
    const size_t n = strlen(as->prefix), m = sizeof inner - 1;
    const size_t outer = n >= m && strcmp(as->prefix + n - m, inner) == 0 ? n - m : n;

    if (as->names == AQ_CLIP_HF)
        (void)snprintf(from->name, sizeof from->name, "%.*svisual_projection.weight",
                       (int)outer, as->prefix);
    else
        (void)snprintf(from->name, sizeof from->name, "%s%s", as->prefix,
                       as->names == AQ_CLIP_TIMM ? "head.weight" : "proj");
    if (as->names != AQ_CLIP_OPENAI) /* theirs (E,W) */
        from->order[0] = 1;
    return 1;
}

int aq_clip_file_names(void *ctx, const char *name, AqParamSource from[3])
{
    static const char *const which[] = {"q", "k", "v"};
    const AqClipNaming *as = ctx;
    const char *rest, *hole;
    char text[128];
    int number, n;

    if (strcmp(name, "proj") == 0)
        return name_projection(as, from);
    if (as->names == AQ_CLIP_OPENAI) {
        (void)snprintf(from->name, sizeof from->name, "%s%s", as->prefix, name);
        return 1;
    }
    if (is_block_name(name, &number, &rest)) {
        const int at = snprintf(text, sizeof text, "%s%d.", blocks[as->names], number);

        rename_start(as->names, block_rows, sizeof block_rows / sizeof *block_rows,
                     rest, text + at, sizeof text - (size_t)at);
    } else
        rename_start(as->names, top_rows, sizeof top_rows / sizeof *top_rows, name,
                     text, sizeof text);
    hole = strstr(text, "%s");
    for (n = 0; n < (hole ? 3 : 1); n++)
        aq_prefixes_join(&from[n], as->prefix, text,
                         hole ? (int)(hole - text) : (int)strlen(text),
                         hole ? which[n] : "", hole ? hole + 2 : "");
    return n;
}

int aq_clip_is(const AqWeights *w)
{
    AqPrefixes found;

    return aq_prefixes_find(&found, w, marks, N_MARKS) >= 0;
}

/* ---- sizes ---- */

static const AqWeight *find_tensor(const AqWeights *w, const AqClipNaming *naming,
                                   const char *ours)
{
    AqClipNaming ctx = *naming;
    AqParamSource from[3] = {0};

    (void)aq_clip_file_names(&ctx, ours, from);
    return aq_weights_find(w, from[0].name);
}

static AqErr fail_shape(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: its %s; is the file damaged, or another network?",
                   aq_weights_path(w), what);
}

/* The width, the patch's side, and the grid's. */
static AqErr read_patches(AqClipGeometry *g, const AqWeights *w, const AqWeight *patch,
                          const AqWeight *places)
{
    const int64_t rows =
        places && places->n_dims >= 2 ? places->dims[places->n_dims - 2] : 0;

    if (patch->dims[1] != 3 || patch->dims[2] != patch->dims[3] || patch->dims[2] < 1 ||
        patch->dims[2] > MAX_PATCH || patch->dims[0] > MAX_WIDTH ||
        patch->dims[0] < 1 || patch->dims[0] % AQ_CLIP_HEAD_SIZE != 0)
        return fail_shape(w,
                          "patches are not (width, 3, side, side), with a width that "
                          "is a multiple of 64");
    g->width = (int)patch->dims[0];
    g->patch = (int)patch->dims[2];
    while (g->grid < MAX_GRID && 1 + (int64_t)g->grid * (int64_t)g->grid < rows)
        g->grid++;
    if (g->grid < 1 || 1 + (int64_t)g->grid * (int64_t)g->grid != rows)
        return fail_shape(w, "position embedding is not one row and a square of them");
    return AQ_OK;
}

static AqErr read_blocks(AqClipGeometry *g, const AqWeights *w,
                         const AqClipNaming *naming)
{
    const AqWeight *fc = find_tensor(w, naming, BLOCKS "0.mlp.c_fc.weight");
    char name[64];

    for (; g->layers < MAX_LAYERS; g->layers++) {
        (void)snprintf(name, sizeof name, BLOCKS "%d.ln_1.weight", g->layers);
        if (!find_tensor(w, naming, name))
            break;
    }
    if (g->layers == 0 || !fc || fc->n_dims != 2 || fc->dims[0] < 1 ||
        fc->dims[0] > (int64_t)8 * MAX_WIDTH)
        return fail_shape(w, "blocks have no norm or no MLP");
    g->mlp = (int)fc->dims[0];
    return AQ_OK;
}

AqErr aq_clip_geometry_read(AqClipGeometry *out, AqClipNaming *naming,
                            const AqWeights *w)
{
    AqPrefixes found;

    *out = (AqClipGeometry){0};
    const int names = aq_prefixes_find(&found, w, marks, N_MARKS);
    if (names < 0)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s: is not a CLIP vision transformer: it has none of %s with %s "
            "(OpenAI, open_clip), %s (transformers) and %s with %s (timm)",
            aq_weights_path(w), marks[AQ_CLIP_OPENAI].leaf,
            marks[AQ_CLIP_OPENAI].beside, marks[AQ_CLIP_HF].leaf,
            marks[AQ_CLIP_TIMM].leaf, marks[AQ_CLIP_TIMM].beside);
    naming->names = (AqClipNames)names;
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    if (err != AQ_OK)
        return err;
    err = read_patches(out, w, found.first,
                       find_tensor(w, naming, "positional_embedding"));
    if (err == AQ_OK)
        err = read_blocks(out, w, naming);
    const AqWeight *proj = find_tensor(w, naming, "proj");
    const int side = naming->names == AQ_CLIP_OPENAI;
    if (err == AQ_OK && proj && proj->n_dims == 2 && proj->dims[side] > 0 &&
        proj->dims[side] <= MAX_WIDTH)
        out->joint = (int)proj->dims[side];
    return err;
}
