/*
 * Internal to ingest. A clip travels as a Clip. Its decoder makes chunks that pass
 * through the network stage individually; `pending` counts the chunks in progress plus
 * the decoder, and whoever brings it to zero sends the clip to the writer. Results are
 * reported in list order, in whatever order the clips finish.
 */
#ifndef AQ_PIPELINE_INGEST_INGEST_PRIV_H
#define AQ_PIPELINE_INGEST_INGEST_PRIV_H
#include "pipeline/decoder/decode.h"
#include "pipeline/ingest/ingest.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct Ingest {
    const AqIngestPlan *plan;
    const AqScan *clips;
    AqPipe *pipe;
    AqStage *decode, *networks, *write;
    AqIngestSummary *sum;     /* writer */
    AqIngestResult **waiting; /* writer: (clips->n) results not yet reported */
    size_t next;              /* writer: the first not yet reported */
    atomic_size_t n_open;     /* clips that are in the pipe */
    atomic_uchar *elsewhere;  /* (clips->n) 1: another process has it */
} Ingest;

typedef struct Clip {
    Ingest *g;
    const AqScanItem *item;
    size_t seq;
    AqStoreVideo video; /* text borrowed from item and decoded */
    AqDecoded decoded;
    int need[AQ_MOST_TOOLS];           /* by tool */
    int tool_of[AQ_DECODE_MAX_INPUTS]; /* by input of the decoder's plan */
    AqIngestOutcome outcome;
    int elsewhere;     /* another process works on it: retry later */
    int leased;        /* by this process, with no outcome noted yet */
    const char *stage; /* of a failure; static */
    char *reason;      /* the same */
    char *shown;       /* shown name if the store cannot hold the real one; else NULL */
    int64_t from_us;
    pthread_mutex_t lock;
    int pending;   /* lock */
    AqChunk *done; /* lock: chunks with their output */
} Clip;

/* ingest_clip.c */
AQ_MUST_CHECK AqErr aq_clip_new(Clip **out, Ingest *g, size_t seq);
void aq_clip_free(Clip *c);
/* Notes the failure; the first reason stays. */
AQ_MUST_CHECK AqErr aq_clip_failed(Clip *c, AqIngestOutcome how, const char *stage,
                                   const char *reason);
/* Releases one claim on the clip, handing in `chunk` if not NULL; the last one sends
 * the clip to the writer. */
AQ_MUST_CHECK AqErr aq_clip_done_with(Clip *c, AqChunk *chunk);
void aq_clip_drop(void *ctx, void *item); /* for AqStageDef */

/* ingest_decode.c, ingest_networks.c, ingest_write.c: the stages. */
AqStageDef aq_ingest_decode_stage(Ingest *g);
AqStageDef aq_ingest_networks_stage(Ingest *g);
AqStageDef aq_ingest_write_stage(Ingest *g);

/* Is any tool's output still to be made? */
static inline int aq_clip_needs_any(const Clip *c)
{
    int any = 0;

    for (int k = 0; k < c->g->plan->tools->n; k++)
        any |= c->need[k];
    return any;
}

static inline int aq_ingest_stopped(const Ingest *g)
{
    return g->plan->stop && g->plan->stop(g->plan->ctx);
}

static inline void aq_ingest_tell(const Ingest *g, const AqIngestProgress *p)
{
    if (g->plan->progress)
        g->plan->progress(g->plan->ctx, p);
}

/* Values of one row of a tool's output. */
static inline size_t aq_ingest_out_each(const AqToolset *t, int tool)
{
    const int *d = t->facts[tool].out_dims;

    return (size_t)d[0] * (size_t)d[1] * (size_t)d[2];
}

void aq_ingest_result_free(AqIngestResult *r);

#endif
