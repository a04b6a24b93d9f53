/*
 * Merges several stores into one: those of a cluster's workers, or of several machines.
 * Videos, features with their provenance, and annotations are merged; runs are not: a
 * run is identified only by a number, so a second merge would duplicate it.
 *
 * Rows are identified by what they are (a video by name and content, a feature row by
 * video, make and digest), so the order of the sources does not matter for the
 * features, and merging again changes nothing. Everything is compared before anything
 * is written: a refused merge leaves the target as it was.
 */
#ifndef AQ_STORE_MERGE_MERGE_H
#define AQ_STORE_MERGE_MERGE_H
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

#define AQ_MERGE_MAX_SOURCES 128

/* Which side wins if two differ: the index of a source, n_sources for the target, or
 * one of these. */
enum { AQ_MERGE_REFUSE = -2, AQ_MERGE_NEWEST = -1 };

/* What to do with features of one kind by several makes (extractor, version, weights,
 * precision, sampling), unless the target has them all already. */
typedef enum AqMergeMakes {
    AQ_MERGE_ONE_MAKE,    /* refuse */
    AQ_MERGE_ALL_MAKES,   /* keep them side by side */
    AQ_MERGE_NEWEST_MAKE, /* take the one whose features were made last */
    AQ_MERGE_NAMED_MAKES  /* take those in `names`; refuse if a kind has none named */
} AqMergeMakes;

typedef struct AqMergeSummary {
    int64_t n_total, n_seen;     /* video rows in the sources */
    int64_t n_added, n_changed;  /* videos new to the target; or there as failed, with
                                    other content or fewer features */
    int64_t n_features, n_bytes; /* feature rows copied, and their data */
    int64_t n_questions;         /* annotations copied */
    int64_t n_damaged, n_not_copied; /* damaged rows; videos left out because all their
                                        rows are. Both are reported */
    int64_t n_other_makes;           /* feature rows of makes not asked for */
} AqMergeSummary;

typedef struct AqMergePlan {
    const char *into;           /* created if absent; must not be among the sources */
    const char *const *sources; /* opened for reading */
    int n_sources;              /* 1..AQ_MERGE_MAX_SOURCES */
    int prefer;
    AqMergeMakes makes;
    const char *const *names; /* NAMED: as for aq_provenance_is_called(), one each */
    int n_names;
    int timeout_ms; /* how long to wait for another writer; 0: the store's default */
    AqStoreFaultFn fault; /* called for what is not copied; may be NULL */
    void (*seen)(void *ctx, const AqMergeSummary *so_far); /* may be NULL */
    int (*stop)(void *ctx); /* called between videos; may be NULL */
    void *ctx;              /* for the three */
} AqMergePlan;

/* AQ_ERR_MISMATCH, with a message that names both, if two stores disagree and the plan
 * does not say which wins. AQ_ERR_CANCELLED when stopped: what was done so far is in
 * the target, and the same merge continues from there. */
AQ_MUST_CHECK AqErr aq_store_merge(const AqMergePlan *plan, AqMergeSummary *out);

#endif
