/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all, whoever else writes or died writing them. */
#include "base/fs/fs.h"

#include "base/alloc.h"
#include "tests/unit/check.h"

#include <dirent.h>
#include <fcntl.h>
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
    CHECK_OK(aq_fs_write_whole(path, "three", 5));
    holds("three");
    assert_int_not_equal(aq_fs_write_whole("/nowhere/at/all", "x", 1), AQ_OK);
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

static void a_link_in_its_way_is_not_followed(void **state)
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
}

static int mode_of(const char *file)
{
    struct stat st;

    assert_int_equal(lstat(file, &st), 0);
    return (int)(st.st_mode & 0777);
}

static void modes_are_kept(void **state)
{
    AqFsWriter w;
    const mode_t before = umask(027);

    (void)state;
    (void)unlink(path);
    begin(&w, "new");
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(chmod(path, 0604), 0);
    begin(&w, "replaced");
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(mode_of(path), 0604);
    (void)umask(before);
}

static int is_link(const char *file)
{
    struct stat st;

    return lstat(file, &st) == 0 && S_ISLNK(st.st_mode);
}

/* A link to a file, and one to where none is yet: it stays, the file is made. */
static void links_stay(void **state)
{
    AqFsWriter w;
    char link_to[80], chain[80];

    (void)state;
    (void)snprintf(link_to, sizeof link_to, "%s/link", dir);
    (void)snprintf(chain, sizeof chain, "%s/chain", dir);
    assert_int_equal(symlink("x", link_to), 0);
    assert_int_equal(symlink(link_to, chain), 0);
    for (int k = 0; k < 2; k++) {
        CHECK_OK(aq_fs_write_begin(&w, k ? chain : link_to));
        CHECK_OK(aq_fs_write(&w, k ? "two" : "one", 3));
        CHECK_OK(aq_fs_write_commit(&w));
        assert_true(is_link(link_to) && is_link(chain));
        holds(k ? "two" : "one");
        assert_true(aq_fs_same(path, chain));
        if (k == 0)
            (void)unlink(path);
    }
    (void)unlink(link_to);
    assert_int_equal(symlink("chain", link_to), 0); /* in a circle */
    assert_int_equal(aq_fs_write_begin(&w, chain), AQ_ERR_IO);
    (void)unlink(link_to);
    (void)unlink(chain);
    assert_int_equal(n_files(), 1);
}

static void what_is_no_file_is_written_through(void **state)
{
    AqFsWriter w;
    char fifo[80], read_back[8] = "", number[40];
    int fd[2];
    struct stat st;

    (void)state;
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const int reader = open(fifo, O_RDONLY | O_NONBLOCK);
    CHECK_OK(aq_fs_check_write(fifo));
    CHECK_OK(aq_fs_write_begin(&w, fifo));
    CHECK_OK(aq_fs_write(&w, "piped", 5));
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(read(reader, read_back, sizeof read_back), 5);
    assert_string_equal(read_back, "piped");
    assert_true(lstat(fifo, &st) == 0 && S_ISFIFO(st.st_mode));
    assert_int_equal(aq_fs_write_begin_file(&w, fifo, "HDF5"), AQ_ERR_UNSUPPORTED);
    (void)close(reader);
    (void)unlink(fifo);

    assert_int_equal(pipe(fd), 0);
    (void)snprintf(number, sizeof number, "/dev/fd/%d", fd[1]);
    CHECK_OK(aq_fs_write_begin(&w, number));
    CHECK_OK(aq_fs_write(&w, "open", 5));
    CHECK_OK(aq_fs_write_commit(&w));
    assert_int_equal(read(fd[0], read_back, sizeof read_back), 5);
    assert_string_equal(read_back, "open");
    assert_int_equal(fcntl(fd[1], F_GETFD), 0); /* its owner's still */
    (void)close(fd[0]);
    (void)close(fd[1]);

    if (access("/dev/full", W_OK) == 0) {
        CHECK_OK(aq_fs_write_begin(&w, "/dev/full"));
        CHECK_OK(aq_fs_write(&w, "x", 1));
        assert_int_equal(aq_fs_write_commit(&w), AQ_ERR_IO);
    }
    assert_int_equal(n_files(), 1);
}

static void says_where_it_cannot(void **state)
{
    AqFsWriter w;
    char none[80];

    (void)state;
    (void)snprintf(none, sizeof none, "%s/none/y", dir);
    assert_int_equal(aq_fs_check_write(none), AQ_ERR_NOT_FOUND);
    assert_non_null(strstr(aq_err_text(), "/none is not there"));
    assert_int_equal(aq_fs_write_begin(&w, none), AQ_ERR_NOT_FOUND);
    assert_int_equal(aq_fs_check_write(dir), AQ_ERR_MISMATCH);
    assert_non_null(strstr(aq_err_text(), "is a folder"));
    (void)snprintf(none, sizeof none, "%s/", path);
    assert_int_equal(aq_fs_check_write(none), AQ_ERR_IO);
    (void)snprintf(none, sizeof none, "%s/y", path); /* below a file */
    assert_int_equal(aq_fs_check_write(none), AQ_ERR_IO);
    assert_int_equal(aq_fs_check_write(""), AQ_ERR_IO);
    assert_int_equal(n_files(), 1);
}

static void what_is_replaced_is_kept(void **state)
{
    AqFsKept k;
    AqFsWriter w;
    char old[80];
    int replaced;
    char *text;
    size_t n;

    (void)state;
    (void)snprintf(old, sizeof old, "%s.old", path);
    for (int round = 0; round < 3; round++) { /* nothing; nothing written; replaced */
        if (round == 0)
            (void)unlink(path);
        CHECK_OK(aq_fs_keep_begin(&k, path));
        if (round != 1) {
            begin(&w, round ? "second" : "first");
            CHECK_OK(aq_fs_write_commit(&w));
        }
        CHECK_OK(aq_fs_keep_end(&k, &replaced));
        aq_fs_keep_clear(&k);
        assert_int_equal(replaced, round == 2);
        assert_int_equal(n_files(), round == 2 ? 2 : 1);
    }
    holds("second");
    CHECK_OK(aq_fs_read(old, 100, &text, &n));
    assert_string_equal(text, "first");
    aq_free(text);
    CHECK_OK(aq_fs_keep_begin(&k, path)); /* and is killed, its work done */
    begin(&w, "third");
    CHECK_OK(aq_fs_write_commit(&w));
    aq_fs_keep_clear(&k);
    CHECK_OK(aq_fs_keep_begin(&k, path));
    CHECK_OK(aq_fs_read(old, 100, &text, &n));
    assert_string_equal(text, "second");
    aq_free(text);
    CHECK_OK(aq_fs_keep_end(&k, &replaced));
    aq_fs_keep_clear(&k);
    (void)unlink(old);
    assert_int_equal(n_files(), 1);
}

/* What a job replaces that goes on is its own, but where the first part was killed. */
static void what_goes_on_keeps_what_was_before(void **state)
{
    char old[300], *text;
    AqFsKept k;
    AqFsWriter w;
    size_t n;
    int replaced;

    (void)state;
    (void)snprintf(old, sizeof old, "%s.old", path);
    for (int killed = 0; killed < 3; killed++) { /* not; before; after it has written */
        begin(&w, "before");
        CHECK_OK(aq_fs_write_commit(&w));
        CHECK_OK(aq_fs_keep_begin(&k, path));
        if (killed != 1) {
            begin(&w, "half");
            CHECK_OK(aq_fs_write_commit(&w));
        }
        if (killed == 0)
            CHECK_OK(aq_fs_keep_end(&k, &replaced));
        aq_fs_keep_clear(&k);
        CHECK_OK(aq_fs_keep_go_on(&k, path));
        begin(&w, "whole");
        CHECK_OK(aq_fs_write_commit(&w));
        CHECK_OK(aq_fs_keep_end(&k, &replaced));
        aq_fs_keep_clear(&k);
        assert_int_equal(replaced, killed > 0);
        CHECK_OK(aq_fs_read(old, 100, &text, &n));
        assert_string_equal(text, "before");
        aq_free(text);
        assert_int_equal(n_files(), 2);
        (void)unlink(old);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(the_dead_leave_nothing_for_long),
        cmocka_unit_test(a_link_in_its_way_is_not_followed),
        cmocka_unit_test(modes_are_kept),
        cmocka_unit_test(links_stay),
        cmocka_unit_test(what_is_no_file_is_written_through),
        cmocka_unit_test(says_where_it_cannot),
        cmocka_unit_test(what_is_replaced_is_kept),
        cmocka_unit_test(what_goes_on_keeps_what_was_before)};

    return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
