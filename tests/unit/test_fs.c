/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all, whoever else writes or died writing them. */
#include "base/fs.h"

#include "base/alloc.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/aq_fs-XXXXXX", path[64];

static int make_dir(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return 1;
    (void)snprintf(path, sizeof path, "%s/x", dir);
    return 0;
}

static int drop_dir(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir); /* which fails where anything else is left */
}

static int n_files(void)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int n = 0;

    assert_non_null(d);
    while ((e = readdir(d)))
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n;
}

static void begin(AqFsWriter *w, const char *text)
{
    CHECK_OK(aq_fs_write_begin(w, path));
    CHECK_OK(aq_fs_write(w, text, strlen(text)));
}

static void holds(const char *want)
{
    char *text;
    size_t n;

    CHECK_OK(aq_fs_read(path, 100, &text, &n));
    assert_string_equal(text, want);
    aq_free(text);
}

static void all_or_nothing(void **state)
{
    AqFsWriter w;

    (void)state;
    begin(&w, "one");
    assert_int_equal(access(path, F_OK), -1);
    CHECK_OK(aq_fs_write_commit(&w));
    holds("one");
    begin(&w, "two");
    holds("one");
    aq_fs_write_abort(&w);
    holds("one");
    assert_int_equal(n_files(), 1);
}

/* The last to finish stays; none sees the other's bytes. */
static void two_at_once(void **state)
{
    AqFsWriter a, b;

    (void)state;
    begin(&a, "a long text of a");
    begin(&b, "b");
    CHECK_OK(aq_fs_write_commit(&b));
    holds("b");
    CHECK_OK(aq_fs_write_commit(&a));
    holds("a long text of a");
    begin(&a, "a");
    begin(&b, "b");
    CHECK_OK(aq_fs_write_commit(&a));
    aq_fs_write_abort(&b);
    holds("a");
    assert_int_equal(n_files(), 1);
}

/* A process that is killed while it writes leaves a piece, which the next one uses. */
static void the_dead_leave_nothing_for_long(void **state)
{
    AqFsWriter w;
    int fd[2];
    char c = 0;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        if (aq_fs_write_begin(&w, path) == AQ_OK &&
            aq_fs_write(&w, "more than what comes after", 26) == AQ_OK &&
            fflush(w.f) == 0)
            (void)!write(fd[1], "y", 1);
        for (;;)
            (void)pause();
    }
    assert_int_equal(read(fd[0], &c, 1), 1);
    (void)kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)close(fd[0]);
    (void)close(fd[1]);
    assert_int_equal(n_files(), 2);
    begin(&w, "short");
    CHECK_OK(aq_fs_write_commit(&w));
    holds("short");
    assert_int_equal(n_files(), 1);
}

static void links_are_not_followed(void **state)
{
    AqFsWriter w;
    char part[80], other[80];
    struct stat st;

    (void)state;
    (void)snprintf(part, sizeof part, "%s.part", path);
    (void)snprintf(other, sizeof other, "%s/other", dir);
    assert_int_equal(symlink(other, part), 0);
    assert_int_equal(aq_fs_write_begin(&w, path), AQ_ERR_IO);
    assert_int_equal(lstat(other, &st), -1);
    (void)unlink(part);
    (void)umask(027);
    begin(&w, "x");
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_or_nothing), cmocka_unit_test(two_at_once),
        cmocka_unit_test(the_dead_leave_nothing_for_long),
        cmocka_unit_test(links_are_not_followed)};

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
