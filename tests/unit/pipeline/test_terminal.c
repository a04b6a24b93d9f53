/* SPDX-License-Identifier: MIT */
/* How wide a terminal is, and text that is cut to fit. */
#include "pipeline/ui/terminal.h"
#include "tests/unit/check.h"

#include <stdlib.h>

static void width_is_what_is_said_or_80(void **state)
{
    (void)state;
    (void)setenv("COLUMNS", "132", 1);
    assert_int_equal(aq_terminal_columns(-1), 132);
    (void)setenv("COLUMNS", "nonsense", 1);
    assert_int_equal(aq_terminal_columns(-1), 80);
    (void)setenv("COLUMNS", "3", 1);
    assert_int_equal(aq_terminal_columns(-1), 80);
    (void)unsetenv("COLUMNS");
    assert_int_equal(aq_terminal_columns(-1), 80);
}

static void text_is_cut_in_the_middle(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(aq_text_shorten(out, sizeof out, "abcdefghij", 10),
                        "abcdefghij");
    assert_string_equal(aq_text_shorten(out, sizeof out, "abcdefghijk", 10),
                        "abcd...ijk");
    assert_string_equal(aq_text_shorten(out, sizeof out, "abcdefghijk", 5), "a...k");
    assert_string_equal(aq_text_shorten(out, sizeof out, "", 5), "");
}

static void characters_stay_whole(void **state)
{
    char out[64];

    (void)state;
    assert_int_equal(aq_text_columns("äöü€𝄞"), 5);
    assert_string_equal(aq_text_shorten(out, sizeof out, "ääääääöööööö", 9),
                        "äää...ööö");
    assert_string_equal(aq_text_skip("äb𝄞c", 2), "𝄞c");
    assert_string_equal(aq_text_skip("ab", 7), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(width_is_what_is_said_or_80),
                                       cmocka_unit_test(text_is_cut_in_the_middle),
                                       cmocka_unit_test(characters_stay_whole)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
