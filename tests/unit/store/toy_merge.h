/* Merging for tests of it: two of the small stores into a third, and what to merge. */
#ifndef AQ_TESTS_TOY_MERGE_H
#define AQ_TESTS_TOY_MERGE_H
#include "store/merge/merge.h"
#include "tests/unit/store/toy_store.h"

/* Stores x and, unless it is NULL, y into another; `prefer` as in AqMergePlan. */
AqErr aq_toy_merge(const char *into, const char *x, const char *y, int prefer,
                   AqMergeMakes makes, AqMergeSummary *sum);

/* The same with nothing preferred, and of one make. */
AqErr aq_toy_merge_plain(const char *into, const char *x, const char *y,
                         AqMergeSummary *sum);

/* Fills aq_toy_a and aq_toy_b: five videos, of which one failed in one and is done in
 * the other, and a list of questions each. */
void aq_toy_two_stores(void);

#endif
