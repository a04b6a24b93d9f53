/*
 * Features out of the store, as files that other tools read.
 *
 *   npy          OUT/audio/NAME.npy and OUT/visual/NAME.npy, as MUSIC-AVQA's own
 *                features are; NAME.npy.json beside each says what it is
 *   npz          OUT/NAME.npz with the arrays `audio` and `visual`, or one file OUT
 *                where that ends in .npz, with `audio/NAME` and `visual/NAME`
 *   h5           one file with the datasets audio/NAME and visual/NAME
 *   safetensors  the same as arrays
 *
 * Sound is (T,C), a picture's grid (T,h,w,C) or (T,C,h,w). What is said beside each
 * array is in pipeline/exchange/feature_about.h. One video at a time is in memory. A
 * file appears whole or not at all, and the same rows give the same bytes: what is
 * there already and equal is left alone.
 */
#ifndef AQ_PIPELINE_EXCHANGE_EXPORT_H
#define AQ_PIPELINE_EXCHANGE_EXPORT_H
#include "store/store.h"

typedef enum AqExportFormat {
    AQ_EXPORT_NPY,
    AQ_EXPORT_NPZ,
    AQ_EXPORT_H5,
    AQ_EXPORT_SAFETENSORS
} AqExportFormat;

typedef enum AqExportPad {
    AQ_PAD_NONE, /* shorter clips stay so */
    AQ_PAD_REPEAT_LAST,
    AQ_PAD_ZERO
} AqExportPad;

typedef enum AqExportDtype {
    AQ_EXPORT_AS_STORED,
    AQ_EXPORT_F16,
    AQ_EXPORT_F32
} AqExportDtype;

typedef enum AqExportOutcome {
    AQ_EXPORT_WRITTEN,
    AQ_EXPORT_EQUAL,  /* was there, and was left alone */
    AQ_EXPORT_SKIPPED /* `reason` */
} AqExportOutcome;

/* Of one file, or of an array that is not in one. */
typedef struct AqExportResult {
    const char *video; /* NULL: a file of many */
    const char *path;  /* "" for an array that was left out */
    const char *reason;
    AqExportOutcome outcome;
} AqExportResult;

typedef struct AqExportPlan {
    AqStore *store;
    const char *out;
    AqExportFormat format;
    int want[AQ_N_MODALITIES];
    const int64_t *provenance; /* (n_provenance) at most one a kind; where there are */
    int n_provenance;          /* several makes of a kind, one must be named */
    const char *const *videos; /* (n_videos) names; none: all */
    int n_videos;
    int length; /* seconds, 0: as they are; longer clips are cut */
    AqExportPad pad;
    AqExportDtype dtype;
    int is_tchw, force;
    int (*cancelled)(void *ctx); /* polled; may be NULL */
    void (*result)(void *ctx, const AqExportResult *r);
    void *ctx;
} AqExportPlan;

typedef struct AqExportSummary {
    int n_written, n_equal; /* files */
    int n_skipped;          /* files and arrays */
    int n_arrays;           /* in the files that are there now */
} AqExportSummary;

/* Is the format's output one file, rather than a folder of them? */
int aq_export_is_one_file(const AqExportPlan *plan);

/*
 * AQ_ERR_USAGE where several makes of a kind are there and none is named; the sentence
 * lists them. AQ_ERR_NOT_FOUND where there is nothing to export. AQ_ERR_MISMATCH where
 * one file of many is there and differs. AQ_ERR_CANCELLED on request; what is whole
 * stays.
 */
AQ_MUST_CHECK AqErr aq_export(AqExportSummary *out, const AqExportPlan *plan);

#endif
