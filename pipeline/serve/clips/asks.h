/*
 * What was asked about a clip, with the answers: a thread of a clip's own, numbered
 * from 1, kept beside it and gone with it.
 *
 * Threads: any; under the clips' lock.
 */
#ifndef AQ_PIPELINE_SERVE_CLIPS_ASKS_H
#define AQ_PIPELINE_SERVE_CLIPS_ASKS_H
#include "pipeline/serve/clips/clips.h"

#define AQ_CLIP_MOST_ASKS 5000

/* Takes what /api/clips/ID/asks/N is to have: question, model, time and answer, the
 * last as `ask --json` prints it; sets its "n". AQ_ERR_MISMATCH if the thread is full,
 * or the clip was removed. */
AQ_MUST_CHECK AqErr aq_clip_add_ask(AqClips *c, AqServedClip *clip, struct json_t *ask);
/* The list of /api/clips/ID/asks. Gives. */
struct json_t *aq_clip_asks_json(AqClips *c, AqServedClip *clip);
/* Number n as it was added. Gives; AQ_ERR_NOT_FOUND. */
AQ_MUST_CHECK AqErr aq_clip_ask(AqClips *c, AqServedClip *clip, int n,
                                struct json_t **out);
/* Those of all clips whose question, answer or clip's name has the text, newest first,
 * `most` at most. "": all. Gives. */
struct json_t *aq_clips_search(AqClips *c, const char *text, int most);

#endif
