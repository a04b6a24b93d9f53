/* SPDX-License-Identifier: MIT */
/* What clips are called: names, lists of them, and which are found through links. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/lines.h"
#include "base/text/log.h"
#include "base/text/names.h"
#include "pipeline/inputs/scan.h"
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPOSED   "caf\xc3\xa9"  /* one character for e with its accent */
#define DECOMPOSED "cafe\xcc\x81" /* two, as macOS writes it */

static char home[64];

static int make_home(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof home, "/tmp/names-XXXXXX");
    aq_log_set_level(AQ_LOG_ERROR);
    return mkdtemp(home) && chdir(home) == 0 ? 0 : -1;
}

static int drop_home(void **state)
{
    char command[96];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", home);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1; /* NOLINT: ours */
}

static void put(const char *path, const char *text, size_t bytes)
{
    AqFsWriter w;

    CHECK_OK(aq_fs_mkdirs_for(path));
    CHECK_OK(aq_fs_write_begin(&w, path));
    CHECK_OK(aq_fs_write(&w, text, bytes));
    CHECK_OK(aq_fs_write_commit(&w));
}

static void led_to(const char *from, const char *to)
{
    CHECK_OK(aq_fs_mkdirs_for(from));
    assert_int_equal(symlink(to, from), 0);
}

static void same(char *have, const char *want)
{
    assert_non_null(have);
    assert_string_equal(have, want);
    aq_free(have);
}

/* The names that a scan gives, in the order of the paths. */
static void finds(const char *path, const char *names, size_t n_skipped)
{
    AqScan s;
    char *have = aq_strdup("");

    CHECK_OK(aq_scan(&s, &path, 1));
    for (size_t k = 0; k < s.n; k++) {
        char *more = aq_strf("%s%s%s", have, k ? " " : "", s.v[k].name);
        aq_free(have);
        have = more;
        assert_null(s.v[k].rival);
    }
    assert_int_equal(s.n_skipped, n_skipped);
    same(have, names);
    aq_scan_clear(&s);
}

static void names_are_compared_alike(void **state)
{
    (void)state;
    same(aq_name_nfc(DECOMPOSED), COMPOSED);
    same(aq_name_nfc("\xff\xfe" DECOMPOSED), "\xff\xfe" DECOMPOSED); /* no UTF-8 */
    same(aq_name_of_file("a/" DECOMPOSED ".mp4"), COMPOSED);
    same(aq_name_of_clip("clip.mp4"), "clip");
    same(aq_name_of_clip("CLIP.MP4"), "CLIP");
    same(aq_name_of_clip("some/folder/clip.webm"), "clip");
    same(aq_name_of_clip("v1.5"), "v1.5"); /* no ending of a video */
    same(aq_name_of_clip("take.one.wav"), "take.one");
    same(aq_name_of_clip(".mp4"), ".mp4");
    same(aq_name_as_written("some/" DECOMPOSED ".mp4"), COMPOSED ".mp4");
}

static void a_links_own_name_counts(void **state)
{
    AqScan s;
    char real[256], *want;
    const char *const paths[] = {"train"};

    (void)state;
    put("raw/1f3a", "one", 3);
    put("raw/77.mp4", "two", 3);
    led_to("train/a.mp4", "../raw/77.mp4");
    led_to("train/b.mp4", "chain");
    led_to("train/chain", "../raw/1f3a");
    led_to("train/c.mp4", "../raw/77.mp4"); /* two names, one file */
    finds("train", "a b c", 0);
    finds("train/chain", "chain", 0);
    led_to("elsewhere", "train");
    finds("elsewhere", "a b c", 0);
    CHECK_OK(aq_scan(&s, paths, 1));
    assert_non_null(getcwd(real, sizeof real));
    want = aq_strf("%s/train/b.mp4", real);
    assert_string_equal(s.v[1].path, want);
    aq_free(want);
    aq_scan_clear(&s);
}

static void one_file_of_one_name_counts_once(void **state)
{
    AqScan s;
    const char *const paths[] = {"v", "w/a.mp4", "v/a.mp4"};

    (void)state;
    put("v/a.mp4", "one", 3);
    led_to("w/a.mp4", "../v/a.mp4");
    put("x/a.mp4", "two", 3);
    CHECK_OK(aq_scan(&s, paths, 3));
    assert_int_equal(s.n, 1);
    aq_scan_clear(&s);
    CHECK_OK(aq_scan(&s, (const char *const[]){"v", "x"}, 2));
    assert_int_equal(s.n, 2);
    assert_non_null(s.v[1].rival);
    aq_scan_clear(&s);
}

static void linked_folders_are_walked_once(void **state)
{
    AqScan s;

    (void)state;
    put("disk/p.mp4", "p", 1);
    put("disk/deep/q.mp4", "q", 1);
    put("videos/r.mp4", "r", 1);
    led_to("videos/part1", "../disk");
    led_to("videos/again", "../disk/deep");
    led_to("disk/deep/loop", "../../videos");
    finds("videos", "q p r", 0);
    CHECK_OK(aq_scan(&s, (const char *const[]){"videos", "disk", "videos/part1"}, 3));
    assert_int_equal(s.n, 3);
    aq_scan_clear(&s);
}

static void what_leads_nowhere_is_told(void **state)
{
    AqScan s;
    int64_t bytes, mtime_ns;

    (void)state;
    put("v/a.mp4", "a", 1);
    led_to("v/gone.mp4", "../nowhere/x");
    led_to("v/self.mp4", "self.mp4");
    led_to("v/part2", "/mnt/not/mounted"); /* may have been a folder */
    led_to("v/notes.txt", "nowhere");
    finds("v", "a gone self", 1);
    CHECK_OK(aq_scan(&s, (const char *const[]){"v/gone.mp4", "v/a.mp4"}, 2));
    assert_int_equal(s.n, 2);
    assert_int_equal(aq_scan_stat(s.v[1].path, &bytes, &mtime_ns), AQ_ERR_NOT_FOUND);
    aq_scan_clear(&s);
    assert_int_equal(aq_scan(&s, (const char *const[]){"v/none.mp4"}, 1),
                     AQ_ERR_NOT_FOUND);
}

static void a_link_led_elsewhere_is_a_change(void **state)
{
    int64_t bytes, before_ns, after_ns;
    const struct timespec old[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

    (void)state;
    put("raw/a", "one", 3);
    put("raw/b", "two", 3); /* of the same size and, made so, the same time */
    assert_int_equal(utimensat(AT_FDCWD, "raw/a", old, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, "raw/b", old, 0), 0);
    CHECK_OK(aq_scan_stat("raw/a", &bytes, &before_ns));
    assert_int_equal(before_ns, 1000000000);
    led_to("v/x.mp4", "../raw/a");
    assert_int_equal(utimensat(AT_FDCWD, "v/x.mp4", old, AT_SYMLINK_NOFOLLOW), 0);
    CHECK_OK(aq_scan_stat("v/x.mp4", &bytes, &before_ns));
    assert_int_equal(unlink("v/x.mp4"), 0);
    led_to("v/x.mp4", "../raw/b");
    CHECK_OK(aq_scan_stat("v/x.mp4", &bytes, &after_ns));
    assert_int_equal(bytes, 3);
    assert_true(after_ns > before_ns);
}

static void lists_come_from_any_editor(void **state)
{
    static const char windows[] = "\xef\xbb\xbf"
                                  "v/a.mp4\r\n\r\n  \r\n\xef\xbb\xbfv/b c.mp4";
    static const char utf16[] = "\xff\xfev\0/\0a\0\n\0";
    static const char bare[] = "v\0/\0a\0\n\0";
    const char *const lists[] = {"l.txt"};
    AqScan s;

    (void)state;
    put("v/a.mp4", "a", 1);
    put("v/b c.mp4", "b", 1);
    put("l.txt", windows, sizeof windows - 1);
    CHECK_OK(aq_scan_with(&s, NULL, 0, lists, 1));
    assert_int_equal(s.n, 2);
    assert_string_equal(s.v[1].name, "b c");
    assert_true(s.v[0].ino != 0 && s.v[1].ino != 0);
    aq_scan_clear(&s);
    put("l.txt", utf16, sizeof utf16 - 1);
    assert_int_equal(aq_scan_with(&s, NULL, 0, lists, 1), AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "l.txt: is UTF-16: save it as UTF-8"));
    put("l.txt", bare, sizeof bare - 1);
    assert_int_equal(aq_scan_with(&s, NULL, 0, lists, 1), AQ_ERR_FORMAT);
    assert_non_null(strstr(aq_err_text(), "zero byte"));
    put("l.txt", "", 0);
    CHECK_OK(aq_scan_with(&s, NULL, 0, lists, 1));
    assert_int_equal(s.n, 0);
}

static void a_list_keeps_its_place(void **state)
{
    AqLines l;
    const char *line;

    (void)state;
    put("l.txt", "\n\none\r\n\r\ntwo", 12);
    CHECK_OK(aq_lines_open(&l, "l.txt"));
    CHECK_OK(aq_lines_next(&l, &line));
    assert_string_equal(line, "one");
    assert_int_equal(l.number, 3);
    CHECK_OK(aq_lines_next(&l, &line));
    assert_string_equal(line, "two");
    assert_int_equal(l.number, 5);
    assert_int_equal(aq_lines_next(&l, &line), AQ_EOF);
    aq_lines_close(&l);
    assert_int_equal(aq_lines_open(&l, "none.txt"), AQ_ERR_NOT_FOUND);
}

#define AT_HOME(f) cmocka_unit_test_setup_teardown(f, make_home, drop_home)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_compared_alike),
        AT_HOME(a_links_own_name_counts),
        AT_HOME(one_file_of_one_name_counts_once),
        AT_HOME(linked_folders_are_walked_once),
        AT_HOME(what_leads_nowhere_is_told),
        AT_HOME(a_link_led_elsewhere_is_a_change),
        AT_HOME(lists_come_from_any_editor),
        AT_HOME(a_list_keeps_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
