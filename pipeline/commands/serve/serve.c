/* SPDX-License-Identifier: MIT */
/* avqa-pipe serve: the page to ask in, and the API below it. */
#include "pipeline/serve/serve.h"
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/fs/own.h"
#include "pipeline/commands/command.h"
#include "pipeline/ui/config.h"

#include <string.h>

enum { MEGABYTE = 1000000 };

typedef struct ServeArgs {
    AqCommon c;
    AqTextList clips, models, names;
    const char *listen, *token_file, *clips_folder, *evals, *feedback;
    int upload_mb, clips_mb, asks, max_seconds, grace, no_examples;
} ServeArgs;

/* ---- who may ask ---- */

static AqErr make_guard(AqGuard *g, const ServeArgs *a)
{
    AqErr err = aq_guard_listen(g, a->listen);

    if (err == AQ_OK && a->token_file)
        err = aq_guard_read_token(g, a->token_file);
    if (err == AQ_OK && !g->is_loopback && !a->token_file)
        return aq_fail(AQ_ERR_USAGE,
                       "--listen %s: others can reach that address, so name a file "
                       "with a token that they have to know: `openssl rand -hex 24 > "
                       "token; chmod 600 token`, and --token-file token",
                       a->listen);
    if (err == AQ_OK && a->names.n > AQ_GUARD_MOST_NAMES)
        return aq_fail(AQ_ERR_USAGE, "--name: %d names at most", AQ_GUARD_MOST_NAMES);
    for (int k = 0; err == AQ_OK && k < a->names.n; k++)
        g->names[g->n_names++] = a->names.v[k];
    return err;
}

/* ---- what is asked ---- */

static AqErr open_served_models(AqDeskModels *m, const ServeArgs *a)
{
    AqErr err = AQ_OK;

    if (a->models.n == 0) {
        err = aq_desk_models_add(m, NULL, &a->c.tools, &a->c.question);
        /* The clips that are made to begin with are toyband's. */
        if (err == AQ_OK && m->at[0].is_default && strcmp(m->at[0].name, "real") == 0)
            err = aq_desk_models_add(m, "toyband", &a->c.tools, &a->c.question);
        return err;
    }
    for (int k = 0; err == AQ_OK && k < a->models.n; k++)
        err = aq_desk_models_add(m, a->models.v[k], &a->c.tools, &a->c.question);
    return err;
}

/* ---- where things are ---- */

typedef struct ServePlaces {
    char *clips, *feedback, *maker; /* owned; maker NULL: none */
} ServePlaces;

/* Installed beside the program, or in a build folder. */
static const char *const maker_places[] = {".", "../examples/toyband", NULL};

static AqErr find_places(ServePlaces *p, const ServeArgs *a)
{
    AqErr err = AQ_OK;

    if (a->clips_folder)
        p->clips = aq_strdup(a->clips_folder);
    else
        err = aq_fs_user_file(AQ_FS_CACHE, "clips", &p->clips);
    if (err == AQ_OK && a->feedback)
        p->feedback = aq_strdup(a->feedback);
    else if (err == AQ_OK)
        err = aq_fs_user_file(AQ_FS_DATA, "feedback.csv", &p->feedback);
    if (err == AQ_OK && !a->no_examples)
        p->maker = aq_fs_own_file(maker_places, "toyband");
    if (err == AQ_OK && (!p->clips || !p->feedback))
        err = AQ_ERR_NOMEM;
    return err;
}

static AqErr serve_as_said(ServeArgs *a, const AqGuard *guard)
{
    static AqDeskModels models; /* large, and there is one */
    ServePlaces places = {0};
    AqStore *store = NULL;
    AqErr err = find_places(&places, a);

    if (err == AQ_OK)
        err = open_served_models(&models, a);
    if (err == AQ_OK)
        err = aq_command_open_store(&store, a->c.store, AQ_STORE_CREATE);
    if (err == AQ_OK) {
        const AqServeOptions o = {.guard = *guard,
                                  .models = &models,
                                  .store = store,
                                  .clips_folder = places.clips,
                                  .examples = a->clips.v,
                                  .n_examples = a->clips.n,
                                  .example_maker = places.maker,
                                  .evals = a->evals,
                                  .feedback = places.feedback,
                                  .upload_bytes = a->upload_mb * INT64_C(1000000),
                                  .clips_bytes = a->clips_mb * INT64_C(1000000),
                                  .asks_at_once = a->asks,
                                  .jobs = aq_config_jobs(a->c.jobs),
                                  .max_seconds = a->max_seconds,
                                  .grace_seconds = a->grace};

        err = aq_serve(&o);
    }
    aq_store_close(&store);
    aq_desk_models_clear(&models);
    aq_free(places.clips);
    aq_free(places.feedback);
    aq_free(places.maker);
    return err;
}

static int run_serve(const AqCommand *self, void *args)
{
    ServeArgs *a = args;
    AqGuard guard = {.port = 0};
    const AqErr err = make_guard(&guard, a);

    if (err == AQ_ERR_USAGE)
        return aq_command_misuse(self, "%s", aq_err_text());
    if (err != AQ_OK)
        return aq_command_status(err);
    aq_command_numbers();
    return aq_command_status(serve_as_said(a, &guard));
}

static const AqOption options[] = {
    AQ_GROUP("Clips and models"),
    AQ_ROW_WORDS("CLIP", ServeArgs, clips, 100, AQ_HINT_FILE,
                 "clips to begin with, offered as examples", NULL),
    AQ_ROW_FLAG("no-examples", ServeArgs, no_examples,
                "do not make clips with toyband where none are named"),
    AQ_ROW(
        "model", AQ_OPTION_TEXTS, ServeArgs, models,
        "model file, or the name of one that comes with the program (real, toyband); "
        "given again: one more",
        "as for `ask`", .letter = 'm', .arg = "FILE", .hint = AQ_HINT_FILE),
    AQ_ROW_INT("max-seconds", ServeArgs, max_seconds, 1, 36000,
               "seconds read of a new clip", NULL),
    AQ_ROWS(aq_rows_question),
    AQ_ROWS(aq_rows_store),
    AQ_GROUP("Who may ask"),
    AQ_ROW_TEXT("listen", ServeArgs, listen, "ADDRESS:PORT",
                "where to listen; port 0 is any that is free", NULL),
    AQ_ROW_FILE(
        "token-file", ServeArgs, token_file, "FILE",
        "whoever asks has to know the token in its first line; needed if others "
        "can reach the address",
        NULL),
    AQ_ROW_TEXTS(
        "name", ServeArgs, names, "HOST",
        "a name that the server is reached by, beside its address; may be given "
        "again",
        NULL),
    AQ_GROUP("What is kept"),
    AQ_ROW_FOLDER("clips", ServeArgs, clips_folder, "DIR",
                  "folder of clips that came in, and of what was asked",
                  "the cache folder's clips"),
    AQ_ROW_INT("clips-mb", ServeArgs, clips_mb, 1, 100000000,
               "megabytes of it; what was not used for longest goes first", NULL),
    AQ_ROW_INT("upload-mb", ServeArgs, upload_mb, 1, 1000000, "megabytes of one clip",
               NULL),
    AQ_ROW_INT("asks", ServeArgs, asks, 1, 1000,
               "questions that may be answered or wait at the same time", NULL),
    AQ_ROW_INT("grace", ServeArgs, grace, 0, 86400,
               "seconds for what is under way when it is told to stop", NULL),
    AQ_ROW_FILE("feedback", ServeArgs, feedback, "FILE.csv",
                "where judgements of answers are added, as annotations for `train`",
                "the data folder's feedback.csv"),
    AQ_ROW_FOLDER("evals", ServeArgs, evals, "DIR",
                  "folder of files that `eval --predictions` wrote", "none"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output_text),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe serve", "A page at http://127.0.0.1:8642/ to ask in, for this machine "
                        "alone."},
    {"avqa-pipe serve videos/*.mp4 --model default --model m.safetensors",
     "Two models to compare, and clips to begin with."},
    {"avqa-pipe serve --listen 0.0.0.0:8642 --token-file token --name studio.example",
     "For others too, who need the token."},
    {0}};

static const ServeArgs serve_defaults = {.listen = "127.0.0.1:8642",
                                         .upload_mb = 500,
                                         .clips_mb = 4000,
                                         .asks = 16,
                                         .grace = 120,
                                         .max_seconds = 60};

const AqCommand aq_command_serve = {
    .name = "serve",
    .summary = "a page to ask in, in the browser",
    .usage = "[CLIP...] [OPTIONS]",
    .about =
        "Serves a page to ask questions in, and what it is made of as an API: clips, "
        "questions, threads, runs, evaluations (/api/openapi.json describes it, "
        "docs/serve.md says more). Prints the address, and serves until it is told to "
        "stop (Ctrl-C, SIGTERM): then new requests are refused, and what is under way is "
        "finished, within --grace seconds.\n\n"
        "Only this machine can reach it unless --listen says otherwise, and pages of "
        "other sites are refused. Clips that come in are kept in the cache folder, and "
        "decoded in a process of their own.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(ServeArgs, c),
    .defaults = &serve_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_serve};
