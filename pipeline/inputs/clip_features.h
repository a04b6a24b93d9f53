/* Selects which of a store's features to use, and loads one clip's for the model. */
#ifndef AQ_PIPELINE_INPUTS_CLIP_FEATURES_H
#define AQ_PIPELINE_INPUTS_CLIP_FEATURES_H
#include "model/data/dataset.h"
#include "store/store.h"

/* Which rows of the store to use: one provenance per modality. */
typedef struct AqFeatureChoice {
    AqProvenanceList all;
    AqProvenance pick[AQ_N_MODALITIES]; /* text borrowed from `all` */
} AqFeatureChoice;

/* Picks for each modality the only provenance, or the only one whose extractor is
 * `name[m]` or whose line (aq_provenance_line) contains that text. AQ_ERR_NOT_FOUND if
 * there is none, AQ_ERR_USAGE if there are several; the message lists what there is. */
AQ_MUST_CHECK AqErr aq_feature_choice(AqFeatureChoice *out, AqStore *s,
                                      const char *const name[AQ_N_MODALITIES]);
/* Picks the rows that `json` (from aq_toolset_json()) describes. */
AQ_MUST_CHECK AqErr aq_feature_choice_for(AqFeatureChoice *out, AqStore *s,
                                          const char *json);
void aq_feature_choice_clear(AqFeatureChoice *c);

/* Loads one clip's features for the model; release them with the function below. */
AQ_MUST_CHECK AqErr aq_clip_features_load(AqClipFeatures *out, AqStore *s,
                                          const char *name,
                                          const AqFeatureChoice *choice);
void aq_clip_features_release(AqClipFeatures *f);

/* Makes a share of the seconds absent, of sound and of picture each by itself, drawn by
 * `seed`; of a stream that is there one second stays. */
void aq_clip_features_hide(AqClipFeatures *f, double share, uint64_t seed);

#endif
