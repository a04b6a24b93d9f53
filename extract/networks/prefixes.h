/*
 * What stands before a network's tensors in a file ("module.", "encoder_q."), found by
 * a tensor that each such network has once. Files of momentum encoders, of student and
 * teacher and of moving averages hold several networks: which is meant is not guessed.
 */
#ifndef AQ_EXTRACT_NETWORKS_PREFIXES_H
#define AQ_EXTRACT_NETWORKS_PREFIXES_H
#include "model/weights/weights.h"

enum { AQ_PREFIXES_MAX = 8, AQ_PREFIX_BYTES = 64 };

typedef struct AqPrefixes {
    int n;                 /* may be more than are listed */
    const AqWeight *first; /* the tensor of the first one */
    char v[AQ_PREFIXES_MAX][AQ_PREFIX_BYTES];
} AqPrefixes;

/* Adds those of the arrays of four dimensions whose names end in `leaf`, as a whole
 * part. Ones that are longer than AQ_PREFIX_BYTES are left out. */
void aq_prefixes_find(AqPrefixes *io, const AqWeights *w, const char *leaf);

/* AQ_ERR_MISMATCH where there are several, with what they are and how to choose. */
AQ_MUST_CHECK AqErr aq_prefixes_check(const AqPrefixes *p, const AqWeights *w);

#endif
