/* Inside media: the parts that media.c puts together. */
#ifndef AQ_EXTRACT_MEDIA_MEDIA_PRIV_H
#define AQ_EXTRACT_MEDIA_MEDIA_PRIV_H
#include "extract/media/audio_file.h"
#include "extract/media/media.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#define AQ_MEDIA_GAP_US  40000  /* jitter below this is ignored */
#define AQ_MEDIA_TAIL_US 100000 /* a last second must have more than this */

/* ---- the clip's bytes (file.c) ---- */

/* How FFmpeg reads how->fd; borrows `how`. */
AQ_MUST_CHECK AqErr aq_source_file(AVIOContext **pb, const AqMediaOptions *how);
void aq_source_file_close(AVIOContext **pb);
/* Whether how->cancelled says so; ctx is the AqMediaOptions. */
int aq_source_stopped(void *ctx);

/* ---- opening (open.c) ---- */

typedef struct AqSource {
    AVFormatContext *fmt;
    AVStream *stream[AQ_N_MODALITIES]; /* NULL where there is none */
    AVCodecContext *codec[AQ_N_MODALITIES];
    AVRational base[AQ_N_MODALITIES]; /* of the timestamps, whatever comes later */
    int raw;      /* an elementary stream of pictures: frames have no timestamps */
    int circular; /* the clock counts round a circle, and knows nothing below 0 */
} AqSource;

/* How far into the file streams are looked for: found out where it is not known. */
typedef enum AqSourceDepth {
    AQ_SOURCE_UNKNOWN,
    AQ_SOURCE_PLAIN, /* FFmpeg's 5 MB or seconds are enough */
    AQ_SOURCE_DEEP   /* as far as will be read */
} AqSourceDepth;
AQ_MUST_CHECK AqErr aq_source_open(AqSource *in, const char *path,
                                   const AqMediaOptions *how, AqSourceDepth *depth);
void aq_source_close(AqSource *in);
/* AQ_ERR_MEDIA with FFmpeg's reason; AQ_ERR_CANCELLED where it was stopped. */
AqErr aq_source_fail(const char *path, const char *what, int averror);
/* `err`, or AQ_ERR_IO where the system refused a read on the way: FFmpeg takes that for
 * the end of the file, and what it made of the rest cannot be trusted. */
AqErr aq_source_read_fault(const AVIOContext *pb, const char *path, AqErr err);

/* ---- which track of several (tracks.c) ---- */

/* Does it show sound or picture, by what is known of it? */
int aq_tracks_show(const AVStream *st);
/* Cover art is not counted. */
int aq_tracks_count(const AVFormatContext *fmt, AqModality m);
/* From 1; NULL: there are fewer. */
AVStream *aq_tracks_get(const AVFormatContext *fmt, AqModality m, int number);
/* Of those that `tried` (nb_streams) does not have; picture: what the sound belongs to,
 * or NULL. NULL: there is none. */
AVStream *aq_tracks_best(AVFormatContext *fmt, AqModality m, const AVStream *picture,
                         const unsigned char *tried);
/* Which of several was taken. Gives. */
char *aq_tracks_note(const AVFormatContext *fmt, AqModality m, const AVStream *taken,
                     int asked);

/* ---- time 0 (origin.c) ---- */

/* A timestamp in microseconds; a decoded frame's, or `otherwise` where it has none; how
 * long a frame says that it lasts. The last two need the frame's time_base set. */
int64_t aq_base_us(AVRational base, int64_t ts);
int64_t aq_frame_us(const AVFrame *f, int64_t otherwise);
int64_t aq_frame_duration_us(const AVFrame *f);

/* What the first pass finds out. */
typedef struct AqOrigin {
    AqSourceDepth depth;
    int64_t first_us[AQ_N_MODALITIES]; /* of each stream; INT64_MAX: none seen */
    int64_t us;                        /* time 0: the earlier of them */
    int64_t length_us; /* of a sound file's packets, if it takes no more than what will
                          be read; 0: it is no sound file, or they do not say */
} AqOrigin;

/* Opens the clip and decodes until each stream has shown something, if it takes all of
 * the file to see that one never does. AQ_ERR_MEDIA where nothing can be decoded. */
AQ_MUST_CHECK AqErr aq_source_origin(AqOrigin *out, const char *path,
                                     const AqMediaOptions *how);

/* Sound and nothing else, in a format that libsndfile is at home in. */
int aq_source_is_sound_file(const AqSource *in);
/* Does libsndfile see in it what FFmpeg sees: rate, channels, length? */
int aq_source_agrees(const AqSource *in, const AqOrigin *o, const AqAudioFile *f,
                     int max_seconds);

/* ---- elementary streams (raw.c) ---- */

#define AQ_RAW_RATE 25 /* frames a second where the stream names none */
typedef struct AqRawClock {
    double at_us; /* of the next frame */
    int unnamed;  /* the stream names no rate */
} AqRawClock;

int aq_raw_is(const AVFormatContext *fmt);
/* The frame that a decoder gave next gets its time. */
void aq_raw_stamp(AqRawClock *r, const AVCodecContext *c, AVFrame *f);

/* ---- one line (clock.c) ---- */

typedef struct AqClockLine { /* of one stream; times after it was moved */
    int64_t last, turned;    /* ticks: the last timestamp, what wraps have added */
    int64_t shift_us;        /* what it is moved by */
    int64_t at_us, end_us;   /* how far it has come: decoding, presenting */
    int64_t step_us;         /* of the last packet whose duration is known */
    int begun, anew;         /* has come to something; but begins anew */
} AqClockLine;

typedef struct AqClock {
    const AqSource *in;
    AqClockLine line[AQ_N_MODALITIES];
    int64_t shift_us; /* of the last jump */
    int may_jump;     /* the format is known for it */
    int is_told;      /* the file says of each sample when it is shown */
    int waiting;      /* the stream that is held back at a jump; -1: none */
    int64_t jump_us, held_us, other_us; /* its first, its last; where the other was */
    AVPacket **queue; /* (room): n_taken are gone, up to n_ready they are to go */
    int n_taken, n_ready, n_queued, room;
    int64_t bytes;
    int ended; /* what reading said */
    int n_jumps;
    int64_t first_jump_us;
} AqClock;

void aq_clock_init(AqClock *c, const AqSource *in);
void aq_clock_clear(AqClock *c);
/* As av_read_frame(), the chosen streams only, their timestamps on one line and in the
 * input's base. */
int aq_clock_read(AqClock *c, AVPacket *p);

/* ---- looking ahead (ahead.c) ---- */

#define AQ_AHEAD 17 /* H.264 and HEVC reorder at most 16 frames */
typedef struct AqAhead {
    AVRational base;
    int64_t origin_us, first_us; /* time 0, the first picture */
    AVPacket *waiting[AQ_AHEAD]; /* a ring of n from `first` on */
    int64_t passed[AQ_AHEAD];    /* timestamps of those that left last */
    int first, n, n_passed;
    int64_t last_step_us;
    int rates[AQ_MEDIA_MAX_PLANS + 1], n_rates; /* rows a second that are wanted */
    int n_unstamped;  /* frames whose successor cannot be told */
    int steps_differ; /* how often the time to the next frame changed, of the others */
} AqAhead;

/* Rows a second are added to a->rates afterwards. */
AQ_MUST_CHECK AqErr aq_ahead_init(AqAhead *a, AVRational base, int64_t origin_us,
                                  int64_t first_us);
void aq_ahead_clear(AqAhead *a);
int aq_ahead_full(const AqAhead *a);
void aq_ahead_put(AqAhead *a, AVPacket *p); /* takes what is in p; not when full */
/* The oldest, into `out`; 0: there is none. idle: nobody will be shown its frame. */
int aq_ahead_take(AqAhead *a, AVPacket *out, int *idle);

/* ---- sound (audio.c): placed samples at AQ_MEDIA_RATE ---- */

struct SwrContext;
typedef struct AqTrack {
    struct SwrContext *swr; /* NULL while rates agree */
    int rate;               /* of the input */
    float *mono;            /* scratch: one block */
    int mono_room;
    int16_t *pcm; /* (most_seconds * rate) samples from time 0 on, as far as made */
    int64_t n, room, most;
    unsigned char *real; /* (most_seconds) seconds that have true samples */
    int64_t end_us;      /* of the last true sample */
    int n_gaps, n_overlaps;
} AqTrack;

AQ_MUST_CHECK AqErr aq_track_init(AqTrack *t, int most_seconds);
void aq_track_clear(AqTrack *t);
/* n mono samples at `rate` that begin at `at_us` from time 0; AQ_TRACK_NEXT: behind
 * those that are there. */
#define AQ_TRACK_NEXT INT64_MIN
AQ_MUST_CHECK AqErr aq_track_add(AqTrack *t, float *mono, int n, int rate,
                                 int64_t at_us);
AQ_MUST_CHECK AqErr aq_track_flush(AqTrack *t);
static inline int aq_track_full(const AqTrack *t)
{
    return t->n >= t->most;
}
/* Mean of the channels of a decoded frame, -1 .. 1; AQ_ERR_UNSUPPORTED for exotic
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
/* The frame upright in RGB; result in p->turned or p->rgb. */
AQ_MUST_CHECK AqErr aq_picture_convert(AqPicture *p, const AVFrame *f,
                                       const uint8_t **rgb);
void aq_picture_clear(AqPicture *p);

/* ---- the picture's clock (show.c): `shown` is on display until `fresh` is ---- */

typedef struct AqShow {
    int64_t origin_us; /* time 0; all times below count from it */
    int64_t most_us;   /* what comes later is not shown */
    AVFrame *shown, *fresh;
    int64_t shown_us, fresh_us;
    int64_t last_step_us; /* between frames, for the last one's duration */
    int has_shown, has_fresh;
    int number;     /* of the shown frame, from 1 on */
    int over;       /* a frame came that is later than most_us */
    int64_t end_us; /* of the last frame; 0: not known yet */
    int n_backward, n_pictures, steps_differ;
} AqShow;

AQ_MUST_CHECK AqErr aq_show_init(AqShow *s, int64_t origin_us, int most_seconds);
void aq_show_clear(AqShow *s);
/* A decoded frame becomes the fresh one, unless it goes back in time; takes what is in
 * it. */
void aq_show_take(AqShow *s, AVFrame *got);
/* The fresh frame is on display now. */
void aq_show_next(AqShow *s);
/* Where none follows: until when the shown frame is on display, in end_us. */
void aq_show_find_end(AqShow *s);

/* ---- what is wanted of the picture (want.c): rows of one plan ---- */

typedef struct AqWant {
    AqRowPlan plan;
    int index;         /* among the options' pictures; -1: nobody's */
    AqPicture picture; /* its own, as a row may wait in it */
    const uint8_t *rgb;
    int converted;       /* number of the frame that is in it; 0: none */
    int n_errors;        /* pictures that could not be converted */
    int most;            /* rows */
    int next, begun;     /* parts of a second: row to find a frame for */
    int held;            /* the one before it has its frame, and may be a rest */
    unsigned char *real; /* (most) rows that were handed out with a picture */
    int n_frames;        /* clips: of the whole video */
    int frame[AQ_ROWS_MOST_CLIPS]; /* clips: the next of each */
    int64_t from_us[AQ_ROWS_MOST_CLIPS];
} AqWant;

/* n_frames: of the video, for clips. */
AQ_MUST_CHECK AqErr aq_want_init(AqWant *w, AqRowPlan plan, int index, int most_seconds,
                                 int n_frames);
void aq_want_clear(AqWant *w);
/* Nothing more is wanted, whatever follows. */
int aq_want_is_full(const AqWant *w, const AqShow *s);

typedef enum AqWantStep {
    AQ_WANT_WAITS, /* for the next frame */
    AQ_WANT_MOVED, /* look again */
    AQ_WANT_GAVE   /* an event */
} AqWantStep;
/* ended: no frame will follow. */
AQ_MUST_CHECK AqErr aq_want_step(AqWant *w, AqShow *s, int ended, AqMediaEvent *e,
                                 AqWantStep *did);

/* ---- all of it (media.c), and what is said of it (notes.c) ---- */

#define AQ_MEDIA_NOTES_BYTES 1024

struct AqMedia {
    char *path;
    AqMediaOptions how;
    int own_fd; /* opened here; 0: none */
    AqSource in;
    AqClock clock;
    AqAudioFile *sound; /* instead of `in`'s sound, for sound files */
    AqOrigin origin;
    AVPacket *packet;
    AqAhead ahead; /* of the picture */
    AqShow show;
    AqWant *want;   /* (n_wants); the first is of seconds, which the facts are of */
    int n_wants;    /* 0: frames are only counted */
    AVFrame *frame; /* as it comes out of a decoder */
    AqRawClock raw;
    AqTrack track;
    int audio_next; /* second to hand out */
    int16_t second[AQ_MEDIA_RATE];
    int read_all;                 /* the demuxer has no more */
    int flushed;                  /* the decoders know it */
    int drained[AQ_N_MODALITIES]; /* the decoder has no more */
    int n_errors;                 /* decoding */
    int64_t sound_at;             /* samples read of `sound` */
    int disagrees;                /* libsndfile sees something else in the file */
    AqErr broken;                 /* reading stopped early */
    char broken_why[128];
    int finished;
    int n_seconds;
    unsigned char *presence[AQ_N_MODALITIES];
    char notes[AQ_MEDIA_NOTES_BYTES];
};

void aq_media_write_notes(AqMedia *m);

#endif
