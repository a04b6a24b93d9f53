/* Internal to media: the parts that media.c puts together. */
#ifndef AQ_EXTRACT_MEDIA_MEDIA_PRIV_H
#define AQ_EXTRACT_MEDIA_MEDIA_PRIV_H
#include "extract/media/audio_file.h"
#include "extract/media/media.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#define AQ_MEDIA_GAP_US  40000  /* jitter below this is ignored */
#define AQ_MEDIA_TAIL_US 100000 /* a last second must have more than this */

/* ---- the clip's bytes (file.c) ---- */

/* FFmpeg's I/O context for reading how->fd; borrows `how`. */
AQ_MUST_CHECK AqErr aq_source_file(AVIOContext **pb, const AqMediaOptions *how);
void aq_source_file_close(AVIOContext **pb);
/* Calls how->cancelled; ctx is the AqMediaOptions. */
int aq_source_stopped(void *ctx);

/* ---- opening (open.c) ---- */

typedef struct AqSource {
    AVFormatContext *fmt;
    AVStream *stream[AQ_N_MODALITIES]; /* NULL if there is none */
    AVCodecContext *codec[AQ_N_MODALITIES];
    AVRational
        base[AQ_N_MODALITIES]; /* time base of the timestamps, fixed from the start */
    int raw;                   /* elementary video stream: frames have no timestamps */
    int circular;              /* timestamps wrap around and are never below 0 */
} AqSource;

/* How far into the file streams are searched for; determined if unknown. */
typedef enum AqSourceDepth {
    AQ_SOURCE_UNKNOWN,
    AQ_SOURCE_PLAIN, /* FFmpeg's 5 MB or seconds are enough */
    AQ_SOURCE_DEEP   /* as far as will be read */
} AqSourceDepth;
AQ_MUST_CHECK AqErr aq_source_open(AqSource *in, const char *path,
                                   const AqMediaOptions *how, AqSourceDepth *depth);
void aq_source_close(AqSource *in);
/* AQ_ERR_MEDIA with FFmpeg's reason; AQ_ERR_CANCELLED if it was stopped. */
AqErr aq_source_fail(const char *path, const char *what, int averror);
/* `err`, or AQ_ERR_IO if a read failed meanwhile: FFmpeg takes that for the end of the
 * file, so its result cannot be trusted. */
AqErr aq_source_read_fault(const AVIOContext *pb, const char *path, AqErr err);

/* ---- which track of several (tracks.c) ---- */

/* Does the stream hold sound or picture, as far as known? */
int aq_tracks_show(const AVStream *st);
/* Number of tracks, without cover art. */
int aq_tracks_count(const AVFormatContext *fmt, AqModality m);
/* Track `number`, from 1; NULL if there are fewer. */
AVStream *aq_tracks_get(const AVFormatContext *fmt, AqModality m, int number);
/* The best track not marked in `tried` (nb_streams), NULL if there is none. `picture`:
 * the track that the sound belongs to, or NULL. */
AVStream *aq_tracks_best(AVFormatContext *fmt, AqModality m, const AVStream *picture,
                         const unsigned char *tried);
/* A note saying which of several tracks was taken. Gives. */
char *aq_tracks_note(const AVFormatContext *fmt, AqModality m, const AVStream *taken,
                     int asked);

/* All tracks, at most AQ_MEDIA_MAX_TRACKS; gives their number. `first_us`: what those
 * that are taken present first, from time 0 on; INT64_MAX: nothing. */
int aq_tracks_describe(const AqSource *in, const int64_t first_us[AQ_N_MODALITIES],
                       AqMediaTrack *out);

/* ---- time 0 (origin.c) ---- */

/* A timestamp in microseconds; that of a decoded frame, or `otherwise` if it has none;
 * the duration that a frame claims. The last two need the frame's time_base set. */
int64_t aq_base_us(AVRational base, int64_t ts);
int64_t aq_frame_us(const AVFrame *f, int64_t otherwise);
int64_t aq_frame_duration_us(const AVFrame *f);

/* What the first pass finds. */
typedef struct AqOrigin {
    AqSourceDepth depth;
    int64_t first_us[AQ_N_MODALITIES]; /* per stream; INT64_MAX: none seen */
    int64_t us;                        /* time 0: the earlier of them */
    int64_t length_us; /* of a sound file, from its packets within what will be read; 0:
                          not a sound file, or unknown */
} AqOrigin;

/* Opens the clip and decodes until each stream has presented something, if need be to
 * the end of the file. AQ_ERR_MEDIA if nothing can be decoded. */
AQ_MUST_CHECK AqErr aq_source_origin(AqOrigin *out, const char *path,
                                     const AqMediaOptions *how);

/* Sound only, in a format that libsndfile handles well? */
int aq_source_is_sound_file(const AqSource *in);
/* Do libsndfile and FFmpeg agree on rate, channels and length? */
int aq_source_agrees(const AqSource *in, const AqOrigin *o, const AqAudioFile *f,
                     int max_seconds);

/* ---- elementary streams (raw.c) ---- */

#define AQ_RAW_RATE 25 /* frames per second if the stream names none */
typedef struct AqRawClock {
    double at_us; /* time of the next frame */
    int unnamed;  /* the stream names no rate */
} AqRawClock;

int aq_raw_is(const AVFormatContext *fmt);
/* Sets the time of the next frame from the decoder. */
void aq_raw_stamp(AqRawClock *r, const AVCodecContext *c, AVFrame *f);

/* ---- one timeline (clock.c) ---- */

typedef struct AqClockLine { /* one stream's timeline; times after shifting */
    int64_t last, turned;    /* ticks: the last timestamp; added by wraps */
    int64_t shift_us;        /* the stream's current shift */
    int64_t at_us, end_us;   /* position reached: decoding, presentation */
    int64_t step_us;         /* duration of the last packet that has one */
    int begun, anew;         /* has timestamps; restarts after a jump */
} AqClockLine;

typedef struct AqClock {
    const AqSource *in;
    AqClockLine line[AQ_N_MODALITIES];
    int64_t shift_us;                   /* of the last jump */
    int may_jump;                       /* the format allows jumps */
    int is_told;                        /* the file gives each sample's display time */
    int waiting;                        /* stream held back at a jump; -1: none */
    int64_t jump_us, held_us, other_us; /* its first and last; where the other was */
    AVPacket **queue; /* (room): n_taken were read, up to n_ready may be */
    int n_taken, n_ready, n_queued, room;
    int64_t bytes;
    int ended; /* result of the last read */
    int n_jumps;
    int64_t first_jump_us;
} AqClock;

void aq_clock_init(AqClock *c, const AqSource *in);
void aq_clock_clear(AqClock *c);
/* Like av_read_frame(), but only the chosen streams, with timestamps on one timeline
 * and in the time base of `in`. */
int aq_clock_read(AqClock *c, AVPacket *p);

/* ---- looking ahead (ahead.c) ---- */

#define AQ_AHEAD 17 /* H.264 and HEVC reorder at most 16 frames */
typedef struct AqAhead {
    AVRational base;
    int64_t origin_us, first_us; /* time 0; time of the first picture */
    AVPacket *waiting[AQ_AHEAD]; /* ring buffer of n from `first` on */
    int64_t passed[AQ_AHEAD];    /* timestamps of the last ones taken */
    int first, n, n_passed;
    int64_t last_step_us;
    int rates[AQ_MEDIA_MAX_PLANS + 1], n_rates; /* rows per second wanted */
    int n_unstamped;                            /* frames whose successor is unknown */
    int steps_differ; /* how often the step between others changed */
} AqAhead;

/* The caller adds the rows per second to a->rates afterwards. */
AQ_MUST_CHECK AqErr aq_ahead_init(AqAhead *a, AVRational base, int64_t origin_us,
                                  int64_t first_us);
void aq_ahead_clear(AqAhead *a);
int aq_ahead_full(const AqAhead *a);
void aq_ahead_put(AqAhead *a, AVPacket *p); /* takes p's content; not when full */
/* Moves the oldest packet to `out`; 0: none. *idle: its frame will not be shown. */
int aq_ahead_take(AqAhead *a, AVPacket *out, int *idle);

/* ---- sound (audio.c): samples at AQ_MEDIA_RATE, placed in time ---- */

struct SwrContext;
typedef struct AqTrack {
    struct SwrContext *swr; /* NULL while the rates are equal */
    int rate;               /* of the input */
    float *mono;            /* scratch: one block */
    int mono_room;
    int16_t *pcm; /* (most_seconds * rate) samples from time 0; n so far */
    int64_t n, room, most;
    unsigned char *real; /* (most_seconds) seconds with recorded samples */
    int64_t end_us;      /* end of the last recorded sample */
    int n_gaps, n_overlaps;
} AqTrack;

AQ_MUST_CHECK AqErr aq_track_init(AqTrack *t, int most_seconds);
void aq_track_clear(AqTrack *t);
/* Adds n mono samples at `rate` that begin at `at_us` after time 0, or with
 * AQ_TRACK_NEXT directly after the previous ones. */
#define AQ_TRACK_NEXT INT64_MIN
AQ_MUST_CHECK AqErr aq_track_add(AqTrack *t, float *mono, int n, int rate,
                                 int64_t at_us);
AQ_MUST_CHECK AqErr aq_track_flush(AqTrack *t);
static inline int aq_track_full(const AqTrack *t)
{
    return t->n >= t->most;
}
/* The mean of a decoded frame's channels, -1 .. 1. AQ_ERR_UNSUPPORTED for unusual
 * sample formats. */
AQ_MUST_CHECK AqErr aq_track_mix(const AVFrame *f, float *out);

/* ---- pictures (picture.c) ---- */

struct SwsContext;
typedef struct AqPicture {
    struct SwsContext *sws;
    uint8_t *rgb, *turned;
    size_t rgb_bytes, turned_bytes;
    int32_t matrix[4]; /* a, b, c, d of the display matrix */
    int has_matrix;
    int width, height, stride;
} AqPicture;

void aq_picture_orient(AqPicture *p, const AVStream *st);
int aq_picture_rotation(const AqPicture *p); /* degrees clockwise */
/* Converts a frame to upright RGB; *rgb is borrowed from p. */
AQ_MUST_CHECK AqErr aq_picture_convert(AqPicture *p, const AVFrame *f,
                                       const uint8_t **rgb);
void aq_picture_clear(AqPicture *p);

/* ---- the picture's clock (show.c): `shown` is displayed until `fresh` is ---- */

typedef struct AqShow {
    int64_t origin_us; /* time 0; times below are relative to it */
    int64_t most_us;   /* later frames are not shown */
    AVFrame *shown, *fresh;
    int64_t shown_us, fresh_us;
    int64_t last_step_us; /* between frames; duration of the last one */
    int has_shown, has_fresh;
    int number;     /* of the shown frame, from 1 on */
    int over;       /* a frame later than most_us came */
    int64_t end_us; /* of the last frame; 0: unknown yet */
    int n_backward, n_pictures, steps_differ;
} AqShow;

AQ_MUST_CHECK AqErr aq_show_init(AqShow *s, int64_t origin_us, int most_seconds);
void aq_show_clear(AqShow *s);
/* Makes a decoded frame the fresh one unless it goes back in time; takes its content.
 */
void aq_show_take(AqShow *s, AVFrame *got);
/* Makes the fresh frame the shown one. */
void aq_show_next(AqShow *s);
/* If no frame follows: sets end_us, until when the shown frame is displayed. */
void aq_show_find_end(AqShow *s);

/* ---- the picture's rows of one plan (want.c) ---- */

typedef struct AqWant {
    AqRowPlan plan;
    int index;         /* in the options' pictures; -1: not requested */
    AqPicture picture; /* its own, as a row may be held in it */
    const uint8_t *rgb;
    int converted;                 /* number of the frame in it; 0: none */
    int n_errors;                  /* pictures that could not be converted */
    int each;                      /* pictures a row */
    int rate;                      /* pictures a second; 0: clips */
    int most;                      /* rows of clips, pictures of parts of a second */
    int next, begun;               /* parts of a second: next picture; started or not */
    int held;                      /* the one before has its frame; may be too short */
    int n_again;                   /* pictures that are the frame of the one before */
    unsigned char *real;           /* (most) handed out */
    int n_frames;                  /* clips: in the whole video */
    int frame[AQ_ROWS_MOST_CLIPS]; /* clips: next frame of each */
    int64_t from_us[AQ_ROWS_MOST_CLIPS];
} AqWant;

/* n_frames: frames of the video, for clips. */
AQ_MUST_CHECK AqErr aq_want_init(AqWant *w, AqRowPlan plan, int index, int most_seconds,
                                 int n_frames);
void aq_want_clear(AqWant *w);
/* Clips: how many frames lie beyond the video's edges and were repeated. */
int aq_want_n_beyond(const AqWant *w);
/* No further row is wanted, whatever follows. */
int aq_want_is_full(const AqWant *w, const AqShow *s);

typedef enum AqWantStep {
    AQ_WANT_WAITS, /* needs the next frame */
    AQ_WANT_MOVED, /* call again */
    AQ_WANT_GAVE   /* gave an event */
} AqWantStep;
/* `ended`: no frame will follow. */
AQ_MUST_CHECK AqErr aq_want_step(AqWant *w, AqShow *s, int ended, AqMediaEvent *e,
                                 AqWantStep *did);

/* ---- the whole (media.c) and its notes (notes.c) ---- */

#define AQ_MEDIA_NOTES_BYTES 1024

struct AqMedia {
    char *path;
    AqMediaOptions how;
    int own_fd; /* opened here; 0: none */
    AqSource in;
    AqClock clock;
    AqAudioFile *sound; /* replaces `in`'s sound for sound files */
    AqOrigin origin;
    AVPacket *packet;
    AqAhead ahead; /* of the picture */
    AqShow show;
    AqWant *want;   /* (n_wants); the first, of seconds, gives the facts */
    int n_wants;    /* 0: only count frames */
    AVFrame *frame; /* as decoded */
    AqRawClock raw;
    AqTrack track;
    int audio_next; /* next second to hand out */
    int16_t second[AQ_MEDIA_RATE];
    int read_all;                 /* the demuxer has reached the end */
    int flushed;                  /* the decoders were told */
    int drained[AQ_N_MODALITIES]; /* the decoder is empty */
    int n_errors;                 /* decoding errors */
    int64_t sound_at;             /* samples read of `sound` */
    int disagrees;                /* libsndfile and FFmpeg disagree */
    AqErr broken;                 /* reading stopped early */
    char broken_why[128];
    int finished;
    int n_seconds;
    unsigned char *presence[AQ_N_MODALITIES];
    char notes[AQ_MEDIA_NOTES_BYTES];
    AqMediaTrack tracks[AQ_MEDIA_MAX_TRACKS];
    int n_tracks;
};

void aq_media_write_notes(AqMedia *m);

#endif
