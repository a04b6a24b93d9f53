/* SPDX-License-Identifier: MIT */
/* Threads are made with signals blocked: see interrupt.h. In the program they are
 * blocked already; a program that links the library may have handlers of its own. */
#include "pipeline/parallel/stage.h"

#include <signal.h>

int aq_thread_start(pthread_t *thread, void *(*fn)(void *arg), void *arg)
{
    static const int faults[] = {SIGSEGV, SIGBUS,  SIGFPE, SIGILL,
                                 SIGABRT, SIGTRAP, SIGSYS};
    sigset_t blocked, before;

    (void)sigfillset(&blocked);
    for (size_t k = 0; k < sizeof faults / sizeof *faults; k++)
        (void)sigdelset(&blocked, faults[k]);
    (void)pthread_sigmask(SIG_SETMASK, &blocked, &before);
    const int rc = pthread_create(thread, NULL, fn, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}
