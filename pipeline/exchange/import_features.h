/*
 * Imports features made by other tools into the store: one row per second or, for
 * features exported from a store, as they were there; sound (T,C), pictures (T,C),
 * (T,h,w,C) or (T,C,h,w); or the clips of all videos in one array (joined.h). They are
 * stored under the name of what made them with the version AQ_STORE_IMPORTED, so that
 * they are never mistaken for features that this program can make.
 *
 * If the store knows a video of that name, they are added to it, provided that it has
 * as many seconds. Otherwise the video gets a row: from its file if there is one
 * (digest, size and time), else from what export wrote beside the features, else a row
 * that says the video was not seen (path ""), with the digest of the features in place
 * of the video's. Ingesting the video later takes over such a row.
 */
#ifndef AQ_PIPELINE_EXCHANGE_IMPORT_FEATURES_H
#define AQ_PIPELINE_EXCHANGE_IMPORT_FEATURES_H
#include "pipeline/inputs/scan.h"
#include "store/store.h"

typedef enum AqFeatureLayout {
    AQ_LAYOUT_AUTO, /* from the dimensions, if they are unambiguous */
    AQ_LAYOUT_THWC,
    AQ_LAYOUT_TCHW
} AqFeatureLayout;

typedef enum AqImportOutcome {
    AQ_IMPORT_MADE,
    AQ_IMPORT_CURRENT, /* equal features are already stored */
    AQ_IMPORT_SKIPPED  /* see `reason` */
} AqImportOutcome;

typedef struct AqFeatureImportResult {
    const char *path;
    const char *video; /* "" for a file that was skipped as a whole */
    const char *reason;
    AqImportOutcome outcome;
    int n_seconds, h, w, c; /* unset if skipped */
    int is_unseen;          /* the video itself was not seen */
} AqFeatureImportResult;

typedef struct AqFeatureImport {
    AqStore *store;
    AqModality kind;
    const char *name; /* what made them; NULL: as export wrote beside them */
    AqFeatureLayout layout;
    const AqScan *videos;        /* the videos' files; NULL: unknown */
    int force;                   /* replace differing features of the same provenance */
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    void (*result)(void *ctx, const AqFeatureImportResult *r);
    void *ctx;
} AqFeatureImport;

typedef struct AqFeatureImportSummary {
    int n_files, n_made, n_current, n_skipped, n_unseen;
    int refused[AQ_ERR_NUMERIC + 1]; /* of those skipped how many for which AqErr */
} AqFeatureImportSummary;

/*
 * Named files are always read; of a folder, the files that end in npy, npz,
 * safetensors, h5 or hdf5, and those in its `audio` or `visual` folder, sorted by name.
 * What cannot be used is reported and skipped. AQ_ERR_USAGE if the dimensions leave the
 * layout open. AQ_ERR_CANCELLED on request. Each video is one transaction.
 */
AQ_MUST_CHECK AqErr aq_import_features(AqFeatureImportSummary *out,
                                       const char *const *paths, int n_paths,
                                       const AqFeatureImport *plan);

#endif
