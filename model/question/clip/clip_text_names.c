/* SPDX-License-Identifier: MIT */
/* The tower's geometry from a file's tensors, and their names as OpenAI and open_clip
 * write them, and as Hugging Face does. */
#include "model/question/clip/clip_text_priv.h"

#include <stdio.h>
#include <string.h>

enum {
    MOST_LAYERS = 64,
    MOST_WIDTH = 8192,
    MOST_CONTEXT = 4096,
    MOST_TOKENS = 1 << 20
};

/* A tensor that each such tower has once, and one that is beside it. */
static const struct {
    const char *tokens, *beside, *text;
} namings[] = {{"token_embedding.weight", "ln_final.weight", "OpenAI, open_clip"},
               {"embeddings.token_embedding.weight", "final_layer_norm.weight",
                "Hugging Face transformers"}};

/* What names begin with. A %s is where Hugging Face has three tensors for our one. */
static const struct {
    const char *ours, *openai, *hugging_face;
} rows[] = {
    {"token.weight", "token_embedding.weight", "embeddings.token_embedding.weight"},
    {"place.weight", "positional_embedding", "embeddings.position_embedding.weight"},
    {"norm.", "ln_final.", "final_layer_norm."},
    {"ln_1.", "ln_1.", "layer_norm1."},
    {"ln_2.", "ln_2.", "layer_norm2."},
    {"qkv.weight", "attn.in_proj_weight", "self_attn.%s_proj.weight"},
    {"qkv.bias", "attn.in_proj_bias", "self_attn.%s_proj.bias"},
    {"out.", "attn.out_proj.", "self_attn.out_proj."},
    {"fc.", "mlp.c_fc.", "mlp.fc1."},
    {"proj.", "mlp.c_proj.", "mlp.fc2."}};

/* The projection is beside the tower's prefix in Hugging Face's files, (E,W). */
static int name_text_projection(const AqClipTextNaming *as, AqParamSource *from)
{
    static const char inner[] = "text_model.";
    const size_t n = strlen(as->prefix), m = sizeof inner - 1;
    const size_t outer = n >= m && strcmp(as->prefix + n - m, inner) == 0 ? n - m : n;

    (void)snprintf(from->name, sizeof from->name, "%.*stext_projection%s",
                   (int)(as->hugging_face ? outer : n), as->prefix,
                   as->hugging_face ? ".weight" : "");
    from->order[0] = as->hugging_face;
    return 1;
}

int aq_clip_text_sources(void *ctx, const char *name, AqParamSource from[3])
{
    static const char *const which[] = {"q", "k", "v"};
    const AqClipTextNaming *as = ctx;
    const char *theirs = name;
    char block[48] = "";
    int number, used = 0, n = 1;

    if (strcmp(name, "projection.weight") == 0)
        return name_text_projection(as, from);
    if (sscanf(name, "blocks.%d.%n", &number, &used) == 1 && used > 0)
        (void)snprintf(block, sizeof block, "%s%d.",
                       as->hugging_face ? "encoder.layers." : "transformer.resblocks.",
                       number);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const size_t same = strlen(rows[k].ours);

        if (strncmp(name + used, rows[k].ours, same) != 0)
            continue;
        theirs = as->hugging_face ? rows[k].hugging_face : rows[k].openai;
        name += used + same;
        break;
    }
    const char *hole = strstr(theirs, "%s");
    for (n = 0; n < (hole ? 3 : 1); n++)
        (void)snprintf(from[n].name, sizeof from[n].name, "%s%s%.*s%s%s%s", as->prefix,
                       block, hole ? (int)(hole - theirs) : (int)strlen(theirs), theirs,
                       hole ? which[n] : "", hole ? hole + 2 : "", name);
    return n;
}

/* ---- where the tower is ---- */

/* Does the name end in this, as whole parts? Then the bytes before it. */
static int name_ends_in(const char *name, const char *leaf, size_t *before)
{
    const size_t all = strlen(name), tail = strlen(leaf);

    *before = all >= tail ? all - tail : 0;
    return all >= tail && strcmp(name + *before, leaf) == 0 &&
           (*before == 0 || name[*before - 1] == '.');
}

/* Is there a tower of this naming whose tokens are in t? Then its prefix. */
static int is_tower(const AqWeights *w, const AqWeight *t, int naming,
                    AqClipTextNaming *as)
{
    char beside[160];
    size_t n;

    if (t->n_dims != 2 || !name_ends_in(t->name, namings[naming].tokens, &n) ||
        n >= sizeof as->prefix)
        return 0;
    (void)snprintf(beside, sizeof beside, "%.*s%s", (int)n, t->name,
                   namings[naming].beside);
    if (!aq_weights_find(w, beside))
        return 0;
    as->hugging_face = naming;
    memcpy(as->prefix, t->name, n);
    as->prefix[n] = 0;
    return 1;
}

/* How many towers there are; `as` is the first's naming and `other` the last's. */
static int find_towers(const AqWeights *w, AqClipTextNaming *as,
                       AqClipTextNaming *other)
{
    int n = 0;

    for (size_t k = 0; k < aq_weights_n(w); k++)
        for (int naming = 0; naming < 2; naming++)
            n += is_tower(w, aq_weights_at(w, k), naming, n ? other : as);
    return n;
}

int aq_clip_text_is(const AqWeights *w)
{
    AqClipTextNaming as, other;

    return find_towers(w, &as, &other) > 0;
}

/* ---- sizes ---- */

static const AqWeight *find_text_tensor(const AqWeights *w, const AqClipTextNaming *as,
                                        const char *ours)
{
    AqClipTextNaming ctx = *as;
    AqParamSource from[3] = {0};

    (void)aq_clip_text_sources(&ctx, ours, from);
    return aq_weights_find(w, from[0].name);
}

static AqErr fail_text_shape(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: of CLIP's text tower in it, the %s; is the file damaged, or "
                   "another network?",
                   aq_weights_path(w), what);
}

static AqErr read_text_embeddings(AqClipTextGeometry *g, const AqWeights *w,
                                  const AqClipTextNaming *as)
{
    const AqWeight *tokens = find_text_tensor(w, as, "token.weight"),
                   *place = find_text_tensor(w, as, "place.weight");

    if (tokens->dims[1] < 1 || tokens->dims[1] > MOST_WIDTH ||
        tokens->dims[1] % AQ_CLIP_TEXT_HEAD != 0 || tokens->dims[0] > MOST_TOKENS)
        return fail_text_shape(w,
                               "token embedding is not (tokens, width), with a width "
                               "that is a multiple of 64");
    if (!place || place->n_dims != 2 || place->dims[0] < 3 ||
        place->dims[0] > MOST_CONTEXT)
        return fail_text_shape(w, "position embedding is missing or is not (tokens, "
                                  "width)");
    g->tokens = (int)tokens->dims[0];
    g->width = (int)tokens->dims[1];
    g->context = (int)place->dims[0];
    return AQ_OK;
}

static AqErr read_text_blocks(AqClipTextGeometry *g, const AqWeights *w,
                              const AqClipTextNaming *as)
{
    const AqWeight *fc = find_text_tensor(w, as, "blocks.0.fc.weight");
    const AqWeight *projection = find_text_tensor(w, as, "projection.weight");
    char name[48];

    for (; g->layers < MOST_LAYERS; g->layers++) {
        (void)snprintf(name, sizeof name, "blocks.%d.ln_1.weight", g->layers);
        if (!find_text_tensor(w, as, name))
            break;
    }
    if (g->layers == 0 || !fc || fc->n_dims != 2 || fc->dims[0] < 1 ||
        fc->dims[0] > (int64_t)8 * MOST_WIDTH)
        return fail_text_shape(w, "blocks have no norm or no MLP");
    g->mlp = (int)fc->dims[0];
    if (projection && projection->n_dims == 2) {
        const int64_t joint = projection->dims[as->hugging_face ? 0 : 1];

        if (joint < 1 || joint > MOST_WIDTH)
            return fail_text_shape(w, "projection is not (width, joint width)");
        g->joint = (int)joint;
    }
    return AQ_OK;
}

AqErr aq_clip_text_read(AqClipTextGeometry *out, AqClipTextNaming *as,
                        const AqWeights *w)
{
    AqClipTextNaming other;

    *out = (AqClipTextGeometry){0};
    const int n = find_towers(w, as, &other);
    if (n == 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: holds no text tower of CLIP: it has none of %s with %s "
                       "(OpenAI, open_clip) and %s with %s (Hugging Face)",
                       aq_weights_path(w), namings[0].tokens, namings[0].beside,
                       namings[1].tokens, namings[1].beside);
    if (n > 1)
        return aq_fail(
            AQ_ERR_MISMATCH,
            "%s: holds %d text towers, whose names begin with '%s' and '%s'; "
            "choose one by `avqa-pipe weights import FILE --prefix TEXT`, "
            "and name what was imported",
            aq_weights_path(w), n, as->prefix, other.prefix);
    AqErr err = read_text_embeddings(out, w, as);
    return err == AQ_OK ? read_text_blocks(out, w, as) : err;
}

AqErr aq_clip_text_geometry(AqClipTextGeometry *out, const char **names,
                            const AqWeights *w)
{
    AqClipTextNaming as = {0};
    const AqErr err = aq_clip_text_read(out, &as, w);

    *names = namings[as.hugging_face].text;
    return err;
}
