/*
 * What a model knows about its own limits: which answers fit which question, how far
 * its probabilities can be trusted, what its training clips were like, and how to ask
 * whether an object is present. Any of it may be missing, as in files of earlier
 * versions.
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

/* Of the sound and of the picture by the seconds' regions, as AqModality; and of the
 * picture by its cells, which tell what is drawn in another way anywhere. These three
 * of the first feature of each, then of the second, and so on. */
enum {
    AQ_LIKENESS_CELLS = AQ_N_MODALITIES,
    AQ_LIKENESS_EACH,
    AQ_N_LIKENESS = AQ_LIKENESS_EACH * AQ_MOST_FEATURES
};
/* Is the k-th by cells, of which stream is it, and of which of its features? */
static inline int aq_likeness_is_cells(int k)
{
    return k % AQ_LIKENESS_EACH == AQ_LIKENESS_CELLS;
}
static inline AqModality aq_likeness_stream(int k)
{
    return aq_likeness_is_cells(k) ? AQ_VISUAL : (AqModality)(k % AQ_LIKENESS_EACH);
}
static inline int aq_likeness_feature(int k)
{
    return k / AQ_LIKENESS_EACH;
}

/* Values of its rows; 0: clips of these sizes have no such feature. */
int aq_likeness_width(const AqFeatureSizes *sizes, int k);

typedef struct AqLimits {
    AqKinds *kinds; /* or NULL */
    AqTemperatures
        *temperatures;    /* one per kind, or one if there are no kinds; or NULL */
    AqPresence *presence; /* or NULL */
    AqLikeness likeness[AQ_N_LIKENESS];
} AqLimits;

void aq_limits_clear(AqLimits *l);

int aq_limits_n_kinds(const AqLimits *l); /* at least 1 */

/* What the k-th likeness is of, in a clip; its data is NULL where the clip lacks it. */
AqLikenessClip aq_limits_clip(const AqClipFeatures *f, int k,
                              const AqFeatureSizes *sizes);

/* The distance of each stream of a clip from the training clips, in thresholds: over 1
 * is unlike. 0 if the clip lacks the stream or there is no likeness. `sizes`: of the
 * features. */
AQ_MUST_CHECK AqErr aq_limits_unlike(const AqLimits *l, const AqClipFeatures *f,
                                     const AqFeatureSizes *sizes,
                                     double times[AQ_N_MODALITIES]);

/* Counts a data set's clips that are unlike in either stream. */
AQ_MUST_CHECK AqErr aq_limits_count_unlike(const AqLimits *l, const AqDataset *data,
                                           size_t *n);

/* Writes to and reads from a model file; `sizes` are those of its features. Writing
 * borrows `l` until commit. */
AQ_MUST_CHECK AqErr aq_limits_put(const AqLimits *l, AqWeightsWriter *w);
AQ_MUST_CHECK AqErr aq_limits_read(AqLimits *l, AqWeights *w, size_t n_answers,
                                   const AqFeatureSizes *sizes);

#endif
