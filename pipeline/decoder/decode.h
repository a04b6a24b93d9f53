/*
 * From a clip to network inputs: reads the media, turns each second into a log-mel
 * patch or a normalised frame, and hands them on in chunks of a fixed number of
 * seconds. How chunks are cut depends on the clip alone, so that features are the same,
 * byte for byte, however many workers there are. Or to what a page shows of the clip.
 */
#ifndef AQ_PIPELINE_DECODER_DECODE_H
#define AQ_PIPELINE_DECODER_DECODE_H
#include "base/modality.h"
#include "extract/media/media.h"
#include "extract/media/thumb.h"

#include <stddef.h>

/* Seconds of one modality, ready for its network. */
typedef struct AqChunk AqChunk;
struct AqChunk {
    AqModality modality;
    int n, room;    /* seconds in it, and the most it holds */
    int *second;    /* (room) which seconds of the clip these are, rising */
    size_t in_each; /* values a second */
    float *in;      /* (room, in_each) */
    float *out;     /* (n, out_each) once the network has run */
    AqChunk *next;  /* for whoever collects them */
    void *clip;     /* for whoever sends them on */
};
typedef struct AqDecodePlan AqDecodePlan;
/* An empty one, as large as the plan says. Gives. */
AQ_MUST_CHECK AqErr aq_chunk_new(AqChunk **out, const AqDecodePlan *plan, AqModality m);
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
    int want[AQ_N_MODALITIES];
    int chunk_seconds[AQ_N_MODALITIES];
    AqFramesConfig frames; /* how pictures are prepared */
    int max_seconds;
    int fd;          /* of the clip, as AqMediaOptions has it */
    int audio_track; /* as AqMediaOptions has it */
    AqMediaLimits limits;
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    /* Takes the chunk on AQ_OK. */
    AqErr (*give)(void *ctx, AqChunk *chunk);
    /* Not NULL: glimpses instead of chunks, borrowed for the call. */
    AqErr (*see)(void *ctx, const AqGlimpse *g);
    void *ctx;
};

/* What is known of the clip at its end. */
typedef struct AqDecoded {
    AqMediaFacts facts;                       /* text in it owned here */
    unsigned char *presence[AQ_N_MODALITIES]; /* (n_seconds); all 0 if not wanted */
} AqDecoded;

/* Errors of the clip (AQ_ERR_MEDIA and the like) come back as they are. */
AQ_MUST_CHECK AqErr aq_decode_clip(AqDecoded *out, const char *path,
                                   const AqDecodePlan *plan);
void aq_decoded_clear(AqDecoded *d);

#endif
