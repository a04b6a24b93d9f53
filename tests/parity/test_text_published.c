/* SPDX-License-Identifier: MIT */
/*
 * CLIP's text tower of ViT-B/32 against transformers' outputs (tests/data/reference/),
 * with weights that a formula makes and the small vocabulary of tests/fuzz/seeds/bpe,
 * from the question's text on. 1e-3 absolute leaves room for other orders of summation
 * over 12 layers; what was seen is below 1e-5.
 */
#include "base/alloc.h"
#include "model/question/clip/clip_text.h"
#include "tests/parity/formula.h"
#include "tests/parity/stored.h"
#include "tests/unit/check.h"

#include <string.h>
#include <unistd.h>

enum { W = 512, E = 512, CONTEXT = 77, TOKENS = 526 };

static AqClipText *open_tower(void)
{
    AqWeights *w = NULL;
    AqClipText *t = NULL;
    AqBpe *b = NULL;
    char path[128];

    aq_stored_temp_path(path, sizeof path, "clip_text");
    CHECK_OK(aq_formula_clip_text_b32(path, TOKENS));
    CHECK_OK(aq_bpe_open(&b, TEST_DATA "/../fuzz/seeds/bpe/simple.txt.gz"));
    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_clip_text_open(&t, w, 0, b, "act=quick_gelu"));
    aq_weights_unref(&w);
    (void)unlink(path);
    return t;
}

/* The text's rows (n,W) and what is pooled (E). */
static int run_tower(const AqClipText *t, const char *text, float *rows, float *pooled)
{
    int ids[CONTEXT], n = 0;
    AqNn *nn = NULL;

    CHECK_OK(aq_clip_text_tokens(t, text, ids, &n));
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(nn, t, ids, n),
             *p = aq_clip_text_pool(nn, t, aq_slice(nn, x, 0, n - 1, 1));
    CHECK_OK(aq_nn_error(nn));
    memcpy(rows, x->data, (size_t)n * W * sizeof *rows);
    memcpy(pooled, p->data, E * sizeof *pooled);
    aq_nn_free(&nn);
    return n;
}

/* A question of four tokens; and one of more than there is room for, of which the
 * first, the middle and the last row are kept. */
static void compare_tower(const AqClipText *t)
{
    static float rows[CONTEXT * W], pooled[2 * E], three[3 * W];
    char text[512] = "";
    size_t n;

    for (int k = 0; k < 30; k++)
        (void)strcat(text, "low violin? ");
    assert_int_equal(run_tower(t, "Low violin", rows, pooled), 4);
    assert_int_equal(run_tower(t, text, rows, pooled + E), CONTEXT);
    for (int k = 0; k < 3; k++)
        memcpy(three + k * W, rows + k * (CONTEXT / 2) * W, W * sizeof *three);
    float *want = aq_stored_load("clip_text_b32_formula_3rows.npy", &n);
    assert_int_equal(n, 3 * W);
    aq_stored_compare(three, want, n);
    aq_free(want);
    want = aq_stored_load("clip_text_b32_formula_pooled.npy", &n);
    assert_int_equal(n, 2 * E);
    aq_stored_compare(pooled, want, n);
    aq_free(want);
}

static void text_tower_is_the_published_one(void **state)
{
    AqClipText *t = open_tower();

    (void)state;
    compare_tower(t);
    CHECK_OK(aq_clip_text_freeze(t));
    compare_tower(t);
    aq_clip_text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_tower_is_the_published_one)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
