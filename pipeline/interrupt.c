/* SPDX-License-Identifier: MIT */
#include "pipeline/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static atomic_int seen; /* lock-free, so a handler may set it */

static void on_signal(int sig)
{
    if (atomic_exchange(&seen, 1))
        _exit(128 + sig);
}

void aq_interrupt_catch(void)
{
    struct sigaction a = {.sa_handler = on_signal};

    (void)sigemptyset(&a.sa_mask);
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    (void)sigaction(SIGUSR1, &a, NULL);
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
