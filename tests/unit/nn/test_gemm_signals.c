/* SPDX-License-Identifier: MIT */
/*
 * Products under a timer whose handler uses the stack of the thread that multiplies: no
 * back end may keep anything where a signal's frame is written.
 */
#define _DEFAULT_SOURCE /* setitimer */
#include "base/alloc.h"
#include "base/rng.h"
#include "model/tensor/gemm.h"
#include "tests/unit/check.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>

enum { M = 192, N = 256, K = 512, PERIOD_US = 500, ENOUGH = 200, MOST = 20000 };

static volatile sig_atomic_t taken;

static void on_timer(int sig)
{
    volatile unsigned char own[2048];

    for (size_t k = 0; k < sizeof own; k++)
        own[k] = (unsigned char)sig;
    taken++;
}

static void set_timer(int us)
{
    const struct itimerval t = {.it_interval = {.tv_usec = us},
                                .it_value = {.tv_usec = us}};

    assert_int_equal(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static float *drawn(size_t n, uint64_t seed)
{
    float *x = aq_alloc(n, sizeof *x);
    AqRng rng = aq_rng(seed, 0);

    assert_non_null(x);
    for (size_t k = 0; k < n; k++)
        x[k] = (float)aq_rng_range(&rng, -1, 1);
    return x;
}

static void handlers_change_no_value(void **state)
{
    const size_t bytes = (size_t)M * N * sizeof(float);
    float *a = drawn((size_t)M * K, 1), *b = drawn((size_t)K * N, 2),
          *want = drawn((size_t)M * N, 3), *have = drawn((size_t)M * N, 4);
    const struct sigaction handled = {.sa_handler = on_timer, .sa_flags = SA_RESTART};

    (void)state;
    assert_int_equal(sigaction(SIGALRM, &handled, NULL), 0);
    for (int way = 0; way < 4; way++) {
        const AqTrans ta = way & 1 ? AQ_T : AQ_N, tb = way & 2 ? AQ_T : AQ_N;
        const int lda = ta == AQ_T ? M : K, ldb = tb == AQ_T ? K : N;

        aq_gemm(want, N, a, lda, ta, b, ldb, tb, M, N, K, 1, 0);
        taken = 0;
        set_timer(PERIOD_US);
        for (int n = 0; taken < ENOUGH && n < MOST; n++) {
            aq_gemm(have, N, a, lda, ta, b, ldb, tb, M, N, K, 1, 0);
            assert_memory_equal(have, want, bytes);
        }
        set_timer(0);
        assert_true(taken > 0);
    }
    aq_free(a);
    aq_free(b);
    aq_free(want);
    aq_free(have);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(handlers_change_no_value)};

    aq_gemm_setup();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
