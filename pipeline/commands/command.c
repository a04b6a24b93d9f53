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

int aq_command_each(const AqCommand *self, AqEachWord *e)
{
    const int n = e->words->n;
    int n_done = 0;

    for (int k = 0; k < n; k++) {
        e->misuse = e->left_out = 0;
        const AqErr err = e->one(e, e->words->v[k]);

        if (err != AQ_OK && n == 1 && e->misuse)
            return aq_command_misuse(self, "%s", aq_err_text());
        if (err == AQ_ERR_NOMEM || err == AQ_ERR_CANCELLED || (err != AQ_OK && n == 1))
            return aq_command_status(err);
        if (err != AQ_OK)
            aq_log(AQ_LOG_ERROR, "%s", aq_err_text());
        n_done += err == AQ_OK && !e->left_out;
    }
    return n_done == n ? AQ_EXIT_DONE : n_done ? AQ_EXIT_SKIPPED : AQ_EXIT_FAILED;
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
