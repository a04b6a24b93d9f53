/* SPDX-License-Identifier: MIT */
/* Words that a model does not know: forms of known ones, slips, and what matters. */
#include "model/question/words.h"
#include "tests/unit/check.h"

#include <string.h>

static const char *const questions[] = {
    "Is the violin louder than the accordion?", "which instrument starts?",
    "Does the piano play faster?", "how many instruments are there?",
    "what sounds before the acoustic_guitar?"};

typedef struct Known {
    AqStrings words;
    AqWordForms *forms;
} Known;

static void learn(Known *k)
{
    CHECK_OK(aq_vocab_build(&k->words, questions, 5, 1));
    CHECK_OK(aq_word_forms_new(&k->forms, &k->words));
}

static void forget(Known *k)
{
    aq_word_forms_free(&k->forms);
    aq_strings_clear(&k->words);
}

static void check_form(const Known *k, const char *word, const char *form)
{
    const int at = aq_word_forms_find(k->forms, word);

    if (!form) {
        assert_int_equal(at, -1);
        return;
    }
    assert_true(at >= 0);
    assert_string_equal(k->words.at[at], form);
}

static void other_forms_are_known(void **state)
{
    Known k;

    (void)state;
    learn(&k);
    check_form(&k, "violin", "violin");
    check_form(&k, "accordions", "accordion");
    check_form(&k, "started", "starts");
    check_form(&k, "start", "starts");
    check_form(&k, "playing", "play");
    check_form(&k, "plays", "play");
    check_form(&k, "sounding", "sounds");
    check_form(&k, "instruments", "instruments"); /* as it is before its stem */
    check_form(&k, "violn", NULL);
    check_form(&k, "car", NULL);
    check_form(&k, "", NULL);
    check_form(&k, "\xE4\xB9\x90\xE5\x99\xA8", NULL);
    forget(&k);
}

static void encoding_takes_known_forms(void **state)
{
    Known k;
    int ids[6], same[6];

    (void)state;
    learn(&k);
    assert_int_equal(aq_word_forms_encode(k.forms, "Do accordions play car", ids, 6),
                     4);
    assert_int_equal(aq_vocab_encode(&k.words, "does accordion play car", same, 6), 4);
    assert_int_equal(ids[0], AQ_VOCAB_UNK); /* no stem of does */
    for (int w = 1; w < 6; w++)
        assert_int_equal(ids[w], same[w]);
    assert_int_equal(ids[3], AQ_VOCAB_UNK);
    assert_int_equal(aq_word_forms_encode(k.forms, "?!", ids, 6), 1);
    assert_int_equal(ids[0], AQ_VOCAB_UNK);
    forget(&k);
}

static void distances_count_edits(void **state)
{
    (void)state;
    assert_int_equal(aq_word_distance("violin", "violin"), 0);
    assert_int_equal(aq_word_distance("violn", "violin"), 1);
    assert_int_equal(aq_word_distance("voilin", "violin"), 1); /* two swapped */
    assert_int_equal(aq_word_distance("acordeon", "accordion"), 2);
    assert_int_equal(aq_word_distance("", "abc"), 3);
    assert_int_equal(aq_word_distance("abc", ""), 3);
    assert_int_equal(aq_word_distance("kitten", "sitting"), 3);
}

static void check_nearest(const Known *k, const char *word, const char *nearest)
{
    const char *have = aq_word_nearest(&k->words, word);

    if (nearest) {
        assert_non_null(have);
        assert_string_equal(have, nearest);
    } else {
        assert_null(have);
    }
}

static void the_nearest_is_near(void **state)
{
    Known k;

    (void)state;
    learn(&k);
    check_nearest(&k, "violn", "violin");
    check_nearest(&k, "acordeon", "accordion");
    check_nearest(&k, "pinao", "piano");
    check_nearest(&k, "instrumnet", "instrument");
    check_nearest(&k, "car", NULL);   /* short: anything is near */
    check_nearest(&k, "thers", NULL); /* function words are never meant */
    check_nearest(&k, "helicopter", NULL);
    forget(&k);
}

static void function_words_are_a_sorted_list(void **state)
{
    static const char *const are[] = {"a", "the", "please", "hey", "your", "isn't"},
                             *const are_not[] = {"violin", "car",   "where", "before",
                                                 "first",  "zebra", ""};

    (void)state;
    for (size_t k = 0; k < sizeof are / sizeof *are; k++)
        assert_true(aq_word_is_function(are[k]));
    for (size_t k = 0; k < sizeof are_not / sizeof *are_not; k++)
        assert_false(aq_word_is_function(are_not[k]));
}

static void a_question_is_looked_through(void **state)
{
    Known k;

    (void)state;
    learn(&k);
    AqWording w = aq_wording(k.forms, "hey, which colour is the violn, the colour?");
    assert_int_equal(w.n_words, 8);
    assert_int_equal(w.n_known, 4); /* which is the the */
    assert_int_equal(w.n_content, 0);
    assert_int_equal(w.n_unknown, 3); /* hey colour violn, each once */
    assert_int_equal(w.n_matter, 2);
    assert_string_equal(w.unknown[0].word.text, "hey");
    assert_false(w.unknown[0].matters);
    assert_null(w.unknown[1].nearest);
    assert_string_equal(w.unknown[2].nearest, "violin");
    w = aq_wording(k.forms, "accordions?");
    assert_int_equal(w.n_content, 1);
    assert_int_equal(w.n_unknown, 0);
    w = aq_wording(k.forms, " ?!...");
    assert_int_equal(w.n_words, 0);
    forget(&k);
}

static void many_unknown_words_are_bounded(void **state)
{
    Known k;
    char text[512] = "";

    (void)state;
    learn(&k);
    for (int w = 0; w < 40; w++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "zz%d ", w);
    const AqWording y = aq_wording(k.forms, text);
    assert_int_equal(y.n_words, 40);
    assert_int_equal(y.n_unknown, AQ_MOST_UNKNOWN);
    forget(&k);
}

static void no_words_at_all(void **state)
{
    AqStrings none = {0};
    AqWordForms *f;

    (void)state;
    CHECK_OK(aq_word_forms_new(&f, &none));
    assert_int_equal(aq_word_forms_find(f, "violin"), -1);
    assert_null(aq_word_nearest(&none, "violin"));
    aq_word_forms_free(&f);
    aq_word_forms_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_are_known),
        cmocka_unit_test(encoding_takes_known_forms),
        cmocka_unit_test(distances_count_edits),
        cmocka_unit_test(the_nearest_is_near),
        cmocka_unit_test(function_words_are_a_sorted_list),
        cmocka_unit_test(a_question_is_looked_through),
        cmocka_unit_test(many_unknown_words_are_bounded),
        cmocka_unit_test(no_words_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
