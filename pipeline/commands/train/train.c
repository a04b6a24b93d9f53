/* SPDX-License-Identifier: MIT */
/* avqa-pipe train: a model from questions and stored features. */
#include "base/alloc.h"
#include "base/text/log.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/launch.h"
#include "pipeline/ui/progress.h"

#include <stdio.h>
#include <string.h>

static AqErr set_model(void *ctx, const char *name, const char *value)
{
    AqTrainArgs *a = ctx;

    return aq_config_set(a->network->options, a->model, name, value);
}

static AqErr set_training(void *ctx, const char *name, const char *value)
{
    AqTrainArgs *a = ctx;

    return aq_train_config_set(&a->how, a->network, name, value);
}

/* --network was taken before the table was made of its options (choose_network). */
static AqErr set_network(void *ctx, const char *name, const char *value)
{
    (void)ctx;
    (void)name;
    (void)value;
    return AQ_OK;
}

/* The network that the arguments name, or the first of the table: which options there
 * are depends on it. */
static AqErr choose_network(AqTrainArgs *a, int argc, char **argv)
{
    static const char option[] = "--network";
    const size_t n = sizeof option - 1;
    AqErr err = AQ_OK;

    a->network = aq_answer_network(0);
    for (int k = 1; err == AQ_OK && k < argc; k++) {
        if (strncmp(argv[k], option, n) != 0)
            continue;
        if (argv[k][n] == '=')
            err = aq_answer_network_find(&a->network, argv[k] + n + 1);
        else if (argv[k][n] == '\0' && k + 1 < argc)
            err = aq_answer_network_find(&a->network, argv[k + 1]);
    }
    if (err != AQ_OK)
        return err;
    a->model = aq_alloc(a->network->config_bytes, 1);
    if (!a->model)
        return AQ_ERR_NOMEM;
    a->network->set_defaults(a->model);
    a->how = aq_train_config_default(a->network);
    return AQ_OK;
}

/* "the network: coqo, linear" for --help. */
static void list_networks(AqTrainArgs *a)
{
    const AqAnswerNetwork *n;
    size_t at = 0;

    for (size_t k = 0; (n = aq_answer_network(k)) && at < sizeof a->networks; k++)
        at += (size_t)snprintf(a->networks + at, sizeof a->networks - at, "%s%s, %s",
                               k ? "; " : "the network that is trained: ", n->name,
                               n->summary);
}

/* Rows for the command line from the model's or the trainer's own table. */
static int add_config_options(AqTrainArgs *a, AqOption *table, int n,
                              const AqConfigTable *from, const void *cfg,
                              AqErr (*set)(void *, const char *, const char *))
{
    for (size_t k = 0; k < from->n && n < AQ_TRAIN_MAX_OPTIONS - 1; k++, n++) {
        const AqConfigOption *o = &from->options[k];
        char value[48];

        (void)snprintf(a->names[n], AQ_TRAIN_NAME_BYTES, "%s", o->name);
        for (char *p = a->names[n]; *p; p++)
            *p = *p == '_' ? '-' : *p;
        (void)snprintf(a->help[n], sizeof a->help[n], "%s [%s]", o->help,
                       aq_config_get(o, cfg, value, sizeof value));
        table[n] = (AqOption){.name = a->names[n],
                              .kind = AQ_OPT_CALL,
                              .arg = o->type == AQ_CONFIG_FLAG ? "on|off" : "N",
                              .help = a->help[n],
                              .to = a,
                              .fn = set};
    }
    return n;
}

/* Of a fault that all of a group have, the leader speaks. */
static int exit_status_of_group(const AqGroup *g, AqErr err)
{
    if (aq_group_leads(g) || err == AQ_OK)
        return aq_command_status(err);
    return err == AQ_ERR_CANCELLED ? AQ_EXIT_INTERRUPTED : AQ_EXIT_FAILED;
}

static void announce_training(const AqTrainCommand *j, const AqTrainJob *job)
{
    char together[96] = "";

    if (j->group)
        (void)snprintf(together, sizeof together, ", by %d processes of %d threads",
                       j->group->n, job->exec->n_threads);
    aq_log(AQ_LOG_INFO, "training on %zu questions about %zu videos%s",
           job->train->n_questions, job->train->n_clips, together);
}

static int train_model(AqTrainCommand *j)
{
    const AqTrainArgs *a = j->a;
    const int leads = aq_group_leads(j->group);
    AqTrainSummary s = {0};
    AqModel *model = NULL;
    char why[512] = "";
    const AqTrainJob job = {.network = a->network,
                            .options = a->model,
                            .how = &a->how,
                            .train = aq_store_dataset(j->train),
                            .val = j->val ? aq_store_dataset(j->val) : NULL,
                            .exec = aq_thread_executor_as(j->exec),
                            .group = j->group,
                            .extractors = j->extractors,
                            .out_path = j->out,
                            .last_path = j->last,
                            .resume = a->resume,
                            .from_path = a->from,
                            .progress = leads ? aq_train_on_progress : NULL,
                            .stop = aq_interrupt_stop,
                            .ctx = j};
    AqErr err = aq_train_begin_run(j);

    if (err != AQ_OK)
        return exit_status_of_group(j->group, err);
    announce_training(j, &job);
    aq_progress_begin("steps", 0, a->c.quiet || !leads);
    err = aq_train(&model, &s, &job);
    aq_progress_end();
    (void)snprintf(why, sizeof why, "%s", aq_err_text());
    const AqErr noted = leads ? aq_train_finish_run(j, err, &s) : AQ_OK;
    if (err == AQ_OK && leads)
        aq_train_report(j, &s, model);
    aq_model_free(&model);
    if (err != AQ_OK)
        return exit_status_of_group(j->group, aq_fail(err, "%s", why));
    if (s.stopped) {
        aq_log(AQ_LOG_WARN,
               "interrupted; %s holds the best state so far, and the same command with "
               "--resume goes on",
               j->out);
        return AQ_EXIT_INTERRUPTED;
    }
    return noted != AQ_OK ? aq_command_status(noted) : j->gaps ? AQ_EXIT_SKIPPED : 0;
}

/* Everything from here on is said and written by the leader. */
static int join_and_train(AqTrainArgs *a, const AqLaunch *l)
{
    AqTrainCommand j = {.a = a};

    if (l->rank > 0)
        aq_log_set_level(AQ_LOG_ERROR);
    aq_command_numbers();
    AqErr err = aq_launch_join(&j.group, &j.cores, l);
    if (err != AQ_OK)
        return l->rank == 0 ? aq_command_status(err) : AQ_EXIT_FAILED;
    err = aq_train_open(&j);
    const int status =
        err == AQ_OK ? train_model(&j) : exit_status_of_group(j.group, err);
    aq_train_close(&j);
    aq_launch_leave(&j.group);
    return status;
}

static int check_train_args(const AqCommand *self, const AqTrainArgs *a)
{
    if (a->rest.n > 0 || a->annotations.n == 0)
        return aq_command_misuse(
            self, a->rest.n ? "what is '%s'?" : "it needs --annotations FILE%s",
            a->rest.n ? a->rest.v[0] : "");
    if (a->network->check && a->network->check(a->model) != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    return aq_train_check_out(self, a);
}

static int parse_and_run_train(const AqCommand *self, int argc, char **argv,
                               AqTrainArgs *a, const AqLaunch *l)
{
    AqOption table[AQ_TRAIN_MAX_OPTIONS] = {
        {.name = "annotations",
         .kind = AQ_OPT_LIST,
         .arg = "FILE...",
         .to = &a->annotations,
         .help =
             "questions: MUSIC-AVQA, v2.0, -R, AVQA, or CSV and JSON of one's own; of "
             "files that say splits, those of train"},
        {.name = "network",
         .kind = AQ_OPT_CALL,
         .arg = "NAME",
         .to = a,
         .fn = set_network,
         .help = a->networks},
        {.name = "val",
         .kind = AQ_OPT_LIST,
         .arg = "FILE...",
         .to = &a->val,
         .help = "questions for validation [a tenth of the videos]"},
        {.name = "out",
         .letter = 'o',
         .kind = AQ_OPT_TEXT,
         .arg = "MODEL",
         .to = &a->out,
         .help = "model file [AVQA_MODEL, or the data folder's model.safetensors]"},
        {.name = "from",
         .kind = AQ_OPT_TEXT,
         .arg = "MODEL",
         .to = &a->from,
         .help = "begin with the weights of a trained model of the same options"},
        {.name = "resume",
         .kind = AQ_OPT_FLAG,
         .to = &a->resume,
         .help = "go on with an interrupted training, from MODEL.last"},
        AQ_OPTION_STORE(a->c),
        AQ_OPTION_DATASET_READ(a->c),
        {.name = "audio",
         .kind = AQ_OPT_TEXT,
         .arg = "TEXT",
         .to = &a->c.tools.name[AQ_AUDIO],
         .help =
             "which features, if there are several: a network, a digest, an option"},
        {.name = "visual",
         .kind = AQ_OPT_TEXT,
         .arg = "TEXT",
         .to = &a->c.tools.name[AQ_VISUAL],
         .help = "the same for the picture"},
        AQ_OPTION_JOBS(a->c),
        AQ_OPTION_JSON(a->c),
        AQ_OPTION_QUIET(a->c)};
    AqTrainOptions training;
    int status, n = 0;

    while (table[n].name)
        n++;
    n = add_config_options(a, table, n, a->network->options, a->model, set_model);
    aq_train_options(&training, a->network);
    (void)add_config_options(a, table, n, &training.table, &a->how, set_training);
    const int muted = aq_launch_mute(l);
    int go = aq_command_begin(self, table, argc, argv, &a->rest, &a->c, &status);
    if (go)
        go = (status = check_train_args(self, a)) == AQ_EXIT_DONE;
    aq_launch_unmute(muted);
    return go ? join_and_train(a, l) : status;
}

static int run_train(const AqCommand *self, int argc, char **argv)
{
    AqTrainArgs *a = aq_alloc(1, sizeof *a);

    if (!a)
        return aq_command_status(AQ_ERR_NOMEM);
    list_networks(a);
    const AqLaunch launch = aq_launch();
    const AqErr err = choose_network(a, argc, argv);
    const int status = err == AQ_OK ? parse_and_run_train(self, argc, argv, a, &launch)
                       : err == AQ_ERR_USAGE
                           ? aq_command_misuse(self, "%s", aq_err_text())
                           : aq_command_status(err);
    aq_text_list_clear(&a->annotations);
    aq_text_list_clear(&a->val);
    aq_text_list_clear(&a->rest);
    aq_free(a->model);
    aq_free(a);
    return status;
}

const AqCommand aq_command_train = {
    .name = "train",
    .summary = "train a model on questions and stored features",
    .usage = "--annotations FILE... [--val FILE...] --out MODEL [OPTIONS]",
    .about =
        "Trains a network on the videos that the store has features of. The model that is "
        "best on the\nvalidation questions is kept, with its vocabulary, answers, "
        "blind floor, and what made\nits features. Several processes that mpirun or "
        "srun --mpi=pmix start train one model\ntogether: --batch is the whole batch, "
        "--jobs and --cache-mb are each one's.\nA model that was at --out before is "
        "kept "
        "beside it, as MODEL.old.",
    .stop = AQ_STOP_SAVES,
    .run = run_train};
