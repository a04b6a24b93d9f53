/*
 * Decoding in a process of its own, one clip after another. A decoder that crashes,
 * hangs or eats memory takes its clip along and nothing else: the process is ended, a
 * new one is made for the next clip. Media is untrusted input, and FFmpeg is where it
 * is taken apart: the process has shut itself in (pipeline/decoder/confine) before it
 * is asked for anything, and is handed each clip's open descriptor.
 *
 * The process is this program again (/proc/self/exe with AQ_DECODER_ARG), which main()
 * hands to aq_decoder_serve() before anything else. What it sends is checked here like
 * a file's content.
 */
#ifndef AQ_PIPELINE_DECODER_DECODER_H
#define AQ_PIPELINE_DECODER_DECODER_H
#include "pipeline/decoder/confine.h"
#include "pipeline/decoder/decode.h"

#define AQ_DECODER_ARG "--decode-clips"
#define AQ_DECODER_FD  3 /* of that process: the socket */

typedef struct AqDecoder AqDecoder; /* one thread's */

typedef struct AqDecoderBounds {
    int clip_seconds;     /* decoding a clip may take; waiting for whoever takes its
                             chunks does not count; 0: any time */
    int64_t memory_bytes; /* of the process, beyond what it has at its start; 0: any */
} AqDecoderBounds;

/* Where nobody says otherwise. */
#define AQ_DECODER_SECONDS   600
#define AQ_DECODER_MEGABYTES 2048
#define AQ_DECODER_BOUNDS                                                              \
    {                                                                                  \
        .clip_seconds = AQ_DECODER_SECONDS,                                            \
        .memory_bytes = AQ_DECODER_MEGABYTES * 1000000LL                               \
    }

/* Makes no process yet. */
AQ_MUST_CHECK AqErr aq_decoder_new(AqDecoder **out, const AqDecoderBounds *bounds);
/* Ends the process. NULL is fine. */
void aq_decoder_free(AqDecoder **d);

/* As aq_decode_clip(). A crash, too long a time and too much memory are AQ_ERR_MEDIA,
 * and the sentence says which. */
AQ_MUST_CHECK AqErr aq_decoder_clip(AqDecoder *d, AqDecoded *out, const char *path,
                                    const AqDecodePlan *plan);

/* The same with a decoder for this clip alone, within AQ_DECODER_BOUNDS. */
AQ_MUST_CHECK AqErr aq_decoder_one_clip(AqDecoded *out, const char *path,
                                        const AqDecodePlan *plan);

/* What the process is confined by; starts it if need be. */
AQ_MUST_CHECK AqErr aq_decoder_confined(AqDecoder *d, AqConfined *out);

/* Whether the last failure was for want of memory, which another time there may be. */
int aq_decoder_ran_out(const AqDecoder *d);

/* The process's start: it shuts itself in, and says so. An error ends it. */
AQ_MUST_CHECK AqErr aq_decoder_begin(int fd);

/* What the process does after that, and this does both: decodes what comes in on `fd`
 * until it closes. Gives the exit status. */
int aq_decoder_serve(int fd);

#endif
