/* SPDX-License-Identifier: MIT */
/*
 * avqa-pipe teach: the network of hearing, by sounds and what YAMNet says of them; or a
 * map from what YAMNet says to what is heard.
 */
#include "base/alloc.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "extract/pretrain/concept_fit.h"
#include "extract/pretrain/teaching.h"
#include "pipeline/commands/out.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/config.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <stdio.h>

typedef struct TeachArgs {
    AqCommon c;
    const char *out, *weights, *state, *map;
    int seed;
    double ridge;
    AqTextList sounds, val;
    AqTeachingConfig how;
} TeachArgs;

/* `ctx` is the TeachArgs. */
static void show_teaching(void *ctx, const AqTeachingReport *r)
{
    const TeachArgs *a = ctx;

    if (a->c.json)
        aq_command_print_json(aq_json_pack(
            "{s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f}", "of",
            r->val ? "val" : "train", "step", (int)r->step, "steps", (int)r->steps,
            "seconds", r->seconds, "values", r->values, "scores", r->scores, "truth",
            r->truth, "right", r->right, "teacher_right", r->teacher_right));
    else
        aq_log(AQ_LOG_INFO,
               "step %ld of %ld%s: losses %.3f by the teacher's values, %.4f by its "
               "scores, %.4f by the truth; %.1f %% of single instruments (by the "
               "teacher's values %.1f %%)",
               r->step, r->steps, r->val ? ", validation" : "", r->values, r->scores,
               r->truth, 100 * r->right, 100 * r->teacher_right);
    (void)fflush(stdout);
}

static AqErr add_lesson_folders(AqLessons *l, const AqTextList *folders)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < folders->n; k++)
        err = aq_lessons_add(l, folders->v[k]);
    return err;
}

static AqErr save_taught(const TeachArgs *a, AqExtractor *x, size_t n)
{
    char origin[128];

    (void)snprintf(origin, sizeof origin,
                   "avqa-pipe teach, %zu seconds, %d passes, seed %d", n, a->how.passes,
                   a->seed);
    return aq_extractor_save(x, a->out, origin);
}

static AqErr teach_extractor(TeachArgs *a, AqExtractor *x, const AqLessons *train,
                             const AqLessons *val)
{
    AqThreadExecutor *exec = NULL;
    AqErr err = aq_thread_executor_new(&exec, aq_config_jobs(a->c.jobs));
    const AqTeachingJob job = {.train = train,
                               .val = val,
                               .how = &a->how,
                               .exec = aq_thread_executor_as(exec),
                               .state_path = a->state,
                               .report = show_teaching,
                               .stop = aq_interrupt_stop,
                               .ctx = a};

    if (err == AQ_OK)
        err = aq_teach(x, &job);
    aq_thread_executor_free(&exec);
    if (err == AQ_ERR_CANCELLED)
        aq_log(AQ_LOG_WARN, "interrupted; the same command goes on from %s", a->state);
    return err == AQ_OK ? save_taught(a, x, train->n) : err;
}

static AqErr open_and_teach(TeachArgs *a)
{
    char seeded[32];
    AqLessons train = {0}, val = {0};
    AqExtractor *x = NULL;
    AqErr err = add_lesson_folders(&train, &a->sounds);

    (void)snprintf(seeded, sizeof seeded, "seeded:%d", a->seed);
    a->how.seed = (uint64_t)a->seed;
    if (err == AQ_OK)
        err = add_lesson_folders(&val, &a->val);
    if (err == AQ_OK)
        err = aq_extractor_open(&x, "hearing", a->weights ? a->weights : seeded,
                                "out=both");
    if (err == AQ_OK)
        err = teach_extractor(a, x, &train, &val);
    aq_extractor_close(&x);
    aq_lessons_clear(&train);
    aq_lessons_clear(&val);
    return err;
}

/* ---- the map ---- */

static void show_fit(const TeachArgs *a, const AqConceptFit *f)
{
    if (a->c.json)
        aq_command_print_json(
            aq_json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "map", a->map,
                         "truth", f->train.loss, "right", f->train.right, "val_truth",
                         f->val.loss, "val_right", f->val.right, "slope", f->slope,
                         "offset", f->offset, "val_truth_behind", f->val_loss));
    else if (!f->val.n_right)
        aq_log(AQ_LOG_INFO, "%s: loss %.4f; %.1f %% of single instruments", a->map,
               f->train.loss, 100 * f->train.right);
    else
        aq_log(AQ_LOG_INFO,
               "%s: loss %.4f, validation %.4f, and %.4f by slope %.2f and offset "
               "%.2f; %.1f %% of single instruments, validation %.1f %%",
               a->map, f->train.loss, f->val.loss, f->val_loss, f->slope, f->offset,
               100 * f->train.right, 100 * f->val.right);
}

static AqErr write_fit(const TeachArgs *a, const AqConceptFit *f, size_t n)
{
    char origin[128];

    (void)snprintf(origin, sizeof origin,
                   "avqa-pipe teach --map, %zu seconds, %d passes, ridge %g, seed %d",
                   n, a->how.passes, a->ridge, a->seed);
    return aq_concept_fit_write(f, a->map, origin);
}

static AqErr fit_and_write(const TeachArgs *a, const AqLessons *train,
                           const AqLessons *val)
{
    const AqConceptFitConfig how = {.passes = a->how.passes,
                                    .batch = a->how.batch,
                                    .lr = a->how.lr,
                                    .ridge = a->ridge,
                                    .seed = (uint64_t)a->seed};
    AqThreadExecutor *exec = NULL;
    AqConceptFit *f = NULL;
    AqErr err = aq_thread_executor_new(&exec, aq_config_jobs(a->c.jobs));
    const AqConceptFitJob job = {.train = train,
                                 .val = val,
                                 .how = &how,
                                 .exec = aq_thread_executor_as(exec),
                                 .stop = aq_interrupt_stop};

    if (err == AQ_OK)
        err = aq_concept_fit(&f, &job);
    if (err == AQ_OK)
        err = write_fit(a, f, train->n);
    if (err == AQ_OK)
        show_fit(a, f);
    aq_free(f);
    aq_thread_executor_free(&exec);
    return err;
}

static AqErr fit_map(const TeachArgs *a)
{
    AqLessons train = {.no_input = 1}, val = {.no_input = 1};
    AqErr err = add_lesson_folders(&train, &a->sounds);

    if (err == AQ_OK)
        err = add_lesson_folders(&val, &a->val);
    if (err == AQ_OK)
        err = fit_and_write(a, &train, &val);
    aq_lessons_clear(&train);
    aq_lessons_clear(&val);
    return err;
}

static int check_teach_out(const AqCommand *self, const char *option, const char *path,
                           const TeachArgs *a, int again)
{
    AqOut o = {.self = self, .option = option, .path = path};

    aq_out_not_named(&o, a);
    return aq_out_end(&o, again);
}

static int run_map(const AqCommand *self, TeachArgs *a)
{
    const int status = check_teach_out(self, "--map", a->map, a, 0);

    if (status != AQ_EXIT_DONE)
        return status;
    aq_command_numbers();
    return aq_command_status(fit_map(a));
}

static int run_teach(const AqCommand *self, void *args)
{
    TeachArgs *a = args;

    if (a->map && (a->out || a->state || a->weights))
        return aq_command_misuse(self, "--map is a training of its own, which takes no "
                                       "--out, --state or --weights");
    if (a->sounds.n < 1 || (!a->map && (!a->out || !a->state)))
        return aq_command_misuse(self, "it takes --sounds, and --out and --state or "
                                       "--map");
    if (a->map)
        return run_map(self, a);
    int status = check_teach_out(self, "--out", a->out, a, 0);
    if (status == AQ_EXIT_DONE)
        status = check_teach_out(self, "--state", a->state, a, 1);
    if (status != AQ_EXIT_DONE)
        return status;
    aq_command_numbers();
    return aq_command_status(open_and_teach(a));
}

static const AqOption options[] = {
    AQ_GROUP("What is learned from"),
    AQ_ROW_LIST("sounds", TeachArgs, sounds, "DIR...",
                "folders of NAME.input.npy and NAME.teacher.npy, which `features` "
                "writes, and where it is known what is heard NAME.heard",
                NULL),
    AQ_ROW_LIST("val", TeachArgs, val, "DIR...", "the same, to look at after each pass",
                NULL),
    AQ_GROUP("Network"),
    AQ_ROW_FILE("weights", TeachArgs, weights, "FILE", "where to start from",
                "seeded:SEED"),
    AQ_ROW_OUT(TeachArgs, out, "FILE", "weight file to write, safetensors", NULL),
    AQ_ROW_FILE("state", TeachArgs, state, "FILE",
                "the training's state; if it is there, the training goes on from it",
                NULL),
    AQ_ROW_FILE(
        "map", TeachArgs, map, "FILE",
        "instead of a network: file to write a map to, from the teacher's values "
        "to what is heard; learned from sounds with NAME.heard, of which no "
        "NAME.input.npy is needed, and made as sure as it is right on those of "
        "--val",
        NULL),
    AQ_ROW_REAL("ridge", TeachArgs, ridge, 0, 1000,
                "of a map, how strongly its weights are held small", NULL),
    AQ_GROUP("Training"),
    AQ_ROW_INT("passes", TeachArgs, how.passes, 1, 100000,
               "times that each second is seen", NULL),
    AQ_ROW_INT("batch", TeachArgs, how.batch, 1, 4096, "seconds a step", NULL),
    AQ_ROW_INT("save-steps", TeachArgs, how.save_steps, 1, 1000000,
               "steps between two states", NULL),
    AQ_ROW_REAL("lr", TeachArgs, how.lr, 1e-9, 10,
                "learning rate at the start; half a cosine to 0", NULL),
    AQ_ROW_REAL("weight-decay", TeachArgs, how.weight_decay, 0, 10,
                "decoupled weight decay (AdamW)", NULL),
    AQ_ROW_REAL("values", TeachArgs, how.values, 0, 1000,
                "weight of the teacher's values in the loss", NULL),
    AQ_ROW_REAL("scores", TeachArgs, how.scores, 0, 1000, "weight of its scores", NULL),
    AQ_ROW_REAL("truth", TeachArgs, how.truth, 0, 1000, "weight of what is heard",
                NULL),
    AQ_ROW_REAL(
        "augment", TeachArgs, how.augment, 0, 2,
        "how strongly sounds are changed while learning: loudness, tone, pitch, "
        "noise",
        NULL),
    AQ_ROW_INT("seed", TeachArgs, seed, 0, 0x7fffffff, "seed of everything random",
               NULL),
    AQ_GROUP("The run"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe features s/1.wav --extractor yamnet --options out=both --out "
     "s/1.teacher.npy",
     "What the teacher says of a sound."},
    {"avqa-pipe features s/1.wav --extractor hearing --weights seeded:1 --stage input "
     "--out s/1.input.npy",
     "What the network is shown of it."},
    {"avqa-pipe teach --sounds s --out hearing.safetensors --state hearing.state",
     "A network of hearing that has learned from the sounds of s."},
    {"avqa-pipe teach --sounds s --val v --map yamnet_concepts.safetensors",
     "A map from YAMNet's values to what is heard (yamnet's out=concepts)."},
    {0}};

static const TeachArgs teach_defaults = {.seed = 1,
                                         .ridge = 0.01,
                                         .how = {.passes = 6,
                                                 .batch = 32,
                                                 .lr = 2e-3,
                                                 .weight_decay = 0.05,
                                                 .values = 1,
                                                 .scores = 20,
                                                 .truth = 5,
                                                 .save_steps = 500}};

const AqCommand aq_command_teach = {
    .name = "teach",
    .summary = "teaches the network of hearing what a teacher and the truth say",
    .usage = "--sounds DIR ... (--out FILE --state FILE | --map FILE) [OPTIONS]",
    .about =
        "Teaches the network `hearing` which instruments are heard in a second. Of each "
        "sound there is what YAMNet says of its seconds (`features --extractor yamnet "
        "--options out=both`), what the network is shown (`features --extractor hearing "
        "--stage input`), and, where the truth is known, a line a second of '1' for what "
        "is heard, '0' for what is not and '?' for what is not known, of the network's "
        "columns.\n\n"
        "An interrupted run goes on by the same command.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(TeachArgs, c),
    .defaults = &teach_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_teach};
