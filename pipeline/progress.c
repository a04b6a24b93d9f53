/* SPDX-License-Identifier: MIT */
/* The live line is wiped before a log message and drawn again behind it (base/log). */
#include "pipeline/progress.h"

#include "base/fs.h"
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { TTY_EVERY_US = 100000, PLAIN_EVERY_US = 30000000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int on, tty, shown;
    const char *what;
    int64_t done, total, from_us, last_us;
    char text[160];
} now; /* lock */

char *aq_clock_text(int64_t us, char text[24])
{
    const long s = (long)(us / 1000000);

    if (s >= 3600)
        (void)snprintf(text, 24, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        (void)snprintf(text, 24, "%ld:%02ld", s / 60, s % 60);
    return text;
}

static void draw(void)
{
    char took[24], left[24] = "?";
    const int64_t us = aq_clock_us() - now.from_us;
    const double rate = us > 0 ? (double)now.done * 1e6 / (double)us : 0.0;

    if (now.done > 0 && now.total > 0)
        (void)aq_clock_text(
            (int64_t)((double)us * (double)(now.total - now.done) / (double)now.done),
            left);
    (void)fprintf(stderr, "%s%lld", now.tty ? "\r\033[K" : "", (long long)now.done);
    if (now.total > 0)
        (void)fprintf(stderr, "/%lld", (long long)now.total);
    (void)fprintf(stderr, " %s  %.2f/s  %s", now.what, rate, aq_clock_text(us, took));
    if (now.total > 0)
        (void)fprintf(stderr, "  ETA %s", left);
    (void)fprintf(stderr, "  %s%s", now.text, now.tty ? "" : "\n");
    (void)fflush(stderr);
    now.shown = now.tty;
}

static void wipe_locked(void)
{
    if (now.shown)
        (void)fputs("\r\033[K", stderr);
    now.shown = 0;
}

/* The log's hooks: the lock is held between them. */
static void before_message(void)
{
    (void)pthread_mutex_lock(&lock);
    wipe_locked();
}

static void after_message(void)
{
    if (now.on && now.tty)
        draw();
    (void)pthread_mutex_unlock(&lock);
}

void aq_progress_begin(const char *what, int64_t total, int quiet)
{
    (void)pthread_mutex_lock(&lock);
    now.on = !quiet;
    now.tty = isatty(STDERR_FILENO);
    now.what = what;
    now.total = total;
    now.done = 0;
    now.text[0] = '\0';
    now.from_us = aq_clock_us();
    now.last_us = now.tty ? 0 : now.from_us;
    (void)pthread_mutex_unlock(&lock);
    aq_log_set_hooks(before_message, after_message);
}

void aq_progress_set(int64_t done, const char *fmt, ...)
{
    va_list ap;

    (void)pthread_mutex_lock(&lock);
    now.done = done;
    va_start(ap, fmt);
    (void)vsnprintf(now.text, sizeof now.text, fmt, ap);
    va_end(ap);
    const int64_t t = aq_clock_us();
    if (now.on && t - now.last_us >= (now.tty ? TTY_EVERY_US : PLAIN_EVERY_US)) {
        now.last_us = t;
        draw();
    }
    (void)pthread_mutex_unlock(&lock);
}

void aq_progress_aside(void (*fn)(void *arg), void *arg)
{
    (void)pthread_mutex_lock(&lock);
    wipe_locked();
    fn(arg);
    (void)fflush(stdout);
    if (now.on && now.tty)
        draw();
    (void)pthread_mutex_unlock(&lock);
}

void aq_progress_end(void)
{
    aq_log_set_hooks(NULL, NULL);
    (void)pthread_mutex_lock(&lock);
    wipe_locked();
    now.on = 0;
    (void)pthread_mutex_unlock(&lock);
}
