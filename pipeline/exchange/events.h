/*
 * TensorBoard event files: TensorFlow record framing (tensorflow/core/lib/io/
 * record_writer.cc) around Event messages (tensorflow/core/util/event.proto), each with
 * one scalar (tensorflow/core/framework/summary.proto). Little-endian throughout.
 */
#ifndef AQ_PIPELINE_EXCHANGE_EVENTS_H
#define AQ_PIPELINE_EXCHANGE_EVENTS_H
#include "base/fs/fs.h"

typedef struct AqEvents {
    AqFsWriter f;
    AqErr err; /* stays at the first error */
} AqEvents;

/* TensorBoard recognises a file by "tfevents" in its name and names the run after its
 * folder. `wall_s` is Unix time here and below. */
void aq_events_begin(AqEvents *e, const char *path, double wall_s);

/* `tag` is at most 200 bytes long. */
void aq_events_scalar(AqEvents *e, double wall_s, int64_t step, const char *tag,
                      double value);

/* Commits the file, or after an error removes it and returns that error. */
AQ_MUST_CHECK AqErr aq_events_end(AqEvents *e);

#endif
