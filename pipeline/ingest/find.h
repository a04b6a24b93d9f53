/*
 * Finds a job's clips: paths and lists of them, narrowed to those that annotations ask
 * about, and then to this process's part.
 */
#ifndef AQ_PIPELINE_INGEST_FIND_H
#define AQ_PIPELINE_INGEST_FIND_H
#include "base/options/option.h"
#include "pipeline/inputs/scan.h"

typedef struct AqIngestWhich {
    const AqTextList *paths, *lists, *annotations; /* files; may be empty */
    const char *shard; /* "I/N"; NULL: from the environment (shard.h) */
} AqIngestWhich;

/* Logs how the list was narrowed and which videos asked about are missing. A part may
 * be empty; AQ_ERR_NOT_FOUND if there are no clips at all. Names from annotations are
 * only compared with names of files found, never used as paths. */
AQ_MUST_CHECK AqErr aq_ingest_find(AqScan *out, const AqIngestWhich *which);

#endif
