/* SPDX-License-Identifier: MIT */
/*
 * The deep check of a store: files are compared with what was read of them, values and
 * questions are looked at.
 */
#include "base/alloc.h"
#include "base/digest.h"
#include "store/store_priv.h"
#include "tests/unit/check.h"
#include "tests/unit/store/toy_store.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t deep(const char *db, AqDeepCounts *counts)
{
    const AqDeepPlan plan = {.fault = aq_toy_tell, .told = aq_toy_tell};
    int64_t n = -1;
    AqStore *s = aq_toy_open(db, AQ_STORE_READ);

    aq_toy_told[0] = '\0';
    n = 0;
    CHECK_OK(aq_store_verify_deep(s, &plan, counts, &n));
    aq_store_close(&s);
    return n;
}

static void files_are_compared(void **state)
{
    AqDeepCounts c;
    char path[128];

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_audio, 2);
    aq_toy_put(aq_toy_a, "v3", 'c', &aq_toy_visual, 3);
    aq_toy_put_questions(aq_toy_a, "train", "two");
    aq_toy_give_file(aq_toy_a, "v1", "one");
    aq_toy_give_file(aq_toy_a, "v2", "two");
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_same, 2);
    assert_int_equal(c.n_missing, 1);
    assert_int_equal(c.n_values, 3 * AQ_TOY_T * AQ_TOY_C);
    assert_int_equal(c.n_questions, 1);
    aq_toy_has_told("v3: not compared: /videos/c/v3.mp4: No such file");
    (void)snprintf(path, sizeof path, "%s.v2.mp4", aq_toy_a);
    FILE *f = fopen(path, "ab");
    assert_non_null(f);
    (void)fputs("!", f);
    (void)fclose(f);
    (void)unlink("nothing");
    assert_int_equal(deep(aq_toy_a, &c), 1);
    assert_int_equal(c.n_changed, 1);
    aq_toy_has_told("v2.mp4 has different content");
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not be waited for */
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_missing, 2);
    aq_toy_has_told("is not a file");
}

static void more_than_a_batch_of_files(void **state)
{
    AqDeepCounts c;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_sql(
        aq_toy_a,
        "WITH RECURSIVE n(k) AS (VALUES(1) UNION ALL SELECT k + 1 FROM n WHERE "
        "k < 150) INSERT INTO videos SELECT NULL, 'w' || k, path, bytes, mtime_ns, "
        "sha256, duration_us, n_seconds, has_audio, has_video, notes, 'failed', "
        "'x', 'y', 0, 0, dataset FROM videos, n WHERE name = 'v1'");
    assert_int_equal(deep(aq_toy_a, &c), 0);
    assert_int_equal(c.n_missing, 151);
}

/* Values that are not finite pass the digest that goes with them. */
static void put_infinite(AqFeatureDtype dtype)
{
    const size_t size = dtype == AQ_FEATURE_F16 ? 2 : 4;
    const uint16_t half = 0x7c00; /* infinity */
    const float nan = NAN;
    unsigned char data[AQ_TOY_T * AQ_TOY_C * 4] = {0};
    uint8_t presence[AQ_TOY_T] = {1, 1, 0};
    AqRawFeatures raw = {.n_rows = AQ_TOY_T,
                         .h = 1,
                         .w = 1,
                         .c = AQ_TOY_C,
                         .dtype = dtype,
                         .presence = presence,
                         .data = data,
                         .presence_bytes = AQ_TOY_T,
                         .data_bytes = AQ_TOY_T * AQ_TOY_C * size};
    char head[128];
    AqSha256 *sha = NULL;

    if (size == 2)
        memcpy(data + 5 * size, &half, size);
    else
        memcpy(data + 5 * size, &nan, size);
    (void)snprintf(head, sizeof head, "avqa features 1 %d 1 1 %d %s\n", AQ_TOY_T,
                   AQ_TOY_C, aq_feature_dtype_name(dtype));
    CHECK_OK(aq_sha256_new(&sha));
    CHECK_OK(aq_sha256_add(sha, head, strlen(head)));
    CHECK_OK(aq_sha256_add(sha, presence, AQ_TOY_T));
    CHECK_OK(aq_sha256_add(sha, data, raw.data_bytes));
    CHECK_OK(aq_sha256_finish(&sha, raw.sha256));
    AqStore *s = aq_toy_open(aq_toy_a, AQ_STORE_WRITE);
    AqQuery q = aq_query(s, AQ_SQL_MERGE_PUT);
    const int64_t numbers[] = {1, 1, raw.n_rows, raw.h, raw.w, raw.c};
    for (int k = 0; k < 6; k++)
        aq_query_int(&q, 1 + k, numbers[k]);
    aq_query_text(&q, 7, aq_feature_dtype_name(dtype));
    aq_query_text(&q, 8, raw.sha256);
    aq_query_int(&q, 9, 1);
    aq_query_blob(&q, 10, presence, AQ_TOY_T);
    aq_query_blob(&q, 11, data, raw.data_bytes);
    aq_query_run(&q);
    CHECK_OK(aq_query_end(&q));
    aq_store_close(&s);
}

static void values_are_looked_at(void **state)
{
    AqDeepCounts c;

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    for (int k = AQ_FEATURE_F16; k <= AQ_FEATURE_F32; k++) {
        put_infinite((AqFeatureDtype)k);
        aq_toy_sound(aq_toy_a);
        assert_int_equal(deep(aq_toy_a, &c), 1);
        aq_toy_has_told("value 5 of the data is not finite");
    }
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    assert_int_equal(deep(aq_toy_a, &c), 0);
    aq_toy_sql(aq_toy_a, "UPDATE videos SET has_audio = 0");
    aq_toy_sound(aq_toy_a);
    assert_int_equal(deep(aq_toy_a, &c), 1);
    aq_toy_has_told("no such track");
}

static void questions_are_looked_at(void **state)
{
    static const char *const ways[] = {"video = 'a/b'",
                                       "answer = ''",
                                       "question = ''",
                                       "slot_values = '{}'",
                                       "slot_values = '[1]'",
                                       "slot_values = '['",
                                       "record = -1",
                                       "answer = 'a' || char(0)",
                                       "task = 3",
                                       "task = 1",
                                       "choices = '{}'",
                                       "choices = '[\"two\"]'",
                                       "task = 1, choices = '[\"one\"]'"};
    AqDeepCounts c;
    char text[128];

    (void)state;
    for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
        aq_toy_put_questions(aq_toy_a, "train", "two");
        aq_toy_put_questions(aq_toy_a, "val", "two");
        assert_int_equal(deep(aq_toy_a, &c), 0);
        (void)snprintf(text, sizeof text,
                       "UPDATE annotations SET %s WHERE split = 'train'", ways[k]);
        aq_toy_sql(aq_toy_a, text);
        if (deep(aq_toy_a, &c) != 1)
            fail_msg("not seen: %s", ways[k]);
        aq_toy_has_told("question 0 of band, train");
        assert_int_equal(c.n_questions, 2);
    }
}

static void the_deep_check_may_run_out_of_memory(void **state)
{
    AqDeepCounts c;
    const AqDeepPlan look = {.fault = aq_toy_tell, .told = aq_toy_tell};

    (void)state;
    aq_toy_put(aq_toy_a, "v1", 'a', &aq_toy_audio, 1);
    aq_toy_put(aq_toy_a, "v2", 'b', &aq_toy_visual, 2);
    aq_toy_put_failed(aq_toy_a, "v3", 'c');
    aq_toy_give_file(aq_toy_a, "v1", "there");
    aq_toy_put_questions(aq_toy_a, "train", "two");
    for (long n = 1;; n++) {
        const size_t before = aq_alloc_stats().n_live;
        AqStore *s = NULL;
        int64_t faults = 0;

        aq_toy_told[0] = '\0';
        aq_alloc_fail_after(n);
        AqErr err = aq_store_open(&s, aq_toy_a, AQ_STORE_READ);
        if (err == AQ_OK)
            err = aq_store_verify_deep(s, &look, &c, &faults);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        aq_store_close(&s);
        assert_int_equal(aq_alloc_stats().n_live, before);
        assert_int_equal(faults, 0);
        if (!failed) {
            CHECK_OK(err);
            assert_true(n > 10);
            break;
        }
        if (err != AQ_ERR_NOMEM)
            fail_msg("allocation %ld: %s: %s", n, aq_err_name(err), aq_err_text());
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, aq_toy_fresh, aq_toy_gone)
    const struct CMUnitTest tests[] = {
        CASE(files_are_compared), CASE(more_than_a_batch_of_files),
        CASE(values_are_looked_at), CASE(questions_are_looked_at),
        CASE(the_deep_check_may_run_out_of_memory)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
