/*
 * Random subsets: which objects a relation looks at together. All of one size are
 * equally likely, and no subset is drawn twice.
 */
#ifndef AQ_MODEL_HCRN_SUBSETS_H
#define AQ_MODEL_HCRN_SUBSETS_H
#include "base/rng.h"

#include <stdint.h>

enum { AQ_SUBSETS_MOST_OBJECTS = 64 };

/* How many of `wanted` different subsets of k out of n objects there are. */
int aq_subsets_count(int n, int k, int wanted);

/* Draws that many (aq_subsets_count) subsets of k out of n: object j is in one if its
 * bit j is set. Each is the first k of a partial shuffle of 0 .. n-1 (Fisher and Yates,
 * Durstenfeld, 1964); one that is there already is drawn again. */
void aq_subsets_draw(AqRng *rng, int n, int k, int count, uint64_t *subsets);

#endif
