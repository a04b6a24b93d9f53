/* SPDX-License-Identifier: MIT */
/*
 * Which network a file is: files of the small networks, with tensors renamed, dropped,
 * misshapen and added. That the values come out right is the golden suite's to show.
 */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "extract/networks/extractor.h"
#include "extract/networks/sound/postprocess.h"
#include "model/nn/params.h"
#include "tests/unit/check.h"
#include "tests/unit/small_hearing.h"
#include "tests/unit/small_nets.h"
#include "tests/unit/small_yamnet.h"

#include <string.h>
#include <unistd.h>

static char whole[64], other[64];

static int names(void **state)
{
    (void)state;
    (void)snprintf(whole, sizeof whole, "/tmp/aq_id_%ld.safetensors", (long)getpid());
    (void)snprintf(other, sizeof other, "/tmp/aq_io_%ld.safetensors", (long)getpid());
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(whole);
    (void)unlink(other);
    return 0;
}

/* Files of YAMNet, by AqSmallYamnetFile. */
static const char *const yamnets[AQ_SMALL_YAMNET_N_FILES] = {
    "yamnet", "yamnet keras", "yamnet scaled", "yamnet tflite"};

static void save(const char *name)
{
    AqExtractor *x = NULL;

    if (strcmp(name, "clip_vit") == 0) {
        aq_small_clip_write(whole);
        return;
    }
    if (strcmp(name, "hearing") == 0) {
        aq_small_hearing_write(whole);
        return;
    }
    if (strcmp(name, "resnet") == 0) {
        aq_small_resnet_write(whole, AQ_SMALL_NORMED);
        return;
    }
    if (strcmp(name, "internvideo2") == 0) {
        aq_small_internvideo2_write(whole);
        return;
    }
    for (int k = 0; k < AQ_SMALL_YAMNET_N_FILES; k++)
        if (strcmp(name, yamnets[k]) == 0) {
            aq_small_yamnet_write(whole, (AqSmallYamnetFile)k);
            return;
        }
    CHECK_OK(aq_extractor_open(&x, name, "seeded:3", NULL));
    CHECK_OK(aq_extractor_save(x, whole, "a test"));
    aq_extractor_close(&x);
}

/* What is done to the file `whole` on its way to `other`. */
typedef struct Change {
    const char *prefix;
    const char *drop;  /* this one is left out */
    const char *widen; /* this one gets a dimension more */
    const char *extra; /* one of this name is added */
} Change;

static void change(const Change *c)
{
    AqWeights *w = NULL;
    AqWeightsWriter *to = NULL;
    char name[200];

    CHECK_OK(aq_weights_open(&w, whole));
    CHECK_OK(aq_weights_writer_new(&to));
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        AqWeight t = *aq_weights_at(w, k);

        if (c->drop && strcmp(t.name, c->drop) == 0)
            continue;
        if (c->widen && strcmp(t.name, c->widen) == 0) {
            t.dims[t.n_dims] = 1;
            t.strides[t.n_dims++] = 1;
        }
        (void)snprintf(name, sizeof name, "%s%s", c->prefix ? c->prefix : "", t.name);
        CHECK_OK(aq_weights_writer_add_weight(to, name, &t));
    }
    if (c->extra)
        CHECK_OK(aq_weights_writer_add_weight(to, c->extra, aq_weights_at(w, 0)));
    CHECK_OK(aq_weights_writer_commit(to, other));
    aq_weights_writer_free(&to);
    aq_weights_unref(&w);
}

/* Those that a file of the network needs. */
static const char *switches_of(const char *name)
{
    return strncmp(name, "clip", 4) == 0 ? "act=gelu,out=pooled" : NULL;
}

static AqErr try_other(const char *name, AqExtractorMatch *match)
{
    AqWeights *w = NULL;
    AqExtractor *x = NULL;

    CHECK_OK(aq_weights_open(&w, other));
    AqErr err = aq_extractor_identify(w, match);
    if (err == AQ_OK)
        err = aq_extractor_open_weights(&x, *name == 'y' ? "yamnet" : name, w,
                                        switches_of(name));
    aq_extractor_close(&x);
    aq_weights_unref(&w);
    return err;
}

static void prefixes_are_taken_off(void **state)
{
    static const char *const prefixes[] = {"", "module.", "backbone.", "model.net."};
    static const char *const nets[] = {"swin_nano", "vggish_nano",  "clip_vit",
                                       "resnet",    "internvideo2", "yamnet"};
    AqExtractorMatch m;

    (void)state;
    for (size_t n = 0; n < sizeof nets / sizeof *nets; n++)
        for (size_t k = 0; k < 4; k++) {
            const Change c = {.prefix = prefixes[k], .extra = "spare.weight"};

            save(nets[n]);
            change(&c);
            CHECK_OK(try_other(nets[n], &m));
            assert_string_equal(m.name, nets[n]);
        }
}

static void unneeded_ones_are_known(void **state)
{
    const Change c = {.extra = "head.weight"};
    AqWeights *w = NULL;
    AqExtractor *x = NULL;

    (void)state;
    save("swin_nano");
    change(&c);
    CHECK_OK(aq_weights_open(&w, other));
    CHECK_OK(aq_extractor_open_weights(&x, "swin_nano", w, NULL));
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);
        assert_int_equal(aq_weights_is_used(w, t), strcmp(t->name, "head.weight") != 0);
    }
    aq_extractor_close(&x);
    aq_weights_unref(&w);
}

static const struct {
    const char *net;
    Change c;
    AqErr err;
    const char *says[2];
} faults[] = {
    {"swin_nano",
     {.drop = "features.3.0.norm2.weight"},
     AQ_ERR_MISMATCH,
     {"features.3.0.norm2.weight", "[64]"}},
    {"swin_nano",
     {.widen = "features.1.0.mlp.0.weight"},
     AQ_ERR_MISMATCH,
     {"features.1.0.mlp.0.weight is [128, 32, 1]", "[128, 32] is expected"}},
    {"swin_nano",
     {.drop = "features.1.0.attn.relative_position_bias_table"},
     AQ_ERR_MISMATCH,
     {"stage 1", "relative_position_bias_table"}},
    {"swin_nano",
     {.extra = "features.1.0.attn.logit_scale"},
     AQ_ERR_UNSUPPORTED,
     {"Swin V2", "logit_scale"}},
    {"swin_nano",
     {.extra = "layers.0.blocks.0.attn.cpb_mlp.0.weight"},
     AQ_ERR_UNSUPPORTED,
     {"Swin V2", "cpb_mlp"}},
    {"vggish_nano",
     {.drop = "embeddings.2.bias"},
     AQ_ERR_MISMATCH,
     {"embeddings.2.bias", "torchvggish"}},
    {"vggish_nano",
     {.drop = "features.8.weight"},
     AQ_ERR_MISMATCH,
     {"features.8.weight", "[64, 64, 3, 3]"}},
    {"clip_vit",
     {.drop = "visual.transformer.resblocks.1.ln_2.bias"},
     AQ_ERR_MISMATCH,
     {"resblocks.1.ln_2.bias", "[64]"}},
    {"clip_vit",
     {.drop = "visual.positional_embedding"},
     AQ_ERR_MISMATCH,
     {"position embedding", "another network"}},
    {"clip_vit",
     {.drop = "visual.transformer.resblocks.0.ln_1.weight"},
     AQ_ERR_MISMATCH,
     {"no norm", "another network"}},
    {"clip_vit",
     {.drop = "visual.proj"},
     AQ_ERR_MISMATCH,
     {"no projection", "out=grid does without"}},
    {"clip_vit", {.drop = "visual.class_embedding"}, AQ_ERR_NOT_FOUND, {"CLIP", ""}},
    {"resnet",
     {.drop = "layer2.0.bn2.running_var"},
     AQ_ERR_MISMATCH,
     {"layer2.0.bn2.running_var", "no tensor"}},
    {"resnet",
     {.drop = "layer3.0.downsample.0.weight"},
     AQ_ERR_MISMATCH,
     {"layer3.0.downsample.0.weight", "no tensor"}},
    {"resnet",
     {.widen = "layer3.0.bn1.bias"},
     AQ_ERR_MISMATCH,
     {"layer3.0.bn1.bias is [2, 1]", "[2] is expected"}},
    {"resnet",
     {.drop = "layer4.0.conv2.weight"},
     AQ_ERR_MISMATCH,
     {"layer4.0 has no two convolutions", "another network"}},
    {"internvideo2",
     {.drop = "blocks.1.norm2.weight"},
     AQ_ERR_MISMATCH,
     {"blocks.1.norm2.weight", "[128]"}},
    {"internvideo2",
     {.drop = "blocks.0.norm1.weight"},
     AQ_ERR_MISMATCH,
     {"no norm or no MLP", "another network"}},
    {"internvideo2",
     {.drop = "pos_embed"},
     AQ_ERR_MISMATCH,
     {"pos_embed is not one row", "another network"}},
    {"internvideo2",
     {.widen = "blocks.1.ls2.gamma"},
     AQ_ERR_MISMATCH,
     {"blocks.1.ls2.gamma is [128, 1]", "[128] is expected"}},
    {"internvideo2",
     {.drop = "clip_projector.cross_attn.proj.weight"},
     AQ_ERR_MISMATCH,
     {"no attention pool", "out=grid does without"}},
    {"internvideo2",
     {.drop = "patch_embed.proj.weight"},
     AQ_ERR_UNSUPPORTED,
     {"attention pool", "not the network below it"}},
    {"internvideo2",
     {.extra = "blocks.0.attn.qkv.bias"},
     AQ_ERR_NOT_FOUND,
     {"InternVideo2", ""}},
    {"resnet", {.drop = "layer1.0.bn1.weight"}, AQ_ERR_NOT_FOUND, {"ResNet", ""}},
    {"vggish_nano", {.drop = "features.0.weight"}, AQ_ERR_NOT_FOUND, {"VGGish", ""}},
    {"hearing",
     {.drop = "stage3.block1.depthwise.weight"},
     AQ_ERR_MISMATCH,
     {"stage3.block1.depthwise.weight", "4 stages"}},
    {"hearing",
     {.drop = "stage3.block2.norm.bias"},
     AQ_ERR_MISMATCH,
     {"stage3.block2.norm.bias", "[8]"}},
    {"hearing",
     {.widen = "stage1.block1.expand.weight"},
     AQ_ERR_MISMATCH,
     {"stage1.block1.expand.weight", "two dimensions"}},
    {"hearing",
     {.drop = "head.weight"},
     AQ_ERR_MISMATCH,
     {"head.weight", "two dimensions"}},
    {"hearing",
     {.drop = "stage2.down.weight"},
     AQ_ERR_MISMATCH,
     {"stage2.down.weight", "[7, 6, 2, 2]"}},
    {"yamnet keras",
     {.drop = "layer9/depthwise_conv/bn/moving_mean:0"},
     AQ_ERR_MISMATCH,
     {"layer9/depthwise_conv/bn/moving_mean:0", "[3]"}},
    {"yamnet keras",
     {.widen = "layer3/pointwise_conv/bn/beta:0"},
     AQ_ERR_MISMATCH,
     {"layer3/pointwise_conv/bn/beta:0 is [2, 1]", "[2] is expected"}},
    {"yamnet keras",
     {.widen = "layer5/depthwise_conv/depthwise_kernel:0"},
     AQ_ERR_MISMATCH,
     {"[3, 3, 3, 1, 1]", "[3, 3, 3, 1] is expected"}},
    {"yamnet keras",
     {.drop = "layer14/pointwise_conv/kernel:0"},
     AQ_ERR_MISMATCH,
     {"layer14/pointwise_conv/kernel:0", "14 layers"}},
    {"yamnet tflite",
     {.extra = "conv_2d.14.weight"},
     AQ_ERR_MISMATCH,
     {"conv_2d.14.weight", "14 layers"}},
    {"yamnet tflite",
     {.drop = "depthwise_conv_2d.3.bias"},
     AQ_ERR_MISMATCH,
     {"depthwise_conv_2d.3.bias", "[3]"}},
    {"yamnet tflite",
     {.drop = "depthwise_conv_2d.12.weight"},
     AQ_ERR_NOT_FOUND,
     {"YAMNet", ""}}};

static void faults_are_named(void **state)
{
    AqExtractorMatch m;

    (void)state;
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++) {
        save(faults[k].net);
        change(&faults[k].c);
        const AqErr err = try_other(faults[k].net, &m);
        if (err != faults[k].err || !strstr(aq_err_text(), faults[k].says[0]) ||
            !strstr(aq_err_text(), faults[k].says[1]) || !strstr(aq_err_text(), other))
            fail_msg("case %zu: %s: %s", k, aq_err_name(err), aq_err_text());
    }
}

static void another_size_is_refused(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    save("swin_nano");
    assert_int_equal(aq_extractor_open(&x, "swin_b", whole, NULL), AQ_ERR_MISMATCH);
    assert_null(x);
    assert_non_null(strstr(aq_err_text(), "32 channels"));
    CHECK_OK(aq_extractor_open(&x, "swin", whole, NULL));
    aq_extractor_close(&x);
}

/* Which activation it is follows from TorchScript (OpenAI's own), else is asked for: a
 * guess would be wrong features without a word. */
static void an_activation_is_not_guessed(void **state)
{
    static const char *const given[] = {"act=gelu", "act=quick_gelu"};
    AqExtractor *x = NULL;

    (void)state;
    save("clip_vit");
    assert_int_equal(aq_extractor_open(&x, "clip_vit", whole, NULL), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "act=quick_gelu (all of OpenAI's"));
    for (size_t k = 0; k < 2; k++) {
        CHECK_OK(aq_extractor_open(&x, "clip_vit", whole, given[k]));
        assert_string_equal(aq_extractor_facts(x).switches, given[k]);
        assert_non_null(strstr(aq_extractor_facts(x).options,
                               k ? "act quick_gelu out grid" : "act gelu out grid"));
        aq_extractor_close(&x);
    }
    assert_int_equal(aq_extractor_open(&x, "clip_vit_b32", whole, "act=gelu"),
                     AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "64 channels"));
    assert_int_equal(aq_extractor_open(&x, "clip_vit", "seeded:1", NULL),
                     AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "clip_vit_l14_336"));
}

static void what_is_given_has_its_size(void **state)
{
    static const struct {
        const char *switches;
        int dims[3];
    } cases[] = {{"act=gelu", {2, 2, 64}},
                 {"act=gelu,out=grid_proj", {2, 2, 3}},
                 {"act=gelu,out=pooled", {1, 1, 3}}};
    AqExtractor *x = NULL;

    (void)state;
    save("clip_vit");
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        CHECK_OK(aq_extractor_open(&x, "clip_vit", whole, cases[k].switches));
        assert_memory_equal(aq_extractor_facts(x).out_dims, cases[k].dims,
                            sizeof cases[k].dims);
        aq_extractor_close(&x);
    }
}

/* ---- dlib's ResNet ---- */

#define DLIB TEST_DATA "/../fuzz/seeds/dlib/resnet.dnn"

/* Its depth and strides come from the layers, its pictures from the input; and what is
 * trained from there is the same network. */
static void dlib_resnet_is_its_own_variant(void **state)
{
    static const struct {
        const char *switches;
        int dims[3];
    } cases[] = {
        {NULL, {2, 2, 4}}, {"out=pooled", {1, 1, 4}}, {"out=scores", {1, 1, 2}}};
    AqExtractor *x = NULL;
    AqExtractorMatch m;
    AqWeights *w = NULL;

    (void)state;
    CHECK_OK(aq_weights_open(&w, DLIB));
    CHECK_OK(aq_extractor_identify(w, &m));
    assert_string_equal(m.name, "resnet");
    assert_non_null(
        strstr(m.about, "depths 1,1,1,1, basic blocks with pooled shortcuts"));
    aq_weights_unref(&w);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        CHECK_OK(aq_extractor_open(&x, "resnet", DLIB, cases[k].switches));
        const AqExtractorFacts f = aq_extractor_facts(x);
        assert_memory_equal(f.out_dims, cases[k].dims, sizeof cases[k].dims);
        assert_int_equal(f.input.dims[1], 99);
        assert_non_null(strstr(f.options, "pooled shortcuts"));
        char *recipe = f.input.def->recipe(&f.input);
        assert_non_null(strstr(recipe, "mean 0.481498,0.458827,0.409012 std 1.00392"));
        aq_free(recipe);
        if (k == 0)
            CHECK_OK(aq_extractor_save(x, other, "a test"));
        aq_extractor_close(&x);
    }
    CHECK_OK(aq_extractor_open(&x, "resnet", other, NULL));
    assert_non_null(strstr(aq_extractor_facts(x).options, "1,2,3,4 pooled shortcuts"));
    aq_extractor_close(&x);
    assert_int_equal(aq_extractor_open(&x, "resnet", other, "out=scores"),
                     AQ_ERR_MISMATCH); /* it was not trained */
    assert_non_null(strstr(aq_err_text(), "no classifier"));
}

/* Layers of the same shapes that do something else are another network: the stride of a
 * pool, pictures that come out uneven. */
static void other_dlib_networks_are_refused(void **state)
{
    static const struct {
        const char *behind, *says; /* a byte `at` behind a text is another one */
        int at, to;
    } cases[] = {{"avg_pool_2", "avg_pool 2x2/1x2+0x0", 5, 1},
                 {"max_pool_2", "max_pool 3x3/2x2+1x0", 9, 1},
                 {"input_rgb_image_sized", "32 m + 35", 19, 98}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const size_t text = strlen(cases[k].behind);
        AqExtractor *x = NULL;
        char *bytes = NULL;
        size_t n = 0, at = 0;

        CHECK_OK(aq_fs_read(DLIB, 1 << 20, &bytes, &n));
        while (memcmp(bytes + at, cases[k].behind, text) != 0)
            at++;
        bytes[at + text + (size_t)cases[k].at] = (char)cases[k].to;
        FILE *f = fopen(other, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(aq_extractor_open(&x, "resnet", other, NULL),
                         AQ_ERR_UNSUPPORTED);
        if (!strstr(aq_err_text(), cases[k].says))
            fail_msg("wants '%s': %s", cases[k].says, aq_err_text());
        aq_free(bytes);
    }
}

/* ---- switches ---- */

static void switches_are_recorded(void **state)
{
    static const struct {
        const char *net, *given, *kept;
    } cases[] = {{"swin_nano", NULL, ""},
                 {"swin_nano", "fit=squash,filter=bicubic", ""},
                 {"swin_nano", "fit=crop", "fit=crop"},
                 {"swin_nano", "short=182", "fit=crop"}, /* what it is anyway */
                 {"swin_nano", "short=232,filter=bilinear",
                  "fit=crop,short=232,filter=bilinear"},
                 {"swin_nano", "mean=0.5/0.5/0.5", "mean=0.5/0.5/0.5"},
                 {"swin_nano", "std=1/0.5/0.25", "std=1/0.5/0.25"},
                 {"clip_vit", "act=gelu", "act=gelu"},
                 {"clip_vit", "act=gelu,fit=crop", "act=gelu"},
                 {"clip_vit", "act=gelu,fit=squash", "fit=squash,act=gelu"},
                 {"clip_vit", "act=gelu,short=6", "fit=crop,short=6,act=gelu"},
                 {"clip_vit", "act=gelu,mean=0.5/0.5/0.5", "mean=0.5/0.5/0.5,act=gelu"},
                 {"clip_vit", "act=gelu,out=pooled", "out=pooled,act=gelu"},
                 {"resnet", NULL, ""},
                 {"resnet", "filter=bilinear", ""},
                 {"resnet", "filter=bicubic,out=pooled", "filter=bicubic,out=pooled"},
                 {"resnet", "out=scores", "out=scores"},
                 {"internvideo2", NULL, ""},
                 {"internvideo2", "pictures=4,size=4,act=gelu", ""},
                 {"internvideo2", "pictures=8", "pictures=8"},
                 {"internvideo2", "out=grid,grid=2", "out=grid"},
                 {"internvideo2", "act=gelu_tanh,grid=1,out=grid,size=8,fit=crop",
                  "fit=crop,out=grid,size=8,grid=1,act=gelu_tanh"},
                 {"hearing", "out=scores", ""},
                 {"hearing", "out=logodds", "out=logodds"},
                 {"yamnet", "out=embedding", ""},
                 {"yamnet", "out=scores", "out=scores"},
                 {"vggish_nano", "relu=on", ""},
                 {"vggish_nano", "relu=off", "relu=off"},
                 {"vggish_nano", "pca=off", ""}};

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        AqExtractor *x = NULL, *again = NULL;

        const int file = strstr(cases[k].net, "nano") == NULL;
        const char *weights = file ? whole : "seeded:1";

        if (file)
            save(cases[k].net);
        CHECK_OK(aq_extractor_open(&x, cases[k].net, weights, cases[k].given));
        assert_string_equal(aq_extractor_facts(x).switches, cases[k].kept);
        CHECK_OK(aq_extractor_open(&again, cases[k].net, weights,
                                   aq_extractor_facts(x).switches));
        const AqInput f = aq_extractor_facts(x).input,
                      g = aq_extractor_facts(again).input;
        char *a = f.def->recipe(&f), *b = g.def->recipe(&g);
        assert_string_equal(a, b);
        aq_free(a);
        aq_free(b);
        aq_extractor_close(&x);
        aq_extractor_close(&again);
    }
}

static void nonsense_is_refused(void **state)
{
    static const char *const swin[] = {"fit",         "fit=",       "fit=stretch",
                                       "short=100",   "short=1e9",  "mean=1",
                                       "std=0/1/1",   "mean=a/b/c", "filter=lanczos",
                                       "relu=off",    ",",          "fit=crop,,",
                                       "mean=nan/0/0"},
                             *const vggish[] = {"relu=maybe", "pca=/nowhere/pca.npz",
                                                "fit=crop", "relu"};
    AqExtractor *x = NULL;

    (void)state;
    for (size_t k = 0; k < sizeof swin / sizeof *swin; k++)
        if (aq_extractor_open(&x, "swin_nano", "seeded:1", swin[k]) != AQ_ERR_USAGE ||
            x)
            fail_msg("taken: %s", swin[k]);
    for (size_t k = 0; k < sizeof vggish / sizeof *vggish; k++)
        if (aq_extractor_open(&x, "vggish_nano", "seeded:1", vggish[k]) == AQ_OK || x)
            fail_msg("taken: %s", vggish[k]);
}

/* The identity's eigenvectors and a mean of 1: x' = clip(x - 1) in steps of 255/4. */
static void postprocessing_counts_in_steps(void **state)
{
    enum { W = AQ_PCA_WIDTH };
    static float matrix[W * W], means[W], x[2 * W];
    const int64_t square[] = {W, W}, column[] = {W, 1};
    AqWeightsWriter *w = NULL;
    AqPostprocess *p = NULL;

    (void)state;
    for (int k = 0; k < W; k++) {
        matrix[k * W + k] = 1;
        means[k] = 1;
        x[k] = 1;
        x[W + k] = k % 2 ? 9 : -9;
    }
    CHECK_OK(aq_weights_writer_new(&w));
    CHECK_OK(aq_weights_writer_add(w, "pca_eigen_vectors", 2, square, matrix, AQ_F32));
    CHECK_OK(aq_weights_writer_add(w, "pca_means", 2, column, means, AQ_F32));
    CHECK_OK(aq_weights_writer_commit(w, other));
    aq_weights_writer_free(&w);
    CHECK_OK(aq_postprocess_read(&p, other));
    aq_postprocess_run(p, x, 2);
    CHECK_NEAR(x[0], 128, 0, 0); /* 127.5, to even */
    CHECK_NEAR(x[W], 0, 0, 0);
    CHECK_NEAR(x[W + 1], 255, 0, 0);
    aq_free(p);
    save("vggish_nano"); /* other arrays are none of it */
    assert_int_equal(aq_postprocess_read(&p, whole), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "pca_eigen_vectors"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes_are_taken_off),
        cmocka_unit_test(unneeded_ones_are_known),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(another_size_is_refused),
        cmocka_unit_test(an_activation_is_not_guessed),
        cmocka_unit_test(what_is_given_has_its_size),
        cmocka_unit_test(dlib_resnet_is_its_own_variant),
        cmocka_unit_test(other_dlib_networks_are_refused),
        cmocka_unit_test(switches_are_recorded),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(postprocessing_counts_in_steps)};

    return cmocka_run_group_tests(tests, names, clean);
}
