/*
 * Media in: any file that FFmpeg reads, as seconds of sound and pictures at the rates,
 * or in the clips of frames, that are asked for, on one clock.
 *
 * Time 0 is the earliest timestamp that the chosen picture or sound track presents,
 * lead-in before a container's own 0 left out. The picture of second k is the frame on
 * display at k seconds, by timestamps; the first frame also stands for the second in
 * which it begins. Sound is placed by its timestamps: silence where there is a gap of
 * 40 ms or more, overlaps dropped. A last second counts, of sound and of picture alike,
 * if the stream goes on for more than 0.1 s in it; every clip has at least one second.
 * Pictures at several a second follow the same rule with parts of a second in place of
 * seconds, the last one's share of the 0.1 s with it.
 *
 * K clips of M frames: with N frames in the video, which are counted by decoding it
 * once for that, clip i of 0 .. K-1 is the M consecutive frames from N (i+1) / (K+1) -
 * M/2 on (whole numbers, rounded down), where the first and the last frame stand for
 * those before and behind them. Times of a clip: from when its first frame is on
 * display until its last is no more.
 *
 * Timestamps that wrap or jump, as where recordings were joined, are brought on one
 * line for both streams together (media_clock.c has the rule), and the notes say so;
 * pauses and what an edit list leaves out are no jumps. Elementary streams of pictures
 * have no clock: their frames follow each other at the rate that the stream names, 25 a
 * second where it names none. Frame counts and durations that a container claims are
 * not looked at.
 *
 * Untrusted input: only local files are opened, none that the file itself names;
 * playlists are refused; pictures are bounded.
 */
#ifndef AQ_EXTRACT_MEDIA_MEDIA_H
#define AQ_EXTRACT_MEDIA_MEDIA_H
#include "base/err.h"
#include "base/modality.h"
#include "base/rows.h"

#include <stdint.h>

#define AQ_MEDIA_RATE 16000 /* samples a second that are handed out */

typedef struct AqMedia AqMedia; /* one thread's */

/* What a clip may ask for; 0 is the default in [brackets]. More is AQ_ERR_MEDIA, before
 * anything is decoded. */
typedef struct AqMediaLimits {
    int64_t bytes;  /* of the file [any] */
    int seconds;    /* that the container claims [any: no more than max_seconds of it
                       is read] */
    int64_t pixels; /* of a picture [AQ_MEDIA_MAX_PIXELS] */
    int tracks;     /* of any kind [AQ_MEDIA_MAX_TRACKS] */
} AqMediaLimits;
#define AQ_MEDIA_MAX_PIXELS (16384LL * 8192)
#define AQ_MEDIA_MAX_TRACKS 64
#define AQ_MEDIA_MAX_PLANS  4

typedef struct AqMediaOptions {
    int max_seconds; /* later ones are not read; over 0 */
    AqMediaLimits limits;
    int audio_track; /* which sound track, from 1 [0: the first of those marked default,
                        else the first]; AQ_ERR_MEDIA if there is no such */
    int want_audio;
    int n_pictures; /* plans in `pictures`, which all differ; 0: no pictures */
    AqRowPlan pictures[AQ_MEDIA_MAX_PLANS];
    int fd; /* of the clip, as aq_media_file() gives it, borrowed; `path` is its name
               then, and nothing is opened; 0: none */
    int every_frame; /* decode also what is never shown (to compare; 0 is faster) */
    int (*cancelled)(void *ctx); /* polled while reading; may be NULL */
    void *ctx;
} AqMediaOptions;

/* A second of sound, or the picture of a row; data borrowed until the next call. Rows
 * that a stream does not cover are left out. */
typedef struct AqMediaEvent {
    AqModality modality;
    int plan;           /* AQ_VISUAL: of the options' pictures this is for which */
    int row;            /* AQ_AUDIO: the second; AQ_VISUAL: as the plan counts */
    int frame;          /* of clips: 0 .. M-1, rising; else 0 */
    AqRowSpan span;     /* of the row; of clips whole with the last frame only */
    const int16_t *pcm; /* AQ_AUDIO: AQ_MEDIA_RATE samples, mono */
    const uint8_t *rgb; /* AQ_VISUAL: rows of width * 3 bytes, upright */
    int width, height, stride;
} AqMediaEvent;

/* What was found out on the way. Borrowed from the AqMedia. */
typedef struct AqMediaFacts {
    int n_seconds; /* T: of the longer stream */
    int64_t duration_us;
    int has_audio, has_video;
    int n_pictures;    /* decoded; there may be more that nobody would have seen */
    int width, height; /* as shown; 0 without a picture */
    int rotation;      /* of the stored picture, degrees clockwise */
    const unsigned char *presence[AQ_N_MODALITIES]; /* (n_seconds) 1 there, 0 not */
    const char *notes; /* facts for people, a line each; "" for none */
} AqMediaFacts;

/* Opens a clip for reading, and reads nothing of it. AQ_ERR_NOT_FOUND: no such file.
 * AQ_ERR_MEDIA: it is no regular file. Gives a descriptor above 2; close(). */
AQ_MUST_CHECK AqErr aq_media_file(int *fd, const char *path);

/* AQ_ERR_NOT_FOUND: no such file. AQ_ERR_MEDIA: not media, or nothing in it that can be
 * decoded; the sentence says which. */
AQ_MUST_CHECK AqErr aq_media_open(AqMedia **out, const char *path,
                                  const AqMediaOptions *how);
void aq_media_close(AqMedia **m);

/* The next of either stream. Rows rise within a stream and plan; clips that share
 * frames come side by side, and are complete in their order. A row of parts of a second
 * may be beyond facts' n_seconds. AQ_EOF at the end. */
AQ_MUST_CHECK AqErr aq_media_next(AqMedia *m, AqMediaEvent *e);

/* Whole only after AQ_EOF. */
AqMediaFacts aq_media_facts(const AqMedia *m);

/* How the sound or the picture of a clip comes to be what is handed out, as canonical
 * text: the rule, libraries with their versions, the resampler's and scaler's options.
 * Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_media_recipe(AqModality m, AqRowPlan plan, char **text);

#endif
