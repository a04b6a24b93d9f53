/*
 * Decodes clips one after another in a separate process. A crash, a hang or excessive
 * memory use costs only the current clip: the process is ended, and a new one is
 * started for the next clip. Media is untrusted input that FFmpeg parses, so the
 * process confines itself (pipeline/decoder/confine.h) before the first request, and
 * receives each clip as an open descriptor.
 *
 * The process runs avqa-decoder (pipeline/decoder_main.c), the only program that holds
 * code for media; whoever asks needs none. What it sends is checked like a file's
 * content.
 */
#ifndef AQ_PIPELINE_DECODER_DECODER_H
#define AQ_PIPELINE_DECODER_DECODER_H
#include "pipeline/decoder/confine.h"
#include "pipeline/decoder/decode.h"

#define AQ_DECODER_ARG "--decode-clips"
#define AQ_DECODER_FD  3 /* that process's end of the socket */

typedef struct AqDecoder AqDecoder; /* for one thread */

typedef struct AqDecoderBounds {
    int clip_seconds;     /* to decode one clip, without waiting for the receiver of its
                             chunks; 0: no limit */
    int64_t memory_bytes; /* of the process, above its use at start; 0: no limit */
    const char *program;  /* to run; borrowed. NULL: see aq_decoder_program() */
} AqDecoderBounds;

/* Defaults. */
#define AQ_DECODER_SECONDS   600
#define AQ_DECODER_MEGABYTES 2048
#define AQ_DECODER_BOUNDS                                                              \
    {                                                                                  \
        .clip_seconds = AQ_DECODER_SECONDS,                                            \
        .memory_bytes = AQ_DECODER_MEGABYTES * 1000000LL                               \
    }

/* Does not start the process yet. */
AQ_MUST_CHECK AqErr aq_decoder_new(AqDecoder **out, const AqDecoderBounds *bounds);
/* Ends the process. NULL is fine. */
void aq_decoder_free(AqDecoder **d);

/* Like aq_decode_clip(). A crash, a timeout and exceeding the memory limit are
 * AQ_ERR_MEDIA; the message says which. */
AQ_MUST_CHECK AqErr aq_decoder_clip(AqDecoder *d, AqDecoded *out, const char *path,
                                    const AqDecodePlan *plan);

/* The same with a decoder for this clip only, within AQ_DECODER_BOUNDS. */
AQ_MUST_CHECK AqErr aq_decoder_one_clip(AqDecoded *out, const char *path,
                                        const AqDecodePlan *plan);

/* How the process is confined; starts it if need be. */
AQ_MUST_CHECK AqErr aq_decoder_confined(AqDecoder *d, AqConfined *out);

/* Was the last failure due to lack of memory, so that a retry may succeed? */
int aq_decoder_ran_out(const AqDecoder *d);

/* Run in the process first: confines it and reports that. An error ends it. */
AQ_MUST_CHECK AqErr aq_decoder_begin(int fd);

/* Run in the process: calls aq_decoder_begin(), then serves requests on `fd` until it
 * is closed. Returns the exit status. */
int aq_decoder_serve(int fd);

#endif
