/*
 * HDF5 files in which one array holds the features of all videos, and another their
 * ids: HCRN's (Le et al., CVPR 2020; thaolmk54/hcrn-videoqa, preprocess/), whose
 * `resnet_features` (N,K,M,C) are K clips of M frames a video and `resnext_features`
 * (N,K,C) one vector a clip of as many frames, beside `ids` (N). Rows are in any order;
 * files are joined by the ids. A clip of zeros was not decoded.
 *
 * The id of a video is the number that its name ends in, as in MSVD's vid7 and
 * MSR-VTT's video7.
 */
#ifndef AQ_PIPELINE_EXCHANGE_JOINED_H
#define AQ_PIPELINE_EXCHANGE_JOINED_H
#include "base/rows.h"
#include "pipeline/exchange/formats/h5_file.h"

#define AQ_JOINED_IDS    "ids"
#define AQ_JOINED_FRAMES "resnet_features"
#define AQ_JOINED_CLIPS  "resnext_features"

enum { AQ_JOINED_MOTION = 16 /* frames of a clip that has only one vector */ };

typedef struct AqJoined AqJoined;

/* The joined features in an open file, borrowed from then on; *out NULL if it has no
 * `ids`. AQ_ERR_FORMAT if these do not fit the features, or name a video twice. */
AQ_MUST_CHECK AqErr aq_joined_find(AqJoined **out, AqHdf5 *h, const char *path);
void aq_joined_free(AqJoined **j);

size_t aq_joined_n(const AqJoined *j);             /* videos */
const AqWeight *aq_joined_each(const AqJoined *j); /* type and shape of one's, (K,M,C)
                                                      or (K,C) */
AqRowPlan aq_joined_rows(const AqJoined *j);
const char *aq_joined_id(const AqJoined *j, size_t k); /* in digits; borrowed */
AQ_MUST_CHECK AqErr aq_joined_floats(AqJoined *j, size_t k, float *out);

/* The number that a name ends in; 0 if there is none, or one beyond 18 digits. */
int aq_video_id(const char *name, int64_t *id);

#endif
