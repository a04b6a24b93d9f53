/* SPDX-License-Identifier: MIT */
/* avqa-pipe train: a model from questions and stored features. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/log.h"
#include "model/trainer.h"
#include "pipeline/commands/command.h"
#include "pipeline/commands/questions.h"
#include "pipeline/config.h"
#include "pipeline/interrupt.h"
#include "pipeline/launch.h"
#include "pipeline/progress.h"
#include "pipeline/stage.h"
#include "store/runs.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_OPTIONS = 96, NAME_BYTES = 40 };
#define VAL_SHARE 0.1 /* of the videos, where no --val is given */

typedef struct Args {
    AqCommon c;
    AqTextList annotations, val, rest;
    const char *out;
    int resume;
    const char *from;
    AqCoqoConfig model;
    AqTrainConfig how;
    char names[MAX_OPTIONS][NAME_BYTES]; /* with dashes, for the command line */
    char help[MAX_OPTIONS][160];
} Args;

/* What a training needs, made step by step and released together. */
typedef struct Job {
    Args *a;
    AqGroup *group; /* the processes that train together; NULL: alone */
    int cores;      /* of this one, in a group */
    AqStore *store;
    AqFeatureChoice choice;
    AqAnnotations *train_list, *val_list;
    AqStoreDataset *train, *val;
    AqThreadExecutor *exec;
    char *extractors, *out, *last; /* last: where the state to go on from is */
    int gaps;
    int64_t run;
    json_t *curve; /* an object for each epoch */
} Job;

static AqErr set_model(void *ctx, const char *name, const char *value)
{
    return aq_coqo_config_set(ctx, name, value);
}

static AqErr set_training(void *ctx, const char *name, const char *value)
{
    return aq_train_config_set(ctx, name, value);
}

/* Rows for the command line from the model's or the trainer's own table. */
static int add_rows(Args *a, AqOption *table, int n, const AqConfigTable *from,
                    void *cfg, AqErr (*set)(void *, const char *, const char *))
{
    for (size_t k = 0; k < from->n && n < MAX_OPTIONS - 1; k++, n++) {
        const AqConfigOption *o = &from->options[k];
        char value[48];

        (void)snprintf(a->names[n], NAME_BYTES, "%s", o->name);
        for (char *p = a->names[n]; *p; p++)
            *p = *p == '_' ? '-' : *p;
        (void)snprintf(a->help[n], sizeof a->help[n], "%s [%s]", o->help,
                       aq_config_get(o, cfg, value, sizeof value));
        table[n] = (AqOption){.name = a->names[n],
                              .kind = AQ_OPT_CALL,
                              .arg = o->type == AQ_CONFIG_FLAG ? "on|off" : "N",
                              .help = a->help[n],
                              .to = cfg,
                              .fn = set};
    }
    return n;
}

/* Numbers that are not there (no validation) are null. */
static json_t *number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static void keep_epoch(Job *j, const AqTrainProgress *p)
{
    (void)json_array_append_new(
        j->curve,
        json_pack("{s:i, s:i, s:f, s:f, s:o, s:o, s:f, s:o, s:o, s:o}", "epoch",
                  p->epoch, "step", (int)p->step, "seconds", p->seconds, "lr", p->lr,
                  "loss", number(p->losses.total), "qa", number(p->losses.qa),
                  "train_accuracy", p->train_accuracy, "val_accuracy",
                  number(p->val_accuracy), "val_loss", number(p->val_loss), "val_floor",
                  number(p->val_floor)));
}

static void on_progress(void *ctx, const AqTrainProgress *p)
{
    if (p->epoch_done)
        keep_epoch(ctx, p);
    if (p->epoch_done)
        aq_log(AQ_LOG_INFO,
               "epoch %d: loss %.3f (answers %.3f), right in training %.1f %%, on "
               "validation %.1f %% (blind %.1f %%)%s",
               p->epoch, p->losses.total, p->losses.qa, 100 * p->train_accuracy,
               100 * p->val_accuracy, 100 * p->val_floor, p->is_best ? ", best" : "");
    aq_progress_set(p->step, "epoch %d/%d  loss %.3f", p->epoch, p->epochs,
                    p->losses.total);
}

static AqErr open_questions(Job *j)
{
    Args *a = j->a;
    const int own_val = a->val.n > 0;
    AqDatasetGaps gaps;
    AqErr err = aq_feature_choice(&j->choice, j->store, a->c.tools.name);

    if (err == AQ_OK)
        err = aq_read_annotations(&j->train_list, a->annotations.v, a->annotations.n,
                                  "train");
    if (err == AQ_OK && own_val)
        err = aq_read_annotations(&j->val_list, a->val.v, a->val.n, "val");
    if (err == AQ_OK)
        err = aq_store_dataset_new(&j->train, j->store, &j->choice, j->train_list, 0,
                                   own_val ? 1 : 1 - VAL_SHARE, &gaps);
    if (err != AQ_OK)
        return err;
    j->gaps = aq_say_gaps("training", &gaps);
    err = aq_store_dataset_read_ahead(j->train);
    if (err != AQ_OK)
        return err;
    err = aq_store_dataset_new(
        &j->val, j->store, &j->choice, own_val ? j->val_list : j->train_list,
        own_val ? 0 : 1 - VAL_SHARE, own_val ? 1 : VAL_SHARE, &gaps);
    if (err == AQ_ERR_NOT_FOUND && !own_val) {
        aq_log(AQ_LOG_WARN,
               "too few videos to keep some for validation; the last state "
               "is kept instead of the best");
        return AQ_OK;
    }
    if (err == AQ_OK && own_val)
        j->gaps |= aq_say_gaps("validation", &gaps);
    return err;
}

/* The leader writes what was run, and may have to bring the store up to date first. */
static AqErr open_store(Job *j)
{
    const int leads = aq_group_leads(j->group);
    char *path = NULL;
    AqErr err = aq_config_store(j->a->c.store, &path);

    if (err == AQ_OK && leads)
        err = aq_store_open(&j->store, path, AQ_STORE_WRITE);
    err = aq_group_agree(j->group, err);
    if (err == AQ_OK && !leads)
        err = aq_store_open(&j->store, path, AQ_STORE_READ);
    aq_free(path);
    return err;
}

static AqErr open_job(Job *j)
{
    AqErr err = open_store(j);

    j->curve = json_array();
    if (err == AQ_OK && !j->curve)
        err = aq_fail(AQ_ERR_NOMEM, "out of memory");
    if (err == AQ_OK)
        err = aq_config_model(j->a->out, &j->out);
    if (err == AQ_OK && !(j->last = aq_strf("%s.last", j->out)))
        err = AQ_ERR_NOMEM;
    if (err == AQ_OK && j->a->resume && access(j->last, F_OK) != 0)
        err = aq_fail(AQ_ERR_NOT_FOUND,
                      "%s: is not there, so there is no training to go on with; leave "
                      "--resume out to begin one",
                      j->last);
    if (err == AQ_OK)
        err = open_questions(j);
    if (err == AQ_OK)
        err = aq_toolset_json(&j->choice.pick[AQ_AUDIO], &j->choice.pick[AQ_VISUAL],
                              &j->extractors);
    if (err == AQ_OK)
        err = aq_thread_executor_new(
            &j->exec, aq_config_jobs(j->a->c.jobs ? j->a->c.jobs : j->cores));
    return aq_group_agree(j->group, err);
}

static void close_job(Job *j)
{
    aq_thread_executor_free(&j->exec);
    aq_store_dataset_free(&j->train);
    aq_store_dataset_free(&j->val);
    aq_annotations_free(&j->train_list);
    aq_annotations_free(&j->val_list);
    aq_feature_choice_clear(&j->choice);
    aq_store_close(&j->store);
    json_decref(j->curve);
    aq_free(j->extractors);
    aq_free(j->last);
    aq_free(j->out);
}

static json_t *outcome(const Job *j, const AqTrainSummary *s)
{
    json_t *o = json_pack("{s:s, s:i, s:i, s:i, s:f, s:f, s:f, s:b, s:b}", "model",
                          j->out, "epochs", s->epochs, "steps", (int)s->steps,
                          "best_epoch", s->best_epoch, "seconds", s->seconds, "waited",
                          s->waited, "loss", s->losses.total, "stopped", s->stopped,
                          "out_of_time", s->out_of_time);
    if (isfinite(s->best_accuracy) && s->best_epoch > 0) {
        (void)json_object_set_new(o, "val_accuracy", json_real(s->best_accuracy));
        (void)json_object_set_new(o, "val_floor", json_real(s->val_floor));
    }
    return o;
}

static void report(const Job *j, const AqTrainSummary *s, const AqCoqoModel *m)
{
    if (j->a->c.json) {
        json_t *o = outcome(j, s);

        aq_command_print_json(o);
        return;
    }
    (void)printf("%s: %zu parameters, %d epochs, %ld steps in %.0f s", j->out,
                 aq_coqo_model_count(m), s->epochs, s->steps, s->seconds);
    if (s->best_epoch > 0)
        (void)printf("; validation %.1f %% in epoch %d (blind %.1f %%)",
                     100 * s->best_accuracy, s->best_epoch, 100 * s->val_floor);
    (void)putchar('\n');
}

static AqErr settings(const Args *a, char **out)
{
    char *model = NULL, *how = NULL;
    AqErr err = aq_config_to_json(aq_coqo_options(), &a->model, &model);

    if (err == AQ_OK)
        err = aq_config_to_json(aq_train_options(), &a->how, &how);
    *out =
        err == AQ_OK ? aq_strf("{\"model\": %s, \"training\": %s}", model, how) : NULL;
    aq_free(model);
    aq_free(how);
    return err == AQ_OK && !*out ? AQ_ERR_NOMEM : err;
}

static AqErr finish_run(Job *j, AqErr err, const AqTrainSummary *s)
{
    json_t *o = outcome(j, s);
    (void)json_object_set(o, "curve", j->curve);
    char *text = aq_json_text(o, JSON_COMPACT);
    const AqErr rc = aq_store_finish_run(j->store, j->run,
                                         err != AQ_OK ? AQ_RUN_FAILED
                                         : s->stopped ? AQ_RUN_INTERRUPTED
                                                      : AQ_RUN_DONE,
                                         text, j->out);
    aq_free(text);
    json_decref(o);
    return rc;
}

/* Of a fault that all of a group have, the leader speaks. */
static int status_of(const AqGroup *g, AqErr err)
{
    if (aq_group_leads(g) || err == AQ_OK)
        return aq_command_status(err);
    return err == AQ_ERR_CANCELLED ? AQ_EXIT_INTERRUPTED : AQ_EXIT_FAILED;
}

static AqErr begin_run(Job *j)
{
    char *config = NULL;
    AqErr err = settings(j->a, &config);

    if (err == AQ_OK && aq_group_leads(j->group))
        err = aq_store_begin_run(j->store, "train", AQ_PROGRAM, config, &j->run);
    aq_free(config);
    return aq_group_agree(j->group, err);
}

static void announce(const Job *j, const AqTrainJob *job)
{
    char together[96] = "";

    if (j->group)
        (void)snprintf(together, sizeof together, ", by %d processes of %d threads",
                       j->group->n, job->exec->n_threads);
    aq_log(AQ_LOG_INFO, "training on %zu questions about %zu videos%s",
           job->train->n_questions, job->train->n_clips, together);
}

static int train(Job *j)
{
    const Args *a = j->a;
    const int leads = aq_group_leads(j->group);
    AqTrainSummary s = {0};
    AqCoqoModel *model = NULL;
    char why[512] = "";
    const AqTrainJob job = {.model = &a->model,
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
                            .progress = leads ? on_progress : NULL,
                            .stop = aq_interrupt_stop,
                            .ctx = j};
    AqErr err = begin_run(j);

    if (err != AQ_OK)
        return status_of(j->group, err);
    announce(j, &job);
    aq_progress_begin("steps", 0, a->c.quiet || !leads);
    err = aq_train(&model, &s, &job);
    aq_progress_end();
    (void)snprintf(why, sizeof why, "%s", aq_err_text());
    const AqErr noted = leads ? finish_run(j, err, &s) : AQ_OK;
    if (err == AQ_OK && leads)
        report(j, &s, model);
    aq_coqo_model_free(&model);
    if (err != AQ_OK)
        return status_of(j->group, aq_fail(err, "%s", why));
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
static int join_and_train(Args *a, const AqLaunch *l)
{
    Job j = {.a = a};

    if (l->rank > 0)
        aq_log_set_level(AQ_LOG_ERROR);
    aq_command_numbers();
    AqErr err = aq_launch_join(&j.group, &j.cores, l);
    if (err != AQ_OK)
        return l->rank == 0 ? aq_command_status(err) : AQ_EXIT_FAILED;
    err = open_job(&j);
    const int status = err == AQ_OK ? train(&j) : status_of(j.group, err);
    close_job(&j);
    aq_launch_leave(&j.group);
    return status;
}

static int parse_and_run(const AqCommand *self, int argc, char **argv, Args *a,
                         const AqLaunch *l)
{
    AqOption table[MAX_OPTIONS] = {
        {.name = "annotations",
         .kind = AQ_OPT_LIST,
         .arg = "FILE...",
         .to = &a->annotations,
         .help =
             "questions: MUSIC-AVQA, v2.0, -R, AVQA, or CSV and JSON of one's own; of "
             "files that say splits, those of train"},
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
    int status, n = 0;

    while (table[n].name)
        n++;
    n = add_rows(a, table, n, aq_coqo_options(), &a->model, set_model);
    (void)add_rows(a, table, n, aq_train_options(), &a->how, set_training);
    aq_interrupt_catch(); /* before any other that fails has mpirun end this one */
    const int muted = aq_launch_mute(l);
    int go = aq_command_begin(self, table, argc, argv, &a->rest, &a->c, &status);
    if (go && (a->rest.n > 0 || a->annotations.n == 0)) {
        go = 0;
        status = aq_command_misuse(
            self, a->rest.n ? "what is '%s'?" : "it needs --annotations FILE%s",
            a->rest.n ? a->rest.v[0] : "");
    } else if (go && aq_coqo_config_check(&a->model) != AQ_OK) {
        go = 0;
        status = aq_command_misuse(self, "%s", aq_err_text());
    }
    aq_launch_unmute(muted);
    return go ? join_and_train(a, l) : status;
}

static int run(const AqCommand *self, int argc, char **argv)
{
    Args *a = aq_alloc(1, sizeof *a);

    if (!a)
        return aq_command_status(AQ_ERR_NOMEM);
    a->model = aq_coqo_config_default();
    a->how = aq_train_config_default();
    const AqLaunch launch = aq_launch();
    const int status = parse_and_run(self, argc, argv, a, &launch);
    aq_text_list_clear(&a->annotations);
    aq_text_list_clear(&a->val);
    aq_text_list_clear(&a->rest);
    aq_free(a);
    return status;
}

const AqCommand aq_command_train = {
    .name = "train",
    .summary = "train a model on questions and stored features",
    .usage = "--annotations FILE... [--val FILE...] --out MODEL [OPTIONS]",
    .about =
        "Trains CoQo on the videos that the store has features of. The model that is "
        "best on the\nvalidation questions is kept, with its vocabulary, answers, "
        "blind floor, and what made\nits features. Several processes that mpirun or "
        "srun --mpi=pmix start train one model\ntogether: --batch is the whole batch, "
        "--jobs and --cache-mb are each one's.",
    .run = run};
