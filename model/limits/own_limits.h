/*
 * What a model knows of its own limits, beside its weights: which answers fit which
 * question, how far its probabilities can be trusted, what the clips were like that it
 * was trained on, and how to ask whether a thing is there. All of it may be missing, as
 * in files of earlier versions.
 */
#ifndef AQ_MODEL_LIMITS_OWN_LIMITS_H
#define AQ_MODEL_LIMITS_OWN_LIMITS_H
#include "base/modality.h"
#include "model/data/dataset.h"
#include "model/limits/kinds.h"
#include "model/limits/likeness.h"
#include "model/limits/presence.h"
#include "model/limits/temperature.h"
#include "model/weights/weights.h"

typedef struct AqLimits {
    AqKinds *kinds; /* or NULL */
    AqTemperatures
        *temperatures;    /* of the kinds, of one where there are none; or NULL */
    AqPresence *presence; /* or NULL */
    AqLikeness likeness[AQ_N_MODALITIES];
} AqLimits;

void aq_limits_clear(AqLimits *l);

int aq_limits_n_kinds(const AqLimits *l); /* at least 1 */

/* A stream of a clip's features, as its likeness is asked. */
AqLikenessClip aq_limits_stream(const AqClipFeatures *f, AqModality m,
                                const AqFeatureSizes *sizes);

/* How far each stream of a clip is from the training's, in thresholds: over 1 is
 * unlike. 0 where the clip lacks it or nothing is known. `sizes` of the
 * features. */
AQ_MUST_CHECK AqErr aq_limits_unlike(const AqLimits *l, const AqClipFeatures *f,
                                     const AqFeatureSizes *sizes,
                                     double times[AQ_N_MODALITIES]);

/* Clips of a data set that are unlike, in either stream. */
AQ_MUST_CHECK AqErr aq_limits_count_unlike(const AqLimits *l, const AqDataset *data,
                                           size_t *n);

/* Into a model's file, and from it; `width` of each stream's rows (likeness.h). Borrows
 * until the writer's commit. */
AQ_MUST_CHECK AqErr aq_limits_put(const AqLimits *l, AqWeightsWriter *w);
AQ_MUST_CHECK AqErr aq_limits_read(AqLimits *l, AqWeights *w, size_t n_answers,
                                   const int width[AQ_N_MODALITIES]);

#endif
