/*
 * Frees space. Without a flag, only makes that no feature row refers to are removed;
 * then free pages are returned to the file system and the log is emptied.
 */
#ifndef AQ_STORE_UPKEEP_GC_H
#define AQ_STORE_UPKEEP_GC_H
#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

typedef struct AqGcPlan {
    int superseded; /* features of a video that has newer ones of the same kind by
                       another make */
    int asked;      /* all of AQ_DATASET_ASKED */
    int missing;    /* failed videos whose file is gone and that have no features */
    int dry_run;    /* only counts */
    /* Called for each thing removed: "superseded", the video, the make's line;
     * "missing" and "asked", the video, its path; "make", its line, "". May be NULL. */
    void (*gone)(void *ctx, const char *what, const char *which, const char *more);
    int (*stop)(void *ctx); /* asked between batches; NULL: never */
    void *ctx;              /* for both */
} AqGcPlan;

typedef struct AqGcSummary {
    int64_t n_makes, n_features, n_videos; /* removed, or to be */
    int64_t n_asked;                       /* videos, with their features */
    int64_t feature_bytes;                 /* of their data */
    int64_t bytes_before, bytes_after; /* the file and its log; the same in a dry run */
    int64_t free_bytes;                /* unused pages in the file, before */
    int log_in_use; /* another program is reading it, so it was not emptied */
} AqGcSummary;

/* Needs a handle for writing, except for a dry run. Works in steps that each leave the
 * store consistent; AQ_ERR_CANCELLED between two of them when stopped. */
AQ_MUST_CHECK AqErr aq_store_gc(AqStore *s, const AqGcPlan *plan, AqGcSummary *out);

#endif
