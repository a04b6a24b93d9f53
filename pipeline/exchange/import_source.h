/*
 * A file of features as a list of arrays: .npy, .npz, safetensors, torch.save's or
 * HDF5, recognised by content. Of an HDF5 file with the features of all videos in one
 * array (joined.h), each video's are an array.
 */
#ifndef AQ_PIPELINE_EXCHANGE_IMPORT_SOURCE_H
#define AQ_PIPELINE_EXCHANGE_IMPORT_SOURCE_H
#include "base/modality.h"
#include "base/rows.h"
#include "model/weights/weights.h"

typedef struct AqFeatureSource AqFeatureSource;

/* AQ_ERR_FORMAT if it is damaged or not a file of arrays, AQ_ERR_UNSUPPORTED for HDF5
 * if the program was built without it. The format's own checksums are verified. */
AQ_MUST_CHECK AqErr aq_feature_source_open(AqFeatureSource **out, const char *path);
void aq_feature_source_close(AqFeatureSource **s);
size_t aq_feature_source_n(const AqFeatureSource *s);

/* What its rows stand for: clips in a file of joined features, whose videos are called
 * by their ids, in digits; else seconds, as far as the file itself tells. */
AqRowPlan aq_feature_source_rows(const AqFeatureSource *s);

/* The array's name, type and shape. Borrowed; do not use its data. */
const AqWeight *aq_feature_source_at(const AqFeatureSource *s, size_t k);

/*
 * The video whose `kind` features array k holds, or NULL (the other modality, or a
 * description written by export). "audio/NAME" belongs to NAME; `audio`, or an only
 * array with a generic name (array, arr_0, features), to the file's stem; any other
 * array is named after its video. Borrowed.
 */
const char *aq_feature_source_video(const AqFeatureSource *s, size_t k,
                                    AqModality kind);

/* The description that export wrote beside it; NULL if there is none. Gives. */
AQ_MUST_CHECK AqErr aq_feature_source_about(AqFeatureSource *s, size_t k, char **text);

/* All values as float, row-major; with `order`, transposed so that dimension d is
 * dimension order[d] of this array. `out` has room for count. */
AQ_MUST_CHECK AqErr aq_feature_source_floats(AqFeatureSource *s, size_t k,
                                             const int *order, float *out);

#endif
