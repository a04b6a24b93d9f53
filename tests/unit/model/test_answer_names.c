/* SPDX-License-Identifier: MIT */
/*
 * Which answers are names: those of the largest group that templates join, each one
 * known word; kept as text, and text that does not fit the model is refused.
 */
#include "base/alloc.h"
#include "model/trained/names.h"
#include "tests/unit/check.h"

#include <string.h>

enum { MOST = 16 };

/* Questions, with the words and the answers that they have. */
typedef struct Asked {
    AqQuestion q[MOST];
    size_t n;
    AqStrings words, answers;
    int names[MOST];
} Asked;

static void collect_asked(Asked *a, int min_count)
{
    const char *texts[MOST];

    for (size_t k = 0; k < a->n; k++)
        texts[k] = a->q[k].text;
    CHECK_OK(aq_vocab_build(&a->words, texts, a->n, min_count));
    for (size_t k = 0; k < a->n; k++)
        texts[k] = a->q[k].answer;
    CHECK_OK(aq_strings_collect(&a->answers, texts, a->n, 1));
    memset(a->names, 77, sizeof a->names);
}

static void clear_asked(Asked *a)
{
    aq_strings_clear(&a->words);
    aq_strings_clear(&a->answers);
}

/* The names of the rows (template, question, answer) are `expected`, and stand for
 * their words; in whatever order the questions come. */
static void check_names(const char *const (*rows)[3], size_t n, int min_count,
                        const char *const *expected, size_t n_expected)
{
    for (size_t first = 0; first < n; first++) {
        Asked a = {.n = n};
        size_t n_names = 0;

        for (size_t k = 0; k < n; k++) {
            const char *const *row = rows[(first + k * (first % 2 ? n - 1 : 1)) % n];

            a.q[k] =
                (AqQuestion){.template_ = row[0], .text = row[1], .answer = row[2]};
        }
        collect_asked(&a, min_count);
        CHECK_OK(aq_names_find(a.names, &a.words, &a.answers, a.q, n));
        for (size_t k = 0; k < a.answers.n; k++)
            n_names += a.names[k] != -1;
        assert_int_equal(n_names, n_expected);
        for (size_t k = 0; k < n_expected; k++) {
            const int at = aq_strings_find(&a.answers, expected[k]);

            assert_true(at >= 0);
            assert_int_equal(a.names[at],
                             AQ_VOCAB_FIRST + aq_strings_find(&a.words, expected[k]));
        }
        clear_asked(&a);
    }
}

#define CHECK_NAMES(rows, min_count, ...)                                              \
    do {                                                                               \
        static const char *const expected_[] = {__VA_ARGS__};                          \
        check_names(rows, sizeof(rows) / sizeof *(rows), min_count, expected_,         \
                    sizeof expected_ / sizeof *expected_);                             \
    } while (0)

/* "which first" has flute and violin, "which last" violin and drum: one group of three.
 * "yes" and "no" are words too (of "yes or no"), but two. "two" is no word of a
 * question. */
static void names_are_the_largest_group(void **state)
{
    static const char *const rows[][3] = {
        {"which first", "Which sounds first?", "flute"},
        {"which first", "Which sounds first?", "violin"},
        {"which last", "Which sounds last?", "violin"},
        {"which last", "Which sounds last?", "drum"},
        {"is there", "Is there a violin, yes or no?", "yes"},
        {"is there", "Is there a Flute, yes or no?", "no"},
        {"is there", "Is there a drum, yes or no?", "no"},
        {"how many", "How many are there?", "two"},
        {"how many", "How many are there?", "drum"},
    };

    (void)state;
    CHECK_NAMES(rows, 1, "flute", "violin", "drum");
}

/* An answer that is no word does not join what is on both sides of it. */
static void other_answers_join_nothing(void **state)
{
    static const char *const rows[][3] = {
        {"a", "Is there a violin or a flute?", "violin"},
        {"a", "Is there a violin or a flute?", "flute"},
        {"a", "Is there a violin or a flute?", "nothing"},
        {"b", "Is a drum there or not: there, not?", "there"},
        {"b", "Is a drum there or not: there, not?", "not"},
        {"b", "Is a drum there or not: there, not?", "drum"},
        {"b", "Is a drum there or not: there, not?", "nothing"},
    };

    (void)state;
    CHECK_NAMES(rows, 1, "there", "not", "drum");
}

static void of_equal_groups_the_first_answers_wins(void **state)
{
    static const char *const rows[][3] = {
        {"a", "Is the piano or the tuba louder, yes or no?", "tuba"},
        {"a", "Is the piano or the tuba louder, yes or no?", "piano"},
        {"b", "Is the piano or the tuba louder, yes or no?", "yes"},
        {"b", "Is the piano or the tuba louder, yes or no?", "no"},
    };

    (void)state;
    CHECK_NAMES(rows, 1, "yes", "no"); /* "no" < "piano" */
}

/* Of two words, or too rare to be known. */
static void answers_that_are_not_one_word_are_no_names(void **state)
{
    static const char *const rows[][3] = {
        {"a", "Is the bass guitar or the cello or the tuba here?", "bass guitar"},
        {"a", "Is the bass guitar or the cello or the tuba here?", "cello"},
        {"a", "Is the bass guitar or the cello or the tuba here?", "tuba"},
        {"a", "Is the harp here?", "harp"},
    };

    (void)state;
    CHECK_NAMES(rows, 1, "cello", "tuba", "harp");
    CHECK_NAMES(rows, 2, "cello", "tuba");
}

static void one_alone_is_no_group(void **state)
{
    static const char *const rows[][3] = {
        {"a", "Which one is it, the violin?", "violin"},
        {"b", "Is there a flute?", "flute"},
        {"c", "Is there a flute?", "42"},
    };

    (void)state;
    check_names(rows, 3, 1, NULL, 0);
}

static void ask_three(Asked *a)
{
    static const char *const answers[] = {"violin", "flute", "yes", "bass drum"};

    *a = (Asked){.n = 4};
    for (size_t k = 0; k < a->n; k++)
        a->q[k] = (AqQuestion){.template_ = k < 2 ? "which" : answers[k],
                               .text = "Is there a flute, a violin or a bass drum?",
                               .answer = answers[k]};
    collect_asked(a, 1);
    CHECK_OK(aq_names_find(a->names, &a->words, &a->answers, a->q, a->n));
}

static void json_keeps_the_names(void **state)
{
    Asked a;
    int again[MOST];
    char *text;

    (void)state;
    ask_three(&a);
    CHECK_OK(aq_names_to_json(a.names, &a.answers, &text));
    assert_string_equal(text, "[\"flute\",\"violin\"]");
    memset(again, 77, sizeof again);
    CHECK_OK(aq_names_from_json(again, &a.words, &a.answers, text));
    assert_memory_equal(again, a.names, a.answers.n * sizeof *again);
    aq_free(text);
    for (size_t k = 0; k < a.answers.n; k++)
        a.names[k] = -1;
    CHECK_OK(aq_names_to_json(a.names, &a.answers, &text));
    assert_string_equal(text, "[]");
    CHECK_OK(aq_names_from_json(again, &a.words, &a.answers, text));
    assert_memory_equal(again, a.names, a.answers.n * sizeof *again);
    aq_free(text);
    clear_asked(&a);
}

static void bad_json_is_refused(void **state)
{
    static const char *const bad[][2] = {
        {"", "JSON"},
        {"[\"flute\"", "JSON"},
        {"{\"flute\": 1}", "list"},
        {"[1]", "not text"},
        {"[\"violin\", \"flute\"]", "sorted"},
        {"[\"flute\", \"flute\"]", "sorted"},
        {"[\"piano\"]", "\"piano\""},         /* no answer and no word */
        {"[\"there\"]", "\"there\""},         /* no answer */
        {"[\"yes\"]", "\"yes\""},             /* no word */
        {"[\"bass drum\"]", "\"bass drum\""}, /* two words */
    };
    Asked a;
    int names[MOST];

    (void)state;
    ask_three(&a);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(aq_names_from_json(names, &a.words, &a.answers, bad[k][0]),
                         AQ_ERR_FORMAT);
        if (!strstr(aq_err_text(), bad[k][1]))
            fail_msg("%s: %s", bad[k][0], aq_err_text());
    }
    clear_asked(&a);
}

/* Every allocation fails once: an error, never a crash. */
static void memory_may_run_out(void **state)
{
    Asked a;
    AqErr err = AQ_ERR_NOMEM;

    (void)state;
    ask_three(&a);
    for (long n = 1; err != AQ_OK && n < 1000; n++) {
        char *text = NULL;

        aq_alloc_fail_after(n);
        err = aq_names_find(a.names, &a.words, &a.answers, a.q, a.n);
        if (err == AQ_OK)
            err = aq_names_to_json(a.names, &a.answers, &text);
        if (err == AQ_OK)
            err = aq_names_from_json(a.names, &a.words, &a.answers, text);
        aq_alloc_fail_after(0);
        aq_free(text);
        assert_true(err == AQ_OK || err == AQ_ERR_NOMEM);
    }
    assert_int_equal(err, AQ_OK);
    clear_asked(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_largest_group),
        cmocka_unit_test(other_answers_join_nothing),
        cmocka_unit_test(of_equal_groups_the_first_answers_wins),
        cmocka_unit_test(answers_that_are_not_one_word_are_no_names),
        cmocka_unit_test(one_alone_is_no_group),
        cmocka_unit_test(json_keeps_the_names),
        cmocka_unit_test(bad_json_is_refused),
        cmocka_unit_test(memory_may_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
