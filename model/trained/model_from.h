/* Starts a training from another model: copies what both have. */
#ifndef AQ_MODEL_TRAINED_MODEL_FROM_H
#define AQ_MODEL_TRAINED_MODEL_FROM_H
#include "model/trained/model.h"

/*
 * Copies parameters of `from` into m, by name: rows of words and answers that both know
 * are copied, new ones keep their initial values. The features' mean and deviation are
 * copied too, as the parameters depend on them. AQ_ERR_MISMATCH if the networks or
 * their features differ in size, naming the first difference.
 */
AQ_MUST_CHECK AqErr aq_model_take(AqModel *m, const AqModel *from);

#endif
