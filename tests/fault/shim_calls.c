/* SPDX-License-Identifier: MIT */
/*
 * The calls that shim.c may let fail, each in front of the real one. None allocates,
 * and each keeps to what its manual page says of a failure: the value, errno, and no
 * effect. (A failed fclose has closed, as it always does.)
 */
#define _GNU_SOURCE 1
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define SQLITE_BUSY_  5
#define SQLITE_NOMEM_ 7
#define SQLITE_IOERR_ 10
#define SQLITE_FULL_  13

/* `real`, a static pointer to the function of that name, looked up once. */
#define REAL(result, name, ...)                                                        \
    typedef result (*Real)(__VA_ARGS__);                                               \
    static Real real;                                                                  \
    if (!real)                                                                         \
    *(void **)&real = aq_shim_real(#name)

static int errno_of_write(void)
{
    return aq_shim_how() == AQ_HOW_EIO ? EIO : ENOSPC;
}

/* ---- alloc ---- */

static int no_memory(const char *function)
{
    if (!aq_shim_hit(AQ_CLASS_ALLOC, function))
        return 0;
    errno = ENOMEM;
    return 1;
}

AQ_SHIM_EXPORT void *malloc(size_t n)
{
    REAL(void *, malloc, size_t);
    return no_memory("malloc") ? NULL : real(n);
}

AQ_SHIM_EXPORT void *calloc(size_t n, size_t size)
{
    REAL(void *, calloc, size_t, size_t);
    return no_memory("calloc") ? NULL : real(n, size);
}

AQ_SHIM_EXPORT void *realloc(void *p, size_t n)
{
    REAL(void *, realloc, void *, size_t);
    return no_memory("realloc") ? NULL : real(p, n);
}

AQ_SHIM_EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
    REAL(void *, reallocarray, void *, size_t, size_t);
    return no_memory("reallocarray") ? NULL : real(p, n, size);
}

AQ_SHIM_EXPORT int posix_memalign(void **p, size_t align, size_t n)
{
    REAL(int, posix_memalign, void **, size_t, size_t);
    return no_memory("posix_memalign") ? ENOMEM : real(p, align, n);
}

AQ_SHIM_EXPORT void *aligned_alloc(size_t align, size_t n)
{
    REAL(void *, aligned_alloc, size_t, size_t);
    return no_memory("aligned_alloc") ? NULL : real(align, n);
}

AQ_SHIM_EXPORT void *memalign(size_t align, size_t n)
{
    REAL(void *, memalign, size_t, size_t);
    return no_memory("memalign") ? NULL : real(align, n);
}

/* ---- write ---- */

static int no_write(int fd, const char *function)
{
    if (!aq_shim_wants_fd(fd) || !aq_shim_hit(AQ_CLASS_WRITE, function))
        return 0;
    errno = errno_of_write();
    return 1;
}

static int no_path(const char *path, const char *function)
{
    if (!aq_shim_wants_path(path) || !aq_shim_hit(AQ_CLASS_WRITE, function))
        return 0;
    errno = errno_of_write();
    return 1;
}

/* How much of a failed write arrives: half for `short`, else nothing at all. */
static int cut(size_t *n)
{
    if (aq_shim_how() != AQ_HOW_SHORT || *n < 2)
        return 0;
    *n /= 2;
    return 1;
}

AQ_SHIM_EXPORT ssize_t write(int fd, const void *from, size_t n)
{
    REAL(ssize_t, write, int, const void *, size_t);
    return no_write(fd, "write") && !cut(&n) ? -1 : real(fd, from, n);
}

AQ_SHIM_EXPORT ssize_t pwrite(int fd, const void *from, size_t n, off_t at)
{
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    return no_write(fd, "pwrite") && !cut(&n) ? -1 : real(fd, from, n, at);
}

AQ_SHIM_EXPORT ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at)
{
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    return no_write(fd, "pwrite64") && !cut(&n) ? -1 : real(fd, from, n, at);
}

AQ_SHIM_EXPORT ssize_t writev(int fd, const struct iovec *v, int n)
{
    REAL(ssize_t, writev, int, const struct iovec *, int);
    return no_write(fd, "writev") ? -1 : real(fd, v, n);
}

AQ_SHIM_EXPORT int fsync(int fd)
{
    REAL(int, fsync, int);
    return no_write(fd, "fsync") ? -1 : real(fd);
}

AQ_SHIM_EXPORT int fdatasync(int fd)
{
    REAL(int, fdatasync, int);
    return no_write(fd, "fdatasync") ? -1 : real(fd);
}

AQ_SHIM_EXPORT int ftruncate(int fd, off_t n)
{
    REAL(int, ftruncate, int, off_t);
    return no_write(fd, "ftruncate") ? -1 : real(fd, n);
}

AQ_SHIM_EXPORT int ftruncate64(int fd, off64_t n)
{
    REAL(int, ftruncate64, int, off64_t);
    return no_write(fd, "ftruncate64") ? -1 : real(fd, n);
}

AQ_SHIM_EXPORT int fallocate(int fd, int mode, off_t at, off_t n)
{
    REAL(int, fallocate, int, int, off_t, off_t);
    return no_write(fd, "fallocate") ? -1 : real(fd, mode, at, n);
}

AQ_SHIM_EXPORT int posix_fallocate(int fd, off_t at, off_t n)
{
    REAL(int, posix_fallocate, int, off_t, off_t);
    return no_write(fd, "posix_fallocate") ? errno_of_write() : real(fd, at, n);
}

AQ_SHIM_EXPORT int rename(const char *from, const char *to)
{
    REAL(int, rename, const char *, const char *);
    return no_path(to, "rename") ? -1 : real(from, to);
}

AQ_SHIM_EXPORT int mkdir(const char *path, mode_t mode)
{
    REAL(int, mkdir, const char *, mode_t);
    return no_path(path, "mkdir") ? -1 : real(path, mode);
}

AQ_SHIM_EXPORT int unlink(const char *path)
{
    REAL(int, unlink, const char *);
    return no_path(path, "unlink") ? -1 : real(path);
}

AQ_SHIM_EXPORT FILE *fopen(const char *path, const char *mode)
{
    REAL(FILE *, fopen, const char *, const char *);
    return mode[0] != 'r' && no_path(path, "fopen") ? NULL : real(path, mode);
}

AQ_SHIM_EXPORT size_t fwrite(const void *from, size_t size, size_t n, FILE *f)
{
    REAL(size_t, fwrite, const void *, size_t, size_t, FILE *);
    if (!no_write(fileno(f), "fwrite"))
        return real(from, size, n, f);
    const size_t written = cut(&n) ? real(from, size, n, f) : 0;
    errno = errno_of_write();
    return written;
}

AQ_SHIM_EXPORT int fflush(FILE *f)
{
    REAL(int, fflush, FILE *);
    return f && no_write(fileno(f), "fflush") ? EOF : real(f);
}

AQ_SHIM_EXPORT int fclose(FILE *f)
{
    REAL(int, fclose, FILE *);
    const int fails = no_write(fileno(f), "fclose");
    const int why = errno, status = real(f);
    if (fails)
        errno = why;
    return fails ? EOF : status;
}

/* Opening counts where it may make a file. */
#define OPEN(name)                                                                     \
    AQ_SHIM_EXPORT int name(const char *path, int flags, ...)                          \
    {                                                                                  \
        REAL(int, name, const char *, int, ...);                                       \
        mode_t mode = 0;                                                               \
        va_list ap;                                                                    \
                                                                                       \
        va_start(ap, flags);                                                           \
        if (flags & (O_CREAT | __O_TMPFILE))                                           \
            mode = va_arg(ap, mode_t);                                                 \
        va_end(ap);                                                                    \
        return (flags & O_CREAT) && no_path(path, #name) ? -1                          \
                                                         : real(path, flags, mode);    \
    }
OPEN(open)
OPEN(open64)

/* ---- read ---- */

static int no_read(int fd, const char *function)
{
    if (!aq_shim_wants_fd(fd) || !aq_shim_hit(AQ_CLASS_READ, function))
        return 0;
    errno = EIO;
    return 1;
}

AQ_SHIM_EXPORT ssize_t read(int fd, void *to, size_t n)
{
    REAL(ssize_t, read, int, void *, size_t);
    return no_read(fd, "read") ? -1 : real(fd, to, n);
}

AQ_SHIM_EXPORT ssize_t pread(int fd, void *to, size_t n, off_t at)
{
    REAL(ssize_t, pread, int, void *, size_t, off_t);
    return no_read(fd, "pread") ? -1 : real(fd, to, n, at);
}

AQ_SHIM_EXPORT ssize_t pread64(int fd, void *to, size_t n, off64_t at)
{
    REAL(ssize_t, pread64, int, void *, size_t, off64_t);
    return no_read(fd, "pread64") ? -1 : real(fd, to, n, at);
}

/* ---- step ---- */

struct sqlite3_stmt;
struct sqlite3;
typedef int (*EachRow)(void *, int, char **, char **);
int sqlite3_step(struct sqlite3_stmt *s);
int sqlite3_exec(struct sqlite3 *db, const char *sql, EachRow fn, void *arg,
                 char **message);

static int sqlite_code(void)
{
    switch (aq_shim_how()) {
    case AQ_HOW_FULL:
        return SQLITE_FULL_;
    case AQ_HOW_IOERR:
        return SQLITE_IOERR_;
    case AQ_HOW_BUSY:
        return SQLITE_BUSY_;
    default:
        return SQLITE_NOMEM_;
    }
}

/* SQLite's own steps, which sqlite3_exec makes, are not the program's: it would not
 * learn that one of them was left out. */
static int called_from(const void *place, const void *inside)
{
    Dl_info a, b;

    return dladdr(place, &a) && dladdr(inside, &b) && a.dli_fbase == b.dli_fbase;
}

AQ_SHIM_EXPORT int sqlite3_step(struct sqlite3_stmt *s)
{
    REAL(int, sqlite3_step, struct sqlite3_stmt *);
    if (called_from(__builtin_return_address(0), *(void **)&real) ||
        !aq_shim_hit(AQ_CLASS_STEP, "sqlite3_step"))
        return real(s);
    return sqlite_code();
}

AQ_SHIM_EXPORT int sqlite3_exec(struct sqlite3 *db, const char *sql, EachRow fn,
                                void *arg, char **message)
{
    REAL(int, sqlite3_exec, struct sqlite3 *, const char *, EachRow, void *, char **);
    if (called_from(__builtin_return_address(0), *(void **)&real) ||
        !aq_shim_hit(AQ_CLASS_STEP, "sqlite3_exec"))
        return real(db, sql, fn, arg, message);
    if (message)
        *message = NULL;
    return sqlite_code();
}

/* ---- thread ---- */

AQ_SHIM_EXPORT int pthread_create(pthread_t *t, const pthread_attr_t *how,
                                  void *(*run)(void *), void *arg)
{
    REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *),
         void *);
    return aq_shim_hit(AQ_CLASS_THREAD, "pthread_create") ? EAGAIN
                                                          : real(t, how, run, arg);
}

AQ_SHIM_EXPORT pid_t fork(void)
{
    REAL(pid_t, fork, void);
    if (!aq_shim_hit(AQ_CLASS_THREAD, "fork"))
        return real();
    errno = EAGAIN;
    return -1;
}

AQ_SHIM_EXPORT int posix_spawn(pid_t *pid, const char *path,
                               const posix_spawn_file_actions_t *files,
                               const posix_spawnattr_t *how, char *const argv[],
                               char *const env[])
{
    REAL(int, posix_spawn, pid_t *, const char *, const posix_spawn_file_actions_t *,
         const posix_spawnattr_t *, char *const[], char *const[]);
    return aq_shim_hit(AQ_CLASS_THREAD, "posix_spawn")
               ? EAGAIN
               : real(pid, path, files, how, argv, env);
}

AQ_SHIM_EXPORT int pipe(int ends[2])
{
    REAL(int, pipe, int *);
    if (!aq_shim_hit(AQ_CLASS_THREAD, "pipe"))
        return real(ends);
    errno = EMFILE;
    return -1;
}

AQ_SHIM_EXPORT int pipe2(int ends[2], int flags)
{
    REAL(int, pipe2, int *, int);
    if (!aq_shim_hit(AQ_CLASS_THREAD, "pipe2"))
        return real(ends, flags);
    errno = EMFILE;
    return -1;
}

AQ_SHIM_EXPORT int socketpair(int domain, int type, int protocol, int ends[2])
{
    REAL(int, socketpair, int, int, int, int *);
    if (!aq_shim_hit(AQ_CLASS_THREAD, "socketpair"))
        return real(domain, type, protocol, ends);
    errno = EMFILE;
    return -1;
}
