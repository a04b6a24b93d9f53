/*
 * Media input: turns any file that FFmpeg reads into seconds of sound and into pictures
 * at the requested rates, or in the requested clips of frames, on one clock.
 *
 * Time 0 is the earliest timestamp that the chosen picture or sound track presents;
 * lead-in before the container's own 0 is left out. The picture of second k is the
 * frame on display at k seconds, by timestamps; the first frame also stands for the
 * second in which it begins. Sound is placed by its timestamps: gaps of 40 ms or more
 * become silence, overlaps are dropped. The last second of sound or picture counts if
 * the stream lasts for more than 0.1 s of it; every clip has at least one second.
 * Pictures at several per second follow the same rule with parts of a second, the 0.1 s
 * being divided likewise. A row of several pictures is there if a row of one would be,
 * and then has all: before the stream begins its first frame, after it ends its last.
 *
 * K clips of M frames: with N frames in the video, counted by decoding it once more,
 * clip i of 0 .. K-1 is the M consecutive frames from N (i+1) / (K+1) - M/2 on
 * (integers, rounded down); the first and the last frame are repeated beyond the edges.
 * A clip lasts from when its first frame appears until its last one disappears.
 *
 * Timestamps that wrap or jump, as where recordings were joined, are mapped to one
 * timeline for both streams (the rule is in clock.c), and the notes say so; pauses and
 * the omissions of an edit list are not jumps. Elementary video streams have no clock:
 * their frames follow each other at the rate that the stream names, or 25 per second.
 * Frame counts and durations claimed by a container are ignored.
 *
 * Input is untrusted: only the local file is opened, never a file that it names;
 * playlists are refused; picture sizes are limited.
 */
#ifndef AQ_EXTRACT_MEDIA_MEDIA_H
#define AQ_EXTRACT_MEDIA_MEDIA_H
#include "base/err.h"
#include "base/modality.h"
#include "base/rows.h"

#include <stdint.h>

#define AQ_MEDIA_RATE 16000 /* samples per second of the output */

typedef struct AqMedia AqMedia; /* for one thread */

/* Limits on a clip; 0 is the default in [brackets]. A clip that exceeds one is
 * AQ_ERR_MEDIA before anything is decoded. */
typedef struct AqMediaLimits {
    int64_t bytes;  /* of the file [any] */
    int seconds;    /* claimed by the container [any; only max_seconds are read] */
    int64_t pixels; /* of a picture [AQ_MEDIA_MAX_PIXELS] */
    int tracks;     /* of any kind [AQ_MEDIA_MAX_TRACKS] */
} AqMediaLimits;
#define AQ_MEDIA_MAX_PIXELS (16384LL * 8192)
#define AQ_MEDIA_MAX_TRACKS 64
#define AQ_MEDIA_MAX_PLANS  8

typedef struct AqMediaOptions {
    int max_seconds; /* at least 1; what comes later is not read */
    AqMediaLimits limits;
    int audio_track; /* sound track, from 1 [0: the first marked default, else the
                        first]; AQ_ERR_MEDIA if there is none such */
    int want_audio;
    int n_pictures; /* plans in `pictures`, all different; 0: no pictures */
    AqRowPlan pictures[AQ_MEDIA_MAX_PLANS];
    int fd; /* the clip, from aq_media_file(), borrowed; `path` is then only its name;
               0: open `path` */
    int every_frame; /* also decode frames never shown (for comparison; slower) */
    int (*cancelled)(void *ctx); /* polled while reading; may be NULL */
    void *ctx;
} AqMediaOptions;

/* A second of sound, or a row's picture; data borrowed until the next call. Rows that a
 * stream does not cover are skipped. */
typedef struct AqMediaEvent {
    AqModality modality;
    int plan;           /* AQ_VISUAL: index in the options' pictures */
    int row;            /* AQ_AUDIO: the second; AQ_VISUAL: the plan's row */
    int frame;          /* of the row's pictures: 0 .. M-1, in order */
    AqRowSpan span;     /* of the row; for clips complete at the last frame only */
    const int16_t *pcm; /* AQ_AUDIO: AQ_MEDIA_RATE samples, mono */
    const uint8_t *rgb; /* AQ_VISUAL: rows of width * 3 bytes, upright */
    int width, height, stride;
} AqMediaEvent;

/* One of a clip's tracks, by what the file says of it; text is cut to fit, and "" where
 * there is none. */
typedef struct AqMediaTrack {
    int32_t modality; /* an AqModality */
    int32_t number;   /* of its kind, from 1 */
    int32_t is_taken, is_default;
    int32_t width, height;  /* of the picture as stored */
    int32_t frames, per;    /* `frames` in `per` seconds; 0: not said */
    int32_t rate, channels; /* of the sound */
    int64_t begins_us;      /* from time 0 on; -1: not known */
    char codec[24], language[8], title[64];
} AqMediaTrack;

/* What was learnt while reading. Borrowed from the AqMedia. */
typedef struct AqMediaFacts {
    int n_seconds; /* T: that of the longer stream */
    int64_t duration_us;
    int has_audio, has_video;
    int n_pictures;    /* decoded; frames never shown may not be */
    int width, height; /* as shown; 0 without a picture */
    int rotation;      /* of the stored picture, degrees clockwise */
    const unsigned char *presence[AQ_N_MODALITIES]; /* (n_seconds) 1 present, 0 not */
    const char *notes; /* remarks for people, one per line; "" for none */
    const AqMediaTrack *tracks;
    int n_tracks;
    char format[48]; /* of the file, as FFmpeg calls it */
} AqMediaFacts;

/* Opens a clip for reading without reading any of it. AQ_ERR_NOT_FOUND: no such file.
 * AQ_ERR_MEDIA: not a regular file. Gives a descriptor above 2; close(). */
AQ_MUST_CHECK AqErr aq_media_file(int *fd, const char *path);

/* AQ_ERR_NOT_FOUND: no such file. AQ_ERR_MEDIA: not media, or nothing in it can be
 * decoded; the message says which. */
AQ_MUST_CHECK AqErr aq_media_open(AqMedia **out, const char *path,
                                  const AqMediaOptions *how);
void aq_media_close(AqMedia **m);

/* The next event of either stream. Rows come in order within a stream and plan; clips
 * that share frames are interleaved, and end in order. A row of parts of a second may
 * be beyond the facts' n_seconds. A row of several pictures that lacks one, or turns
 * out not to count, ends with the ones before. AQ_EOF at the end. */
AQ_MUST_CHECK AqErr aq_media_next(AqMedia *m, AqMediaEvent *e);

/* Complete only after AQ_EOF. */
AqMediaFacts aq_media_facts(const AqMedia *m);

/* How the sound or picture handed out is made from a clip, as canonical text: the rule,
 * libraries and their versions, the resampler's and scaler's options. Gives; aq_free().
 */
AQ_MUST_CHECK AqErr aq_media_recipe(AqModality m, AqRowPlan plan, char **text);

#endif
