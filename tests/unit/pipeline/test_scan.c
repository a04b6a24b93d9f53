/* SPDX-License-Identifier: MIT */
/* From paths to clips. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "pipeline/inputs/scan.h"
#include "tests/unit/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    const struct CMUnitTest tests[] = {cmocka_unit_test(folders_are_walked)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
