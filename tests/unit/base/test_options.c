/* SPDX-License-Identifier: MIT */
/* Tables of options: command lines, values as text, JSON both ways, and their help. */
#include "base/alloc.h"
#include "base/options/option_json.h"
#include "base/options/parse.h"
#include "base/options/print.h"
#include "base/text/nearest.h"
#include "tests/unit/check.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Inner {
    int wide;
    double drop;
    int learn, kind;
    uint64_t seed;
} Inner;

typedef struct Got {
    int flag, n;
    const char *text;
    AqTextList list, each, rest;
    Inner inner;
} Got;

static const char *const kinds[] = {"plain", "fancy", NULL};
static const AqOption inner_rows[] = {{.name = "wide-rows",
                                       .type = AQ_OPTION_INT,
                                       .at = offsetof(Inner, wide),
                                       .least = 1,
                                       .most = 64,
                                       .help = "how wide"},
                                      {.name = "drop",
                                       .type = AQ_OPTION_REAL,
                                       .at = offsetof(Inner, drop),
                                       .least = 0,
                                       .most = 0.5,
                                       .help = "how much is dropped"},
                                      {.name = "learn",
                                       .type = AQ_OPTION_SWITCH,
                                       .at = offsetof(Inner, learn),
                                       .help = "learn it"},
                                      {.name = "kind",
                                       .type = AQ_OPTION_CHOICE,
                                       .at = offsetof(Inner, kind),
                                       .choices = kinds,
                                       .help = "which"},
                                      {.name = "seed",
                                       .type = AQ_OPTION_SEED,
                                       .at = offsetof(Inner, seed),
                                       .help = "seed"},
                                      {0}};

static const AqOption rows[] = {
    {.name = "flag",
     .letter = 'f',
     .type = AQ_OPTION_FLAG,
     .at = offsetof(Got, flag),
     .help = "a flag"},
    {.name = "n",
     .type = AQ_OPTION_INT,
     .at = offsetof(Got, n),
     .help = "any number",
     .otherwise = "some"},
    {.name = "text",
     .letter = 't',
     .type = AQ_OPTION_TEXT,
     .at = offsetof(Got, text),
     .help = "a text"},
    {.name = "list",
     .type = AQ_OPTION_LIST,
     .at = offsetof(Got, list),
     .help = "texts"},
    {.name = "each",
     .type = AQ_OPTION_TEXTS,
     .at = offsetof(Got, each),
     .help = "one more"},
    {.name = "WORD",
     .type = AQ_OPTION_WORDS,
     .at = offsetof(Got, rest),
     .most = 3,
     .help = "words"},
    {.type = AQ_OPTION_GROUP, .name = "Inner"},
    {.type = AQ_OPTION_TABLE, .table = inner_rows, .at = offsetof(Got, inner)},
    {.type = AQ_OPTION_GROUP, .name = "Last"},
    {.name = "help", .letter = 'h', .type = AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static const Got defaults = {.n = -5, .inner = {.wide = 8, .drop = 0.1, .learn = 1}};

static AqErr parse_words(Got *g, int *help, const char *const *words)
{
    char *argv[32] = {(char *)(uintptr_t) "test"};
    int argc = 1;

    for (; words[argc - 1]; argc++) {
        assert_true(argc + 1 < (int)(sizeof argv / sizeof *argv)); /* NULL is last */
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    }
    *g = defaults;
    return aq_options_parse(rows, g, argc, argv, help);
}

#define PARSE(...) parse_words(&g, &help, (const char *const[]){__VA_ARGS__, NULL})

static void fields_are_set_wherever_they_lie(void **state)
{
    Got g;
    int help;

    (void)state;
    CHECK_OK(PARSE("one", "--n", "7", "-f", "--drop=0.25", "-t", "words here", "two",
                   "--wide-rows", "3", "--learn", "no", "--kind", "fancy", "--seed",
                   "18446744073709551615"));
    assert_true(g.flag == 1 && g.n == 7 && g.inner.wide == 3 && g.inner.learn == 0 &&
                g.inner.kind == 1 && g.inner.seed == UINT64_MAX && !help);
    CHECK_NEAR(g.inner.drop, 0.25, 0, 0);
    assert_string_equal(g.text, "words here");
    assert_int_equal(g.rest.n, 2);
    assert_string_equal(g.rest.v[1], "two");
    aq_options_clear(rows, &g);
    assert_null(g.rest.v);
}

static void lists_take_several_words_or_one_each(void **state)
{
    Got g;
    int help;

    (void)state;
    CHECK_OK(PARSE("--list", "a", "b", "--each", "c", "d", "--each", "e", "--list", "f",
                   "--", "--flag"));
    assert_int_equal(g.list.n, 3);
    assert_string_equal(g.list.v[2], "f");
    assert_int_equal(g.each.n, 2);
    assert_string_equal(g.each.v[1], "e");
    assert_int_equal(g.rest.n, 2);
    assert_string_equal(g.rest.v[1], "--flag");
    assert_int_equal(g.flag, 0);
    aq_options_clear(rows, &g);
}

static void help_ends_the_reading(void **state)
{
    Got g;
    int help;

    (void)state;
    CHECK_OK(PARSE("--help", "--n", "nonsense"));
    assert_int_equal(help, 1);
    CHECK_OK(PARSE("-h"));
    assert_int_equal(help, 1);
    CHECK_OK(PARSE("--", "-h"));
    assert_int_equal(help, 0);
    aq_options_clear(rows, &g);
}

static void misuse_is_named(void **state)
{
    static const struct {
        const char *words[5], *said;
    } bad[] = {{{"--wide-rows", "65"},
                "--wide-rows: '65' is not a whole number from 1 "
                "to 64"},
               {{"--wide-rows", "0"}, "--wide-rows"},
               {{"--n", "3.5"}, "--n: '3.5' is not a whole number"},
               {{"--n", ""}, "--n"},
               {{"--n", "99999999999"}, "--n"},
               {{"--drop", "nan"}, "nan"},
               {{"--drop", "0.51"}, "--drop: '0.51' is not a number from 0 to 0.5"},
               {{"--learn", "maybe"}, "--learn: 'maybe' is neither on nor off"},
               {{"--kind", "odd"}, "--kind: 'odd' is not plain or fancy"},
               {{"--seed", "-1"}, "--seed"},
               {{"--seed", "18446744073709551616"}, "--seed"},
               {{"--text"}, "--text needs a value"},
               {{"--flag=1"}, "--flag takes no value"},
               {{"--none"}, "there is no option --none"},
               {{"--wide-rosw", "3"}, "did you mean --wide-rows?"},
               {{"--kidn", "3"}, "did you mean --kind?"},
               {{"--l", "3"}, "--l could be any of --list, --learn"},
               {{"-z"}, "there is no option -z"},
               {{"a", "b", "c", "d"}, "'d' is one word too many"}};
    Got g;
    int help;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(parse_words(&g, &help, bad[k].words), AQ_ERR_USAGE);
        if (!strstr(aq_err_text(), bad[k].said))
            fail_msg("'%s' does not say %s", aq_err_text(), bad[k].said);
        aq_options_clear(rows, &g);
    }
}

static void an_option_can_be_cut_to_what_is_its_own(void **state)
{
    Got g;
    int help;

    (void)state;
    CHECK_OK(PARSE("--wid", "9", "--see=4"));
    assert_true(g.inner.wide == 9 && g.inner.seed == 4);
    aq_options_clear(rows, &g);
}

static void values_are_printed_as_they_are_read(void **state)
{
    AqOptionWalk w = aq_options_walk(inner_rows);
    Inner from = {.wide = 5, .drop = 1.0 / 3, .kind = 1, .seed = UINT64_MAX}, to = {0};
    char text[64];

    (void)state;
    while (aq_options_next(&w))
        CHECK_OK(aq_options_set(
            inner_rows, "toy", &to, w.row->name,
            aq_option_text(w.row, (const char *)&from + w.at, text, sizeof text)));
    assert_true(to.wide == 5 && to.kind == 1 && to.seed == UINT64_MAX && !to.learn);
    CHECK_NEAR(to.drop, from.drop, 1e-9, 0);
    assert_int_equal(aq_options_set(inner_rows, "toy", &to, "odd", "1"),
                     AQ_ERR_NOT_FOUND);
    assert_int_equal(aq_options_set(inner_rows, "toy", &to, "wide_rows", "65"),
                     AQ_ERR_USAGE);
    assert_non_null(strstr(aq_err_text(), "toy option wide_rows"));
}

static void json_holds_every_value(void **state)
{
    const Inner from = {
        .wide = 5, .drop = 0.1, .learn = 1, .kind = 1, .seed = UINT64_MAX - 1};
    Inner to = {0};
    char *text = NULL;

    (void)state;
    CHECK_OK(aq_options_to_json(inner_rows, "toy", &from, &text));
    assert_string_equal(text, "{\"wide_rows\": 5, \"drop\": 0.10000000000000001, "
                              "\"learn\": true, \"kind\": \"fancy\", \"seed\": "
                              "\"18446744073709551614\"}");
    CHECK_OK(aq_options_from_json(inner_rows, "toy", &to, text));
    assert_true(to.wide == 5 && to.learn == 1 && to.kind == 1 && to.seed == from.seed);
    CHECK_NEAR(to.drop, from.drop, 0, 0);
    aq_free(text);
}

static void json_of_the_wrong_kind_is_refused(void **state)
{
    static const char *const bad[] = {"{\"wide_rows\": 64",
                                      "[1]",
                                      "{\"wide_rows\": \"64\"}",
                                      "{\"wide_rows\": 1.5}",
                                      "{\"wide_rows\": 65}",
                                      "{\"learn\": 1}",
                                      "{\"kind\": \"odd\"}",
                                      "{\"kind\": 1}",
                                      "{\"drop\": 0.1, \"drop\": 0.2}"};
    Inner to = {.wide = 7};

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(aq_options_from_json(inner_rows, "toy", &to, bad[k]),
                         AQ_ERR_FORMAT);
    assert_int_equal(aq_options_from_json(inner_rows, "toy", &to, "{\"new\": 1}"),
                     AQ_ERR_MISMATCH);
    assert_int_equal(to.wide, 7);
}

static char *help_text(const AqCommand *c)
{
    static const AqTerm statuses[] = {{"0", "done"}, {0}};
    const AqProgram p = {.name = "prog", .statuses = statuses};
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);

    assert_non_null(f);
    aq_help_print(f, &p, c);
    (void)fclose(f);
    return text;
}

static void help_shows_groups_values_and_defaults(void **state)
{
    static const AqTerm examples[] = {{"prog do it", "Does it."}, {0}};
    const AqCommand c = {.name = "do",
                         .usage = "[WORD...]",
                         .about = "Words that\nflow.\n\n  kept   as it is\nAgain.",
                         .options = rows,
                         .defaults = &defaults,
                         .examples = examples};
    static const char *const lines[] = {
        "Usage: prog do [WORD...]\n\nWords that flow.\n\n  kept   as it is\nAgain.\n",
        "\nOptions:\n  -f, --flag                 a flag\n",
        "      --n N                  any number [some]\n",
        "  WORD...                    words\n",
        "\nInner:\n      --wide-rows N          how wide [8]\n",
        "      --learn on|off         learn it [on]\n",
        "      --kind plain|fancy     which [plain]\n",
        "\nLast:\n  -h, --help                 show this help\n",
        "\nExamples:\n  prog do it\n      Does it.\n",
        "\nExit status:\n  0              done\n"};
    char *text = help_text(&c);

    (void)state;
    for (size_t k = 0; k < sizeof lines / sizeof *lines; k++)
        if (!strstr(text, lines[k]))
            fail_msg("%s\nis not in\n%s", lines[k], text);
    free(text);
}

static void the_nearest_name_is_found(void **state)
{
    static const char *const names[] = {"ingest", "import", "inspect", "train"};
    static const struct {
        const char *word, *meant;
    } cases[] = {{"ingets", "ingest"}, {"imporT", "import"}, {"trani", "train"},
                 {"insp", "inspect"},  {"fly", NULL},        {"i", NULL},
                 {"retrain", "train"}, {"exports", NULL}};

    (void)state;
    assert_int_equal(aq_edit_distance("kitten", "sitting"), 3);
    assert_int_equal(aq_edit_distance("abcd", "acbd"), 1);
    assert_int_equal(aq_edit_distance("", "abc"), 3);
    assert_int_equal(aq_edit_distance("same", "same"), 0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        AqNearest near = {.word = cases[k].word};

        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            aq_nearest_try(&near, names[j]);
        if (cases[k].meant ? !near.best || strcmp(near.best, cases[k].meant) != 0
                           : near.best != NULL)
            fail_msg("%s: %s", cases[k].word, near.best ? near.best : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_set_wherever_they_lie),
        cmocka_unit_test(lists_take_several_words_or_one_each),
        cmocka_unit_test(help_ends_the_reading),
        cmocka_unit_test(misuse_is_named),
        cmocka_unit_test(an_option_can_be_cut_to_what_is_its_own),
        cmocka_unit_test(values_are_printed_as_they_are_read),
        cmocka_unit_test(json_holds_every_value),
        cmocka_unit_test(json_of_the_wrong_kind_is_refused),
        cmocka_unit_test(help_shows_groups_values_and_defaults),
        cmocka_unit_test(the_nearest_name_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
