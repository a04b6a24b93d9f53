/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD that rains signals: every half millisecond each thread of
 * the process, whoever made it, is sent one of those that are harmless by themselves.
 * Handlers are there for them, as profilers and libraries bring them; they overwrite
 * some of the stack they are given, as any code does.
 *
 *   AQ_RAIN=FILE   appends "sent N, taken M" at the end of each process: what was sent,
 *                  and how often a handler ran
 *
 * A decoder stays dry: it is confined, and may neither read /proc nor send signals.
 */
#define _GNU_SOURCE 1
#include "pipeline/decoder/decoder.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_NS = 500 * 1000, SCRIBBLE_BYTES = 2048 };

static const int kinds[] = {SIGUSR2, SIGWINCH, SIGCHLD,   SIGALRM,
                            SIGPROF, SIGCONT,  SIGVTALRM, SIGURG};
static atomic_long sent, taken;
static atomic_int over;
static pthread_t cloud;

static void on_drop(int sig)
{
    volatile unsigned char own[SCRIBBLE_BYTES];

    for (size_t k = 0; k < sizeof own; k++)
        own[k] = (unsigned char)sig;
    atomic_fetch_add(&taken, 1);
}

static void rain_on_all(int sig)
{
    const long self = syscall(SYS_gettid);
    DIR *d = opendir("/proc/self/task");

    for (const struct dirent *e; d && (e = readdir(d));) {
        const long tid = strtol(e->d_name, NULL, 10);

        if (tid > 0 && tid != self &&
            syscall(SYS_tgkill, (long)getpid(), tid, (long)sig) == 0)
            atomic_fetch_add(&sent, 1);
    }
    if (d)
        (void)closedir(d);
}

static void *rain(void *arg)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};

    for (size_t k = 0; !atomic_load(&over); k++) {
        rain_on_all(kinds[k % (sizeof kinds / sizeof *kinds)]);
        (void)nanosleep(&pause, NULL);
    }
    return arg;
}

/* glibc hands these to every constructor. */
__attribute__((constructor)) static void begin(int argc, char **argv)
{
    const struct sigaction handled = {.sa_handler = on_drop, .sa_flags = SA_RESTART};
    sigset_t all, before;

    if (!getenv("AQ_RAIN") || (argc > 1 && strcmp(argv[1], AQ_DECODER_ARG) == 0)) {
        atomic_store(&over, 1);
        return;
    }
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        (void)sigaction(kinds[k], &handled, NULL);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&cloud, NULL, rain, NULL) != 0)
        atomic_store(&over, 1);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

__attribute__((destructor)) static void end(void)
{
    const char *file = getenv("AQ_RAIN");
    char line[128];

    if (!file || atomic_exchange(&over, 1))
        return;
    (void)pthread_join(cloud, NULL);
    const int n = snprintf(line, sizeof line, "sent %ld, taken %ld\n", sent, taken);
    const int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd >= 0) {
        (void)!write(fd, line, (size_t)n);
        (void)close(fd);
    }
}
