/* SPDX-License-Identifier: MIT */
#include "pipeline/parallel/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static atomic_int seen;
static int saves_work; /* set before the thread starts */

void aq_interrupt_block(void)
{
    /* Faults and SIGPIPE belong to the thread that causes them. The default action of
     * the others (stop or terminate) needs no stack. */
    static const int open[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT,
                               SIGTRAP, SIGSYS,  SIGPIPE, SIGQUIT, SIGXCPU,
                               SIGTSTP, SIGTTIN, SIGTTOU};
    sigset_t blocked;

    (void)sigfillset(&blocked);
    for (size_t k = 0; k < sizeof open / sizeof *open; k++)
        (void)sigdelset(&blocked, open[k]);
    (void)pthread_sigmask(SIG_SETMASK, &blocked, NULL);
}

/* The signals to wait for. SIGHUP stays ignored under nohup; SIGINT stops the program
 * even where a shell ignores it for background jobs. */
static sigset_t make_stop_signals(void)
{
    struct sigaction hangup;
    sigset_t s;

    (void)sigemptyset(&s);
    (void)sigaddset(&s, SIGINT);
    (void)sigaddset(&s, SIGTERM);
    (void)sigaddset(&s, SIGUSR1);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
        (void)sigaddset(&s, SIGHUP);
    return s;
}

static void end_by(int sig)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t one;

    (void)sigemptyset(&one);
    (void)sigaddset(&one, sig);
    (void)sigaction(sig, &usual, NULL);
    (void)raise(sig);
    (void)pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void *wait_for_stops(void *arg)
{
    const sigset_t s = make_stop_signals();
    int sig;

    (void)arg;
    while (sigwait(&s, &sig) == 0) {
        if (!saves_work)
            end_by(sig);
        else if (atomic_exchange(&seen, 1))
            _exit(128 + sig);
    }
    return NULL;
}

AqErr aq_interrupt_take(int saves)
{
    static pthread_t thread; /* lives as long as the process */

    saves_work = saves;
    aq_interrupt_block();
    if (pthread_create(&thread, NULL, wait_for_stops, NULL) != 0)
        return aq_fail(AQ_ERR_NOMEM, "cannot create the thread that waits for "
                                     "signals; check `ulimit -u`");
    return AQ_OK;
}

int aq_interrupted(void)
{
    return atomic_load(&seen);
}

int aq_interrupt_stop(void *ctx)
{
    (void)ctx;
    return aq_interrupted();
}
