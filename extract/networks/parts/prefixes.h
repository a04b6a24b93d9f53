/*
 * Prefixes of a network's tensor names in a file ("module.", "encoder_q."), found by a
 * tensor that each such network has exactly once. Files with momentum encoders, student
 * and teacher, or moving averages hold several networks; which one to use is never
 * guessed.
 */
#ifndef AQ_EXTRACT_NETWORKS_PARTS_PREFIXES_H
#define AQ_EXTRACT_NETWORKS_PARTS_PREFIXES_H
#include "model/nn/params.h"
#include "model/weights/weights.h"

enum { AQ_PREFIXES_MAX = 8, AQ_PREFIX_BYTES = 64 };

typedef struct AqPrefixes {
    int n;                 /* may exceed the number listed */
    const AqWeight *first; /* the first one's tensor */
    char v[AQ_PREFIXES_MAX][AQ_PREFIX_BYTES];
} AqPrefixes;

/* What a way of naming a network's tensors is known by: an array of n_dims dimensions
 * whose name ends in the whole component `leaf`, and an array `beside` behind the same
 * prefix that other networks have not (NULL: none is needed). */
typedef struct AqPrefixMark {
    const char *leaf, *beside;
    int n_dims;
} AqPrefixMark;

/* Which of the n namings a file has: the first whose mark is there, and its prefixes;
 * -1, and none, if it has none. Prefixes longer than AQ_PREFIX_BYTES are skipped. */
int aq_prefixes_find(AqPrefixes *out, const AqWeights *w, const AqPrefixMark *marks,
                     int n);

/* The prefix that was found. AQ_ERR_MISMATCH if there are several; the message lists
 * them and says how to choose. */
AQ_MUST_CHECK AqErr aq_prefixes_take(char prefix[AQ_PREFIX_BYTES], const AqPrefixes *p,
                                     const AqWeights *w);

/* Writes prefix, the first n bytes of name, `which` and rest, one after another. A name
 * that is too long is cut, and then no tensor matches it. */
void aq_prefixes_join(AqParamSource *to, const char *prefix, const char *name, int n,
                      const char *which, const char *rest);

#endif
