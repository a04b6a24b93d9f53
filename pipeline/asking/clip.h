/*
 * A clip that questions are asked about: its features come from whichever data set of
 * the store has its content; a clip that none has is ingested first, into a data set
 * kept apart (AQ_DATASET_ASKED).
 *
 * Threads: one at a time for a clip, as for the store; the features of a clip that was
 * loaded are only read, and may be shared.
 */
#ifndef AQ_PIPELINE_ASKING_CLIP_H
#define AQ_PIPELINE_ASKING_CLIP_H
#include "model/trained/model.h"
#include "pipeline/ingest/ingest.h"

typedef struct AqAskedClip {
    AqScan scan; /* of this clip alone: its path, and its name in the store */
    AqClipFeatures features;
    char *notes;    /* of when it was read, one a line */
    char why[1024]; /* inside: of a failed ingest */
} AqAskedClip;

typedef struct AqAskedClipPlan {
    AqStore *store;        /* its data set is changed */
    const char *only_read; /* why the store cannot be written; NULL: it can */
    const AqToolset *tools;
    const char *sha256; /* of the clip's content; NULL: to be found out */
    int jobs, max_seconds;
    int (*stop)(void *ctx); /* as the ingest plan's, like the next */
    void (*progress)(void *ctx, const AqIngestProgress *p);
    void *ctx;
} AqAskedClipPlan;

/* The file at `path`, which is not read yet. AQ_ERR_USAGE if it is a folder,
 * AQ_ERR_NOT_FOUND. Release the clip after a failure too. */
AQ_MUST_CHECK AqErr aq_asked_clip_find(AqAskedClip *c, const char *path);
/* Its features for the model, made if need be. AQ_ERR_MEDIA if it cannot be read,
 * AQ_ERR_STORE if features would have to be made and the store cannot be written,
 * AQ_ERR_CANCELLED if plan->stop said so. */
AQ_MUST_CHECK AqErr aq_asked_clip_load(AqAskedClip *c, const AqModel *model,
                                       const AqAskedClipPlan *plan);
void aq_asked_clip_release(AqAskedClip *c);

/* Inside: *found: some data set has the clip's content with features of all tools; the
 * scan's clip is called by its name there and the store is of that data set. Else the
 * store is of AQ_DATASET_ASKED. (stored.c) */
AQ_MUST_CHECK AqErr aq_asked_clip_stored(AqAskedClip *c, const AqAskedClipPlan *plan,
                                         int *found);

#endif
