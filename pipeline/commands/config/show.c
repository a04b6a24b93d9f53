/* SPDX-License-Identifier: MIT */
/* avqa-pipe config show: what options are without a command line, and where from. */
#include "base/alloc.h"
#include "base/options/parse.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "base/text/text.h"
#include "pipeline/commands/config/config_priv.h"
#include "pipeline/config/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct ConfigShowArgs {
    AqCommon c;
    int origin;
    AqTextList words; /* a command, and its verb */
} ConfigShowArgs;

/* ---- what the files say ---- */

static const AqCommand *command_of_section(const AqProgram *p, const char *section)
{
    for (const AqCommand *const *c = p->commands; *c; c++) {
        if (!(*c)->verbs && strcmp((*c)->name, section) == 0)
            return *c;
        for (const AqCommand *const *v = (*c)->verbs; v && *v; v++)
            if (strcmp((*v)->name, section) == 0)
                return *v;
    }
    return NULL;
}

static int has_option(const AqCommand *c, const char *name)
{
    AqCommandWalk w;

    aq_command_walk(&w, c);
    while (aq_command_next(&w))
        if (aq_option_is_named(w.w.row) && strcmp(w.w.row->name, name) == 0)
            return 1;
    return 0;
}

static int some_command_has(const AqProgram *p, const char *name)
{
    for (const AqCommand *const *c = p->commands; *c; c++) {
        if (!(*c)->verbs && has_option(*c, name))
            return 1;
        for (const AqCommand *const *v = (*c)->verbs; v && *v; v++)
            if (has_option(*v, name))
                return 1;
    }
    return 0;
}

/* Says what nothing looks at; 1 if there is something to say. */
static int tell_useless(const AqProgram *p, const AqSetting *t)
{
    const AqCommand *c = *t->section ? command_of_section(p, t->section) : NULL;

    if (*t->section && !c) {
        aq_log(AQ_LOG_WARN, "%s:%d: there is no command '%s'", t->file, t->line,
               aq_text_shown(t->section));
        return 1;
    }
    if (c ? has_option(c, t->name) : some_command_has(p, t->name))
        return 0;
    aq_log(AQ_LOG_WARN, "%s:%d: %s has %s option '%s'", t->file, t->line,
           c ? c->name : "no command", c ? "no" : "an", aq_text_shown(t->name));
    return 1;
}

static int show_settings(const ConfigShowArgs *a, const AqSettings *s)
{
    int n_useless = 0;

    for (size_t k = 0; k < s->n; k++) {
        const AqSetting *t = &s->v[k];

        n_useless += tell_useless(a->c.program, t);
        if (a->c.json)
            aq_command_print_json(aq_json_pack(
                "{s:s, s:s, s:s, s:s, s:i}", "section", t->section, "name", t->name,
                "value", t->value, "file", t->file, "line", t->line));
        else
            (void)printf("%s%s%s = %s  (%s:%d)\n", aq_text_shown(t->section),
                         *t->section ? ": " : "", aq_text_shown(t->name),
                         aq_text_shown(t->value), aq_text_shown(t->file), t->line);
    }
    return n_useless ? AQ_EXIT_SKIPPED : AQ_EXIT_DONE;
}

/* ---- what a command's options are ---- */

static void show_option(const ConfigShowArgs *a, const AqOption *o, const char *value,
                        const AqSetting *from)
{
    if (a->c.json) {
        aq_command_print_json(
            aq_json_pack("{s:s, s:s, s:s?, s:o}", "name", o->name, "value", value,
                         "file", from ? from->file : NULL, "line",
                         from ? json_integer(from->line) : json_null()));
        return;
    }
    (void)printf("%s = %s", o->name, aq_text_shown(value));
    if (a->origin && from)
        (void)printf("  (%s:%d)", aq_text_shown(from->file), from->line);
    else if (a->origin)
        (void)printf("  (default)");
    (void)putchar('\n');
}

/* Gives; NULL when out of memory. */
static char *default_text(const AqOption *o, const void *field)
{
    char text[256];

    return o->type == AQ_OPTION_FLAG
               ? aq_strdup("off")
               : aq_strdup(aq_option_default(o, field, text, sizeof text));
}

static AqErr show_command_options(const ConfigShowArgs *a, const AqSettings *s,
                                  const AqCommand *c, const AqOption *table,
                                  const void *args)
{
    AqOptionWalk w = aq_options_walk(table);
    AqErr err = AQ_OK;

    while (err == AQ_OK && aq_options_next(&w)) {
        const AqSetting *from = aq_settings_find(s, c, w.row->name);
        char *value;

        if (w.row->type == AQ_OPTION_HELP || !aq_option_is_named(w.row))
            continue;
        value = from ? aq_settings_text(s, c, w.row)
                     : default_text(w.row, (const char *)args + w.at);
        if (value)
            show_option(a, w.row, value, from);
        else
            err = AQ_ERR_NOMEM;
        aq_free(value);
    }
    return err;
}

static AqErr show_command(const ConfigShowArgs *a, const AqSettings *s,
                          const AqCommand *c)
{
    const AqSetting *chosen = c->chooses ? aq_settings_find(s, c, c->chooses) : NULL;
    void *args = aq_alloc(1, c->args_bytes);
    AqVariant v = {.name = NULL};

    if (!args)
        return AQ_ERR_NOMEM;
    if (c->defaults)
        memcpy(args, c->defaults, c->args_bytes);
    AqErr err = c->variant
                    ? aq_command_variant(c, chosen ? chosen->value : NULL, &v, args)
                    : AQ_OK;
    const AqOption table[] = {AQ_ROWS(c->options), AQ_ROWS(v.rows), {0}};
    if (err == AQ_OK)
        err = aq_settings_apply(s, c, table, args, NULL, NULL);
    if (err == AQ_OK)
        err = show_command_options(a, s, c, table, args);
    aq_options_clear(table, args);
    aq_free(args);
    return err;
}

/* ---- the command ---- */

static int run_config_show(const AqCommand *self, void *args)
{
    const ConfigShowArgs *a = args;
    AqSettings s = {.n = 0};
    char name[64] = "";
    int status;

    for (int k = 0; k < a->words.n && k < 2; k++)
        (void)snprintf(name + strlen(name), sizeof name - strlen(name), "%s%s",
                       k ? " " : "", a->words.v[k]);
    const AqCommand *c = command_of_section(a->c.program, name);
    if (a->words.n > 0 && !c)
        return aq_command_misuse(self, "there is no command '%s' that takes options",
                                 name);
    AqErr err = aq_settings_read_user(&s);
    if (err == AQ_OK && a->c.config)
        err = aq_settings_read(&s, a->c.config);
    if (err == AQ_OK && c)
        err = show_command(a, &s, c);
    status = err != AQ_OK ? aq_command_status(err)
             : c          ? AQ_EXIT_DONE
                          : show_settings(a, &s);
    aq_settings_clear(&s);
    return status;
}

static const AqOption options[] = {
    AQ_ROW_WORDS("COMMAND", ConfigShowArgs, words, 2, AQ_HINT_COMMAND,
                 "a command, with its verb: what its options are; without it, what the "
                 "files say",
                 NULL),
    AQ_ROW_FLAG("origin", ConfigShowArgs, origin, "say where each value is from"),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe config show train --origin",
     "Each option of train, and where it is from."},
    {"avqa-pipe config show", "What avqa.ini says, and what in it nothing looks at."},
    {0}};

const AqCommand aq_config_show_command = {
    .name = "config show",
    .summary = "what options are without a command line",
    .usage = "[COMMAND [VERB]] [OPTIONS]",
    .about = "Prints a command's options as the files and the defaults make them. "
             "Without a command it prints what the files say; where a line of theirs "
             "is of no use to any command, it says so and ends with status 3.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(ConfigShowArgs, c),
    .run = run_config_show};
