/*
 * The description that `store export` writes beside an array of features and `store
 * import` reads: which rows are real, which video they belong to, what made them. One
 * JSON object in every file format: a sidecar of .npy, an array in .npz, an attribute
 * in HDF5, metadata in safetensors.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FEATURE_ABOUT_H
#define AQ_PIPELINE_EXCHANGE_FEATURE_ABOUT_H
#include "store/store.h"

/* Where the text is: the suffix added to the .npy file's name, the HDF5 attribute, and
 * the prefix of "audio/NAME" in an .npz. */
#define AQ_ABOUT_SUFFIX    ".json"
#define AQ_ABOUT_ATTRIBUTE "about"
#define AQ_ABOUT_FOLDER    "about/"

typedef enum AqFeatureRows {
    AQ_ROWS_AS_MADE,
    AQ_ROWS_CUT,
    AQ_ROWS_PADDED
} AqFeatureRows;

typedef struct AqFeatureAbout {
    AqStoreVideo video; /* all but the name; n_seconds only if rows are not seconds;
                           path "" if the video was never seen */
    AqProvenance provenance;
    AqFeatureRows rows;
    int is_tchw;          /* else thwc */
    const char *presence; /* one character per row: '1' real, '0' filled in */
    /* When each row begins and ends (padding: 0) if, by the provenance, rows are not
     * seconds; else NULL. Owned here after reading. */
    const AqRowSpan *spans;
    /* SHA-256 of the values as float32 (T,h,w,C), whatever their type and layout. */
    char values_sha256[AQ_SHA256_HEX];
    void *memory; /* owns the texts after reading */
} AqFeatureAbout;

/* Gives *text, one line of UTF-8. Its length depends on that of `presence`, not on
 * which rows are present. */
AQ_MUST_CHECK AqErr aq_feature_about_write(const AqFeatureAbout *a, char **text);

/* AQ_ERR_FORMAT if `text` is not such an object or not for n_rows rows. */
AQ_MUST_CHECK AqErr aq_feature_about_read(AqFeatureAbout *a, const char *text,
                                          int n_rows);
void aq_feature_about_clear(AqFeatureAbout *a);

#endif
