/*
 * Several stores into one: what each worker of a cluster made, or what was made on
 * several machines. Videos, features with what made them, and annotations are merged;
 * runs are not: a run has nothing but a number to be told by, so a second merge would
 * double it, and it stays where it was made.
 *
 * Rows are told apart by what they are (video by name and content, feature row by video
 * and make and digest), so the order of the sources does not matter for the features,
 * and merging again changes nothing. Everything is compared before anything is written:
 * what is refused leaves the target as it was.
 */
#ifndef AQ_STORE_MERGE_MERGE_H
#define AQ_STORE_MERGE_MERGE_H
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

#define AQ_MERGE_MAX_SOURCES 128

/* Whose to take where two differ: the number of a source, n_sources for the target, or
 * one of these. */
enum { AQ_MERGE_REFUSE = -2, AQ_MERGE_NEWEST = -1 };

/* Of features of one kind by several makes (extractor, version, weights, precision,
 * sampling), unless the target has them all already. */
typedef enum AqMergeMakes {
    AQ_MERGE_ONE_MAKE,    /* refuse */
    AQ_MERGE_ALL_MAKES,   /* keep them side by side */
    AQ_MERGE_NEWEST_MAKE, /* take that whose features were made last */
    AQ_MERGE_NAMED_MAKES  /* take those of `names`; a kind that none names: refuse */
} AqMergeMakes;

typedef struct AqMergeSummary {
    int64_t n_total, n_seen;         /* rows of videos in the sources */
    int64_t n_added, n_changed;      /* videos that the target did not have, or had as
                                        failed, with other content or fewer features */
    int64_t n_features, n_bytes;     /* feature rows copied, and their data */
    int64_t n_questions;             /* annotations copied */
    int64_t n_damaged, n_not_copied; /* rows that do not verify; videos left out because
                                        none of their rows does. Both were told of */
    int64_t n_other_makes;           /* feature rows of makes that were not asked for */
} AqMergeSummary;

typedef struct AqMergePlan {
    const char *into;           /* made if absent; must not be among the sources */
    const char *const *sources; /* opened for reading */
    int n_sources;              /* 1..AQ_MERGE_MAX_SOURCES */
    int prefer;
    AqMergeMakes makes;
    const char *const *names; /* NAMED: as of aq_provenance_is_called(), each of one */
    int n_names;
    int timeout_ms;       /* how long to wait for another writer; 0: as a store does */
    AqStoreFaultFn fault; /* told of what is not copied; NULL is fine */
    void (*seen)(void *ctx, const AqMergeSummary *so_far); /* NULL is fine */
    int (*stop)(void *ctx); /* asked between videos; NULL: never */
    void *ctx;              /* for the three */
} AqMergePlan;

/* AQ_ERR_MISMATCH with a sentence that names both where two stores disagree and the
 * plan does not say whose to take. AQ_ERR_CANCELLED when stopped: what is done is in
 * the target, and the same merge goes on from there. */
AQ_MUST_CHECK AqErr aq_store_merge(const AqMergePlan *plan, AqMergeSummary *out);

#endif
