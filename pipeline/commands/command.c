/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/command.h"

#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "model/tensor/gemm.h"
#include "pipeline/commands/output.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/ui/config.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_help(const AqCommand *c, const AqOption *table)
{
    (void)printf("Usage: avqa-pipe %s %s\n\n%s\n\nOptions:\n", c->name, c->usage,
                 c->about);
    aq_options_print(stdout, table);
    (void)printf(
        "\nExit status: 0 done, 1 failed, 2 misuse, 3 done but items were skipped, "
        "75 interrupted\nwith the work so far saved.\n");
}

int aq_command_begin(const AqCommand *self, const AqOption *table, int argc,
                     char **argv, AqTextList *rest, const AqCommon *c, int *status)
{
    int help = 0;
    const AqErr err = aq_options_parse_old(table, argc, argv, rest, &help);

    *status = AQ_EXIT_DONE;
    if (err != AQ_OK) {
        *status = err == AQ_ERR_USAGE ? aq_command_misuse(self, "%s", aq_err_text())
                                      : aq_command_status(err);
        aq_text_list_clear(rest);
        return 0;
    }
    if (help) {
        print_help(self, table);
        aq_text_list_clear(rest);
        return 0;
    }
    if (c && c->quiet)
        aq_log_set_level(AQ_LOG_WARN);
    else if (c && c->verbose)
        aq_log_set_level(AQ_LOG_DEBUG);
    aq_fs_set_stop(aq_interrupted);
    if (self->stop != AQ_STOP_OWN)
        *status = aq_command_status(aq_interrupt_take(self->stop == AQ_STOP_SAVES));
    if (*status != AQ_EXIT_DONE)
        aq_text_list_clear(rest);
    return *status == AQ_EXIT_DONE;
}

int aq_command_begin_alone(const AqCommand *self, const AqOption *table, int argc,
                           char **argv, const AqCommon *c, int *status)
{
    AqTextList rest = {0};

    if (!aq_command_begin(self, table, argc, argv, &rest, c, status))
        return 0;
    const int alone = rest.n == 0;
    if (!alone)
        *status = aq_command_misuse(self, "'%s' means nothing here", rest.v[0]);
    aq_text_list_clear(&rest);
    return alone;
}

void aq_command_print_json(json_t *o)
{
    char *text = aq_json_text(o, JSON_COMPACT | JSON_REAL_PRECISION(6));

    if (text)
        (void)printf("%s\n", text);
    else
        aq_output_lost("a result could not be written as JSON");
    aq_free(text);
    json_decref(o);
}

json_t *aq_command_lines(const char *text)
{
    json_t *a = json_array();

    while (a && *text) {
        const size_t n = strcspn(text, "\n");

        (void)json_array_append_new(a, aq_json_string(text, n));
        text += n + (text[n] != '\0');
    }
    return a;
}

int aq_command_misuse(const AqCommand *self, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "avqa-pipe%s%s: %s\nTry `avqa-pipe help%s%s`.\n",
                  self ? " " : "", self ? self->name : "", aq_text_shown(text),
                  self ? " " : "", self ? self->name : "");
    return AQ_EXIT_MISUSE;
}

AqErr aq_command_open_store(AqStore **out, const char *store, AqStoreMode mode)
{
    char *path = NULL;
    AqErr err = aq_config_store(store, &path);

    *out = NULL;
    if (err == AQ_OK)
        err = aq_store_open(out, path, mode);
    aq_free(path);
    return err;
}

int aq_command_status(AqErr err)
{
    if (err == AQ_OK)
        return AQ_EXIT_DONE;
    if (err == AQ_ERR_CANCELLED)
        return AQ_EXIT_INTERRUPTED;
    aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
    return AQ_EXIT_FAILED;
}

void aq_command_mend_blas(char **argv)
{
    const char *core = aq_gemm_better_core();

    if (!core || setenv("OPENBLAS_CORETYPE", core, 0) != 0)
        return;
    (void)execv("/proc/self/exe", argv);
    (void)unsetenv("OPENBLAS_CORETYPE"); /* slower, and right all the same */
}

void aq_command_numbers(void)
{
    aq_gemm_setup();
    const AqGemmInfo g = aq_gemm_info();
    if (g.advice && getenv("OPENBLAS_CORETYPE"))
        aq_log(AQ_LOG_WARN, "%s", g.advice);
}
