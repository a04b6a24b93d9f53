/* SPDX-License-Identifier: MIT */
/* From the words of the command line to the command and the verb, their options, and
 * what the options ask of the program as a whole. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/options/parse.h"
#include "base/options/print.h"
#include "base/text/log.h"
#include "base/text/nearest.h"
#include "base/text/text.h"
#include "pipeline/commands/command.h"
#include "pipeline/config/settings.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of a command's verbs by word. */
typedef struct Dispatch {
    const AqProgram *program;
    const AqCommand *command, *verb; /* verb NULL: it has none */
    int argc;                        /* the words behind it, as parsed */
    char **argv;
    AqSettings settings;
} Dispatch;

static const AqCommand *chosen_command(const Dispatch *d)
{
    return d->verb ? d->verb : d->command;
}

/* Does another verb, or another variant, have the option of that name? Tells it. */
static int tell_option_of_another(const Dispatch *d, const char *name)
{
    const AqCommand *self = chosen_command(d);
    const AqCommand *of =
        d->verb ? aq_command_with_option(d->command, d->verb, name) : NULL;
    AqVariant v;

    if (of)
        return aq_command_misuse(self, "--%s is an option of `%s %s`", name,
                                 d->program->name, of->name);
    if (aq_variant_with_option(self, name, &v))
        return aq_command_misuse(self, "--%s is an option of --%s %s", name,
                                 self->chooses, v.name);
    return AQ_EXIT_DONE;
}

static int tell_option_misuse(const Dispatch *d, const AqOption *table, int argc,
                              char **argv)
{
    AqOptionWalk w;

    for (int k = 1; k < argc && strcmp(argv[k], "--") != 0; k++) {
        char name[64];

        if (strncmp(argv[k], "--", 2) != 0)
            continue;
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(argv[k] + 2, "="),
                       argv[k] + 2);
        if (!aq_options_find(&w, table, name) &&
            tell_option_of_another(d, name) != AQ_EXIT_DONE)
            return AQ_EXIT_MISUSE;
    }
    return aq_command_misuse(chosen_command(d), "%s", aq_err_text());
}

static int begin_command(const AqCommand *self, const AqCommon *c)
{
    if (c->quiet)
        aq_log_set_level(AQ_LOG_WARN);
    else if (c->verbose)
        aq_log_set_level(AQ_LOG_DEBUG);
    aq_fs_set_stop(aq_interrupted);
    if (self->stop == AQ_STOP_OWN)
        return AQ_EXIT_DONE;
    return aq_command_status(aq_interrupt_take(self->stop == AQ_STOP_SAVES));
}

AqErr aq_command_variant(const AqCommand *self, const char *name, AqVariant *v,
                         void *args)
{
    AqNearest near = {.word = name};
    char names[256] = "";
    size_t at = 0;

    for (size_t k = 0; self->variant(k, v, args); k++) {
        if (!name || strcmp(v->name, name) == 0)
            return AQ_OK;
        aq_nearest_try(&near, v->name);
        if (at < sizeof names)
            at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", k ? ", " : "",
                                   v->name);
    }
    if (near.best)
        return aq_fail(AQ_ERR_USAGE, "--%s: there is no %s '%s'; did you mean %s?",
                       self->chooses, self->chooses, name, near.best);
    return aq_fail(AQ_ERR_USAGE, "--%s: there is no %s '%s'; there are %s",
                   self->chooses, self->chooses, name, names);
}

/* Options that the environment gives a value go before those of files; those that take
 * several values are the command line's alone where that has one. */
static int is_set_elsewhere(const void *ctx, const AqOption *o)
{
    static const char *const by[][2] = {{"store", "AVQA_STORE"},
                                        {"model", "AVQA_MODEL"}};
    const Dispatch *d = ctx;

    for (size_t k = 0; k < sizeof by / sizeof *by; k++)
        if (strcmp(o->name, by[k][0]) == 0 && getenv(by[k][1]))
            return 1;
    return aq_options_peek(d->argc, d->argv, o->name) != NULL;
}

static int is_help_word(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* Help is to be had whatever stands in files. */
static int is_help_wanted(const Dispatch *d)
{
    for (int k = 1; k < d->argc; k++)
        if (is_help_word(d->argv[k]))
            return 1;
    return strcmp(d->command->name, "help") == 0;
}

/* The user's file, what the command takes from elsewhere, and the file that --config
 * names. */
static AqErr read_settings(Dispatch *d)
{
    if (is_help_wanted(d))
        return AQ_OK;
    const char *more = aq_options_peek(d->argc, d->argv, "config");
    AqErr err = aq_settings_read_user(&d->settings);

    if (err == AQ_OK && chosen_command(d)->like)
        err =
            chosen_command(d)->like(chosen_command(d), &d->settings, d->argc, d->argv);
    if (err == AQ_OK && more)
        err = aq_settings_read(&d->settings, more);
    return err;
}

/* Of several processes the leader says what is wrong with them. Gives the exit status.
 */
static int read_settings_once(Dispatch *d)
{
    const AqCommand *self = chosen_command(d);
    const AqLaunch launch = self->by_processes ? aq_launch() : (AqLaunch){0};
    const int muted = aq_launch_mute(&launch);
    const AqErr err = read_settings(d);
    const int status = err == AQ_ERR_USAGE
                           ? aq_command_misuse(self, "%s", aq_err_text())
                           : aq_command_status(err);

    aq_launch_unmute(&launch, muted, status != AQ_EXIT_DONE);
    return status;
}

/* What files say, then the words. */
static AqErr set_options(const Dispatch *d, const AqOption *table, void *args,
                         int *help)
{
    const AqErr err = aq_settings_apply(&d->settings, chosen_command(d), table, args,
                                        is_set_elsewhere, d);

    return err == AQ_OK ? aq_options_parse(table, args, d->argc, d->argv, help) : err;
}

static int parse_and_execute(const Dispatch *d, const AqOption *table, void *args)
{
    const AqCommand *self = chosen_command(d);
    const AqLaunch launch = self->by_processes ? aq_launch() : (AqLaunch){0};
    int help = 0, status = AQ_EXIT_DONE;
    const int muted = aq_launch_mute(&launch);
    const AqErr err = set_options(d, table, args, &help);

    if (err == AQ_ERR_USAGE)
        status = tell_option_misuse(d, table, d->argc, d->argv);
    else if (err != AQ_OK)
        status = aq_command_status(err);
    aq_launch_unmute(&launch, muted, status != AQ_EXIT_DONE);
    if (status != AQ_EXIT_DONE)
        return status;
    if (help) {
        aq_help_print(stdout, d->program, self);
        return AQ_EXIT_DONE;
    }
    ((AqCommon *)args)->program = d->program;
    status = begin_command(self, args);
    return status == AQ_EXIT_DONE ? self->run(self, args) : status;
}

static const char *chosen_variant(const Dispatch *d)
{
    const AqCommand *self = chosen_command(d);
    const char *name = aq_options_peek(d->argc, d->argv, self->chooses);
    const AqSetting *set =
        name ? NULL : aq_settings_find(&d->settings, self, self->chooses);

    return set ? set->value : name;
}

/* `args` is of self->args_bytes, all 0. */
static int run_with_args(const Dispatch *d, void *args)
{
    const AqCommand *self = chosen_command(d);
    AqVariant v = {.name = NULL};

    if (self->defaults)
        memcpy(args, self->defaults, self->args_bytes);
    if (self->variant && aq_command_variant(self, chosen_variant(d), &v, args) != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    const AqOption table[] = {AQ_ROWS(self->options), AQ_ROWS(v.rows), {0}};
    const int status = parse_and_execute(d, table, args);
    aq_options_clear(table, args);
    return status;
}

/* Makes the structure that the options set, and releases it with all lists in it. */
static int run_chosen(Dispatch *d, int argc, char **argv)
{
    void *args = aq_alloc(1, chosen_command(d)->args_bytes);

    d->argc = argc;
    d->argv = argv;
    if (!args)
        return aq_command_status(AQ_ERR_NOMEM);
    int status = read_settings_once(d);
    if (status == AQ_EXIT_DONE)
        status = run_with_args(d, args);
    aq_settings_clear(&d->settings);
    aq_free(args);
    return status;
}

/* "import, ls, inspect and verify" */
static void list_command_words(const AqCommand *const *list, char *text, size_t bytes)
{
    size_t at = 0;

    for (size_t k = 0; list[k] && at < bytes; k++)
        at += (size_t)snprintf(text + at, bytes - at, "%s%s",
                               k == 0        ? ""
                               : list[k + 1] ? ", "
                                             : " or ",
                               aq_command_word(list[k]));
}

static int refuse_verb(const AqCommand *command, const char *word)
{
    const char *near = aq_command_near(command->verbs, word);
    char list[256];

    list_command_words(command->verbs, list, sizeof list);
    if (!*word)
        return aq_command_misuse(command, "say what to do: %s", list);
    if (*word == '-')
        return aq_command_misuse(command, "there is no option %s before the verb (%s)",
                                 word, list);
    if (near)
        return aq_command_misuse(command, "there is no verb '%s'; did you mean %s?",
                                 word, near);
    return aq_command_misuse(command, "there is no verb '%s', only %s", word, list);
}

static int refuse_command(const AqProgram *p, const char *word)
{
    const char *near = aq_command_near(p->commands, word);

    if (!*word)
        return aq_command_misuse(NULL, "say what to do: name a command");
    if (*word == '-')
        return aq_command_misuse(NULL, "there is no option %s before a command", word);
    if (near)
        return aq_command_misuse(NULL, "there is no command '%s'; did you mean %s?",
                                 word, near);
    return aq_command_misuse(NULL, "there is no command '%s'", word);
}

int aq_command_unknown(const AqProgram *p, const AqCommand *c, const char *word)
{
    if (!c)
        return refuse_command(p, word);
    if (!c->verbs)
        return aq_command_misuse(c, "it has no verbs, and no '%s'", word);
    return refuse_verb(c, word);
}

/* argv[0] is the command's word. */
static int dispatch_verb(Dispatch *d, int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (!d->command->verbs)
        return run_chosen(d, argc, argv);
    if (is_help_word(word)) {
        aq_help_print(stdout, d->program, d->command);
        return AQ_EXIT_DONE;
    }
    d->verb = aq_command_find(d->command->verbs, word);
    return d->verb ? run_chosen(d, argc - 1, argv + 1)
                   : aq_command_unknown(d->program, d->command, word);
}

int aq_command_dispatch(const AqProgram *p, int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    Dispatch d = {.program = p, .command = aq_command_find(p->commands, word)};

    if (is_help_word(word)) {
        aq_help_print(stdout, p, NULL);
        return AQ_EXIT_DONE;
    }
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        (void)printf("%s %s\n", p->name, p->version);
        return AQ_EXIT_DONE;
    }
    return d.command ? dispatch_verb(&d, argc - 1, argv + 1)
                     : aq_command_unknown(p, NULL, word);
}
