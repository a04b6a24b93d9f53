/* Loads one clip's chosen features for the model. */
#ifndef AQ_PIPELINE_INPUTS_FEATURES_CLIP_H
#define AQ_PIPELINE_INPUTS_FEATURES_CLIP_H
#include "pipeline/inputs/features/choice.h"

/* Release them with the function below. Where a stream has several features, a second
 * is there if all of them have it. AQ_ERR_MISMATCH, with both named, if they are not of
 * equal length, or not of the sizes `want` (NULL: of any). */
AQ_MUST_CHECK AqErr aq_clip_features_load(AqClipFeatures *out, AqStore *s,
                                          const char *name,
                                          const AqFeatureChoice *choice,
                                          const AqFeatureSizes *want);
/* The same of features that were just made: f (n) is taken in any case, f[k] made as
 * choice->pick[k] says. */
AQ_MUST_CHECK AqErr aq_clip_features_join(AqClipFeatures *out, const char *name,
                                          AqStoredFeatures *f, int n,
                                          const AqFeatureChoice *choice,
                                          const AqFeatureSizes *want);
void aq_clip_features_release(AqClipFeatures *f);

/* The sizes of a clip's features. */
AQ_MUST_CHECK AqErr aq_clip_features_sizes(AqFeatureSizes *out, AqStore *s,
                                           const char *name,
                                           const AqFeatureChoice *choice);

/* Makes a share of the seconds absent, of sound and of picture each by itself, drawn by
 * `seed`; of a stream that is there one second stays. */
void aq_clip_features_hide(AqClipFeatures *f, double share, uint64_t seed);

#endif
