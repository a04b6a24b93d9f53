/*
 * The clips that a server has: a folder of the user's cache, with a folder for each
 * clip, called by its ID (the first 16 hex digits of its SHA-256):
 *
 *   ID/clip.json    name, size, what is known of its tracks, the waveform
 *   ID/ID.EXT       the file, unless it lies elsewhere (an example named by its path)
 *   ID/asks.jsonl   what was asked about it (asks.h), one answer a line
 *
 * What lies in it is limited: clips that were not used for longest go first, with their
 * questions; examples, and clips that somebody holds, stay.
 *
 * Threads: any; one lock, inside, for all clips. A clip that was found is held until
 * it is let go; of its fields, only the constant ones may be read without the lock.
 */
#ifndef AQ_PIPELINE_SERVE_CLIPS_CLIPS_H
#define AQ_PIPELINE_SERVE_CLIPS_CLIPS_H
#include "base/digest.h"
#include "base/err.h"

#include <stdint.h>

#define AQ_CLIP_ID          17
#define AQ_CLIP_MOST_MODELS 8
#define AQ_CLIP_PEAKS       20 /* a second */

struct json_t;

typedef enum AqClipStage {
    AQ_CLIP_DECODE,
    AQ_CLIP_SOUND,
    AQ_CLIP_PICTURE,
    AQ_CLIP_STAGES
} AqClipStage;
const char *aq_clip_stage_name(AqClipStage stage); /* "decode", "sound", "picture" */

typedef struct AqClips AqClips;
typedef struct AqServedClip AqServedClip;

/* Opens or makes the folder, which is `most_bytes` large at most. AQ_ERR_MISMATCH if
 * another server has it. */
AQ_MUST_CHECK AqErr aq_clips_open(AqClips **out, const char *folder,
                                  int64_t most_bytes);
void aq_clips_close(AqClips **c);

/* A file that is the clips' from then on (moved into the folder) on AQ_OK. *is_new 0:
 * it was there already. Gives *out held. AQ_ERR_CANCELLED if there is no room because
 * all clips are held. */
AQ_MUST_CHECK AqErr aq_clips_take(AqClips *c, const char *path, const char *name,
                                  const char sha256[AQ_SHA256_HEX], int is_example,
                                  AqServedClip **out, int *is_new);
/* An example that stays where it is. AQ_ERR_MEDIA if it is no file. */
AQ_MUST_CHECK AqErr aq_clips_add_example(AqClips *c, const char *path);
/* How many examples there are. */
int aq_clips_n_examples(AqClips *c);

/* Held; NULL: there is none of that ID. It counts as used. */
AqServedClip *aq_clips_find(AqClips *c, const char *id);
void aq_clips_hold(AqClips *c, AqServedClip *clip); /* once more */
void aq_clips_let_go(AqClips *c, AqServedClip *clip);
int aq_clips_n_held(AqClips *c, const AqServedClip *clip); /* how often it is held */
/* Forgets the clip and its questions, and removes its files, whoever else holds it.
 * AQ_ERR_MISMATCH for an example. `clip` stays held by the caller. */
AQ_MUST_CHECK AqErr aq_clips_remove(AqClips *c, AqServedClip *clip);

/* What /api/clips has: an array, and one. Give. */
struct json_t *aq_clips_json(AqClips *c);
struct json_t *aq_clip_json(AqClips *c, AqServedClip *clip);
/* The waveform of /api/clips/ID/sound; NULL: the clip was not read yet. Gives. */
struct json_t *aq_clip_sound_json(AqClips *c, AqServedClip *clip);
/* [{id, title, seconds}]. Gives. */
struct json_t *aq_clips_examples_json(AqClips *c);

/* ---- constant fields; borrowed as long as the clip is held ---- */

const char *aq_clip_id(const AqServedClip *clip);
const char *aq_clip_name(const AqServedClip *clip);
const char *aq_clip_path(const AqServedClip *clip);
const char *aq_clip_sha256(const AqServedClip *clip);

/* ---- what becomes of it ---- */

/* Decodes the clip in a process of its own, for its facts and waveform, unless that is
 * known; tells the stage AQ_CLIP_DECODE. AQ_ERR_MEDIA and others; AQ_ERR_CANCELLED if
 * `stop`, which is asked often, says 1. */
AQ_MUST_CHECK AqErr aq_clip_look(AqClips *c, AqServedClip *clip, int max_seconds,
                                 int (*stop)(void *ctx), void *ctx);
int aq_clip_seconds(AqClips *c,
                    AqServedClip *clip); /* as far as it is read; 0: not known */

/* Of its pictures, as shown; 0 where they are not known, or there are none. */
void aq_clip_picture_size(AqClips *c, AqServedClip *clip, int *width, int *height);

typedef enum AqClipState {
    AQ_CLIP_NEW,
    AQ_CLIP_WORKING,
    AQ_CLIP_READY,
    AQ_CLIP_FAILED
} AqClipState;

/* Of the features for a model, by its number. Begins working if it is new, or, with
 * `again`, failed: 1 then, and the caller is to have them made. */
int aq_clip_begin(AqClips *c, AqServedClip *clip, int model, int again);
/* Ends it: error NULL is ready. */
void aq_clip_end(AqClips *c, AqServedClip *clip, int model, const char *error);
/* Ends it undone: the clip is new again. */
void aq_clip_give_up(AqClips *c, AqServedClip *clip, int model);
/* A stage's progress, in its own units; total 0: not known. Relative: adds to `done`.
 */
void aq_clip_set_stage(AqClips *c, AqServedClip *clip, AqClipStage stage, int done,
                       int total);
void aq_clip_add_stage(AqClips *c, AqServedClip *clip, AqClipStage stage, int done);

typedef struct AqClipNews {
    AqClipState state;
    char error[512];
    struct {
        int done, total;
    } stage[AQ_CLIP_STAGES];
} AqClipNews;

/* How it stands for the model. If *seen (0 at first) is the last change, it waits up to
 * wait_ms for the next; sets *seen. */
void aq_clip_news(AqClips *c, AqServedClip *clip, int model, unsigned *seen,
                  int wait_ms, AqClipNews *out);

#endif
