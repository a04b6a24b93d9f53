/* SPDX-License-Identifier: MIT */
/*
 * What made a model's features, as its file says it: written and read again, one or
 * several of each stream; and files that say it wrongly.
 */
#include "base/alloc.h"
#include "pipeline/inputs/features/choice.h"
#include "pipeline/inputs/features/wants.h"
#include "tests/unit/check.h"

#include <string.h>

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static AqProvenance made_by(AqModality m, const char *extractor, const char *weights)
{
    return (AqProvenance){.kind = m,
                          .extractor = extractor,
                          .extractor_version = "1",
                          .weights = weights,
                          .weights_sha256 = SHA,
                          .precision = "f32",
                          .sampling = "as it comes",
                          .program = "a program"};
}

static void what_is_written_is_read(void **state)
{
    const AqProvenance makes[] = {made_by(AQ_AUDIO, "ears", "e.pth"),
                                  made_by(AQ_VISUAL, "grid", "seeded:1"),
                                  made_by(AQ_VISUAL, "tokens", "t.pth")};
    const char *want, *have;
    AqWants w;
    char *json = NULL;

    (void)state;
    for (int n = 2; n <= 3; n++) { /* one picture's, then two */
        CHECK_OK(aq_wants_json(makes, n, &json));
        assert_int_equal(strstr(json, "\"visual\": [") != NULL, n == 3);
        assert_null(strstr(json, "\"audio\": ["));
        CHECK_OK(aq_wants_read(&w, json));
        assert_int_equal(w.n_all, n);
        assert_int_equal(w.n[AQ_AUDIO], 1);
        assert_int_equal(w.n[AQ_VISUAL], n - 1);
        for (int k = 0; k < n; k++) {
            assert_int_equal(w.all[k].kind, makes[k].kind);
            assert_null(aq_wants_differ(&w.all[k], &makes[k], &want, &have));
        }
        aq_wants_clear(&w);
        aq_free(json);
    }
    AqProvenance other = makes[0];
    other.weights = "renamed.pth"; /* its digest counts */
    assert_null(aq_wants_differ(&makes[0], &other, &want, &have));
    other.precision = "bf16";
    assert_string_equal(aq_wants_differ(&makes[0], &other, &want, &have), "precision");
    assert_string_equal(want, "f32");
    assert_string_equal(have, "bf16");
}

#define ONE(name)                                                                      \
    "{\"extractor\": \"" name "\", \"version\": \"1\", \"weights\": \"w\", "           \
    "\"sha256\": \"\", \"precision\": \"f32\", \"sampling\": \"s\"}"

static void files_that_say_it_wrongly_are_refused(void **state)
{
    static const char *const wrong[][2] = {
        {"", "which extractors"},
        {"[]", "which extractors"},
        {"{\"audio\": " ONE("a"), "which extractors"}, /* cut */
        {"{}", "which audio extractor"},
        {"{\"audio\": " ONE("a") "}", "which visual extractor"},
        {"{\"audio\": " ONE("a") ", \"visual\": []}", "names 0 visual extractors"},
        {"{\"audio\": " ONE("a") ", \"visual\": [" ONE("a") "," ONE("b") "," ONE(
             "c") "," ONE("d") "," ONE("e") "]}",
         "names 5 visual extractors; there can be 1 to 4"},
        {"{\"audio\": " ONE("a") ", \"visual\": [" ONE("a") ", 5]}",
         "its \"extractor\" is missing"},
        {"{\"audio\": " ONE("a") ", \"visual\": {\"extractor\": \"v\"}}",
         "its \"version\" is missing"},
        {"{\"audio\": \"x\", \"visual\": \"y\"}", "its \"extractor\" is missing"},
        {"{\"audio\": " ONE("a") ", \"audio\": " ONE("b") "}", "which extractors"},
    };
    AqWants w;

    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        assert_int_equal(aq_wants_read(&w, wrong[k][0]), AQ_ERR_FORMAT);
        if (!strstr(aq_err_text(), wrong[k][1]))
            fail_msg("%s gives: %s", wrong[k][0], aq_err_text());
        assert_null(w.root);
    }
}

static void commands_are_told(void **state)
{
    AqProvenance p = made_by(AQ_VISUAL, "grid", "g.pth");

    (void)state;
    char *how = aq_feature_command(&p);
    assert_string_equal(how, "avqa-pipe ingest --visual grid --visual-weights g.pth");
    aq_free(how);
    p.sampling = "as it comes; options: out=pooled,rows=2x2";
    p.precision = "bf16";
    how = aq_feature_command(&p);
    assert_string_equal(how, "avqa-pipe ingest --visual grid --visual-weights g.pth "
                             "--visual-options out=pooled,rows=2x2 --precision bf16");
    aq_free(how);
    p.extractor_version = AQ_STORE_IMPORTED;
    how = aq_feature_command(&p);
    assert_string_equal(how,
                        "avqa-pipe store import FILE... --kind visual --name grid");
    aq_free(how);
}

static void memory_that_is_not_there(void **state)
{
    const AqProvenance makes[] = {made_by(AQ_AUDIO, "ears", "e.pth"),
                                  made_by(AQ_VISUAL, "grid", "g.pth"),
                                  made_by(AQ_VISUAL, "tokens", "t.pth")};
    const size_t before = aq_alloc_stats().n_live;
    AqErr err = AQ_ERR_NOMEM;

    (void)state;
    for (long k = 1; err != AQ_OK; k++) {
        AqWants w = {0};
        char *json = NULL;

        aq_alloc_fail_after(k);
        err = aq_wants_json(makes, 3, &json);
        if (err == AQ_OK)
            err = aq_wants_read(&w, json);
        aq_alloc_fail_after(0);
        aq_wants_clear(&w);
        aq_free(json);
        assert_int_equal(aq_alloc_stats().n_live, before);
        assert_true(k < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(files_that_say_it_wrongly_are_refused),
        cmocka_unit_test(commands_are_told),
        cmocka_unit_test(memory_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
