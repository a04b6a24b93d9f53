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
#include "base/text/json.h"
#include "examples/toyband/ask.h"
#include "examples/toyband/clip.h"
#include "examples/toyband/sound.h"

#include <errno.h>
#include <getopt.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { AQ_TOY_MAX_JOBS = 1024 };

typedef struct Args {
    const char *out;
    long videos, seconds, jobs;
    unsigned long long seed;
    AqToyWorld world;
    int mixed, questions, annotations_only, quiet;
} Args;

static const char help[] =
    "Usage: toyband --out DIR --videos N [--seed S] [--seconds 10] [OPTIONS]\n"
    "Makes DIR/videos/*.mp4, DIR/{train,val,test}.json (70, 10 and 20 % of the videos) "
    "in\n"
    "MUSIC-AVQA's schema, and DIR/truth.jsonl, one line per video: who is seen and "
    "who plays when.\n\n"
    "  --out DIR           where to write\n"
    "  --videos N          how many videos\n"
    "  --seed S            the same seed gives the same files [1]\n"
    "  --seconds T         length of each, 10 to 60 [10]\n"
    "  --instruments W     midi; varied: other sounds, drawings, colours, sizes, "
    "noise;\n"
    "                      mixed: half of each; recorded: real recordings, other\n"
    "                      drawings [midi]\n"
    "  --questions N       questions per video, at most [4 to 8 at random]\n"
    "  -j, --jobs N        worker processes [every core]\n"
    "  --annotations-only  questions and truth, no videos\n"
    "  --quiet             no progress on stderr\n"
    "  -h, --help          this text\n";

typedef struct Making {
    const Args *a;
    json_t *questions[AQ_TOY_SPLITS];
    int next_id;
    AqFsWriter truth;
} Making;

/* ---- videos: each made by its own process, so that each begins with the synthesizer
 * as loaded, whatever was made before ---- */

static AqErr make_video(const Args *a, AqToySynth *synth, unsigned index)
{
    AqToyStage *stage = NULL;
    AqToyScene *s = aq_alloc(1, sizeof *s);
    float *samples = aq_alloc((size_t)a->seconds * AQ_TOY_RATE, sizeof *samples);
    char *path = aq_strf("%s/videos/%08u.mp4", a->out, index);
    AqErr err = s && samples && path ? AQ_OK : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        aq_toy_scene_make(s, a->seed, index, (double)a->seconds);
        s->world = aq_toy_world(a->world, a->mixed, a->seed, index);
        err = aq_toy_render(synth, s, a->seed, samples);
    }
    if (err == AQ_OK)
        err = aq_toy_stage_new(&stage, s, a->seed);
    if (err == AQ_OK)
        err = aq_toy_clip_write(path, s, stage, samples);
    aq_toy_stage_free(&stage);
    aq_free(path);
    aq_free(samples);
    aq_free(s);
    return err;
}

static AqErr start_video(const Args *a, AqToySynth *synth, unsigned index)
{
    const pid_t pid = fork();

    if (pid < 0)
        return aq_fail(AQ_ERR_IO, "fork: %s", strerror(errno));
    if (pid > 0)
        return AQ_OK;
    const AqErr err = make_video(a, synth, index);
    if (err != AQ_OK)
        (void)fprintf(stderr, "toyband: video %u: %s\n", index, aq_err_text());
    _exit(err == AQ_OK ? 0 : 1);
}

static AqErr make_videos(const Args *a)
{
    const int show = !a->quiet && isatty(STDERR_FILENO);
    AqToySynth *synth = NULL;
    long n_started = 0, n_ended = 0;
    int status;
    AqErr err = aq_toy_synth_new(&synth, a->mixed || a->world == AQ_TOY_VARIED,
                                 a->world == AQ_TOY_RECORDED);

    while (err == AQ_OK && n_ended < a->videos) {
        while (err == AQ_OK && n_started < a->videos && n_started - n_ended < a->jobs) {
            err = start_video(a, synth, (unsigned)n_started);
            n_started += err == AQ_OK;
        }
        if (wait(&status) < 0 || status != 0)
            err = aq_fail(AQ_ERR_IO, "a video could not be made");
        n_ended++;
        if (show)
            (void)fprintf(stderr, "\r%ld/%ld videos", n_ended, a->videos);
    }
    while (wait(&status) > 0)
        continue; /* those still running when one failed */
    if (show)
        (void)fputc('\n', stderr);
    aq_toy_synth_free(&synth);
    return err;
}

/* ---- questions and truth ---- */

static AqErr write_truth(Making *m, const AqToyScene *s)
{
    json_t *o = aq_toy_truth(s);
    char *line = o ? aq_json_text(o, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    AqErr err = line ? aq_fs_write(&m->truth, line, strlen(line))
                     : aq_fail(AQ_ERR_NOMEM, "out of memory");

    if (err == AQ_OK)
        err = aq_fs_write(&m->truth, "\n", 1);
    aq_free(line);
    json_decref(o);
    return err;
}

static AqErr make_video_at(Making *m, unsigned index)
{
    AqToyScene *s = aq_alloc(1, sizeof *s);

    if (!s)
        return AQ_ERR_NOMEM;
    aq_toy_scene_make(s, m->a->seed, index, (double)m->a->seconds);
    s->world = aq_toy_world(m->a->world, m->a->mixed, m->a->seed, index);
    AqErr err = aq_toy_ask(m->questions[aq_toy_split(index)], s, m->a->seed,
                           m->a->questions, &m->next_id);
    if (err == AQ_OK)
        err = write_truth(m, s);
    aq_free(s);
    return err;
}

static AqErr write_questions(const Making *m, AqToySplit split)
{
    AqFsWriter w;
    char *path = aq_strf("%s/%s.json", m->a->out, aq_toy_split_names[split]);
    char *text = aq_json_text(m->questions[split], JSON_INDENT(1));
    AqErr err = path && text ? aq_fs_write_begin(&w, path) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        err = aq_fs_write(&w, text, strlen(text));
        if (err == AQ_OK)
            err = aq_fs_write_commit(&w);
        else
            aq_fs_write_abort(&w);
    }
    aq_free(text);
    aq_free(path);
    return err;
}

static AqErr prepare(Making *m)
{
    char *folder = aq_strf("%s/videos", m->a->out);
    char *truth = aq_strf("%s/truth.jsonl", m->a->out);
    AqErr err = folder && truth ? aq_fs_mkdirs(folder) : AQ_ERR_NOMEM;

    for (int k = 0; k < AQ_TOY_SPLITS; k++)
        m->questions[k] = json_array();
    if (err == AQ_OK)
        err = aq_fs_write_begin(&m->truth, truth);
    aq_free(folder);
    aq_free(truth);
    return err;
}

static AqErr make_all(const Args *a)
{
    Making m = {.a = a, .next_id = 1};
    AqErr err = prepare(&m);

    for (long k = 0; err == AQ_OK && k < a->videos; k++)
        err = make_video_at(&m, (unsigned)k);
    if (err == AQ_OK && !a->annotations_only)
        err = make_videos(a);
    for (int k = 0; err == AQ_OK && k < AQ_TOY_SPLITS; k++)
        err = write_questions(&m, (AqToySplit)k);
    if (err == AQ_OK)
        err = aq_fs_write_commit(&m.truth);
    else
        aq_fs_write_abort(&m.truth);
    if (err == AQ_OK)
        (void)printf(
            "%s: %ld videos, %zu questions to train on, %zu to validate, %zu to "
            "test\n",
            a->out, a->videos, json_array_size(m.questions[AQ_TOY_TRAIN]),
            json_array_size(m.questions[AQ_TOY_VAL]),
            json_array_size(m.questions[AQ_TOY_TEST]));
    for (int k = 0; k < AQ_TOY_SPLITS; k++)
        json_decref(m.questions[k]);
    return err;
}

static int parse_number(const char *text, long lo, long hi, long *out)
{
    char *end = NULL;

    *out = strtol(text, &end, 10);
    return end != text && !*end && *out >= lo && *out <= hi;
}

static int world(Args *a, const char *text)
{
    a->mixed = strcmp(text, "mixed") == 0;
    for (int k = 0; k < 3; k++)
        if (strcmp(text, aq_toy_world_names[k]) == 0) {
            a->world = (AqToyWorld)k;
            return 1;
        }
    return a->mixed;
}

/* Returns 0, with *status set, if there is nothing to do. */
static int parse(Args *a, int argc, char **argv, int *status)
{
    static const struct option longs[] = {{"out", required_argument, NULL, 'o'},
                                          {"videos", required_argument, NULL, 'n'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"instruments", required_argument, NULL, 'i'},
                                          {"questions", required_argument, NULL, 'k'},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"annotations-only", no_argument, NULL, 'a'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c, ok = 1;
    long seed = 1, questions = 0;

    *status = 2;
    while (ok && (c = getopt_long(argc, argv, "hj:", longs, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(help, stdout);
            *status = 0;
            return 0;
        }
        if (c == 'o')
            a->out = optarg;
        else if (c == 'n')
            ok = parse_number(optarg, 1, AQ_TOY_MAX_VIDEOS, &a->videos);
        else if (c == 's')
            ok = parse_number(optarg, 0, 0x7fffffffL, &seed);
        else if (c == 't')
            ok = parse_number(optarg, AQ_TOY_MIN_SECONDS, AQ_TOY_MAX_SECONDS,
                              &a->seconds);
        else if (c == 'j')
            ok = parse_number(optarg, 1, AQ_TOY_MAX_JOBS, &a->jobs);
        else if (c == 'i')
            ok = world(a, optarg);
        else if (c == 'k')
            ok = parse_number(optarg, 1, 100, &questions);
        else if (c == 'a')
            a->annotations_only = 1;
        else if (c == 'q')
            a->quiet = 1;
        else
            ok = 0;
    }
    a->seed = (unsigned long long)seed;
    a->questions = (int)questions;
    if (ok && a->out && a->videos > 0 && optind == argc)
        return 1;
    (void)fprintf(
        stderr,
        "toyband: it needs --out DIR and --videos N (1 to %d); --seconds "
        "is 10 to 60, --questions 1 to 100, --instruments midi, varied, mixed or "
        "recorded\n%s",
        AQ_TOY_MAX_VIDEOS, help);
    return 0;
}

int main(int argc, char **argv)
{
    Args a = {.seconds = 10, .jobs = aq_cpu_count()};
    int status;

    if (!parse(&a, argc, argv, &status))
        return status;
    av_log_set_level(AV_LOG_ERROR);
    if (make_all(&a) == AQ_OK)
        return 0;
    (void)fprintf(stderr, "toyband: %s\n", aq_err_text());
    return 1;
}
