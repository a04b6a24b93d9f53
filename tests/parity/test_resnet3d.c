/* SPDX-License-Identifier: MIT */
/*
 * ResNeXt and R(2+1)D over clips: small files by their publishers' names against the
 * formulas, place by place in double precision with the batch norms as they are; files
 * that are something else; switches.
 */
#include "base/alloc.h"
#include "base/rng.h"
#include "extract/input/frames.h"
#include "extract/networks/extractor.h"
#include "model/weights/weights.h"
#include "tests/unit/check.h"
#include "tests/unit/small_nets.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 112, PICTURES = 3, ROWS = 2 };

static char path[64], other[64];

typedef void (*WriteNet)(const char *path, int folded);
static const WriteNet writers[] = {aq_small_resnext3d_write, aq_small_r2plus1d_write};

/* ---- the formulas ---- */

typedef struct Clip {
    int C, size[3];
    double *v; /* (C,T,H,W) */
} Clip;

static Clip new_clip(int C, const int size[3])
{
    Clip x = {.C = C, .size = {size[0], size[1], size[2]}};

    x.v = calloc((size_t)C * (size_t)size[0] * (size_t)size[1] * (size_t)size[2],
                 sizeof *x.v);
    assert_non_null(x.v);
    return x;
}

/* A place of channel c, or NULL outside. */
static double *place(const Clip *x, int c, int t, int y, int col)
{
    const int *s = x->size;

    if (t < 0 || y < 0 || col < 0 || t >= s[0] || y >= s[1] || col >= s[2])
        return NULL;
    return &x->v[((c * s[0] + t) * s[1] + y) * s[2] + col];
}

static float *values_of(AqWeights *w, const char *at, const char *leaf,
                        const int64_t **dims)
{
    char name[96];

    (void)snprintf(name, sizeof name, "%s%s", at, leaf);
    const AqWeight *t = aq_weights_find(w, name);
    assert_non_null(t);
    float *v = calloc(t->count, sizeof *v);
    assert_non_null(v);
    CHECK_OK(aq_weight_to_floats(t, 0, t->count, v));
    if (dims)
        *dims = t->dims;
    return v;
}

/* One output value of filter k (I,KT,KH,KW) whose group begins at channel `first`. */
static double sum_taps(const Clip *x, const float *k, const int64_t *dims, int first,
                       const int at[3])
{
    double sum = 0;

    for (int i = 0; i < dims[1]; i++)
        for (int t = 0; t < dims[2]; t++)
            for (int y = 0; y < dims[3]; y++)
                for (int c = 0; c < dims[4]; c++, k++) {
                    const double *v =
                        place(x, first + i, at[0] + t, at[1] + y, at[2] + c);

                    sum += v ? *v * (double)*k : 0;
                }
    return sum;
}

/* The convolution called "AT CONV", padded to keep odd filters centred, then the batch
 * norm "AT NORM", and a ReLU or none. */
static Clip conv_norm(AqWeights *w, const Clip *x, const char *at, const char *conv,
                      const char *norm, const int stride[3], int relu)
{
    static const char *const leaves[] = {".weight", ".bias", ".running_mean",
                                         ".running_var"};
    const int64_t *dims;
    char name[96];
    float *n[4];

    (void)snprintf(name, sizeof name, "%s.weight", conv);
    float *k = values_of(w, at, name, &dims);
    for (int j = 0; j < 4; j++) {
        (void)snprintf(name, sizeof name, "%s%s", norm, leaves[j]);
        n[j] = values_of(w, at, name, NULL);
    }
    const int O = (int)dims[0], I = (int)dims[1], groups = x->C / I;
    const size_t each = (size_t)(dims[1] * dims[2] * dims[3] * dims[4]);
    int size[3], pad[3];
    for (int d = 0; d < 3; d++) {
        pad[d] = (int)dims[2 + d] / 2;
        size[d] = (x->size[d] + 2 * pad[d] - (int)dims[2 + d]) / stride[d] + 1;
    }
    Clip y = new_clip(O, size);
    double *to = y.v;
    for (int o = 0; o < O; o++)
        for (int p = 0; p < size[0] * size[1] * size[2]; p++) {
            const int from[] = {p / size[2] / size[1] * stride[0] - pad[0],
                                p / size[2] % size[1] * stride[1] - pad[1],
                                p % size[2] * stride[2] - pad[2]};
            const double v =
                ((sum_taps(x, k + (size_t)o * each, dims, o / (O / groups) * I, from) -
                  (double)n[2][o]) /
                 sqrt((double)n[3][o] + 1e-5)) *
                    (double)n[0][o] +
                (double)n[1][o];

            *to++ = relu && v < 0 ? 0 : v;
        }
    for (int j = 0; j < 4; j++)
        free(n[j]);
    free(k);
    return y;
}

/* 3x3x3, stride 2, padding 1. */
static Clip pool_clip(const Clip *x)
{
    const int size[] = {(x->size[0] - 1) / 2 + 1, (x->size[1] - 1) / 2 + 1,
                        (x->size[2] - 1) / 2 + 1};
    Clip y = new_clip(x->C, size);
    double *to = y.v;

    for (int c = 0; c < x->C; c++)
        for (int p = 0; p < size[0] * size[1] * size[2]; p++) {
            double top = -1e300;

            for (int k = 0; k < 27; k++) {
                const double *v = place(x, c, p / size[2] / size[1] * 2 - 1 + k / 9,
                                        p / size[2] % size[1] * 2 - 1 + k / 3 % 3,
                                        p % size[2] * 2 - 1 + k % 3);
                top = v && *v > top ? *v : top;
            }
            *to++ = top;
        }
    return y;
}

static void step_on(Clip *x, Clip next)
{
    free(x->v);
    *x = next;
}

/* Names of a block's convolutions and norms, and which stride each has: of the block's
 * in time, and in height and width. */
static const struct {
    const char *conv, *norm;
    int in_time, in_place;
} parts[2][4] = {
    {{"conv1", "bn1", 0, 0}, {"conv2", "bn2", 1, 1}, {"conv3", "bn3", 0, 0}},
    {{"conv1.0.0", "conv1.0.1", 0, 1},
     {"conv1.0.3", "conv1.1", 1, 0},
     {"conv2.0.0", "conv2.0.1", 0, 0},
     {"conv2.0.3", "conv2.1", 0, 0}}};

static void block_on(AqWeights *w, Clip *x, int kind, int s)
{
    const int by = s > 1 ? 2 : 1, n = kind ? 4 : 3, past[] = {by, by, by};
    Clip y = new_clip(x->C, x->size);
    char at[16], name[64];

    (void)snprintf(at, sizeof at, "layer%d.0.", s);
    memcpy(y.v, x->v,
           sizeof *y.v * (size_t)(x->C * x->size[0] * x->size[1]) * (size_t)x->size[2]);
    for (int k = 0; k < n; k++) {
        const int t = parts[kind][k].in_time ? by : 1,
                  p = parts[kind][k].in_place ? by : 1, stride[] = {t, p, p};

        step_on(&y, conv_norm(w, &y, at, parts[kind][k].conv, parts[kind][k].norm,
                              stride, k + 1 < n));
    }
    (void)snprintf(name, sizeof name, "%sdownsample.0.weight", at);
    if (aq_weights_find(w, name))
        step_on(x, conv_norm(w, x, at, "downsample.0", "downsample.1", past, 0));
    for (int k = 0; k < y.C * y.size[0] * y.size[1] * y.size[2]; k++)
        y.v[k] = fmax(y.v[k] + x->v[k], 0);
    step_on(x, y);
}

/* From a row of pictures (PICTURES,3,SIDE,SIDE) to the last stage. */
static Clip last_stage(AqWeights *w, const float *row, int kind)
{
    static const int halved[] = {1, 2, 2}, kept[] = {1, 1, 1};
    Clip x = new_clip(3, (const int[]){PICTURES, SIDE, SIDE});

    for (int c = 0; c < 3; c++)
        for (int t = 0; t < PICTURES; t++)
            for (int p = 0; p < SIDE * SIDE; p++)
                x.v[(c * PICTURES + t) * SIDE * SIDE + p] =
                    (double)row[(t * 3 + c) * SIDE * SIDE + p];
    if (kind == 0) {
        step_on(&x, conv_norm(w, &x, "", "conv1", "bn1", halved, 1));
        step_on(&x, pool_clip(&x));
    } else {
        step_on(&x, conv_norm(w, &x, "", "stem.0", "stem.1", halved, 1));
        step_on(&x, conv_norm(w, &x, "", "stem.3", "stem.4", kept, 1));
    }
    for (int s = 1; s <= 4; s++)
        block_on(w, &x, kind, s);
    return x;
}

/* have: (h,w,C), or (C) */
static void compare_row(const Clip *want, const float *have, int is_grid)
{
    const int T = want->size[0], S = want->size[1] * want->size[2];

    for (int c = 0; c < want->C; c++) {
        double all = 0;

        for (int p = 0; p < S; p++) {
            double mean = 0;

            for (int t = 0; t < T; t++)
                mean += want->v[(c * T + t) * S + p] / T;
            all += mean / S;
            if (is_grid)
                CHECK_NEAR(have[p * want->C + c], mean, 2e-4, 2e-5);
        }
        if (!is_grid)
            CHECK_NEAR(have[c], all, 1e-4, 2e-5);
    }
}

/* ---- what the program makes of the same ---- */

static float *drawn_rows(size_t n)
{
    float *v = calloc(n, sizeof *v);
    AqRng rng = aq_rng(3, 1);

    assert_non_null(v);
    for (size_t k = 0; k < n; k++)
        v[k] = (float)aq_rng_normal(&rng);
    return v;
}

static void check_net(int kind, const char *switches, int frozen)
{
    AqExtractor *x = NULL;
    AqWeights *w = NULL;
    AqNn *nn = NULL;
    const int is_grid = strstr(switches, "grid") != NULL;

    CHECK_OK(aq_extractor_open(&x, "resnet3d", path, switches));
    if (frozen)
        CHECK_OK(aq_extractor_freeze(x, AQ_PRECISION_F32));
    const AqExtractorFacts f = aq_extractor_facts(x);
    const size_t each = aq_extractor_values(f.input.dims),
                 given = aq_extractor_values(f.out_dims);
    assert_int_equal(each, PICTURES * 3 * SIDE * SIDE);
    float *in = drawn_rows(ROWS * each), *out = calloc(ROWS * given, sizeof *out);
    assert_non_null(out);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, ROWS, out));
    CHECK_OK(aq_weights_open(&w, path));
    for (size_t r = 0; r < ROWS; r++) {
        Clip want = last_stage(w, in + r * each, kind);

        assert_int_equal(
            given, (size_t)want.C *
                       (is_grid ? (size_t)want.size[1] * (size_t)want.size[2] : 1));
        compare_row(&want, out + r * given, is_grid);
        free(want.v);
    }
    free(in);
    free(out);
    aq_nn_free(&nn);
    aq_weights_unref(&w);
    aq_extractor_close(&x);
}

static void networks_follow_their_formulas(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        writers[kind](path, 0);
        check_net(kind, "rows=2x3", 0);
        check_net(kind, "rows=2x3,out=grid", 1);
    }
}

/* ---- files ---- */

/* `path` to `other` behind a prefix, but for what is dropped or replaced. */
typedef struct FileChange {
    const char *prefix, *drop, *as; /* `as`: dropped for that one's values */
} FileChange;

static void change_file(const FileChange *c)
{
    AqWeightsWriter *to = NULL;
    AqWeights *w = NULL;
    char name[160];

    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_weights_writer_new(&to));
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);

        (void)snprintf(name, sizeof name, "%s%s", c->prefix ? c->prefix : "", t->name);
        if (c->drop && strcmp(t->name, c->drop) == 0)
            t = c->as ? aq_weights_find(w, c->as) : NULL;
        if (t)
            CHECK_OK(aq_weights_writer_add_weight(to, name, t));
    }
    CHECK_OK(aq_weights_writer_commit(to, other));
    aq_weights_writer_free(&to);
    aq_weights_unref(&w);
}

static AqErr open_other(AqExtractorMatch *m)
{
    AqExtractor *x = NULL;
    AqWeights *w = NULL;

    CHECK_OK(aq_weights_open(&w, other));
    AqErr err = aq_extractor_identify(w, m);
    if (err == AQ_OK)
        err = aq_extractor_open_weights(&x, "resnet3d", w, NULL);
    aq_extractor_close(&x);
    aq_weights_unref(&w);
    return err;
}

static void prefixes_come_off(void **state)
{
    static const char *const prefixes[] = {"", "module.", "net.backbone."};
    static const char *const about[][2] = {
        {"ResNeXt over clips of depths 1,1,1,1, 2 groups, 6 channels at the end; names: "
         "3D-ResNets-PyTorch",
         "names: this program's"},
        {"R(2+1)D of depths 1,1,1,1, 4 channels at the end; names: torchvision",
         "names: this program's"}};
    AqExtractorMatch m;

    (void)state;
    for (int kind = 0; kind < 2; kind++)
        for (int folded = 0; folded < 2; folded++)
            for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++) {
                const FileChange c = {.prefix = prefixes[k]};

                writers[kind](path, folded);
                change_file(&c);
                CHECK_OK(open_other(&m));
                assert_string_equal(m.name, "resnet3d");
                assert_int_equal(m.modality, AQ_VISUAL);
                assert_non_null(strstr(m.about, about[kind][folded]));
            }
}

static void others_are_refused(void **state)
{
    static const struct {
        int kind;
        FileChange c;
        AqErr err;
        const char *says;
    } cases[] = {
        {0, {.drop = "conv1.weight"}, AQ_ERR_NOT_FOUND, "ResNeXt and R(2+1)D"},
        {0,
         {.drop = "conv1.weight", .as = "layer1.0.conv1.weight"},
         AQ_ERR_UNSUPPORTED,
         "begins with a convolution of 1x1x1 over 2 channels"},
        {0,
         {.drop = "layer2.0.conv2.weight"},
         AQ_ERR_MISMATCH,
         "layer2.0 has no three convolutions"},
        {0,
         {.drop = "layer2.0.conv2.weight", .as = "layer2.0.conv3.weight"},
         AQ_ERR_UNSUPPORTED,
         "see 4 of 4 channels"},
        {0,
         {.drop = "layer3.0.downsample.0.weight"},
         AQ_ERR_UNSUPPORTED,
         "padded with zeros (type A)"},
        {0,
         {.drop = "layer3.0.bn2.running_var"},
         AQ_ERR_MISMATCH,
         "has no tensor layer3.0.bn2.running_var"},
        {0,
         {.drop = "layer4.0.conv3.weight", .as = "layer4.0.conv1.weight"},
         AQ_ERR_MISMATCH,
         "layer4.0.bn3.weight is [6] where [4] is expected"},
        {1, {.drop = "stem.3.weight"}, AQ_ERR_UNSUPPORTED, "r3d_18 and mc3_18 are not"},
        {1,
         {.drop = "layer2.0.conv1.0.3.weight"},
         AQ_ERR_MISMATCH,
         "layer2.0 has no convolutions in two halves"},
        {1,
         {.drop = "layer2.0.conv2.0.3.weight", .as = "layer2.0.downsample.0.weight"},
         AQ_ERR_UNSUPPORTED,
         "9 and 4 channels between the halves of its convolutions, where "
         "torchvision's R(2+1)D has 9"},
        {1,
         {.drop = "layer4.0.conv2.1.bias", .as = "stem.1.bias"},
         AQ_ERR_MISMATCH,
         "layer4.0.conv2.1.bias is [3] where [4] is expected"}};
    AqExtractorMatch m;

    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        writers[cases[k].kind](path, 0);
        change_file(&cases[k].c);
        const AqErr err = open_other(&m);
        if (err != cases[k].err || !strstr(aq_err_text(), cases[k].says))
            fail_msg("case %zu: %s: %s", k, aq_err_name(err), aq_err_text());
    }
}

/* ---- names, switches, rows ---- */

static void check_facts(const char *name, const char *weights, const char *given,
                        const char *kept, const char *recipe, const int dims[6])
{
    AqExtractor *x = NULL;

    CHECK_OK(aq_extractor_open(&x, name, weights, given));
    const AqExtractorFacts f = aq_extractor_facts(x);
    assert_string_equal(f.switches, kept);
    for (int d = 0; d < 3; d++) {
        assert_int_equal(f.input.dims[d], dims[d]);
        assert_int_equal(f.out_dims[d], dims[3 + d]);
    }
    char *text = f.input.def->recipe(&f.input);
    if (!strstr(text, recipe))
        fail_msg("%s: %s", name, text);
    aq_free(text);
    aq_extractor_close(&x);
}

#define RAW                                                                            \
    "bicubic a=-0.5 antialiased in 8 bits v2, squash; /255, mean 0,0,0 std 0.0039"
#define KINETIC "mean 0.43216,0.394666,0.37645 std 0.22803,0.22145,0.216989 to 112x112"

static void rows_and_pictures_are_as_asked(void **state)
{
    AqExtractor *x = NULL;

    (void)state;
    aq_small_resnext3d_write(path, 0);
    check_facts("resnet3d", path, NULL, "", RAW, (int[]){48, 112, 112, 1, 1, 6});
    check_facts("resnet3d", path, "rows=8x16", "rows=8x16", RAW,
                (int[]){48, 112, 112, 1, 1, 6});
    check_facts("resnet3d", path, "rows=2x5,out=grid", "out=grid,rows=2x5", RAW,
                (int[]){15, 112, 112, 4, 4, 6});
    aq_small_r2plus1d_write(path, 0);
    check_facts("resnet3d", path, "out=grid", "out=grid", KINETIC,
                (int[]){48, 112, 112, 7, 7, 4});
    check_facts("resnet3d", path, "fit=crop,short=128", "fit=crop", KINETIC,
                (int[]){48, 112, 112, 1, 1, 4});
    check_facts("r2plus1d_18", "seeded:1", NULL, "", KINETIC,
                (int[]){48, 112, 112, 1, 1, 512});
    assert_int_equal(aq_extractor_open(&x, "resnet3d", "seeded:1", NULL),
                     AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "resnext101_3d, r2plus1d_18"));
    assert_int_equal(aq_extractor_open(&x, "r2plus1d_18", path, NULL), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "which is not r2plus1d_18"));
    assert_int_equal(aq_extractor_open(&x, "resnet3d", path, "rows=8"), AQ_ERR_USAGE);
    assert_int_equal(aq_extractor_open(&x, "resnet3d", path, "out=cell"), AQ_ERR_USAGE);
}

/* In half precision, with our own names. */
static void a_saved_one_gives_the_same(void **state)
{
    AqExtractor *x = NULL, *again = NULL;
    float out[2][4];
    AqNn *nn = NULL;

    (void)state;
    aq_small_r2plus1d_write(path, 0);
    CHECK_OK(aq_extractor_open(&x, "resnet3d", path, "rows=2x3"));
    CHECK_OK(aq_extractor_save(x, other, "a test"));
    CHECK_OK(aq_extractor_open(&again, "resnet3d", other, "rows=2x3"));
    float *in = drawn_rows((size_t)PICTURES * 3 * SIDE * SIDE);
    CHECK_OK(aq_nn_new(&nn, NULL));
    CHECK_OK(aq_extractor_run(x, nn, in, 1, out[0]));
    CHECK_OK(aq_extractor_run(again, nn, in, 1, out[1]));
    for (int k = 0; k < 4; k++)
        CHECK_NEAR(out[1][k], out[0][k], 0.01 * fabs((double)out[0][k]), 0.01);
    free(in);
    aq_nn_free(&nn);
    aq_extractor_close(&x);
    aq_extractor_close(&again);
}

static int name_files(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_r3_%ld.safetensors", (long)getpid());
    (void)snprintf(other, sizeof other, "/tmp/aq_r3o_%ld.safetensors", (long)getpid());
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(other);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(networks_follow_their_formulas),
                                       cmocka_unit_test(prefixes_come_off),
                                       cmocka_unit_test(others_are_refused),
                                       cmocka_unit_test(rows_and_pictures_are_as_asked),
                                       cmocka_unit_test(a_saved_one_gives_the_same)};

    return cmocka_run_group_tests(tests, name_files, remove_files);
}
