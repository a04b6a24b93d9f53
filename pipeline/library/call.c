/* SPDX-License-Identifier: MIT */
/*
 * How a call into the library is done without the program noticing: in a thread of its
 * own, where the program's signal handlers do not run (kernels may have the stack
 * pointer elsewhere: interrupt.h) and numbers have a point, whatever the locale.
 */
#define _GNU_SOURCE /* uselocale */
#include "pipeline/library/library_priv.h"
#include "pipeline/parallel/stage.h"

#include "base/text/log.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

/* ---- nothing is written to the program's standard error ---- */

static void drop_line(void *ctx, AqLogLevel level, const char *line)
{
    (void)ctx;
    (void)level;
    (void)line;
}

static void silence_log(void)
{
    aq_log_set_sink(drop_line, NULL);
}

static void silence_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, silence_log);
}

/* ---- locale ---- */

void *aq_library_locale(void)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    silence_once();
    return c ? (void *)uselocale(c) : NULL; /* without: out of memory */
}

void aq_library_locale_back(void *before)
{
    if (!before)
        return;
    locale_t c = uselocale((locale_t)before);
    freelocale(c);
}

/* ---- the thread ---- */

typedef struct Call {
    AqErr (*work)(void *ctx);
    void *ctx;
    AqErr err;
    char text[sizeof((AvqaError *)0)->text];
} Call;

static void *call_main(void *arg)
{
    Call *c = arg;
    void *before = aq_library_locale();

    c->err = before ? c->work(c->ctx) : aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (c->err != AQ_OK)
        (void)snprintf(c->text, sizeof c->text, "%s", aq_err_text());
    aq_library_locale_back(before);
    return NULL;
}

AqErr aq_library_call(AqErr (*work)(void *ctx), void *ctx)
{
    Call c = {.work = work, .ctx = ctx};
    pthread_t thread;

    if (aq_thread_start(&thread, call_main, &c) != 0)
        return aq_fail(AQ_ERR_NOMEM, "cannot create a thread; check `ulimit -u`");
    (void)pthread_join(thread, NULL);
    return c.err == AQ_OK ? AQ_OK : aq_fail(c.err, "%s", c.text);
}

/* ---- errors ---- */

AvqaStatus aq_library_status(AqErr err, AvqaError *error)
{
    static const AvqaStatus of[] = {
        [AQ_OK] = AVQA_OK,
        [AQ_EOF] = AVQA_FAILED,
        [AQ_ERR_USAGE] = AVQA_USAGE,
        [AQ_ERR_NOMEM] = AVQA_MEMORY,
        [AQ_ERR_IO] = AVQA_IO,
        [AQ_ERR_FORMAT] = AVQA_FORMAT,
        [AQ_ERR_MEDIA] = AVQA_MEDIA,
        [AQ_ERR_NOT_FOUND] = AVQA_NOT_FOUND,
        [AQ_ERR_MISMATCH] = AVQA_MISMATCH,
        [AQ_ERR_UNSUPPORTED] = AVQA_UNSUPPORTED,
        [AQ_ERR_STORE] = AVQA_FAILED,
        [AQ_ERR_CANCELLED] = AVQA_CANCELLED,
        [AQ_ERR_NUMERIC] = AVQA_FAILED,
    };
    const AvqaStatus status =
        (size_t)err < sizeof of / sizeof *of ? of[err] : AVQA_FAILED;

    if (error) {
        *error = (AvqaError){.status = status};
        if (err != AQ_OK)
            (void)snprintf(error->text, sizeof error->text, "%s", aq_err_text());
    }
    return status;
}
