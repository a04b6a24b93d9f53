/*
 * The messages between a decoder's two sides over a socket. Both are of one build,
 * which the first message says, so structs have the host's layout; the reader checks
 * every size.
 */
#ifndef AQ_PIPELINE_DECODER_DECODER_WIRE_H
#define AQ_PIPELINE_DECODER_DECODER_WIRE_H
#include "base/text/log.h"
#include "pipeline/decoder/confine.h"
#include "pipeline/decoder/decode.h"

#include <stddef.h>
#include <stdint.h>

#define AQ_WIRE_MAX_TEXT  4096 /* bytes of a path, a message, notes */
#define AQ_WIRE_MAX_LINES 200  /* log lines per clip */

/* To the decoder, once, before it confines itself. */
#define AQ_WIRE_MAX_VERSION 32
typedef struct AqWireHello {
    char version[AQ_WIRE_MAX_VERSION]; /* first, in all versions */
    int64_t memory_bytes;
    int32_t confine; /* AqConfineMode */
} AqWireHello;

/* One of the requested inputs; its front end is sent by name. */
typedef struct AqWireInput {
    char front_end[AQ_INPUT_MAX_NAME];
    AqRowPlan plan;
    int32_t dims[3], chunk_rows;
    unsigned char config[AQ_INPUT_MAX_CONFIG];
} AqWireInput;

/* To the decoder: this with the clip's descriptor, then path_bytes of its path. */
typedef struct AqWireRequest {
    int32_t max_seconds, audio_track, log_level;
    int32_t glimpses; /* instead of chunks */
    int32_t whole_rate;
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
    AQ_WIRE_GLIMPSE,            /* AqWireGlimpse, then peaks or planes, or samples or
                                   pixels */
    AQ_WIRE_LOG,                /* code is the level; the text */
    AQ_WIRE_DONE,               /* AqWireFacts, presence of both, tracks, notes */
    AQ_WIRE_FAILED /* also instead of AQ_WIRE_READY; code is the AqErr; the sentence */
} AqWireKind;

/* From the decoder: this, then the data of its kind. */
typedef struct AqWireReply {
    uint32_t kind;
    int32_t code;
    int32_t source; /* chunk: its input; glimpse: its AqModality */
    int32_t n;
    uint32_t text_bytes;
} AqWireReply;

typedef struct AqWireGlimpse {
    int32_t second, width, height; /* size of the picture; else 0 */
} AqWireGlimpse;

typedef struct AqWireFacts {
    int64_t duration_us;
    int32_t n_seconds, has_audio, has_video, n_pictures, width, height, rotation;
    int32_t n_tracks;
    char format[48];
} AqWireFacts;

/* Sends everything, or AQ_ERR_IO: the other side is gone. Raises no SIGPIPE. */
AQ_MUST_CHECK AqErr aq_wire_send(int fd, const void *data, size_t bytes);
/* Receives everything. waited_us grows by the time without data; past `most_us` (0: no
 * limit) the result is AQ_ERR_CANCELLED with `late` 1, and with `late` 0 if `stop`
 * returns true. */
typedef struct AqWireWait {
    int (*stop)(void *ctx); /* polled; may be NULL */
    void *ctx;
    int64_t waited_us, most_us;
    int late;
} AqWireWait;
AQ_MUST_CHECK AqErr aq_wire_receive(int fd, void *data, size_t bytes, AqWireWait *w);

/* The same with a descriptor, which the sender keeps too. Gives *handed; close().
 * AQ_ERR_FORMAT if no descriptor came. */
AQ_MUST_CHECK AqErr aq_wire_send_fd(int fd, const void *data, size_t bytes, int hand);
AQ_MUST_CHECK AqErr aq_wire_receive_fd(int fd, void *data, size_t bytes, int *handed,
                                       AqWireWait *w);

#endif
