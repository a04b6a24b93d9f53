/*
 * Reading ahead: a worker with a store handle of its own fetches the clips that will be
 * asked for next while a training step computes, so that the step does not wait for the
 * disk. Holds no more than AQ_AHEAD_MOST clips.
 */
#ifndef AQ_PIPELINE_INPUTS_READ_AHEAD_H
#define AQ_PIPELINE_INPUTS_READ_AHEAD_H
#include "pipeline/inputs/clip_features.h"

#define AQ_AHEAD_MOST 256

typedef struct AqReadAhead AqReadAhead;

/* Gives features of `clip`; called in the worker's thread. */
typedef AqErr (*AqReadClip)(void *ctx, AqStore *s, size_t clip, AqClipFeatures *out);

/* `path` of the store; ctx is handed to read. */
AQ_MUST_CHECK AqErr aq_read_ahead_new(AqReadAhead **out, const char *path,
                                      AqReadClip read, void *ctx);
void aq_read_ahead_free(AqReadAhead **r);

/* Asks for a clip; they are fetched in the order of asking. One that is known already
 * or finds no room is passed over. */
void aq_read_ahead_want(AqReadAhead *r, size_t clip);

/* A clip that was asked for, waiting for it if need be: *found 1 and its features, or
 * its error. *found 0: nobody asked. */
AQ_MUST_CHECK AqErr aq_read_ahead_take(AqReadAhead *r, size_t clip, AqClipFeatures *out,
                                       int *found);

#endif
