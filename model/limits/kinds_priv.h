/* Inside kinds: a question's features. */
#ifndef AQ_MODEL_LIMITS_KINDS_PRIV_H
#define AQ_MODEL_LIMITS_KINDS_PRIV_H
#include "model/limits/kinds.h"

#define AQ_KIND_FEATURES 128 /* maximum of one question */

typedef struct AqKindFeatures {
    char text[AQ_KIND_FEATURES][2 * AQ_WORD_BYTES];
    int n;
} AqKindFeatures;

/* Each known word (in its known form) and each pair of neighbours, once. */
void aq_kind_features(AqKindFeatures *f, const AqWordForms *forms,
                      const AqStrings *words, const char *question);

/* Turns z (n) into probabilities. */
void aq_kind_softmax(double *z, int n);

#endif
