/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD that lets one call fail as the system would fail it. Calls
 * are counted from the start of main; forked children go on counting for themselves,
 * and only one process delivers.
 *
 *   AQ_FAULT=CLASS:N[+][:HOW]   the N-th call of CLASS fails; with + all later ones
 *                               fail too; N 0 only counts
 *     alloc                     malloc and its kin give NULL
 *     write                     write, fsync, rename, mkdir, fwrite, ...: HOW is
 * ENOSPC, EIO, short (half of it is written, where it is a write) or kill (SIGKILL
 * instead of the call) read                      read, pread, fread: EIO step
 * sqlite3_step, which is not run: NOMEM FULL IOERR BUSY thread pthread_create, fork,
 * posix_spawn, pipe: EAGAIN AQ_FAULT_BELOW=FOLDER       write and read: only files
 * below this absolute path AQ_FAULT_REPORT=FILE        "delivered FUNCTION" and the
 * callers, or, when nothing was delivered, "calls N" at the end. Must not exist.
 *
 * What the C library calls within itself (the write of an fflush) is out of reach,
 * which is why stdio's own functions are counted. Standard input and output are left
 * alone.
 */
#define _GNU_SOURCE 1
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, DEPTH = 16 };

static struct {
    atomic_int on; /* main has begun */
    AqFaultClass which;
    AqFaultHow how;
    long n;
    int lasting; /* later ones fail too */
    atomic_long calls;
    atomic_int delivered;
    char below[PATH_BYTES], report[PATH_BYTES];
    size_t below_n;
} fault;

static __thread int busy; /* inside this library: its own calls are not counted */

/* ---- the report, by system calls alone ---- */

static int report_open(int flags)
{
    return *fault.report ? (int)syscall(SYS_openat, AT_FDCWD, fault.report,
                                        O_WRONLY | O_CREAT | O_APPEND | flags, 0644)
                         : -1;
}

AQ_SHIM_PRINTF static void say(int fd, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    va_start(ap, fmt);
    const int n = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (fd >= 0 && n > 0)
        (void)!syscall(SYS_write, fd, line,
                       (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static void say_callers(int fd)
{
    void *at[DEPTH];
    const int n = backtrace(at, DEPTH);

    for (int k = 2; k < n; k++) {
        Dl_info in;
        const int known = dladdr(at[k], &in) != 0;
        const char *file = known && in.dli_fname ? in.dli_fname : "?";
        const char *slash = strrchr(file, '/');

        say(fd, "  %s+0x%lx %s\n", slash ? slash + 1 : file,
            known ? (unsigned long)((char *)at[k] - (char *)in.dli_fbase) : 0ul,
            known && in.dli_sname ? in.dli_sname : "");
    }
}

/* The first process to come takes the fault; the file is the token. */
static int take(const char *function)
{
    if (atomic_exchange(&fault.delivered, 1))
        return fault.lasting;
    const int fd = report_open(O_EXCL);
    if (fd < 0 && !fault.lasting)
        return 0;
    say(fd, "delivered %s\n", function);
    say_callers(fd);
    if (fd >= 0)
        (void)syscall(SYS_close, fd);
    return 1;
}

/* ---- does this call fail? ---- */

int aq_shim_hit(AqFaultClass c, const char *function)
{
    if (!atomic_load_explicit(&fault.on, memory_order_relaxed) || c != fault.which ||
        busy)
        return 0;
    const long k = atomic_fetch_add(&fault.calls, 1) + 1;
    if (fault.n == 0 || k < fault.n || (k > fault.n && !fault.lasting))
        return 0;
    busy = 1;
    const int yes = take(function);
    busy = 0;
    if (yes && fault.how == AQ_HOW_KILL)
        (void)kill(getpid(), SIGKILL);
    return yes;
}

AqFaultHow aq_shim_how(void)
{
    return fault.how;
}

int aq_shim_wants_fd(int fd)
{
    char link[64], path[PATH_BYTES];

    if (fd <= STDERR_FILENO)
        return 0;
    if (fault.below_n == 0)
        return 1;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const long n = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (n <= 0)
        return 0;
    path[n] = '\0';
    return strncmp(path, fault.below, fault.below_n) == 0;
}

int aq_shim_wants_path(const char *path)
{
    char whole[PATH_BYTES];
    size_t n = 0;

    if (fault.below_n == 0)
        return 1;
    if (*path != '/' && syscall(SYS_getcwd, whole, sizeof whole / 2) > 0) {
        n = strlen(whole);
        whole[n++] = '/';
    }
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    (void)snprintf(whole + n, sizeof whole - n, "%s", path);
    return strncmp(whole, fault.below, fault.below_n) == 0;
}

void *aq_shim_real(const char *name)
{
    busy++;
    void *f = dlsym(RTLD_NEXT, name);
    busy--;
    if (!f)
        abort(); /* a test library: there is nothing to go on with */
    return f;
}

/* ---- setting up, and where main begins ---- */

static AqFaultClass class_of(const char *name)
{
    static const char *const names[] = {"alloc", "write", "read", "step", "thread"};

    for (int k = 0; k < AQ_N_CLASSES; k++)
        if (strcmp(name, names[k]) == 0)
            return (AqFaultClass)k;
    return AQ_N_CLASSES;
}

static AqFaultHow how_of(const char *name)
{
    static const char *const names[] = {"",      "ENOSPC", "EIO",   "short", "kill",
                                        "NOMEM", "FULL",   "IOERR", "BUSY"};

    for (int k = 0; k < AQ_N_HOWS; k++)
        if (strcmp(name, names[k]) == 0)
            return (AqFaultHow)k;
    return AQ_N_HOWS;
}

static void read_settings(void)
{
    const char *what = getenv("AQ_FAULT"), *below = getenv("AQ_FAULT_BELOW"),
               *report = getenv("AQ_FAULT_REPORT");
    char c[16] = "", how[16] = "", plus[2] = "";
    long n = 0;

    if (!what)
        return;
    if (sscanf(what, "%15[a-z]:%ld%1[+]:%15s", c, &n, plus, how) < 3 &&
        sscanf(what, "%15[a-z]:%ld:%15s", c, &n, how) < 2)
        abort();
    fault.which = class_of(c);
    fault.how = how_of(how);
    fault.n = n;
    fault.lasting = plus[0] == '+';
    if (fault.which == AQ_N_CLASSES || fault.how == AQ_N_HOWS)
        abort();
    (void)snprintf(fault.below, sizeof fault.below, "%s", below ? below : "");
    fault.below_n = strlen(fault.below);
    (void)snprintf(fault.report, sizeof fault.report, "%s", report ? report : "");
}

static void report_calls(void)
{
    if (!atomic_load(&fault.on) || atomic_load(&fault.delivered))
        return;
    atomic_store(&fault.on, 0);
    const int fd = report_open(0);
    say(fd, "calls %ld\n", atomic_load(&fault.calls));
    if (fd >= 0)
        (void)syscall(SYS_close, fd);
}

typedef int (*Main)(int, char **, char **);
static Main program;

static int begin(int argc, char **argv, char **env)
{
    void *at[2];

    (void)backtrace(at, 2); /* loads what it needs, before anything is counted */
    read_settings();
    if (getenv("AQ_FAULT")) {
        (void)atexit(report_calls);
        atomic_store(&fault.on, 1);
    }
    return program(argc, argv, env);
}

int __libc_start_main(Main f, int argc, char **argv, Main init, void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);
AQ_SHIM_EXPORT int __libc_start_main(Main f, int argc, char **argv, Main init,
                                     void (*fini)(void), void (*rtld_fini)(void),
                                     void *stack_end)
{
    typedef int (*Start)(Main, int, char **, Main, void (*)(void), void (*)(void),
                         void *);
    Start real;

    *(void **)&real = aq_shim_real("__libc_start_main");
    program = f;
    return real(begin, argc, argv, init, fini, rtld_fini, stack_end);
}
