/* Which of a store's features are meant, and those of one clip as the model takes them.
 */
#ifndef AQ_PIPELINE_INPUTS_CLIP_FEATURES_H
#define AQ_PIPELINE_INPUTS_CLIP_FEATURES_H
#include "model/data/dataset.h"
#include "store/store.h"

/* Which rows of the store are meant: one provenance a modality. */
typedef struct AqFeatureChoice {
    AqProvenanceList all;
    AqProvenance pick[AQ_N_MODALITIES]; /* text borrowed from `all` */
} AqFeatureChoice;

/* Picks the only provenance of each modality, or the only one whose extractor is
 * `name[m]`, or whose line (aq_provenance_line) has that text in it. None is
 * AQ_ERR_NOT_FOUND, several are AQ_ERR_USAGE; both say what there is. */
AQ_MUST_CHECK AqErr aq_feature_choice(AqFeatureChoice *out, AqStore *s,
                                      const char *const name[AQ_N_MODALITIES]);
/* Picks the rows that `json` (from aq_toolset_json()) describes. */
AQ_MUST_CHECK AqErr aq_feature_choice_for(AqFeatureChoice *out, AqStore *s,
                                          const char *json);
void aq_feature_choice_clear(AqFeatureChoice *c);

/* One clip's features as the model takes them; release with the pair below. */
AQ_MUST_CHECK AqErr aq_clip_features_load(AqClipFeatures *out, AqStore *s,
                                          const char *name,
                                          const AqFeatureChoice *choice);
void aq_clip_features_release(AqClipFeatures *f);

#endif
