/*
 * Which clips a job is about: paths and lists of them, narrowed to those that
 * annotations ask about, and of these to this process's part.
 */
#ifndef AQ_PIPELINE_INGEST_FIND_H
#define AQ_PIPELINE_INGEST_FIND_H
#include "base/options/option.h"
#include "pipeline/inputs/scan.h"

typedef struct AqIngestWhich {
    const AqTextList *paths, *lists, *annotations; /* files; may be empty */
    const char *
        shard; /* "I/N", or NULL: what the environment says (pipeline/ingest/shard.h) */
} AqIngestWhich;

/* Says what was narrowed, and which videos that are asked about are not there. A part
 * may be empty; nothing at all is AQ_ERR_NOT_FOUND. Names out of annotations are
 * compared with those of files that were found, and never made into paths. */
AQ_MUST_CHECK AqErr aq_ingest_find(AqScan *out, const AqIngestWhich *which);

#endif
