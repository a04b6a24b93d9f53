/* SPDX-License-Identifier: MIT */
/* Seconds taken for missing: as many as asked for, the same for one seed, never all. */
#include "model/data/hide.h"

#include "tests/unit/check.h"

#include <string.h>

enum { N = 10, CLIPS = 1000 };

static int count(const uint8_t *present)
{
    int n = 0;

    for (int t = 0; t < N; t++)
        n += present[t];
    return n;
}

static int hide(uint8_t *present, double share, uint64_t seed)
{
    memset(present, 1, N);
    aq_hide_seconds(present, N, share, aq_rng(seed, 0));
    return count(present);
}

static void the_share_is_hidden(void **state)
{
    uint8_t present[N];

    (void)state;
    for (int tenths = 0; tenths <= 8; tenths += 4) {
        long left = 0;

        for (uint64_t seed = 0; seed < CLIPS; seed++)
            left += hide(present, tenths / 10.0, seed);
        const double share = 1 - (double)left / (N * CLIPS);
        CHECK_NEAR(share, tenths / 10.0, 0.02, 0);
    }
}

static void a_seed_hides_the_same(void **state)
{
    uint8_t a[N], b[N];
    int differ = 0;

    (void)state;
    for (uint64_t seed = 0; seed < CLIPS; seed++) {
        (void)hide(a, 0.5, seed);
        (void)hide(b, 0.5, seed);
        assert_memory_equal(a, b, N);
        (void)hide(b, 0.5, seed + 1);
        differ += memcmp(a, b, N) != 0;
    }
    assert_true(differ > CLIPS * 9 / 10);
}

/* What was absent stays so; of what is there, one second stays. */
static void never_all(void **state)
{
    uint8_t present[N];

    (void)state;
    for (uint64_t seed = 0; seed < CLIPS; seed++) {
        memset(present, 0, N);
        present[3] = present[7] = 1;
        aq_hide_seconds(present, N, 1, aq_rng(seed, 0));
        assert_int_equal(count(present), 1);
        assert_true(present[3] || present[7]);
    }
    memset(present, 0, N);
    aq_hide_seconds(present, N, 0.5, aq_rng(1, 0));
    assert_int_equal(count(present), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_share_is_hidden),
        cmocka_unit_test(a_seed_hides_the_same),
        cmocka_unit_test(never_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
