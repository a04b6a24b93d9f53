/*
 * What a decoder's two sides say to each other, over a socket, as one program talks to
 * itself: the host's own layout, and every size checked by whoever reads.
 */
#ifndef AQ_PIPELINE_DECODER_DECODER_WIRE_H
#define AQ_PIPELINE_DECODER_DECODER_WIRE_H
#include "base/text/log.h"
#include "pipeline/decoder/confine.h"
#include "pipeline/decoder/decode.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_WIRE_MAX_TEXT  4096 /* bytes of a path, a sentence, notes */
#define AQ_WIRE_MAX_LINES 200  /* of log, a clip */

/* To the decoder, once, before it shuts itself in. */
typedef struct AqWireHello {
    int64_t memory_bytes;
    int32_t confine; /* AqConfineMode */
} AqWireHello;

/* One of the inputs that are wanted: its front end goes by its name. */
typedef struct AqWireInput {
    char front_end[AQ_INPUT_MAX_NAME];
    AqRowPlan plan;
    int32_t dims[3], chunk_rows;
    unsigned char config[AQ_INPUT_MAX_CONFIG];
} AqWireInput;

/* To the decoder: this with the clip's descriptor, and path_bytes of its name. */
typedef struct AqWireRequest {
    int32_t max_seconds, audio_track, log_level;
    int32_t glimpses; /* instead of chunks */
    AqMediaLimits limits;
    int32_t n_inputs;
    AqWireInput inputs[AQ_DECODE_MAX_INPUTS];
    uint32_t path_bytes;
} AqWireRequest;

typedef enum AqWireKind {
    AQ_WIRE_READY = 0x41515701, /* once: AqConfined */
    AQ_WIRE_TRIED,              /* code is a system call's number; it ends */
    AQ_WIRE_CHUNK,              /* of an input: n rows' numbers (int32), n AqRowSpans,
                                   then n * in_each floats */
    AQ_WIRE_GLIMPSE,            /* AqWireGlimpse, then peaks or planes */
    AQ_WIRE_LOG,                /* code is the level; the text */
    AQ_WIRE_DONE,               /* AqWireFacts, presence of both, notes */
    AQ_WIRE_FAILED /* also instead of AQ_WIRE_READY; code is the AqErr; the sentence */
} AqWireKind;

/* From the decoder: this, and what the kind says. */
typedef struct AqWireReply {
    uint32_t kind;
    int32_t code;
    int32_t source; /* of a chunk: its input; of a glimpse: its AqModality */
    int32_t n;
    uint32_t text_bytes;
} AqWireReply;

typedef struct AqWireGlimpse {
    int32_t second, width, height; /* these of the picture; else 0 */
} AqWireGlimpse;

typedef struct AqWireFacts {
    int64_t duration_us;
    int32_t n_seconds, has_audio, has_video, n_pictures, width, height, rotation;
} AqWireFacts;

/* All of it, or AQ_ERR_IO: the other side is gone. No SIGPIPE. */
AQ_MUST_CHECK AqErr aq_wire_send(int fd, const void *data, size_t bytes);
/* The same; *waited_us grows by the time that nothing came, and past `most_us` (0: any)
 * it is AQ_ERR_CANCELLED with *late 1; with *late 0 where `stop` says so. */
typedef struct AqWireWait {
    int (*stop)(void *ctx); /* polled; may be NULL */
    void *ctx;
    int64_t waited_us, most_us;
    int late;
} AqWireWait;
AQ_MUST_CHECK AqErr aq_wire_receive(int fd, void *data, size_t bytes, AqWireWait *w);

/* The same with a descriptor, which stays the sender's too. Gives *handed; close(). No
 * descriptor is AQ_ERR_FORMAT. */
AQ_MUST_CHECK AqErr aq_wire_send_fd(int fd, const void *data, size_t bytes, int hand);
AQ_MUST_CHECK AqErr aq_wire_receive_fd(int fd, void *data, size_t bytes, int *handed,
                                       AqWireWait *w);

#endif
