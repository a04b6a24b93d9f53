/* SPDX-License-Identifier: MIT */
/* Command lines, and from paths to clips. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/inputs/scan.h"
#include "pipeline/ui/options.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Got {
    int flag, n;
    double x;
    const char *text;
    AqTextList list, rest;
    int help;
} Got;

static AqErr parse(Got *g, const char *const *words)
{
    const AqOption table[] = {
        {.name = "flag", .letter = 'f', .kind = AQ_OPT_FLAG, .to = &g->flag},
        {.name = "n", .kind = AQ_OPT_INT, .arg = "N", .to = &g->n, .lo = 1, .hi = 9},
        {.name = "x",
         .kind = AQ_OPT_DOUBLE,
         .arg = "X",
         .to = &g->x,
         .lo = -1,
         .hi = 1},
        {.name = "text",
         .letter = 't',
         .kind = AQ_OPT_TEXT,
         .arg = "T",
         .to = &g->text},
        {.name = "list", .kind = AQ_OPT_LIST, .arg = "L", .to = &g->list},
        {0}};
    char *argv[16] = {(char *)(uintptr_t) "test"};
    int argc = 1;

    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    *g = (Got){.n = -5};
    return aq_options_parse(table, argc, argv, &g->rest, &g->help);
}

static void clear(Got *g)
{
    aq_text_list_clear(&g->list);
    aq_text_list_clear(&g->rest);
}

#define PARSE(...) parse(&g, (const char *const[]){__VA_ARGS__, NULL})

static void values_are_read(void **state)
{
    Got g;

    (void)state;
    CHECK_OK(PARSE("one", "--n", "7", "-f", "--x=-0.5", "-t", "words here", "two"));
    assert_true(g.flag == 1 && g.n == 7);
    CHECK_NEAR(g.x, -0.5, 0, 0);
    assert_string_equal(g.text, "words here");
    assert_int_equal(g.rest.n, 2);
    assert_string_equal(g.rest.v[0], "one");
    assert_string_equal(g.rest.v[1], "two");
    clear(&g);

    CHECK_OK(PARSE("--list", "a", "b", "c", "--n", "2"));
    assert_int_equal(g.list.n, 3);
    assert_string_equal(g.list.v[2], "c");
    assert_int_equal(g.n, 2);
    clear(&g);

    CHECK_OK(PARSE("--", "--flag"));
    assert_true(g.flag == 0 && g.rest.n == 1);
    clear(&g);

    CHECK_OK(PARSE("--help", "--n", "nonsense"));
    assert_int_equal(g.help, 1);
    clear(&g);
}

static void misuse_is_named(void **state)
{
    static const struct {
        const char *words[3], *said;
    } bad[] = {{{"--n", "10"}, "--n"},
               {{"--n", "0"}, "--n"},
               {{"--n", "3.5"}, "3.5"},
               {{"--n", ""}, "--n"},
               {{"--n", "99999999999"}, "--n"},
               {{"--x", "nan"}, "nan"},
               {{"--x", "1.01"}, "--x"},
               {{"--x", "inf"}, "inf"},
               {{"--none"}, "--none"},
               {{"--text"}, "--text"},
               {{"-z"}, "-z"}};
    Got g;

    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(parse(&g, bad[k].words), AQ_ERR_USAGE);
        if (!strstr(aq_err_text(), bad[k].said))
            fail_msg("'%s' does not say %s", aq_err_text(), bad[k].said);
        clear(&g);
    }
}

static void touch(const char *dir, const char *leaf)
{
    char *path = aq_strf("%s/%s", dir, leaf);
    AqFsWriter w;

    assert_non_null(path);
    CHECK_OK(aq_fs_mkdirs_for(path));
    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, "x", 1));
    CHECK_OK(aq_fs_write_commit(&w));
    aq_free(path);
}

static void folders_are_walked(void **state)
{
    char dir[] = "/tmp/scan-XXXXXX", command[64];
    AqScan s;

    (void)state;
    assert_non_null(mkdtemp(dir));
    touch(dir, "b/two.mp4");
    touch(dir, "a/one.WEBM");
    touch(dir, "a/notes.txt");
    touch(dir, "a/.hidden.mp4");
    touch(dir, "c/deep/er/name.with.dots.mkv");
    touch(dir, "d/one.mp4"); /* of the same name as a/one */
    const char *const paths[] = {dir, dir};
    CHECK_OK(aq_scan(&s, paths, 2));
    assert_int_equal(s.n, 4);
    assert_string_equal(s.v[0].name, "one");
    assert_string_equal(s.v[1].name, "two");
    assert_string_equal(s.v[2].name, "name.with.dots");
    assert_null(s.v[0].rival);
    assert_non_null(s.v[3].rival);
    assert_non_null(strstr(s.v[3].rival, "a/one.WEBM"));
    aq_scan_clear(&s);

    const char *const none[] = {"/nowhere/at/all"};
    assert_int_equal(aq_scan(&s, none, 1), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "/nowhere/at/all"));
    (void)snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0); /* NOLINT: a path of our own making */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_are_read),
                                       cmocka_unit_test(misuse_is_named),
                                       cmocka_unit_test(folders_are_walked)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
