/* SPDX-License-Identifier: MIT */
/* One lock, one line a message. */
#include "base/text/log.h"

#include "base/text/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static AqLogLevel max_level = AQ_LOG_INFO;                /* lock */
static void (*hook_before)(void);                         /* lock */
static void (*hook_after)(void);                          /* lock */
static void (*sink_fn)(void *, AqLogLevel, const char *); /* lock */
static void *sink_ctx;                                    /* lock */

void aq_log(AqLogLevel level, const char *fmt, ...)
{
    static const char *const prefix[] = {"avqa-pipe: error: ", "avqa-pipe: warning: ",
                                         "avqa-pipe: ", "avqa-pipe: debug: "};
    char line[3072]; /* more than a message of base/err.c has */
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    aq_text_make_shown(line, sizeof line);
    (void)pthread_mutex_lock(&lock);
    if (level <= max_level && sink_fn) {
        sink_fn(sink_ctx, level, line);
    } else if (level <= max_level) {
        if (hook_before)
            hook_before();
        (void)fprintf(stderr, "%s%s\n", prefix[level], line);
        if (hook_after)
            hook_after();
    }
    (void)pthread_mutex_unlock(&lock);
}

void aq_log_set_level(AqLogLevel most)
{
    (void)pthread_mutex_lock(&lock);
    max_level = most;
    (void)pthread_mutex_unlock(&lock);
}

void aq_log_set_sink(void (*sink)(void *, AqLogLevel, const char *), void *ctx)
{
    (void)pthread_mutex_lock(&lock);
    sink_fn = sink;
    sink_ctx = ctx;
    (void)pthread_mutex_unlock(&lock);
}

AqLogLevel aq_log_level(void)
{
    (void)pthread_mutex_lock(&lock);
    const AqLogLevel level = max_level;
    (void)pthread_mutex_unlock(&lock);
    return level;
}

void aq_log_set_hooks(void (*before)(void), void (*after)(void))
{
    (void)pthread_mutex_lock(&lock);
    hook_before = before;
    hook_after = after;
    (void)pthread_mutex_unlock(&lock);
}
