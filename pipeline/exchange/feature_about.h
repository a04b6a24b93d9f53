/*
 * What `store export` writes beside an array of features and `store import` reads:
 * which seconds are real, which video they are of, what made them. One JSON object,
 * whatever the format of the file: a sidecar of .npy, an array of .npz, an attribute of
 * HDF5, metadata of safetensors.
 */
#ifndef AQ_PIPELINE_EXCHANGE_FEATURE_ABOUT_H
#define AQ_PIPELINE_EXCHANGE_FEATURE_ABOUT_H
#include "store/store.h"

/* Where the text is: the suffix behind the .npy file's name, the attribute, and what
 * stands before "audio/NAME" among an .npz's arrays. */
#define AQ_ABOUT_SUFFIX    ".json"
#define AQ_ABOUT_ATTRIBUTE "about"
#define AQ_ABOUT_FOLDER    "about/"

typedef enum AqFeatureRows {
    AQ_ROWS_AS_MADE,
    AQ_ROWS_CUT,
    AQ_ROWS_PADDED
} AqFeatureRows;

typedef struct AqFeatureAbout {
    AqStoreVideo video; /* all but the name, n_seconds only where rows are no seconds;
                           path "" where no video was seen */
    AqProvenance provenance;
    AqFeatureRows rows;
    int is_tchw;          /* else thwc */
    const char *presence; /* '1' there, '0' filled in; a character a row */
    /* Where rows are no seconds, as the provenance says, else NULL: when each begins
     * and ends; of what pads, 0. Of one that was read, owned here. */
    const AqRowSpan *spans;
    /* SHA-256 of the values as float32 (T,h,w,C), whatever their type and layout. */
    char values_sha256[AQ_SHA256_HEX];
    void *memory; /* owns the texts of one that was read */
} AqFeatureAbout;

/* Gives *text, UTF-8 on one line. Of `presence` only the length counts for its own. */
AQ_MUST_CHECK AqErr aq_feature_about_write(const AqFeatureAbout *a, char **text);

/* AQ_ERR_FORMAT for what is no such object, or is not of n_rows. */
AQ_MUST_CHECK AqErr aq_feature_about_read(AqFeatureAbout *a, const char *text,
                                          int n_rows);
void aq_feature_about_clear(AqFeatureAbout *a);

#endif
