/*
 * What changes from second to second in a clip's pictures: of the same sizes as its
 * features, |x_t - x_u| with u the last present second before t; of the first present
 * second, the change to the next. A clip of one picture has none: zeros. Who plays
 * moves, and who does not stands still, which features of single pictures do not show.
 */
#ifndef AQ_MODEL_DATA_CHANGES_H
#define AQ_MODEL_DATA_CHANGES_H
#include "model/data/dataset.h"

/* to (T,width), width = h*w*V, of f's first T seconds; absent seconds are left as they
 * are. f has pictures. */
void aq_clip_changes(float *to, const AqClipFeatures *f, int n_seconds, size_t width);

#endif
