/* SPDX-License-Identifier: MIT */
/* The second stage: runs chunks through the networks. */
#include "base/alloc.h"
#include "pipeline/ingest/ingest_priv.h"

enum { CHUNKS_QUEUED = 2 };

static AqErr networks_open(void *ctx, void **state)
{
    AqNn *nn = NULL;
    const AqErr err = aq_nn_new(&nn, NULL);

    (void)ctx;
    *state = nn;
    return err;
}

static void networks_close(void *ctx, void *state)
{
    AqNn *nn = state;

    (void)ctx;
    aq_nn_free(&nn);
}

static void drop_chunk(void *ctx, void *item)
{
    AqChunk *chunk = item;
    Clip *c = chunk->clip;

    (void)ctx;
    (void)!aq_clip_done_with(c, chunk); /* the pipe is cancelled: frees the clip */
}

static AqErr networks_run(void *ctx, void *state, void *item)
{
    Ingest *g = ctx;
    AqChunk *chunk = item;
    Clip *c = chunk->clip;
    const AqToolset *t = g->plan->tools;
    AqErr err = aq_ingest_stopped(g) ? AQ_ERR_CANCELLED : AQ_OK;

    if (err == AQ_OK) {
        const int tool = c->tool_of[chunk->input];

        chunk->out =
            aq_alloc((size_t)chunk->n * aq_ingest_out_each(t, tool), sizeof(float));
        err = chunk->out
                  ? aq_extractor_run(t->x[tool], state, chunk->in, chunk->n, chunk->out)
                  : AQ_ERR_NOMEM;
    }
    aq_free(chunk->in);
    chunk->in = NULL;
    if (err != AQ_OK)
        aq_pipe_cancel(g->pipe, err == AQ_ERR_CANCELLED ? AQ_OK : err);
    else
        aq_ingest_tell(g, &(AqIngestProgress){.tool = c->tool_of[chunk->input],
                                              .n_rows = chunk->n});
    const AqErr passed = aq_clip_done_with(c, chunk);
    return err != AQ_OK ? err : passed;
}

AqStageDef aq_ingest_networks_stage(Ingest *g)
{
    return (AqStageDef){.name = "networks",
                        .n_workers = g->plan->jobs,
                        .n_queued = g->plan->jobs * CHUNKS_QUEUED,
                        .ctx = g,
                        .open = networks_open,
                        .close = networks_close,
                        .run = networks_run,
                        .drop = drop_chunk};
}
