/*
 * A part of a data set's clips: the I-th of N. Which part a clip belongs to follows
 * from its name alone, not from its place in a list, so that adding or losing a file
 * moves no other, and the N parts together are the whole.
 */
#ifndef AQ_PIPELINE_INGEST_SHARD_H
#define AQ_PIPELINE_INGEST_SHARD_H
#include "base/err.h"

typedef struct AqShard {
    int index, count; /* index from 0; count 1 is everything */
    const char *from; /* where this was read, for people; static */
} AqShard;

/* "I/N", I from 1. AQ_ERR_USAGE with the sentence. */
AQ_MUST_CHECK AqErr aq_shard_parse(AqShard *out, const char *text);

/*
 * What the environment says: the place in a Slurm array (SLURM_ARRAY_TASK_ID, _MIN,
 * _MAX, _STEP), and within it the rank among processes that were started together
 * (aq_launch()). Count 1 where there is neither. AQ_ERR_USAGE where an array's numbers
 * do not say which parts there are.
 */
AQ_MUST_CHECK AqErr aq_shard_from_env(AqShard *out);

/* FNV-1a of the name, its bits mixed, modulo the count. */
int aq_shard_has(const AqShard *s, const char *name);

#endif
