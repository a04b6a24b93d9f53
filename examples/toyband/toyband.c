/* SPDX-License-Identifier: MIT */
/*
 * toyband: makes a small real data set in MUSIC-AVQA's annotation schema. Instruments
 * that play or rest before a room or a meadow, and questions about them that are true
 * by construction. The same seed gives the same files, and video k does not depend on
 * how many there are.
 */
#include "base/alloc.h"
#include "base/fs.h"
#include "examples/toyband/ask.h"
#include "examples/toyband/clip.h"
#include "examples/toyband/sound.h"

#include <getopt.h>
#include <libavutil/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Args {
    const char *out;
    long videos, seconds;
    unsigned long long seed;
    int annotations_only, quiet;
} Args;

static const char help[] =
    "Usage: toyband --out DIR --videos N [--seed S] [--seconds 10] "
    "[--annotations-only]\n"
    "Makes DIR/videos/*.mp4, DIR/{train,val,test}.json (70, 10 and 20 % of the videos) "
    "in\n"
    "MUSIC-AVQA's schema, and DIR/truth.jsonl, a line a video: who is seen, who plays "
    "when.\n\n"
    "  --out DIR           where to write\n"
    "  --videos N          how many videos\n"
    "  --seed S            the same seed gives the same files [1]\n"
    "  --seconds T         length of each, 10 to 60 [10]\n"
    "  --annotations-only  questions and truth, no videos\n"
    "  --quiet             no progress on stderr\n"
    "  -h, --help          this text\n";

typedef struct Making {
    const Args *a;
    AqToySynth *synth;
    float *samples;
    json_t *questions[AQ_TOY_SPLITS];
    int next_id;
    AqFsWriter truth;
} Making;

static AqErr make_video(Making *m, const AqToyScene *s)
{
    AqToyStage *stage = NULL;
    char *path = aq_strf("%s/videos/%08u.mp4", m->a->out, s->index);
    AqErr err = path ? aq_toy_render(m->synth, s, m->samples) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        err = aq_toy_stage_new(&stage, s, m->a->seed);
    if (err == AQ_OK)
        err = aq_toy_clip_write(path, s, stage, m->samples);
    aq_toy_stage_free(&stage);
    aq_free(path);
    return err;
}

static AqErr write_truth(Making *m, const AqToyScene *s)
{
    json_t *o = aq_toy_truth(s);
    char *line = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    AqErr err = line ? aq_fs_write(&m->truth, line, strlen(line))
                     : aq_fail(AQ_ERR_NOMEM, "out of memory");

    if (err == AQ_OK)
        err = aq_fs_write(&m->truth, "\n", 1);
    free(line); /* NOLINT: jansson's own */
    json_decref(o);
    return err;
}

static AqErr make_one(Making *m, unsigned index)
{
    AqToyScene *s = aq_alloc(1, sizeof *s);
    AqErr err = AQ_OK;

    if (!s)
        return AQ_ERR_NOMEM;
    aq_toy_scene_make(s, m->a->seed, index, (double)m->a->seconds);
    err = aq_toy_ask(m->questions[aq_toy_split(index)], s, m->a->seed, &m->next_id);
    if (err == AQ_OK)
        err = write_truth(m, s);
    if (err == AQ_OK && !m->a->annotations_only)
        err = make_video(m, s);
    aq_free(s);
    return err;
}

static AqErr write_questions(const Making *m, AqToySplit split)
{
    AqFsWriter w;
    char *path = aq_strf("%s/%s.json", m->a->out, aq_toy_split_names[split]);
    char *text = json_dumps(m->questions[split], JSON_INDENT(1));
    AqErr err = path && text ? aq_fs_write_begin(&w, path) : AQ_ERR_NOMEM;

    if (err == AQ_OK) {
        err = aq_fs_write(&w, text, strlen(text));
        if (err == AQ_OK)
            err = aq_fs_write_commit(&w);
        else
            aq_fs_write_abort(&w);
    }
    free(text); /* NOLINT: jansson's own */
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
    if (err == AQ_OK && !m->a->annotations_only)
        err = aq_toy_synth_new(&m->synth);
    m->samples = aq_alloc((size_t)m->a->seconds * AQ_TOY_RATE, sizeof *m->samples);
    if (err == AQ_OK && !m->samples)
        err = AQ_ERR_NOMEM;
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

    for (long k = 0; err == AQ_OK && k < a->videos; k++) {
        err = make_one(&m, (unsigned)k);
        if (!a->quiet && isatty(STDERR_FILENO))
            (void)fprintf(stderr, "\r%ld/%ld videos", k + 1, a->videos);
    }
    if (!a->quiet && isatty(STDERR_FILENO))
        (void)fputc('\n', stderr);
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
    aq_toy_synth_free(&m.synth);
    aq_free(m.samples);
    return err;
}

static int number(const char *text, long lo, long hi, long *out)
{
    char *end = NULL;

    *out = strtol(text, &end, 10);
    return end != text && !*end && *out >= lo && *out <= hi;
}

/* 0 with *status where there is nothing to do. */
static int parse(Args *a, int argc, char **argv, int *status)
{
    static const struct option longs[] = {{"out", required_argument, NULL, 'o'},
                                          {"videos", required_argument, NULL, 'n'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"seconds", required_argument, NULL, 't'},
                                          {"annotations-only", no_argument, NULL, 'a'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    int c, ok = 1;
    long seed = 1;

    *status = 2;
    while (ok && (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
        if (c == 'h') {
            (void)fputs(help, stdout);
            *status = 0;
            return 0;
        }
        if (c == 'o')
            a->out = optarg;
        else if (c == 'n')
            ok = number(optarg, 1, AQ_TOY_MAX_VIDEOS, &a->videos);
        else if (c == 's')
            ok = number(optarg, 0, 0x7fffffffL, &seed);
        else if (c == 't')
            ok = number(optarg, AQ_TOY_MIN_SECONDS, AQ_TOY_MAX_SECONDS, &a->seconds);
        else if (c == 'a')
            a->annotations_only = 1;
        else if (c == 'q')
            a->quiet = 1;
        else
            ok = 0;
    }
    a->seed = (unsigned long long)seed;
    if (ok && a->out && a->videos > 0 && optind == argc)
        return 1;
    (void)fprintf(stderr,
                  "toyband: it needs --out DIR and --videos N (1 to %d); --seconds "
                  "is 10 to 60\n%s",
                  AQ_TOY_MAX_VIDEOS, help);
    return 0;
}

int main(int argc, char **argv)
{
    Args a = {.seconds = 10};
    int status;

    if (!parse(&a, argc, argv, &status))
        return status;
    av_log_set_level(AV_LOG_ERROR);
    if (make_all(&a) == AQ_OK)
        return 0;
    (void)fprintf(stderr, "toyband: %s\n", aq_err_text());
    return 1;
}
