/* SPDX-License-Identifier: MIT */
/* Names of columns and cells in a description, and the kinds of instrument. */
#include "base/alloc.h"
#include "base/concepts/columns.h"
#include "base/concepts/kinds.h"

#include "tests/unit/check.h"

#include <string.h>

static const char *const three[] = {"violin", "acoustic_guitar", "none", NULL};
static const char *const cells[] = {"left", "best", NULL};

static void names_are_read_back(void **state)
{
    char *columns = aq_columns_text(AQ_COLUMNS_MARK, three),
         *places = aq_columns_text(AQ_CELLS_MARK, cells), name[32];
    char *whole = aq_strf("16 kHz%s%s; options: a=b", columns, places);

    (void)state;
    assert_string_equal(columns, "; columns: violin, acoustic_guitar, none");
    assert_int_equal(aq_columns_count(whole, AQ_COLUMNS_MARK), 3);
    assert_int_equal(aq_columns_count(whole, AQ_CELLS_MARK), 2);
    for (int k = 0; three[k]; k++)
        assert_string_equal(aq_columns_at(whole, AQ_COLUMNS_MARK, k, name, sizeof name),
                            three[k]);
    for (int k = 0; cells[k]; k++)
        assert_string_equal(aq_columns_at(whole, AQ_CELLS_MARK, k, name, sizeof name),
                            cells[k]);
    assert_null(aq_columns_at(whole, AQ_COLUMNS_MARK, 3, name, sizeof name));
    assert_string_equal(aq_columns_at(whole, AQ_COLUMNS_MARK, 0, name, 4), "vio");
    aq_free(whole);
    aq_free(columns);
    aq_free(places);
}

static void without_names_there_are_none(void **state)
{
    static const char *const other[] = {
        "16 kHz; options: a=b", "; columns:",        "; columns: ",
        "; columns: a,",        "; columns: a, ",    "; cells: a",
        "; columns: a b",       "; columns: a, ; b", "; columns: a,b"};
    char *none = aq_columns_text(AQ_COLUMNS_MARK, NULL), name[8];

    (void)state;
    assert_string_equal(none, "");
    for (size_t k = 0; k < sizeof other / sizeof *other; k++)
        if (aq_columns_count(other[k], AQ_COLUMNS_MARK) != 0)
            fail_msg("read: %s", other[k]);
    assert_null(aq_columns_at(other[0], AQ_COLUMNS_MARK, 0, name, sizeof name));
    aq_free(none);
}

static void kinds_are_found_by_name(void **state)
{
    (void)state;
    for (int k = 0; k < AQ_N_KINDS; k++) {
        assert_int_equal(aq_kind_find(aq_kind_names[k]), k);
        assert_true(k == 0 || strcmp(aq_kind_names[k - 1], aq_kind_names[k]) < 0);
    }
    assert_null(aq_kind_names[AQ_N_KINDS]);
    assert_int_equal(aq_kind_find("ukulele"), AQ_KIND_UKULELE);
    assert_int_equal(aq_kind_find("ukuleles"), -1);
    assert_int_equal(aq_kind_find(""), -1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(without_names_there_are_none),
        cmocka_unit_test(kinds_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
