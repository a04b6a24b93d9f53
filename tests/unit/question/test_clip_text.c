/* SPDX-License-Identifier: MIT */
/* CLIP's text tower as files have it: names, vocabularies, precision, what is refused.
 */
#include "base/alloc.h"
#include "tests/unit/check.h"
#include "tests/unit/small_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { W = AQ_SMALL_TEXT_WIDTH, E = AQ_SMALL_TEXT_JOINT, MOST = AQ_SMALL_TEXT_CONTEXT };

static char path[64];

static AqErr open_with(AqClipText **t, const char *merges, const char *switches)
{
    AqWeights *w = NULL;
    AqBpe *b = NULL;

    if (merges)
        CHECK_OK(aq_bpe_read(&b, merges, strlen(merges), "merges"));
    CHECK_OK(aq_weights_open(&w, path));
    const AqErr err = aq_clip_text_open(t, w, 0, b, switches);
    if (err != AQ_OK)
        aq_bpe_free(&b);
    aq_weights_unref(&w);
    return err;
}

/* Rows of the question's tokens; how many. */
static int run_text(const AqClipText *t, const char *question, float *rows)
{
    int ids[MOST], n = 0;
    AqNn *nn = NULL;

    CHECK_OK(aq_clip_text_tokens(t, question, ids, &n));
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(nn, t, ids, n);
    assert_non_null(x);
    memcpy(rows, x->data, (size_t)n * W * sizeof *rows);
    aq_nn_free(&nn);
    return n;
}

static void tokens_stand_between_start_and_end(void **state)
{
    int ids[MOST], n;

    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, MOST);
    AqClipText *t = aq_small_text_open(path, "act=gelu");
    CHECK_OK(aq_clip_text_tokens(t, "low violin", ids, &n));
    assert_int_equal(n, 4);
    assert_int_equal(ids[0], 524);
    assert_int_equal(ids[1], 513);
    assert_int_equal(ids[3], 525);
    CHECK_OK(aq_clip_text_tokens(t, "", ids, &n));
    assert_int_equal(n, 2);
    CHECK_OK(aq_clip_text_tokens(t, "a b c d e f g h i j k", ids, &n));
    assert_int_equal(n, MOST); /* cut, and the end is the last */
    assert_int_equal(ids[MOST - 1], 525);
    aq_clip_text_free(&t);
}

static void later_words_do_not_change_earlier_rows(void **state)
{
    static float a[MOST * W], b[MOST * W];

    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, MOST);
    AqClipText *t = aq_small_text_open(path, "act=gelu");
    CHECK_OK(aq_clip_text_freeze(t));
    const int n = run_text(t, "low high", a), m = run_text(t, "low high violin?", b);
    assert_int_equal(m, n + 2);
    for (int k = 0; k < (n - 1) * W; k++)
        CHECK_NEAR(a[k], b[k], 1e-5, 1e-5);
    assert_true(fabsf(a[(n - 1) * W] - b[(n - 1) * W]) > 1e-4F);
    aq_clip_text_free(&t);
}

/* 0.05 of rows that are about 1 in size: bfloat16 has eight bits. */
static void bfloat16_is_near(void **state)
{
    static float a[MOST * W], b[MOST * W];

    (void)state;
    aq_small_text_write(path, AQ_SMALL_HUGGING_FACE, MOST);
    AqClipText *t = aq_small_text_open(path, "act=gelu"),
               *half = aq_small_text_open(path, "act=gelu,precision=bf16");
    if (aq_clip_text_freeze(half) == AQ_ERR_UNSUPPORTED) {
        aq_clip_text_free(&t);
        aq_clip_text_free(&half);
        skip();
    }
    const int n = run_text(t, "low violin", a);
    double worst = 0;
    assert_int_equal(run_text(half, "low violin", b), n);
    for (int k = 0; k < n * W; k++)
        worst = fmax(worst, fabs((double)a[k] - (double)b[k]));
    assert_true(worst > 0 && worst < 0.05);
    assert_non_null(strstr(aq_clip_text_about(half), "\"precision\":\"bf16\""));
    aq_clip_text_free(&t);
    aq_clip_text_free(&half);
}

/* As CLIPTextModel of Hugging Face is without its projection. */
static void without_a_projection_rows_are_pooled(void **state)
{
    AqWeights *w = NULL;
    AqWeightsWriter *to = NULL;
    char other[80];

    (void)state;
    aq_small_text_write(path, AQ_SMALL_HUGGING_FACE, MOST);
    (void)snprintf(other, sizeof other, "%s.part", path);
    CHECK_OK(aq_weights_open(&w, path));
    CHECK_OK(aq_weights_writer_new(&to));
    for (size_t k = 0; k < aq_weights_n(w); k++) {
        const AqWeight *t = aq_weights_at(w, k);

        if (!strstr(t->name, "projection"))
            CHECK_OK(aq_weights_writer_add_weight(to, t->name, t));
    }
    CHECK_OK(aq_weights_writer_commit(to, other));
    aq_weights_writer_free(&to);
    aq_weights_unref(&w);
    AqClipText *t = aq_small_text_open(other, "act=gelu");
    assert_int_equal(aq_clip_text_facts(t)->joint, 0);
    assert_int_equal(aq_clip_text_pooled(t), W);
    aq_clip_text_free(&t);
    (void)unlink(other);
}

static void refuse_text(const char *merges, const char *switches, AqErr as,
                        const char *why)
{
    AqClipText *t = NULL;

    assert_int_equal(open_with(&t, merges, switches), as);
    assert_null(t);
    if (!strstr(aq_err_text(), why))
        fail_msg("\"%s\" says nothing of \"%s\"", aq_err_text(), why);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, MOST);
    refuse_text("#version: 0.2\na b\n", "act=gelu", AQ_ERR_MISMATCH,
                "knows 526 tokens, but the vocabulary given with it makes 515");
    refuse_text(NULL, "act=gelu", AQ_ERR_NOT_FOUND, "--question-vocabulary");
    refuse_text(NULL, "act=gelu,depth=3", AQ_ERR_NOT_FOUND, "has no vocabulary");
    aq_small_text_write(path, AQ_SMALL_OPENAI, 2);
    refuse_text(NULL, "act=gelu", AQ_ERR_MISMATCH, "position embedding");
}

static void other_switches_are_refused(void **state)
{
    AqWeights *w = NULL;
    AqClipText *t = NULL;
    AqBpe *b = NULL;

    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, MOST);
    CHECK_OK(aq_bpe_open(&b, TEST_DATA "/../fuzz/seeds/bpe/simple.txt"));
    CHECK_OK(aq_weights_open(&w, path));
    assert_int_equal(aq_clip_text_open(&t, w, 0, b, "act=relu"), AQ_ERR_USAGE);
    assert_int_equal(aq_clip_text_open(&t, w, 0, b, "depth=3"), AQ_ERR_USAGE);
    assert_int_equal(aq_clip_text_open(&t, w, 0, b, NULL), AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "act=quick_gelu"));
    aq_bpe_free(&b); /* ours, as it was not taken */
    aq_weights_unref(&w);
}

static void a_seed_makes_the_same_tower(void **state)
{
    AqBpe *b = NULL;
    AqClipText *t = NULL;

    (void)state;

    CHECK_OK(aq_bpe_open(&b, TEST_DATA "/../fuzz/seeds/bpe/simple.txt"));
    CHECK_OK(aq_clip_text_open(&t, NULL, 1, b, NULL));
    assert_int_equal(aq_clip_text_facts(t)->width, 512);
    assert_int_equal(aq_clip_text_facts(t)->tokens, AQ_SMALL_TEXT_TOKENS);
    assert_non_null(strstr(aq_clip_text_about(t), "seeded:1"));
    char *about = aq_strdup(aq_clip_text_about(t));
    aq_clip_text_free(&t);
    CHECK_OK(aq_bpe_open(&b, TEST_DATA "/../fuzz/seeds/bpe/merges.txt"));
    CHECK_OK(aq_clip_text_open(&t, NULL, 1, b, "act=quick_gelu"));
    assert_string_equal(about, aq_clip_text_about(t));
    aq_free(about);
    aq_clip_text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_stand_between_start_and_end),
        cmocka_unit_test(later_words_do_not_change_earlier_rows),
        cmocka_unit_test(bfloat16_is_near),
        cmocka_unit_test(without_a_projection_rows_are_pooled),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(other_switches_are_refused),
        cmocka_unit_test(a_seed_makes_the_same_tower),
    };

    (void)snprintf(path, sizeof path, "/tmp/aq_text_files_%ld.safetensors",
                   (long)getpid());
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
