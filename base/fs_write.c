/* SPDX-License-Identifier: MIT */
/*
 * Files that appear whole or not at all, and what is no file to be replaced: devices,
 * FIFOs, descriptors that are open already (/dev/stdout, /dev/fd/N), which are written
 * through. Links are followed one by one, as only so a descriptor's name is seen among
 * them.
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "base/fs.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_LINKS = 40 };

/* What standard output was, once it was claimed and its place was taken by standard
 * error; -1: nobody did. */
static int claimed = -1;
static int (*stop_fn)(void);

void aq_fs_set_stop(int (*stop)(void))
{
    stop_fn = stop;
}

/* ---- where a path leads ---- */

typedef struct Target {
    char *path; /* links followed; what is to be replaced or made */
    int fd;     /* >= 0: open already, and stays its owner's */
    int is_there, is_regular;
    struct stat st; /* if it is there */
} Target;

/* N of /dev/stdout, /dev/fd/N, /proc/self/fd/N; -1 */
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

/* What the link at `path` says, relative to where it is; *next NULL: it is no link. */
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

/* Takes `path` to where its links end, or to the name of a descriptor. */
static AqErr follow(const char *path, char **out)
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
        err = aq_fail(AQ_ERR_IO, "%s: its links lead nowhere", path);
    return *out ? err : AQ_ERR_NOMEM;
}

static int is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is it the very file that standard output is? Of devices a terminal alone: /dev/null
 * is everybody's. */
static int is_stdout(const struct stat *st)
{
    const int fd = claimed >= 0 ? claimed : STDOUT_FILENO;
    struct stat out;

    return fstat(fd, &out) == 0 && is_same(st, &out) &&
           (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode) || isatty(fd));
}

static AqErr look_at_descriptor(Target *t, const char *path)
{
    if (t->fd == STDOUT_FILENO && claimed >= 0)
        t->fd = claimed;
    if (fstat(t->fd, &t->st) != 0)
        return aq_fail_errno(path);
    t->is_there = 1;
    return AQ_OK;
}

/* Where `path` leads; t->path is to be freed whatever comes of it. */
static AqErr find_target(Target *t, const char *path)
{
    *t = (Target){.fd = -1};
    AqErr err = follow(path, &t->path);

    if (err != AQ_OK)
        return err;
    t->fd = descriptor_of(t->path);
    if (t->fd >= 0)
        return look_at_descriptor(t, path);
    t->is_there = stat(t->path, &t->st) == 0;
    if (!t->is_there)
        return errno == ENOENT || errno == ENOTDIR ? AQ_OK : aq_fail_errno(path);
    if (S_ISDIR(t->st.st_mode))
        return aq_fail(AQ_ERR_MISMATCH, "%s: is a folder, and a file is to be written",
                       path);
    if (is_stdout(&t->st))
        t->fd = claimed >= 0 ? claimed : STDOUT_FILENO;
    t->is_regular = t->fd < 0 && S_ISREG(t->st.st_mode);
    return AQ_OK;
}

/* The folder that a file is in. Gives; NULL when memory is out. */
static char *folder_of(const char *path)
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
    char *folder = folder_of(target);

    if (!folder)
        return AQ_ERR_NOMEM;
    if (!*target || target[strlen(target) - 1] == '/')
        err = aq_fail(AQ_ERR_IO, "'%s' names no file to be written", path);
    else if (stat(folder, &st) != 0 && errno == ENOENT)
        err =
            aq_fail(AQ_ERR_NOT_FOUND,
                    "%s: cannot be written, as the folder %s is not there; make it, or "
                    "name another place",
                    path, folder);
    else if (stat(folder, &st) != 0)
        err = aq_fail_errno(path);
    else if (!S_ISDIR(st.st_mode))
        err = aq_fail(AQ_ERR_IO, "%s: cannot be written, as %s is no folder", path,
                      folder);
    else if (access(folder, W_OK | X_OK) != 0)
        err =
            aq_fail(AQ_ERR_IO,
                    "%s: cannot be written, as the folder %s must not be changed (%s); "
                    "name another place",
                    path, folder, strerror(errno)); /* glibc's is of the thread */
    aq_free(folder);
    return err;
}

static AqErr check_target(const Target *t, const char *path)
{
    if (t->is_there && t->fd < 0 && access(t->path, W_OK) != 0)
        return aq_fail(AQ_ERR_MISMATCH,
                       "%s: is there and must not be written to (%s); name another "
                       "file, or take it away first",
                       path, strerror(errno));
    return t->is_there && !t->is_regular ? AQ_OK : check_folder(path, t->path);
}

AqErr aq_fs_check_write(const char *path)
{
    Target t;
    AqErr err = find_target(&t, path);

    if (err == AQ_OK)
        err = check_target(&t, path);
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
    Target t;
    const int is_it = find_target(&t, path) == AQ_OK && t.fd == STDOUT_FILENO;

    aq_free(t.path);
    if (!is_it || claimed >= 0)
        return is_it;
    claimed = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return claimed >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

/* ---- a file beside the one that it replaces ---- */

/* A lock of the open file, not of the process, and not flock()'s, which libraries that
 * write through the path may want. Some network file systems have none: then there is
 * no protection. */
static int lock_file(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_OFD_SETLK, &all) == 0 || (errno != EAGAIN && errno != EACCES))
        return 0;
    errno = EWOULDBLOCK;
    return -1;
}

/* The file that writing goes to, empty. It is locked as long as it is written, so that
 * what a killed process left is taken over, and what a living one writes is not. -1 and
 * errno; EWOULDBLOCK: another writes it. */
static int open_part(const char *part)
{
    struct stat ours, there;

    for (;;) {
        const int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);

        if (fd < 0)
            return -1;
        int ok = lock_file(fd) == 0 && fstat(fd, &ours) == 0;
        /* Between the two calls the one who had it may have renamed it: then this is a
         * finished file. */
        const int same = ok && stat(part, &there) == 0 && ours.st_dev == there.st_dev &&
                         ours.st_ino == there.st_ino;
        ok = ok && (!same || ftruncate(fd, 0) == 0);
        if (ok && same)
            return fd;
        const int why = errno;
        (void)close(fd);
        if (!ok) {
            errno = why;
            return -1;
        }
    }
}

static AqErr open_temp(AqFsWriter *w, char *name)
{
    if (!name)
        return AQ_ERR_NOMEM;
    const int fd = open_part(name);
    w->f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (w->f) {
        w->temp_path = name;
        return AQ_OK;
    }
    const AqErr err =
        errno == EWOULDBLOCK ? AQ_EOF : aq_fail_errno(w->path); /* before free */
    if (fd >= 0) {
        (void)unlink(name);
        (void)close(fd);
    }
    aq_free(name);
    return err;
}

static AqErr begin_beside(AqFsWriter *w)
{
    AqErr err = open_temp(w, aq_strf("%s.part", w->target));

    if (err == AQ_EOF) /* another process writes the same file: the last one stays */
        err = open_temp(w, aq_strf("%s.%ld.part", w->target, (long)getpid()));
    if (err == AQ_EOF)
        err = aq_fail(AQ_ERR_IO, "%s: is being written already", w->path);
    return err;
}

/* The new file is whose the old one was, as far as that may be, and as it may be read.
 */
static void keep_owner_and_mode(AqFsWriter *w)
{
    const int fd = fileno((FILE *)w->f);

    if (w->mode < 0)
        return;
    if ((w->uid != geteuid() || w->gid != getegid()) && fchown(fd, w->uid, w->gid) != 0)
        (void)0; /* the superuser's right */
    (void)fchmod(fd, (mode_t)w->mode & 0777);
}

/* ---- what is written through ---- */

/* Opening a FIFO that nobody reads blocks, and a signal would not end that: threads
 * have them blocked. */
static int open_fifo(const char *path)
{
    const struct timespec nap = {.tv_nsec = 20 * 1000 * 1000};
    int fd;

    while ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK)) < 0 && errno == ENXIO) {
        (void)nanosleep(&nap, NULL);
        if (stop_fn && stop_fn()) {
            errno = EINTR;
            return -1;
        }
    }
    if (fd >= 0)
        (void)fcntl(fd, F_SETFL, 0); /* from here on it waits for its reader */
    return fd;
}

static AqErr begin_through(AqFsWriter *w, const Target *t)
{
    if (t->fd == STDOUT_FILENO)
        (void)fflush(stdout); /* its faults are found at its end */
    const int fd = t->fd >= 0 ? fcntl(t->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                   : S_ISFIFO(t->st.st_mode)
                       ? open_fifo(t->path)
                       : open(t->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    w->f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (w->f)
        return AQ_OK;
    const AqErr err =
        errno == EINTR
            ? aq_fail(AQ_ERR_CANCELLED, "%s: interrupted while nobody read it", w->path)
            : aq_fail_errno(w->path);
    if (fd >= 0)
        (void)close(fd);
    return err;
}

/* Of a pipe or a terminal there is nothing to be made safe. */
static AqErr end_through(AqFsWriter *w)
{
    FILE *f = w->f;
    const int is_safe = fsync(fileno(f)) == 0 || errno == EINVAL || errno == EROFS ||
                        errno == ENOTSUP || errno == ENOSYS;
    AqErr err = is_safe ? AQ_OK : aq_fail_errno(w->path);

    w->f = NULL;
    if (fclose(f) != 0 && err == AQ_OK)
        err = aq_fail_errno(w->path);
    return err;
}

/* ---- the writer ---- */

AqErr aq_fs_write_begin(AqFsWriter *w, const char *path)
{
    Target t;

    *w = (AqFsWriter){.mode = -1};
    AqErr err = find_target(&t, path);
    if (err == AQ_OK)
        err = check_target(&t, path);
    if (err == AQ_OK && !(w->path = aq_strdup(path)))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK && t.is_there && !t.is_regular) {
        err = begin_through(w, &t);
    } else if (err == AQ_OK) {
        w->target = t.path;
        t.path = NULL;
        if (t.is_there) {
            w->mode = (int)t.st.st_mode;
            w->uid = t.st.st_uid;
            w->gid = t.st.st_gid;
        }
        err = begin_beside(w);
    }
    aq_free(t.path);
    if (err != AQ_OK)
        aq_fs_write_abort(w);
    return err;
}

AqErr aq_fs_check_file(const char *path, const char *format)
{
    Target t;
    AqErr err = find_target(&t, path);

    if (err == AQ_OK && t.is_there && !t.is_regular)
        err = aq_fail(AQ_ERR_UNSUPPORTED,
                      "%s: is no ordinary file, and %s is not written from front to "
                      "end: name a file, or take another format",
                      path, format);
    aq_free(t.path);
    return err;
}

AqErr aq_fs_write_begin_file(AqFsWriter *w, const char *path, const char *format)
{
    const AqErr err = aq_fs_check_file(path, format);

    *w = (AqFsWriter){.mode = -1};
    return err == AQ_OK ? aq_fs_write_begin(w, path) : err;
}

AqErr aq_fs_write(AqFsWriter *w, const void *data, size_t bytes)
{
    if (bytes && fwrite(data, 1, bytes, w->f) != bytes)
        return aq_fail_errno(w->path);
    return AQ_OK;
}

AqErr aq_fs_write_commit(AqFsWriter *w)
{
    AqErr err = fflush(w->f) == 0 ? AQ_OK : aq_fail_errno(w->path);

    if (err == AQ_OK && !w->temp_path) {
        err = end_through(w);
    } else if (err == AQ_OK) {
        keep_owner_and_mode(w);
        if (fsync(fileno((FILE *)w->f)) != 0 || rename(w->temp_path, w->target) != 0)
            err = aq_fail_errno(w->path); /* what is left to fclose() cannot fail */
    }
    if (err == AQ_OK) {
        aq_free(w->temp_path);
        w->temp_path = NULL;
    }
    aq_fs_write_abort(w);
    return err;
}

void aq_fs_write_abort(AqFsWriter *w)
{
    if (w->temp_path)
        (void)unlink(w->temp_path); /* while it is locked: it may be another's then */
    if (w->f)
        (void)fclose(w->f);
    aq_free(w->temp_path);
    aq_free(w->target);
    aq_free(w->path);
    *w = (AqFsWriter){.mode = -1};
}
