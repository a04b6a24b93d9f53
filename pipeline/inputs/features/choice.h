/*
 * Which of a store's features a command uses: of the sound and of the picture one or
 * more each, which stand side by side.
 */
#ifndef AQ_PIPELINE_INPUTS_FEATURES_CHOICE_H
#define AQ_PIPELINE_INPUTS_FEATURES_CHOICE_H
#include "model/data/dataset.h"
#include "store/store.h"

typedef struct AqFeatureChoice {
    AqProvenanceList all;
    int n;
    AqProvenance pick[AQ_N_MODALITIES * AQ_MOST_FEATURES]; /* those of sound first; text
                                                              borrowed from `all` */
} AqFeatureChoice;

/* Picks for each modality the only provenance, or the only one whose extractor is
 * `name[m]` or, if none is, whose line (aq_provenance_line) contains that text. "A,B"
 * picks several, in this order, unless a line contains it as it is. AQ_ERR_NOT_FOUND if
 * there is none, AQ_ERR_USAGE if there are several; the message lists what there is.
 * AQ_ERR_UNSUPPORTED if a row of one is not a second. */
AQ_MUST_CHECK AqErr aq_feature_choice(AqFeatureChoice *out, AqStore *s,
                                      const char *const name[AQ_N_MODALITIES]);
/* Picks the rows that `json` (from aq_wants_json()) describes. */
AQ_MUST_CHECK AqErr aq_feature_choice_for(AqFeatureChoice *out, AqStore *s,
                                          const char *json);
void aq_feature_choice_clear(AqFeatureChoice *c);

/* The command that makes such features: "avqa-pipe ingest --visual swin_b
 * --visual-weights swin_b.pth". Gives; NULL when out of memory. */
char *aq_feature_command(const AqProvenance *p);

#endif
