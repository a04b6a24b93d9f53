/* SPDX-License-Identifier: MIT */
/* JSON as text: the whole of it, or nothing, whichever allocation fails. */
#include "base/text/json.h"

#include "base/alloc.h"
#include "tests/unit/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static long left = -1; /* of jansson's own allocations until one fails; -1: none does */

static void *failing_malloc(size_t n)
{
    return left >= 0 && left-- == 0 ? NULL : malloc(n); /* NOLINT: jansson's side */
}

static json_t *make(void)
{
    return json_pack("{s:s, s:[i, f, b], s:{s:s}}", "a key",
                     "a text that is no short "
                     "one, so that there is more than one piece of it",
                     "list", 1, 2.5, 1, "inner", "another key", "\"\n");
}

static void whole_or_nothing(void **state)
{
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    json_t *o = make();
    char *want = aq_json_text(o, JSON_COMPACT);
    assert_string_equal(
        want, "{\"a key\":\"a text that is no short one, so that there is more "
              "than one piece of it\",\"list\":[1,2.5,true],\"inner\":{\"another "
              "key\":\"\\\"\\n\"}}");
    for (long n = 0, failed = 1; failed; n++) {
        left = n;
        char *text = aq_json_text(o, JSON_COMPACT);
        failed = left < 0;
        left = -1;
        assert_true(!text || strcmp(text, want) == 0);
        aq_free(text);
        if (n > 10000)
            fail_msg("it never ends");
    }
    for (long n = 1;; n++) {
        aq_alloc_fail_after(n);
        char *text = aq_json_text(o, JSON_COMPACT);
        const int failed = aq_alloc_failed();
        aq_alloc_fail_after(0);
        assert_true(failed ? !text : text && strcmp(text, want) == 0);
        aq_free(text);
        if (!failed)
            break;
    }
    aq_free(want);
    json_decref(o);
    assert_null(aq_json_text(NULL, 0));
}

static void members_are_texts_and_numbers_finite(void **state)
{
    (void)state;
    json_t *o = json_pack("{s:s, s:i, s:n}", "text", "a", "number", 7, "nothing");

    assert_string_equal(aq_json_member_text(o, "text"), "a");
    assert_string_equal(aq_json_member_text(o, "number"), "");
    assert_string_equal(aq_json_member_text(o, "nothing"), "");
    assert_string_equal(aq_json_member_text(o, "none"), "");
    assert_string_equal(aq_json_member_text(NULL, "text"), "");
    json_decref(o);
    json_t *list = json_array();
    (void)json_array_append_new(list, aq_json_number(0.5));
    (void)json_array_append_new(list, aq_json_number(NAN));
    (void)json_array_append_new(list, aq_json_number(-INFINITY));
    char *text = aq_json_text(list, JSON_COMPACT);
    assert_string_equal(text, "[0.5,null,null]");
    aq_free(text);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_or_nothing),
        cmocka_unit_test(members_are_texts_and_numbers_finite)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
