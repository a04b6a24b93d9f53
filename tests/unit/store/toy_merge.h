/* Helpers for tests of merging: merge two small stores into a third, and fill two. */
#ifndef AQ_TESTS_TOY_MERGE_H
#define AQ_TESTS_TOY_MERGE_H
#include "store/merge/merge.h"
#include "tests/unit/store/toy_store.h"

/* Merges stores x and, unless NULL, y into another; `prefer` as in AqMergePlan. */
AqErr aq_toy_merge(const char *into, const char *x, const char *y, int prefer,
                   AqMergeMakes makes, AqMergeSummary *sum);

/* The same with no preference, and for a single make. */
AqErr aq_toy_merge_plain(const char *into, const char *x, const char *y,
                         AqMergeSummary *sum);

/* Fills aq_toy_a and aq_toy_b: five videos, one of which failed in one store and is
 * done in the other, and a list of questions in each. */
void aq_toy_two_stores(void);

#endif
