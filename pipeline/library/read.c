/* SPDX-License-Identifier: MIT */
/*
 * Reads a clip and runs networks on it: the calling thread takes chunks from the
 * decoder, workers run them, and rows come together in memory.
 */
#include "pipeline/library/library_priv.h"

#include "base/alloc.h"
#include "base/cpu.h"
#include "pipeline/parallel/stage.h"

#include <string.h>

enum { READ_QUEUED = 2 };

typedef struct LibraryRead {
    const Avqa *a;
    const AqToolset *tools;
    int want_input;
    AqStage *networks;
    pthread_mutex_t lock;
    AqStoredFeatures *f; /* lock: (tools->n) */
    int room[AQ_MOST_TOOLS];
} LibraryRead;

AqDecoderBounds aq_library_bounds(const Avqa *a)
{
    return (AqDecoderBounds){.clip_seconds = a->clip_seconds,
                             .memory_bytes = (int64_t)a->clip_megabytes * 1000000,
                             .program = a->decoder};
}

int aq_library_stopped(void *a)
{
    const Avqa *of = a;

    return of->stop && of->stop(of->stop_context);
}

int aq_library_threads(const Avqa *a)
{
    return a->threads > 0 ? a->threads : aq_cpu_count();
}

/* ---- rows ---- */

static size_t values_of_row(const AqStoredFeatures *f)
{
    return (size_t)f->h * (size_t)f->w * (size_t)f->c;
}

static AqErr grow_read_rows(LibraryRead *r, int tool, int rows)
{
    AqStoredFeatures *f = &r->f[tool];

    if (rows <= r->room[tool])
        return AQ_OK;
    const int room = rows > 2 * r->room[tool] ? rows : 2 * r->room[tool];
    float *data = aq_realloc(f->data, (size_t)room * values_of_row(f), sizeof *f->data);
    if (data)
        f->data = data;
    uint8_t *presence = data ? aq_realloc(f->presence, (size_t)room, 1) : NULL;
    if (presence)
        f->presence = presence;
    AqRowSpan *spans =
        presence ? aq_realloc(f->spans, (size_t)room, sizeof *f->spans) : NULL;
    if (!spans)
        return AQ_ERR_NOMEM;
    f->spans = spans;
    r->room[tool] = room;
    return AQ_OK;
}

static AqErr put_read_rows(LibraryRead *r, const AqChunk *c)
{
    AqStoredFeatures *f = &r->f[c->input];
    const size_t each = values_of_row(f);
    const float *from = r->want_input ? c->in : c->out;

    (void)pthread_mutex_lock(&r->lock);
    const AqErr err = grow_read_rows(r, c->input, c->row[c->n - 1] + 1);
    for (int k = 0; err == AQ_OK && k < c->n; k++) {
        const int at = c->row[k];

        memcpy(f->data + (size_t)at * each, from + (size_t)k * each,
               each * sizeof *from);
        f->presence[at] = 1;
        f->spans[at] = c->span[k];
    }
    (void)pthread_mutex_unlock(&r->lock);
    return err;
}

/* ---- the stage ---- */

static AqErr open_read_worker(void *ctx, void **state)
{
    AqNn *nn = NULL;
    const AqErr err = aq_nn_new(&nn, NULL);

    (void)ctx;
    *state = nn;
    return err;
}

static void close_read_worker(void *ctx, void *state)
{
    AqNn *nn = state;

    (void)ctx;
    aq_nn_free(&nn);
}

static AqErr run_read_chunk(void *ctx, void *state, void *item)
{
    LibraryRead *r = ctx;
    AqChunk *c = item;
    AqErr err = AQ_OK;

    if (!r->want_input) {
        c->out = aq_alloc((size_t)c->n * values_of_row(&r->f[c->input]), sizeof(float));
        err = c->out
                  ? aq_extractor_run(r->tools->x[c->input], state, c->in, c->n, c->out)
                  : AQ_ERR_NOMEM;
    }
    if (err == AQ_OK)
        err = put_read_rows(r, c);
    aq_chunk_free(&c);
    return err;
}

static void drop_read_chunk(void *ctx, void *item)
{
    AqChunk *c = item;

    (void)ctx;
    aq_chunk_free(&c);
}

/* ---- the clip ---- */

static AqErr give_read_chunk(void *ctx, AqChunk *c)
{
    LibraryRead *r = ctx;

    return aq_stage_put(r->networks, c);
}

static int is_read_stopped(void *ctx)
{
    const LibraryRead *r = ctx;

    return aq_library_stopped((void *)(uintptr_t)r->a);
}

static AqErr decode_read(LibraryRead *r, const char *path, AqDecoded *d)
{
    const AqDecoderBounds bounds = aq_library_bounds(r->a);
    AqDecodePlan plan = {.n_inputs = r->tools->n,
                         .max_seconds = r->a->max_seconds,
                         .audio_track = r->tools->audio_track,
                         .cancelled = is_read_stopped,
                         .give = give_read_chunk,
                         .ctx = r};
    AqDecoder *decoder = NULL;

    for (int k = 0; k < r->tools->n; k++)
        plan.inputs[k] =
            (AqDecodeInput){r->tools->facts[k].input, r->tools->facts[k].batch};
    AqErr err = aq_decoder_new(&decoder, &bounds);
    if (err == AQ_OK)
        err = aq_decoder_clip(decoder, d, path, &plan);
    aq_decoder_free(&decoder);
    return err;
}

/* The first failure is the one that is told, be it the clip's or a network's. */
static AqErr run_read(LibraryRead *r, const char *path, AqDecoded *d)
{
    const int threads = aq_library_threads(r->a);
    const AqStageDef def = {.name = "networks",
                            .n_workers = threads,
                            .n_queued = threads * READ_QUEUED,
                            .ctx = r,
                            .open = open_read_worker,
                            .close = close_read_worker,
                            .run = run_read_chunk,
                            .drop = drop_read_chunk};
    AqPipe *pipe = NULL;
    AqErr err = aq_pipe_new(&pipe);

    if (err == AQ_OK)
        err = aq_pipe_add(pipe, &def, &r->networks);
    if (err == AQ_OK)
        err = aq_pipe_start(pipe);
    if (err == AQ_OK) {
        err = decode_read(r, path, d);
        if (err != AQ_OK)
            aq_pipe_cancel(pipe, err);
        err = aq_pipe_finish(pipe);
    }
    aq_pipe_free(&pipe);
    return err;
}

static void begin_read_features(LibraryRead *r)
{
    for (int k = 0; k < r->tools->n; k++) {
        const AqExtractorFacts *facts = &r->tools->facts[k];
        const int *dims = r->want_input ? facts->input.dims : facts->out_dims;

        r->f[k] = (AqStoredFeatures){.kind = facts->modality,
                                     .rows = facts->input.plan,
                                     .h = dims[0],
                                     .w = dims[1],
                                     .c = dims[2]};
    }
}

AqErr aq_library_read(const Avqa *a, const AqToolset *tools, int want_input,
                      const char *path, AqStoredFeatures *f, char **notes)
{
    LibraryRead r = {.a = a, .tools = tools, .want_input = want_input, .f = f};
    AqDecoded d = {0};

    *notes = NULL;
    begin_read_features(&r);
    (void)pthread_mutex_init(&r.lock, NULL);
    AqErr err = run_read(&r, path, &d);
    for (int k = 0; err == AQ_OK && k < tools->n; k++) {
        f[k].n_rows = aq_rows_count(f[k].rows, d.facts.n_seconds);
        err = grow_read_rows(&r, k, f[k].n_rows);
    }
    if (err == AQ_OK && !(*notes = aq_strdup(d.facts.notes)))
        err = AQ_ERR_NOMEM;
    aq_decoded_clear(&d);
    (void)pthread_mutex_destroy(&r.lock);
    return err;
}
