/* SPDX-License-Identifier: MIT */
/* Words of questions as people and annotation files write them; word lists. */
#include "base/alloc.h"
#include "model/question/tokenise.h"
#include "model/question/vocab.h"
#include "tests/unit/check.h"

#include <string.h>

static void check_words(const char *text, const char *expected)
{
    char out[256];

    assert_string_equal(aq_tokenise_normal(text, out, sizeof out), expected);
}

static void words_are_lower_case_without_punctuation(void **state)
{
    (void)state;
    check_words("Is the Flute louder than the violin?",
                "is the flute louder than the violin");
    check_words("  What   is,  the--first!! ", "what is the first");
    check_words("How many (types of) \"instruments\" are there?\n",
                "how many types of instruments are there");
    check_words("", "");
    check_words("?!...", "");
}

static void full_width_marks_separate(void **state)
{
    (void)state;
    check_words("Which is first\xEF\xBC\x9F", "which is first"); /* U+FF1F */
    check_words("a\xE3\x80\x80"
                "b\xE3\x80\x82",
                "a b");                                 /* U+3000, U+3002 */
    check_words("left\xE2\x80\x94right", "left right"); /* em dash */
}

static void underscores_and_apostrophes_belong_to_words(void **state)
{
    (void)state;
    check_words("Is the acoustic_guitar playing?", "is the acoustic_guitar playing");
    check_words("What's 'that'?", "what's that");
    check_words("what\xE2\x80\x99s", "what's"); /* U+2019 */
}

static void letters_of_other_scripts_stay(void **state)
{
    (void)state;
    check_words("\xC3\xA9tude \xE4\xB9\x90\xE5\x99\xA8",
                "\xC3\xA9tude \xE4\xB9\x90\xE5\x99\xA8");
}

static void broken_utf8_separates(void **state)
{
    (void)state;
    check_words("a\xFFz", "a z");
    check_words("a\xC3", "a");        /* cut in the middle of a character */
    check_words("a\xC0\x80z", "a z"); /* overlong */
}

static void long_words_are_cut(void **state)
{
    char text[200];
    const char *s = text;
    AqWord w;

    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    assert_int_equal(aq_tokenise_next(&s, &w), 1);
    assert_int_equal(strlen(w.text), AQ_WORD_BYTES - 1);
    assert_int_equal(aq_tokenise_next(&s, &w), 0);
}

static void normal_text_is_cut_to_fit(void **state)
{
    char out[9];

    (void)state;
    assert_string_equal(aq_tokenise_normal("abc def ghi", out, sizeof out), "abc def");
}

static const char *const questions[] = {"Is the flute loud?", "is the piano first?",
                                        "Where is the flute?"};

static void vocabulary_counts_and_encodes(void **state)
{
    AqStrings words;
    int ids[8];

    (void)state;
    CHECK_OK(aq_vocab_build(&words, questions, 3, 1));
    assert_int_equal(words.n, 7); /* first flute is loud piano the where */
    assert_int_equal(aq_vocab_size(&words), 9);
    assert_int_equal(aq_vocab_encode(&words, "Is the DRUM first?", ids, 6), 4);
    assert_int_equal(ids[0], AQ_VOCAB_FIRST + 2);
    assert_int_equal(ids[1], AQ_VOCAB_FIRST + 5);
    assert_int_equal(ids[2], AQ_VOCAB_UNK);
    assert_int_equal(ids[3], AQ_VOCAB_FIRST);
    assert_int_equal(ids[4], AQ_VOCAB_PAD);
    assert_int_equal(ids[5], AQ_VOCAB_PAD);
    assert_int_equal(aq_vocab_encode(&words, "is the flute loud first", ids, 3), 3);
    assert_int_equal(aq_vocab_encode(&words, "???", ids, 3), 1);
    assert_int_equal(ids[0], AQ_VOCAB_UNK);
    aq_strings_clear(&words);
    CHECK_OK(aq_vocab_build(&words, questions, 3, 2));
    assert_int_equal(words.n, 3); /* flute is the */
    aq_strings_clear(&words);
}

static void lists_survive_json(void **state)
{
    AqStrings words, again;
    char *json;

    (void)state;
    CHECK_OK(aq_vocab_build(&words, questions, 3, 1));
    CHECK_OK(aq_strings_to_json(&words, &json));
    CHECK_OK(aq_strings_from_json(&again, json));
    assert_int_equal(again.n, words.n);
    for (size_t k = 0; k < words.n; k++)
        assert_string_equal(again.at[k], words.at[k]);
    aq_free(json);
    aq_strings_clear(&words);
    aq_strings_clear(&again);
}

static void bad_lists_are_refused(void **state)
{
    static const char *const bad[] = {"[\"b\", \"a\"]", "[\"a\", \"a\"]", "[\"a\", 1]",
                                      "{\"a\": 1}",     "[\"a\"",         ""};
    AqStrings s;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(aq_strings_from_json(&s, bad[k]), AQ_ERR_FORMAT);
        assert_int_equal(s.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_lower_case_without_punctuation),
        cmocka_unit_test(full_width_marks_separate),
        cmocka_unit_test(underscores_and_apostrophes_belong_to_words),
        cmocka_unit_test(letters_of_other_scripts_stay),
        cmocka_unit_test(broken_utf8_separates),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(normal_text_is_cut_to_fit),
        cmocka_unit_test(vocabulary_counts_and_encodes),
        cmocka_unit_test(lists_survive_json),
        cmocka_unit_test(bad_lists_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
