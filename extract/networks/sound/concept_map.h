/*
 * A linear map of another network's values to the concepts that `hearing` names
 * (base/concepts/heard.h), as log-odds. Files of it have concepts.weight (concepts,
 * values) and concepts.bias (concepts), and `avqa-pipe teach --map` writes them.
 */
#ifndef AQ_EXTRACT_NETWORKS_SOUND_CONCEPT_MAP_H
#define AQ_EXTRACT_NETWORKS_SOUND_CONCEPT_MAP_H
#include "base/concepts/heard.h"
#include "base/digest.h"
#include "model/nn/params.h"
#include "model/weights/weights.h"

#define AQ_CONCEPT_MAP_NAME "yamnet_concepts" /* as it ships, of YAMNet's values */

typedef struct AqConceptMap {
    AqParams *params;
    AqTensor *w, *b;            /* (AQ_N_HEARD, values); (AQ_N_HEARD) */
    char sha256[AQ_SHA256_HEX]; /* of the file, or of the one it was imported from */
} AqConceptMap;

/* Does the file hold these two arrays and nothing else? */
int aq_concept_map_is(const AqWeights *w);

/* Of so many values; 0: of as many as it has. AQ_ERR_MISMATCH if the file has others,
 * AQ_ERR_FORMAT if some are not finite. Clear it in any case. */
AQ_MUST_CHECK AqErr aq_concept_map_read(AqConceptMap *out, const char *path,
                                        int values);
void aq_concept_map_clear(AqConceptMap *m);

/* Writes weight (AQ_N_HEARD, values) and bias (AQ_N_HEARD), with the text `origin`. */
AQ_MUST_CHECK AqErr aq_concept_map_write(const char *path, const float *weight,
                                         const float *bias, int values,
                                         const char *origin);

#endif
