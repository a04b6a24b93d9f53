/*
 * Giving room back. Without a flag nothing goes but makes that no feature row refers
 * to; then free pages are given back to the file system and the log is emptied.
 */
#ifndef AQ_STORE_UPKEEP_GC_H
#define AQ_STORE_UPKEEP_GC_H
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

typedef struct AqGcPlan {
    int superseded; /* features of a video of which it has newer ones of the same kind,
                       by another make */
    int asked;      /* all of AQ_DATASET_ASKED */
    int missing;    /* failed videos whose file is gone and that have no features */
    int dry_run;    /* only counts */
    /* Told of each thing that goes: "superseded", the video, the make's line;
     * "missing" and "asked", the video, its path; "make", its line, "". NULL is fine.
     */
    void (*gone)(void *ctx, const char *what, const char *which, const char *more);
    int (*stop)(void *ctx); /* asked between batches; NULL: never */
    void *ctx;              /* for both */
} AqGcPlan;

typedef struct AqGcSummary {
    int64_t n_makes, n_features, n_videos; /* removed, or that would be */
    int64_t n_asked;                       /* videos, with their features */
    int64_t feature_bytes;                 /* of their data */
    int64_t bytes_before, bytes_after; /* the file and its log; the same in a dry run */
    int64_t free_bytes;                /* pages in the file that hold nothing, before */
    int log_in_use; /* another program reads it, so it could not be emptied */
} AqGcSummary;

/* Needs a handle for writing, but for a dry run. Done in steps that each leave the
 * store whole; AQ_ERR_CANCELLED between two of them when stopped. */
AQ_MUST_CHECK AqErr aq_store_gc(AqStore *s, const AqGcPlan *plan, AqGcSummary *out);

#endif
