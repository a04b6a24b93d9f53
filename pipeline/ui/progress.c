/* SPDX-License-Identifier: MIT */
/* The live line is erased before a log message and redrawn after it (base/text/log). */
#include "pipeline/ui/progress.h"

#include "base/fs/fs.h"
#include "base/text/log.h"
#include "pipeline/ui/terminal.h"

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
    int64_t before; /* part of `done`, not by this job */
    int64_t end_us; /* latest possible end; 0: unknown */
    int64_t lap_us; /* start of this part */
    char lap[48];   /* duration of the last: "12.3 s/epoch" */
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

/* Time left at the speed so far; -1 if unknown. */
static int64_t left_us(int64_t t)
{
    const int64_t here = now.done - now.before;
    int64_t left = -1;

    if (here > 0 && now.total > 0)
        left = (int64_t)((double)(t - now.from_us) * (double)(now.total - now.done) /
                         (double)here);
    if (now.end_us && (left < 0 || t + left > now.end_us))
        left = now.end_us - t;
    return now.end_us && left < 0 ? 0 : left;
}

static int progress_percent(void)
{
    return (int)(100 * now.done / now.total);
}

/* The line is cut to the terminal's width: a wrapped line could not be overwritten. */
static void draw_progress_line(void)
{
    const int64_t t = aq_clock_us(), us = t - now.from_us, left = left_us(t);
    const double rate = us > 0 ? (double)(now.done - now.before) * 1e6 / (double)us : 0;
    char clock[24], line[320], end[48] = "", share[48] = "";

    if (now.total > 0)
        (void)snprintf(share, sizeof share, "/%lld", (long long)now.total);
    if (now.total > 0)
        (void)snprintf(end, sizeof end, "  %d %%  ETA %s", progress_percent(),
                       left < 0 ? "?" : aq_clock_text(left, clock));
    char took[24];
    (void)snprintf(line, sizeof line, "%lld%s %s%s  %.2f/s  %s%s  %s",
                   (long long)now.done, share, now.what, end, rate,
                   aq_clock_text(us, took), now.lap, now.text);
    if (now.tty)
        (void)fprintf(stderr, "\r\033[K%.*s", aq_terminal_columns(STDERR_FILENO) - 1,
                      line);
    else
        (void)fprintf(stderr, "%s\n", line);
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
        draw_progress_line();
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
    now.text[0] = now.lap[0] = '\0';
    now.before = 0;
    now.end_us = 0;
    now.from_us = now.lap_us = aq_clock_us();
    now.last_us = now.tty ? 0 : now.from_us;
    (void)pthread_mutex_unlock(&lock);
    aq_log_set_hooks(before_message, after_message);
}

void aq_progress_expect(int64_t total, int64_t done, double most_seconds)
{
    (void)pthread_mutex_lock(&lock);
    now.total = total;
    now.before = done;
    now.end_us = most_seconds > 0 ? aq_clock_us() + (int64_t)(most_seconds * 1e6) : 0;
    (void)pthread_mutex_unlock(&lock);
}

char *aq_progress_lap(const char *item, const char *part, char text[128])
{
    char clock[24], took[32], end[40] = "";

    (void)pthread_mutex_lock(&lock);
    const int64_t t = aq_clock_us(), us = t - now.lap_us, left = left_us(t);
    if (us < 60000000)
        (void)snprintf(took, sizeof took, "%.1f s", (double)us / 1e6);
    else
        (void)aq_clock_text(us, took);
    if (now.done < now.total && left >= 0)
        (void)snprintf(end, sizeof end, ", ETA %s", aq_clock_text(left, clock));
    (void)snprintf(text, 128, "%s %lld of %lld (%d %%), %s%s", item,
                   (long long)now.done, (long long)now.total,
                   now.total > 0 ? progress_percent() : 0, took, end);
    (void)snprintf(now.lap, sizeof now.lap, "  %s/%s", took, part);
    now.lap_us = t;
    (void)pthread_mutex_unlock(&lock);
    return text;
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
        draw_progress_line();
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
        draw_progress_line();
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
