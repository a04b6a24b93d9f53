/* SPDX-License-Identifier: MIT */
/*
 * Files that appear whole or not at all, and things that cannot be replaced by a file
 * and are written to directly: devices, FIFOs, descriptors that are already open
 * (/dev/stdout, /dev/fd/N).
 */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "base/fs/fs.h"

#include "base/alloc.h"
#include "base/fs/fs_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int (*stop_fn)(void);

void aq_fs_set_stop(int (*stop)(void))
{
    stop_fn = stop;
}

/* ---- a file beside the one that it replaces ---- */

/* A lock of the open file description, not of the process, and not flock(), which
 * libraries that write to the path may use. Some network file systems lack it: then
 * there is no protection. */
static int lock_file(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_OFD_SETLK, &all) == 0 || (errno != EAGAIN && errno != EACCES))
        return 0;
    errno = EWOULDBLOCK;
    return -1;
}

/* Opens the temporary file, empty. It is locked while being written, so that a file
 * left by a killed process is reused and one that a live process writes is not. -1 and
 * errno on failure; EWOULDBLOCK: another process is writing it. */
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
        err = aq_fail(AQ_ERR_IO, "%s: another process is already writing it", w->path);
    return err;
}

/* Copies the old file's owner, as far as permitted, and its mode. */
static void keep_owner_and_mode(AqFsWriter *w)
{
    const int fd = fileno((FILE *)w->f);

    if (w->mode < 0)
        return;
    if ((w->uid != geteuid() || w->gid != getegid()) && fchown(fd, w->uid, w->gid) != 0)
        (void)0; /* the superuser's right */
    (void)fchmod(fd, (mode_t)w->mode & 0777);
}

/* ---- writing directly ---- */

/* Opening a FIFO without a reader would block, and a signal would not interrupt it:
 * threads have signals blocked. */
static int open_fifo(const char *path)
{
    const struct timespec nap = {.tv_nsec = 20L * 1000 * 1000};
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

static AqErr begin_through(AqFsWriter *w, const AqFsTarget *t)
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
        errno == EINTR ? aq_fail(AQ_ERR_CANCELLED,
                                 "%s: interrupted while waiting for a reader", w->path)
                       : aq_fail_errno(w->path);
    if (fd >= 0)
        (void)close(fd);
    return err;
}

/* Pipes and terminals cannot be synced. */
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
    AqFsTarget t;

    *w = (AqFsWriter){.mode = -1};
    AqErr err = aq_fs_find_target(&t, path);
    if (err == AQ_OK)
        err = aq_fs_check_target(&t, path);
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

AqErr aq_fs_write_whole(const char *path, const void *data, size_t bytes)
{
    AqFsWriter w;
    AqErr err = aq_fs_write_begin(&w, path);

    if (err != AQ_OK)
        return err;
    err = aq_fs_write(&w, data, bytes);
    if (err == AQ_OK)
        return aq_fs_write_commit(&w);
    aq_fs_write_abort(&w);
    return err;
}
