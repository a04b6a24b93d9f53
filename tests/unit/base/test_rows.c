/* SPDX-License-Identifier: MIT */
/* What rows stand for: which plans there are, their sizes, their text and back. */
#include "base/rows.h"

#include "tests/unit/check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef struct Known {
    AqRowPlan plan;
    const char *text;
    int of_seven, pictures, rate; /* rows of 7 seconds; per row; per second */
    int64_t second_us;            /* where row 1 begins; -1: clips */
} Known;

static const Known known[] = {
    {{.per_second = 1}, "1 a second", 7, 1, 1, 1000000},
    {{.per_second = 5}, "5 a second", 35, 1, 5, 200000},
    {{.per_second = 8}, "8 a second", 56, 1, 8, 125000},
    {{.per_second = 1, .frames = 4}, "1 a second of 4 pictures", 7, 4, 4, 1000000},
    {{.per_second = 1, .frames = 8}, "1 a second of 8 pictures", 7, 8, 8, 1000000},
    {{.per_second = 1, .frames = 16}, "1 a second of 16 pictures", 7, 16, 16, 1000000},
    {{.per_second = 2, .frames = 32}, "2 a second of 32 pictures", 14, 32, 64, 500000},
    {{.clips = 8, .frames = 16}, "8 clips of 16 frames", 8, 16, 0, -1},
    {{.clips = 64, .frames = 1}, "64 clips of 1 frames", 64, 1, 0, -1}};
enum { N_KNOWN = sizeof known / sizeof *known };

static void plans_have_rows_and_pictures(void **state)
{
    (void)state;
    for (int k = 0; k < N_KNOWN; k++) {
        const AqRowPlan p = known[k].plan;

        assert_true(aq_rows_are_valid(p));
        assert_int_equal(aq_rows_count(p, 7), known[k].of_seven);
        assert_int_equal(aq_rows_pictures(p), known[k].pictures);
        assert_int_equal(aq_rows_rate(p), known[k].rate);
        assert_int_equal(aq_rows_are_clips(p), known[k].second_us < 0);
        assert_int_equal(aq_rows_are_seconds(p), known[k].second_us == 1000000);
        if (known[k].second_us > 0)
            assert_true(aq_rows_span(p, 1).from_us == known[k].second_us &&
                        aq_rows_span(p, 0).to_us == known[k].second_us);
    }
}

static void plans_are_the_same_only_as_themselves(void **state)
{
    const AqRowPlan one = {.per_second = 1, .frames = 1};

    (void)state;
    for (int i = 0; i < N_KNOWN; i++)
        for (int k = 0; k < N_KNOWN; k++)
            assert_int_equal(aq_rows_are_same(known[i].plan, known[k].plan), i == k);
    assert_true(aq_rows_are_valid(one)); /* said or not */
    assert_true(aq_rows_are_same(one, AQ_ROWS_SECONDS));
}

static void texts_are_read_back(void **state)
{
    char own[AQ_ROWS_TEXT], whole[160];

    (void)state;
    for (int k = 0; k < N_KNOWN; k++) {
        assert_string_equal(aq_rows_text(known[k].plan, own), known[k].text);
        (void)snprintf(whole, sizeof whole, "a; b" AQ_ROWS_MARK "%s; c", own);
        assert_true(aq_rows_are_same(aq_rows_of(whole), known[k].plan));
    }
}

/* What aq_rows_text() would not write is no plan. */
static void other_texts_are_not_read(void **state)
{
    static const char *const other[] = {"1 a second of 3 pictures",
                                        "1 a second of 1 pictures",
                                        "1 a second of 0 pictures",
                                        "1 a second of -4 pictures",
                                        "1 a second of 4 picture",
                                        "1 a second of 4 pictures ",
                                        "1 a second of 04 pictures",
                                        "1 a second of 128 pictures",
                                        "8 a second of 7 pictures",
                                        "3 a second of 4 pictures",
                                        "4 a second of",
                                        "8 clips of 16 pictures"};
    char whole[160];

    (void)state;
    for (size_t k = 0; k < sizeof other / sizeof *other; k++) {
        (void)snprintf(whole, sizeof whole, "a" AQ_ROWS_MARK "%s", other[k]);
        if (!aq_rows_are_same(aq_rows_of(whole), AQ_ROWS_SECONDS))
            fail_msg("read: %s", other[k]);
    }
}

/* Also of numbers from outside, which may be anything. */
static void other_plans_are_refused(void **state)
{
    static const AqRowPlan bad[] = {{0},
                                    {.per_second = 3},
                                    {.per_second = 16},
                                    {.per_second = -1, .frames = 4},
                                    {.per_second = INT_MAX, .frames = INT_MAX},
                                    {.per_second = 1, .frames = 3},
                                    {.per_second = 1, .frames = -4},
                                    {.per_second = 1, .frames = 65},
                                    {.per_second = 8, .frames = 24},
                                    {.per_second = 1, .clips = 8, .frames = 16},
                                    {.frames = 16},
                                    {.clips = 8},
                                    {.clips = 65, .frames = 1},
                                    {.clips = 1, .frames = 65}};

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        if (aq_rows_are_valid(bad[k]))
            fail_msg("plan %zu is taken", k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_have_rows_and_pictures),
        cmocka_unit_test(plans_are_the_same_only_as_themselves),
        cmocka_unit_test(texts_are_read_back),
        cmocka_unit_test(other_texts_are_not_read),
        cmocka_unit_test(other_plans_are_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
