/*
 * TensorBoard's event files: records framed as TensorFlow's (tensorflow/core/lib/io/
 * record_writer.cc), each an Event of tensorflow/core/util/event.proto, with a scalar
 * as tensorflow/core/framework/summary.proto has it. Little-endian throughout.
 */
#ifndef AQ_PIPELINE_EXCHANGE_EVENTS_H
#define AQ_PIPELINE_EXCHANGE_EVENTS_H
#include "base/fs/fs.h"

typedef struct AqEvents {
    AqFsWriter f;
    AqErr err; /* stays at the first error */
} AqEvents;

/* TensorBoard knows a file by "tfevents" in its name, and takes its folder's for a
 * run's. `wall_s` is Unix time, as everywhere here. */
void aq_events_begin(AqEvents *e, const char *path, double wall_s);

/* `tag` has 200 bytes at most. */
void aq_events_scalar(AqEvents *e, double wall_s, int64_t step, const char *tag,
                      double value);

/* Commits, or takes back what was written where there was an error, and gives it. */
AQ_MUST_CHECK AqErr aq_events_end(AqEvents *e);

#endif
