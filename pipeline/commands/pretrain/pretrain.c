/* SPDX-License-Identifier: MIT */
/* avqa-pipe pretrain: small networks that know toyband's instruments. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/json.h"
#include "base/text/log.h"
#include "pipeline/commands/out.h"
#include "pipeline/commands/pretrain/pretrain_priv.h"
#include "pipeline/decoder/decoder.h"
#include "pipeline/inputs/scenes.h"
#include "pipeline/parallel/interrupt.h"
#include "pipeline/parallel/stage.h"
#include "pipeline/ui/config.h"
#include "pipeline/ui/progress.h"

#include <jansson.h>
#include <string.h>

enum { CHUNK_ROWS = 16 };

typedef struct PretrainArgs {
    AqCommon c;
    const char *truth, *videos, *name, *out, *weights;
    int seconds, seed, resume;
    char *last;      /* where the state to go on from is; NULL where --out is no file */
    AqFsKept before; /* what was at --out */
    AqPretrainConfig how;
    AqPretrainReport report;
} PretrainArgs;

/* The inputs of one modality and what is true of them. */
typedef struct Examples {
    const PretrainArgs *a;
    const AqScenes *scenes;
    const AqScene *scene; /* the clip being read */
    AqDecoder *decoder;
    AqModality modality;
    AqExtractorFacts facts;
    size_t n, room, labels;
    float **in;
    float *target, *weight;
    unsigned char *val;
} Examples;

static void examples_clear(Examples *e)
{
    for (size_t k = 0; k < e->n; k++)
        aq_free(e->in[k]);
    aq_free(e->in);
    aq_free(e->target);
    aq_free(e->weight);
    aq_free(e->val);
}

/* Doubles the rows; what was moved already stays valid where one of them fails. */
static AqErr grow_examples(Examples *e)
{
    const size_t room = e->room ? 2 * e->room : 256;
    float **in = aq_realloc(e->in, room, sizeof *in);
    if (in)
        e->in = in;
    float *target = aq_realloc(e->target, room * e->labels, sizeof *target);
    if (target)
        e->target = target;
    float *weight = aq_realloc(e->weight, room * e->labels, sizeof *weight);
    if (weight)
        e->weight = weight;
    unsigned char *val = aq_realloc(e->val, room, 1);
    if (val)
        e->val = val;
    if (!in || !target || !weight || !val)
        return AQ_ERR_NOMEM;
    e->room = room;
    return AQ_OK;
}

static AqErr add_example(Examples *e, const float *in, int second)
{
    const size_t n = aq_extractor_values(e->facts.input.dims);
    AqErr err = e->n == e->room ? grow_examples(e) : AQ_OK;

    if (err != AQ_OK)
        return err;
    float *target = e->target + e->n * e->labels,
          *weight = e->weight + e->n * e->labels;
    float *copy = aq_alloc(n, sizeof *copy);
    if (!copy)
        return AQ_ERR_NOMEM;
    memcpy(copy, in, n * sizeof *copy);
    if (e->modality == AQ_AUDIO)
        aq_scene_sound(e->scenes, e->scene, second, target, weight);
    else
        aq_scene_picture(e->scenes, e->scene, target, weight);
    e->val[e->n] = (unsigned char)e->scene->val;
    e->in[e->n++] = copy;
    return AQ_OK;
}

/* Of each clip, every k-th second, so that all clips count alike. */
static AqErr add_chunk_examples(void *ctx, AqChunk *c)
{
    Examples *e = ctx;
    const int every = 10 / e->a->seconds, clip = (int)(e->scene - e->scenes->v);
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < c->n; k++)
        if (c->row[k] % every == clip % every)
            err = add_example(e, c->in + (size_t)k * c->in_each, c->row[k]);
    aq_chunk_free(&c);
    return err;
}

static AqErr read_scene_clip(Examples *e, const char *folder, int *n_skipped)
{
    const AqDecodePlan plan = {.n_inputs = 1,
                               .inputs = {{e->facts.input, CHUNK_ROWS}},
                               .max_seconds = 60,
                               .cancelled = aq_interrupt_stop,
                               .give = add_chunk_examples,
                               .ctx = e};
    AqDecoded d = {0};
    char *path = aq_strf("%s/%s.mp4", folder, e->scene->video_id);

    if (!path)
        return AQ_ERR_NOMEM;
    AqErr err = aq_decoder_clip(e->decoder, &d, path, &plan);
    aq_decoded_clear(&d);
    aq_free(path);
    if (err == AQ_ERR_NOT_FOUND || err == AQ_ERR_MEDIA) {
        aq_log(AQ_LOG_WARN, "%s: left out", aq_err_text());
        ++*n_skipped;
        err = AQ_OK;
    }
    return err;
}

static AqErr read_examples(Examples *e, int *n_skipped)
{
    const char *slash = strrchr(e->a->truth, '/');
    const int n = slash ? (int)(slash - e->a->truth) : 1;
    const AqDecoderBounds bounds = AQ_DECODER_BOUNDS;

    if (!aq_rows_are_seconds(e->facts.input.plan))
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: pretraining teaches seconds, and its rows are none",
                       e->facts.name);
    if (aq_rows_pictures(e->facts.input.plan) > 1)
        return aq_fail(AQ_ERR_UNSUPPORTED,
                       "%s: pretraining shows one picture a row, and its rows have %d",
                       e->facts.name, aq_rows_pictures(e->facts.input.plan));
    char *folder = e->a->videos ? aq_strdup(e->a->videos)
                                : aq_strf("%.*s/videos", n, slash ? e->a->truth : ".");
    AqErr err = folder ? aq_decoder_new(&e->decoder, &bounds) : AQ_ERR_NOMEM;

    aq_progress_begin("clips", (int64_t)e->scenes->n, e->a->c.quiet);
    for (size_t k = 0; err == AQ_OK && k < e->scenes->n; k++) {
        e->scene = &e->scenes->v[k];
        if (!e->scene->test)
            err = read_scene_clip(e, folder, n_skipped);
        aq_progress_set((int64_t)k + 1, "read");
    }
    aq_progress_end();
    aq_decoder_free(&e->decoder);
    aq_free(folder);
    return err;
}

static AqErr train_extractor(PretrainArgs *a, AqExtractor *x, const Examples *e,
                             const AqScenes *s)
{
    const int audio = e->modality == AQ_AUDIO;
    const AqPretrainSet set = {.n = e->n,
                               .in = (const float *const *)e->in,
                               .bands = audio ? 1 : AQ_SCENE_PLACES,
                               .targets =
                                   (int)e->labels / (audio ? 1 : AQ_SCENE_PLACES),
                               .group = audio ? AQ_SCENE_SOUND_BITS : 1,
                               .target = e->target,
                               .weight = e->weight,
                               .val = e->val};
    AqThreadExecutor *exec = NULL;
    AqErr err = aq_thread_executor_new(&exec, aq_config_jobs(a->c.jobs));
    const AqPretrainJob job = {.set = &set,
                               .how = &a->how,
                               .exec = aq_thread_executor_as(exec),
                               .last_path = a->last,
                               .resume = a->resume,
                               .progress = aq_pretrain_on_progress,
                               .stop = aq_interrupt_stop,
                               .ctx = &a->report};

    aq_log(AQ_LOG_INFO, "pretraining %s on %zu seconds, %d instruments", e->facts.name,
           e->n, s->n_kinds);
    aq_progress_begin("steps", 0, a->c.quiet);
    if (err == AQ_OK)
        err = aq_pretrain(x, &job);
    aq_progress_end();
    aq_thread_executor_free(&exec);
    return err;
}

static void say_interrupted(const PretrainArgs *a, int has_begun)
{
    aq_log(AQ_LOG_WARN,
           has_begun && a->last ? "interrupted; %s holds the network as far as it got, "
                                  "and the same command with --resume goes on"
           : has_begun          ? "interrupted; %s holds the network as far as it got"
           : a->resume ? "interrupted before it went on; %s is as it was, and the "
                         "same command goes on"
                       : "interrupted before anything was learned; %s is not written",
           a->out);
}

static AqErr save_pretrained(const PretrainArgs *a, AqExtractor *x, const AqScenes *s)
{
    char *origin = aq_strf("avqa-pipe pretrain, %zu clips of known truth, %d epochs, "
                           "seed %d",
                           s->n, a->how.epochs, a->seed);
    const AqErr err = origin ? aq_extractor_save(x, a->out, origin) : AQ_ERR_NOMEM;

    aq_free(origin);
    return err;
}

static AqErr pretrain_extractor(PretrainArgs *a, AqExtractor *x, const AqScenes *s,
                                int *n_skipped)
{
    Examples e = {.a = a, .scenes = s, .facts = aq_extractor_facts(x)};

    e.modality = e.facts.modality;
    e.labels = e.modality == AQ_AUDIO
                   ? (size_t)s->n_kinds * AQ_SCENE_SOUND_BITS
                   : (size_t)AQ_SCENE_PLACES * ((size_t)s->n_kinds + 1);
    AqErr err = read_examples(&e, n_skipped);
    const int has_begun = err == AQ_OK;
    if (has_begun)
        err = train_extractor(a, x, &e, s);
    examples_clear(&e);
    if (err == AQ_ERR_CANCELLED)
        say_interrupted(a, has_begun);
    if (err != AQ_OK && !(has_begun && err == AQ_ERR_CANCELLED))
        return err;
    const AqErr saved = save_pretrained(a, x, s);
    return saved == AQ_OK ? err : saved;
}

/* The state's place, and what --out names before. What is no file has neither. */
static AqErr look_at_out(PretrainArgs *a)
{
    AqErr err = aq_fs_check_file(a->out, "the state to go on from");

    if (err == AQ_ERR_UNSUPPORTED && !a->resume)
        return AQ_OK;
    if (err == AQ_OK || err == AQ_ERR_UNSUPPORTED)
        err = aq_out_last(&a->last, a->out, a->resume);
    return err == AQ_OK ? aq_out_keep(&a->before, a->out, a->resume) : err;
}

static void begin_run(PretrainArgs *a, const char *weights)
{
    const AqPretrainConfig *h = &a->how;
    char *file = NULL;

    a->report = (AqPretrainReport){.how = h, .json = a->c.json};
    aq_run_note_init(&a->report.note, "pretrain");
    aq_run_note_file(&a->report.note, "truth", a->truth);
    if (strncmp(weights, "seeded:", 7) != 0 &&
        aq_config_weights_file(weights, &file) == AQ_OK)
        aq_run_note_file(&a->report.note, "from", file);
    aq_free(file);
    aq_pretrain_begin_run(
        &a->report, a->c.store,
        aq_json_pack("{s:s, s:s, s:s?, s:i, s:{s:i, s:i, s:f, s:f, s:f, s:i}}",
                     "extractor", a->name, "weights", weights, "videos", a->videos,
                     "seconds", a->seconds, "training", "epochs", h->epochs, "batch",
                     h->batch, "lr", h->lr, "weight_decay", h->weight_decay, "augment",
                     h->augment, "seed", a->seed));
}

/* Of the clips those that the truth names are read. */
static int check_pretrain_out(const AqCommand *self, const PretrainArgs *a)
{
    AqOut o = {.self = self, .option = "--out", .path = a->out};

    aq_out_not_named(&o, a);
    aq_out_not_store(&o, a->c.store);
    return aq_out_end(&o, 0);
}

/* `seeded` is where it starts from unless --weights says. */
static int open_and_pretrain(PretrainArgs *a, const char *seeded)
{
    const char *from = a->weights ? a->weights : seeded;
    AqScenes scenes = {0};
    AqExtractor *x = NULL;
    int n_skipped = 0;
    AqErr err = aq_scenes_read(&scenes, a->truth);

    if (err == AQ_OK)
        err = aq_extractor_open(&x, a->name, from, NULL);
    if (err == AQ_OK)
        err = look_at_out(a);
    if (err == AQ_OK) {
        begin_run(a, from);
        err = pretrain_extractor(a, x, &scenes, &n_skipped);
        err = aq_pretrain_finish_run(&a->report, err, a->out);
    }
    const int status = aq_command_status(err);
    aq_out_kept(&a->before);
    aq_extractor_close(&x);
    aq_scenes_clear(&scenes);
    aq_free(a->last);
    return status == AQ_EXIT_DONE && n_skipped > 0 ? AQ_EXIT_SKIPPED : status;
}

static int run_pretrain(const AqCommand *self, void *args)
{
    PretrainArgs *a = args;

    if (!a->truth || !a->name || !a->out)
        return aq_command_misuse(self, "it takes --truth, --extractor and --out");
    int status = check_pretrain_out(self, a);
    if (status != AQ_EXIT_DONE)
        return status;
    char *seeded = aq_strf("seeded:%d", a->seed);
    a->how.seed = (uint64_t)a->seed;
    aq_command_numbers();
    status = seeded ? open_and_pretrain(a, seeded) : aq_command_status(AQ_ERR_NOMEM);
    aq_free(seeded);
    return status;
}

static const AqOption options[] = {
    AQ_GROUP("What is learned from"),
    AQ_ROW_FILE("truth", PretrainArgs, truth, "FILE",
                "who is seen where and plays when, as toyband's truth.jsonl", NULL),
    AQ_ROW_FOLDER("videos", PretrainArgs, videos, "DIR", "their clips",
                  "videos/ beside the truth"),
    AQ_ROW_INT("seconds", PretrainArgs, seconds, 1, 10,
               "of each ten seconds of a clip, how many are learned from", NULL),
    AQ_GROUP("Network"),
    AQ_ROW_FILE("extractor", PretrainArgs, name, "NAME",
                "vggish_nano or swin_nano; any other takes longer", NULL),
    AQ_ROW_FILE("weights", PretrainArgs, weights, "FILE", "where to start from",
                "seeded:SEED"),
    AQ_ROW_OUT(PretrainArgs, out, "FILE", "weight file to write, safetensors", NULL),
    AQ_ROW_FLAG("resume", PretrainArgs, resume,
                "go on with an interrupted pretraining, from FILE.last"),
    AQ_GROUP("Training"),
    AQ_ROW_INT("epochs", PretrainArgs, how.epochs, 1, 100000, "epochs", NULL),
    AQ_ROW_INT("batch", PretrainArgs, how.batch, 1, 4096, "seconds a step", NULL),
    AQ_ROW_REAL("lr", PretrainArgs, how.lr, 1e-9, 10,
                "learning rate at the start; half a cosine to 0", NULL),
    AQ_ROW_REAL("weight-decay", PretrainArgs, how.weight_decay, 0, 10,
                "decoupled weight decay (AdamW)", NULL),
    AQ_ROW_REAL("augment", PretrainArgs, how.augment, 0, 2,
                "how strongly sounds and pictures are changed while learning: "
                "loudness, tone, pitch, noise, two sounds at once; colour, place, left "
                "and right, parts of two pictures",
                NULL),
    AQ_ROW_INT("seed", PretrainArgs, seed, 0, 0x7fffffff, "seed of everything random",
               NULL),
    AQ_GROUP("The run"),
    AQ_ROW_FILE("store", PretrainArgs, c.store, "FILE", "where the run is kept",
                "AVQA_STORE, or the data folder's store.db"),
    AQ_ROWS(aq_rows_jobs),
    AQ_ROWS(aq_rows_output),
    {0}};

static const AqTerm examples[] = {
    {"avqa-pipe pretrain --truth band/truth.jsonl --extractor vggish_nano "
     "--out sound.safetensors",
     "A small audio network that knows the instruments of toyband's clips."},
    {"avqa-pipe pretrain --truth band/truth.jsonl --extractor vggish_nano "
     "--out sound.safetensors --resume",
     "Goes on where that was interrupted."},
    {0}};

static const PretrainArgs pretrain_defaults = {
    .seconds = 10,
    .seed = 1,
    .how = {.epochs = 10, .batch = 32, .lr = 1e-3, .weight_decay = 0.05}};

const AqCommand aq_command_pretrain = {
    .name = "pretrain",
    .summary = "trains a feature network on clips of known truth",
    .usage = "--truth FILE --extractor NAME --out FILE [OPTIONS]",
    .about =
        "Teaches an audio network which instruments sound in a second, how loud and "
        "how fast, or a visual network which stand at left, middle and right. Clips of "
        "the split \"train\" are learned from, those of \"val\" looked at after each "
        "epoch. The file is what --audio-weights and --visual-weights take.\n\n"
        "An interrupted run writes the network as far as it got, and goes on with the "
        "same command and --resume: its state is kept beside it, as FILE.last. A file "
        "that was there before is kept too, as FILE.old.",
    .examples = examples,
    .options = options,
    .args_bytes = AQ_ARGS_BYTES(PretrainArgs, c),
    .defaults = &pretrain_defaults,
    .stop = AQ_STOP_SAVES,
    .run = run_pretrain};
