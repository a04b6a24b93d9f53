/*
 * The replacement for a hidden part of a clip's features: the mean of the rest of the
 * clip, so that nothing specific to the part is left and the input stays typical for
 * the network.
 */
#ifndef AQ_MODEL_EXPLAIN_STAND_IN_H
#define AQ_MODEL_EXPLAIN_STAND_IN_H
#include "model/data/dataset.h"

/* One stream of a clip: T seconds, each with the cells of its features. */
typedef struct AqStandInOf {
    const float *from;       /* (T, values) */
    const unsigned char *on; /* (T) present, or NULL: all */
    int n_seconds;
    const AqFeatureSizes *sizes;
    AqModality modality;
    const float *usual; /* (channels): the replacement if there is no rest */
} AqStandInOf;

/* to (T, values): in each present second the mean of the other present ones. */
void aq_stand_in_seconds(float *to, const AqStandInOf *s);

/* to (T, values): the same clip, but in cell `cell` of each present second the mean of
 * the other cells of the second and the feature. */
void aq_stand_in_cell(float *to, const AqStandInOf *s, int cell);

#endif
