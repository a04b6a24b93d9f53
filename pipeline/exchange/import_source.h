/*
 * A file of features as a list of arrays, whoever wrote it: .npy, .npz, safetensors,
 * torch.save's, HDF5. The format is told by the content.
 */
#ifndef AQ_PIPELINE_EXCHANGE_IMPORT_SOURCE_H
#define AQ_PIPELINE_EXCHANGE_IMPORT_SOURCE_H
#include "base/modality.h"
#include "model/weights/weights.h"

typedef struct AqFeatureSource AqFeatureSource;

/* AQ_ERR_FORMAT for what is damaged or no file of arrays, AQ_ERR_UNSUPPORTED for HDF5
 * where the program was built without it. Checksums that the format has are compared.
 */
AQ_MUST_CHECK AqErr aq_feature_source_open(AqFeatureSource **out, const char *path);
void aq_feature_source_close(AqFeatureSource **s);
size_t aq_feature_source_n(const AqFeatureSource *s);

/* The array's name, type and shape; borrowed, and its data are not to be looked at. */
const AqWeight *aq_feature_source_at(const AqFeatureSource *s, size_t k);

/*
 * The video whose `kind` features array k is, or NULL if it is none (of the other kind,
 * or what export wrote beside one). "audio/NAME" is NAME's; `audio`, and what is alone
 * in its file and has a name that says nothing (array, arr_0, features), is that of the
 * file's stem; any other array is called by its video. Borrowed.
 */
const char *aq_feature_source_video(const AqFeatureSource *s, size_t k,
                                    AqModality kind);

/* What export wrote beside it; NULL where nothing is. Gives. */
AQ_MUST_CHECK AqErr aq_feature_source_about(AqFeatureSource *s, size_t k, char **text);

/* All values as float, row-major; with `order` that of an array whose dimension d is
 * dimension order[d] of this one. `out` has room for count. */
AQ_MUST_CHECK AqErr aq_feature_source_floats(AqFeatureSource *s, size_t k,
                                             const int *order, float *out);

#endif
