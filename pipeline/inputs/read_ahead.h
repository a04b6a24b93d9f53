/*
 * Reading ahead: a worker with its own store handle loads the clips needed next while a
 * training step computes, so that the step does not wait for the disk. Holds at most
 * AQ_AHEAD_MOST clips.
 */
#ifndef AQ_PIPELINE_INPUTS_READ_AHEAD_H
#define AQ_PIPELINE_INPUTS_READ_AHEAD_H
#include "pipeline/inputs/features/clip.h"

#define AQ_AHEAD_MOST 256

typedef struct AqReadAhead AqReadAhead;

/* Gives the features of `clip`; called in the worker's thread. */
typedef AqErr (*AqReadClip)(void *ctx, AqStore *s, size_t clip, AqClipFeatures *out);

/* `path` is the store's; ctx is passed to `read`. */
AQ_MUST_CHECK AqErr aq_read_ahead_new(AqReadAhead **out, const char *path,
                                      AqReadClip read, void *ctx);
void aq_read_ahead_free(AqReadAhead **r);

/* Requests a clip; clips are loaded in the order requested. A clip that was requested
 * already, or that there is no room for, is ignored. */
void aq_read_ahead_want(AqReadAhead *r, size_t clip);

/* Takes a requested clip, waiting for it if need be: *found 1 and its features, or its
 * error. *found 0: it was not requested. */
AQ_MUST_CHECK AqErr aq_read_ahead_take(AqReadAhead *r, size_t clip, AqClipFeatures *out,
                                       int *found);

#endif
