/*
 * Features that other tools made, into the store: a row a second, sound (T,C), pictures
 * (T,C), (T,h,w,C) or (T,C,h,w). They are kept under the name of what made them, with
 * AQ_STORE_IMPORTED as its version, so that they are never taken for features that this
 * program can make.
 *
 * A video of that name which the store knows takes them in, if it has as many seconds.
 * One that it does not know gets a row: from the video's file where there is one (its
 * digest, size and time), from what export wrote beside the features, or, without
 * either, one that says that the video was not seen (path ""), with the digest of the
 * features in place of the video's. Ingesting the video later takes such a row over.
 */
#ifndef AQ_PIPELINE_EXCHANGE_IMPORT_FEATURES_H
#define AQ_PIPELINE_EXCHANGE_IMPORT_FEATURES_H
#include "pipeline/inputs/scan.h"
#include "store/store.h"

typedef enum AqFeatureLayout {
    AQ_LAYOUT_AUTO, /* by the dimensions, where they leave no doubt */
    AQ_LAYOUT_THWC,
    AQ_LAYOUT_TCHW
} AqFeatureLayout;

typedef enum AqImportOutcome {
    AQ_IMPORT_MADE,
    AQ_IMPORT_CURRENT, /* equal features are there already */
    AQ_IMPORT_SKIPPED  /* `reason` */
} AqImportOutcome;

typedef struct AqFeatureImportResult {
    const char *path;
    const char *video; /* "" for a file that was skipped as a whole */
    const char *reason;
    AqImportOutcome outcome;
    int n_seconds, h, w, c; /* not of what was skipped */
    int is_unseen;          /* the video itself was not seen */
} AqFeatureImportResult;

typedef struct AqFeatureImport {
    AqStore *store;
    AqModality kind;
    const char *name; /* of what made them; NULL: as export wrote beside them */
    AqFeatureLayout layout;
    const AqScan *videos;        /* where the videos are; NULL: not known */
    int force;                   /* replace features of the same make that differ */
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    void (*result)(void *ctx, const AqFeatureImportResult *r);
    void *ctx;
} AqFeatureImport;

typedef struct AqFeatureImportSummary {
    int n_files, n_made, n_current, n_skipped, n_unseen;
} AqFeatureImportSummary;

/*
 * Files are taken as they are; of a folder its files with the endings npy, npz,
 * safetensors, h5 and hdf5, and those in its folder `audio` or `visual`, by name. What
 * cannot be used is told of and passed over. AQ_ERR_USAGE: dimensions that do not say
 * their layout. AQ_ERR_CANCELLED on request. Each video is a transaction.
 */
AQ_MUST_CHECK AqErr aq_import_features(AqFeatureImportSummary *out,
                                       const char *const *paths, int n_paths,
                                       const AqFeatureImport *plan);

#endif
