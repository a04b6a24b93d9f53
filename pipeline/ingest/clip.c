/* SPDX-License-Identifier: MIT */
/* A clip in progress: made by the feeder, freed by its last holder. */
#include "base/alloc.h"
#include "base/fs/fs.h"
#include "base/text/text.h"
#include "pipeline/ingest/ingest_priv.h"

#include <string.h>

void aq_clip_free(Clip *c)
{
    while (c->done) {
        AqChunk *next = c->done->next;
        aq_chunk_free(&c->done);
        c->done = next;
    }
    (void)atomic_fetch_sub(&c->g->n_open, 1);
    aq_decoded_clear(&c->decoded);
    aq_free(c->reason);
    aq_free(c->shown);
    (void)pthread_mutex_destroy(&c->lock);
    aq_free(c);
}

/* The clip's name in the store, or a substitute if the store cannot hold its name. */
static const char *name_of(Clip *c)
{
    const char *name = c->item->name;

    if (aq_store_check_name(name, strlen(name)) == AQ_OK)
        return name;
    c->shown = aq_strdup(*name ? aq_text_shown(name) : "(no name)");
    if (c->shown && strlen(c->shown) > AQ_STORE_MAX_NAME)
        c->shown[AQ_STORE_MAX_NAME] = '\0';
    return c->shown;
}

AqErr aq_clip_new(Clip **out, Ingest *g, size_t seq)
{
    const AqScanItem *item = &g->clips->v[seq];

    *out = NULL;
    Clip *c = aq_alloc(1, sizeof *c);
    if (!c)
        return AQ_ERR_NOMEM;
    (void)pthread_mutex_init(&c->lock, NULL);
    c->g = g;
    c->item = item;
    c->seq = seq;
    c->pending = 1;
    c->from_us = aq_clock_us();
    c->video = (AqStoreVideo){.name = name_of(c), .path = item->path, .notes = ""};
    (void)atomic_fetch_add(&g->n_open, 1);
    if (!c->video.name) {
        aq_clip_free(c);
        return AQ_ERR_NOMEM;
    }
    *out = c;
    return AQ_OK;
}

AqErr aq_clip_failed(Clip *c, AqIngestOutcome how, const char *stage,
                     const char *reason)
{
    if (c->reason)
        return AQ_OK; /* the first reason stays */
    c->outcome = how;
    c->stage = stage;
    c->reason = aq_strdup(reason);
    return c->reason ? AQ_OK : AQ_ERR_NOMEM;
}

AqErr aq_clip_done_with(Clip *c, AqChunk *chunk)
{
    (void)pthread_mutex_lock(&c->lock);
    if (chunk) {
        chunk->next = c->done;
        c->done = chunk;
    }
    const int last = --c->pending == 0;
    (void)pthread_mutex_unlock(&c->lock);
    if (!last)
        return AQ_OK;
    const AqErr err = aq_stage_put(c->g->write, c);
    if (err != AQ_OK)
        aq_clip_free(c);
    return err;
}

void aq_clip_drop(void *ctx, void *item)
{
    (void)ctx;
    aq_clip_free(item);
}
