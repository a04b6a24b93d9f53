/* SPDX-License-Identifier: MIT */
#include "tests/unit/small_clip.h"

#include "base/rng.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

enum { W = SMALL_CLIP_WIDTH, MLP = 6 };

/* What each block has. */
static const struct {
    const char *leaf;
    int n_dims;
    int64_t dims[4];
} in_blocks[] = {{"ln_1.weight", 1, {W}},
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
              {"positional_embedding", 2, {1 + SMALL_CLIP_GRID * SMALL_CLIP_GRID, W}},
              {"ln_pre.weight", 1, {W}},
              {"ln_pre.bias", 1, {W}},
              {"ln_post.weight", 1, {W}},
              {"ln_post.bias", 1, {W}},
              {"proj", 2, {W, SMALL_CLIP_JOINT}}};

static void put_array(AqWeightsWriter *w, const char *name, int n_dims,
                      const int64_t *dims)
{
    const int is_norm = strstr(name, "ln_") && strstr(name, "weight");
    AqRng rng = aq_rng(strlen(name), (uint64_t)name[strlen(name) - 1]);
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *v = calloc(n, sizeof *v);
    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = (float)(is_norm + 0.3 * aq_rng_normal(&rng));
    CHECK_OK(aq_weights_writer_add_copy(w, name, n_dims, dims, v, AQ_F32));
    free(v);
}

void aq_small_clip_write(const char *path)
{
    AqWeightsWriter *w = NULL;
    char name[128];

    CHECK_OK(aq_weights_writer_new(&w));
    for (size_t k = 0; k < sizeof around / sizeof *around; k++) {
        (void)snprintf(name, sizeof name, "visual.%s", around[k].leaf);
        put_array(w, name, around[k].n_dims, around[k].dims);
    }
    for (size_t k = 0; k < 2 * (sizeof in_blocks / sizeof *in_blocks); k++) {
        (void)snprintf(name, sizeof name, "visual.transformer.resblocks.%zu.%s", k % 2,
                       in_blocks[k / 2].leaf);
        put_array(w, name, in_blocks[k / 2].n_dims, in_blocks[k / 2].dims);
    }
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}
