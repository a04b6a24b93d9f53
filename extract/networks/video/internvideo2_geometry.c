/* SPDX-License-Identifier: MIT */
#include "extract/networks/video/internvideo2_geometry.h"

#include "extract/networks/parts/sizes.h"

#include <stdio.h>
#include <string.h>

enum {
    HEAD_SIZE = 64, /* where the width is none of the published ones */
    USUAL_GRID = 16,
    MAX_LAYERS = 96,
    MAX_WIDTH = 8192,
    MAX_PATCH = 64,
    MAX_GRID = 64
};

/* The numbers of pictures are those of the published files: distilled ones have 8, 1B's
 * second stage 4. */
static const struct {
    const char *name;
    AqInternvideo2Geometry g;
} published[] = {{"internvideo2_s", {384, 12, 6, 1536, 14, 768, {8, USUAL_GRID}}},
                 {"internvideo2_b", {768, 12, 12, 3072, 14, 768, {8, USUAL_GRID}}},
                 {"internvideo2_l", {1024, 24, 16, 4096, 14, 768, {8, USUAL_GRID}}},
                 {"internvideo2_1b", {1408, 40, 16, 6144, 14, 768, {4, USUAL_GRID}}},
                 {"internvideo2", {3200, 48, 25, 12800, 14, 768, {4, USUAL_GRID}}}};
enum { N_PUBLISHED = sizeof published / sizeof *published };

/* The last, of which no file is read, is called as any other. */
static const char *name_of_internvideo2(size_t k)
{
    return k + 1 < N_PUBLISHED ? published[k].name : NULL;
}

AqErr aq_internvideo2_named(AqInternvideo2Geometry *out, const char *name)
{
    size_t k;
    const AqErr err = aq_sizes_find(&k, name_of_internvideo2, name);

    if (err == AQ_OK)
        *out = published[k].g;
    return err;
}

const char *aq_internvideo2_name(const AqInternvideo2Geometry *g)
{
    for (size_t k = 0; k < N_PUBLISHED; k++) {
        AqInternvideo2Geometry of = published[k].g;

        of.joint = g->joint;
        of.places = g->places;
        if (memcmp(&of, g, sizeof of) == 0)
            return published[k].name;
    }
    return "internvideo2";
}

/* ---- names ---- */

/* Published files have filters over one moment; this program saves them as a picture's.
 */
#define PATCHES "patch_embed.proj.weight"
#define QUERIES "blocks.0.attn.q_norm.weight"
static const AqPrefixMark marks[] = {{PATCHES, QUERIES, 5}, {PATCHES, QUERIES, 4}};
enum { N_MARKS = sizeof marks / sizeof *marks };

static const AqWeight *find_behind(const AqWeights *w, const char *prefix,
                                   const char *leaf)
{
    char name[160];

    (void)snprintf(name, sizeof name, "%s%s", prefix, leaf);
    return aq_weights_find(w, name);
}

/* The attention pool's tensor, of whatever prefix, or NULL. */
static const AqWeight *find_pool(const AqWeights *w)
{
    static const char leaf[] = "clip_projector.cross_attn.q_bias";

    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);
        const size_t n = strlen(t->name), tail = sizeof leaf - 1;

        if (n >= tail && strcmp(t->name + n - tail, leaf) == 0)
            return t;
    }
    return NULL;
}

/* Other transformers norm each head's queries, and have biases here. */
static int is_video_tower(const AqPrefixes *found, const AqWeights *w)
{
    const char *prefix = found->v[0];
    const AqWeight *norm = find_behind(w, prefix, QUERIES);

    return norm && norm->count == (uint64_t)found->first->dims[0] &&
           !find_behind(w, prefix, "blocks.0.norm1.bias") &&
           !find_behind(w, prefix, "blocks.0.attn.qkv.bias");
}

int aq_internvideo2_is(const AqWeights *w)
{
    AqPrefixes found;

    if (aq_prefixes_find(&found, w, marks, N_MARKS) >= 0)
        return is_video_tower(&found, w);
    return find_pool(w) != NULL;
}

int aq_internvideo2_file_names(void *ctx, const char *name, AqParamSource from[3])
{
    const AqInternvideo2Naming *as = ctx;
    static const char gamma[] = ".gamma";
    const size_t n = strlen(name), tail = sizeof gamma - 1;
    const int is_factor = n > tail && strcmp(name + n - tail, gamma) == 0;

    if (as->sets_places && strcmp(name, "pos_embed") == 0)
        return 0;
    aq_prefixes_join(from, as->prefix, name, (int)(is_factor ? n - tail + 1 : n),
                     is_factor ? as->factor : "", "");
    return 1;
}

/* ---- sizes ---- */

static AqErr fail_geometry(const AqWeights *w, const char *what)
{
    return aq_fail(AQ_ERR_MISMATCH,
                   "%s: its %s; is the file damaged, or another network?",
                   aq_weights_path(w), what);
}

static int side_of(int64_t cells)
{
    for (int g = 1; g <= MAX_GRID; g++)
        if ((int64_t)g * g == cells)
            return g;
    return 0;
}

/* How many pictures a position embedding is for is not told, only its rows: of 4, 8 and
 * 16, that of the usual grid, else the first that leaves a square. */
static int split_places(AqPlaces *out, int64_t rows)
{
    for (int usual = 1; usual >= 0; usual--)
        for (int T = 4; T <= 16; T *= 2) {
            const int g = rows % T == 0 ? side_of(rows / T) : 0;

            if (g > 0 && (!usual || g == USUAL_GRID)) {
                *out = (AqPlaces){.T = T, .g = g};
                return 1;
            }
        }
    return 0;
}

static AqErr read_tokens(AqInternvideo2Geometry *g, const AqWeights *w,
                         const AqWeight *patch, const AqWeight *places)
{
    const int64_t *d = patch->dims, side = d[patch->n_dims - 1];
    const int64_t rows =
        places && places->n_dims >= 2 ? places->dims[places->n_dims - 2] : 0;

    if (d[1] != 3 || (patch->n_dims == 5 && d[2] != 1) ||
        d[patch->n_dims - 2] != side || side < 1 || side > MAX_PATCH || d[0] < 1 ||
        d[0] > MAX_WIDTH || d[0] % HEAD_SIZE != 0)
        return fail_geometry(w, "patches are not (width, 3, 1, side, side), with a "
                                "width that is a multiple of 64");
    g->width = (int)d[0];
    g->patch = (int)side;
    g->heads = g->width / HEAD_SIZE;
    for (size_t k = 0; k < N_PUBLISHED; k++)
        if (published[k].g.width == g->width)
            g->heads = published[k].g.heads;
    if (rows < 2 || !split_places(&g->places, rows - 1))
        return fail_geometry(w, "pos_embed is not one row and a square of them for "
                                "each of 4, 8 or 16 pictures");
    return AQ_OK;
}

static AqErr read_layers(AqInternvideo2Geometry *g, AqInternvideo2Naming *naming,
                         const AqWeights *w)
{
    const AqWeight *fc = find_behind(w, naming->prefix, "blocks.0.mlp.fc1.weight");
    char leaf[64];

    for (; g->layers < MAX_LAYERS; g->layers++) {
        (void)snprintf(leaf, sizeof leaf, "blocks.%d.norm1.weight", g->layers);
        if (!find_behind(w, naming->prefix, leaf))
            break;
    }
    if (g->layers == 0 || !fc || fc->n_dims != 2 || fc->dims[0] < 1 ||
        fc->dims[0] > (int64_t)8 * MAX_WIDTH)
        return fail_geometry(w, "blocks have no norm or no MLP");
    g->mlp = (int)fc->dims[0];
    naming->factor =
        find_behind(w, naming->prefix, "blocks.0.ls1.weight") ? "weight" : "gamma";
    return AQ_OK;
}

AqErr aq_internvideo2_read(AqInternvideo2Geometry *out, AqInternvideo2Naming *naming,
                           const AqWeights *w)
{
    AqPrefixes found;

    *out = (AqInternvideo2Geometry){0};
    *naming = (AqInternvideo2Naming){0};
    const int mark = aq_prefixes_find(&found, w, marks, N_MARKS);
    if (mark < 0 && find_pool(w))
        return aq_fail(
            AQ_ERR_UNSUPPORTED,
            "%s: has the attention pool of an InternVideo2 but not the network below "
            "it: the files of its CLIP training hold only what that training changed; "
            "use the file of the vision encoder (stage 1, stage 2 or distilled)",
            aq_weights_path(w));
    if (mark < 0 || !is_video_tower(&found, w))
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is not an InternVideo2: it has no " PATCHES " with " QUERIES
                       " over all channels, or biases where that has none",
                       aq_weights_path(w));
    AqErr err = aq_prefixes_take(naming->prefix, &found, w);
    if (err == AQ_OK)
        err = read_tokens(out, w, found.first,
                          find_behind(w, naming->prefix, "pos_embed"));
    if (err == AQ_OK)
        err = read_layers(out, naming, w);
    const AqWeight *pool =
        find_behind(w, naming->prefix, "clip_projector.cross_attn.proj.weight");
    if (err == AQ_OK && pool && pool->n_dims == 2 && pool->dims[0] > 0 &&
        pool->dims[0] <= MAX_WIDTH)
        out->joint = (int)pool->dims[0];
    return err;
}
