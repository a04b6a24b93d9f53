/* SPDX-License-Identifier: MIT */
/*
 * Networks for pictures shown clips of frames (rows=KxM): a row is what the network
 * gives for each of its frames, one below the other; what is recorded opens the same.
 */
#include "base/rng.h"
#include "extract/networks/extractor.h"
#include "tests/unit/check.h"
#include "tests/unit/small_nets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 3, FRAMES = 4 };
#define CLIPS "rows=5x4"

static const char *const path = "test_clip_rows.safetensors";
static float in[ROWS * FRAMES * 3 * 224 * 224], each[1 << 17], all[1 << 17];

static AqExtractor *open_small(const char *name, const char *weights,
                               const char *switches)
{
    AqExtractor *x = NULL;

    CHECK_OK(aq_extractor_open(&x, name, weights, switches));
    return x;
}

/* The most pictures that the last stage gave at once, each a grid of `cells`. */
typedef struct Pictures {
    int most, cells;
} Pictures;

static void note_pictures(void *ctx, const char *what, int number, const AqTensor *x)
{
    Pictures *p = ctx;

    if (strcmp(what, "stage") != 0 || number != 4)
        return;
    const int n = x->n_dims > 2 ? x->dims[0] : x->dims[0] / p->cells;
    p->most = n > p->most ? n : p->most;
}

/* `switches` without clips, and the same with. */
static void check_apart(const char *name, const char *weights, const char *switches)
{
    char with[128];
    AqNn *nn = NULL;
    AqRng rng = aq_rng(7, 0);
    double most = 0;

    (void)snprintf(with, sizeof with, "%s," CLIPS, switches);
    AqExtractor *one = open_small(name, weights, switches),
                *clips = open_small(name, weights, with);
    const AqExtractorFacts a = aq_extractor_facts(one), b = aq_extractor_facts(clips);
    const size_t n_in = aq_extractor_values(a.input.dims),
                 n_out = aq_extractor_values(a.out_dims);

    assert_true(aq_rows_are_same(a.input.plan, AQ_ROWS_SECONDS));
    assert_true(
        aq_rows_are_same(b.input.plan, (AqRowPlan){.clips = 5, .frames = FRAMES}));
    assert_int_equal(b.input.dims[0], FRAMES * 3);
    assert_int_equal(b.out_dims[0], FRAMES * a.out_dims[0]);
    assert_int_equal(b.out_dims[1], a.out_dims[1]);
    assert_int_equal(b.out_dims[2], a.out_dims[2]);
    CHECK_NEAR(b.gflop, FRAMES * a.gflop, 1e-12, 0);
    assert_string_equal(a.weights_sha256, b.weights_sha256);
    assert_true(n_in * ROWS * FRAMES <= sizeof in / sizeof *in);
    assert_true(n_out * ROWS * FRAMES <= sizeof all / sizeof *all);
    for (size_t k = 0; k < n_in * ROWS * FRAMES; k++)
        in[k] = (float)aq_rng_normal(&rng);
    CHECK_OK(aq_nn_new(&nn, 0));
    for (int k = 0; k < ROWS * FRAMES; k++)
        CHECK_OK(aq_extractor_run(one, nn, in + (size_t)k * n_in, 1,
                                  each + (size_t)k * n_out));
    Pictures pictures = {.cells = a.out_dims[0] * a.out_dims[1]};
    const AqExtractorTap tap = {.seen = note_pictures, .ctx = &pictures};
    CHECK_OK(aq_extractor_run_tapped(clips, nn, in, ROWS, all, &tap));
    assert_true(pictures.most <= a.batch); /* no more memory than for seconds */
    for (size_t k = 0; k < n_out * ROWS * FRAMES; k++) {
        most = fmax(most, fabs((double)each[k]));
        CHECK_NEAR(all[k], each[k], 1e-4, 1e-4); /* other batches */
    }
    assert_true(most > 1e-3); /* not all zeros */
    aq_nn_free(&nn);
    aq_extractor_close(&one);
    one = open_small(name, weights, b.switches); /* as recorded */
    const AqExtractorFacts c = aq_extractor_facts(one);
    assert_true(aq_rows_are_same(b.input.plan, c.input.plan));
    assert_string_equal(b.switches, c.switches);
    assert_string_equal(b.options, c.options);
    aq_extractor_close(&one);
    aq_extractor_close(&clips);
}

static void clips_are_their_frames(void **state)
{
    (void)state;
    aq_small_clip_write(path);
    check_apart("clip_vit", path, "act=gelu");
    check_apart("clip_vit", path, "act=gelu,out=pooled");
    aq_small_resnet_write(path, 1);
    check_apart("resnet", path, "fit=crop");
    check_apart("resnet", path, "out=pooled");
    (void)unlink(path);
    check_apart("swin_nano", "seeded:1", "fit=crop");
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "rows=8",    "rows=8x",    "rows=x16",   "rows=0x16",  "rows=8x0", "rows=65x1",
        "rows=1x65", "rows=8x16x", "rows=-8x16", "rows=8x16 ", "rows=4/s"};
    AqExtractor *x = NULL;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        if (aq_extractor_open(&x, "resnet18", "seeded:1", bad[k]) != AQ_ERR_USAGE)
            fail_msg("taken: %s", bad[k]);
        assert_non_null(strstr(aq_err_text(), "as in rows=8x16"));
        assert_null(x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(clips_are_their_frames),
                                       cmocka_unit_test(other_texts_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
