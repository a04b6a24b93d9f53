/* SPDX-License-Identifier: MIT */
/* The rows of questions: each text once, its end last, and what is kept of it. */
#include "base/alloc.h"
#include "model/question/clip/text_bank.h"
#include "tests/unit/check.h"
#include "tests/unit/small_text.h"

#include <string.h>
#include <unistd.h>

enum { W = AQ_SMALL_TEXT_WIDTH, E = AQ_SMALL_TEXT_JOINT, MOST = AQ_SMALL_TEXT_CONTEXT };

static char path[64];
static AqClipText *tower;
static AqTextBank *bank;

static int open_bank(void **state)
{
    (void)state;
    aq_small_text_write(path, AQ_SMALL_OPENAI, MOST);
    tower = aq_small_text_open(path, "act=gelu");
    CHECK_OK(aq_text_bank_new(&bank, tower));
    return 0;
}

static int close_bank(void **state)
{
    (void)state;
    aq_text_bank_free(&bank);
    aq_clip_text_free(&tower);
    return 0;
}

/* What the tower gives for the text: rows (n,W), pooled (E). */
static int run_alone(const char *text, float *rows, float *pooled)
{
    int ids[MOST], n;
    AqNn *nn = NULL;

    CHECK_OK(aq_clip_text_tokens(tower, text, ids, &n));
    CHECK_OK(aq_nn_new(&nn, NULL));
    aq_nn_begin(nn, AQ_NN_INFER);
    AqTensor *x = aq_clip_text_rows(nn, tower, ids, n),
             *p = aq_clip_text_pool(nn, tower, aq_slice(nn, x, 0, n - 1, 1));
    assert_non_null(p);
    memcpy(rows, x->data, (size_t)n * W * sizeof *rows);
    memcpy(pooled, p->data, E * sizeof *pooled);
    aq_nn_free(&nn);
    return n;
}

static void rows_are_those_of_the_tower(void **state)
{
    static float rows[MOST * W], pooled[E];
    int ids[MOST], n;

    (void)state;
    CHECK_OK(aq_text_bank_ids(bank, "low high violin", ids, MOST, &n));
    const int all = run_alone("low high violin", rows, pooled);
    const AqTextRows *r = aq_text_bank_rows(bank);
    assert_int_equal(n, all - 1); /* the start is no row */
    for (int k = 0; k < n; k++) {
        assert_int_equal(ids[k], AQ_TEXT_FIRST + k);
        assert_memory_equal(r->states + (size_t)ids[k] * W, rows + (size_t)(k + 1) * W,
                            W * sizeof *rows);
        assert_int_equal(r->ends[ids[k]], k == n - 1 ? 0 : -1);
    }
    assert_memory_equal(r->pooled, pooled, sizeof pooled);
    for (int k = n; k < MOST; k++)
        assert_int_equal(ids[k], AQ_TEXT_PAD);
    assert_int_equal(r->tokens[ids[0]], 513); /* "low</w>" */
    for (int k = 0; k < AQ_TEXT_FIRST * W; k++)
        assert_true(r->states[k] >= 0 && r->states[k] <= 0);
}

static void a_text_is_read_once(void **state)
{
    int a[MOST], b[MOST], n, m;

    (void)state;
    CHECK_OK(aq_text_bank_ids(bank, "low", a, MOST, &n));
    CHECK_OK(aq_text_bank_ids(bank, "high", b, MOST, &m));
    const int rows = aq_text_bank_rows(bank)->n;
    CHECK_OK(aq_text_bank_ids(bank, "low", b, MOST, &m));
    assert_int_equal(aq_text_bank_rows(bank)->n, rows);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, sizeof a);
}

static void of_too_many_words_the_end_stays(void **state)
{
    int ids[MOST], n;

    (void)state;
    CHECK_OK(aq_text_bank_ids(bank, "low high low violin", ids, 3, &n));
    assert_int_equal(n, 3);
    assert_int_equal(aq_text_bank_rows(bank)->ends[ids[2]], 0);
    assert_int_equal(aq_text_bank_rows(bank)->tokens[ids[1]], 516); /* "high</w>" */
    CHECK_OK(aq_text_bank_ids(bank, "", ids, 3, &n));
    assert_int_equal(n, 1);
    assert_int_equal(aq_text_bank_rows(bank)->ends[ids[0]], 1);
}

/* More texts and rows than there was room for at first; the first are as they were. */
static void a_bank_grows(void **state)
{
    enum { TEXTS = 1200 };
    static float first[W];
    int ids[MOST], again[MOST], n;
    char text[32];

    (void)state;
    CHECK_OK(aq_text_bank_ids(bank, "0", ids, MOST, &n));
    memcpy(first, aq_text_bank_rows(bank)->states + (size_t)ids[0] * W, sizeof first);
    for (int k = 0; k < TEXTS; k++) {
        (void)snprintf(text, sizeof text, "%d", k);
        CHECK_OK(aq_text_bank_ids(bank, text, again, MOST, &n));
    }
    CHECK_OK(aq_text_bank_ids(bank, "0", again, MOST, &n));
    assert_memory_equal(ids, again, sizeof ids);
    const AqTextRows *r = aq_text_bank_rows(bank);
    assert_memory_equal(r->states + (size_t)ids[0] * W, first, sizeof first);
    assert_true(r->n > 3000);
    CHECK_OK(aq_text_bank_ids(bank, "1199", again, MOST, &n));
    assert_int_equal(r->ends[again[n - 1]], TEXTS - 1);
}

static void names_are_kept(void **state)
{
    static float mean[W];
    const AqTensor *e = aq_clip_text_embedding(tower);
    int ids[MOST], n;

    (void)state;
    CHECK_OK(aq_text_bank_keep(bank, "violin"));
    CHECK_OK(aq_text_bank_ids(bank, "low violin", ids, MOST, &n));
    assert_int_equal(n, 3);
    assert_false(aq_text_bank_keeps(bank, AQ_TEXT_UNKNOWN));
    assert_false(aq_text_bank_keeps(bank, ids[0]));
    assert_true(aq_text_bank_keeps(bank, ids[1]));
    assert_true(aq_text_bank_keeps(bank, ids[2])); /* the end */
    CHECK_OK(aq_text_bank_mean(bank, "low violin", mean));
    for (int k = 0; k < W; k++)
        CHECK_NEAR(mean[k], (e->data[513 * W + k] + e->data[523 * W + k]) / 2, 1e-6,
                   1e-5);
    CHECK_OK(aq_text_bank_mean(bank, " ", mean));
    CHECK_NEAR(mean[3], 0, 0, 0);
}

static void running_out_of_memory_is_told(void **state)
{
    long n = 1;

    (void)state;
    for (int done = 0; !done; n++) {
        AqTextBank *b = NULL;
        int ids[MOST], n_ids = 0;

        aq_alloc_fail_after(n);
        AqErr err = aq_text_bank_new(&b, tower);
        if (err == AQ_OK)
            err = aq_text_bank_ids(b, "low violin", ids, MOST, &n_ids);
        done = !aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_int_equal(err, done ? AQ_OK : AQ_ERR_NOMEM);
        aq_text_bank_free(&b);
    }
    assert_true(n > 10);
}

int main(void)
{
#define BANK_TEST(f) cmocka_unit_test_setup_teardown(f, open_bank, close_bank)
    const struct CMUnitTest tests[] = {
        BANK_TEST(rows_are_those_of_the_tower),
        BANK_TEST(a_text_is_read_once),
        BANK_TEST(of_too_many_words_the_end_stays),
        BANK_TEST(a_bank_grows),
        BANK_TEST(names_are_kept),
        BANK_TEST(running_out_of_memory_is_told),
    };

    (void)snprintf(path, sizeof path, "/tmp/aq_text_bank_%ld.safetensors",
                   (long)getpid());
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
