/* SPDX-License-Identifier: MIT */
/* Lists that grow one item at a time: nothing is lost, few blocks are made, and a
 * failure leaves the list as it was. */
#include "base/alloc.h"

#include "tests/unit/check.h"

static void a_list_grows_in_few_steps(void **state)
{
    enum { MANY = 100000 };
    int *list = NULL, n_blocks = 0;

    (void)state;
    for (size_t n = 0; n < MANY; n++) {
        int *v = aq_grow(list, n, sizeof *v);

        assert_non_null(v);
        n_blocks += v != list;
        list = v;
        list[n] = (int)n;
    }
    for (int k = 0; k < MANY; k++)
        assert_int_equal(list[k], k);
    assert_in_range(n_blocks, 2, 20);
    aq_free(list);
}

/* Items may be dropped from the end, and others follow. */
static void a_list_may_shrink_meanwhile(void **state)
{
    static const size_t dropped_to[] = {99, 64, 63, 9, 8, 7, 1, 0};
    int *list = NULL;
    size_t n = 0;

    (void)state;
    for (size_t round = 0; round < sizeof dropped_to / sizeof *dropped_to; round++) {
        for (; n < 100; n++) {
            int *v = aq_grow(list, n, sizeof *v);

            assert_non_null(v);
            list = v;
            list[n] = (int)n;
        }
        for (int k = 0; k < 100; k++)
            assert_int_equal(list[k], k);
        n = dropped_to[round];
    }
    aq_free(list);
}

static void a_failure_leaves_the_list(void **state)
{
    (void)state;
    int *list = aq_grow(NULL, 0, sizeof *list);
    assert_non_null(list);
    for (int k = 0; k < 8; k++)
        list[k] = k;
    aq_alloc_fail_after(1);
    assert_ptr_equal(aq_grow(list, 7, sizeof *list), list); /* there is room */
    assert_null(aq_grow(list, 8, sizeof *list));
    assert_true(aq_alloc_failed());
    aq_alloc_fail_after(0);
    for (int k = 0; k < 8; k++)
        assert_int_equal(list[k], k);
    assert_null(aq_grow(list, (size_t)1 << 62, sizeof *list)); /* would overflow */
    aq_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_list_grows_in_few_steps),
                                       cmocka_unit_test(a_list_may_shrink_meanwhile),
                                       cmocka_unit_test(a_failure_leaves_the_list)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
