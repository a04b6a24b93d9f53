/*
 * Turns a clip into network inputs: reads the media, lets each network's front end
 * (extract/input/input.h) prepare its rows, and hands them on in chunks of a fixed
 * number of rows. The division into chunks depends only on the clip, so that features
 * are byte-identical for any number of workers. Or, instead, makes what a page shows of
 * the clip.
 */
#ifndef AQ_PIPELINE_DECODER_DECODE_H
#define AQ_PIPELINE_DECODER_DECODE_H
#include "base/modality.h"
#include "extract/input/input.h"
#include "extract/media/media.h"
#include "extract/media/thumb.h"

#include <stddef.h>

#define AQ_DECODE_MAX_INPUTS 8

/* One of the inputs requested of a clip. */
typedef struct AqDecodeInput {
    AqInput input;
    int chunk_rows; /* rows handed on together; at least 1 */
} AqDecodeInput;

/* Rows of one input, ready for its network. */
typedef struct AqChunk AqChunk;
struct AqChunk {
    int input; /* index in the plan's inputs */
    AqModality modality;
    int n, room;     /* rows in it, and its capacity */
    int *row;        /* (room) their numbers in the clip, ascending */
    AqRowSpan *span; /* (room) when they begin and end */
    size_t in_each;  /* values per row */
    float *in;       /* (room, in_each) */
    float *out;      /* (n, out_each) once the network has run */
    AqChunk *next;   /* for use by the receiver */
    void *clip;      /* for use by the receiver */
};
typedef struct AqDecodePlan AqDecodePlan;
/* An empty chunk for plan->inputs[input]. Gives. */
AQ_MUST_CHECK AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, int input);
void aq_chunk_free(AqChunk **c);

/* What a page shows of one second. */
#define AQ_GLIMPSE_PEAKS 40
#define AQ_GLIMPSE_SIDE  320 /* pixels of the picture's long side, at most */
typedef struct AqGlimpse {
    AqModality modality;
    int second;
    float peaks[AQ_GLIMPSE_PEAKS]; /* sound: largest magnitude of each part, 0 .. 1 */
    AqThumb thumb;                 /* the picture */
    /* Instead of these, if the plan has a whole_rate; borrowed. `second` is then the
     * row's number. */
    const int16_t *pcm; /* sound: (AQ_MEDIA_RATE) */
    const uint8_t *rgb; /* the picture, upright: (height, width, 3) */
    int width, height, stride;
} AqGlimpse;

struct AqDecodePlan {
    int n_inputs;
    AqDecodeInput inputs[AQ_DECODE_MAX_INPUTS];
    int max_seconds;
    int fd;          /* the clip, as in AqMediaOptions */
    int audio_track; /* as in AqMediaOptions */
    AqMediaLimits limits;
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    /* Takes the chunk on AQ_OK. */
    AqErr (*give)(void *ctx, AqChunk *chunk);
    /* If not NULL: gets glimpses of both streams instead of chunks; borrowed for the
     * call. */
    AqErr (*see)(void *ctx, const AqGlimpse *g);
    int whole_rate; /* not 0: `see` gets whole seconds of sound, and whole pictures, as
                       many a second (as of an AqRowPlan) */
    void *ctx;
};

/* What is known about the clip at its end. */
typedef struct AqDecoded {
    AqMediaFacts facts;                       /* text in it owned here */
    unsigned char *presence[AQ_N_MODALITIES]; /* (n_seconds) */
    AqMediaTrack *tracks;
} AqDecoded;

/* Errors of the clip (AQ_ERR_MEDIA etc.) are passed on. */
AQ_MUST_CHECK AqErr aq_decode_clip(AqDecoded *out, const char *path,
                                   const AqDecodePlan *plan);
void aq_decoded_clear(AqDecoded *d);

/* How clips become this input, as canonical text: media's recipe, the front end's
 * recipe, and what rows stand for unless they are seconds. Rows made under another text
 * are stale. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_decode_sampling(const AqInput *in, char **text);

#endif
