/* SPDX-License-Identifier: MIT */
/* Stages: everything arrives, failure and cancelling end every thread and leak nothing.
 */
#include "base/alloc.h"
#include "pipeline/parallel/stage.h"
#include "tests/unit/check.h"

#include <stdatomic.h>
#include <string.h>

enum { ITEMS = 2000 };

typedef struct World {
    AqStage *second;
    atomic_int n_first, n_second, n_dropped, n_open;
    atomic_long sum;
    int fail_at; /* the item at which the second stage fails; -1 never */
} World;

static AqErr open_worker(void *ctx, void **state)
{
    World *w = ctx;

    atomic_fetch_add(&w->n_open, 1);
    *state = w;
    return AQ_OK;
}

static void close_worker(void *ctx, void *state)
{
    World *w = ctx;

    (void)state;
    atomic_fetch_sub(&w->n_open, 1);
}

static AqErr first(void *ctx, void *state, void *item)
{
    World *w = ctx;

    (void)state;
    atomic_fetch_add(&w->n_first, 1);
    const AqErr err = aq_stage_put(w->second, item);
    if (err != AQ_OK) {
        atomic_fetch_add(&w->n_dropped, 1);
        aq_free(item);
    }
    return err;
}

static AqErr second(void *ctx, void *state, void *item)
{
    World *w = ctx;
    const int v = *(int *)item;

    (void)state;
    aq_free(item);
    atomic_fetch_add(&w->n_second, 1);
    atomic_fetch_add(&w->sum, v);
    return v == w->fail_at ? aq_fail(AQ_ERR_IO, "item %d broke", v) : AQ_OK;
}

static void drop(void *ctx, void *item)
{
    World *w = ctx;

    atomic_fetch_add(&w->n_dropped, 1);
    aq_free(item);
}

static AqErr run(World *w, int cancel_at)
{
    AqPipe *p = NULL;
    AqStage *source = NULL;
    const AqStageDef defs[] = {{.name = "first",
                                .n_workers = 3,
                                .n_queued = 2,
                                .ctx = w,
                                .open = open_worker,
                                .close = close_worker,
                                .run = first,
                                .drop = drop},
                               {.name = "second",
                                .n_workers = 2,
                                .n_queued = 3,
                                .ctx = w,
                                .open = open_worker,
                                .close = close_worker,
                                .run = second,
                                .drop = drop}};
    int n = 0;

    CHECK_OK(aq_pipe_new(&p));
    CHECK_OK(aq_pipe_add(p, &defs[0], &source));
    CHECK_OK(aq_pipe_add(p, &defs[1], &w->second));
    CHECK_OK(aq_pipe_start(p));
    for (; n < ITEMS; n++) {
        int *item = aq_alloc(1, sizeof *item);
        *item = n;
        if (n == cancel_at)
            aq_pipe_cancel(p, AQ_OK);
        if (aq_stage_put(source, item) != AQ_OK) {
            aq_free(item);
            break;
        }
    }
    const AqErr err = aq_pipe_finish(p);
    AqStageStats st;
    assert_true(aq_pipe_stats(p, 1, &st));
    assert_int_equal(st.n_items, atomic_load(&w->n_second));
    aq_pipe_free(&p);
    assert_int_equal(atomic_load(&w->n_open), 0);
    /* every item that was taken was run to its end or dropped */
    assert_int_equal(atomic_load(&w->n_second) + atomic_load(&w->n_dropped), n);
    return err;
}

static void all_items_arrive(void **state)
{
    World w = {.fail_at = -1};

    (void)state;
    CHECK_OK(run(&w, -1));
    assert_int_equal(atomic_load(&w.n_second), ITEMS);
    assert_int_equal(atomic_load(&w.sum), (long)ITEMS * (ITEMS - 1) / 2);
}

static void the_first_failure_is_told(void **state)
{
    (void)state;
    for (int at = 0; at < ITEMS; at += 397) {
        World w = {.fail_at = at};

        assert_int_equal(run(&w, -1), AQ_ERR_IO);
        assert_non_null(strstr(aq_err_text(), "broke"));
    }
}

static void cancelling_ends_it(void **state)
{
    World w = {.fail_at = -1};

    (void)state;
    CHECK_OK(run(&w, 500));
    assert_true(atomic_load(&w.n_second) < ITEMS);
}

static void square(void *arg, int task)
{
    ((atomic_int *)arg)[task] += task * task;
}

static void an_executor_runs_every_task_once(void **state)
{
    static atomic_int v[1000];

    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        AqThreadExecutor *x = NULL;

        CHECK_OK(aq_thread_executor_new(&x, threads));
        for (int round = 0; round < 20; round++) {
            for (int k = 0; k < 1000; k++)
                v[k] = 0;
            aq_executor_run(aq_thread_executor_as(x), square, v, 1000);
            for (int k = 0; k < 1000; k++)
                assert_int_equal(v[k], k * k);
        }
        aq_thread_executor_free(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_items_arrive), cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(cancelling_ends_it),
        cmocka_unit_test(an_executor_runs_every_task_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
