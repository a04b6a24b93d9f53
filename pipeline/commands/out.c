/* SPDX-License-Identifier: MIT */
#include "pipeline/commands/out.h"

#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/ui/config.h"

#include <string.h>
#include <unistd.h>

static void refuse_out_path(AqOut *o, const char *input)
{
    o->status = aq_command_misuse(o->self,
                                  "%s %s: is a file that is read (%s), and would be "
                                  "lost; name another",
                                  o->option, o->path, input);
}

static void refuse_input(AqOut *o, const char *input)
{
    if (!o->path || !input || o->status != AQ_EXIT_DONE)
        return;
    char *part = aq_strf("%s.part", o->path); /* what is written first: base/fs/fs.h */
    if (aq_fs_same(o->path, input) || (part && aq_fs_same(part, input)))
        refuse_out_path(o, input);
    aq_free(part);
}

/* A file, or weights by their name. That they are not there is said where they are
 * needed. */
static void refuse_input_or_weights(AqOut *o, const char *text)
{
    char *path = NULL;

    refuse_input(o, text);
    if (o->path && o->status == AQ_EXIT_DONE &&
        aq_config_weights(text, NULL, &path) == AQ_OK)
        refuse_input(o, path);
    aq_free(path);
}

/* The text as it is, and each of "A,B". */
static void refuse_inputs_in(AqOut *o, const char *text)
{
    if (!o->path || !text)
        return;
    refuse_input_or_weights(o, text);
    for (const char *at = text; strchr(text, ',') && *at; at += *at == ',') {
        const size_t n = strcspn(at, ",");
        char *one = aq_strf("%.*s", (int)n, at);

        if (one)
            refuse_input_or_weights(o, one);
        aq_free(one);
        at += n;
    }
}

static int is_option_called(const AqOption *row, const char *name)
{
    return name && aq_option_is_named(row) && strcmp(row->name, name) == 0;
}

void aq_out_not_named(AqOut *o, const void *args)
{
    AqOptionWalk w = aq_options_walk(o->self->options);

    while (aq_options_next(&w)) {
        const void *field = (const char *)args + w.at;

        if (w.row->hint != AQ_HINT_FILE || is_option_called(w.row, o->option + 2) ||
            is_option_called(w.row, o->may_be))
            continue;
        if (w.row->type == AQ_OPTION_TEXT) {
            refuse_inputs_in(o, *(const char *const *)field);
        } else {
            const AqTextList *list = field;

            for (int k = 0; k < list->n; k++)
                refuse_inputs_in(o, list->v[k]);
        }
    }
}

void aq_out_not_options(AqOut *o, const char *text)
{
    static const char *const keys[] = {"pca=", "map="};

    for (int k = 0; text && k < 2; k++) {
        const char *at = strstr(text, keys[k]);
        char *name = at ? aq_strf("%.*s", (int)strcspn(at + 4, ","), at + 4) : NULL;

        refuse_inputs_in(o, name);
        aq_free(name);
    }
}

void aq_out_not_store(AqOut *o, const char *flag)
{
    char *path = NULL;

    if (o->path && aq_config_store(flag, &path) == AQ_OK)
        refuse_input(o, path);
    aq_free(path);
}

void aq_out_not_model(AqOut *o, const char *flag)
{
    char *path = NULL;
    int is_default;

    if (o->path && aq_config_model_to_ask(flag, &path, &is_default) == AQ_OK)
        refuse_input(o, path);
    aq_free(path);
}

AqErr aq_out_last(char **last, const char *path, int resume)
{
    if (!(*last = aq_strf("%s.last", path)))
        return AQ_ERR_NOMEM;
    if (resume && access(*last, F_OK) != 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s: is not there, so there is no training to go on with; leave "
                       "--resume out to begin one",
                       *last);
    return AQ_OK;
}

int aq_out_end(AqOut *o, int again)
{
    if (!o->path || o->status != AQ_EXIT_DONE)
        return o->status;
    AqErr err = aq_fs_check_write(o->path);
    if (err == AQ_OK && again)
        err = aq_fs_check_file(o->path, "this file");
    if (err == AQ_OK)
        (void)aq_fs_claim_stdout(o->path);
    o->status = aq_command_status(err);
    return o->status;
}

AqErr aq_out_keep(AqFsKept *k, const char *path, int resume)
{
    return resume ? aq_fs_keep_go_on(k, path) : aq_fs_keep_begin(k, path);
}

void aq_out_kept(AqFsKept *k)
{
    int replaced = 0;

    if (aq_fs_keep_end(k, &replaced) != AQ_OK)
        aq_log(AQ_LOG_WARN, "%s", aq_err_text());
    else if (replaced)
        aq_log(AQ_LOG_INFO, "%s: what was there before is now %s", k->path, k->old);
    aq_fs_keep_clear(k);
}
