/*
 * From a clip to network inputs: reads the media, has each network's front end
 * (extract/input/input.h) prepare its rows of what it shows, and hands them on in
 * chunks of a fixed number of rows. How chunks are cut depends on the clip alone, so
 * that features are the same, byte for byte, however many workers there are. Or to what
 * a page shows of the clip.
 */
#ifndef AQ_PIPELINE_DECODER_DECODE_H
#define AQ_PIPELINE_DECODER_DECODE_H
#include "base/modality.h"
#include "extract/input/input.h"
#include "extract/media/media.h"
#include "extract/media/thumb.h"

#include <stddef.h>

#define AQ_DECODE_MAX_INPUTS 4

/* One of the inputs that are wanted of a clip. */
typedef struct AqDecodeInput {
    AqInput input;
    int chunk_rows; /* rows that are handed on together; over 0 */
} AqDecodeInput;

/* Rows of one input, ready for its network. */
typedef struct AqChunk AqChunk;
struct AqChunk {
    int input; /* of the plan's inputs this is which */
    AqModality modality;
    int n, room;     /* rows in it, and the most it holds */
    int *row;        /* (room) which rows of the clip these are, rising */
    AqRowSpan *span; /* (room) when they begin and end */
    size_t in_each;  /* values a row */
    float *in;       /* (room, in_each) */
    float *out;      /* (n, out_each) once the network has run */
    AqChunk *next;   /* for whoever collects them */
    void *clip;      /* for whoever sends them on */
};
typedef struct AqDecodePlan AqDecodePlan;
/* An empty one for plan->inputs[input]. Gives. */
AQ_MUST_CHECK AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, int input);
void aq_chunk_free(AqChunk **c);

/* What a page shows of one second. */
#define AQ_GLIMPSE_PEAKS 40
#define AQ_GLIMPSE_SIDE  320 /* pixels of the picture's long side, at most */
typedef struct AqGlimpse {
    AqModality modality;
    int second;
    float peaks[AQ_GLIMPSE_PEAKS]; /* of the sound: the largest magnitude of each part,
                                      0 .. 1 */
    AqThumb thumb;                 /* the picture */
} AqGlimpse;

struct AqDecodePlan {
    int n_inputs;
    AqDecodeInput inputs[AQ_DECODE_MAX_INPUTS];
    int max_seconds;
    int fd;          /* of the clip, as AqMediaOptions has it */
    int audio_track; /* as AqMediaOptions has it */
    AqMediaLimits limits;
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    /* Takes the chunk on AQ_OK. */
    AqErr (*give)(void *ctx, AqChunk *chunk);
    /* Not NULL: glimpses of both streams instead of chunks, borrowed for the call. */
    AqErr (*see)(void *ctx, const AqGlimpse *g);
    void *ctx;
};

/* What is known of the clip at its end. */
typedef struct AqDecoded {
    AqMediaFacts facts;                       /* text in it owned here */
    unsigned char *presence[AQ_N_MODALITIES]; /* (n_seconds) */
} AqDecoded;

/* Errors of the clip (AQ_ERR_MEDIA and the like) come back as they are. */
AQ_MUST_CHECK AqErr aq_decode_clip(AqDecoded *out, const char *path,
                                   const AqDecodePlan *plan);
void aq_decoded_clear(AqDecoded *d);

/* How clips become this input, as canonical text: what media does, the front end's
 * recipe, what rows stand for unless they are seconds. Rows made under another text are
 * stale. Gives; aq_free(). */
AQ_MUST_CHECK AqErr aq_decode_sampling(const AqInput *in, char **text);

#endif
