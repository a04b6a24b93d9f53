/* SPDX-License-Identifier: MIT */
/*
 * An allow-list of the system calls that decoding was observed to need, in FFmpeg,
 * libsndfile and the C library, and at process exit. Any other call is trapped: the
 * handler reports its number and ends the process, for a decoder that asks for a socket
 * has been taken over. The call itself never runs, even if the handler fails; the
 * handler cannot be replaced, and if it cannot run (SIGSYS blocked, no stack left) the
 * kernel kills the process with that signal.
 *
 * Libraries look for files that they can do without: character sets, the time zone,
 * fonts. Such calls fail with EACCES, and decoding goes on; likewise queries about
 * files and terminals.
 */
#define _GNU_SOURCE 1
#include "pipeline/decoder/confine_priv.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- forbidden calls ---- */

static void (*tell_tried)(int number);

/* Optional files that libraries look for, by their paths in Debian. */
static int is_optional(const char *path)
{
    static const char *const below[] = {"/usr/", "/etc/localtime", "/etc/fonts/",
                                        "/proc/", "/sys/"};

    for (size_t k = 0; k < sizeof below / sizeof *below; k++)
        if (strncmp(path, below[k], strlen(below[k])) == 0)
            return 1;
    return 0;
}

static void set_call_result(ucontext_t *u, long value)
{
#if defined(__x86_64__)
    u->uc_mcontext.gregs[REG_RAX] = value;
#elif defined(__aarch64__)
    u->uc_mcontext.regs[0] = (unsigned long long)value;
#else
    (void)u;
    (void)value;
#endif
}

/* The call's arguments, from 0. */
static long call_argument_of(const ucontext_t *u, int which)
{
#if defined(__x86_64__)
    static const int at[] = {REG_RDI, REG_RSI, REG_RDX};

    return (long)u->uc_mcontext.gregs[at[which]];
#elif defined(__aarch64__)
    return (long)u->uc_mcontext.regs[which];
#else
    (void)u;
    (void)which;
    return 0;
#endif
}

static void on_refused(int sig, siginfo_t *info, void *context)
{
    ucontext_t *u = context;

    (void)sig;
    if (info->si_syscall == SYS_openat) {
        const char *path = (const char *)call_argument_of(u, 1);

        if ((call_argument_of(u, 2) & (O_ACCMODE | O_CREAT | O_TRUNC)) == O_RDONLY &&
            path && is_optional(path)) {
            set_call_result(u, -EACCES);
            return;
        }
    }
    tell_tried(info->si_syscall);
    _exit(AQ_CONFINE_STATUS);
}

static int catch_refused(void (*tried)(int number))
{
    struct sigaction sa = {.sa_flags = SA_SIGINFO};
    sigset_t only;

    tell_tried = tried;
    sa.sa_sigaction = on_refused;
    (void)sigemptyset(&sa.sa_mask);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGSYS);
    return sigaction(SIGSYS, &sa, NULL) == 0 &&
           sigprocmask(SIG_UNBLOCK, &only, NULL) == 0;
}

/* ---- the filter ---- */

struct AqConfineFilter {
    scmp_filter_ctx calls;
};

static const int allowed[] = {SCMP_SYS(read),
                              SCMP_SYS(pread64),
                              SCMP_SYS(lseek),
                              SCMP_SYS(close),
                              SCMP_SYS(fstat),
                              SCMP_SYS(poll),
                              SCMP_SYS(ppoll),
                              SCMP_SYS(munmap),
                              SCMP_SYS(mremap),
                              SCMP_SYS(madvise),
                              SCMP_SYS(brk),
                              SCMP_SYS(futex),
                              SCMP_SYS(sched_yield),
                              SCMP_SYS(clock_gettime),
                              SCMP_SYS(clock_getres),
                              SCMP_SYS(gettimeofday),
                              SCMP_SYS(time),
                              SCMP_SYS(nanosleep),
                              SCMP_SYS(clock_nanosleep),
                              SCMP_SYS(getrandom),
                              SCMP_SYS(getpid),
                              SCMP_SYS(gettid),
                              SCMP_SYS(rt_sigprocmask),
                              SCMP_SYS(rt_sigreturn),
                              SCMP_SYS(restart_syscall),
                              SCMP_SYS(exit),
                              SCMP_SYS(exit_group),
                              SCMP_SYS(sysinfo),
                              SCMP_SYS(uname),
                              SCMP_SYS(getrusage),
                              SCMP_SYS(getcpu),
                              SCMP_SYS(sched_getaffinity)};

/* Answered with EACCES: they only query files. */
static const int unanswered[] = {
    SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlinkat),
    SCMP_SYS(stat),   SCMP_SYS(lstat),     SCMP_SYS(statx),      SCMP_SYS(getcwd)};

/* For a sanitizer's reports; opening is left to Landlock. */
static const int for_sanitizers[] = {
    SCMP_SYS(readlink), SCMP_SYS(sigaltstack), SCMP_SYS(prctl),   SCMP_SYS(personality),
    SCMP_SYS(getuid),   SCMP_SYS(geteuid),     SCMP_SYS(getppid), SCMP_SYS(mlock)};

static int add_call_rules(scmp_filter_ctx f, uint32_t action, const int *calls,
                          size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const int rc = seccomp_rule_add(f, action, calls[k], 0);

        if (rc != 0 && rc != -EDOM) /* there is no such call on this architecture */
            return rc;
    }
    return 0;
}

#define ADD(f, action, list)                                                           \
    add_call_rules(f, action, list, sizeof(list) / sizeof *(list))

/* Private memory that is not executable; shared memory does not count as data. */
static int add_memory(scmp_filter_ctx f)
{
    enum { MAP_KIND = 0x0f };
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                              SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_KIND, MAP_PRIVATE));

    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return rc;
}

/* The socket, for messages without an address; writes to the standard streams. */
static int add_talk(scmp_filter_ctx f, int fd)
{
    const scmp_datum_t s = (scmp_datum_t)fd;
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(sendto), 2,
                              SCMP_A0(SCMP_CMP_EQ, s, 0), SCMP_A4(SCMP_CMP_EQ, 0, 0));

    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(recvfrom), 1,
                              SCMP_A0(SCMP_CMP_EQ, s, 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1,
                              SCMP_A0(SCMP_CMP_EQ, s, 0));
    for (int out = STDOUT_FILENO; rc == 0 && out <= STDERR_FILENO; out++) {
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)out, 0));
        if (rc == 0)
            rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)out, 0));
    }
    return rc;
}

/* Calls that can query or change: only the query. abort() signals itself. */
static int add_query_call_rules(scmp_filter_ctx f)
{
    int rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                              SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH, 0));

    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
                              SCMP_A3(SCMP_CMP_NE, AT_EMPTY_PATH, 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                              SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                              SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                              SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    return rc;
}

static int add_for_sanitizers(scmp_filter_ctx f)
{
    int rc = ADD(f, SCMP_ACT_ALLOW, for_sanitizers);

    if (rc == 0)
        rc = seccomp_rule_add(
            f, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
            SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY));
    if (rc == 0)
        rc = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 1,
                              SCMP_A0(SCMP_CMP_NE, SIGSYS, 0));
    return rc;
}

/* Gives a filter that is not loaded yet, or NULL. */
static scmp_filter_ctx make_filter(int fd)
{
    const scmp_filter_ctx f = seccomp_init(SCMP_ACT_TRAP);
    int rc = f ? 0 : -ENOMEM;

    if (rc == 0)
        rc = AQ_SANITIZED
                 ? add_for_sanitizers(f)
                 : seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(readlink), 0);
    if (rc == -EDOM) /* there is no such call on this architecture */
        rc = 0;
    if (rc == 0)
        rc = ADD(f, SCMP_ACT_ERRNO(EACCES), unanswered);
    if (rc == 0)
        rc = ADD(f, SCMP_ACT_ALLOW, allowed);
    if (rc == 0)
        rc = add_memory(f);
    if (rc == 0)
        rc = add_talk(f, fd);
    if (rc == 0)
        rc = add_query_call_rules(f);
    if (rc == 0)
        rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (rc != 0) {
        seccomp_release(f);
        return NULL;
    }
    (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE,
                           2); /* a binary tree, not a list */
    /* Includes a sanitizer's thread. The process holds no secrets, so the costly
     * mitigation of speculation is off; older kernels know neither. */
    (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    (void)seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);
    return f;
}

AqConfineFilter *aq_confine_filter_new(int fd)
{
    AqConfineFilter *f = aq_alloc(1, sizeof *f);

    if (f)
        f->calls = make_filter(fd);
    if (f && !f->calls)
        aq_confine_filter_free(&f);
    return f;
}

void aq_confine_filter_free(AqConfineFilter **f)
{
    if (*f && (*f)->calls)
        seccomp_release((*f)->calls);
    aq_free(*f);
    *f = NULL;
}

int aq_confine_filter_load(AqConfineFilter *f, void (*tried)(int number))
{
    return catch_refused(tried) && seccomp_load(f->calls) == 0;
}

void aq_confine_call_name(int number, char *name, int room)
{
    char *found = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);

    (void)snprintf(name, (size_t)room, "%s", found ? found : "");
    free(found); /* libseccomp's own */
}
