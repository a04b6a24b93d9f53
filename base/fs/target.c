/* SPDX-License-Identifier: MIT */
/* Resolves paths. Links are followed one by one, so that a descriptor's name
 * (/dev/fd/N) among them is recognised. */
#include "base/fs/fs_priv.h"

#include "base/alloc.h"
#include "base/fs/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_LINKS = 40 };

/* The original standard output, once it has been claimed and replaced by standard
 * error; -1: not claimed. */
static int claimed = -1;

/* N of /dev/stdout, /dev/fd/N, /proc/self/fd/N; else -1 */
static int descriptor_of(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/",
                                          "/proc/thread-self/fd/"};
    static const char *const streams[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};

    for (int fd = 0; fd < 3; fd++)
        if (strcmp(path, streams[fd]) == 0)
            return fd;
    for (size_t k = 0; k < sizeof folders / sizeof *folders; k++) {
        const size_t n = strlen(folders[k]);
        char *end = NULL;

        if (strncmp(path, folders[k], n) != 0 || path[n] < '0' || path[n] > '9')
            continue;
        const long fd = strtol(path + n, &end, 10);
        return *end || fd > INT_MAX ? -1 : (int)fd;
    }
    return -1;
}

/* The target of the link at `path`, resolved; *next is NULL if it is no link. */
static AqErr read_link(const char *path, char **next)
{
    char to[PATH_MAX];
    const ssize_t n = readlink(path, to, sizeof to - 1);
    const char *slash = strrchr(path, '/');

    *next = NULL;
    if (n < 0)
        return AQ_OK;
    to[n] = '\0';
    *next = *to == '/' || !slash ? aq_strdup(to)
                                 : aq_strf("%.*s/%s", (int)(slash - path), path, to);
    return *next ? AQ_OK : AQ_ERR_NOMEM;
}

/* Follows the links of `path` to their end, or to the name of a descriptor. */
static AqErr follow_links(const char *path, char **out)
{
    AqErr err = AQ_OK;
    int n = 0;

    *out = aq_strdup(path);
    for (; err == AQ_OK && *out && n <= MOST_LINKS && descriptor_of(*out) < 0; n++) {
        char *next = NULL;

        err = read_link(*out, &next);
        if (!next)
            break;
        aq_free(*out);
        *out = next;
    }
    if (err == AQ_OK && n > MOST_LINKS)
        err = aq_fail(AQ_ERR_IO, "%s: too many levels of symbolic links", path);
    return *out ? err : AQ_ERR_NOMEM;
}

static int is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is it the same file as standard output? Of devices only terminals count: /dev/null is
 * shared by everybody. */
static int is_stdout(const struct stat *st)
{
    const int fd = claimed >= 0 ? claimed : STDOUT_FILENO;
    struct stat out;

    return fstat(fd, &out) == 0 && is_same(st, &out) &&
           (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode) || isatty(fd));
}

static AqErr look_at_descriptor(AqFsTarget *t, const char *path)
{
    if (t->fd == STDOUT_FILENO && claimed >= 0)
        t->fd = claimed;
    if (fstat(t->fd, &t->st) != 0)
        return aq_fail_errno(path);
    t->is_there = 1;
    return AQ_OK;
}

/* Resolves `path`; the caller frees t->path, also on failure. */
AqErr aq_fs_find_target(AqFsTarget *t, const char *path)
{
    *t = (AqFsTarget){.fd = -1};
    AqErr err = follow_links(path, &t->path);

    if (err != AQ_OK)
        return err;
    t->fd = descriptor_of(t->path);
    if (t->fd >= 0)
        return look_at_descriptor(t, path);
    t->is_there = stat(t->path, &t->st) == 0;
    if (!t->is_there)
        return errno == ENOENT || errno == ENOTDIR ? AQ_OK : aq_fail_errno(path);
    if (S_ISDIR(t->st.st_mode))
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is a folder, so no file can be written there", path);
    if (is_stdout(&t->st))
        t->fd = claimed >= 0 ? claimed : STDOUT_FILENO;
    t->is_regular = t->fd < 0 && S_ISREG(t->st.st_mode);
    return AQ_OK;
}

/* The folder that a file is in. Gives; NULL when out of memory. */
static char *parent_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return !slash          ? aq_strdup(".")
           : slash == path ? aq_strdup("/")
                           : aq_strf("%.*s", (int)(slash - path), path);
}

static AqErr check_folder(const char *path, const char *target)
{
    struct stat st;
    AqErr err = AQ_OK;
    char *folder = parent_folder_of(target);

    if (!folder)
        return AQ_ERR_NOMEM;
    if (!*target || target[strlen(target) - 1] == '/')
        err = aq_fail(AQ_ERR_IO, "'%s' is not the name of a file to write", path);
    else if (stat(folder, &st) != 0 && errno == ENOENT)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: cannot be written: the folder %s is not there; make it, or "
                      "name another place",
                      path, folder);
    else if (stat(folder, &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISDIR(st.st_mode))
        err = aq_fail(AQ_ERR_IO, "%s: cannot be written: %s is not a folder", path,
                      folder);
    else if (access(folder, W_OK | X_OK) != 0)
        err = aq_fail(
            AQ_ERR_IO,
            "%s: cannot be written: nothing can be put into the folder %s (%s); "
            "name another place",
            path, folder, strerror(errno)); /* glibc's is of the thread */
    aq_free(folder);
    return err;
}

AqErr aq_fs_check_target(const AqFsTarget *t, const char *path)
{
    if (t->is_there && t->fd < 0 && access(t->path, W_OK) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: exists and cannot be written to (%s); name another "
                       "file, or remove it first",
                       path, strerror(errno));
    return t->is_there && !t->is_regular ? AQ_OK : check_folder(path, t->path);
}

AqErr aq_fs_check_write(const char *path)
{
    AqFsTarget t;
    AqErr err = aq_fs_find_target(&t, path);

    if (err == AQ_OK)
        err = aq_fs_check_target(&t, path);
    aq_free(t.path);
    return err;
}

AqErr aq_fs_check_file(const char *path, const char *format)
{
    AqFsTarget t;
    AqErr err = aq_fs_find_target(&t, path);

    if (err == AQ_OK && t.is_there && !t.is_regular)
        err = aq_fail(AQ_ERR_UNSUPPORTED,
                      "%s: is not an ordinary file, and writing %s needs to seek: name "
                      "an ordinary file, or another format",
                      path, format);
    aq_free(t.path);
    return err;
}

int aq_fs_same(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && is_same(&x, &y);
}

int aq_fs_claim_stdout(const char *path)
{
    AqFsTarget t;
    const int is_it = aq_fs_find_target(&t, path) == AQ_OK && t.fd == STDOUT_FILENO;

    aq_free(t.path);
    if (!is_it || claimed >= 0)
        return is_it;
    claimed = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return claimed >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}
