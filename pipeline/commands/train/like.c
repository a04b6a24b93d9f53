/* SPDX-License-Identifier: MIT */
/* train --like RUN: the settings of a training that the store remembers, as if a file
 * gave them. What it read must be there still. */
#include "base/alloc.h"
#include "base/digest.h"
#include "base/options/parse.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/config/settings.h"
#include "store/runs.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct LikeRun {
    const AqCommand *self;
    AqSettings *to;
    int argc; /* the command line, whose own options count */
    char **argv;
    int number;     /* of the run that is meant; 0: the last training */
    int64_t id;     /* of the one found; 0: none */
    json_t *of;     /* its settings */
    char name[32];  /* "run 12" */
    char kept[256]; /* options of the command line that it has too */
} LikeRun;

static AqErr keep_run_if_meant(void *ctx, const AqRun *r)
{
    LikeRun *l = ctx;
    const int trains = strcmp(r->kind, "train") == 0;

    if (l->number > 0 ? r->id != l->number : !trains)
        return AQ_OK;
    if (!trains)
        return aq_fail(AQ_ERR_USAGE, "--like %d: that run is no training but %s %s",
                       l->number, strchr("aei", *r->kind) ? "an" : "a", r->kind);
    json_decref(l->of);
    l->of = json_loads(r->config, 0, NULL);
    l->id = r->id;
    (void)snprintf(l->name, sizeof l->name, "run %lld", (long long)r->id);
    return l->of ? AQ_OK
                 : aq_fail(AQ_ERR_FORMAT, "run %lld: its settings cannot be read",
                           (long long)r->id);
}

static AqErr find_like_run(LikeRun *l, const char *word)
{
    const char *store = aq_options_peek(l->argc, l->argv, "store");
    const AqSetting *set = aq_settings_find(l->to, l->self, "store");
    AqStore *s = NULL;

    if (strcmp(word, "last") != 0) {
        const AqErr err = aq_parse_int("--like", word, 1, 1e9, &l->number);
        if (err != AQ_OK)
            return err;
    }
    if (!store && set)
        store = set->value;
    AqErr err = aq_command_open_store(&s, store, AQ_STORE_READ);
    if (err == AQ_OK)
        err = aq_store_each_run(s, keep_run_if_meant, l);
    aq_store_close(&s);
    if (err != AQ_OK || l->id)
        return err;
    return l->number
               ? aq_fail(AQ_ERR_NOT_FOUND,
                         "there is no run %d; `avqa-pipe runs ls --kind train` lists "
                         "them",
                         l->number)
               : aq_fail(AQ_ERR_NOT_FOUND, "the store has no trainings yet");
}

/* ---- one option ---- */

static int is_given_anyway(LikeRun *l, const char *name)
{
    const size_t n = strlen(l->kept);

    if (!aq_options_peek(l->argc, l->argv, name))
        return 0;
    (void)snprintf(l->kept + n, sizeof l->kept - n, "%s--%s", n ? ", " : "", name);
    return 1;
}

/* As the run's, unless the command line gives it. */
static AqErr take_run_option(LikeRun *l, const char *name, const char *value)
{
    return aq_settings_add(l->to, l->name, l->self->name, name, value);
}

static AqErr take_json_option(LikeRun *l, const char *key, const json_t *v)
{
    char name[64], text[64];

    (void)snprintf(name, sizeof name, "%s", key);
    for (char *c = name; *c; c++)
        if (*c == '_')
            *c = '-';
    if (is_given_anyway(l, name))
        return AQ_OK;
    if (json_is_string(v))
        return take_run_option(l, name, json_string_value(v));
    if (json_is_boolean(v))
        return take_run_option(l, name, json_is_true(v) ? "on" : "off");
    if (json_is_integer(v))
        (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(v));
    else if (json_is_real(v))
        (void)snprintf(text, sizeof text, "%.17g", json_real_value(v));
    else
        return AQ_OK;
    return take_run_option(l, name, text);
}

static AqErr take_json_options(LikeRun *l, const json_t *of)
{
    const char *key;
    json_t *v;
    AqErr err = AQ_OK;

    json_object_foreach((json_t *)(uintptr_t)of, key, v)
    {
        if (err == AQ_OK)
            err = take_json_option(l, key, v);
    }
    return err;
}

/* Those that are noted as 0 where nothing was given. */
static AqErr take_if_set(LikeRun *l, const char *name)
{
    const json_t *v = json_object_get(l->of, name);

    return json_is_string(v) || (json_is_number(v) && json_number_value(v) > 0)
               ? take_json_option(l, name, v)
               : AQ_OK;
}

/* Those that are noted nowhere but in its command line. */
static AqErr take_from_words(LikeRun *l)
{
    static const char *const names[] = {"audio", "visual", "question-weights",
                                        "question-vocabulary", "question-options"};
    const json_t *list = json_object_get(json_object_get(l->of, "about"), "arguments");
    const int n = (int)json_array_size(list);
    char **words = aq_alloc((size_t)n + 1, sizeof *words);
    AqErr err = words ? AQ_OK : AQ_ERR_NOMEM;

    for (int k = 0; err == AQ_OK && k < n; k++)
        words[k] =
            (char *)(uintptr_t)json_string_value(json_array_get(list, (size_t)k));
    for (size_t k = 0; err == AQ_OK && k < sizeof names / sizeof *names; k++) {
        const char *value = aq_options_peek(n, words, names[k]);

        if (value && !is_given_anyway(l, names[k]))
            err = take_run_option(l, names[k], value);
    }
    aq_free(words);
    return err;
}

/* ---- what it read ---- */

static AqErr take_file(LikeRun *l, const char *name, const json_t *file)
{
    const char *path = aq_json_member_text(file, "file"),
               *then = aq_json_member_text(file, "sha256");
    char now[AQ_SHA256_HEX];

    if (access(path, R_OK) != 0)
        return aq_fail(AQ_ERR_NOT_FOUND,
                       "%s read %s, which is gone: put it back, or say --%s", l->name,
                       path, name);
    const AqErr err = *then ? aq_sha256_file(path, now) : AQ_OK;
    if (err != AQ_OK)
        return err;
    if (*then && strcmp(then, now) != 0)
        aq_log(AQ_LOG_WARN,
               "%s: is not what %s read: its SHA-256 is %.8s..., and was %.8s...", path,
               l->name, now, then);
    return take_run_option(l, name, path);
}

static AqErr take_files(LikeRun *l, const char *name, const char *key)
{
    const json_t *v = json_object_get(json_object_get(l->of, "about"), key);
    AqErr err = AQ_OK;

    if (!v || is_given_anyway(l, name))
        return AQ_OK;
    if (json_is_object(v))
        return take_file(l, name, v);
    for (size_t k = 0; err == AQ_OK && k < json_array_size(v); k++)
        err = take_file(l, name, json_array_get(v, k));
    return err;
}

/* ---- all of it ---- */

static AqErr take_run(LikeRun *l)
{
    static const char *const single[] = {
        "network",     "question",         "dataset",     "head",
        "max-answers", "min-answer-count", "hide-seconds"};
    const size_t n_before = l->to->n;
    AqErr err = AQ_OK;

    for (size_t k = 0; err == AQ_OK && k < sizeof single / sizeof *single; k++)
        err = take_if_set(l, single[k]);
    if (err == AQ_OK)
        err = take_json_options(l, json_object_get(l->of, "model"));
    if (err == AQ_OK)
        err = take_json_options(l, json_object_get(l->of, "training"));
    if (err == AQ_OK)
        err = take_from_words(l);
    if (err == AQ_OK)
        err = take_files(l, "annotations", "annotations");
    if (err == AQ_OK)
        err = take_files(l, "val", "validation");
    if (err == AQ_OK)
        err = take_files(l, "from", "from");
    if (err == AQ_OK && l->to->n > n_before)
        aq_log(AQ_LOG_INFO, "as %s: %zu options%s%s", l->name, l->to->n - n_before,
               *l->kept ? "; of the command line: " : "", l->kept);
    return err;
}

AqErr aq_train_like(const AqCommand *self, AqSettings *to, int argc, char **argv)
{
    LikeRun l = {.self = self, .to = to, .argc = argc, .argv = argv};
    const char *word = aq_options_peek(argc, argv, "like");

    if (!word)
        return AQ_OK;
    if (strcmp(word, "last") == 0 &&
        (aq_options_peek(argc, argv, "seeds") || aq_options_peek(argc, argv, "grid")))
        return aq_fail(AQ_ERR_USAGE,
                       "--like last: the last training is another for each "
                       "of several; name a run's number");
    AqErr err = find_like_run(&l, word);
    if (err == AQ_OK)
        err = take_run(&l);
    json_decref(l.of);
    return err;
}
