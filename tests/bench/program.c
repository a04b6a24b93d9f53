/* SPDX-License-Identifier: MIT */
/*
 * The program as its users meet it: how long it takes to start, an answer about a clip
 * that is in the store, and clips into a new store. cpu is user and system time of the
 * processes by wall time and cores.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLIPS = 8,
    CLIPS_BIG = 2,
    CLIP_SECONDS = 10,
    MOST_ARGS = 24 /* with the NULL */
};

typedef struct Call {
    const char *argv[MOST_ARGS];
    char *store; /* deleted before each run; or NULL */
} Call;

static AqErr run_call(void *ctx, int worker)
{
    (void)worker;
    return aq_material_run(((const Call *)ctx)->argv);
}

static AqErr forget(void *ctx)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    const Call *c = ctx;

    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
        char *path = aq_strf("%s%s", c->store, ends[k]);

        if (!path)
            return AQ_ERR_NOMEM;
        (void)unlink(path);
        aq_free(path);
    }
    return AQ_OK;
}

static AqErr measure_time(AqBench *b, Call *c, const char *name)
{
    AqMeasure m = {.subject = "program",
                   .threads = aq_bench_options(b)->threads,
                   .alone = 1,
                   .run = run_call,
                   .ctx = c};

    (void)snprintf(m.name, sizeof m.name, "%s", name);
    return aq_bench_measure(b, &m, NULL);
}

/* The clips of a folder in a new store, with the networks that `more` says. */
static AqErr measure_ingest(AqBench *b, const char *pipe, const char *name, int n_clips,
                            const char *const *more)
{
    char *folder = NULL, jobs[16];
    Call c = {.store = aq_material_path(b, "ingest.db")};
    AqMeasure m = {.subject = "program",
                   .unit = "second",
                   .work = n_clips * CLIP_SECONDS,
                   .threads = aq_bench_options(b)->threads,
                   .alone = 1,
                   .before = forget,
                   .run = run_call,
                   .ctx = &c};
    AqErr err = c.store ? aq_material_band(b, n_clips, &folder) : AQ_ERR_NOMEM;

    (void)snprintf(m.name, sizeof m.name, "ingest, %s, %d clips", name, n_clips);
    (void)snprintf(jobs, sizeof jobs, "%d", m.threads);
    const char *const args[] = {pipe, "ingest",  "--quiet", "--jobs",
                                jobs, "--store", c.store};
    const size_t n = sizeof args / sizeof *args;
    memcpy(c.argv, args, sizeof args);
    c.argv[n] = folder;
    for (size_t k = 0; more[k] && n + 2 + k < MOST_ARGS; k++)
        c.argv[n + 1 + k] = more[k];
    if (err == AQ_OK)
        err = aq_bench_measure(b, &m, NULL);
    aq_free(folder);
    aq_free(c.store);
    return err;
}

/* A clip is ingested, then asked about again and again. */
static AqErr measure_ask(AqBench *b, const char *pipe)
{
    char *folder = NULL, *clip = NULL, *store = aq_material_path(b, "ask.db");
    AqErr err = store ? aq_material_band(b, 1, &folder) : AQ_ERR_NOMEM;

    if (err == AQ_OK)
        clip = aq_strf("%s/videos/00000000.mp4", folder);
    if (err == AQ_OK && !clip)
        err = AQ_ERR_NOMEM;
    Call put = {.argv = {pipe, "ingest", "--quiet", "--store", store, clip}};
    Call ask = {.argv = {pipe, "ask", "--store", store, clip,
                         "which instrument sounds first?"}};
    if (err == AQ_OK)
        err = run_call(&put, 0);
    if (err == AQ_OK)
        err = measure_time(b, &ask, "ask about a clip in the store");
    aq_free(folder);
    aq_free(clip);
    aq_free(store);
    return err;
}

static AqErr measure_all(AqBench *b, const char *pipe)
{
    static const char *const none[] = {NULL};
    static const char *const big[] = {"--audio",          "vggish",          "--visual",
                                      "swin_b",           "--audio-weights", "seeded:1",
                                      "--visual-weights", "seeded:1",        NULL};
    const int quick = aq_bench_options(b)->quick;
    Call start = {.argv = {pipe, "--version"}};
    AqErr err = measure_time(b, &start, "start");

    if (err == AQ_OK)
        err = measure_ask(b, pipe);
    if (err == AQ_OK)
        err = measure_ingest(b, pipe, "nano networks", quick ? 1 : CLIPS, none);
    if (err == AQ_OK && !quick)
        err = measure_ingest(b, pipe, "vggish and swin_b", CLIPS_BIG, big);
    return err;
}

static AqErr run(AqBench *b)
{
    const char *pipe = getenv("PIPE");

    if (!pipe || !getenv("TOYBAND")) {
        aq_bench_skip(b, "program", "PIPE and TOYBAND do not name the programs");
        return AQ_OK;
    }
    return measure_all(b, pipe);
}

const AqSubject aq_subject_program = {
    .name = "program", .about = "avqa-pipe itself: start, ask, ingest", .run = run};
