/* SPDX-License-Identifier: MIT */
/* avqa-pipe train: a model from questions and stored features. */
#include "base/text/log.h"
#include "pipeline/commands/train/sweep.h"
#include "pipeline/commands/train/train_priv.h"
#include "pipeline/inputs/task.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/launch.h"
#include "pipeline/ui/progress.h"

#include <stdio.h>

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
    if (j->tower)
        aq_log(AQ_LOG_INFO,
               "first the questions are read by %s, each wording once; that takes a "
               "while",
               j->a->question->name);
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
                            .tower = j->tower,
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
    if (err != AQ_OK) {
        aq_launch_let_leader_speak(l);
        return l->rank == 0 ? aq_command_status(err) : AQ_EXIT_FAILED;
    }
    err = aq_train_open(&j);
    const int status =
        err == AQ_OK ? train_model(&j) : exit_status_of_group(j.group, err);
    aq_train_close(&j);
    aq_launch_leave(&j.group);
    return status;
}

static int check_train_args(const AqCommand *self, AqTrainArgs *a)
{
    if (a->annotations.n == 0)
        return aq_command_misuse(self, "it needs --annotations FILE");
    if (aq_question_reading_find(&a->question,
                                 a->question_name ? a->question_name : "lstm") != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    if (!a->question->reads_rows &&
        (a->c.question.weights || a->c.question.vocabulary || a->c.question.switches))
        return aq_command_misuse(
            self, "--question %s takes no weights, vocabulary or switches",
            a->question->name);
    if (a->network->check && a->network->check(a->model) != AQ_OK)
        return aq_command_misuse(self, "%s", aq_err_text());
    return aq_train_check_out(self, a);
}

static int run_train(const AqCommand *self, void *args)
{
    if (aq_train_is_sweep(args))
        return aq_train_sweep(self, args);
    const AqLaunch launch = aq_launch();
    const int muted = aq_launch_mute(&launch);
    const int status = check_train_args(self, args);

    aq_launch_unmute(&launch, muted, status != AQ_EXIT_DONE);
    return status == AQ_EXIT_DONE ? join_and_train(args, &launch) : status;
}

/* The options of the k-th network of the table, and of its training. */
static int make_network_options(size_t k, AqVariant *out, void *args)
{
    const AqAnswerNetwork *n = aq_answer_network(k);
    AqTrainArgs *a = args;
    AqTrainOptions training;
    int at = 0;

    if (!n)
        return 0;
    out->name = n->name;
    (void)snprintf(out->title, sizeof out->title, "Network %s, %s", n->name,
                   n->summary);
    a->network = n;
    n->set_defaults(a->model);
    a->how = aq_train_config_default(n);
    aq_train_options(&training, n);
    out->rows[at++] = (AqOption)AQ_ROWS_AT(n->options, offsetof(AqTrainArgs, model));
    _Static_assert(sizeof training.rows / sizeof *training.rows + 3 <= AQ_VARIANT_ROWS,
                   "all rows find room");
    (void)snprintf(out->more, sizeof out->more, "Training of %s", n->name);
    out->rows[at++] = (AqOption)AQ_GROUP(out->more);
    for (const AqOption *o = training.rows; o->type != AQ_OPTION_END; o++) {
        out->rows[at] = *o;
        out->rows[at++].at += offsetof(AqTrainArgs, how);
    }
    return 1;
}

static const char *list_answer_networks(size_t k)
{
    const AqAnswerNetwork *n = aq_answer_network(k);

    return n ? n->name : NULL;
}

static const char *list_question_readings(size_t k)
{
    const AqQuestionReading *r = aq_question_reading(k);

    return r ? r->name : NULL;
}

static const char *list_question_switches(size_t k)
{
    static const char *const names[] = {"act=quick_gelu", "act=gelu", "precision=f32",
                                        "precision=bf16", NULL};

    return names[k];
}

static const AqOption options[] = {
    AQ_GROUP("Questions"),
    AQ_ROW_FILES("annotations", AqTrainArgs, annotations,
                 "questions, in a layout that `data check` knows; of files that say "
                 "splits, those of train",
                 NULL),
    AQ_ROW_FILES("val", AqTrainArgs, val, "questions for validation",
                 "a tenth of the videos"),
    AQ_ROW_INT(
        "max-answers", AqTrainArgs, max_answers, 1, 1000000,
        "only the N most frequent answers; questions with others are not trained "
        "on, and count as wrong in validation",
        "all"),
    AQ_ROW_INT("min-answer-count", AqTrainArgs, min_answer_count, 1, 1000000,
               "only answers that training has N times", "1"),
    AQ_ROW_CHOICE("head", AqTrainArgs, head, aq_task_options,
                  "what form answers have: words of the training, one of the choices "
                  "that a question comes with, or a number",
                  "as the questions say"),
    AQ_GROUP("Features"),
    AQ_ROWS(aq_rows_store),
    AQ_ROWS(aq_rows_dataset_read),
    AQ_ROW_TEXT("audio", AqTrainArgs, c.tools.name[AQ_AUDIO], "TEXT",
                "which features, if there are several: a network, a digest, an option; "
                "A,B: several side by side",
                NULL),
    AQ_ROW_TEXT("visual", AqTrainArgs, c.tools.name[AQ_VISUAL], "TEXT",
                "the same for the picture", NULL),
    AQ_ROWS(aq_rows_hide),
    AQ_GROUP("Model"),
    AQ_ROW_LISTED("network", AqTrainArgs, network_name, "NAME", AQ_HINT_NONE,
                  list_answer_networks,
                  "which network is trained; each has options of its own, below",
                  "coqo"),
    AQ_ROW_LISTED("question", AqTrainArgs, question_name, "NAME", AQ_HINT_NONE,
                  list_question_readings,
                  "how questions are read: as words of the training, or any words by "
                  "CLIP's text tower",
                  "lstm"),
    AQ_ROW_FILE("question-weights", AqTrainArgs, c.question.weights, "FILE",
                "CLIP's weights: a file, an imported name, or seeded:N for random ones",
                "clip_text"),
    AQ_ROW_FILE("question-vocabulary", AqTrainArgs, c.question.vocabulary, "FILE",
                "its tokenizer's vocabulary, if it is not beside the weights", NULL),
    AQ_ROW_LISTED("question-options", AqTrainArgs, c.question.switches, "K=V,...",
                  AQ_HINT_NONE, list_question_switches,
                  "its activation, where the weights do not tell, and precision", NULL),
    AQ_ROW_OUT(AqTrainArgs, out, "MODEL", "model file",
               "AVQA_MODEL, or the data folder's model.safetensors"),
    AQ_ROW_FILE("from", AqTrainArgs, from, "MODEL",
                "begin with the weights of a trained model of the same options", NULL),
    AQ_ROW_FLAG("resume", AqTrainArgs, resume,
                "go on with an interrupted training, from MODEL.last"),
    AQ_ROW_TEXT("like", AqTrainArgs, like, "RUN",
                "the questions and options of an earlier training, by its number in "
                "`runs ls` or `last`; those of the command line and of --config count "
                "before",
                NULL),
    AQ_GROUP("Several trainings"),
    AQ_ROW_TEXT("seeds", AqTrainArgs, seeds, "A..B,C",
                "a training with each of these seeds, OUT-seed=N.safetensors each",
                NULL),
    AQ_ROW_TEXT("grid", AqTrainArgs, grid, "NAME=V,V;...",
                "a training with each combination of these options' values, as "
                "lr=1e-4,3e-4;dim=64,128",
                NULL),
    AQ_ROW_TEXT("shard", AqTrainArgs, shard, "I/N", "only the I-th of N parts of them",
                "the part of a Slurm array's task"),
    AQ_GROUP("The run"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe train --annotations train.json --val val.json --out model.safetensors",
     "CoQo as it is trained usually."},
    {"avqa-pipe train --annotations train.json --network linear --out base.safetensors",
     "The baseline to compare with."},
    {"avqa-pipe train --annotations train.json --question clip_text --question-weights "
     "ViT-B-32.pt --out model.safetensors",
     "Questions of any wording, read by CLIP's text tower."},
    {"avqa-pipe train --annotations train.json --out m.safetensors --seeds 1..5 --grid "
     "lr=1e-4,3e-4",
     "Ten trainings, and the mean and deviation of each rate."},
    {"avqa-pipe train --like 12 --lr 1e-4 --out slower.safetensors",
     "As run 12, at another rate."},
    {"mpirun -n 4 avqa-pipe train --annotations train.json --out model.safetensors -j 8",
     "One model by four processes of eight threads."},
    {0}};

const AqCommand aq_command_train = {
    .name = "train",
    .summary = "train a model on questions and stored features",
    .usage = "--annotations FILE... [--val FILE...] --out MODEL [OPTIONS]",
    .about =
        "Trains a network on the videos that the store has features of. The model that "
        "is best on the validation questions is kept, with its vocabulary, answers, "
        "blind floor, and what made its features. A model that was at --out before is "
        "kept beside it, as MODEL.old.\n\n"
        "--seeds and --grid train several models, one after another, each in a process "
        "of its own; the same command again makes what is missing, and what was "
        "interrupted is gone on with. Beside each model, MODEL.json says what came of "
        "it.\n\n"
        "Several processes that mpirun or srun --mpi=pmix start train one model "
        "together: --batch is the whole batch, --jobs and --cache-mb are each one's.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(AqTrainArgs, c),
    .chooses = "network",
    .variant = make_network_options,
    .like = aq_train_like,
    .stop = AQ_STOP_SAVES,
    .by_processes = 1,
    .run = run_train};
