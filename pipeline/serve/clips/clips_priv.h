/* Inside clips: the table. */
#ifndef AQ_PIPELINE_SERVE_CLIPS_CLIPS_PRIV_H
#define AQ_PIPELINE_SERVE_CLIPS_CLIPS_PRIV_H
#include "base/alloc.h"
#include "pipeline/serve/clips/clips.h"

#include <pthread.h>

/* A question that was asked, as lists have it. */
typedef struct AqAskEntry {
    char *question, *model, *answer, *best_guess; /* answer NULL: none was claimed */
    double probability;
    int64_t at_s;
    int64_t from, bytes; /* of its line in asks.jsonl */
} AqAskEntry;

/* What is known of the file once it was read. */
typedef struct AqClipFacts {
    int is_known;
    int seconds;
    struct json_t *video, *audio; /* as /api/clips has them; JSON null: none */
    struct json_t *peaks;         /* array; empty: no sound */
} AqClipFacts;

struct AqServedClip {
    /* Constant. */
    char id[AQ_CLIP_ID], sha256[AQ_SHA256_HEX];
    char *name, *path;
    int64_t bytes, added_s;
    int is_outside; /* the file is not ours to remove */
    /* Under the table's lock. */
    int is_example, n_held, is_removed;
    int64_t used; /* greater: later */
    AqClipFacts facts;
    unsigned working, ready; /* a bit for each model */
    char *error[AQ_CLIP_MOST_MODELS];
    struct {
        int done, total;
    } stage[AQ_CLIP_STAGES];
    unsigned version; /* counts changes */
    AqAskEntry *asks; /* (n_asks) */
    int n_asks;
    int64_t asks_bytes;
    AqServedClip *next; /* newest first */
};

struct AqClips {
    char *folder; /* constant, as the next two */
    int64_t most_bytes;
    int lock_fd;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    AqServedClip *first; /* under lock */
    int64_t used, bytes; /* under lock: the last time of use; in the folder */
};

/* A file in the clip's folder. Gives; NULL when out of memory. */
static inline char *aq_clip_file(const AqClips *c, const AqServedClip *clip,
                                 const char *leaf)
{
    return aq_strf("%s/%s/%s", c->folder, clip->id, leaf);
}

/* Writes clip.json. Under the lock. (files.c) */
AQ_MUST_CHECK AqErr aq_clip_save(const AqClips *c, const AqServedClip *clip);
/* Reads what the folder has of earlier servers: *out is a list, the one that was used
 * last first. What is damaged is left out, with a warning. (files.c) */
AQ_MUST_CHECK AqErr aq_clips_read_folder(AqClips *c, AqServedClip **out);
/* Removes the clip's files. (files.c) */
void aq_clip_unlink(const AqClips *c, const AqServedClip *clip);
/* Marks it as used, for the next server. (files.c) */
void aq_clip_touch(const AqClips *c, const AqServedClip *clip);
/* A new one. Gives; NULL when out of memory. (files.c) */
AqServedClip *aq_served_clip_new(const char *path, const char *name,
                                 const char sha256[AQ_SHA256_HEX], int64_t bytes);
void aq_served_clip_free(AqServedClip **clip);

/* The thread of a clip from its file. (asks.c) */
AQ_MUST_CHECK AqErr aq_clip_read_asks(const AqClips *c, AqServedClip *clip);
void aq_clip_free_asks(AqServedClip *clip);

#endif
