/*
 * One of N parts of a data set's clips. A clip's part follows from its name alone, not
 * from its place in a list, so that adding or removing a file moves no other, and the N
 * parts together are the whole.
 */
#ifndef AQ_PIPELINE_INGEST_SHARD_H
#define AQ_PIPELINE_INGEST_SHARD_H
#include "base/err.h"

typedef struct AqShard {
    int index, count; /* index from 0; count 1 is everything */
    const char *from; /* where this comes from, for messages; static */
} AqShard;

/* Parses "I/N", I from 1. AQ_ERR_USAGE if it is invalid. */
AQ_MUST_CHECK AqErr aq_shard_parse(AqShard *out, const char *text);

/*
 * From the environment: the index in a Slurm array (SLURM_ARRAY_TASK_ID, _MIN, _MAX,
 * _STEP), combined with the rank among processes started together (aq_launch()). Count
 * 1 if there is neither. AQ_ERR_USAGE if the array's numbers do not determine the
 * parts.
 */
AQ_MUST_CHECK AqErr aq_shard_from_env(AqShard *out);

/* Does the part contain `name`? By FNV-1a of the name, mixed, modulo the count. */
int aq_shard_has(const AqShard *s, const char *name);

#endif
