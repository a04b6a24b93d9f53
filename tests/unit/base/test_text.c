/* SPDX-License-Identifier: MIT */
/* Names of any bytes: as text that may be shown, and as JSON. */
#include "base/text/text.h"

#include "base/alloc.h"
#include "base/text/json.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static void knows_utf8(void **state)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xe2\x82\xac",
                                       "\xed\x9f\xbf",
                                       "\xf0\x9f\x8e\xb9",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc1\xbf",
                                      "\xc3",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xe2\x82",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xff",
                                      "a\xffz"};

    (void)state;
    for (size_t k = 0; k < sizeof good / sizeof *good; k++)
        assert_true(aq_text_is_utf8(good[k], strlen(good[k])));
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_false(aq_text_is_utf8(bad[k], strlen(bad[k])));
}

static void escapes_what_is_none(void **state)
{
    (void)state;
    char *text = aq_text_utf8("a\xff\n\xc3\xa9\xe2\x82", 7);
    assert_string_equal(text, "a\\xff\n\xc3\xa9\\xe2\\x82");
    aq_free(text);
}

static void shows_no_control_characters(void **state)
{
    static const char plain[] = "caf\xc3\xa9 \\ x";
    char line[32] = "a:\n  b\x1b[1m\nc\r\n", full[8] = "\n\n\nabcd", *most;

    (void)state;
    assert_ptr_equal(aq_text_shown(plain), plain);
    assert_string_equal(aq_text_shown("\x1b[0m\n\t\r\x7f\xc2\x9b\xff\x01"),
                        "\\x1b[0m\\n\\t\\r\\x7f\\xc2\\x9b\\xff\\x01");
    aq_text_make_shown(line, sizeof line); /* its own layout stays */
    assert_string_equal(line, "a:\n  b\\x1b[1m\\nc\\r\n");
    aq_text_make_shown(full, sizeof full);
    assert_true(strlen(full) < sizeof full);
    assert_non_null(most = aq_alloc(9001, 1));
    memset(most, '\n', 9000);
    assert_true(strlen(aq_text_shown(most)) <= 4000);
    aq_free(most);
}

static void is_json(json_t *o, const char *want)
{
    char *text = aq_json_text(o, JSON_COMPACT);

    assert_string_equal(text, want);
    aq_free(text);
    json_decref(o);
}

static void packs_any_bytes(void **state)
{
    (void)state;
    is_json(aq_json_pack("{s:s, s:[i, I, s], s:{s:f}, s:b, s:n, s:s?, s:o, s:f}",
                         "name", "b\xff", "list", 1, (json_int_t)1 << 40, "\xfe", "in",
                         "x", 2.5, "yes", 1, "none", "null", NULL, "o", json_array(),
                         "nan", (double)NAN),
            "{\"name_bytes\":\"62ff\",\"name\":\"b\\\\xff\",\"list\":[1,1099511627776,"
            "\"\\\\xfe\"],\"in\":{\"x\":2.5},\"yes\":true,\"none\":null,\"null\":null,"
            "\"o\":[],\"nan\":null}");
    json_t *kept = json_object();
    assert_null(aq_json_pack("{s:o, s:O}", "missing", NULL, "kept", kept));
    assert_int_equal(kept->refcount, 1);
    json_decref(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(knows_utf8),
                                       cmocka_unit_test(escapes_what_is_none),
                                       cmocka_unit_test(shows_no_control_characters),
                                       cmocka_unit_test(packs_any_bytes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
