/* SPDX-License-Identifier: MIT */
#include "tests/parity/formula.h"

#include "base/alloc.h"
#include "extract/networks/extractor.h"
#include "extract/networks/image/swin_geometry.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static uint32_t fnv1a(const char *name)
{
    uint32_t h = 0x811c9dc5u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x01000193u;
    return h;
}

void aq_formula_fill(float *out, size_t n, const char *name, double offset,
                     double scale)
{
    const uint64_t h = fnv1a(name);

    for (size_t k = 0; k < n; k++) {
        uint64_t z = (h << 32) + k + 0x9E3779B97F4A7C15u;

        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        z = z ^ z >> 31;
        out[k] = (float)(offset + scale * ((double)(z >> 40) / 8388608.0 - 1.0));
    }
}

static int ends_in(const char *s, const char *tail)
{
    const size_t n = strlen(s), m = strlen(tail);

    return n >= m && strcmp(s + n - m, tail) == 0;
}

void aq_formula_weight(float *out, const char *name, int n_dims, const int64_t *dims)
{
    size_t n = 1;

    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    if (ends_in(name, "relative_position_bias_table") || ends_in(name, "pos_embed"))
        aq_formula_fill(out, n, name, 0, 0.5);
    else if (n_dims >= 2)
        aq_formula_fill(out, n, name, 0,
                        1.2 * sqrt(3.0 / ((double)n / (double)dims[0])));
    else if (ends_in(name, "weight") || ends_in(name, "running_var") ||
             ends_in(name, "gamma"))
        aq_formula_fill(out, n, name, 1, 0.1);
    else
        aq_formula_fill(out, n, name, 0, 0.05);
}

typedef struct Maker {
    AqWeightsWriter *w;
    AqFormulaNames names;
    AqErr err;
} Maker;

static void add(Maker *m, const char *name, int n_dims, const int64_t *dims)
{
    AqSwinNaming official = {.names = AQ_SWIN_OFFICIAL};
    AqParamSource as[3] = {0};
    size_t n = 1;

    if (m->err != AQ_OK)
        return;
    for (int k = 0; k < n_dims; k++)
        n *= (size_t)dims[k];
    float *v = aq_alloc(n, sizeof *v);
    if (!v) {
        m->err = AQ_ERR_NOMEM;
        return;
    }
    aq_formula_weight(v, name, n_dims, dims);
    (void)snprintf(as[0].name, sizeof as[0].name, "%s", name);
    if (m->names == AQ_FORMULA_OFFICIAL)
        (void)aq_swin_file_names(&official, name, as);
    m->err = aq_weights_writer_add_copy(m->w, as[0].name, n_dims, dims, v, AQ_F32);
    aq_free(v);
}

#define ADD(m, name, ...)                                                              \
    add(m, name, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)),            \
        (const int64_t[]){__VA_ARGS__})

static AqErr commit(Maker *m, const char *path)
{
    if (m->err == AQ_OK)
        m->err = aq_weights_writer_commit(m->w, path);
    aq_weights_writer_free(&m->w);
    return m->err;
}

AqErr aq_formula_vggish(const char *path)
{
    static const int conv[][3] = {{0, 1, 64},    {3, 64, 128},   {6, 128, 256},
                                  {8, 256, 256}, {11, 256, 512}, {13, 512, 512}};
    static const int full[][3] = {{0, 12288, 4096}, {2, 4096, 4096}, {4, 4096, 128}};
    Maker m = {0};
    char name[80];

    m.err = aq_weights_writer_new(&m.w);
    for (int k = 0; k < 6; k++) {
        (void)snprintf(name, sizeof name, "features.%d.weight", conv[k][0]);
        ADD(&m, name, conv[k][2], conv[k][1], 3, 3);
        (void)snprintf(name, sizeof name, "features.%d.bias", conv[k][0]);
        ADD(&m, name, conv[k][2]);
    }
    for (int k = 0; k < 3; k++) {
        (void)snprintf(name, sizeof name, "embeddings.%d.weight", full[k][0]);
        ADD(&m, name, full[k][2], full[k][1]);
        (void)snprintf(name, sizeof name, "embeddings.%d.bias", full[k][0]);
        ADD(&m, name, full[k][2]);
    }
    return commit(&m, path);
}

/* Of a block, whose tensors' names begin with `at`. */
#define LEAF(leaf, ...)                                                                \
    do {                                                                               \
        char n[120];                                                                   \
        (void)snprintf(n, sizeof n, "%s%s", at, leaf);                                 \
        ADD(m, n, __VA_ARGS__);                                                        \
    } while (0)

static void swin_block(Maker *m, int stage, int block, int C, int heads)
{
    char at[64];

    (void)snprintf(at, sizeof at, "features.%d.%d.", 2 * stage + 1, block);
    LEAF("norm1.weight", C);
    LEAF("norm1.bias", C);
    LEAF("attn.qkv.weight", 3 * C, C);
    LEAF("attn.qkv.bias", 3 * C);
    LEAF("attn.proj.weight", C, C);
    LEAF("attn.proj.bias", C);
    LEAF("attn.relative_position_bias_table", 169, heads);
    LEAF("norm2.weight", C);
    LEAF("norm2.bias", C);
    LEAF("mlp.0.weight", 4 * C, C);
    LEAF("mlp.0.bias", 4 * C);
    LEAF("mlp.3.weight", C, 4 * C);
    LEAF("mlp.3.bias", C);
}

AqErr aq_formula_swin(const char *path, int embed, const int depths[4],
                      const int heads[4], AqFormulaNames names)
{
    Maker m = {.names = names};
    char n[80];

    m.err = aq_weights_writer_new(&m.w);
    ADD(&m, "features.0.0.weight", embed, 3, 4, 4);
    ADD(&m, "features.0.0.bias", embed);
    ADD(&m, "features.0.2.weight", embed);
    ADD(&m, "features.0.2.bias", embed);
    for (int s = 0; s < 4; s++) {
        const int C = embed << s;

        for (int b = 0; b < depths[s]; b++)
            swin_block(&m, s, b, C, heads[s]);
        if (s == 3)
            break;
        (void)snprintf(n, sizeof n, "features.%d.norm.weight", 2 * s + 2);
        ADD(&m, n, 4 * C);
        (void)snprintf(n, sizeof n, "features.%d.norm.bias", 2 * s + 2);
        ADD(&m, n, 4 * C);
        (void)snprintf(n, sizeof n, "features.%d.reduction.weight", 2 * s + 2);
        ADD(&m, n, 2 * C, 4 * C);
    }
    ADD(&m, "norm.weight", embed << 3);
    ADD(&m, "norm.bias", embed << 3);
    return commit(&m, path);
}

static void clip_block(Maker *m, const char *tower, int block, int C)
{
    char at[64];

    (void)snprintf(at, sizeof at, "%stransformer.resblocks.%d.", tower, block);
    LEAF("ln_1.weight", C);
    LEAF("ln_1.bias", C);
    LEAF("attn.in_proj_weight", 3 * C, C);
    LEAF("attn.in_proj_bias", 3 * C);
    LEAF("attn.out_proj.weight", C, C);
    LEAF("attn.out_proj.bias", C);
    LEAF("ln_2.weight", C);
    LEAF("ln_2.bias", C);
    LEAF("mlp.c_fc.weight", 4 * C, C);
    LEAF("mlp.c_fc.bias", 4 * C);
    LEAF("mlp.c_proj.weight", C, 4 * C);
    LEAF("mlp.c_proj.bias", C);
}

AqErr aq_formula_clip_b32(const char *path)
{
    enum { WIDTH = 768, LAYERS = 12, PATCH = 32, PLACES = 50, JOINT = 512 };
    Maker m = {0};

    m.err = aq_weights_writer_new(&m.w);
    ADD(&m, "visual.conv1.weight", WIDTH, 3, PATCH, PATCH);
    ADD(&m, "visual.class_embedding", WIDTH);
    ADD(&m, "visual.positional_embedding", PLACES, WIDTH);
    ADD(&m, "visual.ln_pre.weight", WIDTH);
    ADD(&m, "visual.ln_pre.bias", WIDTH);
    for (int k = 0; k < LAYERS; k++)
        clip_block(&m, "visual.", k, WIDTH);
    ADD(&m, "visual.ln_post.weight", WIDTH);
    ADD(&m, "visual.ln_post.bias", WIDTH);
    ADD(&m, "visual.proj", WIDTH, JOINT);
    return commit(&m, path);
}

AqErr aq_formula_clip_text_b32(const char *path, int tokens)
{
    enum { WIDTH = 512, LAYERS = 12, PLACES = 77, JOINT = 512 };
    Maker m = {0};

    m.err = aq_weights_writer_new(&m.w);
    ADD(&m, "token_embedding.weight", tokens, WIDTH);
    ADD(&m, "positional_embedding", PLACES, WIDTH);
    for (int k = 0; k < LAYERS; k++)
        clip_block(&m, "", k, WIDTH);
    ADD(&m, "ln_final.weight", WIDTH);
    ADD(&m, "ln_final.bias", WIDTH);
    ADD(&m, "text_projection", WIDTH, JOINT);
    return commit(&m, path);
}

/* A convolution and its batch norm, whose name is another one. */
static void add_normed(Maker *m, const char *conv, const char *norm, int out, int in,
                       int side)
{
    static const char *const leaves[] = {"weight", "bias", "running_mean",
                                         "running_var"};
    char n[96];

    (void)snprintf(n, sizeof n, "%s.weight", conv);
    ADD(m, n, out, in, side, side);
    for (int k = 0; k < 4; k++) {
        (void)snprintf(n, sizeof n, "%s.%s", norm, leaves[k]);
        ADD(m, n, out);
    }
}

static void add_res_block(Maker *m, int stage, int block, int in, int bottleneck)
{
    const int inner = 64 << stage, out = bottleneck ? 4 * inner : inner;
    const int widths[] = {in, inner, bottleneck ? inner : out, out};
    char at[64], conv[80], norm[80];

    (void)snprintf(at, sizeof at, "layer%d.%d.", stage + 1, block);
    for (int k = 0; k < 2 + bottleneck; k++) {
        (void)snprintf(conv, sizeof conv, "%sconv%d", at, k + 1);
        (void)snprintf(norm, sizeof norm, "%sbn%d", at, k + 1);
        add_normed(m, conv, norm, widths[k + 1], widths[k],
                   bottleneck && k != 1 ? 1 : 3);
    }
    (void)snprintf(conv, sizeof conv, "%sdownsample.0", at);
    (void)snprintf(norm, sizeof norm, "%sdownsample.1", at);
    if (in != out)
        add_normed(m, conv, norm, out, in, 1);
}

AqErr aq_formula_resnet(const char *path, int bottleneck, const int depths[4])
{
    Maker m = {0};
    int in = 64;

    m.err = aq_weights_writer_new(&m.w);
    add_normed(&m, "conv1", "bn1", in, 3, 7);
    for (int s = 0; s < 4; s++)
        for (int b = 0; b < depths[s]; b++) {
            add_res_block(&m, s, b, in, bottleneck);
            in = (bottleneck ? 256 : 64) << s;
        }
    return commit(&m, path);
}

AqErr aq_formula_network(const char *path, const char *name, const char *switches)
{
    AqExtractor *x = NULL;
    Maker m = {0};

    m.err = aq_weights_writer_new(&m.w);
    if (m.err == AQ_OK)
        m.err = aq_extractor_open(&x, name, "seeded:1", switches);
    const AqParams *ps = m.err == AQ_OK ? aq_extractor_params(x) : NULL;
    for (size_t k = 0; ps && k < aq_params_n(ps); k++) {
        const AqTensor *t = aq_params_tensor(ps, k);
        const int *d = t->dims;
        int64_t dims[AQ_MAX_DIMS];

        for (int j = 0; j < t->n_dims; j++)
            dims[j] = t->n_dims == 4 && j > 0 ? d[j == 1 ? 3 : j - 1] : d[j];
        add(&m, aq_params_name(ps, k), t->n_dims, dims);
    }
    aq_extractor_close(&x);
    return commit(&m, path);
}
