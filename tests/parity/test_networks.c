/* SPDX-License-Identifier: MIT */
/*
 * Networks against outputs of the published code, InternVideo2 against those of a twin
 * in PyTorch (tests/data/reference/), with weights
 * that a formula makes. 1e-3 absolute leaves room for other orders of summation over
 * some 20 layers; what was seen is below 1e-5, and 2e-4 of ResNet-50, whose values go
 * to 100.
 */
#include "base/alloc.h"
#include "extract/networks/extractor.h"
#include "tests/parity/formula.h"
#include "tests/parity/stored.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int depths_t[4] = {2, 2, 6, 2}, heads_t[4] = {3, 6, 12, 24};
static const int depths_b[4] = {2, 2, 18, 2}, heads_b[4] = {4, 8, 16, 32};

/* Ways to run a network: its weights as they lie; laid out for OpenBLAS, for the best
 * back end there is, and in bfloat16. */
enum { PLAIN, OPENBLAS, BEST, BF16, N_WAYS };

static void set_way(AqExtractor *x, int way)
{
    if (way == OPENBLAS)
        (void)setenv("AVQA_BACKEND", "openblas", 1);
    else
        (void)unsetenv("AVQA_BACKEND");
    if (way != PLAIN)
        CHECK_OK(
            aq_extractor_freeze(x, way == BF16 ? AQ_PRECISION_BF16 : AQ_PRECISION_F32));
    assert_string_equal(aq_extractor_facts(x).precision, way == BF16 ? "bf16" : "f32");
}

/* Runs n seconds through the extractor; gives the output. */
static float *run(const char *name, const char *weights, const char *switches, int way,
                  const float *in, int n, size_t *count)
{
    AqExtractor *x = NULL;
    AqNn *nn = NULL;

    CHECK_OK(aq_extractor_open(&x, name, weights, switches));
    set_way(x, way);
    CHECK_OK(aq_nn_new(&nn, NULL));
    const AqExtractorFacts f = aq_extractor_facts(x);
    *count = (size_t)n * (size_t)f.out_dims[0] * (size_t)f.out_dims[1] *
             (size_t)f.out_dims[2];
    float *out = aq_alloc(*count, sizeof *out);
    CHECK_OK(aq_extractor_run(x, nn, in, n, out));
    aq_nn_free(&nn);
    aq_extractor_close(&x);
    return out;
}

/* The least cosine of a row (D) with what it should be. */
static double least_cosine(const float *have, const float *want, size_t n, size_t D)
{
    double least = 1;

    for (size_t r = 0; r < n; r += D) {
        double xy = 0, xx = 0, yy = 0;

        for (size_t k = r; k < r + D; k++) {
            xy += (double)have[k] * (double)want[k];
            xx += (double)have[k] * (double)have[k];
            yy += (double)want[k] * (double)want[k];
        }
        least = fmin(least, xy / sqrt(xx * yy));
    }
    return least;
}

/* In all ways that this machine has. */
static void check_ways(const char *name, const char *path, const char *switches,
                       const float *in, int n, const float *want, size_t n_want,
                       size_t D)
{
    for (int way = PLAIN; way < N_WAYS; way++) {
        size_t n_have;

        if (way == BF16 && aq_precision_check(AQ_PRECISION_BF16) != AQ_OK)
            continue;
        float *have = run(name, path, switches, way, in, n, &n_have);
        assert_int_equal(n_have, n_want);
        if (way == BF16) {
            const double c = least_cosine(have, want, n_want, D);
            print_message("bfloat16: least cosine of a row %.6f\n", c);
            assert_true(c > 0.999);
        } else {
            aq_stored_compare(have, want, n_want);
        }
        aq_free(have);
    }
    (void)unsetenv("AVQA_BACKEND");
}

static void vggish_is_the_published_one(void **state)
{
    char path[128];
    size_t n_in, n_want;

    (void)state;
    aq_stored_temp_path(path, sizeof path, "vggish");
    CHECK_OK(aq_formula_vggish(path));
    float *in = aq_stored_load("logmel_3x96x64.npy", &n_in);
    float *want = aq_stored_load("vggish_formula_3x128.npy", &n_want);
    check_ways("vggish", path, NULL, in, 3, want, n_want, 128);
    (void)unlink(path);
    aq_free(in);
    aq_free(want);
}

static void check_swin(const char *name, int embed, const int *depths, const int *heads,
                       AqFormulaNames names, const char *reference)
{
    const size_t n_in = (size_t)2 * 3 * 224 * 224;
    char path[128];
    size_t n_want;
    float *in = aq_alloc(n_in, sizeof *in);

    aq_stored_temp_path(path, sizeof path, name);
    CHECK_OK(aq_formula_swin(path, embed, depths, heads, names));
    aq_formula_fill(in, n_in, "image", 0, 1);
    float *want = aq_stored_load(reference, &n_want);
    check_ways(name, path, NULL, in, 2, want, n_want, (size_t)embed << 3);
    (void)unlink(path);
    aq_free(in);
    aq_free(want);
}

static void swin_t_is_the_published_one(void **state)
{
    (void)state;
    check_swin("swin_t", 96, depths_t, heads_t, AQ_FORMULA_TORCHVISION,
               "swin_t_formula_2x7x7.npy");
}

static void official_names_are_read(void **state)
{
    (void)state;
    check_swin("swin_t", 96, depths_t, heads_t, AQ_FORMULA_OFFICIAL,
               "swin_t_formula_2x7x7.npy");
}

static void swin_b_is_the_published_one(void **state)
{
    (void)state;
    check_swin("swin_b", 128, depths_b, heads_b, AQ_FORMULA_TORCHVISION,
               "swin_b_formula_2x7x7.npy");
}

/* One picture's output of a network, or of its grid the first cell, the middle one and
 * the last; n is what the reference has. */
static float *three_cells(float *have, size_t n_have, size_t n, size_t C)
{
    const size_t cells = n_have / C, at[] = {0, cells / 2, cells - 1};

    if (n == n_have)
        return have;
    assert_int_equal(n, 3 * C);
    for (size_t k = 0; k < 3; k++)
        memmove(have + k * C, have + at[k] * C, C * sizeof *have);
    return have;
}

/* In the ways from `first` to `last` of those that there are. */
static void check_picture(const char *name, const char *path, const char *switches,
                          int side, const char *reference, size_t C, int first,
                          int last)
{
    const size_t n_in = (size_t)(3 * side * side);
    float *in = aq_alloc(n_in, sizeof *in);
    size_t n_want, n_have;

    assert_non_null(in);
    aq_formula_fill(in, n_in, "image", 0, 1);
    float *want = aq_stored_load(reference, &n_want);
    for (int way = first; way <= last; way++) {
        float *have = run(name, path, switches, way, in, 1, &n_have);
        aq_stored_compare(three_cells(have, n_have, n_want, C), want, n_want);
        aq_free(have);
    }
    (void)unsetenv("AVQA_BACKEND");
    aq_free(in);
    aq_free(want);
}

static void clip_b32_is_the_published_one(void **state)
{
    char path[128];

    (void)state;
    aq_stored_temp_path(path, sizeof path, "clip");
    CHECK_OK(aq_formula_clip_b32(path));
    check_picture("clip_vit_b32", path, "act=quick_gelu", 224,
                  "clip_vit_b32_formula_3cells.npy", 768, BEST, BEST);
    check_picture("clip_vit_b32", path, "act=quick_gelu,out=pooled", 224,
                  "clip_vit_b32_formula_pooled.npy", 512, BEST, BEST);
    (void)unlink(path);
}

static void resnets_are_the_published_ones(void **state)
{
    static const int depths[][4] = {{2, 2, 2, 2}, {3, 4, 6, 3}};
    char path[128];

    (void)state;
    aq_stored_temp_path(path, sizeof path, "resnet");
    CHECK_OK(aq_formula_resnet(path, 0, depths[0]));
    check_picture("resnet18", path, NULL, 224, "resnet18_formula_3cells.npy", 512,
                  PLAIN, BEST);
    check_picture("resnet18", path, "out=pooled", 224, "resnet18_formula_pooled.npy",
                  512, BEST, BEST);
    CHECK_OK(aq_formula_resnet(path, 1, depths[1]));
    check_picture("resnet50", path, NULL, 224, "resnet50_formula_3cells.npy", 2048,
                  BEST, BEST);
    check_picture("resnet50", path, "out=pooled", 224, "resnet50_formula_pooled.npy",
                  2048, BEST, BEST);
    (void)unlink(path);
}

#define DLIB TEST_DATA "/../fuzz/seeds/dlib/resnet.dnn"

static void dlib_resnet_is_the_published_one(void **state)
{
    (void)state;
    check_picture("resnet", DLIB, NULL, 99, "dlib_resnet_formula_2x2.npy", 4, PLAIN,
                  BEST);
    check_picture("resnet", DLIB, "out=scores", 99, "dlib_resnet_formula_scores.npy", 2,
                  PLAIN, BEST);
}

/* Four pictures of 56x56: 65 tokens. */
static void internvideo2_is_its_twin(void **state)
{
    static const char *const outs[] = {"out=pooled", "out=grid"};
    static const char *const files[] = {"internvideo2_s_formula_768.npy",
                                        "internvideo2_s_formula_4x4.npy"};
    const size_t n_in = (size_t)4 * 3 * 56 * 56;
    char path[128];
    float *in = aq_alloc(n_in, sizeof *in);

    (void)state;
    aq_stored_temp_path(path, sizeof path, "internvideo2");
    CHECK_OK(aq_formula_network(path, "internvideo2_s", "pictures=4,size=56"));
    aq_formula_fill(in, n_in, "image", 0, 1);
    for (size_t k = 0; k < 2; k++) {
        size_t n_want;
        float *want = aq_stored_load(files[k], &n_want);

        check_ways("internvideo2_s", path, outs[k], in, 1, want, n_want, k ? 384 : 768);
        aq_free(want);
    }
    (void)unlink(path);
    aq_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clip_b32_is_the_published_one),
        cmocka_unit_test(resnets_are_the_published_ones),
        cmocka_unit_test(dlib_resnet_is_the_published_one),
        cmocka_unit_test(vggish_is_the_published_one),
        cmocka_unit_test(swin_t_is_the_published_one),
        cmocka_unit_test(official_names_are_read),
        cmocka_unit_test(swin_b_is_the_published_one),
        cmocka_unit_test(internvideo2_is_its_twin)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
