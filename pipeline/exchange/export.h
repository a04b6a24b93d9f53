/*
 * Exports features from the store to files that other tools read.
 *
 *   npy          OUT/audio/NAME.npy and OUT/visual/NAME.npy, laid out like the
 *                MUSIC-AVQA features, each described by NAME.npy.json beside it
 *   npz          OUT/NAME.npz with the arrays `audio` and `visual`; or, if OUT ends
 *                in .npz, that one file with `audio/NAME` and `visual/NAME`
 *   h5           one file with the datasets audio/NAME and visual/NAME
 *   safetensors  one file with the arrays audio/NAME and visual/NAME
 *   hcrn         one HDF5 file with the clips of all videos in one array, float32
 *                unless asked otherwise, and the numbers that their names end in
 *                (pipeline/exchange/joined.h); of pictures only, without descriptions
 *
 * Sound is (T,C), a picture's grid (T,h,w,C) or (T,C,h,w). The description beside each
 * array is defined in pipeline/exchange/feature_about.h. Only one video at a time is in
 * memory. A file appears whole or not at all, and the same rows give the same bytes: an
 * existing file that is equal is left alone.
 */
#ifndef AQ_PIPELINE_EXCHANGE_EXPORT_H
#define AQ_PIPELINE_EXCHANGE_EXPORT_H
#include "store/store.h"

typedef enum AqExportFormat {
    AQ_EXPORT_NPY,
    AQ_EXPORT_NPZ,
    AQ_EXPORT_H5,
    AQ_EXPORT_SAFETENSORS,
    AQ_EXPORT_HCRN
} AqExportFormat;

typedef enum AqExportPad {
    AQ_PAD_NONE, /* shorter clips stay short */
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
    AQ_EXPORT_EQUAL,  /* already there; left alone */
    AQ_EXPORT_SKIPPED /* see `reason` */
} AqExportOutcome;

/* The outcome for one file, or for one array that was left out. */
typedef struct AqExportResult {
    const char *video; /* NULL: a file of many videos */
    const char *path;  /* "" for an array that was left out */
    const char *reason;
    AqExportOutcome outcome;
} AqExportResult;

typedef struct AqExportPlan {
    AqStore *store;
    const char *out;
    AqExportFormat format;
    int want[AQ_N_MODALITIES];
    const int64_t *provenance; /* (n_provenance) at most one per modality; required */
    int n_provenance;          /* where the store has several */
    const char *const *videos; /* (n_videos) names; empty: all */
    int n_videos;
    int length; /* seconds; 0: as stored; longer clips are cut */
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
    int n_arrays;           /* in the files that now exist */
} AqExportSummary;

/* Is the output one file rather than a folder of files? */
int aq_export_is_one_file(const AqExportPlan *plan);

/*
 * AQ_ERR_USAGE if a modality has several provenances and none is chosen; the message
 * lists them. AQ_ERR_NOT_FOUND if there is nothing to export. AQ_ERR_MISMATCH if the
 * one output file exists and differs. AQ_ERR_CANCELLED on request; finished files stay.
 */
AQ_MUST_CHECK AqErr aq_export(AqExportSummary *out, const AqExportPlan *plan);

#endif
