/* SPDX-License-Identifier: MIT */
#include "tests/unit/small_text.h"

#include "base/rng.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>

enum { W = AQ_SMALL_TEXT_WIDTH, MLP = AQ_SMALL_TEXT_MLP, E = AQ_SMALL_TEXT_JOINT };

/* OpenAI's and Hugging Face's names; a %s stands for q, k and v there. */
static const struct {
    const char *openai, *hugging_face;
    int rows, cols; /* cols 0: one dimension */
} in_blocks[] = {{"ln_1.weight", "layer_norm1.weight", W, 0},
                 {"ln_1.bias", "layer_norm1.bias", W, 0},
                 {"attn.in_proj_weight", "self_attn.%s_proj.weight", 3 * W, W},
                 {"attn.in_proj_bias", "self_attn.%s_proj.bias", 3 * W, 0},
                 {"attn.out_proj.weight", "self_attn.out_proj.weight", W, W},
                 {"attn.out_proj.bias", "self_attn.out_proj.bias", W, 0},
                 {"ln_2.weight", "layer_norm2.weight", W, 0},
                 {"ln_2.bias", "layer_norm2.bias", W, 0},
                 {"mlp.c_fc.weight", "mlp.fc1.weight", MLP, W},
                 {"mlp.c_fc.bias", "mlp.fc1.bias", MLP, 0},
                 {"mlp.c_proj.weight", "mlp.fc2.weight", W, MLP},
                 {"mlp.c_proj.bias", "mlp.fc2.bias", W, 0}};

float *aq_small_text_values(const char *name, size_t n)
{
    const int is_norm = strstr(name, "ln_") && strstr(name, "weight");
    AqRng rng = aq_rng(strlen(name) * 31 + (uint64_t)name[strlen(name) / 2],
                       (uint64_t)name[strlen(name) - 1]);
    float *v = calloc(n, sizeof *v);

    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = (float)(is_norm + 0.2 * aq_rng_normal(&rng));
    return v;
}

static void put_rows(AqWeightsWriter *w, const char *name, int rows, int cols,
                     const float *v)
{
    const int64_t dims[] = {rows, cols};

    CHECK_OK(aq_weights_writer_add_copy(w, name, cols ? 2 : 1, dims, v, AQ_F32));
}

/* The tensor of OpenAI's name as `name`, which has a %s for its three parts. */
static void put_values(AqWeightsWriter *w, const char *openai, const char *name,
                       int rows, int cols)
{
    static const char *const parts[] = {"q", "k", "v"};
    const size_t each = (size_t)(cols ? cols : 1);
    float *v = aq_small_text_values(openai, (size_t)rows * each);
    const char *hole = strstr(name, "%s");
    char full[160];

    for (int k = 0; k < (hole ? 3 : 1); k++) {
        const int n = hole ? rows / 3 : rows;

        (void)snprintf(full, sizeof full, "%.*s%s%s",
                       (int)(hole ? (size_t)(hole - name) : strlen(name)), name,
                       hole ? parts[k] : "", hole ? hole + 2 : "");
        put_rows(w, full, n, cols, v + (size_t)(k * n) * each);
    }
    free(v);
}

/* (W,E) of OpenAI's as (E,W). */
static void put_turned_projection(AqWeightsWriter *w)
{
    float *v = aq_small_text_values("text_projection", (size_t)W * E);
    float *turned = calloc((size_t)W * E, sizeof *turned);

    assert_non_null(turned);
    for (int k = 0; k < W * E; k++)
        turned[k % E * W + k / E] = v[k];
    put_rows(w, "text_projection.weight", E, W, turned);
    free(turned);
    free(v);
}

static void put_blocks(AqWeightsWriter *w, int hugging_face)
{
    char openai[128], name[128];

    for (int k = 0; k < 2; k++)
        for (size_t j = 0; j < sizeof in_blocks / sizeof *in_blocks; j++) {
            (void)snprintf(openai, sizeof openai, "transformer.resblocks.%d.%s", k,
                           in_blocks[j].openai);
            (void)snprintf(name, sizeof name, "text_model.encoder.layers.%d.%s", k,
                           in_blocks[j].hugging_face);
            put_values(w, openai, hugging_face ? name : openai, in_blocks[j].rows,
                       in_blocks[j].cols);
        }
}

void aq_small_text_write(const char *path, AqSmallTextNames names, int context)
{
    const int hf = names == AQ_SMALL_HUGGING_FACE;
    AqWeightsWriter *w = NULL;

    CHECK_OK(aq_weights_writer_new(&w));
    put_values(w, "token_embedding.weight",
               hf ? "text_model.embeddings.token_embedding.weight"
                  : "token_embedding.weight",
               AQ_SMALL_TEXT_TOKENS, W);
    put_values(w, "positional_embedding",
               hf ? "text_model.embeddings.position_embedding.weight"
                  : "positional_embedding",
               context, W);
    put_blocks(w, hf);
    put_values(w, "ln_final.weight",
               hf ? "text_model.final_layer_norm.weight" : "ln_final.weight", W, 0);
    put_values(w, "ln_final.bias",
               hf ? "text_model.final_layer_norm.bias" : "ln_final.bias", W, 0);
    if (hf)
        put_turned_projection(w);
    else
        put_values(w, "text_projection", "text_projection", W, E);
    CHECK_OK(aq_weights_writer_commit(w, path));
    aq_weights_writer_free(&w);
}

AqClipText *aq_small_text_open(const char *path, const char *switches)
{
    AqWeights *w = NULL;
    AqClipText *t = NULL;
    AqBpe *b = NULL;

    CHECK_OK(aq_bpe_open(&b, TEST_DATA "/../fuzz/seeds/bpe/simple.txt.gz"));
    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_clip_text_open(&t, w, 0, b, switches));
    aq_weights_unref(&w);
    return t;
}
