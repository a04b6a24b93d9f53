/* SPDX-License-Identifier: MIT */
/*
 * Reading ahead: clips that were asked for come from the worker, once each, with their
 * errors; others are not found; nothing hangs where the worker is slow, the table full,
 * the store gone or the end early.
 */
#include "pipeline/inputs/read_ahead.h"

#include "tests/unit/check.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAD = 13 };

typedef struct Reads {
    atomic_int n, delay_ms;
} Reads;

static AqErr read_one(void *ctx, AqStore *s, size_t clip, AqClipFeatures *out)
{
    Reads *r = ctx;
    const struct timespec t = {.tv_nsec = 1000000L * atomic_load(&r->delay_ms)};

    assert_non_null(s);
    (void)nanosleep(&t, NULL);
    atomic_fetch_add(&r->n, 1);
    if (clip == BAD)
        return aq_fail(AQ_ERR_STORE, "clip %zu is broken", clip);
    *out = (AqClipFeatures){.n_seconds = (int)clip + 100};
    return AQ_OK;
}

static char path[64];

static int make_store(void **state)
{
    AqStore *s = NULL;

    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/aq_ahead_%ld.db", (long)getpid());
    if (aq_store_open(&s, path, AQ_STORE_CREATE) != AQ_OK)
        return -1;
    aq_store_close(&s);
    return 0;
}

static int drop_store(void **state)
{
    static const char *const tails[] = {"", "-wal", "-shm"};
    char file[80];

    (void)state;
    for (size_t k = 0; k < 3; k++) {
        (void)snprintf(file, sizeof file, "%s%s", path, tails[k]);
        (void)unlink(file);
    }
    return 0;
}

static void want(AqReadAhead *r, const size_t *clips, int n)
{
    for (int k = 0; k < n; k++)
        aq_read_ahead_want(r, clips[k]);
}

static void take(AqReadAhead *r, size_t clip, int want_found)
{
    AqClipFeatures f = {0};
    int found = 0;

    CHECK_OK(aq_read_ahead_take(r, clip, &f, &found));
    assert_int_equal(found, want_found);
    if (found)
        assert_int_equal(f.n_seconds, clip + 100);
}

static void clips_come_once(void **state)
{
    const size_t clips[] = {4, 2, 9, 4};
    Reads reads = {0};
    AqReadAhead *r = NULL;

    (void)state;
    CHECK_OK(aq_read_ahead_new(&r, path, read_one, &reads));
    take(r, 4, 0);
    want(r, clips, 4); /* the second 4 is known already */
    take(r, 9, 1);
    take(r, 4, 1);
    take(r, 4, 0);
    want(r, clips, 1); /* and can be asked for again */
    take(r, 4, 1);
    assert_int_equal(atomic_load(&reads.n), 4);
    aq_read_ahead_free(&r); /* with 2 not taken */
    assert_null(r);
}

static void faults_are_the_clips(void **state)
{
    const size_t clips[] = {1, BAD, 3};
    Reads reads = {0};
    AqReadAhead *r = NULL;
    AqClipFeatures f;
    int found = 0;

    (void)state;
    CHECK_OK(aq_read_ahead_new(&r, path, read_one, &reads));
    want(r, clips, 3);
    assert_int_equal(aq_read_ahead_take(r, BAD, &f, &found), AQ_ERR_STORE);
    assert_true(found);
    assert_non_null(strstr(aq_err_text(), "clip 13 is broken"));
    take(r, 1, 1);
    take(r, 3, 1);
    aq_read_ahead_free(&r);
}

static void slow_and_full(void **state)
{
    enum { MANY = AQ_AHEAD_MOST + 20 };
    size_t clips[MANY];
    Reads reads = {.delay_ms = 1};
    AqReadAhead *r = NULL;

    (void)state;
    for (size_t k = 0; k < MANY; k++)
        clips[k] = 1000 + k;
    CHECK_OK(aq_read_ahead_new(&r, path, read_one, &reads));
    want(r, clips, MANY);
    take(r, clips[100], 1); /* waits */
    take(r, clips[MANY - 1], 0);
    aq_read_ahead_free(&r); /* while it still reads */
    assert_true(atomic_load(&reads.n) < MANY);
}

static void without_a_store_all_is_read_as_before(void **state)
{
    const size_t clips[] = {5, 6};
    Reads reads = {0};
    AqReadAhead *r = NULL;

    (void)state;
    CHECK_OK(aq_read_ahead_new(&r, "/nowhere/store.db", read_one, &reads));
    for (int k = 0; k < 20; k++) {
        want(r, clips, 2);
        take(r, 5, 0);
    }
    assert_int_equal(atomic_load(&reads.n), 0);
    aq_read_ahead_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clips_come_once), cmocka_unit_test(faults_are_the_clips),
        cmocka_unit_test(slow_and_full),
        cmocka_unit_test(without_a_store_all_is_read_as_before)};

    return cmocka_run_group_tests(tests, make_store, drop_store);
}
