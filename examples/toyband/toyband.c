/* SPDX-License-Identifier: MIT */
/*
 * toyband: makes a small but real data set in MUSIC-AVQA's annotation schema:
 * instruments that play or rest in front of a room or a meadow, and questions about
 * them whose answers are true by construction. The same seed gives the same files, and
 * video k does not depend on the number of videos.
 */
#include "base/alloc.h"
#include "base/cpu.h"
#include "base/fs/fs.h"
#include "base/options/parse.h"
#include "base/options/print.h"
#include "examples/toyband/clip.h"
#include "examples/toyband/questions/ask.h"
#include "examples/toyband/questions/book.h"
#include "examples/toyband/silent/sets.h"
#include "examples/toyband/sound.h"

#include <errno.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct ToybandArgs {
    const char *out, *drawings;
    int videos, seconds, jobs, questions, instruments, annotations_only, silent, quiet;
    int seed, events;
    AqToyLabels labels;
    AqTextList rest;
} ToybandArgs;

/* What --instruments names, in the order of AqToyWorld; behind them mixtures of these.
 */
static const char *const instruments[] = {"midi", "varied", "recorded", "mixed", NULL};

/* What --events names, in the order of AqToyEvents. */
static const char *const events[] = {"few", "many", NULL};

#define AT(field) offsetof(ToybandArgs, field)

static const AqOption options[] = {
    {"out", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(out), .arg = "DIR",
     .help = "where to write"},
    {"videos", .type = AQ_OPTION_INT, .at = AT(videos), .least = 1,
     .most = AQ_TOY_MAX_VIDEOS, .help = "how many videos"},
    {"seed", .type = AQ_OPTION_INT, .at = AT(seed), .least = 0, .most = 0x7fffffff,
     .help = "the same seed gives the same files"},
    {"seconds", .type = AQ_OPTION_INT, .at = AT(seconds), .least = AQ_TOY_MIN_SECONDS,
     .most = AQ_TOY_MAX_SECONDS, .help = "length of each, 10 to 60"},
    {"instruments", .type = AQ_OPTION_CHOICE, .at = AT(instruments),
     .choices = instruments,
     .help = "varied: other sounds, drawings, colours, sizes, noise; recorded: real "
             "recordings, other drawings; mixed: half midi, half varied"},
    {"drawings", .type = AQ_OPTION_TEXT, .hint = AQ_HINT_FOLDER, .at = AT(drawings),
     .arg = "DIR",
     .help =
         "more drawings, and more backdrops, for varied scenes: the *.svg and *.png "
         "of DIR/accordion, DIR/acoustic_guitar and so on"},
    {"questions", .type = AQ_OPTION_INT, .at = AT(questions), .least = 1, .most = 100,
     .help = "questions per video, at most", .otherwise = "4 to 8 at random"},
    {"events", .type = AQ_OPTION_CHOICE, .at = AT(events), .choices = events,
     .help = "many: more and shorter phrases of each player, in clips of 30 seconds or "
             "more"},
    {"label-noise", .type = AQ_OPTION_REAL, .at = AT(labels.noise), .least = 0,
     .most = 1, .arg = "SHARE",
     .help = "share of the training answers that are replaced by another answer that "
             "the question's template can have"},
    {"labels-per-video", .type = AQ_OPTION_INT, .at = AT(labels.most), .least = 1,
     .most = 100, .help = "questions kept of each training video, at random",
     .otherwise = "all"},
    {"silent", .type = AQ_OPTION_FLAG, .at = AT(silent),
     .help = "instead, the scenes without sound, with questions as in MSVD-QA (AVI), "
             "MSRVTT-QA, ActivityNet-QA (MP4) and TGIF-QA (GIF), a folder for each"},
    {"jobs", 'j', AQ_OPTION_INT, .at = AT(jobs), .least = 1, .most = 1024,
     .help = "worker processes", .otherwise = "every core"},
    {"annotations-only", .type = AQ_OPTION_FLAG, .at = AT(annotations_only),
     .help = "questions and truth, no videos"},
    {"quiet", 'q', AQ_OPTION_FLAG, .at = AT(quiet), .help = "no progress on stderr"},
    {"help", 'h', AQ_OPTION_HELP, .help = "show this help"},
    {0}};

static const ToybandArgs defaults = {.seed = 1, .seconds = 10};

static const AqCommand toyband = {.name = "toyband",
                                  .options = options,
                                  .args_bytes = sizeof(ToybandArgs),
                                  .defaults = &defaults};

static const char about[] =
    "Usage: toyband --out DIR --videos N [OPTIONS]\n\n"
    "Makes DIR/videos/*.mp4, DIR/{train,val,test}.json (70, 10 and 20 % of the\n"
    "videos) in MUSIC-AVQA's schema, and DIR/truth.jsonl, one line per video: who is\n"
    "seen and who plays when.\n";

typedef struct Making {
    const ToybandArgs *a;
    AqToyBook book;
    AqToySilent *silent; /* NULL: with sound */
} Making;

/* ---- videos: each made by its own process, so that each begins with the synthesizer
 * as loaded, whatever was made before ---- */

static uint64_t seed_of(const ToybandArgs *a)
{
    return (uint64_t)a->seed;
}

static int is_mixed(const ToybandArgs *a)
{
    return a->instruments > AQ_TOY_RECORDED;
}

static AqToyWorld world_of(const ToybandArgs *a, unsigned index)
{
    return aq_toy_world((AqToyWorld)a->instruments, is_mixed(a), seed_of(a), index);
}

static void plan_video(const ToybandArgs *a, AqToyScene *s, unsigned index)
{
    aq_toy_scene_make(s, seed_of(a), index, (double)a->seconds, (AqToyEvents)a->events);
    s->world = world_of(a, index);
}

static AqErr write_with_sound(const ToybandArgs *a, AqToySynth *synth, AqToyScene *s,
                              AqToyStage *stage)
{
    float *samples = aq_alloc((size_t)a->seconds * AQ_TOY_RATE, sizeof *samples);
    char *path = aq_strf("%s/videos/%08u.mp4", a->out, s->index);
    AqErr err =
        samples && path ? aq_toy_render(synth, s, seed_of(a), samples) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_toy_clip_write(path, s, stage, samples);
    aq_free(path);
    aq_free(samples);
    return err;
}

static AqErr write_without_sound(const ToybandArgs *a, const AqToyScene *s,
                                 AqToyStage *stage)
{
    AqErr err = AQ_OK;

    for (int k = 0; err == AQ_OK && k < AQ_TOY_SILENT_SETS; k++) {
        char *path =
            aq_toy_silent_path(a->out, (AqToySilentSet)k, seed_of(a), (long)s->index);

        err = path ? aq_toy_clip_write(path, s, stage, NULL) : AQ_ERR_NOMEM;
        aq_free(path);
    }
    return err;
}

static AqErr make_video(const ToybandArgs *a, AqToySynth *synth, const AqToyShelf *more,
                        unsigned index)
{
    AqToyStage *stage = NULL;
    AqToyScene *s = aq_alloc(1, sizeof *s);

    if (!s)
        return AQ_ERR_NOMEM;
    plan_video(a, s, index);
    AqErr err = aq_toy_stage_new(&stage, s, more, seed_of(a));
    if (err == AQ_OK)
        err = a->silent ? write_without_sound(a, s, stage)
                        : write_with_sound(a, synth, s, stage);
    aq_toy_stage_free(&stage);
    aq_free(s);
    return err;
}

static AqErr start_video(const ToybandArgs *a, AqToySynth *synth,
                         const AqToyShelf *more, unsigned index)
{
    const pid_t pid = fork();

    if (pid < 0)
        return aq_fail(AQ_ERR_IO, "fork: %s", strerror(errno));
    if (pid > 0)
        return AQ_OK;
    const AqErr err = make_video(a, synth, more, index);
    if (err != AQ_OK)
        (void)fprintf(stderr, "toyband: video %u: %s\n", index, aq_err_text());
    _exit(err == AQ_OK ? 0 : 1);
}

static AqErr make_videos(const ToybandArgs *a, const AqToyShelf *more)
{
    const int show = !a->quiet && isatty(STDERR_FILENO);
    AqToySynth *synth = NULL;
    long n_started = 0, n_ended = 0;
    int status;
    AqErr err =
        a->silent
            ? AQ_OK
            : aq_toy_synth_new(&synth, is_mixed(a) || a->instruments == AQ_TOY_VARIED,
                               a->instruments == AQ_TOY_RECORDED);

    while (err == AQ_OK && n_ended < a->videos) {
        while (err == AQ_OK && n_started < a->videos && n_started - n_ended < a->jobs) {
            err = start_video(a, synth, more, (unsigned)n_started);
            n_started += err == AQ_OK;
        }
        if (wait(&status) < 0 || status != 0)
            err = aq_fail(AQ_ERR_IO, "a video could not be made");
        n_ended++;
        if (show)
            (void)fprintf(stderr, "\r%ld/%d videos", n_ended, a->videos);
    }
    while (wait(&status) > 0)
        continue; /* those still running when one failed */
    if (show)
        (void)fputc('\n', stderr);
    aq_toy_synth_free(&synth);
    return err;
}

/* ---- questions and truth ---- */

static AqErr make_video_at(Making *m, unsigned index)
{
    AqToyScene *s = aq_alloc(1, sizeof *s);

    if (!s)
        return AQ_ERR_NOMEM;
    plan_video(m->a, s, index);
    AqErr err =
        m->silent ? aq_toy_silent_ask(m->silent, s)
                  : aq_toy_ask(m->book.questions[aq_toy_split(index)], s, seed_of(m->a),
                               m->a->questions, &m->a->labels, &m->book.next_id);
    if (err == AQ_OK)
        err = aq_toy_book_tell(&m->book, aq_toy_truth(s));
    aq_free(s);
    return err;
}

/* Takes the path. */
static AqErr make_folder(char *path)
{
    const AqErr err = path ? aq_fs_mkdirs(path) : AQ_ERR_NOMEM;

    aq_free(path);
    return err;
}

static AqErr make_folders(const ToybandArgs *a)
{
    AqErr err = AQ_OK;

    if (!a->silent)
        return make_folder(aq_strf("%s/videos", a->out));
    for (int k = 0; err == AQ_OK && k < AQ_TOY_SILENT_SETS; k++)
        err =
            make_folder(aq_toy_silent_path(a->out, (AqToySilentSet)k, seed_of(a), -1));
    return err;
}

static AqErr prepare(Making *m)
{
    AqErr err = make_folders(m->a);

    if (err == AQ_OK)
        err = aq_toy_book_begin(&m->book, m->a->out);
    return err == AQ_OK && m->a->silent ? aq_toy_silent_new(&m->silent, seed_of(m->a))
                                        : err;
}

static AqErr write_all_questions(const Making *m)
{
    return m->silent ? aq_toy_silent_write(m->silent, m->a->out)
                     : aq_toy_book_write_questions(&m->book);
}

static void report_made(const Making *m)
{
    if (m->silent)
        (void)printf("%s: %d scenes in %d data sets, %zu questions\n", m->a->out,
                     m->a->videos, AQ_TOY_SILENT_SETS, aq_toy_silent_asked(m->silent));
    else
        (void)printf(
            "%s: %d videos, %zu questions to train on, %zu to validate, %zu to "
            "test\n",
            m->a->out, m->a->videos, json_array_size(m->book.questions[AQ_TOY_TRAIN]),
            json_array_size(m->book.questions[AQ_TOY_VAL]),
            json_array_size(m->book.questions[AQ_TOY_TEST]));
}

static AqErr make_all(const ToybandArgs *a)
{
    Making m = {.a = a};
    AqToyShelf *more = NULL;
    AqErr err = a->drawings ? aq_toy_shelf_open(&more, a->drawings) : AQ_OK;

    if (err != AQ_OK)
        return err;
    err = prepare(&m);
    for (long k = 0; err == AQ_OK && k < a->videos; k++)
        err = make_video_at(&m, (unsigned)k);
    if (err == AQ_OK && !a->annotations_only)
        err = make_videos(a, more);
    if (err == AQ_OK)
        err = write_all_questions(&m);
    if (err == AQ_OK)
        report_made(&m);
    err = aq_toy_book_end(&m.book, err);
    aq_toy_silent_free(&m.silent);
    aq_toy_shelf_close(&more);
    return err;
}

/* "it needs --out DIR": what no row can say. NULL: nothing. */
static const char *missing_option(const ToybandArgs *a)
{
    return !a->out      ? "it needs --out DIR"
           : !a->videos ? "it needs --videos N"
           : a->rest.n  ? "it takes options alone"
           : a->events == AQ_TOY_MANY && a->seconds < AQ_TOY_MANY_SECONDS
               ? "--events many needs --seconds 30 or more"
           : a->drawings && a->instruments != AQ_TOY_VARIED && !is_mixed(a)
               ? "--drawings needs --instruments varied or mixed"
           : a->silent && (a->questions || a->labels.noise > 0 || a->labels.most)
               ? "--silent asks all that it can: it goes without --questions, "
                 "--label-noise and --labels-per-video"
               : NULL;
}

static int misuse_toyband(const char *why)
{
    (void)fprintf(stderr, "toyband: %s\nTry `toyband --help`.\n", why);
    return 2;
}

static int run_toyband(ToybandArgs *a, int argc, char **argv)
{
    int help = 0;
    const AqErr err = aq_options_parse(options, a, argc, argv, &help);

    if (err != AQ_OK)
        return misuse_toyband(aq_err_text());
    if (help) {
        (void)fputs(about, stdout);
        aq_help_options(stdout, &toyband);
        return 0;
    }
    if (missing_option(a))
        return misuse_toyband(missing_option(a));
    if (a->jobs == 0)
        a->jobs = aq_cpu_count();
    av_log_set_level(AV_LOG_ERROR);
    if (make_all(a) == AQ_OK)
        return 0;
    (void)fprintf(stderr, "toyband: %s\n", aq_err_text());
    return 1;
}

int main(int argc, char **argv)
{
    ToybandArgs a = defaults;
    const int status = run_toyband(&a, argc, argv);

    aq_options_clear(options, &a);
    return status;
}
