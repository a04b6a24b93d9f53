/* SPDX-License-Identifier: MIT */
/*
 * A clip of 60 s of 720p H.264 at 3.4 Mb/s and AAC to network inputs, the way `ingest`
 * goes: one picture a second, resized, and log-mel. Every frame is decoded for it, as
 * frames lean on those before.
 */
#include "tests/bench/bench.h"

#include "base/alloc.h"
#include "extract/input/frames.h"
#include "extract/input/logmel.h"
#include "pipeline/decoder/decode.h"

#include <stdio.h>

typedef struct Clip {
    const char *path;
    int seconds, want[AQ_N_MODALITIES];
} Clip;

/* Counts what arrives in *ctx. */
static AqErr take(void *ctx, AqChunk *chunk)
{
    *(int *)ctx += chunk->n;
    aq_chunk_free(&chunk);
    return AQ_OK;
}

static AqErr run_clip(void *ctx, int worker)
{
    const Clip *c = ctx;
    int n = 0;
    AqDecoded d;
    const AqFramesConfig frames = aq_frames_default(224);
    AqDecodePlan plan = {.max_seconds = c->seconds, .give = take, .ctx = &n};

    if (c->want[AQ_AUDIO])
        plan.inputs[plan.n_inputs++] =
            (AqDecodeInput){aq_logmel_input(AQ_LOGMEL_VGGISH), 20};
    if (c->want[AQ_VISUAL])
        plan.inputs[plan.n_inputs++] =
            (AqDecodeInput){aq_frames_input(&frames, AQ_ROWS_SECONDS), 8};
    (void)worker;
    const AqErr err = aq_decode_clip(&d, c->path, &plan);
    if (err != AQ_OK)
        return err;
    aq_decoded_clear(&d);
    return n == c->seconds * (c->want[0] + c->want[1])
               ? AQ_OK
               : aq_fail(AQ_ERR_MISMATCH, "%s: %d seconds came", c->path, n);
}

static AqErr measure(AqBench *b, Clip *c, const char *what, int audio, int visual,
                     int threads)
{
    AqMeasure m = {.subject = "decode",
                   .unit = "second",
                   .work = c->seconds,
                   .threads = threads,
                   .run = run_clip,
                   .ctx = c};

    c->want[AQ_AUDIO] = audio;
    c->want[AQ_VISUAL] = visual;
    (void)snprintf(m.name, sizeof m.name, "%s, a clip a thread", what);
    return aq_bench_measure(b, &m, NULL);
}

static AqErr run(AqBench *b)
{
    const AqBenchOptions *o = aq_bench_options(b);
    Clip c = {.seconds = o->quick ? 3 : 60};
    char *path = NULL;
    AqErr err = aq_material_clip(b, c.seconds, o->quick ? 180 : 720, &path);

    if (err != AQ_OK) {
        aq_bench_skip(b, "decode", aq_err_text());
        return AQ_OK;
    }
    c.path = path;
    err = measure(b, &c, "sound and pictures", 1, 1, 1);
    if (err == AQ_OK && o->threads > 1)
        err = measure(b, &c, "sound and pictures", 1, 1, o->threads);
    if (err == AQ_OK) /* both streams are decoded all the same */
        err = measure(b, &c, "no log-mel", 0, 1, 1);
    if (err == AQ_OK)
        err = measure(b, &c, "no resizing", 1, 0, 1);
    aq_free(path);
    return err;
}

const AqSubject aq_subject_decode = {
    .name = "decode", .about = "clips to network inputs", .run = run};
