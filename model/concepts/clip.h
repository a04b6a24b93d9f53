/*
 * Which of a clip's features are concepts, by what a model file says of how its
 * features were made: of sound and of the picture the first whose columns are called
 * so.
 *
 * Threads: a source is only read once it is set, and may be shared.
 */
#ifndef AQ_MODEL_CONCEPTS_CLIP_H
#define AQ_MODEL_CONCEPTS_CLIP_H
#include "model/concepts/evidence.h"
#include "model/data/dataset.h"

typedef struct AqConceptSource {
    AqFeatureSizes sizes;
    char *description[AQ_N_MODALITIES]; /* NULL: none of the stream's features is */
    int feature[AQ_N_MODALITIES];       /* which of them */
} AqConceptSource;

/* `extractors`: JSON, {"audio": {"sampling": TEXT, ...}, "visual": [{...}, {...}]};
 * what is no such text names nothing. Clear it after a failure too. */
AQ_MUST_CHECK AqErr aq_concept_source_read(AqConceptSource *out, const char *extractors,
                                           const AqFeatureSizes *sizes);
void aq_concept_source_clear(AqConceptSource *s);

int aq_concept_source_any(const AqConceptSource *s);
/* Of both streams: then the concepts are what there is to know. */
int aq_concept_source_both(const AqConceptSource *s);

/* Named rows of a clip, which has the source's sizes; *heard and *seen are NULL where
 * the stream's features are not concepts, else one of rows (2). Borrows clip and
 * source. */
void aq_concept_rows_of(const AqConceptSource *s, const AqClipFeatures *clip,
                        AqConceptRows rows[AQ_N_MODALITIES],
                        const AqConceptRows **heard, const AqConceptRows **seen);

/* Both senses' evidence for a clip. AQ_ERR_NOMEM. */
AQ_MUST_CHECK AqErr aq_evidence_of_clip(AqEvidence *out, const AqConceptSource *s,
                                        const AqClipFeatures *clip);

#endif
